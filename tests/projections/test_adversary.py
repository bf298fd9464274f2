"""What a seller may tell, withhold, date back or take back: its on-time rate never rises by it.

Guaranteed for every order whose due time is recorded, against whatever the ledger takes in of a seller's
words, its own and those that it puts into the buyer's mouth: it stays in the cohort, and it counts as on
time only if it was, or was late by less than a report may be; as known then only if it was. Out of reach are
orders and payments that were never recorded, or late, deliveries that never were, and a reversal that is
withheld; so are a buyer's cancellation that never was, if it is recorded by the due time, and a late payment
or a reversal that is taken back before then, which comes to the same. These are for receipts and for the
buyer's page to show.
"""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.decide import decide
from mingdan.ledger.entry import Entry
from mingdan.ledger.errors import IllegalTransition, NotFound, TimeRefused
from mingdan.ledger.evolve import evolve
from mingdan.ledger.keeping.named import check_named
from mingdan.ledger.mark import TOLERANCE
from mingdan.ledger.order import Order
from mingdan.ledger.policy import DAY, HOUR, MINUTE, Policy
from mingdan.projections import delay
from mingdan.projections.on_time import due, on_time
from mingdan.projections.views import delays

from ..ledger.told import STREAM, leaf
from .told import HASH, NOON

SELLER = "kamao"  # it runs the platform as well: all words are its own but the buyer's
DUE = NOON + HOUR
AS_OF = NOON + 2 * DAY


class Told(NamedTuple):
    """A fact: when it is said to have happened, when it is recorded (ms UTC), and by whom."""

    at: int
    recorded: int
    by: str
    event: e.OrderEvent


def happened(minute: int, event: e.OrderEvent, by: str = SELLER) -> Told:
    """Told as it happens."""
    return Told(NOON + minute * MINUTE, NOON + minute * MINUTE, by, event)


PLACED = e.Placed(
    amount=100, currency="CNY", merchant=SELLER, platform=SELLER, policy="default", qty=1, sku="card-100"
)
BOUGHT = [happened(0, PLACED), happened(0, e.Paid(due_at=DUE))]
DELIVERED = e.Delivered(evidence="shown_to_buyer")
REVERSED = e.DeliveryReversed(reason="卡密无效")
BY_SELLER = e.Cancelled(by="merchant", reason="无货")
BUYER = "buyer"
BY_BUYER = e.Cancelled(by="buyer", reason="不要了")
PAID_AFTER_ALL = e.PaidLate(after="cancelled", due_at=DUE)
REINSTATED = e.Reinstated(reason="弄错了")
GIVEN_UP = [BOUGHT[0], happened(0, BY_BUYER, BUYER), happened(0, PAID_AFTER_ALL)]


def recorded(story):
    """The order as the ledger has it: what it refuses is not told."""
    order, there = Order(), {}
    for at, now, by, event in sorted(story, key=lambda each: each.recorded):
        claim = Claim(stream=STREAM, by=by, event=event)
        if now <= DUE and _as_if_never_told(event, there):
            continue
        try:
            check_named(claim, there)
            decided = decide(order, claim, Policy(), at=at, now=now)
        except (IllegalTransition, NotFound, TimeRefused):
            continue
        there[leaf(order.seq)] = by, e.KIND_OF[type(decided)]
        order = evolve(order, _entry(order, decided, at, now, by))
    return order


def _as_if_never_told(event, there):
    """Whether this takes back a reversal or money that came late."""
    _, kind = there.get(bytes.fromhex(event.entry), ("", "")) if isinstance(event, e.Disavowed) else ("", "")
    return kind in (e.KIND_OF[e.DeliveryReversed], e.KIND_OF[e.PaidLate])


def _entry(order, event, at, now, by):
    return Entry(
        at=at,
        basis=None,
        by=by,
        event=event,
        leaf=leaf(order.seq),
        learned=None,
        prev=None,
        recorded=now,
        seq=order.seq + 1,
        stream=STREAM,
    )


def counted(story):
    row = zip(delays.columns.keys(), delay.row(recorded(story)), strict=True)
    return due(SimpleNamespace(**dict(row)), AS_OF, "UTC")


def at_best(story):
    """What becomes of it with its deliveries said to have been as much earlier as a report may be."""
    return counted(
        told._replace(at=max(NOON, told.at - TOLERANCE)) if told.event == DELIVERED else told
        for told in story
    )


# what truly happened, told at once ---------------------------------------------------------------------
PROMPT = st.integers(1, 60)
HARDLY_LATE = st.integers(61, 60 + TOLERANCE // MINUTE)
LATE = st.integers(61, 1_000)


@st.composite
def truths(draw):
    first = draw(st.one_of(PROMPT, HARDLY_LATE, LATE))
    ending = draw(
        st.sampled_from(
            ["delivered", "reversed", "never", "cancelled", "by the buyer", "refunded", "paid after all"]
        )
    )
    match ending:
        case "delivered":
            return [*BOUGHT, happened(first, DELIVERED)]
        case "reversed":
            again = [happened(first + 9, DELIVERED)] if draw(st.booleans()) else []
            return [*BOUGHT, happened(first, DELIVERED), happened(first + 5, REVERSED), *again]
        case "cancelled":
            return [*BOUGHT, happened(first, BY_SELLER)]
        case "by the buyer":
            return [*BOUGHT, happened(first, BY_BUYER, BUYER)]
        case "paid after all":
            return [*GIVEN_UP, happened(first, DELIVERED)] if draw(st.booleans()) else GIVEN_UP
        case "refunded":
            asked, paid = e.RefundRequested(amount=100), e.RefundPaid(amount=100)
            return [*BOUGHT, happened(first, asked, BUYER), happened(first + 5, paid)]
        case _:
            return BOUGHT


# what the seller makes of it ---------------------------------------------------------------------------
MINUTES = st.integers(0, 1_200)
BACK = st.one_of(st.integers(0, TOLERANCE), st.integers(0, HOUR))
NAMES = st.sampled_from([SELLER, BUYER])
SAID = st.sampled_from(
    [
        BY_SELLER,
        BY_BUYER,
        REINSTATED,
        e.Expired(),
        e.Paid(due_at=DUE + DAY),
        e.PaidLate(after="cancelled", due_at=DUE + DAY),
        e.PromiseExtended(consent=HASH, due_at=DUE + DAY),
        e.RiskHeld(on_timeout="release", review_by=DUE + DAY, rule="velocity", track="manual"),
        e.StockShort(available=0, needed=1),
        e.DisputeOpened(claim="late", dispute="d", freezes="delivery"),
        e.RefundRequested(amount=100),
        e.RefundPaid(amount=100),
        REVERSED,
    ]
)


def own(story):
    """The numbers of what the seller may withhold or tell otherwise."""
    return [
        number
        for number, told in enumerate(story)
        if told.by == SELLER and told not in BOUGHT and told.event not in (REVERSED, PAID_AFTER_ALL)
    ]


@st.composite
def lies(draw, story):
    """The same story after up to six of the seller's lies."""
    for _ in range(draw(st.integers(1, 6))):
        lie = draw(st.sampled_from([withheld, told_late, dated_back, said, forged, taken_back, revived]))
        story = lie(draw, story)
    return story


def withheld(draw, story):
    number = draw(st.sampled_from([None, *own(story)]))
    return [told for place, told in enumerate(story) if place != number]


def told_late(draw, story):
    """Recorded later than it happened, and said to have happened whenever; a reversed one before that."""
    last = max((told.recorded for told in story if told.event == REVERSED), default=NOON)
    numbers = [number for number in own(story) if story[number].recorded > last]
    if not numbers:
        return story
    number, late = draw(st.sampled_from(numbers)), draw(MINUTES) * MINUTE
    told = story[number]
    changed = told._replace(recorded=told.recorded + late, at=told.at + draw(st.integers(0, late)))
    return [*story[:number], changed, *story[number + 1 :]]


def dated_back(draw, story):
    """Told when it happened, or once more, and said to have happened before."""
    numbers = own(story)
    if not numbers:
        return story
    told = story[draw(st.sampled_from(numbers))]
    back = draw(st.integers(1, DAY))
    again = told._replace(at=told.recorded - back, recorded=told.recorded + draw(st.integers(0, 5)))
    return [*story, again] if draw(st.booleans()) else [again if each is told else each for each in story]


def said(draw, story):
    """In whosever name, but for a cancellation in the buyer's that is recorded by the due time."""
    event, by = draw(SAID), draw(NAMES)
    overdue = (event, by) == (BY_BUYER, BUYER)
    told = happened(draw(st.one_of(HARDLY_LATE, LATE) if overdue else MINUTES), event, by)
    return [*story, told._replace(at=told.recorded - draw(BACK))]


def forged(draw, story):
    """Once it is due its buyer is said to have cancelled in time."""
    told = happened(draw(HARDLY_LATE), BY_BUYER, BUYER)
    return [*story, told._replace(at=draw(st.integers(told.recorded - TOLERANCE, DUE)))]


def taken_back(draw, story):
    """Any fact that is recorded by then, its own or not, and said to have been taken back before."""
    number = draw(st.integers(0, len(story)))
    told = happened(draw(MINUTES), did_not_occur(number), draw(NAMES))
    return [*story, told._replace(at=told.recorded - draw(BACK))]


def revived(draw, story):
    """What undid a delivery or a cancellation is taken back once the due time has passed."""
    told = sorted(story, key=lambda each: each.recorded)
    numbers = [number for number, each in enumerate(told) if each.event in (REVERSED, PAID_AFTER_ALL)]
    if not numbers:
        return story
    back = happened(draw(st.integers(61, 1_200)), did_not_occur(draw(st.sampled_from(numbers))))
    return [*story, back._replace(at=draw(st.integers(DUE, back.recorded)))]


def did_not_occur(number):
    """Of the entry after so many others."""
    return e.Disavowed(entry=leaf(number).hex(), reason="did_not_occur")


@st.composite
def lied_about(draw):
    """A truthful story, and what the seller makes of it."""
    truth = draw(truths())
    return truth, draw(lies(truth))


@given(lied_about())
def test_no_lie_takes_an_order_out_of_the_cohort_or_makes_it_one_on_time(stories):
    truth, lie = (counted(story) for story in stories)

    assert lie.at == truth.at == DUE
    assert at_best(stories[0]).verdict == "on_time" or lie.verdict != "on_time"
    assert truth.known or not lie.known
    assert truth.verdict == "spared" or lie.verdict != "spared"
    assert PAID_AFTER_ALL not in (told.event for told in stories[0]) or lie.verdict != "spared"


@given(st.lists(st.one_of(lied_about(), truths().map(lambda story: (story, story))), min_size=1, max_size=6))
def test_no_lie_raises_the_on_time_rate(platform):
    truths, lies = zip(*platform, strict=True)
    truth, best, lie = (
        on_time(map(count, stories), DUE)
        for count, stories in ((counted, truths), (at_best, truths), (counted, lies))
    )

    assert_no_better(lie.strict, best.strict)
    assert_no_better(lie.known_then, truth.known_then)


def assert_no_better(lie, truth):
    assert lie.numerator <= truth.numerator
    assert lie.denominator >= truth.denominator
    if truth.denominator:
        assert Fraction(lie.numerator, lie.denominator) <= Fraction(truth.numerator, truth.denominator)


PROMPTLY, TOO_LATE = [*BOUGHT, happened(9, DELIVERED)], [*BOUGHT, happened(90, DELIVERED)]
NOT_WANTED = [*BOUGHT, happened(9, BY_BUYER, BUYER)]


@pytest.mark.parametrize(
    ("story", "verdict"),
    [
        (PROMPTLY, "on_time"),
        (BOUGHT, "undelivered"),
        ([*BOUGHT, happened(90, DELIVERED)._replace(at=NOON + HOUR)], "same_day"),
        ([*BOUGHT, happened(75, DELIVERED)._replace(at=NOON + HOUR)], "on_time"),
        ([*PROMPTLY, happened(80, REVERSED)], "undelivered"),
        ([*PROMPTLY, happened(80, REVERSED), happened(81, DELIVERED)._replace(at=NOON)], "same_day"),
        ([*BOUGHT, happened(59, e.PromiseExtended(consent=HASH, due_at=AS_OF)), *TOO_LATE[2:]], "same_day"),
        ([*TOO_LATE, happened(95, did_not_occur(1))], "same_day"),
        ([*PROMPTLY, happened(50, REVERSED), happened(61, did_not_occur(3))._replace(at=DUE)], "same_day"),
        ([*PROMPTLY, happened(80, REVERSED), happened(90, did_not_occur(3))], "same_day"),
        (GIVEN_UP, "undelivered"),
        ([*GIVEN_UP, happened(9, DELIVERED)], "on_time"),
        ([*GIVEN_UP, happened(61, did_not_occur(2))._replace(at=DUE)], "undelivered"),
        ([*GIVEN_UP, happened(50, BY_SELLER), happened(61, did_not_occur(3))], "undelivered"),
        ([*NOT_WANTED, happened(50, BY_SELLER), happened(61, did_not_occur(3))], "undelivered"),
        ([*NOT_WANTED, happened(50, REINSTATED), happened(61, did_not_occur(3))], "undelivered"),
        ([*NOT_WANTED, happened(50, BY_SELLER), happened(59, did_not_occur(3))], "spared"),
        ([*GIVEN_UP, happened(9, BY_BUYER, BUYER)], "spared"),
        ([*BOUGHT, happened(50, BY_SELLER)], "undelivered"),
        ([*BOUGHT, happened(50, NOT_WANTED[2].event, SELLER)], "undelivered"),
        ([*BOUGHT, happened(61, BY_BUYER, BUYER)._replace(at=DUE - 1)], "undelivered"),
        ([*BOUGHT, happened(75, BY_BUYER, BUYER)._replace(at=DUE)], "undelivered"),
        ([*BOUGHT, happened(55, BY_BUYER, BUYER)._replace(at=DUE + MINUTE)], "undelivered"),
        ([*BOUGHT, happened(60, BY_BUYER, BUYER)], "spared"),
        (NOT_WANTED, "spared"),
        ([*NOT_WANTED, happened(50, BY_SELLER)], "undelivered"),
    ],
)
def test_what_each_lie_comes_to(story, verdict):
    assert counted(story).verdict == verdict
