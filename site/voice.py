"""An edition in one language: everything that turns a value into words a page can show."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape
from msgspec import Struct

from mingdan.site import number
from mingdan.site.edition import Edition
from mingdan.site.moment import Calendar
from mingdan.site.texts import Texts, texts

_NAME = Markup("<b>{}</b>")
_FREE = Markup("<bdi>{}</bdi>")  # somebody's own words: their writing direction ends with them
_ROLES = {"unknown": "page.unknown", "platform": "page.platform"}


class Voice(Struct, frozen=True):
    edition: Edition
    language: str
    texts: Texts
    calendar: Calendar

    def say(self, key: str, /, **values: str | int) -> Markup:
        return self.texts.say(key, **values)

    def money(self, amount: int, currency: str | None) -> Markup:
        return number.money(self.texts, amount, currency)

    def party(self, name: str) -> Markup:
        """Who: a party's id, or a word where the record only knows a role or nothing."""
        role = _ROLES.get(name)
        return _NAME.format(name) if role is None else self.texts[role]

    def words(self, free: str) -> Markup:
        """Somebody's own words, which may be anything."""
        return _FREE.format(free)

    def listed(self, parts: Iterable[str], comma: str = "page.comma") -> Markup:
        return self.texts[comma].join(map(escape, parts))

    def stage(self, name: str) -> Markup:
        """A stage's name; a stage that is none of ours is shown as it stands."""
        key = f"stage.{name}.name"
        return self.texts[key] if key in self.texts else escape(name)

    def word(self, value: str) -> Markup:
        """The word for a value of a closed list; an unlisted one is shown as it stands."""
        key = f"word.{value}"
        return self.texts[key] if key in self.texts else escape(value)


@lru_cache(maxsize=64)
def voice(edition: Edition, language: str) -> Voice:
    """Raises Misuse for a language without texts, ZoneInfoNotFoundError for an unknown zone."""
    words = texts(language)
    return Voice(edition, language, words, Calendar(ZoneInfo(edition.zone), words))
