"""The simulated market's upstream: an order is forwarded, accepted, queued and activated, or is not.

What a tier does not pass on stays unheard of; after an uncertain submission only a query follows, and it is
sent again only after "not found".
"""

from __future__ import annotations

from typing import Literal

from mingdan.ledger import event as e
from mingdan.ledger.intake.alarm import Trouble
from mingdan.ledger.intake.catalogue import CAUSES, IN_PROGRESS, PARTIES, SECOND
from mingdan.ledger.intake.journey import Journey, Plight
from mingdan.ledger.intake.recourse import extend, give_up, refund, stay, wait
from mingdan.ledger.intake.vetting import correct
from mingdan.ledger.policy import HOUR, MINUTE

Outcome = Literal["activated", "again", "over"]

ATTEMPTS = 5


def dispatch(trip: Journey) -> bool:
    """Forwards the order until a tier activates it; False when it ends or stays where it is."""
    for attempt in range(1, ATTEMPTS + 1):
        outcome = _attempt(trip, attempt)
        if outcome != "again":
            return outcome == "activated"
    return refund(trip, trip.merchant.id)


def _attempt(trip: Journey, attempt: int) -> Outcome:
    trip.elapse(0, 20 * SECOND)
    trip.speaker = trip.agent
    ref = trip.refs[trip.speaker] = f"ref-{trip.name}-{attempt}"
    trip.say(trip.platform.id, e.HopForwarded(attempt=attempt, to=trip.speaker), ref=ref)
    if trip.chance(40):
        answer = _uncertain(trip, ref)
        if answer != "found":
            return answer
    trip.elapse(SECOND, 30 * SECOND)
    trouble = trip.season.trouble((trip.agent, *trip.chain), trip.now)
    if trouble is not None and trouble.code in ("price_rise", "interface_change"):
        return _rejected(trip, trouble, attempt)
    if trip.season.surging(trip.now) and trip.chance(120):
        return _limited(trip)
    _handed_on(trip, attempt)
    if trouble is not None:
        return _failed(trip, trouble, attempt)
    return _activated(trip)


def _uncertain(trip: Journey, ref: str) -> Literal["found", "again", "over"]:
    trip.elapse(20 * SECOND, MINUTE)
    place = trip.say(trip.platform.id, e.HopUncertain(), "lost_callback", ref=ref)
    plight = Plight("unknown", trip.speaker, place, CAUSES["uncertain"])
    while True:
        wait(trip, trip.now + trip.dice.between(MINUTE, 3 * HOUR), plight)
        result = trip.dice.weighted(_RESULTS, (50, 25, 25))
        hopeless = result == "unknown" and trip.chance(500)
        kind = "unresolved_callback" if hopeless else ""
        trip.say(trip.platform.id, e.HopQueried(result=result), kind, ref=ref)
        if hopeless:
            stay(trip, plight)
            return "over"
        if result != "unknown":
            return "found" if result == "found" else "again"


def _rejected(trip: Journey, trouble: Trouble, attempt: int) -> Outcome:
    """The agent turns the order away: its own interface changed, or the price rose behind it."""
    place = trip.answer(
        trip.speaker,
        e.HopRejected(attributable_to=trouble.party, code=trouble.code, retryable=False),
        trouble.code,
    )
    plight = Plight("dispatch", trip.platform.id, place, CAUSES[trouble.code])
    if attempt == 1 and trip.chance(300):
        trip.elapse(5 * MINUTE, 2 * HOUR)
        return "again"
    return _out(trip, trouble, plight)


def _limited(trip: Journey) -> Outcome:
    place = trip.answer(
        trip.speaker, e.HopRejected(attributable_to=trip.speaker, code="rate_limited", retryable=True),
        "rate_limited",
    )  # fmt: skip
    plight = Plight("dispatch", trip.platform.id, place, CAUSES["rate_limited"])
    wait(trip, trip.now + trip.dice.between(2 * MINUTE, HOUR), plight)
    return "again"


def _handed_on(trip: Journey, attempt: int) -> None:
    """Down the chain as far as the tiers pass it on; `speaker` becomes the last one heard of."""
    for tier in (*trip.chain, None):
        candour = PARTIES[trip.speaker].candour
        if trip.chance(candour):
            accepted = e.HopAccepted(eta=trip.now + trip.sku.pace[1])
            if not PARTIES[trip.speaker].observed and trip.chance(12):
                trip.forged(trip.speaker, accepted)
            trip.answer(trip.speaker, accepted)
        elif candour == 0 and trip.chance(30):
            trip.hear(trip.speaker, e.Noted(label=IN_PROGRESS))
        if tier is None or not trip.chance(candour):
            return
        trip.elapse(SECOND, 20 * SECOND)
        ref = trip.refs[tier] = f"up-{trip.name}-{attempt}-{tier}"
        trip.hear(trip.speaker, e.HopForwarded(attempt=attempt, to=tier), ref=ref)
        trip.speaker = tier


def _failed(trip: Journey, trouble: Trouble, attempt: int) -> Outcome:
    trip.elapse(SECOND, 5 * MINUTE)
    failed = e.ActivationFailed(attributable_to=trouble.party, code=trouble.code)
    place = trip.answer(trip.speaker, failed, trouble.code)
    plight = Plight("activation", trouble.party, place, CAUSES[trouble.code])
    if trouble.code == "outage" and attempt == 1:
        wait(trip, trip.now + trip.dice.between(10 * MINUTE, 2 * HOUR), plight)
        return "again"
    return _out(trip, trouble, plight)


def _out(trip: Journey, trouble: Trouble, plight: Plight) -> Outcome:
    """The ways out of a trouble that lasts: back to the buyer, or waiting for its end, or nowhere."""
    if trip.chance(120):
        give_up(trip)
        return "over"
    if trip.chance(200 if trouble.code == "outage" else 400):
        refund(trip, trip.merchant.id)
        if trip.chance(500):
            _too_late(trip)
        return "over"
    if trip.chance(150):
        stay(trip, plight)
        return "over"
    if trip.chance(300):
        trip.agent, trip.chain = trip.platform.backup, ()  # which has its own stock
        return "again"
    if trip.chance(350):
        extend(trip)
    wait(trip, max(trip.now, trouble.end) + trip.dice.between(5 * MINUTE, HOUR), plight)
    return "again"


def _too_late(trip: Journey) -> None:
    """The goods come after all, to a buyer who has the money back: shown as evidence, not as success."""
    trip.elapse(10 * MINUTE, 20 * HOUR)
    goods = f"goods-{trip.name}"
    trip.hear(trip.speaker, e.Delivered(evidence="provider_receipt"), "delivery_after_refund", goods=goods)


def _activated(trip: Journey) -> Outcome:
    batch = _queued(trip) if trip.sku.batched and trip.chance(800) else None
    if trip.chance(PARTIES[trip.speaker].candour // 2):
        trip.answer(trip.speaker, e.ActivationStarted())
    if trip.chance(8):
        _mistaken(trip)
    trip.elapse(*trip.sku.pace)
    if trip.sku.form == "direct" and trip.chance(15):
        return _unknown_recipient(trip)
    place = trip.answer(trip.speaker, e.ActivationSucceeded(), receipt=f"receipt-{trip.name}")
    if batch is not None:
        trip.hear(trip.speaker, e.BatchFinished(batch=batch))
    if trip.speaker != trip.agent and trip.chance(300):
        trip.hear(trip.agent, lambda told: e.ActivationRelayed(of=told[place]))
    if trip.chance(25):
        trip.repeat(place)
    return "activated"


def _unknown_recipient(trip: Journey) -> Outcome:
    """A typing error that only the brand can see: corrected, and the same order is sent again."""
    failed = e.ActivationFailed(attributable_to="buyer", code="bad_recipient")
    place = trip.answer(trip.speaker, failed, "mistyped_recipient")
    plight = Plight("activation", "buyer", place, CAUSES["recipient"])
    wait(trip, trip.now + trip.dice.between(5 * MINUTE, 20 * HOUR), plight)
    correct(trip)
    return "again"


def _queued(trip: Journey) -> str:
    trip.elapse(SECOND, 30 * SECOND)
    batch, position, start = trip.season.join((*trip.chain, trip.agent)[0], trip.now)
    place = trip.hear(trip.speaker, e.BatchQueued(batch=batch, expected_start=start, position=position))
    plight = Plight("activation", trip.speaker, place, CAUSES["batch"])
    late = trip.dice.between(0, HOUR) if trip.chance(150) else 0
    wait(trip, start + late + position * SECOND, plight)
    trip.hear(trip.speaker, e.BatchStarted(batch=batch))
    return batch


def _mistaken(trip: Journey) -> None:
    """A tier reports another order's failure here, and takes it back."""
    tier = trip.speaker
    place = trip.answer(tier, e.ActivationFailed(attributable_to=tier, code="other"))
    trip.elapse(5 * MINUTE, HOUR)
    trip.hear(tier, lambda told: e.Disavowed(entry=told[place], reason="did_not_occur"), "disavowal")


_RESULTS: tuple[Literal["found", "not_found", "unknown"], ...] = ("found", "not_found", "unknown")
