"""A market whose gate is open, in process: keys for its parties, and how they send facts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx
from starlette.applications import Starlette

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.event import Event
from mingdan.ledger.gate.api_key import draw_key
from mingdan.ledger.gate.application import gate
from mingdan.ledger.intake.clerk import Clerk
from mingdan.ledger.keeping.key_ring import KeyRing
from mingdan.ledger.keeping.workspace import create_workspace, open_workspace, using_workspace
from mingdan.ledger.market.party import Registered

NOON = 1_793_491_200_000
ROLES = {"shop": "platform", "store": "merchant", "east": "agent", "judge": "auditor", "rival": "platform"}
ONE, LIST = "application/cloudevents+json", "application/cloudevents-batch+json"
RECIPIENT = "player-0000"
PLACED = {
    "platform": "shop", "merchant": "store", "sku": "game-100", "qty": 1, "amount": 4980, "currency": "CNY",
    "form": "direct", "recipient": RECIPIENT,
}  # fmt: skip


class Watch:
    """A clock that is turned by hand (ms UTC)."""

    now = NOON

    def __call__(self) -> int:
        return self.now


def found(folder: Path) -> None:
    """A workspace with its parties, of the shop's own registering."""
    create_workspace(folder, origin="shop.example/log").close()
    told = [
        Claim(stream=f"party/{name}", by="shop", event=Registered(name=name, role=role))
        for name, role in ROLES.items()
    ]
    with using_workspace(folder) as workspace:
        workspace.book(clock=lambda: NOON).record(told)


class Market:
    """One loop for all requests of a test, each on its own or many at once."""

    def __init__(self, folder: Path, clerk: Clerk, watch: Watch, rate: int = 1_000) -> None:
        self.watch = watch
        self.lines: list[dict[str, Any]] = []
        self.workspace = open_workspace(folder)
        self.ring = KeyRing(self.workspace.vault)
        self.keys: dict[str, str] = {}
        self.gate = gate(
            clerk,
            self.workspace,
            page_of=lambda handle: f"https://shop.example/o/{handle}.html",
            rate=rate,
            clock=watch,
            write=lambda line: self.lines.append(json.loads(line)),
        )
        self.app = Starlette(routes=[self.gate])
        self.runner = asyncio.Runner()

    def key(self, party: str, *kinds: str, **terms: int) -> str:
        """A party's key; one without narrowing is made once."""
        if kinds or terms:
            return self._made(party, *kinds, **terms)
        if party not in self.keys:
            self.keys[party] = self._made(party)
        return self.keys[party]

    def _made(self, party: str, *kinds: str, **terms: int) -> str:
        key, text = draw_key(party, kinds, self.watch.now, **terms)
        self.ring.add(key)
        return text

    def ask(self, method: str, path: str, key: str | None = "shop", **request: Any) -> httpx.Response:
        """One request; `key` is a party, or the very text of a key."""
        return self.runner.run(self.asked(method, path, key, **request))

    async def asked(self, method: str, path: str, key: str | None = "shop", **request: Any) -> httpx.Response:
        text = key if key is None or key.startswith("mdk_") else self.key(key)
        headers = request.pop("headers", {}) | ({} if text is None else {"Authorization": f"Bearer {text}"})
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gate") as client:
            return await client.request(method, path, headers=headers, **request)

    def tell(self, told: Any, key: str | None = "shop", kind: str = "", **headers: str) -> httpx.Response:
        """Events as JSON: one, or a list of them."""
        kind = kind or (LIST if isinstance(told, list) else ONE)
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", "/v1/events", key, content=body, headers={"Content-Type": kind} | named)

    def place(self, name: str, **changed: Any) -> httpx.Response:
        """Places an order of the shop's through its route."""
        told = {field: value for field, value in (PLACED | changed).items() if field != "platform"}
        return self.ask("POST", "/v1/orders", json=told | {"order": name})

    def record(self, stream: str, by: str, event: Event) -> None:
        """Records a fact beside the gate."""
        self.workspace.book(clock=self.watch).record([Claim(stream=stream, by=by, event=event)])

    def entries(self, name: str) -> list[Entry]:
        """An order's entries, by any of its names, or those of a stream of the market."""
        stream = name if "/" in name else self.workspace.vault.find(name).stream
        return [parse(row.entry) for row in self.workspace.store.rows_of([stream])]

    def kinds(self, name: str) -> list[str]:
        return [each.kind for each in self.entries(name)]

    def size(self) -> int:
        return self.workspace.store.max_notification_id() or 0


def event(kind: str, subject: str, name: str = "", /, **more: Any) -> dict[str, Any]:
    """An event; its id is its own unless given."""
    name = name or f"{kind}-{subject}"
    told = {
        "specversion": "1.0",
        "id": name,
        "source": "/shop",
        "type": f"mingdan.{kind}",
        "subject": subject,
    }
    return told | more


def paid(subject: str, **more: Any) -> dict[str, Any]:
    return event("order.paid", subject, **({"data": {"amount": 4980}} | more))


@contextmanager
def opened(founded: Path, folder: Path, clerk: type[Clerk] = Clerk, **options: Any) -> Iterator[Market]:
    """A market in a copy of a workspace."""
    copytree(founded, folder)
    watch = Watch()
    with clerk(folder, watch) as at_work:
        market = Market(folder, at_work, watch, **options)
        yield market
        market.runner.close()
        market.workspace.close()
