"""The delivery promise: what was promised, by which rule, how it stands, what lateness is worth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from mingdan.ledger.eta import WHOLE, Eta, eta, waits_since
from mingdan.ledger.fact import BUYER
from mingdan.ledger.market.sku import Paced
from mingdan.ledger.order import Extension, Order
from mingdan.ledger.owed import Owed, owed
from mingdan.ledger.pauses import Span, pauses
from mingdan.ledger.rules import prepaid
from mingdan.ledger.status import ended, ways_out
from mingdan.site import compensation
from mingdan.site.html import Html, Line, joined
from mingdan.site.number import count
from mingdan.site.policy_page import path_of_policy
from mingdan.site.standing import Standing
from mingdan.site.whereabouts import wanted_of_buyer

NoEta = Literal["goods", "hold", "buyer", "pace", "few"]

ROOT = "../../"  # from an order's page to the site's root
_TENTH, _HALF = WHOLE // 10, WHOLE // 2


def promise(at: Standing) -> list[Line]:
    """The due time and all that qualifies it; empty where the record promises nothing."""
    return [(at.voice.texts[key], value) for key, value in _lines(at)]


def _lines(at: Standing) -> Iterator[tuple[str, Html]]:
    order, voice = at.order, at.voice
    if order.due_at is not None:
        yield "promise.due", voice.calendar.clock(order.due_at)
    if order.extended_to is not None:
        yield "promise.extended", _extended(at, order.extensions[-1])
    if order.promised is not None:
        yield "promise.standing", _kept(at, order.promised)
    elif prepaid(order) and at.money is None and at.waiting:
        yield "promise.standing", voice.texts["promise.unpaid"]
    if prepaid(order) or _version(at) is not None:
        rule, limit = at.policy, voice.calendar.duration(at.policy.due_in)
        yield "promise.policy", voice.say(f"promise.policy_{rule.clock_start}", policy=_rule(at), limit=limit)
    yield from _likely(at)
    yield from _worth(at)


def likely(order: Order, pace: Paced, as_of: int) -> Eta | None:
    """By when (ms UTC) such orders were delivered that had waited as long; None where too few had."""
    since = waits_since(order)
    found = None if since is None else eta(pace.delivery, max(0, as_of - since))
    if since is None or found is None:
        return None
    p50, p90 = (None if wait is None else since + wait for wait in (found.p50, found.p90))
    return found._replace(p50=p50, p90=p90)


def unlikely(at: Standing) -> NoEta | None:
    """Why nothing is foretold of an order that is paid and waits; None where nobody would expect it."""
    order = at.order
    if at.money is None or not at.waiting or order.imported or ways_out(order):
        return None
    if order.terms is None or order.terms.sku is None:
        return "goods"
    if order.hold is not None:
        return "hold"
    if wanted_of_buyer(order) is not None:
        return "buyer"
    return "pace" if at.pace.delivery is None else "few"


def _likely(at: Standing) -> Iterator[tuple[str, Html]]:
    found, voice = likely(at.order, at.pace, at.as_of), at.voice
    if found is None:
        why = unlikely(at)
        if why is not None:
            yield "promise.eta", voice.texts[f"promise.no_eta_{why}"]
        return
    told = {
        name: voice.calendar.words(by)
        for name, by in (("p50", found.p50), ("p90", found.p90))
        if by is not None
    }
    reach = "both" if "p90" in told else "half" if "p50" in told else "none"
    if reach != "both" and found.lost > (_TENTH if reach == "half" else _HALF):
        reach += "_lost"
    ground = voice.say("promise.eta_ground", of=voice.texts[f"promise.eta_{found.of}"], n=count(found.n))
    yield (
        "promise.eta",
        voice.say("page.sentences", first=voice.say(f"promise.eta_{reach}", **told), second=ground),
    )


def _kept(at: Standing, due: int) -> Html:
    say, duration = at.voice.say, at.voice.calendar.duration
    if at.delivered is not None:
        came, first = at.delivered.effective, at.order.due_at
        if came > due:
            return say("promise.late", time=duration(due - came))
        in_time = first is None or came <= first
        return say("promise.early" if in_time else "promise.early_extended", time=duration(due - came))
    if not at.waiting:
        return at.voice.texts["promise.ended" if at.status.side != "refunding" else "promise.refunding"]
    left = due - at.as_of
    return say("promise.left" if left >= 0 else "promise.over", time=duration(left))


def _extended(at: Standing, told: Extension) -> Html:
    """Until when, and who says that the buyer agreed if it is not the buyer."""
    until, entry = at.voice.calendar.clock(told.due_at), at.entries.get(told.mark.leaf)
    if entry is None or entry.by == BUYER:
        return until
    return at.voice.say("promise.extended_by", time=until, party=at.voice.party(entry.by))


def _rule(at: Standing) -> Html:
    """The policy; the version of a published one, with the way to its page."""
    name, version, voice = at.policy.id, _version(at), at.voice
    if version is None:
        return voice.policy(name, None)
    path = path_of_policy(name, version, voice.language, voice.edition.languages)
    return Html(f'<a href="{ROOT}{path}">{voice.policy(name, version)}</a>')


def _version(at: Standing) -> int | None:
    """Of a published policy; an order that names none falls under the default one."""
    return None if at.order.terms is None else at.order.terms.policy_version


def _worth(at: Standing) -> Iterator[tuple[str, Html]]:
    """The pauses that applied, and what lateness has come to; else what was paid without a promise."""
    order, voice, found = at.order, at.voice, owed(at.order, at.policy, at.as_of)
    spans = list(_paused(at, found))
    if spans:
        yield "promise.paused", joined(spans, Html("<br>"))
    if at.policy.compensation is not None and found is not None:
        currency = None if order.terms is None else order.terms.currency
        yield "promise.compensation", compensation.in_words(voice, at.policy.compensation, currency)
        if not found.late and not found.paid:
            return
        yield "promise.accrued", _accrued(at, found)
        yield "promise.compensated", _money(at, found.paid)
        yield "promise.owing", _money(at, found.unpaid)
    elif order.compensated:
        yield "promise.compensated", _money(at, order.compensated)


def _accrued(at: Standing, found: Owed) -> Html:
    money, grows = _money(at, found.accrued), found.running and found.late and not _stands_still(at)
    return at.voice.say("promise.accrued_running", money=money) if grows else money


def _stands_still(at: Standing) -> bool:
    """Whether the time that passes now is none that its terms count as lateness."""
    return any(span.until is None for span in pauses(at.order, at.policy.pauses))


def _paused(at: Standing, found: Owed | None) -> Iterator[Html]:
    """The spans that its terms do not count as lateness, as far as the order was paid and open in them."""
    money, duration = at.order.money_in, at.voice.calendar.duration
    if money is None:
        return
    over = _over(at)
    for span in pauses(at.order, at.policy.pauses):
        if (span.until is None or span.until > money.effective) and span.since < over:
            yield _span(at, span)
    if found is not None and found.running and _stands_still(at):
        yield at.voice.texts["promise.paused_stands"]
    if found is not None and found.paused and found.late:
        yield at.voice.say("promise.paused_late", paused=duration(found.paused), late=duration(found.late))


def _span(at: Standing, span: Span) -> Html:
    calendar, until = at.voice.calendar, span.until
    told = {"why": at.voice.texts[f"policy.pause_{span.why}"], "since": calendar.clock(span.since)}
    if until is None:
        return at.voice.say("promise.paused_open", time=calendar.duration(at.as_of - span.since), **told)
    closed = {
        "until": calendar.clock(until, beside=span.since),
        "time": calendar.duration(until - span.since),
    }
    return at.voice.say("promise.paused_span", **told, **closed)


def _over(at: Standing) -> int:
    """When the clock stopped for good, or the page's own instant (ms UTC)."""
    shipment = at.order.in_hand
    mark = ended(at.order) if shipment is None else shipment.since
    return at.as_of if mark is None else min(mark.effective, at.as_of)


def _money(at: Standing, amount: int) -> Html:
    terms = at.order.terms
    return at.voice.money(amount, None if terms is None else terms.currency)
