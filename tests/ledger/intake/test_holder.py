from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger import event as e
from mingdan.ledger.errors import IllegalTransition, MalformedEntry
from mingdan.ledger.evolve import fold
from mingdan.ledger.intake.holder import ACTION_OF, FORMS, LONGEST, Nudge, claim_of, offers, read_form
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.order import Order
from mingdan.ledger.policy import DEFAULT

from ..told import entry

ORDER, OTHER = (draw_order(draw=Random(seed).randbytes) for seed in (1, 2))
FIELDS = {
    "nudges": {},
    "affirmations": {},
    "corrections": {"recipient": "player-1"},
    "disputes": {"claim": "other", "freezes": "settlement", "message": "nothing came"},
    "evidence": {"dispute": "d-1", "message": "see here"},
    "confirmations": {},
}


def form(action, **fields):
    return read_form(action, {"seq": "2"} | FIELDS[action] | fields)


def test_each_action_becomes_a_fact_of_its_kind_by_the_buyer():
    for action in FORMS:
        claim = claim_of(form(action), ORDER, Order())

        assert (claim.by, claim.basis, claim.stream) == ("buyer", None, ORDER.stream)
        assert ACTION_OF[e.KIND_OF[type(claim.event)]] == action


def test_private_words_are_in_no_field_of_the_fact_and_in_no_key():
    for action, name in (("corrections", "recipient"), ("disputes", "message"), ("evidence", "message")):
        claim = claim_of(form(action), ORDER, Order())

        assert claim.private == {name: FIELDS[action][name]}
        assert FIELDS[action][name] not in f"{claim.event} {claim.key}"


@pytest.mark.parametrize("action", FORMS)
def test_the_same_form_is_the_same_claim_and_any_other_is_another(action):
    again = claim_of(form(action), ORDER, Order())

    assert claim_of(form(action), ORDER, Order()) == again
    assert claim_of(form(action, seq="3"), ORDER, Order()).key != again.key
    assert claim_of(form(action), OTHER, Order()).key != again.key


def ruled(story, *names):
    """An order with the disputes of these ids, each opened and dealt with so."""
    told = [e.Placed(platform="kamao")]
    for name in names:
        told += [e.DisputeOpened(claim="other", dispute=name, freezes="none"), *story(name)]
    return fold(entry(number, event, number) for number, event in enumerate(told))


def decided(name):
    return [e.DisputeDecided(decider="kamao", dispute=name, outcome="for_merchant", reason="delivered")]


def merged(name):
    return [e.DisputeMerged(dispute=name, into="d")]


def test_a_complaint_after_its_ruling_is_a_dispute_of_its_own_each_time():
    told, names = [], []
    for _ in range(3):
        told.append(claim_of(form("disputes"), ORDER, ruled(decided, *names)))
        names.append(told[-1].event.dispute)

    assert len({each.key for each in told}) == len({*names}) == 3
    assert claim_of(form("disputes"), ORDER, ruled(decided, *names[:1])) == told[1]


def test_a_complaint_is_the_same_while_it_is_open_itself_or_in_another():
    first = claim_of(form("disputes"), ORDER, Order())
    name = first.event.dispute
    in_another = ruled(lambda each: merged(each) if each == name else [], "d", name)
    decided_there = ruled(lambda each: merged(each) + decided("d") if each == name else [], "d", name)

    assert claim_of(form("disputes"), ORDER, ruled(lambda _: [], name)) == first
    assert claim_of(form("disputes"), ORDER, in_another) == first
    assert claim_of(form("disputes"), ORDER, decided_there) != first


def test_each_action_has_keys_of_its_own():
    keys = {
        claim_of(read_form(each, {"seq": "2"}), ORDER, Order()).key for each in ("nudges", "confirmations")
    }

    assert len(keys) == 2


def test_nothing_is_said_of_an_erased_order():
    with pytest.raises(IllegalTransition) as caught:
        claim_of(Nudge(seq=1), ORDER._replace(secret=None), Order())

    assert caught.value.evidence == {"rule": "erased"}


@given(st.dictionaries(st.text(), st.text()))
def test_a_form_is_read_or_declined_without_its_words(fields):
    for action in FORMS:
        told = set()
        try:
            read_form(action, fields)
        except MalformedEntry as error:
            told = error.evidence.keys()

        assert told <= {"field"}


@pytest.mark.parametrize(
    ("action", "fields", "field"),
    [
        ("nudges", {"seq": "0"}, "seq"),
        ("nudges", {"seq": "x"}, "seq"),
        ("nudges", {"more": "x"}, "more"),
        ("corrections", {"recipient": "x" * 201}, "recipient"),
        ("disputes", {"claim": "mine"}, "claim"),
        ("disputes", {"freezes": "all"}, "freezes"),
        ("disputes", {"message": "x" * (LONGEST + 1)}, "message"),
        ("evidence", {"dispute": "D 1"}, "dispute"),
        ("evidence", {"message": ""}, "message"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field(action, fields, field):
    with pytest.raises(MalformedEntry) as caught:
        form(action, **fields)

    assert caught.value.evidence == {"field": field}


def test_of_what_was_never_placed_nothing_is_offered():
    assert [*offers(Order(), DEFAULT, 0)] == []
