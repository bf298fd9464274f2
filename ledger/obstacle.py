"""What stands in the way of a live fact of an order: the very entry, the dispute, and until when it does.

Looked for only once a fact is refused, by the rule that it breaks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from mingdan.ledger import event as e
from mingdan.ledger.hops import WORDS, hop_told_of
from mingdan.ledger.instant import instant
from mingdan.ledger.live import term
from mingdan.ledger.mark import Mark
from mingdan.ledger.order import DisputeState, HopState, NudgeState, Order
from mingdan.ledger.policy import Policy
from mingdan.ledger.status import ended


class Obstacle(NamedTuple):
    """The leaf hash of the entry in the way, b"" where none of its own is.

    The fact is refused `until` an instant, or from `since` on (ms UTC); `dispute` is the one it is about.
    """

    because: bytes = b""
    until: int | None = None
    since: int | None = None
    dispute: str | None = None

    @property
    def evidence(self) -> dict[str, str]:
        """What an error says of it, beside the entry."""
        times = {"until": self.until, "since": self.since}
        told = {name: instant(at) for name, at in times.items() if at is not None}
        return told if self.dispute is None else told | {"dispute": self.dispute}


NO_ENTRY = Obstacle()


def obstacle(
    order: Order, event: e.OrderEvent, policy: Policy, *, by: str, rule: str, observed: bool = False
) -> Obstacle:
    """What stands in the way of a fact that `by` tells, or `observed`, and that breaks this rule."""
    if rule in _OF_DISPUTES:
        return _dispute(order, event, rule)
    if rule == "too-early" and (found := term(order, event, policy)) is not None:
        return Obstacle(found.since.leaf, until=found.over)
    if rule == "held" and order.hold is not None:
        return Obstacle(order.hold.mark.leaf, until=order.hold.review_by)
    if rule == "said-already":
        mark = _said(hop_told_of(order, by, observed=observed), event)
    else:
        mark = _MARKS.get(rule, _nothing)(order, event)
    return Obstacle() if mark is None else Obstacle(mark.leaf)


def _dispute(order: Order, event: e.OrderEvent, rule: str) -> Obstacle:
    """The dispute that is in the way: where it was decided, or else opened."""
    if rule == "frozen-by-dispute":
        stops = "delivery" if isinstance(event, e.Delivered) else "settlement"
        found = [each for each in order.open_disputes if each.freezes == stops]
        return _resting_on(found[0])
    if isinstance(event, e.Disavowed):
        return next(_resting_on(each) for each in order.disputes if each.mark.leaf.hex() == event.entry)
    assert isinstance(event, _Disputing)
    if rule == "appeal-late":
        decided = [each for each in order.disputes if each.dispute == event.dispute and each.closed]
        return _resting_on(decided[-1], since=decided[-1].appeal_by)
    own = _named(order, event.dispute)
    if own is None:
        return Obstacle(dispute=event.dispute)
    if isinstance(event, e.DisputeMerged) and own.closed is None:
        return _target(order, own, event.into) or _resting_on(own)
    return _resting_on(own)


def _target(order: Order, own: DisputeState, into: str) -> Obstacle | None:
    """The dispute that another cannot be merged into: not there, that very one, or decided."""
    other = _named(order, into)
    if other is None:
        return Obstacle(dispute=into)
    return _resting_on(other) if other is own or other.closed is not None else None


def _resting_on(dispute: DisputeState, since: int | None = None) -> Obstacle:
    return Obstacle((dispute.closed or dispute.mark).leaf, since=since, dispute=dispute.dispute)


def _named(order: Order, dispute: str) -> DisputeState | None:
    """The newest dispute of this id."""
    return next((each for each in reversed(order.disputes) if each.dispute == dispute), None)


def _said(hop: HopState | None, event: e.OrderEvent) -> Mark | None:
    """What was said already of a tier's hop."""
    if hop is None:
        return None
    match event:
        case e.HopAccepted():
            return hop.accepted
        case e.HopRejected():
            return hop.last
        case _:
            said = (mark for word, mark in reversed(hop.work) if word == WORDS[type(event)])
            return next(said, None)


def _doubt(order: Order, event: e.OrderEvent) -> Mark:
    """The submission of which nobody knows, or that was found to have arrived; the one that is disavowed."""
    doubtful = [hop for hop in order.hops if hop.state in ("uncertain", "found")]
    doubtful.sort(key=lambda hop: hop.state != "uncertain")
    if isinstance(event, e.Disavowed):
        doubtful = [hop for hop in order.hops if hop.mark.leaf.hex() == event.entry]
    return (doubtful or order.hops[-1:])[0].last


def _promised(order: Order, _event: e.OrderEvent) -> Mark | None:
    """Where the due time was fixed."""
    at_placing = order.terms is not None and order.terms.due_at is not None
    return order.placed if at_placing else order.money_in


def _payment(order: Order, event: e.OrderEvent) -> Mark | None:
    return order.paid_late if isinstance(event, e.PaidLate) else order.paid


def _in_hand(order: Order, _event: e.OrderEvent) -> Mark | None:
    """The newest delivery that was not taken back."""
    return next((each.mark for each in reversed(order.shipments) if each.taken_back is None), None)


def _of_nudge(order: Order, event: e.OrderEvent) -> NudgeState | None:
    """The newest nudge of the id that a fact names."""
    name = getattr(event, "nudge", None)
    return next((each for each in reversed(order.nudges) if each.nudge == name), None)


def _nothing(_order: Order, _event: e.OrderEvent) -> Mark | None:
    return None


_Disputing = (
    e.DisputeOpened | e.DisputeMerged | e.DisputeEvidence | e.DisputeDecided | e.DisputeAppealed
    | e.DisputeEscalated
)  # fmt: skip
_OF_DISPUTES = frozenset(
    (
        "no-dispute",
        "dispute-twice",
        "dispute-closed",
        "frozen-by-dispute",
        "not-decided",
        "appeal-late",
        "own-dispute",
        "merge-thaws",
    )
)

# Of rules that are not here no one entry stands in the way: something is lacking, or the fact itself is odd.
_MARKS: dict[str, Callable[[Order, e.OrderEvent], Mark | None]] = {
    "placed-twice": lambda order, _: order.placed,
    "paid-twice": _payment,
    "due-fixed": _promised,
    "already-paid": lambda order, _: order.money_in,
    "expired-twice": lambda order, _: order.expired,
    "already-delivered": _in_hand,
    "after-delivery": _in_hand,
    "hold-late": _in_hand,
    "nothing-to-come": lambda order, event: ended(order) or _in_hand(order, event),
    "not-delivered": lambda order, _: order.reversed,
    "completed-twice": lambda order, _: order.completed,
    "held-already": lambda order, _: None if order.hold is None else order.hold.mark,
    "not-held": lambda order, _: None if order.hold is None else order.hold.ended,
    "not-queued": lambda order, _: None if order.queue is None else order.queue.mark,
    "foreign-hop": lambda order, _: order.hops[-1].mark,
    "hop-uncertain": _doubt,
    "which-hop": _doubt,
    "nudge-twice": lambda order, event: None if (n := _of_nudge(order, event)) is None else n.mark,
    "nudge-closed": lambda order, event: None if (n := _of_nudge(order, event)) is None else n.closed,
    "offer-short": lambda order, event: None if (n := _of_nudge(order, event)) is None else n.offered,
    "refund-paid": lambda order, _: order.refunded,
    "refund-short": lambda order, _: order.money_in,
    "refund-over": lambda order, _: order.money_in,
    "no-refund": lambda order, _: order.refunded,
    "erased": lambda order, _: order.erased,
}
