"""Several at once bring the views to the log's head; what was deleted from them is told, not counted over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest
from sqlalchemy import delete

from mingdan.ledger.errors import StoreConflict, Unavailable
from mingdan.ledger.keeping.database import open_engine
from mingdan.ledger.keeping.store import Store
from mingdan.projections import views
from mingdan.projections.catch_up import catch_up, position
from mingdan.projections.census import take_census
from mingdan.projections.scope import platforms
from mingdan.projections.views import open_views

from .conftest import END, midst
from .told import table_rows


@pytest.fixture(scope="module")
def whole(market):
    """The rows of every view after one catch-up in one go."""
    engine = open_views("sqlite://")
    catch_up(market, engine)
    yield table_rows(engine)
    engine.dispose()


@pytest.fixture
def url(database_url):
    return database_url.replace("ledger.db", "views.db")


@pytest.fixture
def engine(url):
    opened = open_views(url)
    yield opened
    opened.dispose()


class Overtaken(Store):
    """A log that is read, and before what was read is written another process has gone on with the views."""

    def __init__(self, engine, meanwhile) -> None:
        super().__init__(engine)
        self.meanwhile = meanwhile

    def scan(self, after, upto=None, size=10_000):
        for rows in super().scan(after, upto, size):
            self.meanwhile()
            yield rows


@pytest.mark.parametrize("ahead", [3, 10, 25, None])
def test_who_is_overtaken_goes_on_from_where_the_other_came(market, whole, engine, url, ahead):
    other = open_views(url)

    def go_first():
        head = market.max_notification_id()
        catch_up(market, other, upto=head if ahead is None else min(position(other) + ahead, head))

    reached = catch_up(Overtaken(market.engine, go_first), engine, size=10)

    assert reached == position(engine) == market.max_notification_id()
    assert table_rows(engine) == whole
    other.dispose()


def test_all_who_catch_up_at_once_leave_the_views_as_one_does(market, whole, engine, url):
    begin = Barrier(3)

    def follow(size):
        store, own = Store(open_engine(str(market.engine.url), "mingdan_ledger")), open_views(url)
        with closing(store):
            begin.wait()
            reached = catch_up(store, own, size=size)
        own.dispose()
        return reached

    with ThreadPoolExecutor() as others:
        reached = [*others.map(follow, (17, 40, 101))]

    assert reached == [market.max_notification_id()] * 3
    assert table_rows(engine) == whole


def test_views_that_were_put_back_meanwhile_are_not_written_over(market, engine, url):
    other = open_views(url)
    catch_up(market, engine, upto=50)

    def put_back():
        with other.begin() as db:
            db.execute(views.progress.update().values(position=20))

    with pytest.raises(StoreConflict, match="do not continue the log") as stopped:
        catch_up(Overtaken(market.engine, put_back), engine, size=10)

    assert stopped.value.evidence == {"expected": 21, "got": 51}
    assert "run the command again" in stopped.value.next_step
    assert position(engine) == 20
    other.dispose()


@pytest.mark.parametrize("table", [views.folds, views.subjects, views.progress], ids=lambda table: table.name)
def test_nothing_is_folded_on_to_what_was_deleted(market, table):
    engine = open_views("sqlite://")
    catch_up(market, engine, upto=midst(market))
    with engine.begin() as db:
        db.execute(delete(table))
    before = table_rows(engine)

    with pytest.raises(Unavailable, match="lost what came before") as stopped:
        catch_up(market, engine)

    assert stopped.value.next_step == "run `mingdan rebuild`"
    assert table_rows(engine) == before
    engine.dispose()


def test_an_order_that_the_backlog_has_lost_is_named_and_not_counted(market):
    engine = open_views("sqlite://")
    catch_up(market, engine)
    with engine.begin() as db:
        lost = set(db.scalars(delete(views.backlog).returning(views.backlog.c.stream)))

    with pytest.raises(StoreConflict, match="contradict each other") as stopped:
        take_census(engine, as_of=END, size=1, zone="UTC")

    assert platforms(engine)
    assert stopped.value.evidence["stream"] in lost
    assert stopped.value.next_step == "run `mingdan rebuild`"
    engine.dispose()
