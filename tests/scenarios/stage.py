"""The words the scenarios share: facts told to a real workspace by the commands, and who sees what of it.

Nothing here reaches behind the commands but to read what they published.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from time import time
from typing import Any, NamedTuple

import pytest

from mingdan import cli

from ..site.reading import Reading

MINUTE = 60_000
DAY = 1440 * MINUTE
ORDER = "my-7"
SKU = "sku/music-month"
TERMS = {"amount": 9_900, "currency": "CNY", "form": "card", "merchant": "night-market", "platform": "shop"}
TERMS |= {"policy": "default", "qty": 1, "recipient": "player-7", "sku": "music-month"}

Line = dict[str, object]


# facts ------------------------------------------------------------------------------------------------
def ago(minutes: float) -> int:
    """Milliseconds UTC. For a quarter of an hour a live fact counts from when it happened."""
    return int(time() * 1000 - minutes * MINUTE)


def fact(
    kind: str, by: str, of: str = ORDER, /, *, key: str | None = None, at: int | None = None, **data
) -> Line:
    """One line for `mingdan record`: of an order by its own name, or of a stream of the market."""
    room, _, name = of.rpartition("/")
    line = {"kind": kind, "by": by, room or "order": name, "data": data, "id": key, "at": at}
    return {key: value for key, value in line.items() if value is not None}


def placed(of: str = ORDER, *, at: int | None = None, **terms) -> Line:
    return fact("order.placed", "shop", of, at=at, **(TERMS | terms))


def paid(of: str = ORDER, *, at: int | None = None, key: str | None = None) -> Line:
    return fact("order.paid", "shop", of, at=at, key=key, amount=9_900, payment=f"pay-{of}")


def forwarded(
    of: str = ORDER, to: str = "agent-east", *, at: int | None = None, attempt: int = 1, **ref
) -> Line:
    return fact("hop.forwarded", "shop", of, at=at, attempt=attempt, to=to, **ref)


def delivered(of: str = ORDER, *, at: int | None = None, key: str | None = None) -> Line:
    return fact(
        "delivery.delivered", "shop", of, at=at, key=key, evidence="shown_to_buyer", goods=f"card-{of}"
    )


def refunded(of: str = ORDER) -> tuple[Line, ...]:
    steps = {"refund.requested": {"amount": 9_900}, "refund.approved": {}, "refund.paid": {"amount": 9_900}}
    return tuple(fact(kind, "shop", of, **data) for kind, data in steps.items())


def listed(qty: int, of: str = SKU, *, at: int) -> tuple[Line, ...]:
    """A SKU is for sale, and so many of it are in stock."""
    listing = {"form": "card", "name": "音乐月卡", "platform": "shop", "stock_mode": "counted"}
    stock = {"as_of": at, "qty": qty, "ttl": DAY}
    return fact("sku.listed", "shop", of, at=at, **listing), fact("sku.stocked", "shop", of, at=at, **stock)


# who sees it ------------------------------------------------------------------------------------------
class Answer(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


class Page(Reading):
    """A page as its reader meets it."""

    @property
    def heading(self) -> str:
        return self.all("h1")[0]

    @property
    def lead(self) -> str:
        """Where the order is, who has it, by when it is promised."""
        return self.all("p", class_="lead")[0]

    @property
    def not_yet(self) -> str:
        """What the status does not mean yet."""
        return self.all("p", class_="caveat")[0]

    @property
    def facts(self) -> list[str]:
        """What each entry of the timeline says, the newest first: the first line of its item."""
        items = [
            place
            for place, (tag, has, _) in enumerate(self.elements)
            if tag == "li" and re.fullmatch("e[0-9]+", has.get("id") or "")
        ]
        return ["".join(self.elements[place + 1][2]).replace("\u00a0", " ") for place in items]

    @property
    def ahead(self) -> list[str]:
        """The public steps that the order has not reached."""
        steps = self.all("li", class_="ahead")
        return [step.removesuffix("尚未").removesuffix("not yet").strip() for step in steps]

    @property
    def notices(self) -> str:
        return "".join(self.all("section", class_="notices"))

    @property
    def chain(self) -> str:
        return "".join(self.all("ol", class_="chain"))


class Stage:
    """A workspace, the site it publishes, and a reader who has that site and the log's key alone."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.outside = folder / "shop", folder / "outside"
        self.site = self.folder / "site"
        self.heard: Any = None  # what a story answers
        self.outside.mkdir()
        self.key = self.ask("init", "--origin", "orders.example.com/log")["vkey"]

    def run(self, *arguments: object, folder: Path | None = None) -> Answer:
        """One command, in this process."""
        out, err = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as process, redirect_stdout(out), redirect_stderr(err):
            process.setattr(sys, "argv", ["mingdan", "-C", *map(str, (folder or self.folder, *arguments))])
            with pytest.raises(SystemExit) as left:
                cli.main()
        return Answer(int(left.value.code or 0), out.getvalue(), err.getvalue())

    def ask(self, *arguments: object, folder: Path | None = None) -> Any:
        """The JSON document of a command that succeeds."""
        answer = self.run(*arguments, "--json", folder=folder)
        assert answer.code == 0, answer.err
        return json.loads(answer.out)

    # telling
    def settle(self, **limits: int) -> None:
        """Changes terms of the default promise in the settings (ms)."""
        settings = self.folder / "mingdan.toml"
        lines = settings.read_text("utf-8").splitlines()
        for name, limit in limits.items():
            (place,) = (number for number, line in enumerate(lines) if line.startswith(f"{name} = "))
            lines[place] = f"{name} = {limit}"
        settings.write_text("\n".join(lines), "utf-8")

    def tell(self, *facts: Line) -> list[dict[str, Any]]:
        """Records facts, all of them or none: a receipt for each."""
        return self.ask("record", self._written(facts))

    def refused(self, *facts: Line) -> dict[str, Any]:
        """What is said of facts that are not taken."""
        answer = self.run("record", self._written(facts), "--json")
        assert answer.code in (1, 2), "it was recorded"
        assert answer.out == ""
        return json.loads(answer.err)

    def rule(self, *facts: Line) -> str:
        """The rule that facts are refused by; the refusal names the entry of the stream that it rests on."""
        evidence = self.refused(*facts)["evidence"]
        assert evidence["because"][:16] in self.run("show", evidence["stream"]).out
        return str(evidence["rule"])

    def sweep(self) -> dict[str, int]:
        """What time has brought about, by kind."""
        return self.ask("sweep")["recorded"]

    def _written(self, facts: tuple[Line, ...]) -> Path:
        file = self.outside / "facts.jsonl"
        file.write_text("\n".join(map(json.dumps, facts)), "utf-8")
        return file

    # the platform
    @property
    def size(self) -> int:
        """How many entries the log has."""
        return self.ask("catch-up")["position"]

    def status(self, of: str = ORDER) -> tuple[str, str]:
        told = self.ask("show", of)
        return told["step"], told["side"]

    def kinds(self, of: str = ORDER) -> list[str]:
        return [entry["kind"] for entry in self.ask("show", of)["entries"]]

    @property
    def census(self) -> dict[str, Any]:
        """The published figures."""
        return json.loads((self.site / "log" / "statistics.json").read_bytes())

    @property
    def figures(self) -> dict[str, Any]:
        """Those of the one platform."""
        (platform,) = self.census["platforms"]
        return platform

    # the buyer
    def path(self, of: str = ORDER) -> str:
        """Of the order's page, without suffix."""
        handle = self.ask("show", of)["handle"]
        return f"o/{handle[:2]}/{handle}"

    def pages(self, of: str = ORDER) -> tuple[Page, Page]:
        return self.read(self.path(of))

    def read(self, path: str) -> tuple[Page, Page]:
        """A page of the site in Chinese and in English."""
        zh, en = (self.site / f"{path}{mark}.html" for mark in ("", ".en"))
        return Page(zh.read_bytes()), Page(en.read_bytes())

    # the auditor
    def audited(self) -> list[tuple[str, str]]:
        """Whatever is found wrong by who has the files and the key alone: (file, rule)."""
        answer = self.run("audit", self.site, "--key", self.key, "--json", folder=self.outside)
        findings = [(each["file"], each["rule"]) for each in json.loads(answer.out)["findings"]]
        assert answer.code == bool(findings)
        return findings

    def verified(self, of: str = ORDER) -> list[str]:
        """The kinds of the entries that a saved order page proves."""
        saved = self.outside / "saved.html"
        saved.write_bytes((self.site / f"{self.path(of)}.html").read_bytes())
        told = self.ask("verify", saved, "--key", self.key, folder=self.outside)
        return [entry["kind"] for entry in told["entries"]]

    def published(self) -> Iterator[dict[str, Any]]:
        """The entries in the log's bundles, oldest first: each after its length, two bytes."""
        for bundle in sorted(each for each in self.site.glob("log/tile/entries/**/*") if each.is_file()):
            content = bundle.read_bytes()
            while content:
                end = 2 + int.from_bytes(content[:2])
                yield json.loads(content[2:end])
                content = content[end:]


def staged(story: Callable[[Stage], Any]) -> Any:
    """The fixture of a module: its story, told once and published. What is refused later changes nothing."""

    @pytest.fixture(scope="module")
    def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
        stage = Stage(tmp_path_factory.mktemp("scenario"))
        stage.heard = story(stage)
        stage.ask("publish")
        size = stage.size
        yield stage
        assert stage.size == size

    return told
