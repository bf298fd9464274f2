from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger import event as e
from mingdan.ledger.errors import IllegalTransition, MalformedEntry
from mingdan.ledger.intake.holder import ACTION_OF, FORMS, LONGEST, Nudge, claim_of, offers, read_form
from mingdan.ledger.keeping.vault import draw_order
from mingdan.ledger.order import Order
from mingdan.ledger.policy import DEFAULT

ORDER, OTHER = (draw_order(draw=Random(seed).randbytes) for seed in (1, 2))
FIELDS = {
    "nudges": {},
    "corrections": {"recipient": "player-1"},
    "disputes": {"claim": "other", "freezes": "settlement", "message": "nothing came"},
    "evidence": {"dispute": "d-1", "message": "see here"},
    "confirmations": {},
}


def form(action, **fields):
    return read_form(action, {"seq": "2"} | FIELDS[action] | fields)


def test_each_action_becomes_a_fact_of_its_kind_by_the_buyer():
    for action in FORMS:
        claim = claim_of(form(action), ORDER)

        assert (claim.by, claim.basis, claim.stream) == ("buyer", None, ORDER.stream)
        assert ACTION_OF[e.KIND_OF[type(claim.event)]] == action


def test_private_words_are_in_no_field_of_the_fact_and_in_no_key():
    for action, name in (("corrections", "recipient"), ("disputes", "message"), ("evidence", "message")):
        claim = claim_of(form(action), ORDER)

        assert claim.private == {name: FIELDS[action][name]}
        assert FIELDS[action][name] not in f"{claim.event} {claim.key}"


@pytest.mark.parametrize("action", FORMS)
def test_the_same_form_is_the_same_claim_and_any_other_is_another(action):
    again = claim_of(form(action), ORDER)

    assert claim_of(form(action), ORDER) == again
    assert claim_of(form(action, seq="3"), ORDER).key != again.key
    assert claim_of(form(action), OTHER).key != again.key


def test_each_action_has_keys_of_its_own():
    keys = {claim_of(read_form(each, {"seq": "2"}), ORDER).key for each in ("nudges", "confirmations")}

    assert len(keys) == 2


def test_nothing_is_said_of_an_erased_order():
    with pytest.raises(IllegalTransition) as caught:
        claim_of(Nudge(seq=1), ORDER._replace(secret=None))

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
