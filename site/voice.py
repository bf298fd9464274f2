"""An edition in one language: everything that turns a value into words a page can show."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from mingdan.site import number
from mingdan.site.edition import Edition
from mingdan.site.html import Html, escaped
from mingdan.site.moment import Calendar
from mingdan.site.texts import Texts, texts

_ROLES = {
    "buyer": "word.buyer",
    "ledger": "page.ledger",
    "platform": "page.platform",
    "unknown": "page.unknown",
}


class Voice(Struct, frozen=True):
    edition: Edition
    language: str
    texts: Texts
    calendar: Calendar

    def say(self, key: str, /, **values: Html | int) -> Html:
        return self.texts.say(key, **values)

    def money(self, amount: int, currency: str | None) -> Html:
        return number.money(self.texts, amount, currency)

    def party(self, name: str) -> Html:
        """Who: a party's id, or a word where the record only knows a role or nothing."""
        role = _ROLES.get(name)
        return Html(f"<b>{escaped(name)}</b>") if role is None else self.texts[role]

    def words(self, free: str) -> Html:
        """Somebody's own words, which may be anything: their writing direction ends with them."""
        return Html(f"<bdi>{escaped(free)}</bdi>")

    def known(self, free: str) -> Html:
        """Words that may be anything; those that the ledger itself uses are told in the reader's language."""
        return self.texts.get(f"word.{free}") or self.words(free)

    def stage(self, name: str) -> Html:
        """A stage's name; a stage that is none of ours is shown as it stands."""
        return self.texts.get(f"stage.{name}.name") or self.word(name)

    def word(self, value: str) -> Html:
        """The word for a value of a closed list; an unlisted one is shown as it stands."""
        return self.texts.get(f"word.{value}") or escaped(value)


@lru_cache(maxsize=64)
def voice(edition: Edition, language: str) -> Voice:
    """Raises Misuse for a language without texts, ZoneInfoNotFoundError for an unknown zone."""
    words = texts(language)
    return Voice(edition, language, words, Calendar(ZoneInfo(edition.zone), words))
