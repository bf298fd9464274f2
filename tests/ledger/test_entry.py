"""The oracle of the canonical form is the `rfc8785` package; the oracle of JSON is the standard library."""

import json

import msgspec
import pytest
import rfc8785
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mingdan.ledger.claim import Claim, claimed
from mingdan.ledger.entry import LARGEST, parse, read, seal
from mingdan.ledger.errors import MalformedEntry, UnknownKind
from mingdan.ledger.event import KIND_OF, KINDS, PRIVATE, Event, Located, Noted, OrderEvent, Placed
from mingdan.ledger.tree import leaf_hash

LATEST = 2**53 - 1
STREAM = "order/" + "0" * 64

every_kind = pytest.mark.parametrize("kind", KINDS)
times = st.integers(-LATEST, LATEST)
hashes = st.binary(min_size=32, max_size=32)


def sealed(event: Event, **place) -> bytes:
    claim = Claim(stream=place.pop("stream", STREAM), by=place.pop("by", "kamao"), event=event)
    return seal(claim, event, **({"at": 7, "seq": 1, "prev": None, "recorded": 9} | place))


EVENTS = st.from_type(Event)


@st.composite
def entries(draw, events=EVENTS):
    claim = Claim(
        stream=draw(st.just("log") | hashes.map(lambda drawn: f"order/{drawn.hex()}")),
        by=draw(st.text("az09._-", max_size=63).map("k".__add__)),
        event=draw(events),
        basis=draw(st.sampled_from([None, "observed", "backfill"])),
        learned=draw(st.none() | times),
    )
    place = {
        "at": draw(times),
        "seq": draw(st.integers(1, LATEST)),
        "prev": draw(st.none() | hashes),
        "recorded": draw(times),
    }
    return claim, place, seal(claim, claim.event, **place)


def with_unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)


def no_float(text: str) -> None:
    raise AssertionError(f"a float: {text}")


def strictly(raw: bytes) -> dict:
    """The JSON of an entry, as the standard library reads it: no float, no constant, no key twice."""
    return json.loads(raw, object_pairs_hook=with_unique_keys, parse_float=no_float, parse_constant=no_float)


def refused(raw: bytes) -> MalformedEntry:
    with pytest.raises(MalformedEntry) as caught:
        parse(raw)
    assert caught.value.evidence
    return caught.value


# what we print ----------------------------------------------------------------------------------------
@every_kind
@settings(max_examples=10)
@given(data=st.data())
def test_parsing_gives_back_what_was_sealed(kind, data):
    claim, place, raw = data.draw(entries(st.from_type(KINDS[kind])))

    entry = parse(raw)

    assert entry.kind == kind
    assert entry.event == claim.event
    assert (entry.at, entry.seq, entry.recorded) == (place["at"], place["seq"], place["recorded"])
    assert entry.prev == (place["prev"] and place["prev"].hex())
    assert (entry.stream, entry.by, entry.basis, entry.learned) == (
        claim.stream,
        claim.by,
        claim.basis,
        claim.learned,
    )
    assert entry.leaf == leaf_hash(raw)


@every_kind
@settings(max_examples=10)
@given(data=st.data())
def test_an_entry_is_the_rfc_8785_form_of_its_json(kind, data):
    _, _, raw = data.draw(entries(st.from_type(KINDS[kind])))

    assert rfc8785.dumps(strictly(raw)) == raw


@given(entries())
def test_keys_are_sorted_and_defaults_are_left_out(sealing):
    claim, _, raw = sealing
    found = strictly(raw)

    assert [*found] == sorted(found)
    assert [*found["data"]] == sorted(found["data"])
    assert {name for name in found["data"] if found["data"][name] is None} <= required(claim.event)


def required(event: Event) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(event) if field.required}


@given(entries())
def test_reading_what_we_stored_is_parsing_without_the_doubt(sealing):
    claim, _, raw = sealing

    assert read(raw, KIND_OF[type(claim.event)], leaf_hash(raw)) == parse(raw)


@given(entries(), st.integers(1, LATEST))
def test_entries_that_differ_have_different_hashes(sealing, seq):
    claim, place, raw = sealing
    assume(seq != place["seq"])

    assert parse(seal(claim, claim.event, **place | {"seq": seq})).leaf != parse(raw).leaf


def test_a_known_entry_stays_what_it_is():
    raw = sealed(Noted(label='收到 \u2028\x7f/"\\\b\x1f\U0001f600'), prev=b"\x0f" * 32, by="kamao.cn")

    assert raw.decode() == (
        '{"at":7,"by":"kamao.cn","data":{"label":"收到 \u2028\x7f/\\"\\\\\\b\\u001f\U0001f600"},'
        '"kind":"order.noted","prev":"'
        + "0f" * 32
        + '","recorded":9,"seq":1,"stream":"'
        + STREAM
        + '","v":1}'
    )


# what we refuse ---------------------------------------------------------------------------------------
RAW = sealed(Placed(platform="kamao", qty=2, sku="card-100", recipient="ab" * 32))
NOTED = sealed(Noted(label="x"))
SIGNED = NOTED.replace(b',"stream"', b',"sig":{"ed25519":"' + b"A" * 86 + b'==","key":"kamao"},"stream"')

REFUSED = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[" + RAW + b"]",
    "a byte order mark": b"\xef\xbb\xbf" + RAW,
    "UTF-16": RAW.decode().encode("utf-16-le"),
    "a trailing space": RAW + b" ",
    "a trailing line feed": RAW + b"\n",
    "a trailing zero byte": RAW + b"\0",
    "two entries": RAW + RAW,
    "a leading space": b" " + RAW,
    "a space in the envelope": RAW.replace(b'"at":7', b'"at": 7'),
    "a space in the data": RAW.replace(b'"qty":2', b'"qty": 2'),
    "a space before the data": RAW.replace(b'"data":{', b'"data": {'),
    "a space after the data": RAW.replace(b'},"kind"', b'} ,"kind"'),
    "an unknown field": RAW.replace(b'"at":7', b'"at":7,"atx":1'),
    "an unknown field in the data": RAW.replace(b'"qty":2', b'"qty":2,"qtz":2'),
    "a field of the envelope twice": RAW.replace(b'"at":7', b'"at":7,"at":7'),
    "a field of the data twice": RAW.replace(b'"qty":2', b'"qty":2,"qty":2'),
    "a default spelt out": RAW.replace(b'"data":{', b'"data":{"bound":false,'),
    "a null spelt out": RAW.replace(b'"data":{', b'"data":{"amount":null,'),
    "a null basis": RAW.replace(b'"at":7', b'"at":7,"basis":null'),
    "keys in another order": RAW.replace(b'"at":7,"by":"kamao"', b'"by":"kamao","at":7'),
    "data in another order": RAW.replace(b'"qty":2,', b"").replace(b'"data":{', b'"data":{"qty":2,'),
    "an escape that is not needed": RAW.replace(b'"by":"kamao"', b'"by":"k\\u0061mao"'),
    "an escaped key": RAW.replace(b'"qty":2', b'"\\u0071ty":2'),
    "an escaped slash": RAW.replace(b"order/", b"order\\/"),
    "a long escape": NOTED.replace(b'"x"', b'"\\u000a"'),
    "an escape in capitals": NOTED.replace(b'"x"', b'"\\u001F"'),
    "a naked control character": NOTED.replace(b'"x"', b'"\x01"'),
    "1.0": RAW.replace(b'"at":7', b'"at":7.0'),
    "1.5": RAW.replace(b'"at":7', b'"at":7.5'),
    "1e0": RAW.replace(b'"at":7', b'"at":7e0'),
    "1.0 in the data": RAW.replace(b'"qty":2', b'"qty":2.0'),
    "1.5 in the data": RAW.replace(b'"qty":2', b'"qty":2.5'),
    "minus nought": RAW.replace(b'"at":7', b'"at":-0'),
    "a leading nought": RAW.replace(b'"at":7', b'"at":07'),
    "a number in quotes": RAW.replace(b'"qty":2', b'"qty":"2"'),
    "NaN": RAW.replace(b'"at":7', b'"at":NaN'),
    "infinity": RAW.replace(b'"at":7', b'"at":1e999'),
    "true for a number": RAW.replace(b'"qty":2', b'"qty":true'),
    "true for the version": RAW.replace(b'"v":1', b'"v":true'),
    "another version": RAW.replace(b'"v":1', b'"v":2'),
    "more than 2^53 - 1": RAW.replace(b'"at":7', b'"at":9007199254740992'),
    "less than -2^53 + 1": RAW.replace(b'"at":7', b'"at":-9007199254740992'),
    "more than 2^53 - 1 in the data": RAW.replace(b'"qty":2', b'"qty":9007199254740992'),
    "more than 2^64": RAW.replace(b'"at":7', b'"at":' + b"9" * 5_000),
    "seq nought": RAW.replace(b'"seq":1', b'"seq":0'),
    "none of a quantity": RAW.replace(b'"qty":2', b'"qty":0'),
    "a stream of nobody's": RAW.replace(b"order/0", b"orders/0"),
    "a stream in capitals": RAW.replace(b"order/0", b"order/A"),
    "a short stream": RAW.replace(b"order/0", b"order/"),
    "a stream with an end of line": RAW.replace(b'0","v"', b'0\\n","v"'),
    "a prev in capitals": RAW.replace(b'"prev":null', b'"prev":"' + b"AB" * 32 + b'"'),
    "a short prev": RAW.replace(b'"prev":null', b'"prev":"ab"'),
    "a party's name in capitals": RAW.replace(b'"by":"kamao"', b'"by":"Kamao"'),
    "no party": RAW.replace(b'"by":"kamao"', b'"by":""'),
    "a basis of no kind": RAW.replace(b'"at":7', b'"at":7,"basis":"rumour"'),
    "data that is a list": RAW.replace(RAW[RAW.index(b'{"platform"') : RAW.index(b',"kind"')], b"[]"),
    "an unknown kind": RAW.replace(b"order.placed", b"order.placed.2"),
    "another kind": RAW.replace(b"order.placed", b"order.paid"),
    "no kind": RAW.replace(b"order.placed", b""),
    "broken UTF-8": NOTED.replace(b'"x"', b'"\xff"'),
    "broken UTF-8 in the kind": NOTED.replace(b"order.noted", b"order.\xff"),
    "overlong UTF-8": NOTED.replace(b'"x"', b'"\xc0\xaf"'),
    "half of a pair, escaped": NOTED.replace(b'"x"', b'"\\ud800"'),
    "the other half of a pair, escaped": NOTED.replace(b'"x"', b'"\\udc00"'),
    "half of a pair, in UTF-8": NOTED.replace(b'"x"', b'"\xed\xa0\x80"'),
    "an escaped pair": NOTED.replace(b'"x"', b'"\\ud83d\\ude00"'),
    "an empty label": NOTED.replace(b'"x"', b'""'),
    "a label too long": NOTED.replace(b'"x"', b'"' + b"x" * 201 + b'"'),
    "a deep list": NOTED.replace(b'{"label":"x"}', b"[" * 60_000),
    "a deep label": NOTED.replace(b'"x"', b"[" * 60_000),
    "a deep object": NOTED.replace(b'"x"', b'{"a":' * 10_000),
    "a signature too short": SIGNED.replace(b"A==", b"=="),
    "a signature with more": SIGNED.replace(b'"key":"kamao"}', b'"key":"kamao","other":1}'),
    "a signature out of order": NOTED.replace(
        b',"stream"', b',"sig":{"key":"kamao","ed25519":"' + b"A" * 86 + b'=="},"stream"'
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", REFUSED)
def test_what_we_would_not_print_is_refused_with_evidence(damage):
    assert REFUSED[damage] not in (RAW, NOTED, SIGNED)
    refused(REFUSED[damage])


def test_what_the_damaged_entries_were_made_of_is_sound():
    assert [parse(raw).kind for raw in (RAW, NOTED, SIGNED)] == ["order.placed", "order.noted", "order.noted"]


@pytest.mark.parametrize("kind", ["", "order", "order.placed.2", "Order.placed", "订单.已付"])
def test_an_unknown_kind_is_named(kind):
    raw = NOTED.replace(b"order.noted", kind.encode())

    with pytest.raises(UnknownKind) as caught:
        parse(raw)

    assert caught.value.evidence["kind"] == kind


@given(entries(), st.data())
def test_a_missing_field_is_refused(sealing, data):
    claim, _, raw = sealing
    found = strictly(raw)
    needed = {"at", "by", "data", "kind", "prev", "recorded", "seq", "stream", "v"}
    name = data.draw(st.sampled_from(sorted(needed) + sorted(required(claim.event))))
    del (found if name in needed else found["data"])[name]

    refused(rfc8785.dumps(found))


@given(entries(), st.booleans(), st.text(min_size=1), st.sampled_from([None, 0, "", False, [], {}]))
def test_a_field_more_is_refused(sealing, in_data, name, value):
    _, _, raw = sealing
    found = strictly(raw)
    place = found["data"] if in_data else found
    assume(name not in place and name not in KINDS[found["kind"]].__struct_fields__ and name != "sig")
    place[name] = value

    refused(rfc8785.dumps(found))


@given(entries(), st.data())
def test_a_field_that_is_left_out_may_not_be_spelt_out(sealing, data):
    claim, _, raw = sealing
    left_out = [("basis", None), ("learned", None), ("sig", None)] + [
        (field.encode_name, field.default)
        for field in msgspec.structs.fields(claim.event)
        if not field.required and getattr(claim.event, field.name) == field.default
    ]
    name, default = data.draw(st.sampled_from(left_out))
    found = strictly(raw)
    place = found if name in ("basis", "learned", "sig") else found["data"]
    assume(name not in place)
    place[name] = default

    refused(rfc8785.dumps(found))


@given(entries(), st.data())
def test_keys_in_any_other_order_are_refused(sealing, data):
    _, _, raw = sealing
    found = strictly(raw)
    order = data.draw(st.permutations(list(found)))
    assume(order != sorted(order))
    shuffled = {name: found[name] for name in order}

    refused(msgspec.json.encode(shuffled))


@given(entries(), st.integers(0, 8))
def test_whitespace_anywhere_is_refused(sealing, indent):
    _, _, raw = sealing

    refused(msgspec.json.format(raw, indent=indent))


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_other_bytes_are_refused(raw):
    refused(raw)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists))
def test_other_json_is_refused(value):
    refused(json.dumps(value).encode())
    refused(NOTED.replace(b'{"label":"x"}', json.dumps(value).encode()))


def sound_or_refused(raw: bytes, altered: bytes) -> None:
    try:
        leaf = parse(altered).leaf
    except MalformedEntry as refusal:
        leaf, evidence = None, refusal.evidence
    else:
        evidence = {"canonical": rfc8785.dumps(strictly(altered)) == altered}

    assert leaf in (None, leaf_hash(altered))
    assert leaf != leaf_hash(raw)
    assert evidence
    assert all(evidence.values())


@settings(max_examples=200)
@given(entries(), st.data())
def test_a_byte_altered_lost_or_added_gives_another_entry_or_none(sealing, data):
    _, _, raw = sealing
    place = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.binary(max_size=2))
    assume(raw[place : place + 1] != byte)

    sound_or_refused(raw, raw[:place] + byte + raw[place + 1 :])
    sound_or_refused(raw, raw[:place] + byte + raw[place:] if byte else raw[:place] + raw[place + 1 :])


def test_no_single_byte_of_an_entry_may_be_lost_or_become_another_unnoticed():
    raw = sealed(Noted(label="x"), prev=b"\x0f" * 32)
    accepted = set()
    for place in range(len(raw)):
        for byte in [b"", *(bytes([value]) for value in range(256))]:
            altered = raw[:place] + byte + raw[place + 1 :]
            try:
                accepted.add(parse(altered).leaf)
            except MalformedEntry:
                continue
            assert rfc8785.dumps(strictly(altered)) == altered

    assert leaf_hash(raw) in accepted
    assert len(accepted) > 256 - 33  # each place of the hashes alone may hold fifteen other digits


# how large --------------------------------------------------------------------------------------------
def located(size: int) -> bytes:
    """An entry of exactly this many bytes."""
    bare = len(sealed(Located(cause="x", entries=(), holder="a", nudge="n", stage="s")))
    hashes, rest = divmod(size - bare + 1, 67)
    assert rest < 200
    event = Located(cause="x" * (1 + rest), entries=("ab" * 32,) * hashes, holder="a", nudge="n", stage="s")
    return sealed(event)


def test_an_entry_may_be_65_535_bytes_long():
    raw = located(LARGEST)

    assert len(raw) == LARGEST == 65_535
    assert parse(raw).kind == "care.located"


def test_an_entry_of_65_536_bytes_is_neither_sealed_nor_parsed():
    with pytest.raises(MalformedEntry) as caught:
        located(LARGEST + 1)

    assert caught.value.evidence == {"got": 65_536, "kind": "care.located"}
    assert refused(b" " * (LARGEST + 1)).evidence == {"got": 65_536}


# what an intake hands in ------------------------------------------------------------------------------
@given(st.from_type(OrderEvent))
def test_a_kinds_public_fields_make_its_event(event):
    kind = KIND_OF[type(event)]
    public = {
        name: value
        for name, value in msgspec.to_builtins(event).items()
        if name not in PRIVATE.get(type(event), ())
    }

    made, private = claimed(kind, public)

    assert private == {}
    assert msgspec.to_builtins(made) == public


@pytest.mark.parametrize(("fact_type", "field"), [(each, name) for each in PRIVATE for name in PRIVATE[each]])
def test_a_private_fields_words_stay_out_of_the_event(fact_type, field):
    kind = KIND_OF[fact_type]
    needed = {
        "order.placed": {"platform": "kamao"},
        "order.paid_late": {"after": "expired"},
        "hop.forwarded": {"attempt": 1, "to": "brand"},
        "hop.rejected": {"attributable_to": "brand", "code": "outage", "retryable": True},
        "hop.queried": {"result": "found"},
        "activation.failed": {"attributable_to": "brand", "code": "outage"},
        "delivery.delivered": {"evidence": "shown_to_buyer"},
        "promise.extended": {"due_at": 1},
        "dispute.opened": {"claim": "c", "dispute": "d", "freezes": "none"},
        "dispute.evidence": {"dispute": "d"},
        "party.qualified": {"valid_until": 1, "verifier": "v"},
    }

    event, private = claimed(kind, {**needed.get(kind, {}), field: "ab" * 32})

    assert private == {field: "ab" * 32}
    assert getattr(event, field) is None


def test_a_private_field_may_be_left_empty():
    event, private = claimed("order.paid", {"amount": 100, "payment": None})

    assert (event.amount, event.payment, private) == (100, None, {})


WRONG_FIELDS = {
    "an unknown field": ("order.paid", {"amounts": 1}),
    "a missing field": ("hop.forwarded", {"to": "brand"}),
    "a float": ("order.paid", {"amount": 1.5}),
    "true for a number": ("order.paid", {"amount": True}),
    "a number in quotes": ("order.paid", {"amount": "1"}),
    "a number too large": ("order.paid", {"amount": 2**53}),
    "a negative amount": ("order.paid", {"amount": -1}),
    "a word that is not one of the list": ("order.cancelled", {"by": "nobody", "reason": "x"}),
    "a hash too short": ("order.disavowed", {"entry": "ab", "reason": "did_not_occur"}),
    "empty private words": ("order.paid", {"payment": ""}),
    "private words that are a number": ("order.paid", {"payment": 7}),
    "an epoch": ("log.epoch", {"covers": 1, "previous": None}),
}


@pytest.mark.parametrize("wrong", WRONG_FIELDS)
def test_fields_that_do_not_fit_are_refused_with_their_kind(wrong):
    kind, fields = WRONG_FIELDS[wrong]

    with pytest.raises(MalformedEntry) as caught:
        claimed(kind, fields)

    assert caught.value.evidence["kind"] == kind


def test_private_words_of_the_wrong_type_are_named_by_their_field_and_not_shown():
    with pytest.raises(MalformedEntry) as caught:
        claimed("order.paid", {"payment": 4711})

    assert caught.value.evidence["field"] == "payment"
    assert "4711" not in str(caught.value)


def test_a_claim_of_an_unknown_kind_is_refused():
    with pytest.raises(UnknownKind) as caught:
        claimed("order.payed", {})

    assert caught.value.evidence == {"kind": "order.payed"}
