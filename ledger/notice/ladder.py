"""When a notice that was not taken is sent again, and when its endpoint is given up; pure.

The steps are those that Standard Webhooks recommends: ten attempts in a little over three days.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple

Draw = Callable[[int], int]  # one of so many numbers, from 0
Stop = Literal["gone", "unanswered"]


class Answer(NamedTuple):
    """What came of an attempt: a status, None where there was none; `asked` is its Retry-After."""

    said: str
    status: int | None = None
    asked: str = ""

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def away(self) -> bool:
        """Whether whatever else is due there need not be tried at once."""
        return self.status in (None, 429, 503)


class Again(NamedTuple):
    """The next attempt is due at this instant (ms UTC)."""

    due: int


def after(answer: Answer, attempts: int, now: int, draw: Draw) -> Again | Stop:
    """What follows an attempt that was not taken, the `attempts`th of this notice.

    Jitter is added, so that what failed together does not come back together.
    """
    if answer.status == 410:
        return "gone"
    if attempts >= len(LADDER):
        return "unanswered"
    wait = LADDER[attempts]
    asked = _asked(answer.asked, now) if answer.status in (429, 503) else 0
    return Again(now + max(wait + draw(wait // 10 + 1), min(asked, LONGEST)))


def _asked(text: str, now: int) -> int:
    """Retry-After in ms: seconds, or a date (RFC 9110); 0 for what is neither."""
    if re.fullmatch("[0-9]{1,9}", text):
        return 1_000 * int(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0
    return 0 if until.tzinfo is None else (until - _EPOCH) // timedelta(milliseconds=1) - now


SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000  # ms
LADDER = (
    0,
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
LONGEST = 24 * HOUR  # that a receiver may put us off
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
