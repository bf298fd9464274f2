"""The words of every page, one catalog for each language: `locales/<language>.toml`.

Phrases stand in pages as they are, hence none may hold what HTML reserves; what is filled in is Html.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from mingdan.ledger.errors import Misuse
from mingdan.site.html import Html, quoted

_FOLDER = Path(__file__).parent / "locales"


class Texts(dict[str, Html]):
    """Phrases by dotted key, such as `step.paid.name`; a missing key is a KeyError."""

    def say(self, key: str, /, **values: Html | int) -> Html:
        """The phrase with its places filled."""
        return Html(self[key].format_map(values))


def languages() -> tuple[str, ...]:
    """The languages there is a catalog for."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def texts(language: str) -> Texts:
    """The catalog of a language tag such as `zh-CN`. Raises Misuse where there is none."""
    if language not in languages():
        raise Misuse("no texts in this language", language=language, known=", ".join(languages()))
    tables = tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))
    return Texts(_phrases(tables))


def _phrases(tables: dict[str, object], above: str = "") -> Iterator[tuple[str, Html]]:
    for name, value in tables.items():
        if isinstance(value, dict):
            yield from _phrases(value, f"{above}{name}.")
        else:
            phrase = str(value)
            assert quoted(phrase) == phrase, f"{above}{name} holds what HTML reserves"
            yield f"{above}{name}", Html(phrase)
