"""Where the register's pages lie and how they point at each other: relative, and only at what is there."""

from __future__ import annotations

from typing import NamedTuple

from mingdan.projections.register import Register
from mingdan.site.html import NOTHING, Html, escaped, quoted
from mingdan.site.page import path_in
from mingdan.site.scope import path_of_platform, path_of_sku
from mingdan.site.voice import Voice

HOME = "index.html"
EXCEPTIONS = "exceptions/index.html"
SUPPLY = "supply/index.html"
PARTIES = "parties/index.html"
POLICIES = "policies/index.html"


class Signpost(NamedTuple):
    """The ways from a page, from which `root` leads to the site's root."""

    voice: Voice
    register: Register
    root: str

    def party(self, name: str, shown: Html = NOTHING) -> Html:
        """Who, by name or as shown, linked to its page where it has one."""
        who = Html(f"<b>{shown}</b>") if shown else self.voice.titled(name)
        return self._link(path_of_party(name), who) if name in self.register.parties else who

    def goods(self, name: str) -> Html:
        """A SKU with its id beside it, linked to its row of the stock board where it has one."""
        shown = self.voice.goods(name)
        if name in self.voice.names.goods:
            shown = Html(f'<span title="{quoted(name)}">{shown}</span>')
        return self._link(SUPPLY, shown, name) if name in self.register.skus else shown

    def sold(self, name: str) -> Html:
        """The same with its seller: what tiers sell on from each other, they mostly call the same."""
        shown, known = self.goods(name), self.voice.names.goods.get(name)
        return shown if known is None else Html(f"{shown} <small>{self.voice.party(known.seller)}</small>")

    def exception(self, name: str) -> Html:
        """An exception by its kind and id."""
        known = self.register.incidents.get(name)
        report = None if known is None else known.report
        what = escaped(name) if report is None else Html(f"{self.voice.word(report.kind)} {escaped(name)}")
        return self._link(EXCEPTIONS, what, name)

    def _link(self, path: str, shown: Html, anchor: str = "") -> Html:
        tags = self.voice.edition.languages
        return link(self.root + path_in(path, self.voice.language, tags), shown, anchor)


def path_of_party(name: str) -> str:
    """In the default language. No name holds a tilde: one that is called as a page is moves aside."""
    return f"parties/{name}{'~' if name.endswith('.html') else ''}/index.html"


def link(path: str, shown: Html, anchor: str = "") -> Html:
    href = f"{path}#{anchor}" if anchor else path
    return Html(f'<a href="{quoted(href)}">{shown}</a>')


def to_exception(speech: Voice, name: str, shown: Html, root: str) -> Html:
    """For pages that know of an exception what an order was told: the rest of it stands there."""
    return link(root + path_in(EXCEPTIONS, speech.language, speech.edition.languages), shown, name)


def to_platform(speech: Voice, name: str, root: str) -> Html:
    """Where its figures are told: a platform with an order has a page."""
    path = path_of_platform(name, speech.language, speech.edition.languages)
    return link(root + path, speech.titled(name))


def to_party(speech: Voice, name: str, root: str) -> Html:
    """Its page of the register, where it is known to have one."""
    who = speech.titled(name)
    if name not in speech.names.parties:
        return who
    return link(root + path_in(path_of_party(name), speech.language, speech.edition.languages), who)


def to_sku(speech: Voice, platform: str, name: str, root: str) -> Html:
    """Where its figures are told, with its id below: one that the platform has listed has a page."""
    known, shown = speech.names.goods.get(name), speech.goods(name)
    if known is None:
        return shown
    if known.seller == platform:
        shown = link(root + path_of_sku(platform, name, speech.language, speech.edition.languages), shown)
    return Html(f"{shown} <small>{speech.id(name)}</small>")


def root_of(path: str) -> str:
    """The way from a page to the site's root."""
    return "../" * path.count("/")


def rooms(speech: Voice, here: str) -> list[tuple[str, Html, bool]]:
    """For the head of a page: where each room of the register lies, its name, whether the page is in it."""
    tags, room = speech.edition.languages, here.partition("/")[0]
    return [
        (path_in(path, speech.language, tags), speech.texts[f"rooms.{name}"], name == room)
        for name, path in _ROOMS.items()
    ]


def ways(speech: Voice) -> list[tuple[str, Html, Html]]:
    """For the front page: where each room of the register lies, its name, what it tells."""
    tags, texts = speech.edition.languages, speech.texts
    return [
        (path_in(path, speech.language, tags), texts[f"rooms.{name}"], texts[f"ways.{name}"])
        for name, path in _ROOMS.items()
    ]


_ROOMS = {path.partition("/")[0]: path for path in (EXCEPTIONS, SUPPLY, PARTIES, POLICIES)}
