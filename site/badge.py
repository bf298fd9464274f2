"""A badge as an image of fixed bytes and honest width, and as shields.io's endpoint for others to draw.

Widths are Verdana's at 11 px, full width for wide characters; `textLength` holds every other font to them.
"""

from __future__ import annotations

import unicodedata

import msgspec
from msgspec import Struct

from mingdan.site.html import escaped, quoted

CACHE_SECONDS = 3_600
_LABEL = "#4a4f57"
_EDGE = 6  # px at each end of a text

# tenths of a pixel, space to tilde
_ASCII = (
    "39 43 50 90 70 118 80 30 50 50 70 90 40 50 40 50 70 70 70 70 70 70 70 70 70 70 50 50 90 90 90 60 "
    "110 75 75 77 85 70 63 85 83 46 50 76 61 93 82 87 66 87 77 75 68 81 75 109 75 68 75 50 50 50 90 70 "
    "70 66 69 57 69 66 39 69 70 30 38 65 30 107 70 67 69 69 47 57 43 70 65 90 65 65 58 70 50 70 90"
)
_OTHERS = {"\u00a0": 39, "·": 40, "–": 70}
_WIDTHS = {chr(code): int(width) for code, width in enumerate(_ASCII.split(), 0x20)} | _OTHERS


class Shield(Struct, frozen=True, omit_defaults=True):
    """The endpoint's answer, exactly these keys: shields.io refuses any other.

    With `isError` nobody who shows it may give it another colour.
    """

    schemaVersion: int  # noqa: N815  # their name
    label: str
    message: str
    color: str
    cacheSeconds: int  # noqa: N815  # likewise
    isError: bool = False  # noqa: N815  # likewise


def badge_svg(label: str, message: str, color: str) -> bytes:
    """Two flat fields; `color` is `#rrggbb`."""
    left, right = (_width(text) + 20 * _EDGE for text in (label, message))
    whole = _px(left + right)
    title = quoted(f"{label}: {message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" viewBox="0 0 {whole} 20" '
        f'role="img" aria-label="{title}"><title>{title}</title>'
        f'<clipPath id="r"><rect width="{whole}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{_px(left)}" height="20" fill="{_LABEL}"/>'
        f'<rect x="{_px(left)}" width="{_px(right)}" height="20" fill="{quoted(color)}"/></g>'
        '<g text-anchor="middle" font-size="11" '
        'font-family="Verdana,DejaVu Sans,PingFang SC,Microsoft YaHei,Noto Sans CJK SC,sans-serif">'
        f"{_text(label, 0, left, _LABEL)}{_text(message, left, right, color)}</g></svg>\n"
    ).encode()


def shields_json(label: str, message: str, color: str, *, error: bool = False) -> bytes:
    """shields.io's endpoint schema, version 1."""
    return msgspec.json.encode(Shield(1, label, message, color, CACHE_SECONDS, error))


def _text(text: str, start: int, width: int, background: str) -> str:
    middle, length = _px(start + width // 2), _px(width - 20 * _EDGE)
    fill = "#fff" if _is_dark(background) else "#1b1d20"
    return f'<text x="{middle}" y="14" textLength="{length}" fill="{fill}">{escaped(text)}</text>'


def _is_dark(color: str) -> bool:
    """Whether white reads better than black: relative luminance below a fifth, gamma taken as 2."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return 5 * (2126 * red**2 + 7152 * green**2 + 722 * blue**2) < 10_000 * 255**2


def _width(text: str) -> int:
    """Tenths of a pixel."""
    return sum(_WIDTHS.get(each) or _wide(each) for each in text)


def _wide(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 110 if unicodedata.east_asian_width(character) in "WF" else 75


def _px(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
