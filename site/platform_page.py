"""A platform's figures as a document: the rate that counts the undelivered first, every number with its n."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from markupsafe import Markup

from mingdan.ledger.status import SIDES, STEPS
from mingdan.projections.figures import Figures
from mingdan.projections.scope import AGES, OLDER
from mingdan.site.badge import ENOUGH, on_time_words, path_of_badge
from mingdan.site.edition import Edition
from mingdan.site.number import count, percent
from mingdan.site.page import path_in, render
from mingdan.site.standing import Line
from mingdan.site.voice import Voice, voice

_FULL = 100  # the longest bar, in percent


class Bar(NamedTuple):
    """One row of a table of counts: `length` is its bar in percent of the longest."""

    name: Markup
    number: str
    length: int


def path_of_platform(platform: str, language: str, languages: tuple[str, ...]) -> str:
    return path_in(f"p/{platform}/index.html", language, languages)


def platform_of(figures: Figures) -> str:
    return figures.scope.removeprefix("platform/")


def platform_page(edition: Edition, language: str, figures: Figures) -> bytes:
    """All figures of a platform, as tables that need no script and no colour."""
    speech, name = voice(edition, language), platform_of(figures)
    texts, waiting = speech.texts, figures.backlog
    return render(
        "platform.html",
        speech,
        path_of_platform(name, edition.languages[0], edition.languages),
        name=name,
        figures=figures,
        rate=percent(figures.on_time.strict),
        by_day=percent(figures.on_time.by_day),
        few=figures.on_time.strict.denominator < ENOUGH,
        quantiles=list(_quantiles(speech, figures)),
        money=speech.listed(speech.money(amount, code) for code, amount in waiting.amounts.items()),
        oldest=speech.calendar.duration(0 if waiting.oldest is None else figures.as_of - waiting.oldest),
        ages=list(_ages(speech, waiting.ages)),
        stages=_bars((speech.stage(stage), n) for stage, n in waiting.by_stage.items()),
        holders=_bars((speech.party(holder), n) for holder, n in waiting.by_holder.items()),
        steps=_bars((texts[f"step.{step}.name"], figures.steps.get(step, 0)) for step in STEPS),
        sides=_bars((texts[f"side.{side}.name"], n) for side in SIDES if (n := figures.sides.get(side, 0))),
        outcomes=_bars((speech.word(outcome), n) for outcome, n in figures.disputes.outcomes.items()),
        **_badge(speech, figures),
    )


def _quantiles(speech: Voice, figures: Figures) -> Iterator[Line]:
    spans = figures.delivery
    for key, value in zip(
        ("platform.min", "platform.p50", "platform.p90", "platform.p99", "platform.max"),
        (spans.min, spans.p50, spans.p90, spans.p99, spans.max),
        strict=True,
    ):
        if value is not None:
            yield speech.texts[key], speech.calendar.duration(value)


def _ages(speech: Voice, ages: dict[str, int]) -> Iterator[Bar]:
    """The classes of the histogram from bound to bound, empty ones too: a gap is an answer."""
    texts, duration = speech.texts, speech.calendar.duration
    lower: Markup | None = None
    names: list[tuple[Markup, int]] = []
    for key, bound in AGES:
        upper = duration(bound)
        said = speech.say(
            "platform.age_first" if lower is None else "platform.age", lower=lower or "", upper=upper
        )
        names.append((said, ages.get(key, 0)))
        lower = upper
    names.append((speech.say("platform.age_older", lower=lower or texts["page.none"]), ages.get(OLDER, 0)))
    yield from _bars(names)


def _bars(counts: Iterable[tuple[Markup, int]]) -> list[Bar]:
    rows = list(counts)
    longest = max((number for _, number in rows), default=0) or 1
    return [Bar(name, count(number), -(-_FULL * number // longest)) for name, number in rows]


def _badge(speech: Voice, figures: Figures) -> dict[str, str]:
    """The badge beside the page and the lines that put it on another one."""
    edition, languages = speech.edition, speech.edition.languages
    label, message = on_time_words(figures, speech)
    badge = path_of_badge(figures.scope, "svg", speech.language, languages)
    page = path_of_platform(platform_of(figures), speech.language, languages)
    target, image = (f"https://{edition.origin}/{path}" for path in (page, badge))
    return {
        "badge": badge,
        "spoken": f"{label} {message}",
        "html": f'<a href="{target}"><img src="{image}" alt="{label}"></a>',
        "markdown": f"[![{label}]({image})]({target})",
    }
