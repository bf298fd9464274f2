"""Exceptions as one document: what was reported, whom it touches, who knew when, what was done by when.

Who, when and why is the register's word; who was blind for how long, and what is late, the census's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mingdan.ledger.mark import Irregularity
from mingdan.ledger.market.incident import Incident, Word
from mingdan.projections.market import Alarm, Blindness, Case, Market
from mingdan.projections.register import Register
from mingdan.site.edition import Edition
from mingdan.site.html import NOTHING, Html, Line, described, escaped, folded, joined
from mingdan.site.number import count
from mingdan.site.page import path_in, render
from mingdan.site.signpost import EXCEPTIONS, HOME, Signpost, rooms, root_of
from mingdan.site.voice import Voice, voice

FEW = 3  # goods of an exception that stand unfolded


def exception_pages(
    edition: Edition, language: str, register: Register, market: Market
) -> Iterator[tuple[str, bytes]]:
    """Path and content: the open ones first, of each the newest; every one has its id as an anchor."""
    speech = voice(edition, language)
    signs = Signpost(speech, register, root_of(EXCEPTIONS))
    cases = {each.exception: each for each in market.exceptions}
    alarms = {each.exception: each for each in market.alarms if each.exception is not None}
    shown = [
        (incident.resolved is None, _article(signs, name, incident, cases.get(name), alarms.get(name)))
        for name, incident in newest_first(register.incidents)
    ]
    told = {
        "standing": joined(article for standing, article in shown if standing),
        "past": joined(article for standing, article in shown if not standing),
    }
    page = render("exceptions.html", speech, EXCEPTIONS, told, feed=HOME, rooms=rooms(speech, EXCEPTIONS))
    yield path_in(EXCEPTIONS, language, edition.languages), page


def newest_first(incidents: Mapping[str, Incident]) -> list[tuple[str, Incident]]:
    """All of them, each with its name."""
    return sorted(incidents.items(), key=lambda each: (-_since(each[1]), each[0]))


def _since(incident: Incident) -> int:
    return 0 if incident.reported is None else incident.reported.effective


def _article(signs: Signpost, name: str, incident: Incident, case: Case | None, alarm: Alarm | None) -> Html:
    """One exception, whole; of one that is over, its course is folded away."""
    speech = signs.voice
    course = joined(
        (
            _titled(speech, "exceptions.steps", "ol", _steps(signs, incident, case, alarm)),
            _titled(speech, "exceptions.known", "ul", _known(signs, incident, case)),
            _titled(speech, "exceptions.actions", "ul", (_action(signs, each) for each in incident.actions)),
        )
    )
    parts = (
        _heading(speech, name, incident),
        Html(f"<dl>\n{described(_facts(signs, incident))}</dl>\n"),
        course if incident.resolved is None else folded(speech.texts["exceptions.course"], course),
        _means(speech, incident) if signs.register.touched(incident) else NOTHING,
        _titled(speech, "register.odd", "ul", (_odd(speech, each) for each in incident.irregularities)),
    )
    over = "" if incident.resolved is None else " over"
    return Html(f'<article id="{name}" class="incident{over}">\n{joined(parts)}</article>\n')


def _heading(speech: Voice, name: str, incident: Incident) -> Html:
    report = incident.report
    kind = speech.texts["exceptions.unreported"] if report is None else speech.word(report.kind)
    state = "standing" if incident.resolved is None else "over"
    tag = f'<b class="tag {state}">{speech.texts[f"exceptions.{state}"]}</b>'
    return Html(f'<h3>{tag} <span>{kind}</span> <a href="#{name}"><code>{escaped(name)}</code></a></h3>\n')


def _facts(signs: Signpost, incident: Incident) -> Iterator[Line]:
    """Who said it, when it starts and ends, and the goods it touches, near and far, or only names."""
    report, texts, words = incident.report, signs.voice.texts, signs.voice.calendar.words
    if report is None or incident.reported is None:
        return
    who = NOTHING if incident.reporter is None else signs.party(incident.reporter)
    yield (
        texts["exceptions.reported"],
        signs.voice.say("exceptions.reported_by", party=who, time=words(incident.reported.effective)),
    )
    yield texts["field.starts"], words(report.starts)
    if report.expected_end is not None:
        yield texts["field.expected_end"], words(report.expected_end)
    goods = signs.register.touched(incident)
    named, further = [each for each in report.scope if each in goods], sorted(goods.difference(report.scope))
    if named:
        yield texts["exceptions.touched"], _goods(signs, named)
    if further:
        yield texts["exceptions.mapped"], _goods(signs, further)
    if rest := [each for each in report.scope if each not in goods]:
        yield texts["field.scope"], signs.voice.say("exceptions.only_named", goods=_goods(signs, rest))


def _goods(signs: Signpost, names: Sequence[str]) -> Html:
    """How many and the first few, the others folded away."""
    texts, shown = signs.voice.texts, [signs.sold(name) for name in dict.fromkeys(names)]
    first = joined(shown[:FEW], texts["page.comma"])
    if len(shown) <= FEW:
        return first
    counted = signs.voice.say("exceptions.goods", count=count(len(shown)), goods=first)
    more = signs.voice.say("exceptions.more", count=count(len(shown) - FEW))
    return joined([counted, folded(more, Html(f"<p>{joined(shown[FEW:], texts['page.comma'])}</p>\n"))])


# from the alert to the end ------------------------------------------------------------------------------
def _steps(signs: Signpost, incident: Incident, case: Case | None, alarm: Alarm | None) -> Iterator[Html]:
    """Stock alert, report, action, end: when each came, how long after the one before, which was late."""
    speech, before = signs.voice, None
    if alarm is not None:
        goods = speech.say("exceptions.alerted", goods=signs.sold(alarm.sku), level=speech.word(alarm.level))
        yield _step(speech, goods, alarm.at, None)
        before = alarm.at
    if incident.reported is not None:
        late = alarm is not None and alarm.overdue
        told = incident.reported.effective
        foreseen = before is not None and told < before  # reported before any stock ran low
        yield _step(
            speech, speech.texts["exceptions.reported"], told, None if foreseen else before, late=late
        )
        before = told
    yield _acted(speech, incident, case, before)
    yield _resolved(speech, incident, case, before)


def _acted(speech: Voice, incident: Incident, case: Case | None, before: int | None) -> Html:
    what = speech.texts["exceptions.acted"]
    late = case is not None and case.act_overdue
    if incident.actions:
        return _step(speech, what, incident.actions[0].mark.effective, before, late=late)
    by = None if case is None or incident.resolved is not None else case.act_by
    return _missing(speech, what, by, late=late)


def _resolved(speech: Voice, incident: Incident, case: Case | None, before: int | None) -> Html:
    what = speech.texts["exceptions.resolved"]
    late = case is not None and case.end_overdue
    if incident.resolved is not None:
        return _step(speech, what, incident.resolved.effective, before, late=late)
    return _missing(
        speech, what, None if incident.report is None else incident.report.expected_end, late=late
    )


def _step(speech: Voice, what: Html, at: int, before: int | None, *, late: bool = False) -> Html:
    time = speech.calendar.words(at)
    said = speech.say("exceptions.step", what=what, time=time)
    if before is not None:
        lag = speech.calendar.duration(at - before)
        said = speech.say("exceptions.step_after", what=what, time=time, lag=lag)
    return joined((said, _late(speech, late)))


def _missing(speech: Voice, what: Html, by: int | None, *, late: bool) -> Html:
    said = speech.say("exceptions.step_missing", what=what)
    if by is not None:
        said = speech.say("exceptions.step_due", what=what, time=speech.calendar.words(by))
    return joined((said, _late(speech, late)))


def _late(speech: Voice, late: bool) -> Html:
    return Html(f' <b class="late">{speech.texts["exceptions.late"]}</b>') if late else NOTHING


# who knew, what was done -------------------------------------------------------------------------------
def _known(signs: Signpost, incident: Incident, case: Case | None) -> Iterator[Html]:
    """Each tier's acknowledgement; how long it was blind where the census has it."""
    if case is not None:
        yield from (_blind(signs, each) for each in case.tiers)
    else:
        yield from (_word(signs, "exceptions.knew", each) for each in incident.acknowledged)


def _blind(signs: Signpost, tier: Blindness) -> Html:
    """How long a tier did not know, and what it took in meanwhile."""
    speech = signs.voice
    told = {
        "party": signs.party(tier.party),
        "window": speech.calendar.duration(tier.window),
        "orders": count(tier.orders),
    }
    if tier.known is None:
        return speech.say("exceptions.blind_still", **told)
    return speech.say("exceptions.blind", time=speech.calendar.words(tier.known), **told)


def _action(signs: Signpost, word: Word) -> Html:
    return _word(signs, "exceptions.action", word, action=signs.voice.word(word.action or "unknown"))


def _word(signs: Signpost, key: str, word: Word, **values: Html) -> Html:
    time = signs.voice.calendar.words(word.mark.effective)
    return signs.voice.say(key, party=signs.party(word.by), time=time, **values)


def _means(speech: Voice, incident: Incident) -> Html:
    """What it means for who waits for an order."""
    if incident.report is None:
        return NOTHING
    key = "over" if incident.resolved is not None else incident.report.kind
    head, words = speech.texts["exceptions.means"], speech.texts[f"means.{key}"]
    return Html(f'<p class="means"><b>{head}</b> {words}</p>\n')


def _odd(speech: Voice, odd: Irregularity) -> Html:
    return Html(f"{speech.texts[f'rule.{odd.rule}']}<br><code>{odd.leaf.hex()}</code>")


def _titled(speech: Voice, key: str, tag: str, items: Iterator[Html]) -> Html:
    """A list under its title; nothing at all where it is empty."""
    told = joined(Html(f"<li>{each}</li>\n") for each in items)
    return Html(f"<h4>{speech.texts[key]}</h4>\n<{tag}>\n{told}</{tag}>\n") if told else NOTHING
