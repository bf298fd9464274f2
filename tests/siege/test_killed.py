"""Many clients, and servers that die again and again: what was acknowledged is kept, all else comes once.

A client sends one thing after another, each with the same id until it is answered for, to whichever server
stands. Servers are killed by what they have answered, not by the clock, so that a slow machine sees as much.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.keeping.workspace import Workspace, using_workspace
from mingdan.ledger.receipt import open_receipt
from mingdan.ledger.source import Folder
from mingdan.site.auditing.audit import audit
from mingdan.site.publish import publish

from .fortress import NIGHTLY, TERMS, Fortress, found

pytestmark = pytest.mark.slow
CLIENTS = 64
NOTES = 12  # told of an order one by one, before its client places the next
DEATHS, BETWEEN = (30, 600) if NIGHTLY else (3, 250)  # how often one dies, after how many answers
ONE, LIST = "application/cloudevents+json", "application/cloudevents-batch+json"


class Siege:
    """What clients send to servers of one ledger, and what each was answered."""

    def __init__(self, fortresses: list[Fortress]) -> None:
        self.fortresses = fortresses
        self.standing = [asyncio.Event() for _ in fortresses]
        self.enough = asyncio.Event()
        self.left = BETWEEN  # answers until somebody dies
        self.over = False
        self.lost = 0  # requests that no answer came to
        self.entered: list[dict[str, Any]] = []
        self.notes: list[str] = []  # receipts
        self.labels: Counter[str] = Counter()

    async def run(self) -> None:
        for standing in self.standing:
            standing.set()
        http = httpx.AsyncClient(timeout=60, headers=self.fortresses[0].headers)
        async with http, asyncio.TaskGroup() as group:
            group.create_task(self._kill())
            for number in range(CLIENTS):
                group.create_task(self._client(http, number))

    async def _kill(self) -> None:
        for death in range(DEATHS + 1):
            await self.enough.wait()
            self.enough.clear()
            self.left = BETWEEN
            if death < DEATHS:
                n = death % len(self.fortresses)
                self.standing[n].clear()
                await asyncio.to_thread(self.fortresses[n].kill)
                await asyncio.to_thread(self.fortresses[n].begin)
                self.standing[n].set()
        self.over = True

    async def _client(self, http: httpx.AsyncClient, number: int) -> None:
        for order in count():
            name = f"{number}-{order}"
            batch = [event(name, "order.paid", {"amount": 4980})]
            batch += [self._note(name, f"{name} together {n}") for n in range(2)]
            notes = [self._note(name, f"{name} {n}") for n in range(NOTES)]
            sent = [("/v1/orders", TERMS | {"order": name}, "application/json"), ("/v1/events", batch, LIST)]
            for path, told, kind in [*sent, *(("/v1/events", each, ONE) for each in notes)]:
                if self.over:
                    return
                self._acknowledged(told, await self._answered(http, number, path, told, kind))

    async def _answered(
        self, http: httpx.AsyncClient, number: int, path: str, told: object, kind: str
    ) -> dict[str, Any]:
        """The same again and again, to one server after another, until it is recorded."""
        for turn in count(number):
            n = turn % len(self.fortresses)
            await self.standing[n].wait()
            try:
                answer = await http.post(
                    self.fortresses[n].url + path, content=json.dumps(told), headers={"Content-Type": kind}
                )
            except httpx.TransportError:
                self.lost += 1
                continue
            assert answer.status_code in (200, 201), answer.text
            return answer.json()
        raise AssertionError

    def _acknowledged(self, told: object, answer: dict[str, Any]) -> None:
        self.entered += [each["entry"] for each in answer["results"]] if "results" in answer else [answer]
        self.notes.append(answer["receipt"])
        events = told if isinstance(told, list) else [told]
        self.labels.update(each["data"]["label"] for each in events if "label" in each.get("data", {}))
        self.left -= 1
        if self.left == 0:
            self.enough.set()

    def _note(self, name: str, label: str) -> dict[str, Any]:
        return event(name, "order.noted", {"label": label})


def event(name: str, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    told = {"specversion": "1.0", "source": "/shop", "type": f"mingdan.{kind}", "subject": name, "data": data}
    return told | {"id": f"{name} {kind} {data.get('label', '')}"}


@pytest.fixture(params=[("sqlite", 1), ("postgresql", 2)], ids=["sqlite", "two-over-postgresql"])
def fortresses(request, tmp_path):
    store, servers = request.param
    url = request.getfixturevalue("postgres_url") if store == "postgresql" else None
    key = found(tmp_path / "w", url)
    begun = [Fortress(tmp_path / "w", key) for _ in range(servers)]
    with ExitStack() as room:
        for each in begun:
            room.enter_context(each)
        yield begun


def test_what_was_acknowledged_is_kept_once_whenever_a_server_dies(fortresses):
    folder = fortresses[0].folder
    before = size(folder)

    asyncio.run((siege := Siege(fortresses)).run())
    for each in fortresses:
        each.end()

    assert sum(each.deaths for each in fortresses) == DEATHS
    assert siege.lost > 0
    with using_workspace(folder) as workspace:
        check_kept(workspace, siege, before)
        check_promised(workspace, siege)
        publish(workspace)
        audited = audit(Folder(workspace.site), workspace.trust())
        assert audited.clean, audited.findings
        assert audited.size > before + len(siege.entered)


def size(folder: Path) -> int:
    with using_workspace(folder) as workspace:
        return workspace.store.max_notification_id() or 0


def check_kept(workspace: Workspace, siege: Siege, before: int) -> None:
    """Every entry was acknowledged where it lies, and every note is there once."""
    rows = [row for some in workspace.store.scan(0) for row in some][before:]
    there = [(row.position - 1, row.leaf.hex(), row.stream, row.seq) for row in rows]
    entries: list[Entry] = [parse(row.entry) for row in rows]

    said = [(each["index"], each["leaf"], each["stream"], each["seq"]) for each in siege.entered]

    assert sorted(said) == there
    assert Counter(each.event.label for each in entries if each.kind == "order.noted") == siege.labels
    assert set(siege.labels.values()) == {1}


def check_promised(workspace: Workspace, siege: Siege) -> None:
    """What was answered is what the log has signed for."""
    key = workspace.receipt_signer().key
    promised = [each for note in siege.notes for each in open_receipt(note.encode(), key)[1]]

    assert [(each.index, each.leaf.hex()) for each in promised] == [
        (each["index"], each["leaf"]) for each in siege.entered
    ]
