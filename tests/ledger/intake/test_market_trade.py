"""What the simulated market tells beside its orders: parties, wares, promises and exceptions."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.errors import Broken
from mingdan.ledger.event import Notified, Placed
from mingdan.ledger.intake.catalogue import MERCHANTS, PARTIES, PLATFORMS
from mingdan.ledger.intake.market import simulate
from mingdan.ledger.intake.recording import PAST, SHORT
from mingdan.ledger.intake.terms import TERMS
from mingdan.ledger.intake.trade import AUDITOR, ENROLLED, EXPELLED, LAPSES, QUALIFIED, ROTATES, SUSPENDED
from mingdan.ledger.market import fold
from mingdan.ledger.market.compensation import check_expression
from mingdan.ledger.market.incident import Incident
from mingdan.ledger.market.party import Party
from mingdan.ledger.market.promise import Promise
from mingdan.ledger.market.sku import IntakeRefused, Sku
from mingdan.ledger.market.subject import Subject
from mingdan.ledger.policy import DAY, HOUR, MINUTE
from mingdan.ledger.replay import Chain, Told
from mingdan.ledger.stream import is_market

from .test_market import END, Market, empty_book, opened, played


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    yield from opened(tmp_path_factory, 900)


@pytest.fixture(scope="module")
def register(market: Market) -> dict[str, Subject]:
    return folded(market.entries)


def folded(entries: list[Entry]) -> dict[str, Subject]:
    found: dict[str, Subject] = {}
    for entry in entries:
        if is_market(entry.stream):
            before = found.get(entry.stream) or fold.empty(entry.stream)
            found[entry.stream] = fold.evolve(before, entry)
    return found


def named(register: dict[str, Subject], kind: type[Subject]) -> dict[str, Subject]:
    return {stream.partition("/")[2]: each for stream, each in register.items() if isinstance(each, kind)}


def of(entries: list[Entry], *kinds: str) -> list[Entry]:
    return [entry for entry in entries if entry.kind in kinds]


def chained(market: Market) -> Iterator[Told]:
    for place, (raw, entry) in enumerate(zip(market.raw, market.entries, strict=True)):
        yield Told(
            place, entry.stream, entry.seq, entry.prev, entry.recorded, entry.kind, raw, entry.leaf
        )  # fmt: skip


def test_nothing_of_the_market_breaks_a_rule(register):
    assert [(each.stream, each.irregularities) for each in register.values() if each.irregularities] == []


def test_the_summary_counts_what_the_register_holds(market, register):
    counted = Counter(stream.partition("/")[0] for stream in register)

    assert counted == {
        "party": market.summary.parties,
        "sku": market.summary.skus,
        "exception": market.summary.exceptions,
        "policy": market.summary.policies,
    }


def test_everybody_who_trades_is_registered_in_its_role_before_the_first_order(market, register):
    first = of(market.entries, "order.placed")[0].recorded
    roles = {name: party.role for name, party in named(register, Party).items()}

    assert roles.keys() == {*PLATFORMS, *PARTIES, *(each.id for each in MERCHANTS), AUDITOR}
    assert {each.role for each in ENROLLED.values()} == set(roles.values())
    assert all(party.registered.known < first for party in named(register, Party).values())


def test_a_chain_of_entries_follows_every_signature(market):
    links = Chain()

    for told in chained(market):
        links.add(told)

    signed = [entry for entry in market.entries if entry.sig is not None]
    keyed = {name: each.role for name, each in ENROLLED.items() if each.keyed}
    silent = keyed.keys() - {entry.by for entry in signed}
    assert {keyed[name] for name in silent} <= {"merchant"}  # which has little to sign
    assert {"exception.reported", "dispute.decided", "party.keyed"} <= {entry.kind for entry in signed}


def test_a_signature_over_other_words_is_found(market):
    links = Chain()

    def follow() -> None:
        for told in chained(market):
            links.add(told._replace(raw=told.raw.replace(b'"action":"notify"', b'"action":"reroute"')))

    with pytest.raises(Broken, match="not over what this claim says"):
        follow()


def test_one_party_changes_its_key_and_signs_with_the_new_one(market, register):
    party, day = ROTATES
    before, after = register[f"party/{party}"].keys
    ids = [entry.sig.key for entry in market.entries if entry.by == party and entry.sig is not None]

    assert before.ended == after.mark
    assert len(set(ids)) == 2
    assert ids == sorted(ids, key=ids.index)
    assert day * DAY < after.mark.at - market.summary.first < (day + 1) * DAY


def test_parties_are_qualified_by_another_and_one_lapses_and_is_renewed(market, register):
    qualified = {name for name, each in named(register, Party).items() if each.qualification is not None}
    kinds = [
        entry.kind for entry in market.entries
        if entry.stream == f"party/{LAPSES}" and entry.kind in {"party.qualified", "party.lapsed"}
    ]  # fmt: skip

    assert qualified == {*QUALIFIED}
    assert kinds == ["party.qualified", "party.lapsed", "party.qualified"]
    assert register[f"party/{LAPSES}"].qualification.lapsed is None


def test_a_merchant_is_warned_suspended_appeals_and_is_reinstated(register):
    warning, suspension = register[f"party/{SUSPENDED}"].sanctions

    assert (warning.severity, warning.ended) == ("warned", None)
    assert suspension.severity == "suspended"
    assert suspension.until <= suspension.ended.at
    assert suspension.appealed.at <= suspension.appeal_by


def test_decisions_name_short_orders_of_that_merchant(market, register):
    leaves = {entry.leaf.hex(): entry for entry in market.entries}
    merchants = {order.stream: order.terms.merchant for order in market.orders}

    for merchant in (SUSPENDED, EXPELLED):
        decided = register[f"party/{merchant}"].sanctions
        cited = [leaves[leaf] for each in decided for leaf in each.entries]
        short = [entry for entry in cited if entry.kind == "stock.short"]

        assert short
        assert {merchants[entry.stream] for entry in short} == {merchant}


def test_an_expelled_merchant_takes_no_new_order_and_goes_on_with_those_it_has(market, register):
    barred = register[f"party/{EXPELLED}"].sanctions[1].mark.known
    own = [order for order in market.orders if order.terms.merchant == EXPELLED]
    streams = {order.stream for order in own}
    later = [entry for entry in market.entries if entry.stream in streams and entry.recorded > barred]

    assert register[f"party/{EXPELLED}"].sanction.severity == "expelled"
    assert max(order.placed.known for order in own) < barred
    assert later


def test_nobody_is_sent_an_order_while_shut_out(market):
    for name in (SUSPENDED, LAPSES):
        party = Party(stream=f"party/{name}")
        for entry in market.entries:
            if entry.stream == party.stream:
                party = fold.evolve(party, entry)
            if isinstance(entry.event, Placed) and entry.event.merchant == name:
                assert party.barred(entry.recorded) is None
                assert party.qualification is None or party.qualification.lapsed is None


def test_wares_are_mapped_along_the_chain_to_the_brand(register):
    skus = named(register, Sku)
    mapped = {name: sku.upstream for name, sku in skus.items()}

    assert mapped["kameng-a.cloudrealm-coins-60"] == "core-alpha.cloudrealm-coins-60"
    assert mapped["core-alpha.cloudrealm-coins-60"] == "brand-cloudrealm.cloudrealm-coins-60"
    assert mapped["brand-cloudrealm.cloudrealm-coins-60"] is None


def test_every_ware_is_listed_priced_and_spoken_of_by_its_seller(register):
    for name, sku in named(register, Sku).items():
        assert name.startswith(f"{sku.listing.platform}.")
        assert sku.listing.name
        assert sku.price.amount > 0


def test_stock_is_known_for_some_wares_and_stale_for_others_at_the_end(register):
    counted = [each for each in named(register, Sku).values() if each.stock is not None]
    fresh = [each for each in counted if each.stock.as_of + each.stock.ttl >= END]

    assert 0 < len(fresh) < len(counted)


def test_alerts_are_raised_and_cleared(market):
    kinds = Counter(
        entry.event.level if entry.kind == "sku.alerted" else "cleared"
        for entry in of(market.entries, "sku.alerted", "sku.cleared")
    )

    assert {"low", "out", "cleared"} <= kinds.keys()


def test_intake_is_closed_over_an_exception_and_opened_again(register, market):
    closed = of(market.entries, "sku.closed")
    still = [name for name, each in named(register, Sku).items() if each.closed is not None]

    assert {f"exception/{entry.event.exception}" for entry in closed} <= register.keys()
    assert len(of(market.entries, "sku.opened")) == len(closed) - len(still)
    assert still


def test_a_pre_order_carries_a_ware_until_what_was_ordered_arrives(market):
    stories: dict[str, list[str]] = defaultdict(list)
    for entry in of(market.entries, "sku.preorder", "sku.stocked"):
        arrived = entry.kind == "sku.stocked" and entry.event.arrived
        if arrived or entry.kind == "sku.preorder":
            stories[entry.stream].append("arrived" if arrived else "preorder")

    assert ["preorder", "arrived"] in stories.values()
    assert ["preorder"] in stories.values()


def test_a_price_rise_upstream_reaches_buyers_after_the_platform_knows(market, register):
    raised = [
        each for name, each in named(register, Incident).items() if name.startswith("price_rise-core-gamma")
    ]  # fmt: skip
    prices = [
        entry for entry in of(market.entries, "sku.priced") if entry.stream == "sku/kameng-a.phone-topup-30"
    ]

    assert len(prices) == 2
    assert prices[0].event.amount < prices[1].event.amount
    assert prices[1].at > raised[0].known_to("kameng-a").at


def test_the_guard_turns_orders_away_for_each_reason_and_who_oversells_takes_them_all_the_same(market):
    refused = [entry for entry in market.entries if isinstance(entry.event, IntakeRefused)]
    past = [entry for entry in of(market.entries, "order.placed") if entry.basis == "observed"]

    assert len(refused) >= market.summary.refused + len(past)  # more: orders that were not to be had again
    assert market.summary.refused > 0
    assert len(past) == market.summary.failures[PAST] > 0
    assert {entry.event.merchant for entry in past} == {each.id for each in MERCHANTS if each.oversells}
    assert {entry.event.reason for entry in refused} == {"cap", "closed", "stale"}
    assert {entry.by for entry in refused} == {"ledger"}


def test_orders_are_placed_under_the_version_that_holds(market, register):
    versions = Counter(
        (order.terms.policy, order.terms.policy_version, order.terms.form == "card")
        for order in market.orders
    )  # fmt: skip

    assert versions.keys() == {("default", 1, False), ("default", 2, False), ("instant", 1, True)}
    for order in market.orders:
        edition = register[f"policy/{order.terms.policy}"].edition(order.terms.policy_version)
        assert order.due_at is None or order.due_at - order.money_in.at == edition.terms.due_in


def test_promises_are_versioned_and_say_in_words_what_they_promise(register):
    promises = named(register, Promise)

    assert [each.terms.version for each in promises["default"].editions] == [1, 2]
    assert promises["instant"].editions[0].terms.due_in == 10 * MINUTE
    assert promises["default"].editions[0].terms.due_in == 24 * HOUR


@pytest.mark.parametrize("terms", [each.published for each in TERMS])
def test_a_compensation_is_an_expression(terms):
    check_expression(terms.compensation)


def test_exceptions_are_acknowledged_tier_by_tier_and_by_one_never(register):
    incidents = named(register, Incident).values()
    knowing = Counter(word.by for each in incidents for word in each.acknowledged)

    assert {each.report.kind for each in incidents} == {
        "fault", "interface_change", "maintenance", "price_rise", "supply_cut", "surge",
    }  # fmt: skip
    assert "agent-south" not in knowing
    assert all(word.mark.at > each.reported.at for each in incidents for word in each.acknowledged)


def test_orders_are_accepted_blindly_between_a_notice_and_its_acknowledgement(market, register):
    cut = next(each for each in named(register, Incident).values() if each.report.kind == "supply_cut")
    since, until = cut.reported.known, cut.known_to("kameng-b").known
    blind = [
        order for order in market.orders
        if order.terms.platform == "kameng-b" and since < order.placed.known < until
    ]  # fmt: skip

    assert until - since > 3 * HOUR
    assert blind


def test_every_action_is_taken_and_all_but_what_lasts_is_resolved(register):
    incidents = named(register, Incident)
    actions = {word.action for each in incidents.values() for word in each.actions}

    assert actions == {"notify", "refund_all", "reroute", "stop_intake", "throttle"}
    assert [name.rpartition("-")[0] for name, each in incidents.items() if each.resolved is None] == [
        "fault-core-beta"
    ]


def test_buyers_are_told_of_an_exception_while_it_lasts(market, register):
    told = [entry for entry in market.entries if isinstance(entry.event, Notified) and entry.event.about]

    assert {entry.by for entry in told} == {"ledger"}
    for entry in told:
        each = register[f"exception/{entry.event.about}"]
        assert entry.event.of == each.reported.leaf.hex()
        assert each.reported.known <= entry.recorded
        assert each.resolved is None or entry.recorded <= each.resolved.known


def test_tiers_answer_under_the_reference_they_were_sent(market):
    answers = of(market.entries, "hop.accepted", "hop.rejected", "activation.started", "activation.succeeded")

    assert answers
    assert all(entry.event.ref is not None for entry in answers)


def test_a_callback_under_another_reference_is_tried_and_leaves_no_entry(market):
    words = chain.from_iterable(market.book.vault.words_of(market.streams).values())
    sent = Counter((each.stream, each.words) for each in words if each.field == "ref")
    forwarded = len(of(market.entries, "hop.forwarded"))

    assert market.summary.failures["foreign_callback"] > 0
    assert len(sent) == forwarded


def test_rulings_say_until_when_they_can_be_appealed_but_the_last(market):
    rulings = of(market.entries, "dispute.decided")

    assert {entry.event.appeal_by is None for entry in rulings if entry.event.decider == AUDITOR} <= {True}
    assert all(entry.event.appeal_by > entry.at for entry in rulings if entry.event.decider != AUDITOR)


def test_what_is_short_is_what_was_accepted_beyond_the_stock(market):
    assert market.summary.failures[SHORT] == len(of(market.entries, "stock.short")) > 0


def test_the_market_carries_on_where_an_older_one_left_it(tmp_path):
    book = empty_book(tmp_path)
    simulate(book, 30, 1, end=END - 40 * DAY)
    simulate(book, 30, 2, end=END)
    register = folded([parse(row.entry) for rows in book.store.scan(0) for row in rows])

    assert named(register, Party).keys() == ENROLLED.keys()
    assert [each.terms.version for each in register["policy/default"].editions] == [1, 2, 3, 4]
    assert [each.given_by for each in register["party/kameng-a"].keys] == [None, None, "kameng-b", None]
    assert [each.given_by for each in register["party/agent-east"].keys] == [None, "kameng-a"]
    assert all(each.irregularities == () for each in register.values())


@settings(max_examples=5)
@given(seed=st.integers(0, 2**64), orders=st.integers(1, 25))
def test_any_market_is_played_to_its_end(tmp_path_factory, seed, orders):
    market = played(tmp_path_factory.mktemp("any"), orders, seed)

    assert market.summary.orders + market.summary.refused == orders
    assert [each for each in folded(market.entries).values() if each.irregularities] == []
    assert [order for order in market.orders if order.irregularities] == []
    market.book.store.close()
    market.book.vault.close()
