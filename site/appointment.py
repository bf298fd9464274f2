"""The due time as an appointment in the buyer's own calendar (RFC 5545), carried by the page as a link.

It says no more than the page's public part, and leads nowhere: calendars are shared, tracking links are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

from mingdan.site.feed import urn_of
from mingdan.site.html import NOTHING, Html, escaped, quoted, unmarked
from mingdan.site.standing import Standing

WIDTH = 75  # octets of a line, its end left out


def appointment(at: Standing) -> Html:
    """A data link, fit for an attribute; nothing where no delivery is due any more."""
    due, order = at.order.promised, at.order
    if due is None or order.imported or not at.waiting or not at.as_of <= due <= _LAST:
        return NOTHING
    told = "".join(each if each.isalpha() else quote(each, safe=_SAFE) for each in calendar(at, due).decode())
    return Html(quoted(f"data:text/calendar;charset=utf-8,{told}"))


def calendar(at: Standing, due: int) -> bytes:
    """A calendar of one event at an instant (ms UTC), which takes no time and is revised with the promise."""
    order = at.order
    sku = None if order.terms is None else order.terms.sku
    goods = escaped(order.stream) if sku is None else at.voice.goods(sku)
    summary = unmarked(at.voice.say("appointment.summary", goods=goods))
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//mingdan//EN",
        "BEGIN:VEVENT",
        f"UID:{urn_of(order.stream).removeprefix('urn:uuid:')}",
        f"SEQUENCE:{len(order.extensions)}",
        f"DTSTAMP:{_instant(_stated(at))}",
        f"DTSTART:{_instant(due)}",
        f"SUMMARY:{_text(summary)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return b"".join(folded + b"\r\n" for line in lines for folded in _folded(line))


def _stated(at: Standing) -> int:
    """When the promise that is in force was known (ms UTC): with the buyer's consent, else with the order."""
    if at.order.extensions:
        return at.order.extensions[-1].mark.known
    mark = at.money or at.order.placed
    return at.as_of if mark is None else mark.known


def _instant(ms: int) -> str:
    return f"{datetime.fromtimestamp(min(max(ms, _FIRST), _LAST) // 1000, UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    for special in ("\\", ";", ","):
        words = words.replace(special, f"\\{special}")
    return words


def _folded(line: str) -> Iterator[bytes]:
    """The line in parts of at most 75 octets, those behind the first begun by a space, no character cut."""
    part = b""
    for octets in (character.encode() for character in line):
        if len(part) + len(octets) > WIDTH:
            yield part
            part = b" "
        part += octets
    yield part


_FIRST, _LAST = 0, 253_402_300_799_999  # ms UTC: a calendar's years have four digits
_SAFE = ":;=-/+.,"
