"""An edition in one language: everything that turns a value into words a page can show."""

from __future__ import annotations

import re
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from mingdan.ledger.policy import DEFAULT
from mingdan.site import number
from mingdan.site.edition import Edition
from mingdan.site.html import Html, escaped, quoted
from mingdan.site.moment import Calendar
from mingdan.site.names import Names
from mingdan.site.texts import Texts, texts

_ROLES = {
    "buyer": "word.buyer",
    "ledger": "page.ledger",
    "platform": "page.platform",
    "unknown": "page.unknown",
}


_RIGHTWARDS = re.compile("[ -~\u00b7\u3000-\u9fff\uff00-\uffef]+")


class Voice(Struct, frozen=True):
    edition: Edition
    language: str
    texts: Texts
    calendar: Calendar
    names: Names

    def knowing(self, names: Names) -> Voice:
        """The same, that calls parties and goods by these names."""
        return replace(self, names=names)

    def say(self, key: str, /, **values: Html | int) -> Html:
        return self.texts.say(key, **values)

    def money(self, amount: int, currency: str | None) -> Html:
        return number.money(self.texts, amount, currency)

    def party(self, name: str) -> Html:
        """Who: a party's name, else its id, or a word where the record only knows a role or nothing."""
        role, called = _ROLES.get(name), self.names.parties.get(name)
        if role is not None:
            return self.texts[role]
        return Html(f"<b>{escaped(name) if called is None else _apart(called)}</b>")

    def titled(self, name: str) -> Html:
        """The same with its id beside the name, where it is to be told apart from others."""
        who = self.party(name)
        return Html(f'<bdi title="{quoted(name)}">{who}</bdi>') if name in self.names.parties else who

    def called(self, name: str) -> str:
        """A party's name in plain words, else its id."""
        return self.names.parties.get(name, name)

    def goods(self, name: str) -> Html:
        """A SKU by what it is called, else by its id."""
        known = self.names.goods.get(name)
        if known is None:
            return self.id(name)
        return _apart(known.name)

    def policy(self, name: str, version: int | None) -> Html:
        """A promise policy by its title and version, else by its id."""
        title = self.names.policies.get(f"{name}/{version}")
        shown = escaped(name) if title is None else self.words(title)
        if version is not None:
            return self.say("promise.policy_link", policy=shown, version=version)
        return self.texts["policy.default"] if name == DEFAULT.id else shown

    def risk(self, rule: str) -> Html:
        """A rule that holds orders, by its name; a platform's own by its id."""
        return self.texts.get(f"risk_name.{rule}") or self.id(rule)

    def id(self, name: str) -> Html:
        """What has no name but the one that machines give it."""
        return Html(f"<code>{escaped(name)}</code>")

    def words(self, free: str) -> Html:
        """Somebody's own words, which may be anything: their writing direction ends with them."""
        return Html(f"<bdi>{escaped(free)}</bdi>")

    def known(self, free: str) -> Html:
        """Words that may be anything; those that the ledger itself uses are told in the reader's language."""
        return self.texts.get(f"word.{free}") or self.words(free)

    def claim(self, kind: str) -> Html:
        """What a dispute is about; a kind that the forms do not know is its sender's own word, and quoted."""
        return self.texts.get(f"word.{kind}") or self.say("page.quoted", words=self.words(kind))

    def stage(self, name: str) -> Html:
        """A stage's name; a stage that is none of ours is shown as it stands."""
        return self.texts.get(f"stage.{name}.name") or self.word(name)

    def word(self, value: str) -> Html:
        """The word for a value of a closed list; an unlisted one is shown as it stands."""
        return self.texts.get(f"word.{value}") or escaped(value)


def _apart(name: str) -> Html:
    """A name with its own writing direction, where it has letters that are written to the left."""
    return escaped(name) if _RIGHTWARDS.fullmatch(name) else Html(f"<bdi>{escaped(name)}</bdi>")


@lru_cache(maxsize=64)
def voice(edition: Edition, language: str) -> Voice:
    """Raises Misuse for a language without texts, ZoneInfoNotFoundError for an unknown zone."""
    words = texts(language)
    return Voice(edition, language, words, Calendar(ZoneInfo(edition.zone), words), edition.names)
