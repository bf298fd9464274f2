import re

import msgspec
import msgspec.inspect as mi
import pytest
from msgspec.structs import fields

from mingdan.ledger import event as e
from mingdan.ledger.event import KIND_OF, KINDS, PRIVATE
from mingdan.ledger.fact import Commitment, Fact
from mingdan.ledger.market import incident, party, promise, sku

every_kind = pytest.mark.parametrize("kind", KINDS)


def types_in(kind: mi.Type) -> set[type[mi.Type]]:
    inner = getattr(kind, "types", ()) or [getattr(kind, "item_type", None)]
    return {type(kind)}.union(*(types_in(each) for each in inner if each is not None))


def is_commitment(field: mi.Field) -> bool:
    private = mi.type_info(Commitment).pattern
    options = getattr(field.type, "types", (field.type,))
    return not field.required and any(getattr(each, "pattern", None) == private for each in options)


def test_every_fact_has_one_kind_and_every_kind_one_fact():
    rooms = (e, incident, party, promise, sku)
    named = {fact for room in rooms for fact in vars(room).values() if isinstance(fact, type)}
    facts = {fact for fact in named if issubclass(fact, Fact) and not fact.__subclasses__()}

    assert facts == set(KINDS.values())
    assert {kind: KIND_OF[fact] for kind, fact in KINDS.items()} == {kind: kind for kind in KINDS}


@every_kind
def test_a_kind_is_a_group_and_a_word(kind):
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", kind)


@every_kind
def test_fields_stand_in_the_order_in_which_rfc_8785_prints_them(kind):
    names = [field.encode_name for field in fields(KINDS[kind])]

    assert names == sorted(names, key=lambda name: name.encode("utf-16-be"))


@every_kind
def test_a_fact_holds_bounded_integers_texts_words_and_nothing_else(kind):
    types = {each for field in mi.type_info(KINDS[kind]).fields for each in types_in(field.type)}

    assert types <= {
        mi.IntType,
        mi.StrType,
        mi.BoolType,
        mi.NoneType,
        mi.LiteralType,
        mi.UnionType,
        mi.VarTupleType,
        mi.StructType,  # a digest, of which the same is true
    }


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("order.placed", {"platform": "p", "qty": 10**9}),
        ("delivery.delivered", {"evidence": "shown_to_buyer", "units": 10**9}),
    ],
)
def test_units_are_so_few_that_no_shelf_outgrows_64_bits(kind, told):
    [name] = [name for name, value in told.items() if value == 10**9]

    assert getattr(msgspec.convert(told, KINDS[kind]), name) == 10**9
    for more in (0, 10**9 + 1):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(told | {name: more}, KINDS[kind])


@every_kind
def test_a_fact_is_immutable_and_refuses_what_it_does_not_know(kind):
    config = KINDS[kind].__struct_config__

    assert config.frozen
    assert config.forbid_unknown_fields
    assert config.omit_defaults


@every_kind
def test_a_fact_has_no_behaviour(kind):
    assert not [name for name, value in vars(KINDS[kind]).items() if callable(value) and name[0] != "_"]


@every_kind
def test_the_private_fields_of_a_kind_are_its_optional_commitments(kind):
    public = {("order.disavowed", "corrected_by"), ("log.epoch", "site")}  # hashes of what is public
    public |= {("hop.uncertain", "of"), ("hop.queried", "of")}
    found = [field.name for field in mi.type_info(KINDS[kind]).fields if is_commitment(field)]

    assert [name for name in found if (kind, name) not in public] == [*PRIVATE.get(KINDS[kind], ())]
