"""What the reader of an order's page must not miss: standstills, broken promises, exceptions, odd records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mingdan.ledger.entry import Entry
from mingdan.ledger.event import Disavowed, Notified
from mingdan.ledger.status import violations
from mingdan.ledger.stuck import Stuck, stuck
from mingdan.site.html import Html
from mingdan.site.signpost import to_exception
from mingdan.site.standing import Standing
from mingdan.site.voice import Voice

_ROOT = "../../"  # from an order's page to the site's root


def notices(at: Standing) -> Iterator[Html]:
    """What a reader must not miss: promises broken and odd records."""
    voice, order, say = at.voice, at.order, at.voice.say
    held_up = stuck(order, at.policy, at.as_of, at.pace)
    if held_up is not None and at.waiting:
        yield _held_up(at, held_up)
    yield from _exceptions(voice, list(at.entries.values()))
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


def _held_up(at: Standing, held_up: Stuck) -> Html:
    """That the order stands still: not forwarded in time, or longer in a stage than allowed or usual."""
    calendar, (since, stage, why, limit) = at.voice.calendar, held_up
    spent = {"since": calendar.words(since), "elapsed": calendar.duration(at.as_of - since)}
    if stage == "stock" and why == "limit":
        return at.voice.say("notice.stuck", limit=calendar.duration(limit), **spent)
    name = at.voice.stage(stage)
    return at.voice.say(f"notice.stuck_{why}", limit=calendar.duration(limit), stage=name, **spent)


def _exceptions(speech: Voice, entries: Sequence[Entry]) -> Iterator[Html]:
    """Of which exceptions the buyer was told, each from the first notice of it that was not disavowed."""
    undone = {each.event.entry for each in entries if isinstance(each.event, Disavowed)}
    first: dict[str, Entry] = {}
    for each in entries:
        if isinstance(each.event, Notified) and each.event.about and each.leaf.hex() not in undone:
            first.setdefault(each.event.about, each)
    for name, each in first.items():
        yield speech.say(
            "notice.exception",
            party=speech.party(each.by),
            time=speech.calendar.words(each.mark.effective),
            exception=to_exception(speech, name, _ROOT),
        )
