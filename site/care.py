"""How buyers are cared for: whether they are answered and told, and whether what is owed to them is paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mingdan.projections.conduct import Care, Compensation, Holds, Nudges, Refunds
from mingdan.projections.figures import Figures
from mingdan.projections.measure import OTHER
from mingdan.site.html import NOTHING, Html, escaped, joined
from mingdan.site.number import count
from mingdan.site.section import SPANS, Section, heading, paragraph, spans
from mingdan.site.table import share, table, tally
from mingdan.site.voice import Voice


def care(speech: Voice, figures: Figures) -> Section:
    """Questions, holds, refunds and compensation, each with its own heading."""
    told = figures.conduct.care
    if told == Care():
        return Section("care")
    parts = (
        ("nudges", _nudges(speech, told.nudges)),
        ("holds", _holds(speech, told.holds)),
        ("refunds", _refunds(speech, told.refunds)),
        ("compensation", _compensation(speech, told.compensation)),
    )
    return Section("care", joined(part for name, body in parts for part in _part(speech, name, body)))


def _part(speech: Voice, name: str, body: Html) -> Iterator[Html]:
    texts = speech.texts
    yield heading(texts[f"conduct.care.{name}"])
    yield body or paragraph(texts[f"conduct.care.{name}_none"])


def _nudges(speech: Voice, told: Nudges) -> Html:
    """From the question to its end, as a narrowing; then how long both halves took."""
    if not told.asked:
        return NOTHING
    texts = speech.texts
    steps = [
        (texts["conduct.care.asked"], told.asked),
        (texts["conduct.care.located"], told.located),
        (texts["conduct.care.offered"], told.offered),
        *((_closed(speech, by), number) for by, number in told.closed.items()),
        (texts["conduct.care.open"], told.open),
        (texts["conduct.care.unanswered"], told.unanswered),
    ]
    times = (
        (texts["conduct.care.to_located"], *spans(speech, told.to_located)),
        (texts["conduct.care.to_closed"], *spans(speech, told.to_closed)),
    )
    heads = ("conduct.care.step", "conduct.care.count")
    return joined(
        [
            tally(speech, texts["conduct.care.steps"], heads, steps, fold=True),
            table(speech, texts["conduct.care.times"], _TIMES, times, unfolded=0),
        ]
    )


def _closed(speech: Voice, by: str) -> Html:
    return speech.say("conduct.care.closed", by=speech.word(by))


def _holds(speech: Voice, rules: dict[str, Holds]) -> Html:
    if not rules:
        return NOTHING
    ordered = sorted(rules.items(), key=lambda each: (each[0] == OTHER, -each[1].held, each[0]))
    rows = (_hold(speech, *each) for each in ordered)
    return table(speech, speech.texts["conduct.care.by_rule"], _HOLDS, rows, unfolded=0)


def _hold(speech: Voice, rule: str, told: Holds) -> Sequence[Html]:
    return (
        speech.texts["conduct.other"] if rule == OTHER else speech.risk(rule),
        count(told.held),
        count(told.reviewed),
        share(told.false_positives),
        count(told.timeouts),
        count(told.notices_late),
        count(told.open),
        count(told.reviews_overdue),
    )


def _refunds(speech: Voice, told: Refunds) -> Html:
    if told == Refunds():
        return NOTHING
    texts = speech.texts
    ends = [
        (texts["conduct.care.requested"], told.requested),
        (texts["conduct.care.paid"], told.paid),
        (texts["conduct.care.pending"], told.open),
        (texts["conduct.care.refused"], told.refused),
    ]
    times = ((texts["conduct.care.to_paid"], *spans(speech, told.to_paid)),)
    heads = ("conduct.care.state", "platform.count")
    return joined(
        [
            tally(speech, texts["conduct.care.refund_states"], heads, ends, fold=True),
            table(
                speech,
                texts["conduct.care.refund_times"],
                ("conduct.care.stretch", *SPANS),
                times,
                unfolded=0,
            ),
        ]
    )


def _compensation(speech: Voice, told: Compensation) -> Html:
    currencies = sorted(told.accrued.keys() | told.paid.keys() | told.unpaid.keys())
    if not currencies:
        return NOTHING
    rows = (
        (
            escaped(code),
            *(speech.money(sums.get(code, 0), code) for sums in (told.accrued, told.paid, told.unpaid)),
        )
        for code in currencies
    )
    said = paragraph(speech.say("conduct.care.compensated", orders=count(told.orders)))
    return joined([said, table(speech, speech.texts["conduct.care.sums"], _SUMS, rows, unfolded=0)])


_TIMES = ("conduct.care.stretch", *SPANS)
_HOLDS = (
    "field.rule",
    "conduct.care.held",
    "conduct.care.reviewed",
    "conduct.care.false_positives",
    "conduct.care.timeouts",
    "conduct.care.notices_late",
    "conduct.care.held_open",
    "conduct.care.reviews_overdue",
)
_SUMS = ("field.currency", "conduct.care.accrued", "conduct.care.paid_sum", "conduct.care.unpaid")
