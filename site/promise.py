"""The delivery promise: what was promised, by which rule, how it stands, what was compensated."""

from __future__ import annotations

from collections.abc import Iterator

from mingdan.ledger.rules import prepaid
from mingdan.site.html import Html, Line, escaped
from mingdan.site.standing import Standing


def promise(at: Standing) -> list[Line]:
    """The due time and all that qualifies it; empty where the record promises nothing."""
    return [(at.voice.texts[key], value) for key, value in _lines(at)]


def _lines(at: Standing) -> Iterator[tuple[str, Html]]:
    order, voice = at.order, at.voice
    if order.due_at is not None:
        yield "promise.due", voice.calendar.stamp(order.due_at)
    if order.extended_to is not None:
        yield "promise.extended", voice.calendar.stamp(order.extended_to)
    if order.promised is not None:
        yield "promise.standing", _kept(at, order.promised)
    elif prepaid(order) and at.money is None and at.waiting:
        yield "promise.standing", voice.texts["promise.unpaid"]
    if prepaid(order):
        rule, limit = at.policy, voice.calendar.duration(at.policy.due_in)
        yield (
            "promise.policy",
            voice.say(f"promise.policy_{rule.clock_start}", policy=escaped(rule.id), limit=limit),
        )
    if order.compensated:
        currency = None if order.terms is None else order.terms.currency
        yield "promise.compensated", voice.money(order.compensated, currency)


def _kept(at: Standing, due: int) -> Html:
    say, duration = at.voice.say, at.voice.calendar.duration
    if at.delivered is not None:
        early = due - at.delivered.effective
        return say("promise.early" if early >= 0 else "promise.late", time=duration(early))
    if not at.waiting:
        return at.voice.texts["promise.ended"]
    left = due - at.as_of
    return say("promise.left" if left >= 0 else "promise.over", time=duration(left))
