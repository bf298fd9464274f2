import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from mingdan.ledger.errors import (
    Malformed,
    MalformedProof,
    Misuse,
    StoreConflict,
    Unavailable,
    WrongWorkspace,
)
from mingdan.ledger.note import COSIGNATURE, Signature, Signer, parse_note
from mingdan.ledger.quorum import Log, TrustPolicy
from mingdan.ledger.tree import EMPTY_ROOT
from mingdan.ledger.witness.memory import KEY, LOGS, MEMORY, STEPS, create_witness, open_witness
from mingdan.ledger.witness.request import Declined, Head, Request

from .conftest import NOON
from .growing import FOLLOWS, FORKED, HONEST, LOG, ORIGIN, WITNESS, GrowingLog


def head(size):
    return Head(size, HONEST.checkpoint(size).root)


def answer(witness, request):
    """The time of a valid cosignature, or the status of the refusal."""
    try:
        line = witness.add_checkpoint(request.print())
    except Declined as refused:
        return refused.status
    signature = Signature.parse(line)
    return witness.signer.key.verify(parse_note(request.note)[0], signature.payload)


# what it answers ------------------------------------------------------------------------------------------
def test_a_witness_cosigns_a_log_as_it_grows(witness):
    steps = [(0, 0), (0, 3), (3, 3), (3, 256), (256, 400)]

    assert [answer(witness, HONEST.request(old, new)) for old, new in steps] == [NOON] * len(steps)
    assert witness.memory.latest(ORIGIN) == head(400)


def test_the_witness_signs_with_the_name_and_key_it_shows(witness):
    signature = Signature.parse(witness.add_checkpoint(HONEST.request(0, 3).print()))

    assert witness.signer.key.kind == COSIGNATURE
    assert (signature.name, signature.key_id) == (WITNESS.name, witness.signer.key.id)


def test_bytes_that_are_no_request_are_declined(witness):
    with pytest.raises(Declined) as refused:
        witness.add_checkpoint(b"old zero\n\n")

    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (FORKED.request(3, 7), 422),
        (FORKED.request(3, 3), 409),
        (HONEST.request(2, 3), 409),
        (HONEST.request(0, 2), 409),
        (Request(3, (), HONEST.note(2)), 400),
    ],
)
def test_what_is_declined_changes_nothing(witness, request_, status):
    answer(witness, HONEST.request(0, 3))

    assert answer(witness, request_) == status
    assert witness.memory.latest(ORIGIN) == head(3)
    assert answer(witness, HONEST.request(3, 7)) == NOON


def test_logs_are_remembered_apart(folder):
    second = GrowingLog(["a", "b"], Signer("second.example", b"2" * 32))
    policy = TrustPolicy((Log(LOG.key), Log(second.signer.key)))
    with closing(create_witness(folder, name=WITNESS.name, policy=policy)) as witness:
        witness.add_checkpoint(HONEST.request(0, 3).print())
        witness.add_checkpoint(second.request(0, 2).print())

        assert witness.memory.latest(ORIGIN) == head(3)
        assert witness.memory.latest("second.example").size == 2
        assert witness.memory.latest("third.example") == Head(0, EMPTY_ROOT)


# what it remembers ----------------------------------------------------------------------------------------
def test_what_was_cosigned_is_still_known_when_the_witness_is_opened_again(witness, folder):
    answer(witness, HONEST.request(0, 7))
    witness.close()

    with closing(open_witness(folder, lambda: NOON)) as again:
        assert again.signer.key == witness.signer.key
        assert answer(again, FORKED.request(0, 7)) == 409
        assert answer(again, FORKED.request(7, 9)) == 422
        assert answer(again, HONEST.request(7, 9)) == NOON


def test_a_commit_is_synced_before_the_witness_signs(witness):
    with witness.memory.engine.connect() as db:
        modes = [
            db.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous")
        ]

    assert modes == ["delete", 3]  # all in one file, and the end of each commit is synced too


def test_a_copy_of_the_memorys_one_file_forgets_nothing(witness, folder, tmp_path):
    answer(witness, HONEST.request(0, 7))
    copy = shutil.copytree(folder, tmp_path / "copy", ignore=lambda _, names: {n for n in names if "-" in n})

    with closing(open_witness(copy, lambda: NOON)) as again:
        assert answer(again, FORKED.request(0, 7)) == 409


def test_a_swap_from_another_size_changes_nothing(witness):
    memory = witness.memory

    assert not memory.swap(1, HONEST.checkpoint(3), HONEST.note(3))
    assert memory.latest(ORIGIN) == Head()
    assert memory.swap(0, HONEST.checkpoint(3), HONEST.note(3))
    assert not memory.swap(0, HONEST.checkpoint(7), HONEST.note(7))
    assert memory.latest(ORIGIN) == head(3)


class Crash(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_leaves_nothing_or_a_tree_that_nobody_heard_of(witness, folder, step):
    held = {"judged": 0, "kept": 3}[step]

    def reached(name):
        if name == step:
            raise Crash

    with closing(open_witness(folder, lambda: NOON, reached)) as dying, pytest.raises(Crash):
        dying.add_checkpoint(HONEST.request(0, 3).print())

    assert witness.memory.latest(ORIGIN).size == held
    assert answer(witness, FORKED.request(held, 3)) == (NOON if held == 0 else 409)


@pytest.mark.parametrize("later", [5, 3])
def test_of_two_requests_judged_at_once_the_second_is_judged_again(witness, folder, later):
    """The race of the specification: B is kept between A's judgement and A's keeping."""

    def reached(name):
        if name == "judged":
            answer(witness, HONEST.request(0, 7))

    with closing(open_witness(folder, lambda: NOON, reached)) as slow:
        assert answer(slow, HONEST.request(0, later)) == 409
    assert witness.memory.latest(ORIGIN) == head(7)


def test_a_fork_told_between_judgement_and_keeping_is_not_cosigned(witness, folder):
    def reached(name):
        if name == "judged":
            answer(witness, HONEST.request(0, 7))

    with closing(open_witness(folder, lambda: NOON, reached)) as slow:
        assert answer(slow, FORKED.request(0, 7)) == 409


def test_threads_and_connections_never_take_a_witness_back(witness, folder):
    """Everyone sends every size; each size can be reached once from the one before it."""
    with closing(open_witness(folder, lambda: NOON)) as other, ThreadPoolExecutor(4) as pool:
        asked = [(each, old) for old in range(12) for each in (witness, other) * 2]
        told = list(pool.map(lambda ask: answer(ask[0], HONEST.request(ask[1], ask[1] + 1)), asked))
        reached = witness.memory.latest(ORIGIN).size

    assert set(told) <= {NOON, 409}
    assert told.count(NOON) == reached


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE cosigned SET size = 2", "never goes back"),
        ("UPDATE cosigned SET root = x'00'", "never goes back"),
        ("UPDATE cosigned SET origin = 'other.example'", "never goes back"),
        ("DELETE FROM cosigned", "forgets nothing"),
    ],
)
def test_the_database_itself_refuses_to_go_back(witness, folder, statement, reason):
    answer(witness, HONEST.request(0, 3))

    with closing(sqlite3.connect(folder / MEMORY)) as db, pytest.raises(sqlite3.IntegrityError, match=reason):
        db.execute(statement)
    assert witness.memory.latest(ORIGIN) == head(3)


def test_a_witness_that_cannot_keep_does_not_sign(witness, folder):
    with closing(sqlite3.connect(folder / MEMORY, isolation_level=None)) as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON cosigned BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )

        with pytest.raises(StoreConflict, match="not kept"):
            witness.add_checkpoint(HONEST.request(0, 3).print())
        db.execute("DROP TRIGGER full")
    assert answer(witness, HONEST.request(0, 3)) == NOON


# the folder -----------------------------------------------------------------------------------------------
def test_a_new_witness_has_a_private_key_of_its_own(witness, folder):
    key = folder / KEY

    assert key.stat().st_mode & 0o777 == 0o600
    assert Signer.parse(key.read_text().strip()).key == witness.signer.key
    assert (folder / LOGS).read_bytes() == FOLLOWS.print()
    assert sorted(path.name for path in (folder / "keys").iterdir()) == ["witness.key"]


def test_two_witnesses_have_two_keys(witness, tmp_path):
    with closing(create_witness(tmp_path / "other", name=WITNESS.name, policy=FOLLOWS)) as other:
        assert other.signer.key != witness.signer.key


def test_a_witness_is_not_made_over_another(witness, folder):
    with pytest.raises(Misuse):
        create_witness(folder, name=WITNESS.name, policy=FOLLOWS)

    with closing(open_witness(folder)) as again:
        assert again.signer.key == witness.signer.key


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\n"])
def test_a_name_no_key_can_have_is_refused(folder, name):
    with pytest.raises(MalformedProof):
        create_witness(folder, name=name, policy=FOLLOWS)


def test_a_witness_half_made_is_made_with_the_key_it_has(witness, folder):
    (folder / LOGS).unlink()  # written last

    with closing(create_witness(folder, name=WITNESS.name, policy=FOLLOWS)) as again:
        assert again.signer.key == witness.signer.key


def test_a_half_made_witness_keeps_its_name(witness, folder):
    witness.close()
    (folder / LOGS).unlink()

    with pytest.raises(Misuse, match="another witness"):
        create_witness(folder, name="other.example", policy=FOLLOWS)


def without_logs(folder):
    (folder / LOGS).unlink()


def without_memory(folder):
    for path in folder.glob(f"{MEMORY}*"):
        path.unlink()


def with_an_empty_memory(folder):
    without_memory(folder)
    (folder / MEMORY).touch()


def with_a_memory_of_something_else(folder):
    without_memory(folder)
    (folder / MEMORY).write_bytes(b"not a database, but long enough to look like one" * 100)


def without_a_key(folder):
    (folder / KEY).unlink()


def with_a_damaged_key(folder):
    (folder / KEY).write_text("PRIVATE+KEY+torn")


def with_a_log_s_key(folder):
    (folder / KEY).write_text(LOG.secret)


def with_a_torn_policy(folder):
    (folder / LOGS).write_bytes(b"log ")


DAMAGES: list[tuple[Callable, type[Exception]]] = [
    (without_logs, WrongWorkspace),
    (without_memory, WrongWorkspace),
    (with_an_empty_memory, WrongWorkspace),
    (with_a_memory_of_something_else, Unavailable),
    (without_a_key, Unavailable),
    (with_a_damaged_key, Unavailable),
    (with_a_log_s_key, Unavailable),
    (with_a_torn_policy, Malformed),
]


@pytest.mark.parametrize(("damage", "error"), DAMAGES)
def test_a_witness_with_a_part_missing_or_damaged_does_not_sign(witness, folder, damage, error):
    answer(witness, HONEST.request(0, 3))
    witness.close()
    damage(folder)

    with pytest.raises(error) as refused, closing(open_witness(folder)) as again:
        again.add_checkpoint(HONEST.request(0, 3).print())
    assert refused.value.next_step


@pytest.mark.parametrize("damage", [without_memory, with_an_empty_memory])
def test_a_key_that_lost_its_memory_is_not_given_a_new_one(witness, folder, damage):
    witness.close()
    damage(folder)
    (folder / LOGS).unlink()

    with pytest.raises(WrongWorkspace, match="memory"):
        create_witness(folder, name=WITNESS.name, policy=FOLLOWS)
