"""The simulated market's road: placed, paid, checked, screened, reserved, dispatched, delivered, settled.

Each stage tells its part and answers whether the order goes on; what the article complains of happens here.
"""

from __future__ import annotations

from collections.abc import Callable

from mingdan.ledger import event as e
from mingdan.ledger.intake.catalogue import CAUSES, CHANGED_MIND, CLAIMS, CODE_USED, CURRENCY, SECOND
from mingdan.ledger.intake.journey import FLUSH, Journey, Plight, next_round
from mingdan.ledger.intake.recourse import compensate, pays_back, refund, refused_refund, stay
from mingdan.ledger.intake.season import Season
from mingdan.ledger.intake.upstream import dispatch
from mingdan.ledger.intake.vetting import check, reserve, screen
from mingdan.ledger.policy import DAY, HOUR, MINUTE


def journey(season: Season, number: int, placed: int) -> Journey:
    """The whole way of one order, as far as it goes."""
    trip = Journey(season, number, placed)
    all(stage(trip) for stage in ROAD)
    return trip


def place(trip: Journey) -> bool:
    placed = e.Placed(
        amount=trip.amount,
        currency=CURRENCY,
        form=trip.sku.form,
        merchant=trip.merchant.id,
        platform=trip.platform.id,
        policy=trip.terms.policy,
        policy_version=trip.terms.published.version,
        qty=trip.qty,
        sku=trip.ware,
        tier=trip.platform.agent,
    )
    contact = {"contact": f"mail-{trip.name}@example.invalid"} if trip.chance(300) else {}
    trip.say(trip.platform.id, placed, order_no=f"no-{trip.name}", recipient=f"player-{trip.name}", **contact)
    return True


def pay(trip: Journey) -> bool:
    if trip.chance(20):
        trip.elapse(20 * SECOND, 10 * MINUTE)
        trip.say("buyer", e.Cancelled(by="buyer", reason=CHANGED_MIND), "cancellation")
        return trip.chance(150) and _pay_late(trip)
    if trip.chance(60):
        trip.now = next_round(trip.now + (trip.terms.published.pay_within or 0))
        return trip.chance(350) and _pay_late(trip)
    trip.elapse(3 * SECOND, 4 * MINUTE)
    _money(trip)
    return True


def _pay_late(trip: Journey) -> bool:
    """Money after the end: the ledger makes it order.paid_late, never an error."""
    trip.elapse(2 * MINUTE, 3 * HOUR)
    paid = _money(trip, "late_payment")
    if trip.chance(550):
        return True
    if trip.chance(600):
        return refund(trip, trip.platform.id)
    return stay(trip, Plight("stock", trip.platform.id, paid, CAUSES["late_payment"]))


def _money(trip: Journey, plays: str = "") -> int:
    place = trip.say(trip.platform.id, e.Paid(amount=trip.amount), plays, payment=f"payment-{trip.name}")
    trip.paid_at = trip.now
    return place


def deliver(trip: Journey) -> bool:
    """Delivered as the buyer can use it: a card shown, an account credited, a provider's receipt."""
    if trip.now > trip.paid_at + 4 * HOUR and trip.chance(250):
        if pays_back(trip, "not-delivered"):
            return refund(trip, trip.platform.id)
        if "delivery" in trip.frozen.values():
            return False
    rest = None
    if trip.qty > 1 and trip.chance(60):
        _hand_over(trip, 1)
        trip.elapse(MINUTE, 2 * HOUR)
        rest = trip.qty - 1
    late = trip.now > trip.paid_at + trip.terms.published.due_in
    _hand_over(trip, rest, "late_delivery" if late else "")
    if late and trip.chance(600):
        compensate(trip)
    return True


def _hand_over(trip: Journey, units: int | None, plays: str = "") -> None:
    goods = f"goods-{trip.name}" if units is None else f"goods-{trip.name}-{len(trip.steps)}"
    trip.over = trip.now + (trip.terms.published.complete_after or 0)
    if trip.sku.form == "card":
        trip.elapse(SECOND, 10 * SECOND)
        shown = e.Delivered(evidence="shown_to_buyer", units=units)
        trip.say(trip.platform.id, shown, plays, goods=goods)
    elif trip.sku.form == "direct":
        trip.hear(trip.speaker, e.Delivered(evidence="account_credited", units=units), plays, goods=goods)
    else:
        trip.hear(trip.speaker, e.Delivered(evidence="provider_receipt", units=units), plays, goods=goods)


def settle(trip: Journey) -> bool:
    """After delivery: completed by the buyer or left to time, disputed, or found to be worth nothing."""
    if trip.chance(12):
        trip.elapse(5 * MINUTE, 20 * HOUR)
        trip.say(trip.platform.id, e.DeliveryReversed(reason=CODE_USED), "reversal")
        return refund(trip, trip.platform.id)
    if trip.chance(25):
        trip.elapse(10 * MINUTE, DAY)
        if pays_back(trip, trip.dice.choice(CLAIMS[1:])):
            return refund(trip, trip.platform.id)
    elif trip.chance(12):
        refused_refund(trip)
    if trip.chance(450):
        trip.elapse(20 * SECOND, DAY)
        if max(trip.now, trip.known) + FLUSH < trip.over:
            trip.say("buyer", e.Completed(by="buyer"))
    return True


ROAD: tuple[Callable[[Journey], bool], ...] = (
    place,
    pay,
    check,
    screen,
    reserve,
    dispatch,
    deliver,
    settle,
)
