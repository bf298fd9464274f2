"""What the ledger owes an order: its expiry, its completion, the end of a hold, answers, checks and notices.

Pure: from the folded order, what surrounds it, and an instant. What was recorded is owed no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from mingdan.ledger import event as e
from mingdan.ledger.duty.answer import answer
from mingdan.ledger.duty.duty import Duty
from mingdan.ledger.hops import hop_of
from mingdan.ledger.order import DisputeState, Order
from mingdan.ledger.policy import DEFAULT, Policy
from mingdan.ledger.refund import due
from mingdan.ledger.risk import RiskRule, screened
from mingdan.ledger.rules import prepaid
from mingdan.ledger.status import ended

TIMEOUT: Final = "timeout"


class Trouble(Struct, frozen=True):
    """An exception that names the order's SKU: its id, its kind, the entry that reported it, and who did.

    `supplied` is whether the SKU is for the reporter to speak of.
    """

    exception: str
    kind: str
    leaf: bytes
    by: str
    supplied: bool


class Surroundings(Struct, frozen=True):
    """What is looked at beside the order.

    `checked` is what its recipient is found to be, if that can be told; `seen` counts, by velocity rule, the
    orders of the same source shortly before this one. `ours` is whether the ledger itself holds it.
    """

    policy: Policy = DEFAULT
    rules: Sequence[RiskRule] = ()
    seen: Mapping[str, int] = {}
    checked: e.RecipientChecked | None = None
    troubles: Sequence[Trouble] = ()
    ours: bool = False


def duties(order: Order, around: Surroundings, now: int) -> Iterator[Duty]:
    """Everything owed by an instant (ms UTC), in no particular order."""
    if order.placed is None or order.imported or order.erased is not None:
        return
    owing = [duty for owed in _OWED for duty in owed(order, around, now)]
    yield from owing or _answers(order, around, now)  # which rest on what was found before


def _expiry(order: Order, around: Surroundings, now: int) -> Iterator[Duty]:
    """An order that nobody paid for in time."""
    limit = around.policy.pay_within
    if limit is None or order.placed is None or order.money_in is not None or ended(order) is not None:
        return
    at = order.placed.effective + limit
    if prepaid(order) and now > at:
        yield _of(order, e.Expired(), at)


def _completion(order: Order, around: Surroundings, now: int) -> Iterator[Duty]:
    """A delivery that nobody contested in time, unless a dispute has declared that it freezes this (I8)."""
    limit = around.policy.complete_after
    if limit is None or order.completed is not None or order.refund in ("requested", "approved", "paid"):
        return
    if order.in_hand is None:
        return
    freezing = [each for each in order.disputes if each.freezes == "settlement"]
    if any(each.closed is None for each in freezing):
        return
    since = [order.shipments[-1].mark, *(each.closed for each in freezing if each.closed is not None)]
    at = max(mark.effective for mark in since) + limit
    if now > at:
        yield _of(order, e.Completed(by=TIMEOUT), at)


def _review(order: Order, _around: Surroundings, now: int) -> Iterator[Duty]:
    """A hold that nobody reviewed in time ends as it was said to; what came meanwhile is not paid back."""
    hold = order.hold
    if hold is None or hold.ended is not None or now <= hold.review_by:
        return
    refunding = hold.on_timeout == "refund" and order.in_hand is None
    decision = e.RiskReviewed(decision="refuse" if refunding else "release", reason=TIMEOUT)
    yield _of(order, decision, hold.review_by)
    if refunding and order.money_in is not None and order.refund == "none":
        yield _of(order, e.RefundRequested(amount=due(order)), hold.review_by)


def _check(order: Order, around: Surroundings, _now: int) -> Iterator[Duty]:
    if order.recipient == "unknown" and around.checked is not None and _waiting(order):
        yield _of(order, around.checked)


def _screening(order: Order, around: Surroundings, now: int) -> Iterator[Duty]:
    held = screened(order, around.rules, around.seen, at=now)
    if held is not None and _waiting(order):
        yield _of(order, held)


def _hold_notice(order: Order, around: Surroundings, _now: int) -> Iterator[Duty]:
    """Whom the ledger's own rules hold is told so on the order's page."""
    hold = order.hold
    if around.ours and hold is not None and hold.ended is None and hold.noticed is None:
        leaf = hold.mark.leaf.hex()
        yield _of(order, e.Notified(channel="page", of=leaf, template=f"risk.{hold.rule}"), mark=leaf)


def _answers(order: Order, around: Surroundings, now: int) -> Iterator[Duty]:
    """Whoever asks is answered from the record: where it is, with whom, why, what can be done, by when."""
    for nudge in order.nudges:
        if nudge.located is None and nudge.closed is None:
            told = answer(order, nudge.nudge, around.policy, now)
            yield from (_of(order, each, mark=f"{nudge.nudge}/{place}") for place, each in enumerate(told))


def _silence(order: Order, _around: Surroundings, now: int) -> Iterator[Duty]:
    """An offer that the buyer did not answer."""
    for nudge in order.nudges:
        if nudge.closed is None and nudge.by_when is not None and now > nudge.by_when:
            yield _of(order, e.NudgeClosed(nudge=nudge.nudge, outcome=TIMEOUT), nudge.by_when, nudge.nudge)


def _merging(order: Order, _around: Surroundings, _now: int) -> Iterator[Duty]:
    """A dispute opened again while the first is open is the same one, unless it declares to freeze more."""
    first: dict[str, DisputeState] = {}
    for dispute in order.open_disputes:
        before = first.setdefault(dispute.claim, dispute)
        if before is not dispute and dispute.freezes in ("none", before.freezes):
            merged = e.DisputeMerged(dispute=dispute.dispute, into=before.dispute)
            yield _of(order, merged, mark=dispute.dispute)


def _notices(order: Order, around: Surroundings, _now: int) -> Iterator[Duty]:
    """One exception tells every order that waits for what it touches, where its reporter has a part."""
    if not _waiting(order) or order.money_in is None:
        return
    for trouble in around.troubles:
        if trouble.leaf not in order.notified and _has_part(order, trouble):
            told = e.Notified(
                about=trouble.exception,
                channel="page",
                of=trouble.leaf.hex(),
                template=f"exception.{trouble.kind}",
            )
            yield _of(order, told, mark=trouble.exception)


def _has_part(order: Order, trouble: Trouble) -> bool:
    """Whether who reported an exception supplies the order's SKU, sells the order, or was sent it."""
    return trouble.supplied or order.sells(trouble.by) or hop_of(order, trouble.by) is not None


def _waiting(order: Order) -> bool:
    """Whether a delivery is still to come."""
    return order.in_hand is None and ended(order) is None and order.cancelled is None


def _of(order: Order, event: e.OrderEvent, at: int | None = None, mark: str = "") -> Duty:
    return Duty(order.stream, order.leaf, event, at, mark)


_OWED = (_expiry, _completion, _review, _check, _screening, _hold_notice, _silence, _merging, _notices)
