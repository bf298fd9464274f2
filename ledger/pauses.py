"""When an order's clock stands still: spans that its terms do not count as lateness, counted separately.

The due time itself never moves (I6): what stands still is only how late an order is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.mark import Mark
from mingdan.ledger.market.promise import Pause
from mingdan.ledger.order import DisputeState, Hold, Order, Spell, Wait


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


def timed(dispute: DisputeState, mark: Mark) -> DisputeState:
    """A dispute as an entry left it, with the times in which it was open: that entry ends or begins one."""
    spells = dispute.spells
    is_open = bool(spells) and spells[-1].until is None
    if is_open == (dispute.closed is None):
        return dispute
    if is_open:
        return replace(dispute, spells=(*spells[:-1], replace(spells[-1], until=mark)))
    return replace(dispute, spells=(*spells, Spell(mark)))


def _spans(order: Order) -> Iterator[Span]:
    for hold in (*order.holds, *([] if order.hold is None else [order.hold])):
        yield from (_span("risk", *each) for each in _unbroken(hold))
    for wait in order.waits:
        yield from (_span("recipient", *each) for each in _unbroken(wait))
    for dispute in order.disputes:
        yield from (_span("dispute", each.since, each.until) for each in dispute.spells)


def _unbroken(part: Hold | Wait) -> Iterator[tuple[Mark, Mark | None]]:
    """A hold or a wait without the times in which it was held to be over."""
    since = part.mark
    for lapse in part.lapses:
        yield since, lapse.since
        since = lapse.until or lapse.since
    yield since, part.ended


def _span(why: Pause, since: Mark, until: Mark | None) -> Span:
    return Span(why, since.effective, None if until is None else until.effective, since.leaf)
