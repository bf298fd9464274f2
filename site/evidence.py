"""The raw entries inside a page: the very bytes that were hashed, as text from which they come back."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.note import to_base64
from mingdan.ledger.timeline import Opening, Timeline
from mingdan.site.html import Html, escaped, joined
from mingdan.site.imprint import Imprint
from mingdan.site.number import count
from mingdan.site.voice import Voice


class Carried(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a page carries of its timeline beside the entries, which stand in it as text."""

    checkpoint: str
    epoch: str
    head: str | None
    map: str
    openings: tuple[Opening, ...]
    path: tuple[str, ...]
    place: tuple[str, ...]
    stream: str


class Trust(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By which keys the page checks itself, and how old (seconds) a checkpoint may be."""

    fresh_within: int
    policy: str


def proof_of(timeline: Timeline) -> Html:
    """The timeline as the content of a script element that is no script."""
    return _inert(
        Carried(
            checkpoint=timeline.checkpoint.decode(),
            epoch=timeline.epoch.decode(),
            head=None if timeline.head is None else timeline.head.value.hex(),
            map=to_base64(timeline.map),
            openings=timeline.openings,
            path=tuple(map(to_base64, timeline.path)),
            place=tuple(map(to_base64, timeline.place)),
            stream=timeline.stream,
        )
    )


def trust_of(imprint: Imprint) -> Html:
    return _inert(Trust(fresh_within=imprint.fresh_within, policy=imprint.trust))


def phrases(voice: Voice, *tables: str) -> Html:
    """What scripts say: the phrases of these tables without the table's name, and the zone of its times."""
    texts, calendar = voice.texts, voice.calendar
    told: dict[str, str] = {"zone": calendar.zone.key, "zone_name": calendar.zone_name(voice.edition.sealed)}
    for table in tables:
        starts = f"{table}."
        told |= {key.removeprefix(starts): phrase for key, phrase in texts.items() if key.startswith(starts)}
    return _inert(told)


def _inert(told: Struct | dict[str, str]) -> Html:
    """JSON in which no element can begin or end."""
    return Html(msgspec.json.encode(told).decode().replace("<", "\\u003c"))


def embedded(voice: Voice, rows: Iterable[Row]) -> Html:
    """Each entry with its place in the log and its leaf hash; the text content of `pre` is its bytes.

    Canonical JSON holds no control character, so escaping what HTML reserves is all that is needed for a
    parser to give back exactly these bytes.
    """
    return joined(_embedded(voice, row) for row in rows)


def _embedded(voice: Voice, row: Row) -> Html:
    index = row.position - 1
    place = voice.say("proof.entry", seq=row.seq, index=count(index))
    return Html(
        f'<li id="x{row.seq}"><p>{place}</p><p>{voice.texts["proof.leaf"]} <code>{row.leaf.hex()}</code></p>'
        f'<pre data-index="{index}">{escaped(row.entry.decode())}</pre></li>\n'
    )
