"""What an order's reader must not miss: facts taken back, standstills, broken promises, odd records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import get_args

from mingdan.ledger.entry import Entry
from mingdan.ledger.event import (
    Compensated,
    Disavowed,
    DisputeDecided,
    Event,
    Notified,
    Paid,
    PaidLate,
    Placed,
    PromiseExtended,
    RefundApproved,
    RefundPaid,
    RefundRequested,
)
from mingdan.ledger.market.incident import Trouble
from mingdan.ledger.status import violations, ways_out
from mingdan.ledger.stuck import Stuck, stuck
from mingdan.site.errand import errands
from mingdan.site.html import NOTHING, Html
from mingdan.site.signpost import to_exception
from mingdan.site.standing import Standing
from mingdan.site.timeline import phrase
from mingdan.site.voice import Voice

_ROOT = "../../"  # from an order's page to the site's root


def notices(at: Standing) -> Iterator[Html]:
    """What a reader must not miss: what waits for the buyer, what the page would say but for a disavowal."""
    voice, order, say = at.voice, at.order, at.voice.say
    yield from errands(at)
    yield from _taken_back(at)
    held_up = stuck(order, at.policy, at.as_of, at.pace)
    if held_up is not None and at.waiting:
        yield _held_up(at, held_up)
    yield from _exceptions(at)
    yield from _rulings(at)
    for rule, leaf in violations(order, at.policy, at.as_of):
        limit = voice.calendar.duration(at.policy.notice_within)
        yield say(f"notice.{rule}", limit=limit, entry=at.story.link(leaf.hex()))
    if order.paid_late is not None:
        yield voice.texts["notice.paid_late"]
    if order.reversed is not None:
        yield voice.texts["notice.reversed"]
    if order.refund == "refused":
        yield voice.texts["notice.refund_refused"]
    if order.refund == "paid" and at.delivered is not None and at.status.step not in ("shipped", "completed"):
        yield voice.texts["notice.delivered_refunded"]
    if order.irregularities:
        yield say("notice.irregular", count=len({each.leaf for each in order.irregularities}))


def _taken_back(at: Standing) -> Iterator[Html]:
    """Facts of money or of a due time that were disavowed: without them an order may look never late."""
    for leaf, (taken, why) in _disavowals(at.entries.values()).items():
        gone = at.entries.get(bytes.fromhex(leaf))
        if gone is not None and isinstance(gone.event, _BINDING):
            said = _without(at, gone, taken, why)
            yield reduce(lambda one, more: at.voice.say("page.sentences", first=one, second=more), said)


def _without(at: Standing, gone: Entry, taken: Entry, why: Disavowed) -> Iterator[Html]:
    """Who took back what, when and why; by when it had promised the delivery; what stands in its place."""
    voice, calendar = at.voice, at.voice.calendar
    yield voice.say(
        "notice.taken_back",
        party=voice.party(taken.by),
        time=calendar.words(taken.mark.effective),
        what=phrase(at.story, gone.event),
        entry=at.story.link(gone.leaf.hex()),
        reason=voice.word(why.reason),
    )
    due = getattr(gone.event, "due_at", None)
    if due is not None:
        yield voice.say("notice.taken_back_due", due=calendar.words(due))
    if why.corrected_by is not None:
        yield voice.say("notice.taken_back_corrected", entry=at.story.link(why.corrected_by))


def _disavowals(entries: Iterable[Entry]) -> dict[str, tuple[Entry, Disavowed]]:
    """The first disavowal of each entry, by the hash (hex) of what it takes back."""
    found: dict[str, tuple[Entry, Disavowed]] = {}
    for each in entries:
        if isinstance(each.event, Disavowed):
            found.setdefault(each.event.entry, (each, each.event))
    return found


def _held_up(at: Standing, held_up: Stuck) -> Html:
    """That the order stands still: not forwarded in time, or longer in a stage than allowed or usual."""
    calendar, (since, stage, why, limit) = at.voice.calendar, held_up
    spent = {"since": calendar.words(since), "elapsed": calendar.duration(at.as_of - since)}
    if stage == "stock" and why == "limit":
        return at.voice.say("notice.stuck", limit=calendar.duration(limit), **spent)
    name = at.voice.stage(stage)
    return at.voice.say(f"notice.stuck_{why}", limit=calendar.duration(limit), stage=name, **spent)


def _exceptions(at: Standing) -> Iterator[Html]:
    """Of which exceptions the buyer was told, each from the first notice of it that was not disavowed.

    None where no delivery is to come. An order is not told of an exception's end: the exception's page is.
    """
    if not at.waiting or ways_out(at.order) or at.order.completed is not None:
        return
    speech, undone = at.voice, _disavowals(at.entries.values())
    first: dict[str, Entry] = {}
    for each in at.entries.values():
        if isinstance(each.event, Notified) and each.event.about and each.leaf.hex() not in undone:
            first.setdefault(each.event.about, each)
    for name, each in first.items():
        yield speech.say(
            "notice.exception",
            party=speech.party(each.by),
            time=speech.calendar.words(each.mark.effective),
            exception=to_exception(speech, name, _told(speech, each.event, name), _ROOT),
        )


def _rulings(at: Standing) -> Iterator[Html]:
    """What was decided of each dispute that is closed, by whom and when; by when it can be appealed."""
    voice, words = at.voice, at.voice.calendar.words
    for each in at.order.disputes:
        ruling = None if each.closed is None else at.entries.get(each.closed.leaf)
        if ruling is None or not isinstance(ruling.event, DisputeDecided):
            continue
        told = voice.say(
            "notice.ruling",
            claim=voice.claim(each.claim),
            party=voice.party(ruling.event.decider),
            time=words(ruling.mark.effective),
            outcome=voice.word(ruling.event.outcome),
            entry=at.story.link(ruling.leaf.hex()),
        )
        until = ruling.event.appeal_by
        appeal = NOTHING if until is None else voice.say("notice.ruling_appeal", time=words(until))
        yield voice.say("page.sentences", first=told, second=appeal) if appeal else told


def _told(speech: Voice, event: Event, name: str) -> Html:
    """An exception by its kind, where the notice was the ledger's own and says it; else by its id."""
    kind = event.template.removeprefix("exception.") if isinstance(event, Notified) else ""
    return speech.texts[f"word.{kind}"] if kind in get_args(Trouble) else speech.id(name)


_BINDING = (
    Placed,
    Paid,
    PaidLate,
    PromiseExtended,
    Compensated,
    RefundRequested,
    RefundApproved,
    RefundPaid,
)
