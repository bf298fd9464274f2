"""What the register announces: each entry about an exception or a sanction in plain words, the newest first.

An announcement says what its own entry says and nothing that time changes: once published, it rests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mingdan.ledger.mark import Mark
from mingdan.ledger.market.incident import Incident, Reported, Word
from mingdan.ledger.market.party import Party, Sanction
from mingdan.projections.register import Register
from mingdan.site.html import Html, Line, escaped, joined
from mingdan.site.page import path_in
from mingdan.site.signpost import EXCEPTIONS, path_of_party
from mingdan.site.voice import Voice

BREAK = Html("\n")


class Announcement(NamedTuple):
    """`path` is where the site tells the whole of it; `goods` it touches, or the `party` it is about."""

    mark: Mark
    kind: str
    title: Html
    text: Html
    path: str
    goods: frozenset[str] = frozenset()
    party: str = ""


def announcements(speech: Voice, register: Register) -> list[Announcement]:
    """All of them; those of one instant as their streams are called, and as each stream has them."""
    found = [
        each
        for name, incident in register.incidents.items()
        for each in of_incident(speech, register, name, incident)
    ]
    for name, party in register.parties.items():
        found += of_party(speech, name, party)
    return sorted(found, key=_known)[::-1]


def concerning(
    found: Iterable[Announcement], goods: frozenset[str], parties: frozenset[str]
) -> Iterator[Announcement]:
    """Those that touch one of these goods, or are about one of these parties."""
    return (each for each in found if each.party in parties or not goods.isdisjoint(each.goods))


# exceptions ---------------------------------------------------------------------------------------------
def title_of(speech: Voice, name: str, report: Reported) -> Html:
    return speech.say("feed.exception", kind=speech.word(report.kind), name=escaped(name))


def of_incident(speech: Voice, register: Register, name: str, incident: Incident) -> list[Announcement]:
    """What was told of an exception, the oldest first; nothing of one that nobody reported."""
    report = incident.report
    if report is None:
        return []
    about = title_of(speech, name, report)
    place = f"{path_in(EXCEPTIONS, speech.language, speech.edition.languages)}#{name}"
    goods = register.touched(incident)
    return [
        Announcement(mark, f"exception.{kind}", _title(speech, about, what), text, place, goods)
        for kind, mark, what, text in sorted(_told(speech, incident), key=lambda each: each[1].known)
    ]


def _told(speech: Voice, incident: Incident) -> Iterator[tuple[str, Mark, Html, Html]]:
    """Kind, mark, what was done, and the rest of it."""
    texts = speech.texts
    if incident.reported is not None:
        yield "reported", incident.reported, texts["exceptions.reported"], _report(speech, incident)
    for word in incident.acknowledged:
        what = speech.texts["kind.exception.acknowledged"]
        yield "acknowledged", word.mark, what, _word(speech, "exceptions.knew", word)
    for word in incident.actions:
        what = speech.word(word.action or "unknown")
        yield "acted", word.mark, what, _word(speech, "exceptions.action", word, action=what)
    if incident.resolved is not None:
        over = Html(speech.calendar.words(incident.resolved.effective))
        what = texts["exceptions.resolved"]
        yield (
            "resolved",
            incident.resolved,
            what,
            joined([_line(speech, what, over), texts["means.over"]], BREAK),
        )


def _report(speech: Voice, incident: Incident) -> Html:
    assert incident.report is not None
    means = speech.texts[f"means.{incident.report.kind}"]
    return joined([*(_line(speech, *line) for line in _facts(speech, incident)), means], BREAK)


def _facts(speech: Voice, incident: Incident) -> Iterator[Line]:
    report, mark = incident.report, incident.reported
    texts, words = speech.texts, speech.calendar.words
    assert report is not None
    assert mark is not None
    who = speech.party(incident.reporter or "unknown")
    yield (
        texts["exceptions.reported"],
        speech.say("exceptions.reported_by", party=who, time=words(mark.effective)),
    )
    yield texts["field.starts"], words(report.starts)
    if report.expected_end is not None:
        yield texts["field.expected_end"], words(report.expected_end)
    yield texts["field.scope"], joined(map(escaped, dict.fromkeys(report.scope)), texts["page.comma"])


def _word(speech: Voice, key: str, word: Word, **values: Html) -> Html:
    return speech.say(
        key, party=speech.party(word.by), time=speech.calendar.words(word.mark.effective), **values
    )


# sanctions ----------------------------------------------------------------------------------------------
def of_party(speech: Voice, name: str, party: Party) -> list[Announcement]:
    """Every decision against a party, its appeal and its end; what ends several is one entry, told once."""
    place = path_in(path_of_party(name), speech.language, speech.edition.languages)
    about = speech.words(party.name) if party.public and party.name else escaped(name)
    ends = {each.ended.leaf: each for each in party.sanctions if each.ended is not None}
    told = [
        *(_decided(speech, each) for each in party.sanctions),
        *(_appealed(speech, each) for each in party.sanctions if each.appealed is not None),
        *(_ended(speech, party, each) for each in ends.values()),
    ]
    return [
        Announcement(mark, f"party.{kind}", _title(speech, about, what), text, place, party=name)
        for kind, mark, what, text in sorted(told, key=lambda each: each[1].known)
    ]


def _decided(speech: Voice, sanction: Sanction) -> tuple[str, Mark, Html, Html]:
    texts, words = speech.texts, speech.calendar.words
    until = texts["party.without_term"] if sanction.until is None else words(sanction.until)
    lines = [
        (texts["field.reasons"], speech.words(sanction.reasons)),
        (texts["party.decided_by"], speech.party(sanction.by)),
        (texts["party.decided"], words(sanction.mark.effective)),
        (texts["field.until"], until),
    ]
    if sanction.appeal_by is not None:
        lines.append((texts["field.appeal_by"], words(sanction.appeal_by)))
    meaning = texts[f"severity.{sanction.severity}.meaning"]
    text = joined([*(_line(speech, *line) for line in lines), meaning], BREAK)
    return sanction.severity, sanction.mark, texts[f"severity.{sanction.severity}.name"], text


def _appealed(speech: Voice, sanction: Sanction) -> tuple[str, Mark, Html, Html]:
    assert sanction.appealed is not None
    return "appealed", sanction.appealed, speech.texts["kind.party.appealed"], _of(speech, [sanction])


def _ended(speech: Voice, party: Party, one: Sanction) -> tuple[str, Mark, Html, Html]:
    """The end of a decision, with all others that the same entry ended."""
    mark = one.ended
    assert mark is not None
    ended = [each for each in party.sanctions if each.ended is not None and each.ended.leaf == mark.leaf]
    why = speech.say("kind.party.reinstated", reason=speech.word(one.ended_why or "unknown"))
    by = _line(speech, speech.texts["party.ended_by"], speech.party(one.ended_by or "unknown"))
    return "reinstated", mark, why, joined([by, _of(speech, ended)], BREAK)


def _of(speech: Voice, sanctions: Iterable[Sanction]) -> Html:
    """Which decisions it is about: what each was, when it was made, and why."""
    return joined(
        (
            speech.say(
                "feed.decision",
                what=speech.texts[f"severity.{each.severity}.name"],
                time=speech.calendar.words(each.mark.effective),
                reasons=speech.words(each.reasons),
            )
            for each in sanctions
        ),
        BREAK,
    )


# words --------------------------------------------------------------------------------------------------
def _title(speech: Voice, about: Html, what: Html) -> Html:
    return speech.say("feed.item", about=about, what=what)


def _line(speech: Voice, what: Html, value: Html) -> Html:
    return speech.say("feed.line", what=what, value=value)


def _known(told: Announcement) -> int:
    return told.mark.known
