"""Laws over any sequence of facts at all, and the stories behind the parts of the state they do not reach."""

from itertools import permutations
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.entry import Entry
from mingdan.ledger.evolve import evolve, fold
from mingdan.ledger.fact import LEDGER
from mingdan.ledger.mark import Mark
from mingdan.ledger.order import HopState, Order, Place, Trouble
from mingdan.ledger.passing import instants as changing
from mingdan.ledger.policy import MINUTE, Policy
from mingdan.ledger.rules import RULES, objection
from mingdan.ledger.status import SIDES, STEPS, status, violations
from mingdan.ledger.stream import LOG
from mingdan.ledger.stuck import stuck

from .told import disavowal, entry, epoch, leaf

LATEST = 2**53 - 1

entries = st.from_type(Entry)
histories = st.lists(entries, unique_by=lambda each: each.leaf, max_size=24)
instants = st.integers(-LATEST, LATEST) | st.integers(0, 9)

any_history = settings(max_examples=100)


def told(*events: e.Event, at: int = 1000) -> list[Entry]:
    """The events as live entries, one each ms from `at`."""
    return [entry(number, event, at + number) for number, event in enumerate(events)]


def without_disavowals(history: list[Entry]) -> list[Entry]:
    return [each for each in history if not isinstance(each.event, e.Disavowed)]


def standing(history: list[Entry], *facts: type[e.Event]) -> list[Entry]:
    """The entries of these kinds that no later entry disavows."""
    return [
        each
        for place, each in enumerate(history)
        if isinstance(each.event, facts)
        and not any(
            isinstance(later.event, e.Disavowed) and later.event.entry == each.leaf.hex()
            for later in history[place + 1 :]
        )
    ]


# any sequence of facts --------------------------------------------------------------------------------
@any_history
@given(histories)
def test_any_facts_in_any_order_fold_to_a_state_and_twice_to_the_same(history):
    """I16"""
    order = fold(history)

    assert fold(history) == order
    assert hash(order) == hash(fold(history))
    if history:
        assert (order.leaf, order.seq) == (history[-1].leaf, history[-1].seq)


@any_history
@given(histories, st.data())
def test_stopping_anywhere_and_resuming_from_the_stored_state_gives_the_same_state(history, data):
    cut = data.draw(st.integers(0, len(history)))
    stored = msgspec.msgpack.encode(fold(history[:cut]))

    assert fold(history[cut:], msgspec.msgpack.decode(stored, type=Order)) == fold(history)


def scalars(value: object) -> list[object]:
    if isinstance(value, dict):
        value = [*value.values()]
    return [each for part in value for each in scalars(part)] if isinstance(value, list | tuple) else [value]


@any_history
@given(histories)
def test_no_float_enters_a_state(history):
    """I15"""
    order = fold(history)
    found = scalars(msgspec.to_builtins(order, builtin_types=(bytes,)))

    assert {type(each) for each in found} <= {int, str, bytes, bool, type(None)}
    assert [type(number) for number in (order.units, order.compensated, order.deliveries)] == [int] * 3


@any_history
@given(histories)
def test_every_fact_that_breaks_a_rule_is_kept_as_an_irregularity_and_no_other(history):
    broken, order = [], Order()
    for each in history:
        rule = objection(order, each.event)
        broken += [(rule, each.leaf)] if rule else []
        order = evolve(order, each)

    assert [(odd.rule, odd.leaf) for odd in order.irregularities] == broken
    assert {rule for rule, _ in broken} <= RULES.keys()


@any_history
@given(histories)
def test_an_order_is_imported_once_any_of_its_facts_was(history):
    assert fold(history).imported == any(each.basis == "backfill" for each in history)


# the public status ------------------------------------------------------------------------------------
@any_history
@given(histories, instants)
def test_the_status_is_a_function_of_the_entries_and_rests_on_one_of_them(history, as_of):
    """I3"""
    step, side, because = status(fold(history), as_of)

    assert status(fold(history), as_of) == (step, side, because)
    assert step in STEPS
    assert side in SIDES
    assert because in {each.leaf for each in history} or not history


@any_history
@given(histories, instants)
def test_shipped_rests_on_a_delivery_with_its_evidence(history, as_of):
    """I1"""
    order = fold(history)
    step, side, _ = status(order, as_of)
    shown = {each.leaf: each.event.evidence for each in standing(history, e.Delivered)}

    assert [(each.mark.leaf, each.evidence) for each in order.shipments] == [*shown.items()]
    assert side == "refunded" or step not in ("shipped", "completed") or order.in_hand in order.shipments


@any_history
@given(histories)
def test_what_stands_delivered_is_what_was_delivered_and_not_disavowed(history):
    """I2"""
    order, units = Order(), {}
    kept = [each for each in history if not isinstance(each.event, e.DeliveryReversed)]
    for each in kept:
        if isinstance(each.event, e.Delivered):
            units[each.leaf] = each.event.units
        order = evolve(order, each)
    left = [each.leaf for each in standing(kept, e.Delivered)]

    assert order.units == sum(units[each] or order.qty or 1 for each in left)
    assert order.deliveries == len(left)
    assert order.delivered == (order.in_hand and order.in_hand.mark)
    assert (order.delivered is not None) == (order.units >= (order.qty or 1))
    assert order.delivered is None or order.delivered.leaf in left


@any_history
@given(histories, instants, instants)
def test_what_is_told_changes_with_time_only_after_the_instants_that_are_named(history, one, other):
    order, policy = fold(history), Policy()
    early, late = [
        (status(order, at), stuck(order, policy, at), violations(order, policy, at))
        for at in sorted([one, other])
    ]

    assert early == late or any(min(one, other) <= at < max(one, other) for at in changing(order, policy))


@any_history
@given(histories, entries, histories, instants)
def test_a_refund_that_was_paid_ends_the_public_status(before, paid, after, as_of):
    """I12: a later delivery is evidence, not success."""
    history = [*before, replace(paid, event=e.RefundPaid())]
    after = [each for each in without_disavowals(after) if each.leaf not in {each.leaf for each in history}]
    order = fold(history)
    step, side, because = status(order, as_of)

    assert status(fold(after, order), as_of) == (step, side, because)
    assert side == "refunded"
    assert step == status(fold(before), as_of).step or fold(before).reached


# promises ---------------------------------------------------------------------------------------------
@any_history
@given(histories, histories)
def test_a_due_time_once_fixed_never_changes(before, after):
    """I6: whatever comes, disavowals and second payments included."""
    order = fold(before)
    due = order.due_at

    assert due is None or fold(after, order).due_at == due


@any_history
@given(histories, entries)
def test_only_an_extension_with_the_buyers_consent_moves_the_promise(before, newest):
    """I6"""
    order = fold(before)
    moved = evolve(order, newest).extended_to

    agreed = isinstance(newest.event, e.PromiseExtended) and newest.event.consent is not None
    assert moved == (newest.event.due_at if agreed else order.extended_to) or taken_back(order, newest)


def taken_back(order: Order, newest: Entry) -> bool:
    extensions = {each.mark.leaf.hex() for each in order.extensions}
    return isinstance(newest.event, e.Disavowed) and newest.event.entry in extensions


# holds ------------------------------------------------------------------------------------------------
def notice(history: list[Entry], hold: Entry) -> Entry | None:
    later = history[history.index(hold) + 1 :]
    notices = [each for each in later if isinstance(each.event, e.Notified)]
    return next((each for each in notices if each.event.of == hold.leaf.hex()), None)


def known(entry: Entry) -> int:
    if entry.basis != "backfill":
        return entry.recorded
    return entry.at if entry.learned is None else entry.learned


@any_history
@given(histories, instants, st.integers(0, 2 * MINUTE))
def test_every_hold_has_a_review_and_a_notice_in_time_or_is_listed(history, as_of, within):
    """I5: also one that has ended, and one that a second hold came over."""
    holds = standing(history, e.RiskHeld)
    notices = [(hold, notice(history, hold)) for hold in holds]
    late = {
        hold.leaf
        for hold, told_by in notices
        if (known(told_by) if told_by else as_of) - known(hold) > within
    }
    order = fold(history)
    listed = violations(order, Policy(notice_within=within), as_of)

    assert {found for rule, found in listed if rule == "hold-without-notice"} == late
    assert not order.held or any(hold.event.review_by == order.hold.review_by for hold in holds)
    assert (
        not order.held or as_of <= order.hold.review_by or ("review-overdue", order.hold.mark.leaf) in listed
    )


# stages -----------------------------------------------------------------------------------------------
@any_history
@given(histories)
def test_stages_begin_with_the_payment_and_follow_without_a_gap(history):
    """I9"""
    order = fold(history)
    money = [mark for mark in (order.paid, order.paid_late) if mark]
    since = [stage.since for stage in order.stages]

    assert not order.stages or (since[0], order.stages[0].leaf) in [
        (mark.effective, mark.leaf) for mark in money
    ]
    assert since == sorted(since)
    assert all(stage.holder for stage in order.stages)


@any_history
@given(st.lists(st.from_type(e.OrderEvent), max_size=12), st.lists(st.integers(0, 9), min_size=15))
def test_from_payment_to_delivery_the_stages_sum_exactly(events, waits):
    """I9: for facts that are told as they happen, every millisecond has its holder."""
    waiting = [event for event in events if not isinstance(event, e.Paid | e.Delivered | e.Disavowed)]
    story = [e.Placed(platform="kamao"), e.Paid(), *waiting, e.Delivered(evidence="shown_to_buyer")]
    clock = [sum(waits[: number + 1]) for number in range(len(story))]
    history = [replace(each, at=at, recorded=at) for each, at in zip(told(*story), clock, strict=True)]
    order = fold(history)
    ends = [stage.since for stage in order.stages[1:]] + [order.delivered.effective]
    spells = [end - stage.since for stage, end in zip(order.stages, ends, strict=True)]

    assert all(spell >= 0 for spell in spells)
    assert sum(spells) == clock[-1] - clock[1]


@any_history
@given(histories, instants)
def test_a_paid_order_without_a_forwarded_hop_is_stuck_after_its_limit(history, as_of):
    """I14"""
    order, policy = fold(history), Policy()
    money = order.paid or order.paid_late
    held_up = stuck(order, policy, as_of)
    since = None if held_up is None else held_up.since

    assert since is None or (
        money and not order.hops and since == money.effective + policy.stage_limit < as_of
    )
    step, side, _ = status(order, as_of)
    waits = step in ("paid", "verified") and side in ("none", "overdue") and order.cancelled is None
    assert not waits or order.hops or since or as_of <= money.effective + policy.stage_limit


# what a disavowal takes back --------------------------------------------------------------------------
TAKEN_BACK = [
    e.Paid(due_at=9),
    e.PaidLate(after="expired"),
    e.Expired(),
    e.Cancelled(by="buyer", reason="x"),
    e.Completed(by="buyer"),
    e.PromiseExtended(due_at=9, consent="ab" * 32),
    e.Compensated(amount=1, rule="late"),
    e.RecipientChecked(field="player", result="ok", rule="format"),
    e.RecipientConfirmed(),
    e.StockReserved(as_of=1, available=1, reservation="r"),
    e.StockShort(available=0, needed=1),
    e.RiskHeld(on_timeout="release", review_by=5000, rule="velocity", track="auto"),
    e.BatchQueued(batch="b", position=3),
    e.HopForwarded(attempt=1, to="agent-east"),
    e.ActivationStarted(),
    e.ActivationFailed(attributable_to="brand", code="outage"),
    e.Delivered(evidence="shown_to_buyer"),
    e.DeliveryReversed(reason="used before"),
    e.RefundPaid(amount=1),
    e.Nudged(nudge="n"),
    e.DisputeOpened(claim="not-delivered", dispute="d", freezes="delivery"),
]


@pytest.mark.parametrize("event", TAKEN_BACK, ids=lambda event: type(event).__name__)
def test_a_disavowed_fact_leaves_the_state_as_if_it_had_not_been_but_for_its_traces(event):
    placed, *others = told(e.Placed(platform="kamao"), event, disavowal(1))
    order = fold([placed, *others])

    traces = {"seq": 1, "leaf": placed.leaf, "irregularities": (), "due_at": None}
    assert replace(order, **traces) == fold([placed])


def test_a_disavowed_payment_takes_its_stages_with_it_and_the_next_payment_begins_them():
    forwarded = e.HopForwarded(attempt=1, to="agent-east")
    order = fold(told(e.Placed(platform="kamao"), e.Paid(), forwarded, disavowal(1), e.Paid()))

    assert [(stage.name, stage.leaf) for stage in order.stages] == [("stock", leaf(4))]


def test_a_disavowed_stage_was_its_predecessors_time():
    accepted = e.HopAccepted()
    forwarded = e.HopForwarded(attempt=1, to="agent-east")
    order = fold(told(e.Placed(platform="kamao"), e.Paid(), forwarded, accepted, disavowal(2)))

    assert [stage.leaf for stage in order.stages] == [leaf(1), leaf(3)]


def test_after_a_disavowed_delivery_a_payment_that_came_later_begins_the_stages():
    delivered = e.Delivered(evidence="provider_receipt")
    accepted = e.HopAccepted()
    order = fold(told(e.Placed(platform="kamao"), delivered, e.Paid(), disavowal(1), accepted))

    assert [(stage.name, stage.leaf) for stage in order.stages] == [
        ("stock", leaf(2)),
        ("activation", leaf(4)),
    ]


def test_of_two_deliveries_the_disavowal_of_the_first_leaves_the_second():
    one = e.Delivered(evidence="shown_to_buyer", units=1)
    two = e.Delivered(evidence="provider_receipt", units=1)
    order = fold(told(e.Placed(platform="kamao", qty=2), one, two, disavowal(1)))

    assert (order.shipments[0].mark.leaf, order.evidence, order.units) == (leaf(2), "provider_receipt", 1)
    assert order.delivered is None


def test_a_disavowal_of_nothing_changes_nothing_but_the_newest_entry():
    history = told(e.Placed(platform="kamao"), e.Paid(), disavowal(9))

    assert replace(fold(history), seq=2, leaf=leaf(1)) == fold(history[:2])


@pytest.mark.parametrize("said", [e.HopUncertain(), e.HopAccepted(), e.HopQueried(result="found")])
def test_a_disavowed_word_of_a_tier_leaves_the_order_as_it_was_forwarded(said):
    history = told(e.Placed(platform="kamao"), e.HopForwarded(attempt=1, to="brand"), said, disavowal(2))

    assert fold(history).hops == fold(history[:2]).hops


# what each fact changes -------------------------------------------------------------------------------
CHECKED = e.RecipientChecked(field="player", result="suspect", rule="format")
RESERVED = e.StockReserved(as_of=1, available=9, reservation="r")
FAILED = e.ActivationFailed(attributable_to="brand", code="outage")
CANCELLED = e.Cancelled(by="merchant", reason="sold out")
FORWARDED = e.HopForwarded(attempt=2, to="agent-east", ref="ab" * 32)
QUEUED = e.BatchQueued(batch="b", expected_start=9, position=3)
RESTING = {
    "paid": e.Paid(),
    "paid_late": e.PaidLate(after="expired"),
    "expired": e.Expired(),
    "cancelled": CANCELLED,
    "completed": e.Completed(by="buyer"),
    "erased": e.Erased(reason="mistake"),
    "checked": CHECKED,
    "confirmed": e.RecipientConfirmed(),
    "reserved": RESERVED,
    "accepted": e.HopAccepted(),
    "activated": e.ActivationSucceeded(),
    "delivered": e.Delivered(evidence="provider_receipt"),
    "reversed": e.DeliveryReversed(reason="used before"),
    "refunded": e.RefundRequested(),
}


@pytest.mark.parametrize("name", RESTING)
def test_what_is_known_of_an_order_names_the_entry_that_said_it(name):
    order = fold(told(e.Placed(platform="kamao"), RESTING[name]))

    assert order.placed == Mark(1000, 1000, leaf(0))
    assert getattr(order, name) == Mark(1001, 1001, leaf(1))


SAID_ONCE = ["paid", "paid_late", "expired", "completed", "erased", "accepted", "delivered"]


@pytest.mark.parametrize("name", SAID_ONCE)
def test_what_happens_once_rests_on_the_first_entry_that_says_so(name):
    order = fold(told(e.Placed(platform="kamao"), RESTING[name], RESTING[name]))

    assert getattr(order, name).leaf == leaf(1)


SAID_LAST = sorted(RESTING.keys() - SAID_ONCE)


@pytest.mark.parametrize("name", SAID_LAST)
def test_what_may_be_said_again_rests_on_the_last_entry_that_says_so(name):
    order = fold(told(e.Placed(platform="kamao"), RESTING[name], RESTING[name]))

    assert getattr(order, name).leaf == leaf(2)


def test_an_order_has_the_terms_of_its_first_placing():
    order = fold(told(e.Placed(platform="kamao", qty=1), e.Placed(platform="other", qty=2)))

    assert (order.placed.leaf, order.terms, order.qty) == (leaf(0), e.Placed(platform="kamao", qty=1), 1)


LEAVES_VALUE = [
    ("recipient", "suspect", [CHECKED]),
    ("cancelled_by", "merchant", [CANCELLED]),
    ("activation", "started", [e.ActivationStarted()]),
    ("activation", "succeeded", [e.ActivationSucceeded()]),
    ("activation", "failed", [FAILED]),
    ("refund", "requested", [e.RefundRequested()]),
    ("refund", "approved", [e.RefundApproved()]),
    ("refund", "refused", [e.RefundRefused(reason="delivered")]),
    ("refund", "paid", [e.RefundPaid()]),
    ("reached", None, [e.RefundApproved()]),
    ("reached", "placed", [e.RefundPaid()]),
    ("compensated", 5, [e.Compensated(amount=2, rule="late"), e.Compensated(amount=3, rule="late")]),
    ("extended_to", 9, [e.PromiseExtended(consent="ab" * 32, due_at=at) for at in (8, 9)]),
    ("due_at", 8, [e.Paid(due_at=8), e.PaidLate(after="expired", due_at=9)]),
    ("trouble", Trouble("outage", "brand", Mark(1001, 1001, leaf(1))), [FAILED]),
    (
        "trouble",
        Trouble("short", "platform", Mark(1001, 1001, leaf(1))),
        [e.StockShort(available=0, needed=1)],
    ),
    ("queue", Place("b", 3, 9, Mark(1001, 1001, leaf(1))), [QUEUED]),
    (
        "queue",
        Place("b", 3, 9, Mark(1001, 1001, leaf(1)), started=True),
        [QUEUED, e.BatchStarted(batch="b")],
    ),
    ("queue", None, [QUEUED, e.BatchFinished(batch="b")]),
    ("queue", None, [e.BatchStarted(batch="b")]),
    ("reserved", None, [RESERVED, e.StockShort(available=0, needed=1)]),
    ("reserved", None, [RESERVED, e.StockReleased(reason="sold out")]),
    ("confirmed", None, [e.RecipientConfirmed(), e.RecipientCorrected()]),
    ("checked", None, [CHECKED, e.RecipientCorrected()]),
    ("recipient", "unknown", [CHECKED, e.RecipientCorrected()]),
    ("cancelled", None, [CANCELLED, e.Reinstated(reason="stock came in")]),
    ("cancelled_by", None, [CANCELLED, e.Reinstated(reason="stock came in")]),
    ("trouble", None, [e.StockShort(available=0, needed=1), RESERVED]),
    ("trouble", Trouble("outage", "brand", Mark(1001, 1001, leaf(1))), [FAILED, RESERVED]),
    ("trouble", None, [FAILED, FORWARDED]),
    ("trouble", None, [FAILED, e.HopQueried(result="found")]),
    ("trouble", None, [FAILED, e.ActivationStarted()]),
    ("trouble", None, [FAILED, e.ActivationSucceeded()]),
    ("trouble", None, [FAILED, e.Delivered(evidence="provider_receipt")]),
    ("hold", None, [e.RiskReviewed(decision="release", reason="known buyer")]),
    ("hops", (), [e.HopAccepted()]),
]


@pytest.mark.parametrize(("name", "value", "story"), LEAVES_VALUE)
def test_each_fact_leaves_its_value(name, value, story):
    assert getattr(fold(told(e.Placed(platform="kamao"), *story)), name) == value


HEARD = {
    "accepted": e.HopAccepted(),
    "rejected": e.HopRejected(attributable_to="brand", code="rate_limited", retryable=True),
    "uncertain": e.HopUncertain(),
    "found": e.HopQueried(result="found"),
    "not_found": e.HopQueried(result="not_found"),
}


@pytest.mark.parametrize("state", HEARD)
def test_a_hop_is_in_the_state_that_was_last_heard_of_it(state):
    order = fold(told(e.Placed(platform="kamao"), FORWARDED, FORWARDED, HEARD[state]))
    forwarded = HopState(
        "agent-east",
        2,
        "forwarded",
        "ab" * 32,
        Mark(1001, 1001, leaf(1)),
        Mark(1001, 1001, leaf(1)),
        2,
        "kamao",
    )

    first, last = order.hops
    assert first == forwarded
    heard = Mark(1003, 1003, leaf(3))
    said = {"accepted": heard} if state == "accepted" else {}
    said["before"] = (("forwarded", Mark(1002, 1002, leaf(2))),)
    assert last == replace(forwarded, state=state, mark=Mark(1002, 1002, leaf(2)), last=heard, seq=3, **said)


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        (HEARD["rejected"], ("rate_limited", "brand")),
        (HEARD["uncertain"], ("uncertain", "unknown")),
        (HEARD["not_found"], ("outage", "brand")),
        (e.HopQueried(result="unknown"), ("outage", "brand")),
    ],
)
def test_a_tiers_refusal_or_silence_is_a_trouble_until_it_is_found(said, trouble):
    order = fold(told(e.Placed(platform="kamao"), FORWARDED, FAILED, said))

    assert (order.trouble.code, order.trouble.attributable_to) == trouble


BOTH = [e.HopForwarded(attempt=1, to=to) for to in ("agent-east", "brand")]
FIRST, LAST = ({"of": leaf(number).hex()} for number in (1, 2))


@pytest.mark.parametrize(
    ("words", "states"),
    [
        ([e.HopUncertain()], ["forwarded", "uncertain"]),
        ([e.HopUncertain(**FIRST)], ["uncertain", "forwarded"]),
        ([e.HopUncertain(**FIRST), HEARD["not_found"]], ["not_found", "forwarded"]),
        ([e.HopUncertain(**FIRST), e.HopQueried(result="not_found", **LAST)], ["uncertain", "not_found"]),
        ([e.HopUncertain(**FIRST), e.HopUncertain(**LAST), HEARD["found"]], ["uncertain", "found"]),
        ([e.HopUncertain(of=leaf(9).hex())], ["forwarded", "uncertain"]),
    ],
)
def test_a_doubt_and_a_query_fall_on_the_hop_that_they_name_or_on_what_is_in_doubt(words, states):
    order = fold(told(e.Placed(platform="kamao"), *BOTH, *words))

    assert [hop.state for hop in order.hops] == states


def test_an_order_that_is_found_is_with_the_tier_that_has_it():
    doubt, found = e.HopUncertain(**FIRST), HEARD["found"]
    order = fold(told(e.Placed(platform="kamao"), e.Paid(), *BOTH[:1], *BOTH[1:], doubt, found))
    named = fold(told(e.Placed(platform="kamao"), *BOTH, doubt, e.Paid(), found))

    assert order.stages[-1].holder == "brand"  # what is named is no forwarding: the last one
    assert (named.stages[-1].name, named.stages[-1].holder) == ("activation", "agent-east")


def test_a_query_without_an_answer_leaves_the_hop_uncertain():
    order = fold(told(e.Placed(platform="kamao"), FORWARDED, e.HopQueried(result="unknown")))

    assert order.hops[0].state == "uncertain"


# stories ----------------------------------------------------------------------------------------------
def test_an_epoch_is_no_fact_about_an_order():
    order = fold(told(e.Placed(platform="kamao")))
    sealed = entry(1, epoch(1), 0)

    assert evolve(order, replace(sealed, stream=LOG)) == order


def test_a_live_fact_told_late_counts_from_when_it_was_told():
    early = entry(0, e.Placed(platform="kamao"), 0)
    in_time = replace(early, recorded=15 * MINUTE)
    too_late = replace(early, recorded=15 * MINUTE + 1)
    imported = replace(too_late, basis="backfill", learned=20 * MINUTE)

    assert [fold([each]).placed.effective for each in (in_time, too_late, imported)] == [
        0,
        15 * MINUTE + 1,
        0,
    ]


def test_history_is_known_when_its_source_learned_it_and_else_when_it_happened():
    imported = replace(entry(0, e.Placed(platform="kamao"), 5), basis="backfill", recorded=99)

    assert fold([imported]).placed == Mark(5, 5, leaf(0), backfill=True)
    assert fold([replace(imported, learned=7)]).placed == Mark(5, 7, leaf(0), backfill=True)


def test_the_first_delivery_is_the_one_that_counts():
    shown, receipt = e.Delivered(evidence="shown_to_buyer"), e.Delivered(evidence="provider_receipt")
    order = fold(told(e.Placed(platform="kamao", qty=3), shown, receipt))

    assert (order.delivered.leaf, order.evidence, order.units, order.deliveries) == (
        leaf(1),
        "shown_to_buyer",
        6,
        2,
    )


def test_a_late_payment_begins_the_stages_like_any_other():
    late = e.PaidLate(after="expired", due_at=9)
    order = fold(told(e.Placed(platform="kamao"), e.Expired(), late))

    assert [(stage.name, stage.holder, stage.leaf) for stage in order.stages] == [("stock", "kamao", leaf(2))]


def test_the_order_is_with_whoever_heard_of_it_last():
    order = fold(
        told(
            e.Placed(platform="kamao"),
            e.Paid(),
            e.StockReserved(as_of=1, available=9, reservation="r"),
            e.HopForwarded(attempt=1, to="agent-east"),
            e.HopAccepted(),
            e.HopForwarded(attempt=1, to="brand"),
            e.HopUncertain(),
            e.HopQueried(result="found"),
            e.RiskHeld(on_timeout="release", review_by=5000, rule="velocity", track="auto"),
            e.RiskReviewed(decision="release", reason="known buyer"),
            e.ActivationSucceeded(),
        )
    )

    assert [(stage.name, stage.holder) for stage in order.stages] == [
        ("stock", "kamao"),
        ("dispatch", "kamao"),
        ("dispatch", "agent-east"),
        ("activation", "agent-east"),
        ("dispatch", "brand"),
        ("unknown", "unknown"),
        ("activation", "brand"),
        ("risk", "kamao"),
        ("activation", "brand"),
        ("relay", "kamao"),
    ]


@pytest.mark.parametrize(("by", "decision"), [("kamao", "release"), (LEDGER, "timeout")])
def test_a_hold_ends_by_a_persons_decision_or_by_the_ledgers_own_word_that_its_time_is_over(by, decision):
    hold = e.RiskHeld(on_timeout="release", review_by=5000, rule="velocity", track="auto")
    reviewed = e.RiskReviewed(decision="release", reason="timeout")
    *before, last = told(e.Placed(platform="kamao"), e.Paid(), hold, reviewed)

    order = fold([*before, replace(last, by=by)])

    assert (order.held, order.hold.decision, order.hold.ended.leaf) == (False, decision, last.leaf)


def test_a_nudge_is_answered_by_its_own_name():
    located = e.Located(cause="queue", entries=(), holder="brand", nudge="one", stage="activation")
    offered = e.Offered(by_when=9, nudge="one", option="wait")
    closed = e.NudgeClosed(nudge="one", outcome="buyer")
    order = fold(
        told(
            e.Placed(platform="kamao"), e.Nudged(nudge="one"), e.Nudged(nudge="two"), located, offered, closed
        )
    )

    one, two = order.nudges
    assert [mark and mark.leaf for mark in (one.located, one.offered, one.closed)] == [
        leaf(3),
        leaf(4),
        leaf(5),
    ]
    assert (two.located, two.offered, two.closed) == (None, None, None)


OPENED = e.DisputeOpened(claim="not-delivered", dispute="d", freezes="delivery")
DECIDED = e.DisputeDecided(decider="kamao", dispute="d", outcome="for_merchant", reason="delivered")


def test_an_appeal_opens_a_decided_dispute_again():
    history = told(e.Placed(platform="kamao"), OPENED, DECIDED, e.DisputeAppealed(dispute="d"))

    assert [each.outcome for each in fold(history[:3]).disputes] == ["for_merchant"]
    assert fold(history[:3]).open_disputes == ()
    assert [each.outcome for each in fold(history).open_disputes] == [None]


def test_a_merged_dispute_is_closed():
    order = fold(told(e.Placed(platform="kamao"), OPENED, e.DisputeMerged(dispute="d", into="c")))

    assert order.open_disputes == ()
    assert [(each.outcome, each.closed.leaf) for each in order.disputes] == [("merged", leaf(2))]


def test_what_was_decided_keeps_its_outcome_when_it_is_merged_in_history():
    history = told(e.Placed(platform="kamao"), OPENED, DECIDED, e.DisputeMerged(dispute="d", into="c"))

    (dispute,) = fold(history).disputes
    assert (dispute.outcome, dispute.closed.leaf, spells(dispute)) == ("for_merchant", leaf(2), [(1, 2)])


@pytest.mark.parametrize(
    ("taken_back", "outcome"),
    [([2], "merged"), ([3], "for_merchant"), ([2, 3], None), ([3, 2], None), ([4], "for_buyer")],
)
def test_a_merging_of_what_was_decided_stands_once_no_decision_does(taken_back, outcome):
    merged, again = e.DisputeMerged(dispute="d", into="c"), replace(DECIDED, outcome="for_buyer")
    story = [OPENED, DECIDED, merged] if taken_back != [4] else [OPENED, DECIDED, merged, merged, again]
    (dispute,) = fold(told(e.Placed(platform="kamao"), *story, *map(disavowal, taken_back))).disputes

    assert dispute.outcome == outcome


def test_a_dispute_that_is_decided_again_without_an_appeal_was_open_once():
    (dispute,) = fold(told(e.Placed(platform="kamao"), OPENED, DECIDED, DECIDED)).disputes

    assert spells(dispute) == [(1, 2)]
    assert dispute.closed.leaf == leaf(3)


@pytest.mark.parametrize(
    ("taken_back", "open_in"),
    [
        ([2], [(1, 2), (3, 4)]),  # the appeal opened it again
        ([3], [(1, 2), (3, 4)]),
        ([4], [(1, 2), (3, 4), (5, None)]),
        ([4, 3], [(1, 2), (3, 4), (5, 6)]),
        ([4, 3, 2], [(1, 2), (3, 4), (5, 6), (7, None)]),
    ],
)
def test_a_disavowal_changes_no_time_in_which_a_dispute_was_open(taken_back, open_in):
    story = [OPENED, DECIDED, e.DisputeAppealed(dispute="d"), DECIDED, *map(disavowal, taken_back)]
    (dispute,) = fold(told(e.Placed(platform="kamao"), *story)).disputes

    assert spells(dispute) == open_in
    assert (dispute.closed is None) == (open_in[-1][1] is None)


def spells(dispute):
    """The numbers of the entries between which a dispute was open."""
    numbers = {leaf(number): number for number in range(9)}
    return [(numbers[each.since.leaf], each.until and numbers[each.until.leaf]) for each in dispute.spells]


def test_a_disavowed_reversal_gives_back_what_it_took_and_nothing_else():
    shown, reversal = e.Delivered(evidence="shown_to_buyer"), e.DeliveryReversed(reason="used before")
    order = fold(told(e.Placed(platform="kamao"), shown, reversal, shown, reversal, disavowal(4)))

    assert [each.taken_back for each in order.shipments] == [leaf(2), None]
    assert (order.in_hand.mark.leaf, order.units) == (leaf(3), 1)


def test_a_second_hold_ends_the_first():
    hold = e.RiskHeld(on_timeout="release", review_by=5000, rule="velocity", track="auto")
    order = fold(told(e.Placed(platform="kamao"), hold, hold))

    assert [each.ended and each.ended.leaf for each in (*order.holds, order.hold)] == [leaf(2), None]


def test_a_corrected_recipient_is_checked_anew():
    checked = e.RecipientChecked(field="player", result="invalid", rule="format")
    order = fold(told(e.Placed(platform="kamao"), checked, e.RecipientCorrected()))

    assert (order.recipient, order.checked) == ("unknown", None)


@pytest.mark.parametrize("fact", get_args(e.OrderEvent))
@settings(max_examples=5)
@given(data=st.data())
def test_every_kind_that_an_order_knows_is_folded(fact, data):
    event = data.draw(st.from_type(fact))

    assert fold(told(event)).leaf == leaf(0)


# what is told again -----------------------------------------------------------------------------------
PREPAID = e.Placed(platform="kamao", policy="default")
REPEATED = {
    "paid": ([PREPAID], e.Paid(), lambda order: order.paid),
    "paid_late": ([PREPAID, e.Expired()], e.PaidLate(after="expired"), lambda order: order.paid_late),
    "expired": ([PREPAID], e.Expired(), lambda order: order.expired),
    "refunded": (
        [PREPAID, e.Paid(), e.RefundRequested()],
        e.RefundPaid(),
        lambda order: order.refunded if order.refund == "paid" else None,
    ),
}


@pytest.mark.parametrize("taken_back", [*permutations(range(3))])
@pytest.mark.parametrize("part", REPEATED)
def test_of_what_is_told_again_the_first_that_was_not_disavowed_counts(part, taken_back):
    """I3"""
    story, event, mark_of = REPEATED[part]
    events, left = [*story, event, event, event], [0, 1, 2]
    for number in taken_back:
        events.append(disavowal(len(story) + number))
        left.remove(number)
        stands = mark_of(fold(told(*events)))

        assert (stands and stands.leaf) == (leaf(len(story) + left[0]) if left else None)
