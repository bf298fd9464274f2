from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.errors import MalformedProof
from mingdan.ledger.note import print_note, sign
from mingdan.ledger.tree import MAX_SIZE
from mingdan.ledger.witness.request import SIZE_TYPE, TEXT_TYPE, Declined, Head, Request, judge

from .growing import FORKED, HONEST, LOG, ORIGIN, STRANGER, WITNESS, GrowingLog

TRUSTED = {ORIGIN: [LOG.key]}

EXAMPLE = (
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "\n"
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGz"
    "Ggu9nTo+zyWE+xeMcTOAYQ8=\n"
).encode()

requests = st.builds(
    Request,
    st.integers(0, MAX_SIZE),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
    st.binary(max_size=200),
)


def judged(request, held=None, trusted=TRUSTED):
    """The verdict of a witness that holds the tree of this size (the honest one), or none."""
    head = Head() if held is None else Head(held, HONEST.checkpoint(held).root)
    return judge(request, trusted, {ORIGIN: head}.__getitem__)


def declined(request, held=None, trusted=TRUSTED):
    with pytest.raises(Declined) as refused:
        judged(request, held, trusted)
    return refused.value.status, refused.value.content_type, refused.value.body


# the bytes ------------------------------------------------------------------------------------------------
def test_a_request_of_the_specification_reads_and_prints():
    request = Request.parse(EXAMPLE)

    assert (request.old, len(request.proof)) == (20_852_014, 2)
    assert request.note.startswith(b"example.com/behind-the-sofa\n20852163\n")
    assert request.print() == EXAMPLE


@given(requests)
def test_requests_read_back_as_they_print(request):
    assert Request.parse(request.print()) == request


@given(st.data())
def test_bytes_that_still_read_after_a_change_print_as_they_were(data):
    changed = bytearray(EXAMPLE)
    changed[data.draw(st.integers(0, len(EXAMPLE) - 1))] = data.draw(st.integers(0, 255))
    try:
        request = Request.parse(bytes(changed))
    except MalformedProof:
        return

    assert request.print() == changed


HASH = EXAMPLE.splitlines(keepends=True)[1]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"old 0\n",
        EXAMPLE.replace(b"old ", b"old  "),
        EXAMPLE.replace(b"old ", b"Old "),
        EXAMPLE.replace(b"old ", b" old "),
        EXAMPLE.replace(b"old 2", b"old 02"),
        EXAMPLE.replace(b"old 2", b"old -2"),
        EXAMPLE.replace(b"old 20852014", b"old "),
        EXAMPLE.replace(b"old 20852014", b"old %d" % 2**63),
        EXAMPLE.replace(b"old 20852014", b"old " + b"9" * 5_000),
        EXAMPLE.replace(b"\n", b"\r\n"),
        EXAMPLE.replace(b"pkaw=", b"pkax="),
        EXAMPLE.replace(b"pkaw=", b"pka="),
        EXAMPLE.replace(b"pkaw=\n", b"pkaw= \n"),
        EXAMPLE.replace(HASH, b"AAAA\n"),
        EXAMPLE.replace(HASH, HASH * 63),
    ],
)
def test_bytes_we_would_not_send_are_refused(body):
    with pytest.raises(MalformedProof):
        Request.parse(body)


@pytest.mark.parametrize(
    "fields", [(-1, ()), (2**63, ()), (0, (b"r" * 31,)), (0, (b"r" * 33,)), (0, (b"r" * 32,) * 64)]
)
def test_a_request_that_could_not_be_read_cannot_be_made(fields):
    with pytest.raises(MalformedProof):
        Request(*fields, b"")


# the verdict ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("held", "old", "new"),
    [(None, 0, 0), (None, 0, 1), (0, 0, 5), (1, 1, 2), (3, 3, 7), (4, 4, 8), (7, 7, 7)],
)
def test_a_log_that_grew_from_what_the_witness_holds_is_cosigned(held, old, new):
    assert judged(HONEST.request(old, new), held) == HONEST.checkpoint(new)


def test_signatures_by_strangers_are_ignored():
    text = HONEST.checkpoint(3).text
    note = print_note(text, [STRANGER.sign(text), LOG.sign(text), WITNESS.sign(text, 5)])

    assert judged(Request(0, (), note)) == HONEST.checkpoint(3)


def test_any_of_a_logs_trusted_keys_will_do():
    assert judged(HONEST.request(0, 3), trusted={ORIGIN: [STRANGER.key, LOG.key]}) == HONEST.checkpoint(3)


honest, forked = HONEST.request, FORKED.request
stranger = GrowingLog(["order 0", "order 1", "order 2"], STRANGER).request
WRONG = b"x" * 32


def with_note(text, old=0):
    return Request(old, (), sign(text, [LOG]))


def with_proof(request, *proof):
    return Request(request.old, proof, request.note)


TOO_LONG = with_proof(honest(3, 7), *honest(3, 7).proof, WRONG)
MATRIX = {
    # name: held, request, status, size told
    "no note": (None, Request(0, (), b"old\n"), 400, None),
    "a note without a checkpoint": (None, with_note("hello\n"), 400, None),
    "a checkpoint with extension lines": (None, with_note(f"{HONEST.checkpoint(3).text}more\n"), 400, None),
    "an unknown log": (None, with_note(HONEST.checkpoint(3).text.replace("orders", "others")), 404, None),
    "a stranger's key": (None, stranger(0, 3), 403, None),
    "a signature over other words": (
        None,
        Request(0, (), HONEST.note(3).replace(b"\n3\n", b"\n4\n")),
        403,
        None,
    ),
    "a witness alone": (None, Request(0, (), sign(HONEST.checkpoint(3).text, [WITNESS], at=1)), 403, None),
    "an old size beyond the checkpoint": (7, Request(7, (), HONEST.note(3)), 400, None),
    "an old size beyond what is held": (3, honest(4, 7), 409, 3),
    "an old size below what is held": (5, honest(3, 7), 409, 5),
    "the first request of another log": (None, honest(3, 7), 409, 0),
    "a checkpoint long past": (7, honest(0, 3), 409, 7),
    "a fork of the same size": (7, Request(7, (), FORKED.note(7)), 409, None),
    "a fork that is larger": (7, forked(7, 9), 422, None),
    "a fork with the honest proof": (3, with_proof(forked(3, 7), *honest(3, 7).proof), 422, None),
    "a fork of a single entry": (4, with_proof(forked(4, 8), *honest(4, 8).proof), 422, None),
    "no proof": (3, with_proof(honest(3, 7)), 422, None),
    "a proof that ends early": (3, with_proof(honest(3, 7), *honest(3, 7).proof[:-1]), 422, None),
    "a proof that goes on": (3, TOO_LONG, 422, None),
    "a proof with a wrong hash": (3, with_proof(honest(3, 7), WRONG, *honest(3, 7).proof[1:]), 422, None),
    "a proof from nothing": (None, with_proof(honest(0, 7), WRONG), 422, None),
    "a proof to the same tree": (7, with_proof(honest(7, 7), WRONG), 422, None),
    # what comes first, where more than one rule is broken
    "an unknown log signed by nobody": (
        None,
        Request(9, (), HONEST.note(3).replace(b"orders", b"others")),
        404,
        None,
    ),
    "a stranger with a size beyond": (3, Request(9, (), stranger(0, 3).note), 403, None),
    "a size beyond both": (3, Request(9, (), HONEST.note(7)), 400, None),
    "a fork from another size": (5, forked(3, 7), 409, 5),
    "a fork of the same size with a proof": (7, with_proof(forked(7, 7), WRONG), 409, None),
}


@pytest.mark.parametrize(("held", "request_", "status", "size"), MATRIX.values(), ids=MATRIX)
def test_the_first_rule_that_does_not_hold_answers(held, request_, status, size):
    code, kind, body = declined(request_, held)

    assert code == status
    assert kind == (TEXT_TYPE if size is None else SIZE_TYPE)
    assert body.endswith("\n")
    assert size is None or body == f"{size}\n"


@pytest.mark.parametrize(
    "request_", [with_note("hello\n"), with_note("other.example\n1\n" + "A" * 43 + "=\n"), stranger(0, 3)]
)
def test_the_memory_is_not_asked_before_a_trusted_key_has_signed(request_):
    with pytest.raises(Declined):
        judge(request_, TRUSTED, partial(pytest.fail, "asked"))


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_only_the_held_tree_or_one_that_continues_it_is_cosigned(held, old, new):
    right = old == held <= new
    request = Request(old, HONEST.proof(old, new) if old <= new else (), HONEST.note(new))
    try:
        verdict = judged(request, held)
    except Declined:
        verdict = None

    assert (verdict is not None) == right


@given(st.integers(3, 60), st.data())
def test_no_proof_of_either_tree_takes_a_witness_from_one_story_to_the_other(held, data):
    new = data.draw(st.integers(held, 80))
    for story in (HONEST, FORKED):
        request = Request(held, story.proof(held, new), FORKED.note(new))

        assert declined(request, held)[0] in (409, 422)


@given(st.integers(0, len(HONEST.note(7)) - 1), st.integers(0, 7))
def test_a_flipped_bit_anywhere_in_a_note_is_never_cosigned(at, bit):
    note = bytearray(HONEST.note(7))
    note[at] ^= 1 << bit

    assert declined(Request(0, (), bytes(note)))[0] in (400, 403, 404)
