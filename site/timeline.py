"""Every entry of an order in words: what was said, by whom, both clocks, and what was later taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from string import Formatter
from typing import Literal, NamedTuple, get_args, get_origin

from markupsafe import Markup, escape
from msgspec.structs import fields

from mingdan.ledger.entry import Entry
from mingdan.ledger.event import KIND_OF, PRIVATE, Disavowed, Event
from mingdan.ledger.order import Order
from mingdan.site.voice import Voice

_INSTANTS = {"as_of", "by_when", "due_at", "eta", "expected_start", "review_by"}
_ENTRIES = {"corrected_by", "entries", "entry", "of"}
_PARTIES = {"attributable_to", "decider", "holder", "merchant", "platform", "to"}
_FREE = {"cause", "field", "label", "reason"}
_SPEAKERS = {None: "timeline.speaks", "observed": "timeline.observed", "backfill": "timeline.backfill"}
_DOT = Markup(" · ")
_LINK = Markup('<a href="#e{}">{}</a>')
_ELSEWHERE = Markup("<code>{}…</code>")


class Told(NamedTuple):
    """One entry as the page shows it."""

    seq: int
    what: Markup
    speaker: Markup
    clocks: Markup
    details: Markup
    undone: Markup  # by which entry it was disavowed, or empty
    odd: Markup  # the rule it broke, or empty


class Story(NamedTuple):
    """What an order's entries are told with: the voice, the currency, where each leaf (hex) stands."""

    voice: Voice
    currency: str | None
    seqs: dict[str, int]

    def link(self, leaf: str) -> Markup:
        """The entry's number, linked to where the page shows it; the hash of one that is elsewhere."""
        seq = self.seqs.get(leaf)
        if seq is None:
            return _ELSEWHERE.format(leaf[:12])
        return _LINK.format(seq, self.voice.say("order.entry", seq=seq))


class Plan(NamedTuple):
    """How a kind is told: the fields its phrase speaks, those beside it, which are closed lists."""

    key: str
    named: tuple[str, ...]
    beside: tuple[str, ...]
    private: tuple[str, ...]
    closed: frozenset[str]


def story(voice: Voice, order: Order, entries: Sequence[Entry]) -> Story:
    currency = None if order.terms is None else order.terms.currency
    return Story(voice, currency, {each.leaf.hex(): each.seq for each in entries})


def timeline(story: Story, order: Order, entries: Sequence[Entry]) -> list[Told]:
    """The entries, newest first."""
    undone = {each.event.entry: each.leaf.hex() for each in entries if isinstance(each.event, Disavowed)}
    odd = {each.leaf: each.rule for each in order.irregularities}
    return [_told(story, each, undone.get(each.leaf.hex()), odd.get(each.leaf)) for each in reversed(entries)]


def _told(story: Story, entry: Entry, undone: str | None, odd: str | None) -> Told:
    voice, event = story.voice, entry.event
    plan = _plan(type(event), voice.language, voice.texts[f"kind.{entry.kind}"])
    return Told(
        seq=entry.seq,
        what=voice.say(plan.key, **{name: _shown(story, plan, event, name) for name in plan.named}),
        speaker=voice.say(_SPEAKERS[entry.basis], party=voice.party(entry.by)),
        clocks=_DOT.join(_clocks(voice, entry)),
        details=_DOT.join(_details(story, plan, event)),
        undone=Markup() if undone is None else voice.say("timeline.disavowed", entry=story.link(undone)),
        odd=Markup() if odd is None else voice.say("timeline.irregular", rule=voice.texts[f"rule.{odd}"]),
    )


def _clocks(voice: Voice, entry: Entry) -> Iterator[Markup]:
    """When it happened, when it was known, how long that took; imported: also when we were told."""
    stamp = voice.calendar.stamp
    yield voice.say("timeline.happened", time=stamp(entry.at))
    known = entry.recorded
    if entry.basis == "backfill":
        if entry.learned is not None:
            yield voice.say("timeline.learned", time=stamp(entry.learned, beside=entry.at))
            yield lag(voice, entry.learned - entry.at)
        yield voice.say("timeline.imported", time=stamp(known, beside=entry.at))
    else:
        yield voice.say("timeline.recorded", time=stamp(known, beside=entry.at))
        yield lag(voice, known - entry.at)


def lag(voice: Voice, ms: int) -> Markup:
    """How long (ms) after it happened a fact was known."""
    if abs(ms) < 1000:
        return voice.texts["timeline.now"]
    return voice.say("timeline.lag" if ms > 0 else "timeline.early", lag=voice.calendar.duration(ms))


def _details(story: Story, plan: Plan, event: Event) -> Iterator[Markup]:
    say, words = story.voice.say, story.voice.texts
    for name in plan.beside:
        if getattr(event, name) not in (None, False, ()):
            yield say("timeline.detail", label=words[f"field.{name}"], value=_shown(story, plan, event, name))
    kept = [words[f"field.{name}"] for name in plan.private if getattr(event, name) is not None]
    if kept:
        yield say("timeline.private", fields=words["page.comma"].join(kept))


def _shown(story: Story, plan: Plan, event: Event, name: str) -> Markup:  # long: one case for each shape
    voice, value = story.voice, getattr(event, name)
    match value:
        case bool():
            return voice.texts["page.yes" if value else "page.no"]
        case int() if name in _INSTANTS:
            return voice.calendar.stamp(value)
        case int() if name == "amount":
            return voice.money(value, story.currency)
        case int():
            return escape(f"{value:,}")
        case tuple():
            return voice.listed(story.link(leaf) for leaf in value)
        case str() if name in plan.closed:
            return voice.word(value)
        case str() if name in _ENTRIES:
            return story.link(value)
        case str() if name in _PARTIES:
            return voice.party(value)
        case str() if name == "stage":
            return voice.stage(value)
        case str() if name in _FREE:
            return voice.words(value)
        case _:
            return escape(value)


@cache
def _plan(fact: type[Event], _language: str, phrase: Markup) -> Plan:
    named = tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(phrase) if name))
    private = PRIVATE.get(fact, ())
    spoken = {*named, *private, "currency"}  # an amount says its currency
    names = [field.name for field in fields(fact)]
    return Plan(
        key=f"kind.{KIND_OF[fact]}",
        named=named,
        beside=tuple(name for name in names if name not in spoken),
        private=private,
        closed=frozenset(field.name for field in fields(fact) if _is_closed(field.type)),
    )


def _is_closed(annotation: object) -> bool:
    """Whether a field's type is a list of literals, perhaps with None."""
    return get_origin(annotation) is Literal or any(
        get_origin(each) is Literal for each in get_args(annotation)
    )
