"""What the simulated market's buyers do while they wait, and what they are given: answers, refunds, rulings.

Every function tells its part of a journey; those that end it answer False.
"""

from __future__ import annotations

from typing import Literal

from mingdan.ledger import event as e
from mingdan.ledger.deadline import stands_for
from mingdan.ledger.intake.catalogue import CAUSES, DECIDED, REFUNDED, REFUSED, SECOND, TIRED_OF_WAITING
from mingdan.ledger.intake.journey import FLUSH, Freeze, Journey, Plight, next_round
from mingdan.ledger.intake.trade import AUDITOR
from mingdan.ledger.market.compensation import lateness, value_of
from mingdan.ledger.policy import DAY, HOUR, MINUTE

PATIENCE = 30 * MINUTE  # nobody asks before
APPEALS = 7 * DAY  # how long a ruling can be appealed

Ruling = Literal["for_buyer", "for_merchant", "split", "withdrawn"]


def wait(trip: Journey, until: int, plight: Plight) -> None:
    """Lets the order wait; a buyer who waits long asks, and is answered or not."""
    start = trip.now
    spell = until - start
    if spell > PATIENCE and trip.chance(330):
        trip.now = start + trip.dice.between(spell // 10, spell // 2)
        _nudge(trip, plight, spell, until)
    trip.now = max(trip.now, until)


def stay(trip: Journey, plight: Plight) -> bool:
    """Nothing moves for days: some give up, some open a dispute, some orders stay as they are."""
    wait(trip, trip.now + trip.dice.between(6 * HOUR, 5 * DAY), plight)
    if trip.chance(400):
        return refund(trip, "buyer")
    if trip.chance(400) and pays_back(trip, "not-delivered"):
        return refund(trip, trip.platform.id)
    wait(trip, trip.now + 10 * DAY, plight)
    return False


def give_up(trip: Journey) -> bool:
    """The buyer cancels a paid order and is paid back."""
    trip.elapse(10 * MINUTE, 6 * HOUR)
    trip.say("buyer", e.Cancelled(by="buyer", reason=TIRED_OF_WAITING), "cancellation")
    return refund(trip, "buyer")


def refund(trip: Journey, asked_by: str) -> bool:
    """Asked, approved and paid; the last two take their time, and some are still owed."""
    trip.elapse(MINUTE, 3 * HOUR)
    asked = trip.say(asked_by, e.RefundRequested(amount=trip.amount))
    plight = Plight("refund", trip.platform.id, asked, CAUSES["refund"])
    if trip.reserved:
        trip.say(trip.platform.id, e.StockReleased(reason=REFUNDED))
    wait(trip, trip.now + trip.dice.between(10 * MINUTE, 30 * HOUR), plight)
    trip.say(trip.platform.id, e.RefundApproved())
    if trip.chance(60):
        wait(trip, trip.now + 9 * DAY, plight)
        return False
    wait(trip, trip.now + trip.dice.between(5 * MINUTE, 3 * DAY), plight)
    trip.say(trip.platform.id, e.RefundPaid(amount=trip.amount))
    return False


def refused_refund(trip: Journey) -> None:
    """A buyer wants money back for what was delivered, and hears a no."""
    trip.elapse(10 * MINUTE, 20 * HOUR)
    trip.say("buyer", e.RefundRequested(amount=trip.amount))
    trip.elapse(HOUR, 20 * HOUR)
    trip.say(trip.merchant.id, e.RefundRefused(reason=REFUSED))


def extend(trip: Journey) -> None:
    """The buyer agrees to wait longer; the first promise stays what the statistics keep."""
    trip.elapse(10 * MINUTE, 2 * HOUR)
    later = max(trip.paid_at, trip.now) + 2 * DAY
    trip.say(trip.platform.id, e.PromiseExtended(due_at=later), consent=f"agreed-{trip.name}")


def compensate(trip: Journey) -> None:
    """By the terms it was placed under; what the clock stood still for is not looked at twice."""
    terms = trip.terms.published
    late = trip.now - trip.paid_at - terms.due_in
    amount = value_of(terms.compensation or "0", lateness(late) | {"amount": trip.amount, "units": trip.qty})
    trip.elapse(MINUTE, 12 * HOUR)
    if amount:
        trip.say(trip.merchant.id, e.Compensated(amount=amount, rule=trip.terms.rule))


def pays_back(trip: Journey, claim: str) -> bool:
    """A dispute: whether its ruling gives the buyer money back."""
    return _disputed(trip, claim) in ("for_buyer", "split")


def _disputed(trip: Journey, claim: str) -> Ruling | None:
    """Opened, argued and decided, perhaps twice; None while it is open. Repeats are the ledger's to merge."""
    trip.disputes += 1
    name = f"d-{trip.name}-{trip.disputes}"
    freezes = trip.frozen[name] = trip.dice.weighted(_FREEZES, (55, 25, 20))
    trip.elapse(MINUTE, HOUR)
    opened = e.DisputeOpened(claim=claim, dispute=name, freezes=freezes)
    trip.say("buyer", opened, "dispute", message=f"complaint-{trip.name}")
    _argued(trip, name, claim)
    if trip.chance(180):
        return None
    ruling = _decided(trip, name, trip.platform.id, APPEALS)
    if trip.chance(250):
        trip.elapse(HOUR, 2 * DAY)
        trip.say(trip.merchant.id if ruling == "for_buyer" else "buyer", e.DisputeAppealed(dispute=name))
        judge = trip.platform.id
        if trip.chance(600):
            judge = AUDITOR
            trip.elapse(HOUR, DAY)
            trip.say("buyer", e.DisputeEscalated(dispute=name, to=AUDITOR))
            if trip.chance(300):
                return None
        ruling = _decided(trip, name, judge, None if judge == AUDITOR else APPEALS)
    del trip.frozen[name]
    return ruling


def _argued(trip: Journey, name: str, claim: str) -> None:
    for by, share in ((trip.merchant.id, 600), ("buyer", 350)):
        if trip.chance(share):
            trip.elapse(10 * MINUTE, 12 * HOUR)
            trip.say(by, e.DisputeEvidence(dispute=name), message=f"evidence-{trip.name}-{by}")
    if trip.chance(150):
        trip.elapse(MINUTE, 6 * HOUR)
        trip.disputes += 1
        again = f"d-{trip.name}-{trip.disputes}"
        repeated = e.DisputeOpened(claim=claim, dispute=again, freezes="none")
        trip.say("buyer", repeated, message=f"complaint-{trip.name}-again")


def _decided(trip: Journey, name: str, decider: str, appeals: int | None) -> Ruling:
    trip.elapse(3 * HOUR, 3 * DAY)
    outcome = trip.dice.weighted(_RULINGS, (45, 30, 15, 10))
    until = None if appeals is None else trip.now + appeals
    ruled = e.DisputeDecided(
        appeal_by=until, decider=decider, dispute=name, outcome=outcome, reason=DECIDED[outcome]
    )
    trip.say(trip.platform.id, ruled)
    return outcome


def _nudge(trip: Journey, plight: Plight, spell: int, until: int) -> None:
    """Asked; answered by the platform at once, or by the ledger at its next round; closed by the buyer."""
    trip.nudges += 1
    nudge = f"n-{trip.name}-{trip.nudges}"
    answers = trip.chance(650)
    trip.say("buyer", e.Nudged(nudge=nudge), "" if answers else "unanswered_nudge")
    looked = next_round(trip.known)
    trip.elapse(2 * MINUTE, max(3 * MINUTE, spell // 9))
    if answers and trip.now + 2 * FLUSH < looked:
        _answer(trip, nudge, plight, spell)
        since, patience = trip.now, max(2 * MINUTE, spell // 9)
    else:
        since, patience = looked, min(until - looked, trip.terms.published.answer_within or 0)
    if patience > MINUTE and trip.chance(550):
        trip.now = since + trip.dice.between(MINUTE, patience)
        trip.say("buyer", e.NudgeClosed(nudge=nudge, outcome="buyer"))


def _answer(trip: Journey, nudge: str, plight: Plight, spell: int) -> None:
    """The platform's own answer: where it is, with whom and why, and an option that stands for a time."""
    stage, holder, because, cause = plight
    trip.say(
        trip.platform.id,
        lambda told: e.Located(
            cause=cause, entries=(told[because],), holder=holder, nudge=nudge, stage=stage
        ),
    )
    option = trip.dice.weighted(_OPTIONS, (50, 15, 5, 20, 10))
    trip.elapse(10 * SECOND, 3 * MINUTE)
    within = max(stands_for(trip.terms.published.answer_within), spell // 6)
    by_when = max(trip.now, trip.known) + 2 * FLUSH + within  # it is heard a while after
    trip.say(trip.platform.id, e.Offered(by_when=by_when, nudge=nudge, option=option))


_FREEZES: tuple[Freeze, ...] = ("none", "settlement", "delivery")
_RULINGS: tuple[Ruling, ...] = ("for_buyer", "for_merchant", "split", "withdrawn")
_OPTIONS: tuple[Literal["wait", "replace", "correct", "refund", "compensate"], ...] = (
    "wait",
    "replace",
    "correct",
    "refund",
    "compensate",
)
