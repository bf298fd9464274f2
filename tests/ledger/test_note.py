import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.errors import Broken, MalformedProof, Misuse
from mingdan.ledger.note import (
    COSIGNATURE,
    Signature,
    Signer,
    VerifierKey,
    of_base64,
    open_note,
    parse_note,
    print_note,
    sign,
    to_base64,
)

EXAMPLE = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

# The example of Go's note package.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
NEUMANN_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2"
    "pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()

LOG = Signer("log.example", b"l" * 32)
WITNESS = Signer("witness.example/w1", b"w" * 32, COSIGNATURE)
STRANGER = Signer("stranger.example", b"s" * 32)
TEXT = "log.example\n2\n…\n"
NOTE = sign(TEXT, [LOG, WITNESS, STRANGER], at=1_700_000_000)
TRUSTED = [LOG.key, WITNESS.key]

names = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=20).filter(
    lambda name: "+" not in name
)
lines = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)
texts = st.lists(lines, max_size=5).map(lambda some: "".join(f"{line}\n" for line in some) or "\n")
seeds = st.binary(min_size=32, max_size=32)
kinds = st.sampled_from([1, 4])
signers = st.builds(Signer, names, seeds, kinds)
signatures = st.builds(
    Signature, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=100)
)


def note_of(*signature_lines, text=TEXT):
    return f"{text}\n{''.join(signature_lines)}".encode()


def test_the_example_key_reads_and_prints():
    key = VerifierKey.parse(EXAMPLE)

    assert (key.name, key.id.hex(), key.kind) == ("example.com/foo", "530d903a", 1)
    assert str(key) == EXAMPLE


def test_the_note_of_the_go_package_opens():
    note = open_note(NEUMANN_NOTE, [VerifierKey.parse(NEUMANN)])

    assert note.text.startswith("If you think cryptography is the answer")
    assert [str(signed.key) for signed in note.verified] == [NEUMANN]
    assert note.unverified == ()


def test_the_private_key_of_the_go_package_signs_the_same_bytes():
    signer = Signer.parse(NEUMANN_SECRET)

    assert (signer.secret, str(signer.key)) == (NEUMANN_SECRET, NEUMANN)
    assert sign(parse_note(NEUMANN_NOTE)[0], [signer]) == NEUMANN_NOTE


@given(signers)
def test_keys_read_back_as_they_print(signer):
    assert VerifierKey.parse(str(signer.key)) == signer.key
    assert Signer.parse(signer.secret).secret == signer.secret


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "example.com/foo",
        EXAMPLE.upper(),
        f"{EXAMPLE}\n",
        f"{EXAMPLE}=",
        f" {EXAMPLE}",
        EXAMPLE.replace("530d903a", "530d903b"),
        EXAMPLE.replace("530d903a", "530D903A"),
        EXAMPLE.replace("foo", "fo"),
        EXAMPLE.replace("foo", "f o"),
        EXAMPLE.replace("+530d903a+", "+530d903a "),
        EXAMPLE[:-4],
        EXAMPLE.replace("+Aek", "+Bek"),
        EXAMPLE.partition("+")[2],
        NEUMANN_SECRET,
    ],
)
def test_a_key_we_would_not_print_is_refused(vkey):
    with pytest.raises(MalformedProof):
        VerifierKey.parse(vkey)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        NEUMANN,
        NEUMANN_SECRET.removeprefix("PRIVATE+KEY+"),
        NEUMANN_SECRET.replace("c74f20a3", "c74f20a4"),
        NEUMANN_SECRET.replace("AYEK", "AYEL"),
        NEUMANN_SECRET[:-4],
        f"{NEUMANN_SECRET}\n",
    ],
)
def test_a_damaged_private_key_is_refused_without_being_repeated(secret):
    with pytest.raises(MalformedProof) as caught:
        Signer.parse(secret)

    assert "FALVFGyNhPJEMzD1QIDr" not in f"{caught.value!s} {caught.value!r} {caught.value.next_step}"


def test_a_private_key_does_not_show_in_its_representation():
    assert repr(LOG) == "Signer(name='log.example', kind=1)"


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\n", "a\u00a0b", "a\u2003b", "a\x85", "a\x00", "\ud800"]
)
def test_a_name_without_a_place_in_a_note_is_refused(name):
    with pytest.raises(MalformedProof):
        VerifierKey(name, LOG.key.public)


@pytest.mark.parametrize(("public", "kind"), [(b"p" * 31, 1), (b"p" * 33, 1), (b"p" * 32, 2), (b"p" * 32, 6)])
def test_only_ed25519_keys_are_keys_here(public, kind):
    with pytest.raises(MalformedProof):
        VerifierKey("log.example", public, kind)


def test_the_same_key_under_another_name_or_kind_has_another_id():
    others = [
        VerifierKey("log2.example", LOG.key.public),
        VerifierKey("log.example", LOG.key.public, COSIGNATURE),
    ]

    assert len({key.id for key in [LOG.key, *others]}) == 3


def test_a_note_tells_who_signed_it_and_when():
    note = open_note(NOTE, TRUSTED)

    assert note.text == TEXT
    assert [(signed.key, signed.at) for signed in note.verified] == [
        (LOG.key, None),
        (WITNESS.key, 1_700_000_000),
    ]
    assert [signature.name for signature in note.unverified] == ["stranger.example"]


def test_a_cosigner_signs_the_time_before_the_text():
    signature = WITNESS.sign(TEXT, at=1_679_315_147)
    message = f"cosignature/v1\ntime 1679315147\n{TEXT}"

    assert signature.payload[:8] == (1_679_315_147).to_bytes(8, "big")
    assert signature.payload[8:] == Signer("any.example", WITNESS.seed).sign(message).payload


@given(texts, st.lists(signers, min_size=1, max_size=4), st.integers(0, 2**63 - 1))
def test_whatever_is_signed_opens(text, some, at):
    note = open_note(sign(text, some, at), [signer.key for signer in some])

    assert note.text == text
    assert {signed.key for signed in note.verified} == {signer.key for signer in some}
    assert all(signed.at == (at if signed.key.kind == COSIGNATURE else None) for signed in note.verified)


@given(texts, st.lists(signatures, min_size=1, max_size=5))
def test_every_note_reads_back_as_it_prints(text, some):
    assert parse_note(print_note(text, some)) == (text, some)


@given(st.data())
def test_a_note_that_still_parses_after_a_change_prints_as_it_was(data):
    note = bytearray(NOTE)
    note[data.draw(st.integers(0, len(note) - 1))] = data.draw(st.integers(0, 255))
    try:
        text, some = parse_note(bytes(note))
    except MalformedProof:
        return

    assert print_note(text, some) == bytes(note)


@given(st.integers(0, len(sign(TEXT, [LOG])) - 1), st.integers(0, 7))
def test_a_flipped_bit_anywhere_in_a_note_is_noticed(at, bit):
    note = bytearray(sign(TEXT, [LOG]))
    note[at] ^= 1 << bit

    with pytest.raises((Broken, MalformedProof)):
        open_note(bytes(note), TRUSTED)


def test_a_note_nobody_known_signed_is_rejected():
    with pytest.raises(Broken, match="no known key"):
        open_note(NOTE, [Signer("other.example", b"o" * 32).key])
    with pytest.raises(Broken, match="no known key"):
        open_note(NOTE, [])


@pytest.mark.parametrize(
    "stranger",
    [
        Signature(LOG.name, b"\0\0\0\0", b"same name, other key"),
        Signature("elsewhere.example", LOG.key.id, b"same id, other name"),
    ],
)
def test_a_name_or_an_id_alone_does_not_make_a_key_known(stranger):
    note = open_note(print_note(TEXT, [stranger, LOG.sign(TEXT)]), TRUSTED)

    assert note.unverified == (stranger,)
    assert [signed.key for signed in note.verified] == [LOG.key]


@pytest.mark.parametrize("payload", [b"\0" * 64, b"\0" * 63, b"\0", LOG.sign("another text\n").payload])
def test_a_known_key_with_a_wrong_signature_rejects_the_whole_note(payload):
    wrong = Signature(LOG.name, LOG.key.id, payload)

    with pytest.raises(Broken, match="did not make this signature"):
        open_note(print_note(TEXT, [WITNESS.sign(TEXT, at=1), wrong]), TRUSTED)


@pytest.mark.parametrize("payload", [b"\0", b"\0" * 8, b"\0" * 72, WITNESS.sign(TEXT, at=5).payload[8:]])
def test_a_known_cosigner_with_a_wrong_signature_rejects_the_whole_note(payload):
    wrong = Signature(WITNESS.name, WITNESS.key.id, payload)

    with pytest.raises(Broken, match="did not make this signature"):
        open_note(print_note(TEXT, [LOG.sign(TEXT), wrong]), TRUSTED)


def test_a_cosignature_does_not_hold_at_another_time():
    payload = WITNESS.sign(TEXT, at=5).payload
    later = Signature(WITNESS.name, WITNESS.key.id, (6).to_bytes(8, "big") + payload[8:])

    with pytest.raises(Broken):
        open_note(print_note(TEXT, [later]), TRUSTED)


def test_a_plain_signature_is_no_cosignature_of_the_same_key():
    plain = Signer(WITNESS.name, WITNESS.seed).sign(f"cosignature/v1\ntime 5\n{TEXT}")
    stamped = Signature(WITNESS.name, plain.key_id, (5).to_bytes(8, "big") + plain.payload)

    with pytest.raises(Broken, match="no known key"):
        open_note(print_note(TEXT, [stamped]), TRUSTED)


def test_a_key_that_signed_twice_counts_once_and_both_must_hold():
    twice = open_note(print_note(TEXT, [LOG.sign(TEXT)] * 2), TRUSTED)

    assert len(twice.verified) == 1
    with pytest.raises(Broken):
        open_note(print_note(TEXT, [LOG.sign(TEXT), Signature(LOG.name, LOG.key.id, b"wrong")]), TRUSTED)


@pytest.mark.parametrize("count", [16, 100])
def test_a_note_may_carry_many_signatures(count):
    some = [Signer(f"w{number}.example", b"w" * 32) for number in range(count)]

    note = open_note(sign(TEXT, some), [some[-1].key])

    assert (len(note.verified), len(note.unverified)) == (1, count - 1)


def test_a_note_beyond_all_measure_is_refused_before_any_signature_is_checked():
    line = LOG.sign(TEXT).line

    with pytest.raises(MalformedProof, match="1 to 100 signatures"):
        open_note(note_of(line * 101), TRUSTED)
    with pytest.raises(MalformedProof, match="at most 1 MB"):
        open_note(note_of(line, text="x" * 1_000_000 + "\n"), TRUSTED)
    with pytest.raises(MalformedProof):
        print_note(TEXT, [LOG.sign(TEXT)] * 101)


def test_the_last_blank_line_parts_the_text_from_the_signatures():
    text = f"first\n\n{STRANGER.sign(TEXT).line}\n\nlast\n"

    assert open_note(sign(text, [LOG]), TRUSTED).text == text


LINE = LOG.sign(TEXT).line
PAYLOAD64 = LINE.split(" ")[2].rstrip("\n")


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n",
        b"\n\n",
        TEXT.encode(),
        f"{TEXT}\n".encode(),
        f"{TEXT}{LINE}".encode(),
        note_of(LINE[:-1]),
        note_of(LINE, "\n"),
        note_of(LINE, "\n", LINE.replace("log.", "log ")),
        note_of(LINE.replace("\u2014", "-")),
        note_of(LINE.replace("\u2014 ", "\u2014")),
        note_of(LINE.replace("\u2014 ", "\u2014  ")),
        note_of(LINE.replace("\n", " \n")),
        note_of(LINE.replace("\n", "\r\n")),
        note_of(LINE.replace(" log.example", " log+example")),
        note_of(LINE.replace(" log.example", "")),
        note_of(LINE.replace(" log.example", " log\u2028example")),
        note_of(f"\u2014 log.example {PAYLOAD64.rstrip('=')}\n"),
        note_of(f"\u2014 log.example {PAYLOAD64}=\n"),
        note_of("\u2014 log.example \n"),
        note_of("\u2014 log.example AAAAAA==\n"),
        note_of("\u2014 log.example AAAAAAB=\n"),
        note_of(LINE, text="tab\there\n"),
        note_of(LINE, text="return\r\n"),
        note_of(LINE, text="nul\x00\n"),
        note_of(LINE, text="delete\x7f\n"),
        b"\xff\n\n" + LINE.encode(),
        b"\xed\xa0\x80\n\n" + LINE.encode(),
        b"\xc0\xaf\n\n" + LINE.encode(),
    ],
)
def test_a_note_we_would_not_print_is_refused(note):
    with pytest.raises(MalformedProof):
        open_note(note, TRUSTED)


@pytest.mark.parametrize("text", ["", "no line feed", "tab\t\n", "\x00\n", "\ud800\n", "line\x85\n"])
def test_a_text_that_cannot_be_a_note_is_not_signed(text):
    with pytest.raises(MalformedProof):
        sign(text, [LOG])


def test_a_note_without_signers_is_not_printed():
    with pytest.raises(MalformedProof):
        sign(TEXT, [])


@pytest.mark.parametrize("at", [None, -1, 2**63])
def test_a_cosigner_does_not_sign_without_a_time(at):
    with pytest.raises(Misuse):
        WITNESS.sign(TEXT, at)


def test_a_cosignature_from_beyond_the_allowed_time_is_rejected():
    at = 2**63
    signed = Signer("any.example", WITNESS.seed).sign(f"cosignature/v1\ntime {at}\n{TEXT}").payload
    beyond = Signature(WITNESS.name, WITNESS.key.id, at.to_bytes(8, "big") + signed)

    with pytest.raises(Broken, match="beyond all time"):
        open_note(print_note(TEXT, [beyond]), TRUSTED)


@pytest.mark.parametrize(
    "fields", [("a b", b"1234", b"x"), ("a", b"123", b"x"), ("a", b"12345", b"x"), ("a", b"1234", b"")]
)
def test_a_signature_without_a_line_cannot_be_made(fields):
    with pytest.raises(MalformedProof):
        Signature(*fields)


@given(signatures)
def test_every_signature_line_reads_back(signature):
    assert Signature.parse(signature.line) == signature


@given(st.binary(max_size=100))
def test_base64_reads_back_as_the_standard_library_writes_it(raw):
    assert to_base64(raw) == base64.b64encode(raw).decode()
    assert of_base64(to_base64(raw)) == raw


@given(st.text("AQgw+/=-_ \n", max_size=8))
def test_whatever_base64_reads_prints_as_it_was(text):
    try:
        raw = of_base64(text)
    except MalformedProof:
        return

    assert to_base64(raw) == text
