"""The deadlines that a word sets or must keep, judged by when it is heard, whenever it is said to be of.

Whoever could tell them into the past would set terms that are over before anybody hears of them.
"""

from __future__ import annotations

from mingdan.ledger import event as e
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.order import DisputeState, Order
from mingdan.ledger.policy import DAY, HOUR, MINUTE, Policy

ANSWER_WITHIN = 12 * HOUR  # how long an offer stands where the terms do not say (ms)
REVIEW_WITHIN = 30 * DAY  # how long a hold may stand unreviewed: beyond that it would only be a silent freeze
LEAST = 5 * MINUTE  # an offer that is over before it is recorded would be none


def deadline_objection(
    order: Order, event: e.OrderEvent, policy: Policy, *, by: str, heard: int
) -> str | None:
    """The rule that a live word of `by` breaks by when it is heard (ms UTC), or None."""
    match event:
        case (
            e.RiskHeld(review_by=int(when))
            | e.Offered(by_when=int(when))
            | e.PromiseExtended(due_at=int(when))
            | e.DisputeDecided(appeal_by=int(when))
        ) if when <= heard:
            return "lies-behind"
        case e.RiskHeld(review_by=when) if when > heard + REVIEW_WITHIN:
            return "review-far"
        case e.Offered():
            return _short(order, event, policy, by=by, heard=heard)
        case e.DisputeAppealed(dispute=name) | e.DisputeEscalated(dispute=name):
            return _late(order, name, heard)
        case _:
            return None


def stands_for(answer_within: int | None) -> int:
    """How long an offer stands at least, by what the terms say of it (ms)."""
    return max(LEAST, ANSWER_WITHIN if answer_within is None else answer_within)


def standing(order: Order, nudge: str) -> int | None:
    """Until when an offer to a nudge stands that was made before (ms UTC)."""
    own = (each.by_when for each in order.nudges if each.nudge == nudge and each.closed is None)
    return max((when for when in own if when is not None), default=None)


def decided(order: Order, dispute: str) -> DisputeState | None:
    """The newest decision of a dispute, whether or not it was opened anew beside it."""
    own = (each for each in reversed(order.disputes) if each.dispute == dispute)
    return next((each for each in own if each.closed is not None), None)


def _short(order: Order, event: e.Offered, policy: Policy, *, by: str, heard: int) -> str | None:
    """An offer stands as long as the terms say; the ledger's own is told a moment after it was reckoned."""
    least = heard if by == LEDGER else heard + stands_for(policy.answer_within)
    return "offer-short" if event.by_when < max(least, standing(order, event.nudge) or 0) else None


def _late(order: Order, dispute: str, heard: int) -> str | None:
    """Passing a decided dispute on opens it again, as an appeal does, and within the same term."""
    ruled = decided(order, dispute)
    late = ruled is not None and ruled.appeal_by is not None and heard > ruled.appeal_by
    return "appeal-late" if late else None
