import gzip
import socket
from contextlib import ExitStack, closing
from threading import Event

import pytest

from mingdan.ledger.errors import Broken, Unavailable
from mingdan.ledger.note import Signer, parse_note, print_note, sign
from mingdan.ledger.quorum import accept
from mingdan.ledger.witness.cosigning import MAX_ANSWER, cosign
from mingdan.ledger.witness.memory import create_witness
from mingdan.ledger.witness.request import SIZE_TYPE, Request

from .answering import answering, babbling, cosigning, dripping, endless, saying, served, silent
from .attending import attending
from .growing import FOLLOWS, FORKED, HONEST, LOG, ORIGIN, SECOND, STRANGER, WITNESS, trusting

NOTE = HONEST.note(7)
TEXT = HONEST.checkpoint(7).text
PROOF = HONEST.proof_to(7)
NOON = 1_780_000_000  # unix seconds


@pytest.fixture
def end():
    """Set when the test is over, so that nobody waits for ever."""
    event = Event()
    yield event
    event.set()


def asked(*servers, signers=(WITNESS, SECOND), note=NOTE, proof_from=PROOF, **more):
    """What comes of asking these servers, the first as w1, the second as w2."""
    with ExitStack() as stack:
        urls = [server and stack.enter_context(served(server)) for server in servers]
        return cosign(note, trusting(*signers[: len(urls)], url=urls), proof_from, **more)


def names_of(note):
    return [signature.name for signature in parse_note(note)[1]]


# witnesses that work --------------------------------------------------------------------------------------
@pytest.fixture
def two_witnesses(tmp_path):
    """Two real witnesses in processes of their own, and a policy that wants both."""
    made = [create_witness(tmp_path / name, name=f"{name}.example", policy=FOLLOWS) for name in ("a", "b")]
    with ExitStack() as stack:
        for witness in made:
            witness.close()
        urls = [stack.enter_context(attending(tmp_path / name)) for name in ("a", "b")]
        policy = trusting(*(witness.signer for witness in made), url=urls)
        yield policy


def test_two_witnesses_cosign_a_log_as_it_grows(two_witnesses):
    known = {}
    for size in (3, 7, 7, 300):
        cosigned = cosign(HONEST.note(size), two_witnesses, HONEST.proof_to(size), known)
        known = cosigned.known

        assert names_of(cosigned.note) == [ORIGIN, "a.example", "b.example"]
        assert [each.reason for each in cosigned.outcomes] == ["", ""]
        assert known == {"w1": size, "w2": size}
        assert accept(cosigned.note, two_witnesses).standing == cosigned.standing
        assert str(cosigned.standing) == "2 of 2"


def test_a_log_that_forgot_what_the_witnesses_hold_is_told_and_goes_on(two_witnesses):
    cosign(HONEST.note(3), two_witnesses, HONEST.proof_to(3))
    for known in ({}, {"w1": 2, "w2": 99}):
        cosigned = cosign(NOTE, two_witnesses, PROOF, known)

        assert str(cosigned.standing) == "2 of 2"


def test_a_fork_gets_no_cosignature(two_witnesses):
    cosign(NOTE, two_witnesses, PROOF)
    for size in (7, 9):
        note = FORKED.note(size)
        cosigned = cosign(note, two_witnesses, FORKED.proof_to(size))

        assert cosigned.note == note
        assert str(cosigned.standing) == "0 of 2"
        assert [each.reason[:15] for each in cosigned.outcomes] == [
            f"it answered {409 if size == 7 else 422}"
        ] * 2


def test_a_witness_that_was_killed_before_it_answered_cosigns_the_next_time(tmp_path):
    with closing(create_witness(tmp_path, name=WITNESS.name, policy=FOLLOWS)) as witness:
        with attending(tmp_path, "kept") as url:
            lost = cosign(NOTE, trusting(witness.signer, url=[url]), PROOF)
        with attending(tmp_path) as url:
            cosigned = cosign(NOTE, trusting(witness.signer, url=[url]), PROOF, lost.known)

    assert (lost.note, str(lost.standing)) == (NOTE, "0 of 1")
    assert str(cosigned.standing) == "1 of 1"


def test_a_witness_that_holds_more_is_named_and_left_out(tmp_path):
    with closing(create_witness(tmp_path, name=WITNESS.name, policy=FOLLOWS)) as witness:
        witness.add_checkpoint(HONEST.request(0, 9).print())
        with attending(tmp_path) as url:
            cosigned = cosign(NOTE, trusting(witness.signer, url=[url]), PROOF)

    assert cosigned.note == NOTE
    assert cosigned.known == {"w1": 9}
    assert cosigned.outcomes[0].reason == "it holds a tree of size 9"


# how they are asked ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("known", "held", "sizes"),
    [
        ({}, 0, [0]),
        ({}, 3, [0, 3]),
        ({"w1": 3}, 3, [3]),
        ({"w1": 3}, 5, [3, 5]),
        ({"w1": 5}, 0, [5, 0]),
        ({"w1": 99}, 7, [7]),
        ({"w2": 3}, 0, [0]),
        ({}, 8, [0]),
    ],
)
def test_a_witness_is_asked_from_the_size_it_held_and_once_more_from_the_one_it_names(known, held, sizes):
    heard = []
    asked(cosigning(WITNESS, NOON, heard, held), known=known)

    assert heard == sizes


def test_a_witness_that_changes_its_mind_is_asked_twice_at_most():
    heard = []

    def answer(body):
        heard.append(Request.parse(body).old)
        return 409, {"Content-Type": SIZE_TYPE}, b"%d\n" % (heard[-1] + 1)

    cosigned = asked(answering(answer))

    assert heard == [0, 1]
    assert cosigned.note == NOTE


def test_the_lines_stand_in_the_policy_s_order_whoever_is_first():
    second_answered = Event()
    slow, fast = cosigning(WITNESS, NOON), cosigning(SECOND, NOON + 1)

    def last(handler, body):
        second_answered.wait()
        slow(handler, body)

    def first(handler, body):
        fast(handler, body)
        second_answered.set()

    cosigned = asked(last, first)

    assert names_of(cosigned.note) == [ORIGIN, WITNESS.name, SECOND.name]
    assert [(each.name, each.at) for each in cosigned.outcomes] == [("w1", NOON), ("w2", NOON + 1)]


def test_a_witness_without_an_address_is_not_asked():
    cosigned = asked(None, cosigning(SECOND, NOON))

    assert [each.reason for each in cosigned.outcomes] == ["the policy gives no address for it", ""]
    assert dict(cosigned.standing.cosigned) == {"w2": NOON}


def test_without_witnesses_the_note_stays_what_it_is():
    cosigned = cosign(NOTE, FOLLOWS, PROOF)

    assert (cosigned.note, cosigned.outcomes, cosigned.known) == (NOTE, (), {})


def test_what_the_note_already_has_is_kept_until_a_new_cosignature_takes_its_place():
    older = print_note(TEXT, [SECOND.sign(TEXT, 5), LOG.sign(TEXT), WITNESS.sign(TEXT, 5)])
    newer = asked(cosigning(WITNESS, NOON), saying(500, b""), note=older)
    again = asked(cosigning(WITNESS, 9), cosigning(SECOND, 9), note=newer.note)

    assert names_of(newer.note) == [ORIGIN, WITNESS.name, SECOND.name]
    assert dict(newer.standing.cosigned) == {"w1": NOON, "w2": 5}
    assert dict(again.standing.cosigned) == {"w1": 9, "w2": 9}


def test_an_unmet_quorum_is_told_and_the_note_is_still_a_note():
    policy = trusting(WITNESS, url=[None], quorum="w1")
    cosigned = cosign(NOTE, policy, PROOF)

    assert not cosigned.standing.met
    assert accept(cosigned.note, policy).checkpoint == HONEST.checkpoint(7)


def test_a_note_the_log_did_not_sign_is_shown_to_nobody():
    heard = []
    with pytest.raises(Broken):
        asked(cosigning(WITNESS, NOON, heard), note=sign(TEXT, [STRANGER]))

    assert heard == []


def test_a_proof_that_cannot_be_made_is_the_log_s_own_trouble():
    def unreadable(_old):
        raise Unavailable("a tile cannot be read")

    with pytest.raises(Unavailable, match="tile"):
        asked(cosigning(WITNESS, NOON), proof_from=unreadable)


# witnesses that do not work -------------------------------------------------------------------------------
IMPOSTOR = Signer(WITNESS.name, b"i" * 32, WITNESS.kind)
LINE = WITNESS.sign(TEXT, NOON).line.encode()
MOVED = WITNESS.sign(HONEST.checkpoint(8).text, NOON).line.encode()
NOT_ITS_KEY = "it answered without a cosignature by its key"
WRONG = {
    "another key of its name": (cosigning(IMPOSTOR, NOON), NOT_ITS_KEY),
    "another witness's line": (cosigning(SECOND, NOON), NOT_ITS_KEY),
    "the log's own line": (saying(200, LOG.sign(TEXT).line.encode()), NOT_ITS_KEY),
    "a line over another checkpoint": (saying(200, MOVED), NOT_ITS_KEY),
    "a line with a flipped bit": (saying(200, LINE.replace(b"A", b"B", 1)), NOT_ITS_KEY),
    "nothing": (saying(200, b""), NOT_ITS_KEY),
    "an empty line": (saying(200, b"\n"), NOT_ITS_KEY),
    "a line that does not end": (saying(200, LINE[:-1]), NOT_ITS_KEY),
    "a line and more": (saying(200, LINE + b"hello\n"), NOT_ITS_KEY),
    "a whole note": (saying(200, f"{TEXT}\n".encode() + LINE), NOT_ITS_KEY),
    "bytes that are no text": (saying(200, b"\xff" * 90), NOT_ITS_KEY),
    "a packed line": (saying(200, gzip.compress(LINE), Content_Encoding="gzip"), NOT_ITS_KEY),
    "a long answer": (saying(200, LINE * (MAX_ANSWER // len(LINE) + 1)), NOT_ITS_KEY),
    "an endless answer": (endless, NOT_ITS_KEY),
    "a redirect": (saying(307, b"", Location="http://127.0.0.1:1/"), "it answered 307:"),
    "a refusal": (saying(403, b"who are\x1b[31m you?\n"), "it answered 403: who are [31m you?"),
    "an answer of another kind": (saying(201, LINE), "it answered 201:"),
    "a size of another kind": (saying(409, b"3\n", Content_Type="text/plain"), "it answered 409: 3"),
    "a size that is none": (saying(409, b"03\n", Content_Type=SIZE_TYPE), "it answered 409: 03"),
    "a size beyond all trees": (saying(409, b"9" * 999, Content_Type=SIZE_TYPE), "it answered 409: 999"),
    "the size it was asked": (saying(409, b"0\n", Content_Type=SIZE_TYPE), "it holds a tree of size 0"),
    "no http": (babbling, "it cannot be reached"),
}


@pytest.mark.parametrize(("server", "reason"), WRONG.values(), ids=WRONG)
def test_a_witness_that_is_wrong_is_named_and_left_out(server, reason):
    cosigned = asked(server, cosigning(SECOND, NOON))

    assert cosigned.outcomes[0].reason.startswith(reason)
    assert cosigned.outcomes[0].reason.isprintable()
    assert names_of(cosigned.note) == [ORIGIN, SECOND.name]
    assert dict(cosigned.standing.cosigned) == {"w2": NOON}


@pytest.mark.parametrize("manner", [silent, dripping])
def test_a_slow_witness_is_left_out_when_patience_ends(manner, end):
    cosigned = asked(manner(end), cosigning(SECOND, NOON), patience=1.0)

    assert [each.reason for each in cosigned.outcomes] == ["it did not answer in time", ""]
    assert names_of(cosigned.note) == [ORIGIN, SECOND.name]


def test_an_absent_witness_is_named_and_left_out():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    cosigned = cosign(NOTE, trusting(WITNESS, url=[url]), PROOF)

    assert cosigned.note == NOTE
    assert cosigned.outcomes[0].reason.startswith("it cannot be reached: ")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1",
        "http://127.0.0.1:1/a/path/",
        "https://127.0.0.1:1",
        f"http://{'a' * 70}.invalid",
        "http://a..invalid",
        "http://xn--\u6d4b.invalid",
        "http://[::1]:1",
    ],
)
def test_an_address_that_leads_nowhere_is_named(url):
    cosigned = cosign(NOTE, trusting(WITNESS, url=[url]), PROOF)

    assert cosigned.outcomes[0].reason.startswith("it cannot be reached: ")


def test_lines_by_strangers_beside_the_witness_s_own_are_ignored():
    lines = [SECOND.sign(TEXT, 1).line, IMPOSTOR.sign(TEXT, 2).line, WITNESS.sign(TEXT, NOON).line]
    cosigned = asked(saying(200, "".join(lines).encode()))

    assert names_of(cosigned.note) == [ORIGIN, WITNESS.name]
    assert dict(cosigned.standing.cosigned) == {"w1": NOON}
