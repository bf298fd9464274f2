"""Every entry of an order in words: what was said, by whom, both clocks, and what was later taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from string import Formatter
from typing import Literal, NamedTuple, get_args, get_origin

from msgspec.structs import fields

from mingdan.ledger.entry import Entry
from mingdan.ledger.event import KIND_OF, PRIVATE, Disavowed, Event, Located, RecipientChecked, RiskHeld
from mingdan.ledger.order import Order
from mingdan.site.html import DOT, Html, escaped, joined
from mingdan.site.texts import texts
from mingdan.site.voice import Voice

_INSTANTS = {"appeal_by", "as_of", "by_when", "due_at", "eta", "expected_end", "expected_start", "review_by"}
_ENTRIES = {"corrected_by", "entries", "entry", "of"}
_PARTIES = {"attributable_to", "decider", "holder", "merchant", "platform", "tier", "to"}
_FREE = {"cause", "label", "reason"}
_NUMBERS = {"about", "batch", "dispute", "into", "nudge", "reservation"}
_ALONG = {"policy_version": "policy"}  # what another field's words say as well
_SPEAKERS = {None: "timeline.speaks", "observed": "timeline.observed", "backfill": "timeline.backfill"}


class Story(NamedTuple):
    """What an order's entries are told with: the voice, the currency, where each leaf (hex) stands."""

    voice: Voice
    currency: str | None
    seqs: dict[str, int]

    def link(self, leaf: str) -> Html:
        """The entry's number, linked to where the page shows it; the hash of one that is elsewhere."""
        seq = self.seqs.get(leaf)
        if seq is None:
            return Html(f"<code>{escaped(leaf[:12])}…</code>")
        return Html(f'<a href="#e{seq}">{self.voice.say("order.entry", seq=seq)}</a>')


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


def timeline(story: Story, order: Order, entries: Sequence[Entry]) -> list[Html]:
    """The entries as list items, newest first."""
    undone = {each.event.entry: each.leaf.hex() for each in entries if isinstance(each.event, Disavowed)}
    odd = {each.leaf: each.rule for each in order.irregularities}
    return [_item(story, each, undone.get(each.leaf.hex()), odd.get(each.leaf)) for each in reversed(entries)]


def phrase(story: Story, event: Event) -> Html:
    """What a fact says, in one phrase."""
    plan = _plan(type(event), story.voice.language)
    nowhere = isinstance(event, Located) and event.stage == "none"
    key = "timeline.located_nowhere" if nowhere else plan.key
    return story.voice.say(key, **{name: _shown(story, plan, event, name) for name in plan.named})


def _item(story: Story, entry: Entry, undone: str | None, odd: str | None) -> Html:
    """One entry; `undone` is the leaf (hex) that disavows it, `odd` the rule that it broke."""
    voice, event, say = story.voice, entry.event, story.voice.say
    plan, what = _plan(type(event), voice.language), phrase(story, event)
    clocks, speech = joined(_clocks(voice, entry), DOT), joined(_speech(story, plan, entry), DOT)
    marks = []
    if undone is not None:
        what = Html(f"<del>{what}</del>")
        marks.append(say("timeline.disavowed", entry=story.link(undone)))
    if odd is not None:
        marks.append(say("timeline.irregular", rule=voice.texts[f"rule.{odd}"]))
    noted = joined(Html(f'<p class="mark">{mark}</p>') for mark in marks)
    told = f"<p>{what}</p><p>{clocks}</p><p>{speech}</p>{noted}"
    return Html(f'<li id="e{entry.seq}">{told}</li>\n')


def _clocks(voice: Voice, entry: Entry) -> Iterator[Html]:
    """When it happened, when it was known, how long that took; imported: also when we were told."""
    clock = voice.calendar.clock
    yield voice.say("timeline.happened", time=clock(entry.at))
    known = entry.recorded
    if entry.basis == "backfill":
        if entry.learned is not None:
            yield voice.say("timeline.learned", time=clock(entry.learned, beside=entry.at))
            yield lag(voice, entry.learned - entry.at)
        yield voice.say("timeline.imported", time=clock(known, beside=entry.at))
    else:
        yield voice.say("timeline.recorded", time=clock(known, beside=entry.at))
        yield lag(voice, known - entry.at)


def lag(voice: Voice, ms: int) -> Html:
    """How long (ms) after it happened a fact was known."""
    if abs(ms) < 1000:
        return voice.texts["timeline.now"]
    return voice.say("timeline.lag" if ms > 0 else "timeline.early", lag=voice.calendar.duration(ms))


def _speech(story: Story, plan: Plan, entry: Entry) -> Iterator[Html]:
    say, words, event = story.voice.say, story.voice.texts, entry.event
    yield say(_SPEAKERS[entry.basis], party=story.voice.party(entry.by))
    if entry.sig is not None:
        key = Html(f"<code>{escaped(entry.sig.key)}</code>")
        yield say("timeline.signed", party=story.voice.party(entry.by), key=key)
    for name in plan.beside:
        told_already = getattr(event, _ALONG.get(name, ""), None)
        if not told_already and getattr(event, name) not in (None, False, ()):
            yield say("timeline.detail", label=words[f"field.{name}"], value=_shown(story, plan, event, name))
    kept = [words[f"field.{name}"] for name in plan.private if getattr(event, name) is not None]
    if kept:
        yield say("timeline.private", fields=joined(kept, words["page.comma"]))


def _shown(story: Story, plan: Plan, event: Event, name: str) -> Html:  # long: one case for each shape
    voice, value = story.voice, getattr(event, name)
    match value:
        case bool():
            return voice.texts["page.yes" if value else "page.no"]
        case int() if name in _INSTANTS:
            return voice.calendar.clock(value)
        case int() if name == "amount":
            return voice.money(value, story.currency)
        case int():
            return escaped(f"{value:,}")
        case tuple():
            return joined((story.link(leaf) for leaf in value), voice.texts["page.comma"])
        case str() if name in plan.closed:
            return voice.word(value)
        case str() if name in _ENTRIES:
            return story.link(value)
        case str() if name in _PARTIES:
            return voice.party(value)
        case str() if name == "stage":
            return voice.stage(value)
        case str() if name == "sku":
            return voice.goods(value)
        case str() if name == "channel":
            return voice.texts.get(f"channel_name.{value}") or voice.words(value)
        case str() if name == "field":
            return voice.texts.get(f"account.{value}") or voice.words(value)
        case str() if name == "template":
            return template(voice, value)
        case str() if name == "rule":
            return _rule(voice, event, value)
        case str() if name == "policy":
            return voice.policy(value, getattr(event, "policy_version", None))
        case str() if name in _NUMBERS:
            return voice.id(value)
        case str() if name == "claim":
            return voice.claim(value)
        case str() if name in _FREE:
            return voice.known(value)
        case _:
            return escaped(value)


def template(voice: Voice, value: str) -> Html:
    """What a buyer was told, where it is the ledger's own notice; else what the sender calls it."""
    match value.partition("."):
        case "exception", _, str(kind) if kind:
            return voice.say("timeline.template_exception", kind=voice.word(kind))
        case "risk", _, str(rule) if rule:
            return voice.say("timeline.template_risk", rule=voice.risk(rule))
        case _:
            return voice.texts.get(f"template.{value}") or voice.id(value)


def _rule(voice: Voice, event: Event, value: str) -> Html:
    """A rule that holds an order, that reads its recipient, or that reckons what lateness is worth."""
    match event:
        case RiskHeld():
            return voice.risk(value)
        case RecipientChecked():
            return voice.texts.get(f"account_rule.{value}") or voice.id(value)
        case _:
            policy, _, version = value.rpartition("-v")
            known = version.isdecimal() and f"{policy}/{version}" in voice.names.policies
            return voice.policy(policy, int(version)) if known else voice.id(value)


@cache
def _plan(fact: type[Event], language: str) -> Plan:
    phrase = texts(language)[f"kind.{KIND_OF[fact]}"]
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
