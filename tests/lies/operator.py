"""An operator with a real market: it published twice, witnesses cosigned, an auditor and buyers looked on.

What they remember of each publication is kept, so that every lie begins in the same world.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.event import Delivered, Erased, HopForwarded, OrderEvent, Paid
from mingdan.ledger.keeping.workspace import TRUST
from mingdan.ledger.note import VerifierKey
from mingdan.ledger.policy import DAY
from mingdan.ledger.quorum import Group, Log, TrustPolicy
from mingdan.ledger.quorum import Witness as Known
from mingdan.ledger.source import Folder
from mingdan.ledger.witness.memory import Witness, create_witness, open_witness
from mingdan.ledger.witness.serving import application
from mingdan.site.auditing.audit import audit
from mingdan.site.order_page import path_of_order

from ..site.serving import serving_app
from ..site.small_market import MINUTE, Market, opened
from .press import Files

WITNESSES = ("w1", "w2")
FORWARDED = HopForwarded(attempt=1, to="agent-a")
DELIVERED = Delivered(evidence="account_credited")


@dataclass(frozen=True)
class Then:
    """A publication, and the folders in which those who saw it keep what they remember."""

    site: Files
    witnesses: Path
    auditor: Path
    entries: list[bytes]
    now: int


@dataclass
class Operator:
    """`then` are its publications by name; `promised` the signed receipts its buyers got before each."""

    market: Market
    folder: Path
    then: dict[str, Then] = field(default_factory=dict)
    promised: dict[str, bytes] = field(default_factory=dict)
    streams: dict[str, str] = field(default_factory=dict)

    @property
    def policy(self) -> TrustPolicy:
        return self.market.workspace.trust()

    @property
    def receipts(self) -> VerifierKey:
        return self.market.workspace.receipt_signer().key

    @property
    def now(self) -> int:
        return self.market.now

    def facts(self, publication: str = "today") -> list[Entry]:
        """What the log truly holds, without the epoch that ends it."""
        return [parse(raw) for raw in self.then[publication].entries[:-1]]

    def path(self, name: str) -> str:
        """Where an order's page lies."""
        stream = self.streams[name]
        return path_of_order(self.market.workspace.vault.orders_of([stream])[stream].handle, "", ("",))

    def record(self, publication: str, *told: tuple[str, OrderEvent]) -> None:
        receipts = []
        for name, event in told:
            self.market.now += MINUTE
            receipts += self.market.book.record([Claim(stream=self.streams[name], by="shop-a", event=event)])
        self.promised[publication] = self.market.workspace.promise(receipts)

    def remember(self, publication: str) -> None:
        """Publishes, and keeps who saw what; the auditor goes on from where it was."""
        self.market.publish()
        auditor, witnesses = self.folder / "auditor", self.folder / "witnesses"
        assert audit(Folder(self.market.site), self.policy, folder=auditor).clean
        rows = [row.entry for some in self.market.workspace.store.scan(0) for row in some]
        self.then[publication] = Then(
            read(self.market.site),
            shutil.copytree(witnesses, self.folder / publication / "witnesses"),
            shutil.copytree(auditor, self.folder / publication / "auditor"),
            rows,
            self.now,
        )

    @contextmanager
    def witnesses(self, publication: str, room: Path) -> Iterator[Mapping[str, Witness]]:
        """The witnesses as they were after a publication, each with a copy of its memory."""
        with ExitStack() as stack:
            found = {}
            for name in WITNESSES:
                copy = shutil.copytree(self.then[publication].witnesses / name, room / name)
                found[name] = stack.enter_context(closing(open_witness(copy, lambda: self.now // 1000)))
            yield found


def read(site: Path) -> Files:
    return {
        path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()
    }


def write(files: Files, site: Path) -> Path:
    for path, content in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(content)
    return site


@contextmanager
def attended(witness: Witness) -> Iterator[str]:
    """The address of a witness, over real HTTP."""
    with serving_app(application(witness)) as url:
        yield url


@contextmanager
def operating(folder: Path) -> Iterator[Operator]:
    """Yesterday: one order on its way, two paid for. Two days later: deliveries, an erasure, a new order."""
    with closing(opened(folder / "w")) as market, ExitStack() as room:
        operator, log = Operator(market, folder), Log(market.workspace.signer().key)
        parties = []
        for name in WITNESSES:
            place = folder / "witnesses" / name
            made = create_witness(place, name=f"{name}.example", policy=TrustPolicy((log,)))
            made.clock = lambda: operator.now // 1000
            url = room.enter_context(attended(room.enter_context(closing(made))))
            parties.append(Known(name, made.signer.key, url))
        policy = TrustPolicy((log,), (*parties, Group("both", 2, WITNESSES)), "both")
        (folder / "w" / TRUST).write_bytes(policy.print())

        operator.streams |= {name: market.place(name) for name in ("first", "second", "gone")}
        operator.record(
            "yesterday", ("first", Paid(amount=4980)), ("first", FORWARDED), ("second", Paid(amount=4980))
        )
        operator.remember("yesterday")
        market.now += 2 * DAY
        operator.streams["third"] = market.place("third")
        operator.record(
            "today",
            ("first", DELIVERED),
            ("third", Paid(amount=4980)),
            ("third", FORWARDED),
            ("third", DELIVERED),
        )
        market.tell(operator.streams["gone"], Erased(reason="buyer_request"))
        market.workspace.vault.erase(operator.streams["gone"])
        operator.remember("today")
        yield operator
