import resource
import signal
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import psycopg
import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import make_url

from mingdan.ledger import event as e
from mingdan.ledger.errors import StoreConflict, Unavailable
from mingdan.ledger.intake.statement import claims_of, read_statements
from mingdan.ledger.keeping.book import STEPS
from mingdan.ledger.keeping.draft import Receipt

from ...command import PYTHON
from .scribe import flaws, history, record_history, stores_at

SCRIBE = Path(__file__).with_name("scribe.py")
BATCHES = {"first batch": 0, "middle batch": 1, "new orders and private words": 2}
TABLE = [
    pytest.param(step, number, id=f"{step}, {name}", marks=[pytest.mark.slow] if number < 2 else [])
    for step in STEPS
    for name, number in BATCHES.items()
]


@pytest.fixture
def undisturbed(tmp_path):
    """What the fixed history leaves where nothing happens."""
    (tmp_path / "undisturbed").mkdir()
    with stores_at(f"sqlite:///{tmp_path / 'undisturbed' / 'ledger.db'}") as calm:
        calm.store.create()
        calm.vault.create()
        record_history(calm, history())
        return calm.kept()


# kill -9 ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("step", "number"), TABLE)
def test_a_killed_recorder_loses_nothing_and_the_next_run_doubles_nothing(
    stores, database_url, undisturbed, step, number
):
    command = [PYTHON, SCRIBE, "history", database_url, step, str(number)]
    killed = subprocess.run(command, check=False, capture_output=True, text=True)
    receipts = [msgspec.json.decode(line, type=Receipt) for line in killed.stdout.splitlines()]
    batches = history()
    done = number + (step == "append-committed")
    whole = sum(len(batch.claims) for batch in batches[:done])

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(receipts) == sum(len(batch.claims) for batch in batches[:number])
    assert stores.log() == undisturbed[0][:whole]
    assert [(receipt.position, receipt.leaf) for receipt in receipts] == [
        (row.position, row.leaf.hex()) for row in undisturbed[0][: len(receipts)]
    ]
    again = []
    record_history(stores, history(), acknowledged=again.append)

    assert stores.kept() == undisturbed
    assert [receipt.duplicate for receipt in again] == [True] * whole + [False] * (len(again) - whole)
    assert flaws(stores.log()) == []


STATEMENTS = b"""
{"kind":"order.placed","order":"no-1","by":"xiaomai","id":"1","data":{"amount":5000,"currency":"CNY","qty":1,\
"merchant":"kamao","platform":"xiaomai","sku":"music-month","contact":"bao@example.org"}}
{"kind":"order.paid","order":"no-1","by":"xiaomai","id":"2","data":{"payment":"wx-1"}}
""".splitlines()


class Crash(BaseException):
    """The process ends here."""


def crash(step):
    def reached(name):
        if name == step:
            raise Crash

    return reached


@pytest.mark.parametrize("step", STEPS)
def test_an_order_that_a_crash_left_in_the_vault_begins_with_the_next_run(stores, other_process, step):
    first = claims_of(read_statements(STATEMENTS), stores.vault)
    with pytest.raises(Crash):
        stores.book(reached=crash(step)).record(first.claims, first.new)
    again = claims_of(read_statements(STATEMENTS), other_process.vault)  # draws a new link, if it draws one
    receipts = other_process.book().record(again.claims, again.new)
    (order,) = stores.vault.by_alias(["no-1"]).values()

    assert [(row.stream, row.seq) for row in stores.log()] == [(order.stream, 1), (order.stream, 2)]
    assert [receipt.stream for receipt in receipts] == [order.stream] * 2
    assert {spoken.words for spoken in stores.vault.words_of([order.stream])[order.stream]} == {
        "bao@example.org",
        "wx-1",
    }
    assert stores.vault.find(order.handle).secret == stores.vault.find("no-1").secret
    assert flaws(stores.log()) == []


# the disk -------------------------------------------------------------------------------------------------
@contextmanager
def limited_files(size):
    """No file grows beyond `size` bytes: for the writer the disk fails, as root and as anyone."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def refused_and_unchanged(stores, record):
    """The error of a batch that could not be recorded, when nothing is changed and the next one is."""
    before = stores.kept()
    with pytest.raises(Unavailable) as refused:
        record()

    assert stores.kept() == before
    assert refused.value.next_step
    assert refused.value.exit_code == 3
    return refused.value


@pytest.fixture
def large(says):
    return [says(e.Noted(label="x" * 200)) for _ in range(400)]


@pytest.fixture
def spoken(says):
    return [says(e.Delivered(evidence="provider_receipt"), private={"goods": "CARD " * 40_000})]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("full", ["ledger", "vault"])
def test_a_full_disk_is_named_and_changes_nothing(stores, opened, large, spoken, full):
    engine, batch = (stores.store.engine, large) if full == "ledger" else (stores.vault.engine, spoken)
    with engine.connect() as db:
        pages = db.exec_driver_sql("PRAGMA page_count").scalar_one()
    stores.close()
    sa_event.listen(engine, "connect", limit := page_limit(pages))
    error = refused_and_unchanged(stores, lambda: opened.record(batch))
    stores.close()
    sa_event.remove(engine, "connect", limit)

    assert "full" in error.message
    assert "space" in error.next_step
    assert len(opened.record(batch)) == len(batch)
    assert flaws(stores.log()) == []


def page_limit(pages):
    return lambda db, _record: db.execute(f"PRAGMA max_page_count = {pages}").close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("failing", ["ledger", "vault"])
def test_a_disk_that_fails_while_it_is_written_is_named_and_changes_nothing(
    stores, opened, large, spoken, database_url, failing
):
    ledger = Path(make_url(database_url).database)
    write_ahead = ledger.with_name(f"{failing}.db-wal")
    batch = large if failing == "ledger" else spoken
    with limited_files(write_ahead.stat().st_size):
        error = refused_and_unchanged(stores, lambda: opened.record(batch))

    assert "disk" in error.message
    assert len(opened.record(batch)) == len(batch)
    assert flaws(stores.log()) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("reads", ["store", "vault"])
def test_a_database_that_only_reads_is_named_and_nothing_is_changed(stores, opened, large, spoken, reads):
    engine = getattr(stores, reads).engine
    stores.close()
    sa_event.listen(engine, "connect", only_reads)
    error = refused_and_unchanged(stores, lambda: opened.record(large if reads == "store" else spoken))

    assert "writable" in error.next_step


def only_reads(db, _record):
    db.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    db.commit()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_without_space_is_named_and_nothing_is_changed(stores, opened, says):
    with stores.store.engine.begin() as db:
        db.exec_driver_sql(
            "CREATE FUNCTION full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
            " 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        db.exec_driver_sql("CREATE TRIGGER full_ BEFORE INSERT ON entries EXECUTE FUNCTION full()")
    error = refused_and_unchanged(stores, lambda: opened.record([says(e.Noted(label="x"))]))
    with stores.store.engine.begin() as db:
        db.exec_driver_sql("DROP TRIGGER full_ ON entries")

    assert "space" in error.next_step
    assert opened.record([says(e.Noted(label="x"))])[0].position == 3


# the lock and the line --------------------------------------------------------------------------------------
def test_a_writer_that_waits_too_long_for_another_says_so_and_changes_nothing(
    stores, other_process, opened, says
):
    stores.close()
    sa_event.listen(stores.store.engine, "connect", waits_50_ms)
    with other_process.store.appending():
        error = refused_and_unchanged(stores, lambda: opened.record([says(e.Noted(label="x"))]))

    assert isinstance(error, StoreConflict)
    assert "another writer" in error.next_step
    assert opened.record([says(e.Noted(label="x"))])[0].position == 3


def waits_50_ms(db, _record):
    if isinstance(db, psycopg.Connection):
        db.execute("SET lock_timeout = 50")
        db.commit()
    else:
        db.execute("PRAGMA busy_timeout = 50").close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("step", STEPS[:-1])
def test_a_server_that_goes_away_is_named_and_the_fact_is_recorded_once_by_sending_it_again(
    stores, database_url, says, opened, step
):
    def go_away(name):
        if name == step and armed:
            plain = make_url(database_url).set(drivername="postgresql")
            with psycopg.connect(plain.render_as_string(hide_password=False)) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    armed = True
    opened.reached = go_away
    claim = says(e.Delivered(evidence="provider_receipt"), private={"goods": "CARD-1-KEY"}, key="goods")
    with pytest.raises(Unavailable) as gone:
        opened.record([claim])
    armed = False
    for _ in range(5):  # each store's own connections find out for themselves
        with suppress(Unavailable):
            opened.record([claim])

    assert gone.value.next_step
    assert [row.seq for row in stores.log()] == [1, 2, 3]
    assert flaws(stores.log()) == []
