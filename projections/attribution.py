"""Attribution: whose the time since payment was, by stage and by holder; the parts sum to the whole (I9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mingdan.projections.conduct import Attribution, Part
from mingdan.projections.measure import published, rate, spread

Span = tuple[int, str, str, int, int | None]  # of `views.stages`: number, stage, holder, since, until


def attribution(told: Iterable[Span], as_of: int) -> Attribution:
    """From every stage of a platform's orders; one that lasts counts until an instant (ms UTC)."""
    stages: dict[str, list[int]] = {}
    holders: dict[str, list[int]] = {}
    orders = lasting = total = 0
    for number, stage, holder, since, until in told:
        span = max(0, (as_of if until is None else until) - since)
        orders += number == 1
        lasting += until is None
        total += span
        stages.setdefault(stage, []).append(span)
        holders.setdefault(holder, []).append(span)
    apart, by_holder = published(stages), published(holders)
    return Attribution(orders, lasting, total, _parts(apart, total), _parts(by_holder, total))


def _parts(groups: Mapping[str, list[int]], total: int) -> dict[str, Part]:
    return {name: Part(spread(groups[name]), rate(sum(groups[name]), total)) for name in sorted(groups)}
