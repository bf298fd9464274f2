"""Views follow the log: resumable anywhere, the same rows however they were reached."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, update

from mingdan.ledger.errors import StoreConflict, Unavailable
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.store import Store
from mingdan.ledger.keeping.vault import Vault
from mingdan.projections import views
from mingdan.projections.catch_up import apply, catch_up, position, states
from mingdan.projections.rebuild import Difference, rebuild
from mingdan.projections.views import VIEWS, open_views

from .told import table_rows

NONE = {str(table.name): 0 for table in VIEWS}


@pytest.fixture(scope="module")
def whole(market, tmp_path_factory):
    """The rows of every view after one catch-up in one go."""
    engine = open_views(f"sqlite:///{tmp_path_factory.mktemp('whole')}/views.db")
    catch_up(market, engine)
    yield table_rows(engine)
    engine.dispose()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(cuts=st.lists(st.integers(1, 400), max_size=4), size=st.integers(1, 300))
def test_stopping_anywhere_and_resuming_gives_the_same_views(market, whole, tmp_path_factory, cuts, size):
    url = f"sqlite:///{tmp_path_factory.mktemp('cut')}/views.db"
    for cut in [*sorted(cuts), None]:
        engine = open_views(url)
        catch_up(market, engine, upto=cut, size=size)
        engine.dispose()
    engine = open_views(url)

    assert table_rows(engine) == whole
    assert position(engine) == market.max_notification_id()
    engine.dispose()


def test_rebuilding_finds_no_difference_and_gives_the_same_views(market, whole, tmp_path):
    url = f"sqlite:///{tmp_path}/views.db"
    engine = open_views(url)
    catch_up(market, engine, upto=100)
    engine.dispose()

    reached, found = rebuild(market, url)

    engine = open_views(url)
    assert reached == market.max_notification_id()
    assert all((each.added, each.removed, each.changed) == (0, 0, 0) for each in found)
    assert table_rows(engine) == whole
    engine.dispose()


def test_rebuilding_tells_what_was_wrong_with_the_old_view(market, whole, tmp_path):
    url = f"sqlite:///{tmp_path}/views.db"
    engine = open_views(url)
    catch_up(market, engine)
    with engine.begin() as db:
        db.execute(update(views.delays).values(irregular=77))
    engine.dispose()

    found = msgspec.json.decode(msgspec.json.encode(rebuild(market, url)[1]), type=list[Difference])

    changed = {each.view: each.changed for each in found}
    assert changed == NONE | {"delays": len(whole["delays"])}


def test_rebuilding_reads_each_view_once_and_its_successor_once(market, tmp_path):
    url = f"sqlite:///{tmp_path}/views.db"
    engine = open_views(url)
    catch_up(market, engine)
    engine.dispose()
    said = []

    def hear(_connection, _cursor, statement, *_):
        said.append(" ".join(statement.split()))

    event.listen(Engine, "before_cursor_execute", hear)
    rebuild(market, url)
    event.remove(Engine, "before_cursor_execute", hear)

    assert {table.name: sum(each.endswith(f"FROM {table.name}") for each in said) for table in VIEWS} == (
        dict.fromkeys(NONE, 2)
    )


def test_of_a_view_that_cannot_be_read_every_row_differs_and_of_the_others_none(market, whole, tmp_path):
    url = f"sqlite:///{tmp_path}/views.db"
    engine = open_views(url)
    catch_up(market, engine)
    with engine.begin() as db:
        db.exec_driver_sql("ALTER TABLE delays DROP COLUMN promised")
    engine.dispose()

    _, found = rebuild(market, url)

    engine = open_views(url)
    assert {each.view: each.added for each in found} == NONE | {"delays": len(whole["delays"])}
    assert all((each.removed, each.changed) == (0, 0) for each in found)
    assert table_rows(engine) == whole
    engine.dispose()


def test_new_views_that_the_disk_refuses_are_our_error(market, tmp_path):
    (tmp_path / "views.db.new").mkdir()

    with pytest.raises(Unavailable, match="cannot be made"):
        rebuild(market, f"sqlite:///{tmp_path}/views.db")


def test_rebuilding_works_on_postgresql(market, whole, postgres_url):
    engine = open_views(postgres_url)
    catch_up(market, engine, upto=100)
    engine.dispose()

    reached, found = rebuild(market, postgres_url)

    engine = open_views(postgres_url)
    assert reached == market.max_notification_id()
    assert {each.view: (each.added, each.removed, each.changed) for each in found} == dict.fromkeys(
        NONE, (0, 0, 0)
    )
    assert table_rows(engine) == whole
    engine.dispose()


def test_a_gap_stops_the_views(market, tmp_path):
    engine = open_views(f"sqlite:///{tmp_path}/views.db")
    rows = next(market.scan(0, size=10))
    with pytest.raises(StoreConflict, match="do not continue"), engine.begin() as db:
        apply(db, rows[1:])

    assert position(engine) == 0
    engine.dispose()


def test_views_of_another_ledger_are_noticed(market, tmp_path):
    engine = open_views(f"sqlite:///{tmp_path}/views.db")
    catch_up(market, engine)
    empty = Store(open_engine(f"sqlite:///{tmp_path}/ledger.db", "mingdan_ledger"))
    empty.create()

    with pytest.raises(StoreConflict, match="ahead of the ledger"):
        catch_up(empty, engine)
    engine.dispose()
    empty.engine.dispose()


def test_the_folds_in_the_views_are_those_of_the_entries(market, tmp_path):
    engine = open_views(f"sqlite:///{tmp_path}/views.db")
    catch_up(market, engine, size=7)
    streams = market.streams(10**9)
    book = Book(market, Vault(market.engine), {})

    found = states(engine, streams)

    assert found == {stream: book.order(stream) for stream in streams}
    engine.dispose()


def test_damaged_views_are_rebuilt_and_not_restored(market, whole, tmp_path):
    (tmp_path / "views.db").write_bytes(b"this is no database" * 1000)
    url = f"sqlite:///{tmp_path}/views.db"
    with pytest.raises(Unavailable, match="deleting them loses nothing") as refused:
        open_views(url)
    rebuild(market, url)

    engine = open_views(url)
    assert refused.value.next_step == "run `mingdan rebuild`"
    assert table_rows(engine) == whole
    engine.dispose()
