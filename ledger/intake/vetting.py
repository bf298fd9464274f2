"""The simulated market's vetting of a paid order: recipient, risk, stock; each stage says if it goes on."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.intake.catalogue import CAUSES, HOLD_RULES, NO_RISK, RESTOCKED, RISKY, SECOND, SOLD_OUT
from mingdan.ledger.intake.journey import Journey, Plight
from mingdan.ledger.intake.recourse import extend, refund, stay, wait
from mingdan.ledger.policy import HOUR, MINUTE


def check(trip: Journey) -> bool:
    trip.elapse(SECOND, 5 * SECOND)
    if not trip.chance(55):
        _checked(trip, "ok")
        if trip.chance(60):
            trip.elapse(5 * SECOND, 2 * MINUTE)
            trip.say("buyer", e.RecipientConfirmed())
        return True
    place = _checked(trip, "invalid" if trip.chance(700) else "suspect", "mistyped_recipient")
    if trip.chance(800):
        notify(trip, place, "recipient-doubtful")
    plight = Plight("stock", "buyer", place, CAUSES["recipient"])
    if trip.chance(120):
        return stay(trip, plight)
    wait(trip, trip.now + trip.dice.between(2 * MINUTE, 40 * HOUR), plight)
    correct(trip)
    return True


def correct(trip: Journey) -> None:
    """The buyer corrects the recipient without a new order, sees it masked and confirms it."""
    trip.say("buyer", e.RecipientCorrected(), recipient=f"player-{trip.name}-corrected")
    trip.elapse(SECOND, 5 * SECOND)
    _checked(trip, "ok")
    trip.say("buyer", e.RecipientConfirmed())


def _checked(trip: Journey, result: Literal["ok", "suspect", "invalid"], plays: str = "") -> int:
    checked = e.RecipientChecked(field=trip.sku.field, result=result, rule=trip.sku.rule)
    return trip.say(trip.platform.id, checked, plays)


def notify(trip: Journey, place: int, template: str) -> None:
    """Tells the buyer what an earlier step says."""
    channel = "sms" if trip.chance(300) else "page"
    trip.elapse(20 * SECOND, 6 * MINUTE)
    trip.say(
        trip.platform.id,
        lambda told: e.Notified(channel=channel, of=told[place], template=template),
    )


def screen(trip: Journey) -> bool:
    """The risk rules: held with a notice or without a word, reviewed or forgotten."""
    if not trip.chance(75):
        return True
    trip.elapse(SECOND, 20 * SECOND)
    manual, silent, forgotten = trip.chance(600), trip.chance(450), trip.chance(150)
    held = e.RiskHeld(
        on_timeout="release" if trip.chance(500) else "refund",
        review_by=trip.now + trip.dice.between(3, 25) * HOUR,
        rule=trip.dice.choice(HOLD_RULES),
        track="manual" if manual else "auto",
    )
    plays = ("silent_hold " if silent else "") + ("unreviewed_hold" if forgotten else "")
    place = trip.say(trip.platform.id, held, plays)
    if not silent:
        notify(trip, place, "risk-held")
    plight = Plight("risk", trip.platform.id, place, CAUSES["risk"])
    if forgotten:
        return stay(trip, plight)
    if trip.chance(200):
        trip.elapse(5 * MINUTE, HOUR)
        trip.say(trip.platform.id, e.RiskEscalated())
    wait(trip, trip.dice.between(trip.now + 10 * MINUTE, held.review_by - 10 * MINUTE), plight)
    released = trip.chance(800)
    decision: Literal["release", "refuse"] = "release" if released else "refuse"
    trip.say(trip.platform.id, e.RiskReviewed(decision=decision, reason=NO_RISK if released else RISKY))
    return released or refund(trip, trip.platform.id)


def reserve(trip: Journey) -> bool:
    trip.elapse(0, 3 * SECOND)
    merchant = trip.merchant
    if not merchant.oversells:
        return _reserved(trip, trip.dice.between(20, 400))
    left = trip.season.take(merchant.id, merchant.weight, trip.now, trip.qty)
    return _reserved(trip, left) if left >= trip.qty else _short(trip, left)


def _reserved(trip: Journey, available: int) -> bool:
    as_of = trip.now - trip.dice.between(SECOND, 2 * HOUR)
    right = e.StockReserved(as_of=as_of, available=available, reservation=f"r-{trip.name}")
    wrong = trip.say(trip.platform.id, _misread(right)) if trip.chance(6) else None
    place = trip.say(trip.platform.id, right)
    if wrong is not None:
        _take_back(trip, wrong, place)
    trip.reserved = True
    return True


def _misread(right: e.StockReserved) -> e.StockReserved:
    return replace(right, available=right.available * 10)


def _take_back(trip: Journey, wrong: int, right: int) -> None:
    trip.say(
        trip.platform.id,
        lambda told: e.Disavowed(corrected_by=told[right], entry=told[wrong], reason="incorrect_data"),
        "disavowal",
    )


def _short(trip: Journey, left: int) -> bool:
    """Accepted beyond the stock: late, cancelled and paid back, or waiting without an end."""
    place = trip.say(trip.platform.id, e.StockShort(available=left, needed=trip.qty), "over_acceptance")
    plight = Plight("stock", trip.merchant.id, place, CAUSES["short"])
    if trip.chance(120):
        return stay(trip, plight)
    if trip.chance(300):
        extend(trip)
    wait(trip, trip.now + trip.dice.between(4 * HOUR, 70 * HOUR), plight)
    if trip.chance(450):
        return _reserved(trip, trip.dice.between(20, 200))
    trip.say(trip.merchant.id, e.Cancelled(by="merchant", reason=SOLD_OUT))
    if trip.chance(150):
        trip.elapse(HOUR, 9 * HOUR)
        trip.say(trip.merchant.id, e.Reinstated(reason=RESTOCKED))
        return _reserved(trip, trip.dice.between(20, 200))
    return refund(trip, trip.merchant.id)
