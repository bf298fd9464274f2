"""When the ledger learns things: by the machine's clock, which may not take the log back in time."""

from __future__ import annotations

import time
from collections.abc import Callable

from mingdan.ledger.errors import ClockWentBack
from mingdan.ledger.instant import instant

Clock = Callable[[], int]  # milliseconds UTC

DRIFT = 5_000  # ms the machine's clock may step back before recording stops


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def recording_time(clock: Clock, newest: int) -> int:
    """The clock's time, never before the newest entry's. Raises ClockWentBack."""
    now = clock()
    if now < newest - DRIFT:
        raise ClockWentBack(
            "this machine's clock stands before the newest entry; nothing was recorded",
            next_step="set the clock, then run the command again",
            now=instant(now),
            newest=instant(newest),
        )
    return max(now, newest)
