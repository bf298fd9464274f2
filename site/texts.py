"""The words of every page, one catalog for each language: `locales/<language>.toml`.

Phrases are plain text in the catalog and HTML here: they are escaped once when read, and whatever is
filled into them is escaped then, so that no word of an event can become markup.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

from mingdan.ledger.errors import Misuse

_FOLDER = Path(__file__).parent / "locales"


class Texts(dict[str, Markup]):
    """Phrases by dotted key, such as `step.paid.name`; a missing key is a KeyError."""

    def say(self, key: str, /, **values: str | int) -> Markup:
        """The phrase with its places filled; values are escaped unless they are Markup."""
        filled = self[key].__str__().format(**{name: escape(value) for name, value in values.items()})
        return Markup(filled)  # noqa: S704  # the phrase was escaped when read, the values just now


def languages() -> tuple[str, ...]:
    """The languages there is a catalog for."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def texts(language: str) -> Texts:
    """The catalog of a language tag such as `zh-CN`. Raises Misuse where there is none."""
    if language not in languages():
        raise Misuse("no texts in this language", language=language, known=", ".join(languages()))
    tables = tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))
    return Texts({key: escape(phrase) for key, phrase in _flat(tables)})


def _flat(tables: dict[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in tables.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", str(value)
