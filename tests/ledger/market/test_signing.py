"""A party's own hand: recorded only by the key it then has, and followed from entry to entry."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mingdan.ledger.claim import Claim, Signature
from mingdan.ledger.entry import parse, seal
from mingdan.ledger.errors import Broken
from mingdan.ledger.event import KIND_OF, Event, HopAccepted, Noted
from mingdan.ledger.market.party import Keyed
from mingdan.ledger.market.signing import check_signature, key_id, signed_text
from mingdan.ledger.replay import Chain, Told
from mingdan.ledger.tree import leaf_hash

ORDER = "order/" + 64 * "a"
PARTY = "party/agent-east"
FIRST, SECOND = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))


def public(key: Ed25519PrivateKey) -> str:
    return b64encode(key.public_key().public_bytes_raw()).decode()


def hand(key: Ed25519PrivateKey, event: Event, *, stream: str = ORDER, at: int = 1_000) -> Signature:
    text = signed_text(stream, "agent-east", event, at, None)
    return Signature(ed25519=b64encode(key.sign(text)).decode(), key=key_id(public(key)))


def told(place: int, event: Event, stream: str, sig: Signature | None = None, seq: int = 1) -> Told:
    claim = Claim(stream=stream, by="agent-east", event=event, sig=sig)
    raw = seal(claim, event, at=1_000, seq=seq, prev=None, recorded=1_000)
    return Told(place, stream, seq, None, 1_000, KIND_OF[type(event)], raw, leaf_hash(raw))


def test_a_signature_is_kept_in_the_entry_and_read_back():
    sig = hand(FIRST, HopAccepted())

    assert parse(told(0, HopAccepted(), ORDER, sig).raw).sig == sig


def test_the_signed_bytes_are_the_claims_own_in_canonical_form():
    text = signed_text(ORDER, "agent-east", HopAccepted(eta=7), 1_000, "observed")

    assert text == (
        b'mingdan/claim/v1\n{"at":1000,"basis":"observed","by":"agent-east","data":{"eta":7},'
        b'"kind":"hop.accepted","stream":"%b"}' % ORDER.encode()
    )


@pytest.mark.parametrize("other", [Noted(label="x"), HopAccepted(eta=8)])
def test_a_signature_holds_for_what_was_said_and_for_nothing_else(other):
    sig = hand(FIRST, HopAccepted(eta=7))
    said = signed_text(ORDER, "agent-east", HopAccepted(eta=7), 1_000, None)
    check_signature(said, sig, public(FIRST), "agent-east")

    with pytest.raises(Broken):
        check_signature(
            signed_text(ORDER, "agent-east", other, 1_000, None), sig, public(FIRST), "agent-east"
        )


@pytest.mark.parametrize("key", [None, public(SECOND)])
def test_a_signature_by_a_key_the_party_does_not_have_is_refused(key):
    event = HopAccepted()
    with pytest.raises(Broken, match="did not have"):
        check_signature(signed_text(ORDER, "a", event, 1, None), hand(FIRST, event), key, "a")


def test_a_reader_follows_each_partys_keys_from_entry_to_entry():
    chain = Chain()
    chain.add(told(0, Keyed(key=public(FIRST)), PARTY))
    chain.add(told(1, HopAccepted(), ORDER, hand(FIRST, HopAccepted())))


def test_a_reader_names_a_key_that_was_replaced_without_its_own_signature():
    first, second = (Keyed(key=public(key)) for key in (FIRST, SECOND))
    chain = Chain(key_of={PARTY: first.key}.get)

    with pytest.raises(Broken, match="without its own signature") as caught:
        chain.add(told(5, second, PARTY))

    assert caught.value.evidence == {"index": 5, "party": "agent-east"}


def test_a_reader_follows_a_rotation_that_the_key_before_signed():
    chain = Chain(key_of={PARTY: public(FIRST)}.get)
    chain.add(told(5, Keyed(key=public(SECOND)), PARTY, hand(FIRST, Keyed(key=public(SECOND)), stream=PARTY)))

    with pytest.raises(Broken, match="did not have then"):
        chain.add(told(6, HopAccepted(), ORDER, hand(FIRST, HopAccepted())))


def test_a_reader_follows_a_lost_key_that_another_replaced():
    lost = "party/lost"
    chain = Chain(key_of={lost: public(FIRST)}.get)
    chain.add(told(5, Keyed(key=public(SECOND)), lost))

    assert chain.keys[lost] == public(SECOND)


def test_a_reader_finds_a_signature_by_a_key_that_was_replaced():
    chain = Chain(key_of={PARTY: public(SECOND)}.get)

    with pytest.raises(Broken) as caught:
        chain.add(told(5, HopAccepted(), ORDER, hand(FIRST, HopAccepted())))

    assert caught.value.evidence["index"] == 5


def test_a_fact_that_only_looks_signed_is_none():
    chain = Chain()
    chain.add(told(0, Noted(label='"sig":{"ed25519":"'), ORDER))
