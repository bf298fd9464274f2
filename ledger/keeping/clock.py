"""When the ledger learns things: by the machine's clock, which may not take the log back in time.

What was once recorded too early in the future stands: recording waits until the clock has come there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from mingdan.ledger.errors import ClockWentBack
from mingdan.ledger.instant import instant

Clock = Callable[[], int]  # milliseconds UTC

DRIFT = 5_000  # ms the machine's clock may step back before recording stops


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def recording_time(clock: Clock, newest: int) -> int:
    """The clock's time (ms UTC), never before the newest entry's. Raises ClockWentBack.

    Behind it by no more than DRIFT, the newest entry's time is told again.
    """
    now = clock()
    if now < newest - DRIFT:
        raise ClockWentBack(
            "this machine's clock stands before the newest entry; nothing was recorded",
            next_step=_next_step(now, newest - DRIFT),
            now=instant(now),
            newest=instant(newest),
        )
    return max(now, newest)


def _next_step(now: int, until: int) -> str:
    """What an operator can do: a time that was recorded is not taken back."""
    left = timedelta(seconds=-((now - until) // 1000))  # rounded up
    return (
        "see whether this clock is right, and set it if it is not. If it is, the newest entry was recorded "
        f"by one that ran ahead, and stands: recording goes on by itself at {instant(until)}, in {left}. If "
        "that is too long, restore a backup from before that entry, as long as no publication and no signed "
        "receipt tells of it; else begin another log and keep this one as it is"
    )
