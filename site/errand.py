"""What an order waits for its buyer to do, and by when: as the record has it, whatever the hour.

What is over is over by an entry, hence a page that says this need not follow a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from mingdan.ledger.event import Offered
from mingdan.ledger.order import NudgeState
from mingdan.ledger.rules import prepaid
from mingdan.site.html import Html, joined
from mingdan.site.standing import Standing, worded
from mingdan.site.whereabouts import wanted_of_buyer


def errands(at: Standing) -> Iterator[Html]:
    """Each in a sentence: to pay, to see to the recipient, to answer an offer; none of an imported order."""
    order = at.order
    if order.imported:
        return
    yield from _payment(at)
    if at.waiting and (wanted := wanted_of_buyer(order)) is not None:
        yield _recipient(at, wanted)
    for nudge in order.nudges:
        if nudge.closed is None and nudge.by_when is not None:
            yield _offer(at, nudge, nudge.by_when)


def _payment(at: Standing) -> Iterator[Html]:
    order, limit = at.order, at.policy.pay_within
    if at.waiting and prepaid(order) and order.money_in is None and order.placed is not None and limit:
        yield at.voice.say("errand.pay", time=at.voice.calendar.words(order.placed.effective + limit))


def _recipient(at: Standing, wanted: str) -> Html:
    """What to do, whom to ask where no form takes it, and what holds meanwhile."""
    voice = at.voice
    told = [voice.texts[worded(at, f"errand.{wanted}")]]
    if at.order.terms is not None and at.order.terms.form == "card":
        told.append(voice.say("errand.with_seller", party=_seller(at)))
    told += _meanwhile(at)
    return reduce(lambda one, more: voice.say("page.sentences", first=one, second=more), told)


def _meanwhile(at: Standing) -> Iterator[Html]:
    """Whether the wait counts as lateness is the policy's to say; the due time stands either way."""
    if "recipient" in at.policy.pauses:
        yield at.voice.texts["errand.paused"]
    if at.order.promised is not None:
        yield at.voice.say("errand.due", due=at.voice.calendar.words(at.order.promised))


def _offer(at: Standing, nudge: NudgeState, by: int) -> Html:
    """What can be chosen, and from whom; the wait for an answer ends by itself."""
    voice, facts = at.voice, [each.event for each in at.entries.values()]
    offered = [each.option for each in facts if isinstance(each, Offered) and each.nudge == nudge.nudge]
    options = joined(dict.fromkeys(map(voice.word, offered)), voice.texts["page.comma"])
    return voice.say("errand.offer", options=options, party=_seller(at), time=voice.calendar.words(by))


def _seller(at: Standing) -> Html:
    return at.voice.party("platform" if at.order.terms is None else at.order.terms.platform)
