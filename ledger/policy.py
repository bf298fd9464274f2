"""A promise policy: when the clock starts, how long delivery may take, how soon a hold must be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from mingdan.ledger.market.promise import Edition
from mingdan.ledger.order import Order

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Policy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Durations in milliseconds. `clock_start` names the event that fixes an order's due time."""

    id: str = "default"
    clock_start: Literal["placed", "paid"] = "paid"
    due_in: int = DAY
    notice_within: int = 10 * MINUTE
    stage_limit: int = 30 * MINUTE


DEFAULT = Policy()


def policy_of(order: Order, policies: Mapping[str, Policy]) -> Policy:
    """The policy an order was placed under; the default where it names none or one that is gone."""
    name = None if order.terms is None else order.terms.policy
    return policies.get(name or DEFAULT.id, DEFAULT)


def published(name: str, edition: Edition) -> Policy:
    """What deciding needs of the terms that were published."""
    terms, limit = edition.terms, edition.terms.stage_limits.stock
    return Policy(
        id=name,
        clock_start=terms.clock_start,
        due_in=terms.due_in,
        notice_within=terms.notice_within,
        stage_limit=DEFAULT.stage_limit if limit is None else limit,
    )
