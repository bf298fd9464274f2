import re
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from mingdan.ledger.claim import Signature
from mingdan.ledger.event import KIND_OF, KINDS, Erased, OrderEvent

from .reading import Reading
from .stories import EDITION, HIDDEN, Said, told


def values(of: inspect.Type) -> st.SearchStrategy:
    """What a field of an event may hold."""
    match of:
        case inspect.LiteralType(values=listed):
            return st.sampled_from(listed)
        case inspect.UnionType(types=types):
            return st.one_of([values(each) for each in types])
        case inspect.NoneType():
            return st.none()
        case inspect.VarTupleType(item_type=item):
            return st.lists(values(item), max_size=2).map(tuple)
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return st.integers(1, 10_000)
        case inspect.StrType(pattern=None):
            return st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)
        case inspect.StrType(pattern=pattern):
            return st.sampled_from([each for each in IDS if re.search(pattern, each)])
    raise AssertionError(of)


def facts(kind: type) -> st.SearchStrategy:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    return st.builds(kind, **{field.name: values(field.type) for field in described.fields})


PARTY = "a-party-of-its-own"
IDS = [HIDDEN, "CNY", "JPY", "XTS", "platform", PARTY]
ANY = st.one_of([facts(fact) for fact in get_args(OrderEvent)])


@given(st.lists(ANY, min_size=1, max_size=12), st.sampled_from(EDITION.languages))
def test_any_sequence_of_facts_makes_a_page(events, language):
    claims = [Said(place, "yunka", event) for place, event in enumerate(events)]
    reading = Reading(told(claims).page(EDITION, language))

    assert len(reading.entries) in (0, len(events))  # an erased order shows none


@pytest.mark.parametrize("kind", [KIND_OF[fact] for fact in get_args(OrderEvent) if fact is not Erased])
@given(data=st.data())
def test_every_kind_is_told_with_all_that_it_says(kind, data):
    event = data.draw(facts(KINDS[kind]))
    said = [name for name, value in msgspec.structs.asdict(event).items() if value == PARTY]

    shown = Reading(told([Said(0, "yunka", event)]).page(EDITION, "en")).all("li", id="e1")[0]

    assert shown.count(PARTY) == len(said)


def signed_in(language: str, sig: Signature | None) -> str:
    """How the page tells a fact in this hand."""
    page = told([Said(0, "huanan-daili", KINDS["hop.accepted"](), sig=sig)]).page(EDITION, language)
    return Reading(page).all("li", id="e1")[0]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-CN", "huanan-daili 陈述 · 已由 huanan-daili 的密钥 0123456789abcdef 签名"),
        ("en", "said by huanan-daili · signed with huanan-daili's key 0123456789abcdef"),
    ],
)
def test_what_a_party_signed_says_so_and_with_which_key(language, words):
    assert words in signed_in(language, Signature(ed25519=86 * "A" + "==", key="0123456789abcdef"))


def test_what_nobody_signed_does_not_look_signed():
    assert "签名" not in signed_in("zh-CN", None)
    assert "signed with" not in signed_in("en", None)


def test_private_words_are_named_but_never_shown():
    claims = [Said(0, "yunka", KINDS["order.paid"](payment=HIDDEN))]
    shown = Reading(told(claims).page(EDITION, "en"))

    assert "kept private: payment reference" in shown.text
    assert HIDDEN not in "".join(shown.all("p"))
