"""The state of an order: immutable values, each resting on the entry that its Mark names.

Long: every part of that state, to be read as one.
Values cannot hold themselves, so the cycle collector need not walk them (`gc=False`): there may be millions.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from mingdan.ledger.event import Placed
from mingdan.ledger.mark import Irregularity, Mark

Step = Literal["placed", "paid", "verified", "shipped", "completed"]
StageName = Literal["stock", "dispatch", "activation", "relay", "risk", "unknown"]
Work = Literal["started", "succeeded", "failed"]


class Spell(Struct, frozen=True, array_like=True, gc=False):
    """From one entry until another, None while it lasts."""

    since: Mark
    until: Mark | None = None


class Hold(Struct, frozen=True, array_like=True, gc=False):
    """`lapses` are from an end that was disavowed until that was known: then alone it goes on."""

    rule: str
    track: str
    review_by: int
    on_timeout: str
    mark: Mark
    noticed: Mark | None = None
    ended: Mark | None = None
    decision: str | None = None  # release or refuse by a person, timeout by the ledger
    lapses: tuple[Spell, ...] = ()


class Wait(Struct, frozen=True, array_like=True, gc=False):
    """The order waits for its buyer: the recipient must be confirmed or corrected."""

    mark: Mark
    ended: Mark | None = None
    lapses: tuple[Spell, ...] = ()  # as of a hold


class Trouble(Struct, frozen=True, array_like=True, gc=False):
    """Why the order does not move on: a typed failure and who it is attributed to."""

    code: str
    attributable_to: str
    mark: Mark


class Place(Struct, frozen=True, array_like=True, gc=False):
    batch: str
    position: int
    expected_start: int | None
    mark: Mark
    started: bool = False


class Shipment(Struct, frozen=True, array_like=True, gc=False):
    """One delivery, told at `seq`; `taken_back` is the entry that reversed it: its units may come again.

    `units` is 0 for all that were ordered, where it was not yet known how many. `again` is when it became
    known that they were not taken back after all.
    """

    mark: Mark
    units: int
    evidence: str
    taken_back: bytes | None = None
    seq: int = 0
    again: Mark | None = None

    @property
    def since(self) -> Mark:
        """From when its units count as there: nobody gains by telling of a reversal and taking that back."""
        marks = (self.mark,) if self.again is None else (self.mark, self.again)
        return max(marks, key=lambda mark: mark.effective)


class Extension(Struct, frozen=True, array_like=True, gc=False):
    mark: Mark
    due_at: int


class Compensation(Struct, frozen=True, array_like=True, gc=False):
    mark: Mark
    amount: int


class Sum(Struct, frozen=True, array_like=True, gc=False):
    """Money that an entry tells of, in minor units; None where it does not say how much."""

    mark: Mark
    amount: int | None


class HopState(Struct, frozen=True, array_like=True, gc=False):
    """One tier's handling: `state` is the last word heard of its submission, `seq` where it was forwarded.

    `work` is every word on its activation, as heard.
    """

    to: str
    attempt: int
    state: Literal["forwarded", "accepted", "rejected", "uncertain", "found", "not_found"]
    ref: str | None
    mark: Mark
    last: Mark
    seq: int = 0
    by: str = ""  # who forwarded it
    accepted: Mark | None = None
    work: tuple[tuple[Work, Mark], ...] = ()
    before: tuple[tuple[str, Mark], ...] = ()  # what was heard before the last word
    own: tuple[tuple[str, bytes], ...] = ()  # the tier's own words, each with its entry: not a neighbour's

    @property
    def started(self) -> Mark | None:
        """The first start."""
        return next((mark for word, mark in self.work if word == "started"), None)

    @property
    def finished(self) -> Mark | None:
        """The first end."""
        return next((mark for word, mark in self.work if word != "started"), None)

    @property
    def outcome(self) -> Literal["succeeded", "failed"] | None:
        """How it ended last, also where it was begun anew since."""
        return next((word for word, _ in reversed(self.work) if word != "started"), None)


class Stage(Struct, frozen=True, array_like=True, gc=False):
    """Who held the order from `since` (ms) until the next stage begins: stages are contiguous."""

    name: StageName
    holder: str
    since: int
    leaf: bytes


class NudgeState(Struct, frozen=True, array_like=True, gc=False):
    nudge: str
    mark: Mark
    located: Mark | None = None
    offered: Mark | None = None
    closed: Mark | None = None
    option: str | None = None
    by_when: int | None = None
    outcome: str | None = None


class Overruled(Struct, frozen=True, array_like=True, gc=False):
    """How a dispute stood before an entry (`leaf`) that decided it anew or opened it again."""

    leaf: bytes
    closed: Mark | None
    outcome: str | None
    appeal_by: int | None


class DisputeState(Struct, frozen=True, array_like=True, gc=False):
    dispute: str
    claim: str
    freezes: str
    mark: Mark
    closed: Mark | None = None
    outcome: str | None = None
    appeal_by: int | None = None
    appealed: Mark | None = None
    escalations: tuple[tuple[str, bytes], ...] = ()  # to whom, each with its entry
    evidence: int = 0
    overruled: tuple[Overruled, ...] = ()
    spells: tuple[Spell, ...] = ()  # in which it was open: nothing told later changes one that is over

    @property
    def ruled(self) -> bool:
        """Whether it was decided, also if it was opened again since."""
        outcomes = [self.outcome, *(each.outcome for each in self.overruled)]
        return any(outcome not in (None, "merged") for outcome in outcomes)

    @property
    def escalated_to(self) -> str | None:
        """Who is to decide, if it was passed on."""
        return self.escalations[-1][0] if self.escalations else None


class Covered(Struct, frozen=True, array_like=True, gc=False):
    """What an entry (`leaf`) took the place of: the values of a part of the state, as msgpack."""

    leaf: bytes
    part: str
    before: bytes


class Order(Struct, frozen=True, array_like=True, gc=False):
    """The state. `seq` and `leaf` are of the newest entry; a Mark is None while its fact is unheard of."""

    stream: str = ""
    seq: int = 0
    leaf: bytes = b""
    imported: bool = False
    terms: Placed | None = None
    placed: Mark | None = None
    paid: Mark | None = None
    paid_late: Mark | None = None
    due_at: int | None = None  # the first promise; it never changes
    extensions: tuple[Extension, ...] = ()  # those that the buyer agreed to
    expired: Mark | None = None
    cancelled: Mark | None = None
    cancelled_by: str | None = None
    completed: Mark | None = None
    erased: Mark | None = None
    recipient: Literal["unknown", "ok", "suspect", "invalid"] = "unknown"
    checked: Mark | None = None
    confirmed: Mark | None = None
    reserved: Mark | None = None
    hold: Hold | None = None
    holds: tuple[Hold, ...] = ()  # those before it
    queue: Place | None = None
    hops: tuple[HopState, ...] = ()
    accepted: Mark | None = None  # the first tier's word that it took the order on
    activation: Literal["none", "started", "succeeded", "failed"] = "none"
    activated: Mark | None = None
    trouble: Trouble | None = None
    shipments: tuple[Shipment, ...] = ()
    reversed: Mark | None = None
    compensations: tuple[Compensation, ...] = ()
    refund: Literal["none", "requested", "approved", "refused", "paid"] = "none"
    refunded: Mark | None = None  # the last word on a refund
    reached: Step | None = None  # how far the order had come when its refund was paid
    nudges: tuple[NudgeState, ...] = ()
    disputes: tuple[DisputeState, ...] = ()
    stages: tuple[Stage, ...] = ()
    irregularities: tuple[Irregularity, ...] = ()
    waits: tuple[Wait, ...] = ()  # for the buyer
    notified: tuple[bytes, ...] = ()  # the entries that the buyer was told of
    refund_asked: Mark | None = None
    covered: tuple[Covered, ...] = ()
    called_off: Mark | None = None  # the cancellation, unless money came after it; or when it stood again
    payments: tuple[Sum, ...] = ()  # all that were told, also those that repeat one
    wishes: tuple[Sum, ...] = ()  # the refunds that the buyer asked for himself

    @property
    def qty(self) -> int | None:
        return None if self.terms is None else self.terms.qty

    def sells(self, party: str) -> bool:
        return self.terms is not None and party in (self.terms.platform, self.terms.merchant)

    @property
    def asked(self) -> Wait | None:
        """What it waits for its buyer to say of its recipient, while it does."""
        return self.waits[-1] if self.waits and self.waits[-1].ended is None else None

    @property
    def delivered(self) -> Mark | None:
        """The delivery with which all that was ordered was first there, also if it was taken back since."""
        rounds: dict[bytes | None, list[Shipment]] = {}  # a reversal takes back all that stands
        for each in self.shipments:
            rounds.setdefault(each.taken_back, []).append(each)
        whole = (_made_up(self.qty, each) for each in rounds.values())
        return next((each.mark for each in whole if each is not None), None)

    @property
    def evidence(self) -> str | None:
        return self.shipments[0].evidence if self.shipments else None

    @property
    def units(self) -> int:
        """The units delivered and not taken back."""
        return sum(each.units or self.qty or 1 for each in self.shipments if each.taken_back is None)

    @property
    def deliveries(self) -> int:
        return len(self.shipments)

    @property
    def compensated(self) -> int:
        return sum(each.amount for each in self.compensations)

    @property
    def in_hand(self) -> Shipment | None:
        """The delivery with which all that was ordered is there; of an unknown quantity, the first."""
        return _made_up(self.qty, [each for each in self.shipments if each.taken_back is None])

    @property
    def money_in(self) -> Mark | None:
        return self.paid or self.paid_late

    @property
    def held(self) -> bool:
        return self.hold is not None and self.hold.ended is None

    @property
    def extended_to(self) -> int | None:
        return self.extensions[-1].due_at if self.extensions else None

    @property
    def promised(self) -> int | None:
        """The due time now in force (ms); statistics keep the original, `due_at`."""
        return self.due_at if self.extended_to is None else self.extended_to

    @property
    def open_disputes(self) -> tuple[DisputeState, ...]:
        return tuple(dispute for dispute in self.disputes if dispute.closed is None)


def _made_up(qty: int | None, shipments: list[Shipment]) -> Shipment | None:
    """The latest of the first told that make up the quantity: what is told since hastens nothing."""
    left = 1 if qty is None else qty
    for place, each in enumerate(shipments, 1):
        left -= each.units or left
        if left <= 0:
            return max(shipments[:place], key=lambda each: (each.since.effective, each.seq))
    return None
