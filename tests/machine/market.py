"""A market beside its naive model: after every statement the model was right about what became of it.

Whatever was taken in, the laws hold; whatever was refused has changed nothing.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from mingdan.ledger.entry import parse
from mingdan.ledger.errors import IntakeRefused, MingdanError, Refused, TimeRefused
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.status import status

from . import laws
from .life import SETTINGS, WORDS, Fact, Life
from .model import Model
from .opinions import Opinion, opinion
from .refusals import Said, is_seen
from .shop import Shop
from .words import DAY, PUBLIC, ROLES, resolved, room_of

PRESUMED = "order/presumed"


class Manner(NamedTuple):
    """How a fact is told: when it happened (ms from now), as what, under which key, by whose hand, where."""

    at: int | None = None
    basis: Literal["observed", "backfill"] | None = None
    id: str | None = None
    hand: Literal["right", "wrong"] | None = None
    called: Literal["name", "stream", "handle"] = "name"
    desk: int = 0


class Words(NamedTuple):
    """One statement before it is told: times and leaves are still offsets and counts."""

    kind: str
    data: dict
    about: str
    by: str
    manner: Manner = Manner()


class Market:
    def __init__(self) -> None:
        self.shop = Shop()
        self.model = Model()
        self.sent: list[tuple[dict, Said]] = []  # what was accepted under a key
        self.streams: dict[str, str] = {}  # the newest order of each name

    # telling -------------------------------------------------------------------------------------------
    def statement(self, words: Words) -> tuple[dict, Said]:
        """A statement as a line of JSON has it, and as the model hears it."""
        room, manner = room_of(words.kind), words.manner
        stream = f"{room}/{words.about}" if room != "order" else self.model.names.get(words.about)
        told = {"by": words.by, "kind": words.kind, room: words.about}
        if room == "order" and manner.called != "name" and words.about in self.streams:
            stream = self.streams[words.about]
            called = self.shop.names(stream)
            told["order"] = called[manner.called == "handle"]
        data = resolved(words.data, self.shop.now, lambda count: self.leaf(stream, count))
        told["data"] = data
        private = WORDS | ({"recipient"} if room == "order" else set())
        said = Said(
            kind=words.kind,
            stream=stream,
            by=words.by,
            data={name: value for name, value in data.items() if name not in private},
            words={name: value for name, value in data.items() if name in private},
            at=None if manner.at is None else self.shop.now + manner.at,
            basis=manner.basis,
            id=manner.id,
        )
        given = {"at": said.at, "basis": said.basis, "id": said.id}
        told |= {name: value for name, value in given.items() if value is not None}
        return self._signed(told, said, manner)

    def _signed(self, told: dict, said: Said, manner: Manner) -> tuple[dict, Said]:
        if manner.hand is None or said.stream is None or said.at is None or said.kind == "order.erased":
            return told, said
        own = self.model.key(said.by)
        right = manner.hand == "right" and own is not None
        key = own if right else next(each for each in PUBLIC if each != own)
        return self.shop.sign(told, said.stream, key), said._replace(hand="right" if right else "wrong")

    def leaf(self, stream: str | None, count: int) -> str:
        """The leaf hash of an entry of the stream, from its newest, or for a count below zero, of the log."""
        facts = self.model.log[::-1] if count < 0 else self.model.of(stream or "")[::-1]
        return facts[count % len(facts)].leaf if facts else 64 * "0"

    def tell(self, words: Words) -> bool:
        return self.tell_all([words])

    def tell_all(self, words: list[Words]) -> bool:
        """Tells statements together and holds the model to what becomes of them: all accepted, or none."""
        told = [self.statement(each) for each in words]
        return self.hand_in(told, words[0].manner.desk)

    def hand_in(self, told: list[tuple[dict, Said]], desk: int) -> bool:
        expected = self.expected(told)
        before = self.shop.kept()
        try:
            receipts = self.shop.tell([line for line, _ in told], desk)
        except MingdanError as error:
            if expected.verdict == "accepted":
                raise AssertionError(f"refused, although {expected.why}") from error
            self.refused(error, before)
            return False
        assert expected.verdict != "refused", expected.why
        self.accepted(told, receipts, before)
        return True

    def expected(self, told: list[tuple[dict, Said]]) -> Opinion:
        """What must become of them together: each is heard after those before it."""
        model, found, opened = self.model.copy(), [], set()
        for number, (line, heard) in enumerate(told):
            fresh = heard.stream is None and line.get("order") in opened
            said = heard._replace(stream=PRESUMED) if fresh else heard
            opened |= {line.get("order")} if heard.stream is None and heard.kind == "order.placed" else set()
            found.append(opinion(model, said, self.shop.now))
            if found[-1].verdict == "refused":
                return found[-1]
            presume(model, said, self.shop.now, f"presumed-{number}")
        return next((each for each in found if each.verdict == "either"), found[-1])

    def refused(self, error: MingdanError, before: tuple[list, ...]) -> None:
        """Nothing has changed, but that an order too many is noted at its SKU."""
        after = self.shop.kept()
        if isinstance(error, IntakeRefused):
            *rest, noted = after[0]
            assert (noted.kind, noted.stream) == ("sku.intake_refused", f"sku/{error.evidence['sku']}")
            assert (rest, *after[1:]) == before
            self.take(noted, None)
            laws.check_market(self.shop, noted.stream)
        else:
            assert after == before
        assert error.next_step or not isinstance(error, Refused | TimeRefused)

    def accepted(
        self, told: list[tuple[dict, Said]], receipts: list[Receipt], before: tuple[list, ...]
    ) -> None:
        log = self.shop.log()
        laws.check_log(before[0], log)
        fresh = [each for each in receipts if not each.duplicate]
        assert len(log) - len(before[0]) == len(fresh)
        for (line, said), receipt in zip(told, receipts, strict=True):
            row = log[receipt.index]
            assert (row.leaf.hex(), row.stream, row.seq) == (receipt.leaf, receipt.stream, receipt.seq)
            if receipt.duplicate:
                assert said.id is not None or said.hand is not None
                continue
            fact = self.take(row, said)
            if said.kind == "order.placed" and "order" in line and said.stream is None:
                self.model.names[line["order"]] = self.streams[line["order"]] = row.stream
                self.model.secrets.add(row.stream)
            if said.kind == "party.registered":
                self.model.secrets.add(row.stream)
            if said.hand == "right":
                self.model.signed.append(fact)
            if said.id is not None:
                self.model.keys[said.by, said.id] = fact
                self.sent.append((line, said._replace(stream=row.stream)))
        for stream in dict.fromkeys(each.stream for each in fresh):
            self.check(stream)
        laws.check_shelves(self.shop, self.model)

    def check(self, stream: str) -> None:
        if stream.startswith("order/"):
            laws.check_order(self.shop, self.model, stream)
        else:
            laws.check_market(self.shop, stream)

    def take(self, row, said: Said | None) -> Fact:
        entry = parse(row.entry)
        data = msgspec.json.decode(row.entry)["data"]
        words = {} if said is None else said.words
        fact = Fact(
            row.stream, row.kind, entry.by, data, words, entry.basis, entry.at, entry.recorded, row.leaf.hex()
        )
        self.model.take(fact)
        return fact

    def status_of(self, name: str) -> tuple[str, str]:
        order = self.shop.stores.book().order(self.streams[name])
        return status(order, self.shop.now)[:2]

    # where it begins -----------------------------------------------------------------------------------
    def opens(self, mode: str, prepaid: bool, register: bool) -> None:
        """A listed SKU with four units in stock, one order that is paid, one that is not."""
        listed = {"form": "direct", "name": "点卡", "platform": "xiaomai", "stock_mode": mode}
        assert self.tell(Words("sku.listed", listed, "card-100", "xiaomai"))
        assert self.tell(Words("sku.stocked", {"as_of": 0, "qty": 4, "ttl": DAY}, "card-100", "xiaomai"))
        terms = {"amount": 5000, "currency": "CNY", "merchant": "shop-a", "platform": "xiaomai", "qty": 2}
        terms |= {"sku": "card-100"} | ({"policy": "default"} if prepaid else {})
        assert self.tell(Words("order.placed", terms, "no-1", "xiaomai", Manner(id="a")))
        assert self.tell(Words("order.placed", terms | {"qty": 1}, "no-2", "xiaomai"))
        assert self.tell(Words("order.paid", {}, "no-1", "xiaomai"))
        if register:
            for name in ("xiaomai", "agent-east"):
                assert self.tell(
                    Words("party.registered", {"name": name, "role": ROLES[name]}, name, "xiaomai")
                )
            assert self.tell(Words("party.keyed", {"key": PUBLIC[0]}, "agent-east", "agent-east"))


def presume(model: Model, said: Said, clock: int, leaf: str) -> None:
    """The model as it is if a statement is accepted: of the ledger's own additions no times are known."""
    if said.kind == "order.placed" and said.basis != "backfill" and not is_seen(Life([], SETTINGS), said):
        listing = model.listing(said.data.get("sku") or "")
        form = {} if listing is None else {"form": listing.data["form"]}
        said = said._replace(data={"policy": "default"} | form | said.data)
    now = max(clock, model.log[-1].recorded if model.log else 0)
    at, stream = now if said.at is None else said.at, said.stream or PRESUMED
    fact = Fact(stream, said.kind, said.by, said.data, said.words, said.basis, at, now, leaf)
    model.take(fact)
    model.secrets |= {stream} if said.kind in ("order.placed", "party.registered") else set()
    model.signed += [fact] if said.hand == "right" else []
    if said.id is not None:
        model.keys[said.by, said.id] = fact
