"""The raw entries inside a page: the very bytes that were hashed, as text from which they come back."""

from __future__ import annotations

from collections.abc import Iterable

from mingdan.ledger.keeping.rows import Row
from mingdan.site.html import Html, escaped, joined
from mingdan.site.number import count
from mingdan.site.voice import Voice


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
