"""What frames every page, and how its links are made: relative, so that a saved folder still works."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from mingdan.site.html import Html, marked
from mingdan.site.number import count
from mingdan.site.texts import texts
from mingdan.site.voice import Voice

CHECKPOINT = "log/checkpoint"  # below the site's root, as publishing lays it

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


def render(
    template: str,
    speech: Voice,
    path: str,
    html: dict[str, Html],
    *,
    root: str | None = None,
    **values: object,
) -> bytes:
    """A whole page. `path` is its place in the default language; `root` leads back to the site's root.

    `html` stands in the page as it is; the template escapes all other values.
    """
    edition = speech.edition
    name, tags = path.rpartition("/")[2], edition.languages
    up = "../" * path.count("/") if root is None else root
    return (
        _TEMPLATES.get_template(template)
        .render(
            {key: marked(value) for key, value in html.items()},
            t=speech.texts,
            say=partial(_said, speech),
            edition=edition,
            language=speech.language,
            beside=[(tag, texts(tag)["language.name"], path_in(name, tag, tags)) for tag in tags],
            root=up,
            home=up + path_in("index.html", speech.language, tags),
            asof=marked(as_of(speech)),
            sealed=marked(speech.calendar.stamp(edition.sealed)),
            **values,
        )
        .encode()
    )


def as_of(speech: Voice) -> Html:
    """The instant that all pages of the edition speak of."""
    calendar, sealed = speech.calendar, speech.edition.sealed
    return speech.say("page.asof", time=calendar.words(sealed), zone=calendar.zone_name(sealed))


def _said(speech: Voice, key: str, **values: object) -> Markup:
    """A phrase that a template fills: unlike Python's, its values are escaped."""
    return marked(speech.say(key, **{name: Html(escape(value)) for name, value in values.items()}))
