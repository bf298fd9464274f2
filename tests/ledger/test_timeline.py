"""The walk as its readers see it; which proofs hold and which step fails is in tests/corpus.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mingdan.ledger.errors import Broken
from mingdan.ledger.quorum import TrustPolicy
from mingdan.ledger.timeline import Opening, check
from mingdan.ledger.tlog_proof import parse_proof
from mingdan.ledger.tree import leaf_hash

from ..corpus import DAY, NOW, SECONDS, W1, Log, policy, shown, text

NAMES = ["checkpoint", "epoch", "map", "entries", "place", "age"]
POLICY = TrustPolicy.parse(policy(W1, quorum="w1").encode())


def timeline(**parts):
    log = Log(cosigned=((W1, SECONDS - 60),), **parts)
    told = log.parts() | {"openings": [] if log.absent else shown(len(log.entries))}
    return parse_proof(text(told).encode())


WHOLE = timeline()


def walk(told, *, now=NOW, fresh_within=DAY, trusted=POLICY):
    return list(check(told, trusted, now=now, fresh_within=fresh_within))


def failing(told):
    """The steps that hold, and the one that does not."""
    held = []
    with pytest.raises(Broken) as caught:
        held.extend(step.number for step in check(told, POLICY, now=NOW, fresh_within=DAY))
    return held, caught.value


def test_the_six_steps_are_told_in_their_order_each_with_what_was_found():
    steps = walk(WHOLE)

    assert [step.number for step in steps] == [1, 2, 3, 4, 5, 6]
    assert [step.name for step in steps] == NAMES
    assert "300 entries; 1 of 1 witnesses" in steps[0].found
    assert "entry 3, at index 150" in steps[2].found
    assert not any(step.stale for step in steps)


def test_a_stream_the_log_does_not_know_is_complete_without_entries():
    steps = walk(timeline(absent=True))

    assert steps[2].found == "the log has no entry of this stream"
    assert len(steps) == 6


def test_what_is_stale_is_an_answer_and_no_error():
    *before, age = walk(WHOLE, now=NOW + 1000 * DAY)

    assert age.stale
    assert "by its witnesses" in age.found
    assert not any(step.stale for step in before)


def test_without_a_quorum_the_age_is_said_to_be_the_logs_own_word():
    *_, age = walk(WHOLE, trusted=TrustPolicy.parse(policy(W1).encode()))

    assert "the log's own word" in age.found


def test_steps_are_told_as_they_hold_up_to_the_one_that_fails():
    steps = check(replace(WHOLE, entries=WHOLE.entries[:-1]), POLICY, now=NOW, fresh_within=DAY)

    assert [next(steps).number for _ in range(3)] == [1, 2, 3]
    with pytest.raises(Broken):
        next(steps)


@pytest.mark.parametrize(
    ("step", "change"),
    [
        (1, {"checkpoint": b"no note"}),
        (1, {"checkpoint": WHOLE.checkpoint.replace(b"\n300\n", b"\n301\n")}),
        (2, {"epoch": b"no entry"}),
        (2, {"path": ()}),
        (3, {"map": b"no proof"}),
        (3, {"stream": "no stream"}),
        (3, {"head": None, "entries": (), "place": ()}),
        (4, {"entries": ()}),
        (4, {"entries": (*WHOLE.entries, b"no entry")}),
        (4, {"entries": WHOLE.entries[::-1]}),
        (4, {"openings": (Opening(field="recipient", opening="00" * 32, seq=1, words="nobody"),)}),
        (5, {"place": ()}),
    ],
)
def test_the_first_step_that_fails_is_named_in_the_evidence(step, change):
    held, broken = failing(replace(WHOLE, **change))

    assert held == list(range(1, step))
    assert broken.evidence["step"] == step


def test_a_quorum_that_is_not_met_tells_how_many_cosigned():
    held, broken = failing(parse_proof(text(Log().parts()).encode()))

    assert held == []
    assert broken.evidence == {"step": 1, "quorum": "w1", "cosigned": "0 of 1"}


def test_an_entry_left_out_at_the_end_tells_what_the_log_holds():
    _, broken = failing(replace(WHOLE, entries=WHOLE.entries[:-1]))

    assert broken.evidence["expected"] == (3, leaf_hash(WHOLE.entries[-1]).hex())
    assert broken.evidence["actual"] == (2, leaf_hash(WHOLE.entries[-2]).hex())


@given(st.data())
def test_a_flipped_bit_in_any_part_is_noticed(data):
    part = data.draw(st.sampled_from(["checkpoint", "epoch", "path", "map", "entries", "place"]))
    kept = getattr(WHOLE, part)
    pieces = [kept] if isinstance(kept, bytes) else list(kept)
    which = data.draw(st.integers(0, len(pieces) - 1))
    at = data.draw(st.integers(0, len(pieces[which]) - 1))
    piece = bytearray(pieces[which])
    piece[at] ^= 1 << data.draw(st.integers(0, 7))
    pieces[which] = bytes(piece)

    with pytest.raises(Broken):
        walk(replace(WHOLE, **{part: pieces[0] if isinstance(kept, bytes) else tuple(pieces)}))


@given(st.sampled_from(shown(3)), st.text(min_size=1, max_size=9))
def test_no_other_words_open_a_commitment(opening, more):
    told = Opening(**opening | {"words": opening["words"] + more})

    held, broken = failing(replace(WHOLE, openings=(told,)))

    assert held == [1, 2, 3]
    assert broken.evidence["field"] == opening["field"]
