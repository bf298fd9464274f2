"""The sweep over a real ledger: what it records, once, in order, and after a pause."""

from __future__ import annotations

from collections import Counter

import pytest

from mingdan.ledger import event as e
from mingdan.ledger.claim import Claim
from mingdan.ledger.entry import read
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.keeping.workspace import create_workspace, open_workspace
from mingdan.ledger.market import incident, party, sku
from mingdan.ledger.policy import DAY, HOUR, MINUTE
from mingdan.ledger.recipient.reading import rules_in
from mingdan.projections.catch_up import catch_up
from mingdan.projections.flow import supply_of
from mingdan.projections.register import read_register
from mingdan.projections.sweep import Sweep
from mingdan.projections.views import open_views

from .told import terms

NOON = 1_793_491_200_000
LISTED = sku.Listed(form="direct", name="c", platform="kamao", recipient="cn-mobile", stock_mode="unlimited")
GOOD, BAD = "13800138000", "1380013800"


class Shop:
    """A workspace whose clock is turned by hand."""

    def __init__(self, folder) -> None:
        self.workspace = create_workspace(folder, origin="sweep.example/log")
        self.engine = open_views(self.workspace.url("views"))
        self.now = NOON
        self.book = self.workspace.book(clock=lambda: self.now)
        self.tell("party/kamao", party.Registered(name="Kamao", role="platform"))
        self.tell("sku/phone-30", LISTED)
        self.orders = 0

    def close(self) -> None:
        self.engine.dispose()
        self.workspace.close()

    def tell(self, stream: str, *events: e.Event, by: str = "kamao", **private: str) -> list[str]:
        claims = [Claim(stream=stream, by=by, event=event, private=private) for event in events]
        return [receipt.leaf for receipt in self.book.record(claims)]

    def place(self, *events: e.Event, amount: int = 900, **private: str) -> str:
        """An order and what follows it; its stream."""
        self.orders += 1
        drawn = draw_order(f"a-{self.orders}")
        placed = e.Placed(
            amount=amount, currency="CNY", merchant="m", platform="kamao", policy="default", qty=1,
            sku="phone-30",
        )  # fmt: skip
        claim = Claim(stream=drawn.stream, by="kamao", event=placed, private=private)
        self.book.record([claim], [drawn])
        self.tell(drawn.stream, *events)
        return drawn.stream

    def sweep(self, *, after: int = 0) -> dict[str, int]:
        """What a sweep records, so many ms later."""
        self.now += after
        return self.sweeper(self.book).run().recorded

    def sweeper(self, book) -> Sweep:
        settings = self.workspace.settings
        return Sweep(
            book, self.engine, self.workspace.policies, risk=settings.risk, recipients=rules_in(None)
        )

    def kinds(self, stream: str) -> list[str]:
        return [row.kind for row in self.workspace.store.rows_of([stream])]

    def last(self, stream: str):
        row = self.workspace.store.rows_of([stream])[-1]
        return read(row.entry, row.kind, row.leaf)


@pytest.fixture
def shop(tmp_path):
    made = Shop(tmp_path / "shop")
    yield made
    made.close()


def test_a_sweep_records_what_time_has_brought_about_and_nothing_twice(shop):
    shop.place()
    shop.place(e.Paid(amount=900), recipient=GOOD)

    assert shop.sweep() == {"recipient.checked": 1}
    assert shop.sweep(after=HOUR) == {"order.expired": 1}
    assert shop.sweep() == {}


def test_after_a_pause_it_catches_up_in_the_order_in_which_things_fell_due(shop):
    shop.place()
    shop.now += MINUTE
    late = shop.place()
    shop.now += MINUTE
    shop.place(e.Paid(), e.Delivered(evidence="account_credited"))
    head = shop.workspace.store.max_notification_id()

    assert shop.sweep(after=9 * DAY) == {"order.completed": 1, "order.expired": 2}
    ((*rows,),) = shop.workspace.store.scan(head, head + 3)
    told = [read(row.entry, row.kind, row.leaf) for row in rows]
    assert [each.at for each in told] == sorted(each.at for each in told)
    assert {each.by for each in told} == {"ledger"}
    assert shop.last(late).at == NOON + MINUTE + 15 * MINUTE
    assert shop.last(late).recorded == shop.now  # which is when it was learned, and is told so


def test_two_sweeps_at_once_record_a_duty_once(shop, tmp_path):
    stream = shop.place()
    shop.now += HOUR
    other = open_workspace(tmp_path / "shop")
    one, two = shop.sweeper(shop.book), shop.sweeper(other.book(clock=lambda: shop.now))
    owed = two.owed()

    assert one.run().recorded == {"order.expired": 1}
    two.record(owed)  # what it saw before the other recorded it
    assert two.recorded == Counter()
    assert shop.kinds(stream) == ["order.placed", "order.expired"]
    other.close()


def test_a_duty_that_was_made_void_meanwhile_is_left_out_and_the_others_are_recorded(shop):
    stream, other = shop.place(), shop.place()
    shop.now += HOUR
    sweeper = shop.sweeper(shop.book)
    owed = sweeper.owed()
    shop.tell(stream, e.Paid(amount=900))

    sweeper.record(owed)

    assert (dict(sweeper.recorded), sweeper.refused) == ({"order.expired": 1}, 1)
    assert shop.kinds(other)[-1] == "order.expired"
    assert shop.kinds(stream)[-1] == "order.paid"


def test_a_recipient_is_checked_by_the_rule_its_sku_is_listed_with(shop):
    stream = shop.place(e.Paid(amount=900), recipient=BAD)
    shop.sweep()
    checked = shop.last(stream).event

    assert (checked.rule, checked.result) == ("cn-mobile", "invalid")
    shop.tell(stream, e.RecipientCorrected(), recipient=GOOD)
    assert shop.sweep() == {"recipient.checked": 1}
    assert shop.last(stream).event.result == "ok"


def test_a_paid_order_above_the_limit_is_held_told_and_refunded_when_nobody_reviews_it(shop):
    stream = shop.place(e.Paid(), amount=600_000, recipient=GOOD)

    assert shop.sweep() == {"care.notified": 1, "recipient.checked": 1, "risk.held": 1}
    assert shop.sweep(after=2 * HOUR) == {"refund.requested": 1, "risk.reviewed": 1}
    assert shop.kinds(stream)[-2:] == ["risk.reviewed", "refund.requested"]


def test_many_orders_of_one_contact_in_a_short_time_are_held_from_the_sixth_on(shop):
    streams = []
    for _ in range(7):
        streams.append(shop.place(e.Paid(), contact="one@example.invalid"))
        shop.now += MINUTE
    shop.sweep()

    assert ["risk.held" in shop.kinds(stream) for stream in streams] == [False] * 5 + [True] * 2


def test_one_exception_tells_every_order_that_waits_and_closes_the_intake_it_stops(shop):
    waiting, done = shop.place(e.Paid()), shop.place(e.Paid(), e.Delivered(evidence="account_credited"))
    shop.sweep()
    reported = incident.Reported(kind="supply_cut", scope=("phone-30",), starts=shop.now)
    shop.tell("exception/cut-7", reported, incident.Acted(action="stop_intake"))

    assert shop.sweep() == {"care.notified": 1, "sku.closed": 1}
    told = shop.last(waiting).event
    assert (told.about, told.template) == ("cut-7", "exception.supply_cut")
    assert "care.notified" not in shop.kinds(done)
    shop.tell("exception/cut-7", incident.Resolved())
    assert shop.sweep() == {"sku.opened": 1}


def test_what_has_nothing_to_do_with_goods_neither_tells_their_orders_nor_closes_them(shop):
    waiting = shop.place(e.Paid(), e.HopForwarded(attempt=1, to="agent"))
    shop.sweep()
    reported = incident.Reported(kind="supply_cut", scope=("phone-30",), starts=shop.now)
    stopped = incident.Acted(action="stop_intake")
    shop.tell("exception/false", reported, stopped, by="evil")

    assert shop.sweep() == {}
    shop.tell("exception/cut-7", reported, stopped, by="agent")
    assert shop.sweep() == {"care.notified": 1, "sku.closed": 1}
    assert shop.last(waiting).event.about == "cut-7"


def test_a_nudge_is_answered_and_closed_when_the_buyer_says_nothing(shop):
    stream = shop.place(e.Paid())
    shop.tell(stream, e.Nudged(nudge="n-1"), by="buyer")

    assert shop.sweep() == {"care.located": 1, "care.offered": 1}
    assert shop.sweep(after=DAY) == {"care.closed": 1}
    assert shop.last(stream).event == e.NudgeClosed(nudge="n-1", outcome="timeout")


def test_a_party_lapses_and_its_decision_ends_with_its_term(shop):
    [leaf] = shop.tell("party/m", party.Registered(name="M", role="merchant"))
    shop.tell("party/m", party.Qualified(valid_until=NOON + DAY, verifier="council"))
    shop.tell("party/m", party.Suspended(entries=(leaf,), reasons="r", until=NOON + 2 * DAY))

    assert shop.sweep() == {}
    assert shop.sweep(after=3 * DAY) == {"party.lapsed": 1, "party.reinstated": 1}


def test_stock_that_the_tier_above_reports_is_there_below(shop):
    above = sku.Listed(form="direct", name="c", platform="brand", stock_mode="counted")
    below = sku.Listed(form="direct", name="c", platform="kamao", stock_mode="upstream")
    shop.tell("sku/brand-30", above, sku.Stocked(as_of=NOON, qty=7, ttl=HOUR), by="brand")
    shop.tell("sku/shop-30", below, sku.Mapped(to="brand-30"))

    assert shop.sweep() == {"sku.stocked": 1}
    assert shop.last("sku/shop-30").event == sku.Stocked(as_of=NOON, qty=7, ttl=HOUR)
    assert shop.last("sku/shop-30").by == "ledger"


def test_what_is_usual_is_told_once_twenty_orders_have_gone_through(shop):
    for _ in range(20):
        stream = shop.place(e.Paid(), e.HopForwarded(attempt=1, to="agent"))
        shop.now += 5 * MINUTE
        shop.tell(stream, e.Delivered(evidence="account_credited"))
    shop.sweep()
    paced = shop.last("sku/phone-30").event

    assert (paced.n, paced.p95.dispatch) == (20, 5 * MINUTE)


@pytest.mark.parametrize(("publisher", "holds"), [("kamao", True), ("operator", True), ("evil", False)])
def test_caps_go_by_default_terms_of_the_skus_platform_or_the_operator(shop, publisher, holds):
    shop.place(e.Paid(), e.Delivered(evidence="account_credited"))
    shop.tell("party/evil", party.Registered(name="E", role="platform"))
    shop.tell("policy/default", terms(due_in=900 * DAY, since=shop.now), by=publisher)
    catch_up(shop.book.store, shop.engine)

    flow = supply_of(shop.engine, read_register(shop.engine), {}, shop.now).flows["phone-30"]

    assert (flow.due_in == 900 * DAY) == holds


def test_what_is_usual_is_counted_again_once_something_was_heard_and_a_day_has_passed(shop):
    def counted():
        register = read_register(shop.engine)
        return {*supply_of(shop.engine, register, {}, shop.now).paces}

    for _ in range(20):
        stream = shop.place(e.Paid(), e.HopForwarded(attempt=1, to="agent"))
        shop.now += 5 * MINUTE
        shop.tell(stream, e.Delivered(evidence="account_credited"))
    shop.sweep()

    assert counted() == set()
    shop.sweep(after=9 * DAY)
    assert counted() == set(), "nothing was heard of its orders since"
    shop.place(e.Paid(), e.HopForwarded(attempt=1, to="agent"))
    catch_up(shop.book.store, shop.engine)
    assert counted() == {"phone-30"}
