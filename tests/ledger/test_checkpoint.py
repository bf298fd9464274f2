import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.checkpoint import Checkpoint, open_checkpoint
from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.note import COSIGNATURE, Signer, sign
from mingdan.ledger.tree import EMPTY_ROOT

SOFA = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
"""
ROOT64 = SOFA.splitlines()[2]

LOG = Signer("log.example", b"l" * 32)
WITNESS = Signer("witness.example/w1", b"w" * 32, COSIGNATURE)
HEAD = Checkpoint("log.example", 3, b"r" * 32)

origins = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=30)
checkpoints = st.builds(
    Checkpoint, origins, st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32)
) | st.builds(Checkpoint, origins, st.just(0), st.just(EMPTY_ROOT))


def test_the_checkpoint_of_the_specification_reads_and_prints():
    checkpoint = Checkpoint.parse(SOFA)

    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.root == base64.b64decode(ROOT64)
    assert checkpoint.text == SOFA


def test_the_empty_log_has_a_checkpoint():
    text = "log.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"

    assert Checkpoint.parse(text) == Checkpoint("log.example", 0, EMPTY_ROOT)


@given(checkpoints)
def test_every_checkpoint_reads_back_as_it_prints(checkpoint):
    assert Checkpoint.parse(checkpoint.text) == checkpoint


@given(st.data())
def test_a_checkpoint_that_still_parses_after_a_change_prints_as_it_was(data):
    changed = list(SOFA)
    changed[data.draw(st.integers(0, len(SOFA) - 1))] = data.draw(st.characters())
    try:
        checkpoint = Checkpoint.parse("".join(changed))
    except MalformedProof:
        return

    assert checkpoint.text == "".join(changed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        SOFA[:-1],
        SOFA + "\n",
        SOFA + "an extension line\n",
        SOFA.replace("\n", "\r\n"),
        SOFA.replace("example.com/behind-the-sofa", ""),
        SOFA.replace("example.com", "example\tcom"),
        SOFA.replace("example.com", "example\ud800com"),
        SOFA.replace("20852163", "020852163"),
        SOFA.replace("20852163", "+20852163"),
        SOFA.replace("20852163", "-1"),
        SOFA.replace("20852163", ""),
        SOFA.replace("20852163", "20_852_163"),
        SOFA.replace("20852163", "٣"),
        SOFA.replace("20852163", str(2**63)),
        SOFA.replace("20852163", "9" * 5_000),
        SOFA.replace("20852163", "0"),
        SOFA.replace(ROOT64, ""),
        SOFA.replace(ROOT64, ROOT64[:-1]),
        SOFA.replace(ROOT64, ROOT64[:-4]),
        SOFA.replace(ROOT64, f"{ROOT64}="),
        SOFA.replace("q2I=", "q2J="),
        SOFA.replace("/Xajj", "_Xajj"),
    ],
)
def test_a_checkpoint_we_would_not_print_is_refused(text):
    with pytest.raises(MalformedProof):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "fields",
    [
        ("", 1, b"r" * 32),
        ("two\nlines", 1, b"r" * 32),
        ("log.example", -1, b"r" * 32),
        ("log.example", 2**63, b"r" * 32),
        ("log.example", 1, b"r" * 31),
        ("log.example", 0, b"r" * 32),
    ],
)
def test_a_checkpoint_without_a_text_cannot_be_made(fields):
    with pytest.raises(MalformedProof):
        Checkpoint(*fields)


def test_a_checkpoint_the_log_signed_opens_with_its_cosignatures():
    note = sign(HEAD.text, [LOG, WITNESS], at=1_700_000_000)

    checkpoint, opened = open_checkpoint(note, LOG.key, [WITNESS.key])

    assert checkpoint == HEAD
    assert [(signed.key.name, signed.at) for signed in opened.verified] == [
        ("log.example", None),
        ("witness.example/w1", 1_700_000_000),
    ]


def test_a_witness_alone_does_not_make_a_checkpoint():
    with pytest.raises(Broken, match="the log itself did not sign"):
        open_checkpoint(sign(HEAD.text, [WITNESS], at=1), LOG.key, [WITNESS.key])


def test_a_log_does_not_speak_for_another_origin():
    other = Checkpoint("other.example", 3, b"r" * 32)

    with pytest.raises(Broken, match="another log"):
        open_checkpoint(sign(other.text, [LOG]), LOG.key)


def test_a_signed_text_that_is_no_checkpoint_is_refused():
    with pytest.raises(MalformedProof):
        open_checkpoint(sign(f"{HEAD.text}extension\n", [LOG]), LOG.key)


@given(st.integers(0, len(sign(HEAD.text, [LOG])) - 1), st.integers(0, 7))
def test_a_flipped_bit_anywhere_in_a_checkpoint_is_noticed(at, bit):
    note = bytearray(sign(HEAD.text, [LOG]))
    note[at] ^= 1 << bit

    with pytest.raises((Broken, MalformedProof)):
        open_checkpoint(bytes(note), LOG.key)
