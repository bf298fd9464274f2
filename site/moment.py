"""Times and durations as people read them: in one stated zone, to the second, exact in markup or entry.

Any integer an entry may carry is shown; those outside the calendar's years are shown as they stand.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from mingdan.site.html import Html, escaped
from mingdan.site.texts import Texts

_UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))
_FIRST, _LAST = -62_135_596_800_000, 253_402_300_799_999  # ms UTC: the years 1 to 9999


class Calendar(Struct, frozen=True):
    """A zone and the words for its dates. All times are ms UTC, all durations ms."""

    zone: ZoneInfo
    texts: Texts

    def stamp(self, ms: int, beside: int | None = None) -> Html:
        """For lists: `2026-11-22 09:02:03`, and `09:02:03` beside a time of the same day."""
        shown = self._shown(ms, beside)
        return self._far(ms) if shown is None else _time(ms, shown)

    def clock(self, ms: int, beside: int | None = None) -> Html:
        """The same where the page carries the entry that says it exactly: HTML reads the text as a time."""
        shown = self._shown(ms, beside)
        return self._far(ms) if shown is None else Html(f"<time>{shown}</time>")

    def words(self, ms: int) -> Html:
        """For sentences, to the minute: `2026年11月22日 09:02`."""
        local = self._local(ms)
        if local is None:
            return self._far(ms)
        shown = self.texts.say(
            "moment.words",
            year=local.year,
            month=self.texts[f"month.{local.month}"],
            day=local.day,
            clock=Html(f"{local:%H:%M}"),
        )
        return _time(ms, shown)

    def day(self, ms: int, beside: int) -> str:
        """For badges: `11-22`, with its year where that is not the year of `beside`."""
        local, other = self._local(ms), self._local(beside)
        if local is None:
            return str(ms)
        return local.isoformat()[5 if other is not None and other.year == local.year else 0 : 10]

    def zone_name(self, ms: int) -> Html:
        """What the zone is called, with its offset where the name does not say it."""
        if self.zone.key == "Asia/Shanghai":
            return self.texts["zone.Shanghai"]
        local = self._local(ms)
        offset = "" if local is None else local.isoformat()[-6:]
        return self.texts.say("zone.other", zone=escaped(self.zone.key), offset=Html(offset))

    def duration(self, ms: int) -> Html:
        """The two largest units, rounded down; a negative one is read as its size."""
        left = abs(ms) // 1000
        counts = []
        for unit, seconds in _UNITS:
            count, left = divmod(left, seconds)
            counts.append((unit, count))
        first = next((place for place, (_, count) in enumerate(counts) if count), None)
        if first is None:
            return self.texts["duration.instant"]
        said = [self.texts.say(f"duration.{unit}", n=n) for unit, n in counts[first : first + 2] if n]
        return said[0] if len(said) == 1 else self.texts.say("duration.both", long=said[0], short=said[1])

    def _shown(self, ms: int, beside: int | None) -> str | None:
        local, other = self._local(ms), None if beside is None else self._local(beside)
        if local is None:
            return None
        same = other is not None and other.date() == local.date()
        return local.isoformat(" ")[11 if same else 0 : 19]

    def _local(self, ms: int) -> datetime | None:
        return _in_zone(ms // 1000, self.zone)

    def _far(self, ms: int) -> Html:
        return self.texts.say("moment.far", ms=ms)


def exact(ms: int) -> str:
    """An instant (ms UTC) as RFC 3339 has it, for machines; one beyond the calendar as its nearest edge."""
    seconds, part = divmod(min(max(ms, _FIRST), _LAST), 1000)
    return f"{_exact(seconds)}{f'.{part:03}' if part else ''}Z"


@lru_cache(maxsize=4096)  # a page says the same instant in several places
def _in_zone(seconds: int, zone: tzinfo) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, zone)
    except (ValueError, OverflowError, OSError):
        return None  # an entry may carry any 53-bit integer; datetime ends at the year 9999


@lru_cache(maxsize=4096)
def _exact(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def _time(ms: int, shown: str) -> Html:
    part = f".{ms % 1000:03}" if ms % 1000 else ""
    return Html(f'<time datetime="{_exact(ms // 1000)}{part}Z">{shown}</time>')
