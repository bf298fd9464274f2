"""Where pages lie and what frames them: every link is relative, so that a saved folder still works."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mingdan.site.number import count
from mingdan.site.voice import Voice, voice

CHECKPOINT = "log/checkpoint"  # below the site's root, as publishing lays it

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def path_in(path: str, language: str, languages: tuple[str, ...]) -> str:
    """`a/b.html` in the default language, `a/b.en.html` in another one."""
    if language == languages[0]:
        return path
    folder, slash, name = path.rpartition("/")
    stem, dot, suffix = name.partition(".")
    return f"{folder}{slash}{stem}.{language}{dot}{suffix}"


def render(template: str, speech: Voice, path: str, *, root: str | None = None, **values: object) -> bytes:
    """A whole page. `path` is its place in the default language; `root` leads back to the site's root."""
    edition = speech.edition
    up = "../" * path.count("/") if root is None else root
    name = path.rpartition("/")[2]
    beside = [
        (tag, voice(edition, tag).texts["language.name"], path_in(name, tag, edition.languages))
        for tag in edition.languages
    ]
    return (
        _TEMPLATES.get_template(template)
        .render(
            t=speech.texts,
            edition=edition,
            say=speech.say,
            stamp=speech.calendar.stamp,
            words=speech.calendar.words,
            count=count,
            language=speech.language,
            languages=beside,
            root=up,
            home=up + path_in("index.html", speech.language, edition.languages),
            asof=speech.say(
                "page.asof",
                time=speech.calendar.words(edition.sealed),
                zone=speech.calendar.zone_name(edition.sealed),
            ),
            **values,
        )
        .encode()
    )
