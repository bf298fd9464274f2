"""A platform whose orders are counted by day, by how long they wait, and by whose they are."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from mingdan.projections.figures import DueDay, Figures, OnTime, Rate, Standing, rate
from mingdan.projections.incidence import Wait
from mingdan.projections.survival import COARSE, Survival, survival

from .stories import DAY, HOUR, MINUTE, NOON, SECOND, promised, some_figures

Group = Literal["merchants", "skus", "forms", "tiers"]

LAST = date(2026, 11, 22)
DELIVERED: list[Wait] = [(SECOND * (7 + n * n // 40), "delivered") for n in range(1_240)]
OTHERS: list[Wait] = [
    *((HOUR * (3 + n), "refunded") for n in range(26)),
    *((20 * MINUTE * (1 + n), "cancelled") for n in range(7)),
    *((HOUR * (1 + 5 * n), "open") for n in range(37)),
]
WAITS = [*DELIVERED, *OTHERS]


def due_days() -> tuple[DueDay, ...]:
    """Of ninety days until the story's: every seventh without an order, one on which nothing was in time."""
    told = []
    for back in range(89, -1, -1):
        if back % 7 == 3:
            continue
        due = 5 + back * 13 % 41
        missed = due if back == 20 else back % 3
        told.append(DueDay((LAST - timedelta(days=back)).isoformat(), rate(max(0, due - missed), due)))
    return tuple(told)


def on_time(numerator: int, denominator: int) -> OnTime:
    return promised(numerator, denominator, undelivered=denominator - numerator)


def shared_out(share: Rate) -> tuple[DueDay, ...]:
    """The same orders over the last ten days, as evenly as can be; of none, nothing."""
    if not share.denominator:
        return ()
    sums = [(share.numerator * day // 10, share.denominator * day // 10) for day in range(11)]
    return tuple(
        DueDay((LAST - timedelta(days=back)).isoformat(), rate(kept - kept_before, due - due_before))
        for back, ((kept_before, due_before), (kept, due)) in zip(
            range(9, -1, -1), pairwise(sums), strict=True
        )
    )


def group(waits: list[Wait], due: OnTime) -> Standing:
    told = survival(waits, COARSE)
    delivered = told.outcomes["delivered"]
    return Standing(
        orders=len(waits),
        delivered=delivered,
        imported=False,
        on_time=due,
        survival=told,
        days=shared_out(due.strict),
        heard=NOON - HOUR,
    )


GROUPS: dict[Group, dict[str, Standing]] = {
    "merchants": {
        "xinghe-dianka": group(WAITS[:900], on_time(860, 880)),
        "yeguang-shuka": group(WAITS[900:1_240], on_time(311, 324)),
        "mingcheng": group(WAITS[1_240:1_262], on_time(0, 12)),
        "other": group(WAITS[1_262:1_300], on_time(0, 0)),
        "unknown": group(WAITS[1_300:], on_time(0, 0)),
    },
    "skus": {
        "points-100": group(WAITS[:820], on_time(800, 810)),
        "vip-month": group(WAITS[820:], on_time(371, 394)),
    },
    "forms": {
        "card": group(WAITS[:1_000], on_time(990, 998)),
        "direct": group(WAITS[1_000:], on_time(181, 206)),
    },
    "tiers": {"unknown": group(WAITS, on_time(1_171, 1_204))},
}
SURVIVAL = survival(WAITS)
EVERYTHING_IN: Survival = survival([(MINUTE, "delivered"), (2 * MINUTE, "refunded")])


def counted(**fields: object) -> Figures:
    windows = {"7d": on_time(150, 153), "30d": on_time(600, 612), "90d": on_time(1_100, 1_131)}
    told = {"windows": windows, "days": due_days(), "survival": SURVIVAL, "heard": NOON - HOUR, **GROUPS}
    return some_figures(**(told | fields))


def far() -> Figures:
    """Orders that were watched for years."""
    return counted(survival=survival([(400 * DAY, "delivered"), (1_000 * DAY, "open")]))
