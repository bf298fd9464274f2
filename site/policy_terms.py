"""The terms of a promise in words: each is told exactly, for nobody rounds what was promised."""

from __future__ import annotations

from collections.abc import Iterator

from mingdan.ledger.market.amendment import Term, terms
from mingdan.ledger.market.compensation import is_expression
from mingdan.ledger.market.promise import Published
from mingdan.ledger.policy import DEFAULT
from mingdan.site import compensation
from mingdan.site.html import Html, Line, escaped, joined
from mingdan.site.voice import Voice


def lines(speech: Voice, published: Published) -> Iterator[Line]:
    """What is promised when, term by term; the compensation has a place of its own."""
    told = terms(published)
    yield from ((name_of(speech, term), word_of(speech, term, told[term])) for term in _FIRST)
    limits = (
        speech.say("policy.limit", stage=stage_of(speech, term), limit=word_of(speech, term, told[term]))
        for term in told
        if term.startswith(_STAGE) and (told[term] is not None or term in _USUAL)
    )
    yield speech.texts["field.stage_limits"], joined(limits, Html("<br>"))
    yield from ((name_of(speech, term), word_of(speech, term, told[term])) for term in _LAST)


def name_of(speech: Voice, term: str) -> Html:
    """What a term is called."""
    if term.startswith(_STAGE):
        return speech.say("policy.stage", stage=stage_of(speech, term))
    return speech.texts[f"field.{term}"]


def word_of(speech: Voice, term: str, value: Term) -> Html:
    """What a term says."""
    match value:
        case None if term in _USUAL:
            return speech.say("policy.usual", limit=span(speech, _USUAL[term]))
        case None:
            return speech.texts[_UNSAID.get(term, "policy.none")]
        case int():
            return span(speech, value)
        case tuple():
            said = [speech.texts[f"policy.pause_{each}"] for each in value]
            return joined(said, speech.texts["page.comma"]) if said else speech.texts["policy.no_pause"]
        case _ if term == "clock_start":
            return speech.texts[f"policy.start_{value}"]
        case _ if term == "zone":
            return speech.words(value)
        case _:
            return reckoned(speech, value)


def reckoned(speech: Voice, expression: str, currency: str | None = None) -> Html:
    """A compensation in words, and as it stands; one that nobody can reckon only so. None: any currency."""
    written = Html(f"<code>{escaped(expression)}</code>")
    if not is_expression(expression):
        return written
    return joined([compensation.in_words(speech, expression, currency), written], Html("<br>"))


def stage_of(speech: Voice, term: str) -> Html:
    return speech.stage(term.removeprefix(_STAGE))


def span(speech: Voice, ms: int) -> Html:
    """A duration to the millisecond, unlike those of what happened, which are rounded."""
    parts, left = [], ms
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        parts += [speech.say(f"duration.{unit}", n=count)] if count else []
    return joined(parts, Html(" ")) if parts else speech.say("duration.seconds", n=0)


_STAGE = "stage_limits."
_USUAL = {"stage_limits.stock": DEFAULT.stage_limit}  # what holds where nothing is said
_FIRST = ("clock_start", "due_in", "pauses")
_LAST = ("notice_within", "pay_within", "complete_after", "answer_within", "zone")
_UNSAID = {
    "pay_within": "policy.no_expiry",
    "complete_after": "policy.no_completion",
    "answer_within": "policy.no_answer",
    "compensation": "policy.no_compensation",
}
_UNITS = (
    ("days", 86_400_000),
    ("hours", 3_600_000),
    ("minutes", 60_000),
    ("seconds", 1_000),
    ("milliseconds", 1),
)
