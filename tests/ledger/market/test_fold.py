"""Laws over any facts at all, of every kind of stream; each room's own stories stand in its own module."""

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mingdan.ledger.event import KIND_OF, MarketEvent
from mingdan.ledger.market import incident, party, promise, sku
from mingdan.ledger.market.fold import RULES, applied, empty, evolve, judged_at, objection

from .told import FACTS, entry, folded, histories

STATES = {
    "party/agent-east": party.Party,
    "sku/card-100": sku.Sku,
    "exception/outage-7": incident.Incident,
    "policy/default": promise.Promise,
}
FIRST = {
    "party/agent-east": party.Registered(name="东部代理", role="agent"),
    "sku/card-100": sku.Listed(form="card", name="百元卡", platform="kamao", stock_mode="counted"),
    "exception/outage-7": incident.Reported(kind="fault", scope=("card-100",), starts=0),
    "policy/default": promise.Published(
        clock_start="paid",
        due_in=1,
        notice_within=1,
        since=0,
        stage_limits=promise.StageLimits(),
        text="Delivered within a day.",
        title="A day",
        version=1,
        zone="Asia/Shanghai",
    ),
}

any_history = settings(max_examples=60)
of_every_stream = pytest.mark.parametrize("stream", FACTS)
told = st.sampled_from([*FACTS]).flatmap(lambda stream: st.tuples(st.just(stream), histories(stream)))


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_named_by_words_and_said_in_one_sentence(rule):
    assert rule.replace("-", "").isalpha()
    assert rule == rule.lower()
    assert not RULES[rule].endswith(".")
    assert len(RULES[rule].split()) > 3


def test_no_two_rooms_give_one_name_to_two_rules():
    rooms = [party.RULES, sku.RULES, incident.RULES, promise.RULES]

    assert len(RULES) == len({"wrong-stream", "not-imported"}) + sum(map(len, rooms))


@of_every_stream
def test_a_stream_is_empty_before_its_first_entry_and_knows_its_name(stream):
    before = empty(stream)

    assert type(before) is STATES[stream]
    assert (before.stream, before.seq, before.leaf, before.irregularities) == (stream, 0, b"", ())


@of_every_stream
def test_a_stream_begins_with_its_own_first_fact_and_with_no_other_streams(stream):
    for name, event in FIRST.items():
        first = entry(0, event, 0, stream=stream)
        known = evolve(empty(stream), first)

        if name == stream:
            assert known.irregularities == ()
        else:
            assert [(odd.rule, odd.leaf) for odd in known.irregularities] == [("wrong-stream", first.leaf)]
            assert replace(known, seq=0, leaf=b"", irregularities=()) == empty(stream)


@of_every_stream
def test_a_fact_of_the_market_belongs_to_one_kind_of_stream(stream):
    for fact in get_args(FACTS[stream]) or [FACTS[stream]]:
        assert fact in KIND_OF
        assert sum(fact in (get_args(facts) or [facts]) for facts in FACTS.values()) == 1


@any_history
@given(st.from_type(MarketEvent), st.sampled_from([*FACTS]))
def test_a_fact_is_told_of_its_own_kind_of_stream_and_of_no_other(event, stream):
    own = KIND_OF[type(event)].partition(".")[0] == stream.partition("/")[0]

    assert (objection(empty(stream), event, "kamao", 0) == "wrong-stream") is not own


@any_history
@given(told)
def test_any_facts_in_any_order_fold_to_a_state_and_twice_to_the_same(told):
    """I16"""
    stream, history = told
    known = folded(history, empty(stream))

    assert folded(history, empty(stream)) == known
    assert hash(folded(history, empty(stream))) == hash(known)
    assert type(known) is STATES[stream]
    assert known.stream == stream


@any_history
@given(told)
def test_a_state_stands_at_its_newest_entry(told):
    stream, history = told
    known = folded(history, empty(stream))

    assert (known.seq, known.leaf) == ((history[-1].seq, history[-1].leaf) if history else (0, b""))


@any_history
@given(told)
def test_every_fact_that_breaks_a_rule_is_kept_as_an_irregularity_and_no_other(told):
    stream, history = told
    broken, known = [], empty(stream)
    for each in history:
        rule = objection(known, each.event, each.by, judged_at(each.event, each.mark))
        broken += [(rule, each.leaf)] if rule else []
        known = evolve(known, each)

    assert [(odd.rule, odd.leaf) for odd in known.irregularities] == broken
    assert {rule for rule, _ in broken} <= RULES.keys()


@any_history
@given(told, st.data())
def test_stopping_anywhere_and_going_on_gives_the_same_state(told, data):
    stream, history = told
    cut = data.draw(st.integers(0, len(history)))

    assert folded(history[cut:], folded(history[:cut], empty(stream))) == folded(history, empty(stream))


@any_history
@given(told)
def test_a_fact_that_is_known_to_be_regular_is_applied_as_it_is_folded(told):
    stream, history = told
    known = empty(stream)
    for each in history:
        rule = objection(known, each.event, each.by, judged_at(each.event, each.mark))
        assert applied(known, each, rule) == evolve(known, each)
        known = evolve(known, each)


@any_history
@given(told)
def test_what_was_told_rests_on_an_entry_of_the_stream(told):
    stream, history = told
    known = folded(history, empty(stream))
    leaves = {each.leaf for each in history}

    assert set(marks(known)) <= leaves


def marks(value: object) -> list[bytes]:
    """The leaves that any part of a state rests on."""
    if isinstance(value, tuple):
        return [each for part in value for each in marks(part)]
    names = getattr(value, "__struct_fields__", ())
    own = [value.leaf] if "leaf" in names and value.leaf else []
    return own + [each for name in names for each in marks(getattr(value, name))]
