"""What frames every page, and how its links are made: relative, so that a saved folder still works."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from mingdan.site.html import Html, marked
from mingdan.site.number import count
from mingdan.site.texts import Texts, texts
from mingdan.site.voice import Voice

CHECKPOINT = "log/checkpoint"  # below the site's root, as publishing lays it
ATOM, JSON_FEED = "application/atom+xml", "application/feed+json"
FEEDS = (("atom", ATOM, "Atom"), ("json", JSON_FEED, "JSON Feed"))  # suffix, content type, name

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_TEMPLATES.globals["count"] = count
_TEMPLATES.globals["checkpoint"] = CHECKPOINT


def path_in(path: str, language: str, languages: tuple[str, ...]) -> str:
    """`a/b.html` in the default language, `a/b.en.html` in another one."""
    if language == languages[0]:
        return path
    folder, slash, name = path.rpartition("/")
    stem, dot, suffix = name.partition(".")
    return f"{folder}{slash}{stem}.{language}{dot}{suffix}"


def path_of_feed(page: str, form: str, language: str, languages: tuple[str, ...]) -> str:
    """The feed beside a page: `a/index.html` has `a/feed.atom`, and `a/feed.en.json` in another language."""
    folder, slash, _ = page.rpartition("/")
    return path_in(f"{folder}{slash}feed.{form}", language, languages)


def path_of_twin(page: str) -> str:
    """What tells machines the same as a page, which is named by its path in the default language.

    No name holds a tilde: a folder that is called as a file is moves aside.
    """
    *folders, name = page.split("/")
    aside = [f"{each}~" if each.endswith((".html", ".json")) else each for each in folders]
    return "/".join(["v1", *aside, f"{name.removesuffix('.html')}.json"])


def render(
    template: str,
    speech: Voice,
    path: str,
    html: dict[str, Html],
    *,
    root: str | None = None,
    feed: str | None = None,
    twin: str | None = None,
    **values: object,
) -> bytes:
    """A whole page. `path` is its place in the default language; `root` leads back to the site's root.

    A root that is given starts at the server's, and then so do all links.
    `feed` is the page, so named, beside which the feed lies that tells what is new of what this one shows.
    `twin` is the page whose twin tells machines of this one, if that is not its own.
    `html` stands in the page as it is; the template escapes all other values.
    """
    edition = speech.edition
    name, tags = path.rpartition("/")[2], edition.languages
    up, here = ("../" * path.count("/"), "") if root is None else (root, root)
    return (
        _TEMPLATES.get_template(template)
        .render(
            {key: marked(value) for key, value in html.items()},
            t=speech.texts,
            say=partial(_said, speech),
            edition=edition,
            language=speech.language,
            beside=[(tag, texts(tag)["language.name"], here + path_in(name, tag, tags)) for tag in tags],
            root=up,
            home=up + path_in("index.html", speech.language, tags),
            asof=marked(as_of(speech)),
            sealed=marked(speech.calendar.stamp(edition.sealed)),
            feeds=[] if feed is None else _feeds(speech, up, feed),
            twin=up + path_of_twin(path if twin is None else twin),
            **values,
        )
        .encode()
    )


def answer(template: str, texts: Texts, html: dict[str, Html], **values: object) -> bytes:
    """A page that is of no edition: what a server answers with."""
    told = {key: marked(value) for key, value in html.items()}
    return _TEMPLATES.get_template(template).render(told, t=texts, **values).encode()


def as_of(speech: Voice) -> Html:
    """The instant that all pages of the edition speak of."""
    calendar, sealed = speech.calendar, speech.edition.sealed
    return speech.say("page.asof", time=calendar.words(sealed), zone=calendar.zone_name(sealed))


def _feeds(speech: Voice, up: str, page: str) -> list[tuple[str, str, str]]:
    """Content type, address and name of the feeds beside a page."""
    language, tags = speech.language, speech.edition.languages
    return [(kind, up + path_of_feed(page, form, language, tags), name) for form, kind, name in FEEDS]


def _said(speech: Voice, key: str, **values: object) -> Markup:
    """A phrase that a template fills: unlike Python's, its values are escaped."""
    return marked(speech.say(key, **{name: Html(escape(value)) for name, value in values.items()}))
