"""When an order's clock stands still: spans that its terms do not count as lateness, counted separately.

The due time itself never moves (I6): what stands still is only how late an order is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct

from mingdan.ledger.mark import Mark
from mingdan.ledger.market.promise import Pause
from mingdan.ledger.order import Order


class Span(Struct, frozen=True):
    """From `since` to before `until` (ms UTC), None while it lasts; `leaf` is of the entry that began it."""

    why: Pause
    since: int
    until: int | None
    leaf: bytes


def pauses(order: Order, kinds: Collection[Pause]) -> tuple[Span, ...]:
    """The spans of these kinds, in the order in which they began."""
    return tuple(sorted((each for each in _spans(order) if each.why in kinds), key=lambda each: each.since))


def paused(order: Order, kinds: Collection[Pause], since: int, until: int) -> int:
    """How long the clock stood still between two instants (ms): spans that overlap count once."""
    total, reached = 0, since
    for span in pauses(order, kinds):
        end = until if span.until is None else min(span.until, until)
        total += max(0, end - max(span.since, reached))
        reached = max(reached, end)
    return total


def _spans(order: Order) -> Iterator[Span]:
    for hold in (*order.holds, *([] if order.hold is None else [order.hold])):
        yield _span("risk", hold.mark, hold.ended)
    for wait in order.waits:
        yield _span("recipient", wait.mark, wait.ended)
    for dispute in order.disputes:
        yield _span("dispute", dispute.mark, dispute.closed)


def _span(why: Pause, since: Mark, until: Mark | None) -> Span:
    return Span(why, since.effective, None if until is None else until.effective, since.leaf)
