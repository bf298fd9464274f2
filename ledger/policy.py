"""A promise policy: when the clock starts, how long delivery may take, how soon a hold must be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

from mingdan.ledger.market.promise import LONGEST, Edition, Pause, Promise, StageLimits
from mingdan.ledger.order import Order

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


Span = Annotated[int, Meta(ge=0, le=LONGEST)]  # ms: what is promised is promised within ten years


class Policy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Durations in milliseconds. `clock_start` names the event that fixes an order's due time.

    `stage_limit` is how long a paid order may wait to be forwarded (I14), `stage_limits` are of each stage.
    """

    id: str = "default"
    clock_start: Literal["placed", "paid"] = "paid"
    due_in: Span = DAY
    notice_within: Span = 10 * MINUTE
    stage_limit: Span = 30 * MINUTE
    stage_limits: StageLimits = StageLimits()
    pauses: tuple[Pause, ...] = ()
    compensation: str | None = None
    pay_within: Span | None = None
    complete_after: Span | None = None
    answer_within: Span | None = None


DEFAULT = Policy()


def policy_of(order: Order, policies: Mapping[str, Policy]) -> Policy:
    """The policy an order was placed under; the default where it names none or one that is gone."""
    name = None if order.terms is None else order.terms.policy
    return policies.get(name or DEFAULT.id, DEFAULT)


def terms_of(order: Order, policies: Mapping[str, Policy], promise: Promise | None) -> Policy:
    """The terms an order stands under: the published version it was placed under, else the settings'."""
    version = None if order.terms is None else order.terms.policy_version
    edition = None if promise is None or version is None else promise.edition(version)
    if edition is None or order.terms is None:
        return policy_of(order, policies)
    return published(order.terms.policy or DEFAULT.id, edition)


def published(name: str, edition: Edition) -> Policy:
    """The terms of a version that was published."""
    terms, limit = edition.terms, edition.terms.stage_limits.stock
    return Policy(
        id=name,
        clock_start=terms.clock_start,
        due_in=terms.due_in,
        notice_within=terms.notice_within,
        stage_limit=DEFAULT.stage_limit if limit is None else limit,
        stage_limits=terms.stage_limits,
        pauses=terms.pauses,
        compensation=terms.compensation,
        pay_within=terms.pay_within,
        complete_after=terms.complete_after,
        answer_within=terms.answer_within,
    )
