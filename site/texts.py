"""The words of every page, one gettext catalog for each language: `locales/<language>.po`, by ids of our own.

Phrases stand in pages as they are, hence none may hold what HTML reserves; what is filled in is Html.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from mingdan.ledger.errors import Misuse
from mingdan.site.html import Html, quoted

_FOLDER = Path(__file__).parent / "locales"


class Texts(dict[str, Html]):
    """Phrases by dotted key, such as `step.paid.name`; a missing key is a KeyError."""

    def say(self, key: str, /, **values: Html | int) -> Html:
        """The phrase with its places filled; between Chinese and Chinese no blank is left beside a place."""
        phrase = self[key]
        marked = _marked(phrase)
        if marked == phrase:
            return Html(phrase.format_map(values))
        return Html(_NEEDLESS.sub(r"\1\2", marked.format_map(values)).replace(_MARK, " "))


def languages() -> tuple[str, ...]:
    """The languages there is a catalog for."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.po")))


@cache
def texts(language: str) -> Texts:
    """The catalog of a language tag such as `zh-CN`. Raises Misuse where there is none."""
    if language not in languages():
        raise Misuse("no texts in this language", language=language, known=", ".join(languages()))
    with (_FOLDER / f"{language}.po").open("rb") as file:
        catalog = read_po(file, abort_invalid=True)
    return Texts((str(each.id), _phrase(str(each.id), str(each.string))) for each in catalog if each.id)


def _phrase(key: str, phrase: str) -> Html:
    assert quoted(phrase) == phrase, f"{key} holds what HTML reserves"
    return Html(phrase)


@cache
def _marked(phrase: str) -> str:
    """The phrase with a mark for each blank beside a place, if it is Chinese.

    Chinese is set apart by blanks from digits and Latin letters alone, and what fills a place may be either.
    """
    return _BESIDE.sub(_MARK, phrase) if re.search(f"[{_CHINESE}]", phrase) else phrase


_MARK = "\0"  # which no name and no words of an entry hold
_CHINESE = "\u2018-\u201d\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_BESIDE = re.compile(r"(?<=\}) | (?=\{)")
_NEEDLESS = re.compile(f"(?<=[{_CHINESE}])((?:<[^<>]*>)*){_MARK}((?:<[^<>]*>)*)(?=[{_CHINESE}])")
