"""A promise policy: when the clock starts, how long delivery may take, how soon a hold must be told."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

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
