"""When an order is likely to be delivered that has waited so long: by what was usual when it was paid.

Of those that waited as long as this one, how many were delivered by when; refunds and cancellations compete
with deliveries. It changes only at the steps of the curve, so that a page need not follow a clock.
"""

from __future__ import annotations

from typing import NamedTuple

from mingdan.ledger.market.sku import Awaited
from mingdan.ledger.order import Order
from mingdan.ledger.status import ways_out

ENOUGH = 30  # orders that had waited as long: of fewer nothing is foretold
WHOLE = 10_000


class Eta(NamedTuple):
    """How long after payment (ms) 5 and 9 of 10 such orders were delivered; None: so many may never be."""

    of: str  # whose orders: sku, form, platform
    n: int  # that had waited as long
    p50: int | None
    p90: int | None
    lost: int  # of 10,000 such orders: at an end without a delivery; the rest may still be under way


def eta(known: Awaited | None, waited: int) -> Eta | None:
    """For an order that was paid `waited` ms ago (≥ 0); None where too few had waited as long."""
    if known is None or waited > known.until:
        return None
    passed = [step for step in known.steps if step[0] <= waited]
    _, delivered, otherwise = passed[-1] if passed else (0, 0, 0)
    left = WHOLE - delivered - otherwise
    n = known.n * left // WHOLE
    if n < ENOUGH:
        return None
    ahead = known.steps[len(passed) :]
    return Eta(
        of=known.of,
        n=n,
        p50=_reached(ahead, delivered, 5 * left),
        p90=_reached(ahead, delivered, 9 * left),
        lost=WHOLE * (known.steps[-1][2] - otherwise) // left if ahead else 0,
    )


def waits_since(order: Order) -> int | None:
    """The payment (ms UTC) of an order that waits for nothing but its delivery, or None."""
    money = order.money_in
    aside = order.hold is not None or order.asked is not None
    if money is None or aside or order.in_hand is not None or order.imported or ways_out(order):
        return None
    return money.effective


def changes(known: Awaited | None) -> tuple[int, ...]:
    """After which waits (ms) something else is foretold."""
    return () if known is None else (*(at for at, _, _ in known.steps), known.until)


def _reached(ahead: tuple[tuple[int, int, int], ...], since: int, goal: int) -> int | None:
    return next((at for at, delivered, _ in ahead if 10 * (delivered - since) >= goal), None)
