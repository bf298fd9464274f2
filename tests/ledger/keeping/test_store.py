from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from itertools import count

import pytest
from eventsourcing.persistence import IntegrityError, Notification, StoredEvent
from eventsourcing.tests import persistence

from mingdan.ledger.errors import StoreConflict, WrongWorkspace
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.schema import VERSION, ledger_version
from mingdan.ledger.keeping.store import Taken
from mingdan.ledger.tree import leaf_hash

NUMBERS = count()


@pytest.fixture
def store(stores):
    return stores.store


def stream(number):
    return f"order/{sha256(b'%d' % number).hexdigest()}"


A, B = stream(1), stream(2)


def row(position, name=A, seq=1, key=None, entry=None):
    raw = f"{name} {seq}".encode() if entry is None else entry
    return Row(position, name, seq, "order.noted", raw, leaf_hash(raw), key)


def write(store, *rows, **more):
    with store.appending() as appending:
        appending.write(rows, **more)


def log(store):
    return [each for rows in store.scan(0) for each in rows]


def events(name, *versions):
    return [StoredEvent(name, version, "order.noted", f"{name} {version}".encode()) for version in versions]


# the library's contract -------------------------------------------------------------------------------
def test_the_librarys_own_cases_for_a_recorder_hold(store):
    class Case(persistence.ApplicationRecorderTestCase):
        def create_recorder(self):
            return store

        def new_originator_id(self):
            return stream(next(NUMBERS))  # the log names its streams by text

    case = Case("test_insert_select")

    assert case.INITIAL_VERSION == 1
    case.debug()


def test_events_are_inserted_at_dense_positions_counted_from_1(store):
    positions = [*store.insert_events(events(A, 1, 2)), *store.insert_events(events(B, 1))]

    assert positions == [1, 2, 3]
    assert store.max_notification_id() == 3


def test_a_stream_is_read_between_versions_from_either_end(store):
    first, second, third = events(A, 1, 2, 3)
    store.insert_events([first, second, third])

    assert store.select_events(A, gt=1, lte=2) == [second]
    assert store.select_events(A, desc=True, limit=2) == [third, second]
    assert store.select_events(A, lte=2, desc=True, limit=1) == [second]
    assert store.select_events(B) == []


def test_notifications_are_chosen_by_position_and_kind(store):
    store.insert_events(events(A, 1, 2, 3))
    second, third = events(A, 2, 3)

    assert store.select_notifications(1, 10, stop=2, inclusive_of_start=False) == [
        Notification(A, 2, second.topic, second.state, 2)
    ]
    assert store.select_notifications(3, 10, topics=["order.noted"]) == [
        Notification(A, 3, third.topic, third.state, 3)
    ]
    assert store.select_notifications(None, 10, topics=["order.paid"]) == []


def test_inserting_nothing_changes_nothing(store):
    assert store.insert_events([]) == []
    assert store.max_notification_id() is None


def test_a_store_is_followed_by_scanning_not_by_subscribing(store):
    with pytest.raises(NotImplementedError, match="scan"):
        store.subscribe()


# dense positions, streams without holes -----------------------------------------------------------------
REFUSED = {
    "a hole in a stream": [row(2, seq=7)],
    "a stream that does not begin at 1": [row(2, B, 2)],
    "a version taken already": [row(2, seq=1)],
    "a version twice in one append": [row(2, seq=2), row(3, seq=2)],
    "versions in the wrong order": [row(2, seq=3), row(3, seq=2)],
    "a position beyond the head": [row(3, seq=2)],
    "a position taken already": [row(1, seq=2)],
    "a gap within one append": [row(2, seq=2), row(4, seq=3)],
}


@pytest.mark.parametrize("rows", REFUSED.values(), ids=REFUSED)
def test_what_does_not_continue_the_log_is_refused_and_nothing_is_written(store, rows):
    write(store, row(1))

    with pytest.raises(IntegrityError) as refused:
        write(store, *rows)

    assert isinstance(refused.value, StoreConflict)
    assert refused.value.next_step
    assert log(store) == [row(1)]


@pytest.mark.parametrize(
    "taken",
    [row(2, seq=1), row(1, B, 1), row(2, B, 1, key=b"k" * 16)],
    ids=["version", "position", "key"],
)
def test_the_database_itself_refuses_what_is_taken(store, taken):
    write(store, row(1, key=b"k" * 16))

    with pytest.raises(Taken), store.appending() as appending:
        appending.insert([taken])

    assert log(store) == [row(1, key=b"k" * 16)]


def test_a_rolled_back_append_leaves_no_gap(store):
    write(store, row(1))
    for _ in range(3):
        with suppress(ZeroDivisionError), store.appending() as appending:
            appending.write([row(2, seq=2), row(3, B)])
            raise ZeroDivisionError

    write(store, row(2, seq=2))

    assert [each.position for each in log(store)] == [1, 2]


def test_one_transaction_may_append_more_than_once(store):
    with store.appending() as appending:
        appending.write([row(1)])
        appending.write([row(2, seq=2), row(3, B)])

        assert appending.head == 3
    assert log(store) == [row(1), row(2, seq=2), row(3, B)]


def test_a_transaction_sees_its_own_head_last_row_and_streams(store):
    write(store, row(1), row(2, B, key=b"k" * 16))

    with store.appending() as appending:
        seen = appending.head, appending.last(), appending.rows_of([B, A, B])

        assert seen == (2, row(2, B, key=b"k" * 16), sorted(log(store), key=lambda each: each.stream))
        assert appending.rows_with([b"k" * 16, b"other"]) == {b"k" * 16: row(2, B, key=b"k" * 16)}
        assert appending.streams_after(1) == {B}


@pytest.mark.slow
def test_an_append_larger_than_a_statement_takes_parameters_is_one_transaction(store):
    names = [stream(number) for number in range(70_000)]
    keyed = [row(number, name, key=b"%16d" % number, entry=b"{}") for number, name in enumerate(names, 1)]

    with store.appending() as appending:
        appending.write(keyed)
        found = appending.rows_of(names), appending.rows_with(each.key for each in keyed)

    assert (len(found[0]), len(found[1])) == (70_000, 70_000)
    assert store.max_notification_id() == 70_000


# reading ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_a_scan_gives_the_log_in_batches_and_loses_nothing(store, size):
    write(store, *(row(number, stream(number)) for number in range(1, 12)))
    batches = list(store.scan(2, 10, size))

    assert [each.position for rows in batches for each in rows] == [*range(3, 11)]
    assert {len(rows) for rows in batches[:-1]} <= {size}


def test_a_scan_ends_at_the_head_of_the_moment_it_began(store):
    write(store, row(1))
    scan = store.scan(0, size=1)
    first = next(scan)
    write(store, row(2, seq=2))

    assert first == [row(1)]
    assert list(scan) == []


def test_a_log_with_a_gap_is_refused_not_skipped(store):
    write(store, row(1), row(2, seq=2), row(3, seq=3))
    with store.engine.begin() as db:
        if db.dialect.name == "sqlite":
            db.exec_driver_sql("DROP TRIGGER entries_DELETE_refused")
        else:
            db.exec_driver_sql("SET LOCAL session_replication_role = replica")
        db.exec_driver_sql("DELETE FROM entries WHERE position = 2")

    with pytest.raises(StoreConflict) as refused:
        list(store.scan(0))

    assert refused.value.next_step


def test_the_streams_of_the_orders_are_named_without_the_logs_own(store):
    write(store, row(1, B), row(2, "log"), row(3, A), row(4, B, 2))

    assert store.streams(4) == sorted([A, B])
    assert store.streams(2) == [B]


def test_a_store_that_was_never_quite_made_is_named(stores):
    with stores.store.engine.begin() as db:
        ledger_version.drop(db)  # no row of it can be deleted
        ledger_version.create(db)

    with pytest.raises(WrongWorkspace) as refused:
        stores.store.version()

    assert refused.value.next_step


def test_making_a_store_again_changes_nothing(store):
    write(store, row(1))
    store.create()

    assert store.version() == VERSION
    assert log(store) == [row(1)]


# side by side -------------------------------------------------------------------------------------------
def test_threads_of_one_store_append_one_after_the_other(store):
    def append(number):
        for seq in range(1, 11):
            with store.appending() as appending:
                appending.write([row(appending.head + 1, stream(number), seq)])

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(append, range(12)))

    assert [each.position for each in log(store)] == [*range(1, 121)]


def test_readers_beside_a_writer_see_whole_appends_only(store):
    def read():
        return max((len(rows) for rows in store.scan(0)), default=0)

    with ThreadPoolExecutor(4) as pool:
        for number in range(20):
            with store.appending() as appending:
                appending.write([row(number * 10 + 1 + i, stream(number), i + 1) for i in range(10)])
                seen = [each.result() for each in [pool.submit(read) for _ in range(4)]]

            assert set(seen) == {number * 10}
