"""The raw entries inside a page: the very bytes that were hashed, as text from which they come back."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from mingdan.ledger.keeping.rows import Row
from mingdan.site.voice import Voice


def embedded(voice: Voice, rows: Iterable[Row]) -> Markup:
    """Each entry with its place in the log and its leaf hash; the text content of `pre` is its bytes.

    Canonical JSON holds no control character, so escaping what HTML reserves is all that is needed for a
    parser to give back exactly these bytes.
    """
    label, leaf = voice.texts["proof.entry"].__str__(), voice.texts["proof.leaf"]
    return Markup(  # noqa: S704  # escaped here
        "\n".join(
            f'<li id="x{row.seq}"><p>{label.format(seq=row.seq, index=f"{row.position - 1:,}")}</p>'
            f"<p>{leaf} <code>{row.leaf.hex()}</code></p>"
            f'<pre data-index="{row.position - 1}">{_text(row.entry)}</pre></li>'
            for row in rows
        )
    )


def _text(entry: bytes) -> str:
    raw = entry.decode()
    return raw.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
