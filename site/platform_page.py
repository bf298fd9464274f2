"""A platform's figures as a document: the rate that counts the undelivered first, every number with its n."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mingdan.ledger.status import SIDES, STEPS
from mingdan.projections.figures import Disputes, Figures
from mingdan.projections.measure import OTHER
from mingdan.projections.scope import AGES, OLDER
from mingdan.site.badges_page import path_of_lines
from mingdan.site.conduct import conduct
from mingdan.site.due_days import due_days
from mingdan.site.edition import Edition
from mingdan.site.groups import groups
from mingdan.site.headline import headline
from mingdan.site.html import NOTHING, Html, joined
from mingdan.site.incidence import incidence
from mingdan.site.number import count
from mingdan.site.page import render
from mingdan.site.scope import path_of_platform, platform_of, scopes_of
from mingdan.site.section import SPANS, contents, definition, on_the_road, printed, shown, spans, stage, who
from mingdan.site.signpost import root_of
from mingdan.site.snippet import snippet
from mingdan.site.table import table, tally
from mingdan.site.voice import Voice, voice

__all__ = ["path_of_platform", "platform_of", "platform_page"]


def platform_page(edition: Edition, language: str, figures: Figures) -> bytes:
    """All figures of a platform, as tables that need no script and no colour."""
    speech, name = voice(edition, language), platform_of(figures)
    path = path_of_platform(name, edition.languages[0], edition.languages)
    root, itself = root_of(path), next(scopes_of(figures))
    waits = [
        due_days(speech, figures.days, figures.as_of),
        incidence(speech, figures.survival),
    ]
    apart, sections = groups(speech, figures, root), conduct(speech, figures, root)
    untold = [each for each in (*waits, apart) if not each.body]
    return render(
        "platform.html",
        speech,
        path,
        {
            "contents": contents(speech, [*waits, apart, *sections]),
            "headline": headline(speech, itself.standing, figures.as_of, figures.windows),
            "waits": shown(speech, waits),
            "groups": shown(speech, [apart]),
            "conduct": printed(speech, [*untold, *sections]),
            "quantiles": _quantiles(speech, figures),
            "waiting": _waiting(speech, figures),
            **{f"{name}_counted": definition(speech, name) for name in ("backlog", "disputes", "states")},
            "closings": _closings(speech, figures.disputes),
            **dict(_tallies(speech, figures)),
        },
        feed=path,
        id=name,
        name=speech.called(name),
        figures=figures,
        badge=snippet(speech, itself, "on-time"),
        more=root + path_of_lines(itself, language, edition.languages),
    )


def _tallies(speech: Voice, figures: Figures) -> Iterator[tuple[str, Html]]:
    """What is counted by kinds; what only tells more of what stands above it is folded."""
    texts, waiting, counted = speech.texts, figures.backlog, "platform.count"

    def told(kind: str, head: str, counts: Iterable[tuple[Html, int]], *, fold: bool = True) -> Html:
        return tally(speech, texts[f"platform.{kind}"], (f"platform.{head}", counted), counts, fold=fold)

    stages = [(stage(speech, name), waiting.by_stage[name]) for name in on_the_road(waiting.by_stage)]
    holders = [(who(speech, holder), n) for holder, n in _most_first(waiting.by_holder)]
    causes = [(_cause(speech, cause), n) for cause, n in _most_first(waiting.by_cause)]
    steps = ((texts[f"step.{step}.name"], figures.steps.get(step, 0)) for step in STEPS)
    sides = ((texts[f"side.{side}.name"], n) for side in SIDES if (n := figures.sides.get(side, 0)))
    outcomes = ((speech.word(outcome), n) for outcome, n in figures.disputes.outcomes.items())
    yield "ages", told("ages", "waited", _ages(speech, waiting.ages))
    yield "stages", told("by_stage", "stage", stages) if stages else NOTHING
    yield "holders", told("by_holder", "holder", holders) if holders else NOTHING
    yield "causes", told("by_cause", "cause", causes) if causes else NOTHING
    yield "steps", told("by_step", "step", steps, fold=False)
    yield "sides", told("by_side", "side", sides)
    yield "outcomes", told("outcomes", "outcome", outcomes) if figures.disputes.outcomes else NOTHING


def _quantiles(speech: Voice, figures: Figures) -> Html:
    spans = figures.delivery
    known = {
        "platform.min": spans.min,
        "platform.p50": spans.p50,
        "platform.p90": spans.p90,
        "platform.p99": spans.p99,
        "platform.max": spans.max,
    }
    rows = (
        (speech.texts[key], speech.calendar.duration(span)) for key, span in known.items() if span is not None
    )
    heads = "platform.quantile", "platform.within"
    return table(speech, speech.texts["platform.quantiles"], heads, rows, unfolded=0)


def _waiting(speech: Voice, figures: Figures) -> Html:
    """How many orders wait, how long the oldest has, and how much money is in them."""
    waiting, say = figures.backlog, speech.say
    age = 0 if waiting.oldest is None else figures.as_of - waiting.oldest
    oldest = speech.calendar.duration(age)
    counted = say("platform.backlog_text", count=count(waiting.count), oldest=oldest)
    amounts = [speech.money(amount, code) for code, amount in waiting.amounts.items()]
    money = say("platform.backlog_money", money=joined(amounts, speech.texts["page.comma"]))
    return say("page.sentences", first=counted, second=money) if amounts else counted


def _ages(speech: Voice, ages: dict[str, int]) -> Iterator[tuple[Html, int]]:
    """The classes of the histogram from bound to bound, empty ones too: a gap is an answer."""
    bounds = [speech.calendar.duration(bound) for _, bound in AGES]
    yield speech.say("platform.age_first", upper=bounds[0]), ages.get(AGES[0][0], 0)
    for (key, _), lower, upper in zip(AGES[1:], bounds, bounds[1:], strict=False):
        yield speech.say("platform.age", lower=lower, upper=upper), ages.get(key, 0)
    yield speech.say("platform.age_older", lower=bounds[-1]), ages.get(OLDER, 0)


def _cause(speech: Voice, cause: str) -> Html:
    """A rule that holds, or what is known to have gone wrong."""
    kind, _, rule = cause.partition(":")
    match kind:
        case "hold":
            return speech.say("platform.cause_hold", rule=speech.risk(rule))
        case "none":
            return speech.texts["platform.cause_none"]
        case _:
            return speech.texts["conduct.other"] if cause == OTHER else speech.word(cause)


def _closings(speech: Voice, disputes: Disputes) -> Html:
    """How long it took until disputes were closed, by how they were."""
    if not disputes.closed:
        return NOTHING
    rows = [
        (speech.texts["conduct.other"] if outcome == OTHER else speech.word(outcome), *spans(speech, told))
        for outcome, told in disputes.to_closed_by.items()
    ]
    whole = (speech.texts["conduct.whole"], *spans(speech, disputes.to_closed))
    heads = ("platform.outcome", *SPANS)
    return table(speech, speech.texts["platform.closings"], heads, rows, whole, unfolded=0)


def _most_first(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (each[0] == OTHER, -each[1], each[0]))
