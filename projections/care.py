"""Care: whether buyers were answered, told why they were held, paid back and compensated, and how soon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row

from mingdan.ledger.order import Order
from mingdan.ledger.owed import owed
from mingdan.projections.conduct import Compensation, Holds, Nudges, Refunds
from mingdan.projections.measure import FEW, grouped, published, rate, spread
from mingdan.projections.register import Register


def nudges(asked: Sequence[Row[Any]]) -> Nudges:
    """From rows of `views.nudges`."""
    located = [row for row in asked if row.located_at is not None]
    closed = Counter(row.outcome for row in asked if row.closed_at is not None)
    return Nudges(
        asked=len(asked),
        located=len(located),
        offered=sum(row.offered_at is not None for row in asked),
        open=sum(row.closed_at is None for row in asked),
        unanswered=len(asked) - len(located),
        closed={outcome: closed[outcome] for outcome in sorted(closed)},
        to_located=spread(row.located_at - row.asked_at for row in located),
        to_closed=spread(row.closed_at - row.located_at for row in located if row.closed_at is not None),
    )


def holds(held: Iterable[Row[Any]], register: Register, as_of: int) -> dict[str, Holds]:
    """By rule, from rows of `views.holds`."""
    rules = published(grouped((row.rule, row) for row in held))
    return {rule: _rule(those, register, as_of) for rule, those in rules.items()}


def _rule(held: Sequence[Row[Any]], register: Register, as_of: int) -> Holds:
    ended = Counter(row.decision for row in held)
    released, reviewed = ended["release"], ended["release"] + ended["refuse"]
    standing = [row for row in held if row.ended_at is None]
    return Holds(
        held=len(held),
        open=len(standing),
        reviewed=reviewed,
        released=released,
        false_positives=rate(released, reviewed, FEW),
        timeouts=ended["timeout"],
        notices_late=sum(_unnoticed(row, as_of) > _limit(row, register) for row in held),
        reviews_overdue=sum(as_of > row.review_by for row in standing),
    )


def _unnoticed(hold: Row[Any], as_of: int) -> int:
    """How long the buyer was not told (ms), by when the ledger knew."""
    return int((as_of if hold.noticed_known is None else hold.noticed_known) - hold.held_known)


def _limit(hold: Row[Any], register: Register) -> int:
    return register.terms(hold.policy, hold.version).notice_within


def refunds(delays: Iterable[Row[Any]]) -> Refunds:
    """From rows of `views.delays`."""
    told = [row for row in delays if row.refund != "none"]
    both = [row for row in told if row.refunded_at is not None and row.refund_asked_at is not None]
    return Refunds(
        requested=sum(row.refund_asked_at is not None for row in told),
        paid=sum(row.refund == "paid" for row in told),
        open=sum(row.refund in ("requested", "approved") for row in told),
        refused=sum(row.refund == "refused" for row in told),
        to_paid=spread(row.refunded_at - row.refund_asked_at for row in both),
    )


def concerned(delays: Iterable[Row[Any]], register: Register, as_of: int) -> list[str]:
    """The orders under published terms that promise a compensation, and that are late or were paid one."""
    return [
        row.stream
        for row in delays
        if (row.compensated or _late(row, as_of))
        and register.terms(row.policy, row.version).compensation is not None
    ]


def _late(row: Row[Any], as_of: int) -> bool:
    """Whether it may be late: of a delivery that was taken back the order itself must tell."""
    if row.promised is None or as_of <= row.promised:
        return False
    return row.delivered_at is None or row.reversed_at is not None or row.delivered_at > row.promised


def compensation(orders: Iterable[Order], register: Register, as_of: int) -> Compensation:
    """What was promised, by replay of these orders."""
    accrued, paid, unpaid = Counter[str](), Counter[str](), Counter[str]()
    count = 0
    for order in orders:
        told = owed(order, register.terms_of(order), as_of)
        if told is None or order.terms is None or order.terms.currency is None:
            continue
        currency = order.terms.currency
        count += told.accrued > 0
        accrued[currency] += told.accrued
        paid[currency] += told.paid
        unpaid[currency] += told.unpaid
    return Compensation(
        orders=count,
        accrued=dict(sorted(accrued.items())),
        paid=dict(sorted(paid.items())),
        unpaid=dict(sorted(unpaid.items())),
    )
