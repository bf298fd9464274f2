"""The naive order: its facts in a plain list, and what follows from them by the words of the domain alone.

Nothing of the ledger is imported. Everything is read anew from the facts each time it is asked for.
"""

from __future__ import annotations

from typing import NamedTuple

MINUTE, DAY = 60_000, 86_400_000
TOLERANCE = 15 * MINUTE  # a live fact may be told so late and still count from when it happened
WORDS = frozenset(
    [
        "contact",
        "order_no",
        "payment",
        "ref",
        "receipt",
        "goods",
        "consent",
        "message",
        "document",
        "statement",
    ]
)
SETTINGS = {"clock_start": "paid", "due_in": DAY, "notice_within": 10 * MINUTE, "stock": 30 * MINUTE}
REFUNDS = ("refund.requested", "refund.approved", "refund.refused", "refund.paid")


class Fact(NamedTuple):
    """What was accepted: `data` as it was recorded, `words` as they were told."""

    stream: str
    kind: str
    by: str
    data: dict
    words: dict
    basis: str | None
    at: int
    recorded: int
    leaf: str

    @property
    def effective(self) -> int:
        in_time = abs(self.recorded - self.at) <= TOLERANCE
        return self.at if in_time or self.basis == "backfill" else self.recorded

    @property
    def known(self) -> int:
        return self.at if self.basis == "backfill" else self.recorded

    @property
    def begun(self) -> int:
        """Nothing has happened later than it was heard of."""
        return min(self.effective, self.known)


class Life:
    """An order as it stands without what was disavowed. `told` is everything, `facts` what stands."""

    def __init__(self, told: list[Fact], terms: dict) -> None:
        self.told = told
        self.terms = terms
        gone = {each.data["entry"] for each in told if each.kind == "order.disavowed"}
        self.facts = [each for each in told if each.leaf not in gone]
        self.placed = next((each for each in told if each.kind == "order.placed"), None)
        self.erased = any(each.kind == "order.erased" for each in told)
        self.imported = any(each.basis == "backfill" for each in told)

    def all(self, *kinds: str) -> list[Fact]:
        return [each for each in self.facts if each.kind in kinds]

    def last(self, *kinds: str) -> Fact | None:
        return next((each for each in reversed(self.facts) if each.kind in kinds), None)

    def is_now(self, kind: str, *ends: str) -> bool:
        """Whether a fact of this kind stands that none of these kinds followed."""
        last = self.last(kind, *ends)
        return last is not None and last.kind == kind

    # terms ---------------------------------------------------------------------------------------------
    def said(self, name: str) -> object:
        return None if self.placed is None else self.placed.data.get(name)

    @property
    def prepaid(self) -> bool:
        return self.said("policy") is not None or self.said("policy_version") is not None

    @property
    def due(self) -> int | None:
        starts = ("order.placed", "order.paid", "order.paid_late")
        promised = (each.data.get("due_at") for each in self.told if each.kind in starts)
        return next((due for due in promised if due is not None), None)

    @property
    def promised(self) -> int | None:
        agreed = [each for each in self.all("promise.extended") if "consent" in each.words]
        return agreed[-1].data["due_at"] if agreed else self.due

    # money and ends ------------------------------------------------------------------------------------
    @property
    def money(self) -> Fact | None:
        return next(iter(self.all("order.paid") or self.all("order.paid_late")), None)

    @property
    def paid(self) -> int | None:
        """What was paid, of each kind once; None where it is not known."""
        return self._sum([*self.all("order.paid")[:1], *self.all("order.paid_late")[:1]])

    @property
    def paid_in_all(self) -> int | None:
        return self._sum(self.all("order.paid", "order.paid_late"))

    def _sum(self, payments: list[Fact]) -> int | None:
        told = [each.data.get("amount", self.said("amount")) for each in payments]
        return sum(told) if told and None not in told else None

    @property
    def undelivered(self) -> int:
        """Of what was paid, what is for units that did not come, or were taken back."""
        qty = self.said("qty")
        if qty is None:
            return 0 if self.delivered else self.paid
        return self.paid * max(0, qty - self.units) // qty

    @property
    def asked_back(self) -> list[int]:
        """What the buyer asked for last, where he said how much."""
        asked = [each for each in self.all("refund.requested") if each.by == "buyer"]
        return [each.data["amount"] for each in asked[-1:] if "amount" in each.data]

    @property
    def cancelled(self) -> bool:
        return self.is_now("order.cancelled", "order.reinstated")

    @property
    def expired(self) -> bool:
        return bool(self.all("order.expired"))

    @property
    def refund(self) -> str:
        paid = self.all("refund.paid")
        last = paid[0] if paid else self.last(*REFUNDS)
        return "none" if last is None else last.kind.partition(".")[2]

    @property
    def ended(self) -> bool:
        if not self.prepaid:
            return self.cancelled or self.expired
        return self.refund == "paid" or (self.money is None and (self.cancelled or self.expired))

    # goods ---------------------------------------------------------------------------------------------
    @property
    def shipments(self) -> list[tuple[Fact, int]]:
        """Deliveries that were not taken back, with their units."""
        found: list[tuple[Fact, int]] = []
        for each in self.facts:
            if each.kind == "delivery.reversed":
                found = []
            elif each.kind == "delivery.delivered":
                found.append((each, each.data.get("units") or self.said("qty") or 1))
        return found

    @property
    def units(self) -> int:
        return sum(units for _, units in self.shipments)

    @property
    def delivered(self) -> bool:
        """Whether all that was ordered is in hand; part of it is not the order."""
        return bool(self.shipments) and self.units >= (self.said("qty") or 1)

    @property
    def open_promise(self) -> int:
        """Units that are promised and not delivered (I4)."""
        if self.placed is None or self.imported or self.ended:
            return 0
        return max(0, (self.said("qty") or 1) - self.units)

    # tiers ---------------------------------------------------------------------------------------------
    @property
    def hops(self) -> list[dict]:
        """Each forwarding and the newest word on it."""
        found: list[dict] = []
        for each in self.told:
            if each.kind == "order.disavowed":
                found = [one for one in found if one["leaf"] != each.data["entry"]]
            elif each.kind == "hop.forwarded":
                told = {"to": each.data["to"], "by": each.by, "ref": each.words.get("ref"), "leaf": each.leaf}
                found.append(told | {"word": "forwarded", "state": "forwarded", "said": [], "own": set()})
            elif found and each.kind in _OF_HOPS and each in self.facts:
                _hear(self._spoken_of(found, each), each)
        return found

    @property
    def in_doubt(self) -> bool:
        """Whether a submission may have arrived unnoticed (I10)."""
        return any(each["state"] in ("uncertain", "unknown") for each in self.hops)

    def _spoken_of(self, hops: list[dict], word: Fact) -> dict:
        """Which submission a word is about: what its teller doubts he sent, of all else he was sent it."""
        if word.kind in ("hop.uncertain", "hop.queried"):
            return (self.asked_of(word, hops) or hops)[-1]
        if word.basis == "observed":
            return seen_by(hops, word.by)
        own = [each for each in hops if each["to"] == word.by]
        return own[-1] if own else hops[-1]

    def sent_by(self, party: str, hops: list[dict]) -> list[dict]:
        """The submissions that are a party's to ask for: those it made, or its fellow seller, to another."""
        own = [each for each in hops if each["by"] == party]
        if not own and self.sells(party):
            own = [each for each in hops if self.sells(each["by"])]
        return [each for each in own if each["to"] != party]

    def asked_of(self, word: Fact, hops: list[dict]) -> list[dict]:
        """The submissions that a doubt or a query may be of: under its reference, and in doubt if it asks."""
        own = self.sent_by(word.by, hops)
        doubted = [each for each in own if each["state"] in ("uncertain", "unknown")]
        asks = doubted if word.kind == "hop.queried" else []
        if "ref" in word.words:
            under = [[each for each in of if each["ref"] == word.words["ref"]] for of in (asks, own)]
            return next((found[-1:] for found in under if found), [])
        if "of" in word.data:
            return [each for each in hops if each["leaf"] == word.data["of"]]
        return asks or own[-1:]

    def sells(self, party: str) -> bool:
        return party in (self.said("platform"), self.said("merchant"))

    @property
    def at_work(self) -> list[list[dict]]:
        """Each submission that was found, and those from there on, if none of these failed."""
        found = []
        for place, each in enumerate(hops := self.hops):
            chain = [each]
            for later in hops[place + 1 :]:
                chain += [later] if later["by"] in [one["to"] for one in chain] else []
            if each["state"] == "found" and not any(map(_failed, chain[1:])):
                found.append(chain)
        return found

    def in_hands_of(self, party: str) -> bool:
        """Whether a party sells this order, or was sent it."""
        return self.sells(party) or any(each["to"] == party for each in self.hops)

    # care ----------------------------------------------------------------------------------------------
    @property
    def disputes(self) -> list[dict]:
        found: list[dict] = []
        for each in self.facts:
            if each.kind == "dispute.opened":
                opened = {"id": each.data["dispute"], "freezes": each.data["freezes"], "open": True}
                found.append(opened | {"leaf": each.leaf, "ruled": False, "merged": False})
                continue
            own = [one for one in found if one["id"] == each.data.get("dispute")]
            if each.kind == "dispute.merged":
                _set([one for one in own if one["open"]], open=False, until=None, merged=True)
            elif each.kind == "dispute.decided":
                _set(own, open=False, until=each.data.get("appeal_by"), merged=False, ruled=True)
            elif each.kind == "dispute.appealed":
                _set(own, open=True)
            elif each.kind == "dispute.escalated":
                _set(own, open=True, judge=each.data["to"])
        return found

    def since_asked(self, nudge: str) -> list[Fact]:
        """What stands of a nudge, from its asking on; nothing where nobody asked."""
        own = [each for each in self.facts if each.data.get("nudge") == nudge]
        places = [place for place, each in enumerate(own) if each.kind == "care.nudged"]
        return own[places[-1] :] if places else []

    def frozen(self, what: str) -> bool:
        return any(each["open"] and each["freezes"] == what for each in self.disputes)

    @property
    def held(self) -> bool:
        return self.is_now("risk.held", "risk.reviewed")

    # the public status ---------------------------------------------------------------------------------
    @property
    def step(self) -> str:
        for place, each in enumerate(self.told):
            if each.kind == "refund.paid" and each in self.facts:
                return Life(self.told[:place], self.terms).step
        if self.delivered:
            return "completed" if self.all("order.completed") else "shipped"
        if self.money is None:
            return "placed"
        checked = self.last("recipient.checked", "recipient.corrected")
        known = checked is not None and checked.data.get("result") == "ok"
        there = self.is_now("stock.reserved", "stock.short", "stock.released")
        return "verified" if known and there and not self.held else "paid"

    def side(self, now: int) -> str:
        """What a buyer must know first; `waiting` for none, queued and exception."""
        if self.refund == "paid":
            return "refunded"
        if self.refund in ("requested", "approved"):
            return "refunding"
        told = self._told_side()
        late = self.promised is not None and now > self.promised and self.step in ("paid", "verified")
        return "overdue" if late and told in ("waiting", "cancelled") else told

    def _told_side(self) -> str:
        if self.cancelled and not self.all("order.paid_late"):
            return "cancelled"
        if self.expired and self.money is None:
            return "expired"
        if any(each["open"] for each in self.disputes):
            return "disputed"
        if self.held:
            return "held"
        return "none" if self.delivered else "waiting"


def seen_by(hops: list[dict], party: str) -> dict:
    """What a neighbour looks at: the last submission to somebody else."""
    others = [each for each in hops if each["to"] != party]
    return others[-1] if others else hops[-1]


def _failed(hop: dict) -> bool:
    work = [each for each in hop["said"] if each.startswith("activation.")]
    return hop["state"] == "rejected" or work[-1:] == ["activation.failed"]


def _hear(hop: dict, word: Fact) -> None:
    """A word on a submission; `own` are the kinds that its tier told itself, not somebody for it since."""
    hop["word"] = word.data.get("result", word.kind.partition(".")[2])
    asked = word.kind in ("hop.uncertain", "hop.queried")
    hearsay = word.basis == "observed" and word.by != hop["to"] and not asked
    if word.kind.startswith("hop.") and not (hearsay and hop["state"] in ("uncertain", "unknown")):
        hop["state"] = hop["word"]
    elif word.kind == "activation.failed" and hop["state"] == "found":
        hop["state"] = "failed"
    hop["said"].append(word.kind)
    hop["own"] = hop["own"] | {word.kind} if word.by == hop["to"] else hop["own"] - {word.kind}


def _set(records: list[dict], **changes: object) -> None:
    for each in records:
        each.update(changes)


_OF_HOPS = frozenset(
    (
        "hop.accepted",
        "hop.rejected",
        "hop.uncertain",
        "hop.queried",
        "activation.started",
        "activation.succeeded",
        "activation.failed",
    )
)
