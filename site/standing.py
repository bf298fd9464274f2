"""Where an order stands: one sentence, the four steps, what qualifies them, and what needs attention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mingdan.ledger.entry import Entry
from mingdan.ledger.event import Cancelled, Completed, DeliveryReversed
from mingdan.ledger.mark import Mark
from mingdan.ledger.market.sku import Paced
from mingdan.ledger.order import Order
from mingdan.ledger.policy import Policy
from mingdan.ledger.rules import prepaid
from mingdan.ledger.status import STEPS, Status, status
from mingdan.site.html import NOTHING, Html, Line
from mingdan.site.number import count
from mingdan.site.timeline import Story, story
from mingdan.site.voice import Voice
from mingdan.site.whereabouts import completes_at, delivery, is_waiting, next_step, whereabouts


class Standing(NamedTuple):
    """An order at an instant (ms UTC), with all it takes to say how it stands."""

    voice: Voice
    order: Order
    policy: Policy
    pace: Paced
    as_of: int
    status: Status
    story: Story
    entries: dict[bytes, Entry]

    @property
    def delivered(self) -> Mark | None:
        return delivery(self.order)

    @property
    def money(self) -> Mark | None:
        return self.order.money_in

    @property
    def waiting(self) -> bool:
        """Whether a delivery is still to come."""
        return is_waiting(self.order, self.status)


def standing(voice: Voice, order: Order, entries: Sequence[Entry], policy: Policy, pace: Paced) -> Standing:
    as_of = voice.edition.sealed
    by_leaf = {each.leaf: each for each in entries}
    told = story(voice, order, entries)
    return Standing(voice, order, policy, pace, as_of, status(order, as_of), told, by_leaf)


def words_of(at: Standing, part: str) -> Html:
    """The fixed text of the status: its name, meaning, not_yet or next."""
    step, side, _ = at.status
    return at.voice.texts[f"step.{step}.{part}" if side == "none" else f"side.{side}.{part}"]


def sentence(at: Standing) -> Html:
    """Where it is, who holds it since when, how much came, what is disputed, and by when it is promised."""
    told = _where(at)
    for more in (_part(at), _ruling(at), _by_when(at)):
        told = at.voice.say("page.sentences", first=told, second=more) if more else told
    return told


def what_next(at: Standing) -> Html:
    """Who acts next: by the side, else by the stage that holds a waiting order, else by the step."""
    told, by = next_step(at.order, at.status), completes_at(at.order, at.policy)
    if told == "step.shipped" and by is not None:
        return at.voice.say("order.next_confirm", time=at.voice.calendar.words(by))
    if told == "side.held" and (hold := at.order.hold) is not None:
        return at.voice.say(f"order.next_{hold.on_timeout}", time=at.voice.calendar.words(hold.review_by))
    return at.voice.texts["order.next_unknown" if told == "unknown" else f"{worded(at, told)}.next"]


def worded(at: Standing, key: str) -> str:
    """The key of what is said of its recipient: of a card it is where that goes, no account to charge."""
    of_card = at.order.terms is not None and at.order.terms.form == "card"
    return f"{key}_card" if of_card and key in _OF_RECIPIENT else key


def steps(at: Standing) -> list[Html]:
    """The four public steps as list items: done, missing, current or ahead."""
    current = STEPS.index(at.status.step)
    marks = (at.money, _verified(at.order), at.delivered, at.order.completed)
    return [_step(at, place, STEPS[place], mark, current) for place, mark in enumerate(marks, 1)]


def side_lines(at: Standing) -> list[Line]:
    """Why the order is aside, until when, and what the record says of it."""
    return [(at.voice.texts[key], value) for key, value in _aside(at)]


def _where(at: Standing) -> Html:
    told, voice = whereabouts(at.order, at.status), at.voice
    if told.since is None:
        return voice.texts[f"where.{told.what}"]
    holder = voice.party(told.holder or "unknown")
    return voice.say(
        worded(at, f"where.{told.what}"),
        since=voice.calendar.words(told.since),
        elapsed=voice.calendar.duration(at.as_of - told.since),
        holder=holder,
        platform=holder,
        stage=voice.stage(told.stage or "unknown"),
        by=_ended_by(at, told.what),
        evidence=voice.word(at.order.evidence or "unknown"),
    )


def _part(at: Standing) -> Html:
    """How many of the units came, where some did and not all."""
    units, qty = at.order.units, at.order.qty or 1
    if not 0 < units < qty:
        return NOTHING
    told = "where.part" if at.waiting else "where.part_ended"
    return at.voice.say(told, units=count(units), qty=count(qty))


def _ruling(at: Standing) -> Html:
    """Since when it has been disputed, and who is to decide."""
    if at.status.side != "disputed":
        return NOTHING
    dispute, terms = at.order.open_disputes[-1], at.order.terms
    opened = at.voice.calendar.words(dispute.mark.effective)
    judge = dispute.escalated_to or (terms.platform if terms is not None else "unknown")
    return at.voice.say("where.disputed", since=opened, judge=at.voice.party(judge))


def _ended_by(at: Standing, what: str) -> Html:
    """Who cancelled or completed it."""
    completed = at.entries.get(b"" if at.order.completed is None else at.order.completed.leaf)
    if what == "cancelled":
        return at.voice.word(at.order.cancelled_by or "unknown")
    by = completed.event.by if completed is not None and isinstance(completed.event, Completed) else "unknown"
    return at.voice.word(by)


def _by_when(at: Standing) -> Html:
    voice, due = at.voice, at.order.promised
    if not at.waiting or (due is None and prepaid(at.order) and at.money is None):
        return NOTHING
    if due is None:
        return voice.texts["by.none"]
    left = voice.calendar.duration(due - at.as_of)
    return voice.say("by.due" if at.as_of <= due else "by.overdue", due=voice.calendar.words(due), left=left)


def _step(at: Standing, place: int, step: str, mark: Mark | None, current: int) -> Html:
    name = at.voice.texts[f"step.{step}.name"]
    if place > current:
        return _point("ahead", name, at.voice.texts["order.step_ahead"])
    if mark is None:
        return _point("missing", name, at.voice.texts["order.step_missing"])
    when = at.voice.calendar.clock(mark.effective)
    return _point('current" aria-current="step' if place == current else "done", name, when)


def _point(state: str, name: Html, when: Html) -> Html:
    return Html(f'<li class="{state}"><b>{name}</b> <span>{when}</span></li>\n')


def _verified(order: Order) -> Mark | None:
    marks = [mark for mark in (order.checked, order.reserved) if mark is not None]
    return max(marks, key=lambda mark: mark.known) if order.recipient == "ok" and len(marks) == 2 else None


def _aside(at: Standing) -> Iterator[tuple[str, Html]]:  # long: one case for each side
    order, voice, say = at.order, at.voice, at.voice.say
    words = voice.calendar.words
    match at.status.side:
        case "queued" if order.queue is not None:
            place = order.queue
            yield "order.reason", say("detail.queue", batch=voice.id(place.batch), position=place.position)
            if place.expected_start is not None:
                yield "order.deadline", say("detail.queue_start", time=words(place.expected_start))
        case "held" if order.hold is not None:
            hold = order.hold
            why = voice.texts.get(f"risk.{hold.rule}")  # a rule of the platform's own only has its name
            if why is not None:
                yield "order.reason", why
            by_rule = say(f"detail.held_{hold.track}", rule=voice.risk(hold.rule))
            yield "order.reason" if why is None else "order.rule", by_rule
            yield "order.deadline", say(f"detail.held_{hold.on_timeout}", time=words(hold.review_by))
            told = hold.noticed
            yield (
                "order.notice",
                voice.texts["detail.not_notified"]
                if told is None
                else say("detail.notified", time=words(told.effective)),
            )
        case "exception" | "overdue":
            yield from _trouble(at)
        case "disputed":
            dispute = order.open_disputes[-1]
            yield "order.claim", voice.claim(dispute.claim)
            yield "order.effect", voice.texts[f"detail.freezes_{dispute.freezes}"]
        case "refunding":
            yield "promise.standing", voice.texts[f"detail.refund_{order.refund}"]
        case "cancelled" if order.cancelled is not None:
            entry = at.entries.get(order.cancelled.leaf)
            if entry is not None and isinstance(entry.event, Cancelled):
                yield "order.reason", voice.known(entry.event.reason)
        case _:
            pass  # refunded and expired say all in their sentence


def _trouble(at: Standing) -> Iterator[tuple[str, Html]]:
    trouble, reversal = at.order.trouble, at.order.reversed
    if trouble is not None:
        yield "order.reason", at.voice.word(trouble.code)
        yield "order.attributed", at.voice.party(trouble.attributable_to)
    elif reversal is not None:
        entry = at.entries.get(reversal.leaf)
        if entry is not None and isinstance(entry.event, DeliveryReversed):
            yield "order.reason", at.voice.known(entry.event.reason)


_OF_RECIPIENT = ("where.confirm", "where.correct", "errand.confirm", "errand.correct")
