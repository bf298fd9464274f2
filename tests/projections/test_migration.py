"""Views that an earlier version made become those of this one, as a rebuild would make them."""

from __future__ import annotations

import json
from hashlib import sha256

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.schema import CreateTable

from mingdan.ledger.errors import WrongWorkspace
from mingdan.ledger.keeping.database import create, open_engine
from mingdan.ledger.keeping.migration import config_of
from mingdan.ledger.market.incident import Incident
from mingdan.ledger.market.party import Party
from mingdan.ledger.market.promise import Promise
from mingdan.ledger.market.sku import Sku
from mingdan.ledger.order import Order
from mingdan.projections.catch_up import catch_up
from mingdan.projections.migration import STEPS, Migrated, migrate
from mingdan.projections.rebuild import rebuild
from mingdan.projections.views import SCHEMA, STEP, metadata, open_views, standing

from .told import table_rows

# What each step's views hold. Other tables, or another shape of what is folded, are another step's.
MADE = {"0001": "1a9e4e97be69b214fc80da5273d0a96aa0e10da08695a36d8c1456359f2bacad"}
FIRST = """
CREATE TABLE progress (one INTEGER PRIMARY KEY, position BIGINT NOT NULL);
INSERT INTO progress VALUES (1, 7);
CREATE TABLE folds (stream VARCHAR PRIMARY KEY, state {bytes} NOT NULL);
INSERT INTO folds VALUES ('order/1', 'of another shape');
CREATE TABLE delays (stream VARCHAR PRIMARY KEY, platform VARCHAR, irregular INTEGER NOT NULL);
INSERT INTO delays VALUES ('order/1', 'shop', 0);
CREATE INDEX delays_platform ON delays (platform);
CREATE TABLE places (stream VARCHAR PRIMARY KEY)
"""


@pytest.fixture
def url(database_url) -> str:
    return database_url.replace("ledger.db", "views.db")


def old(url: str, step: str | None = None) -> None:
    """Views as they were made before steps were counted, or at a step."""
    engine = open_engine(url, SCHEMA, durable=False)
    create(engine, type(metadata)(), SCHEMA)
    kind = "BLOB" if engine.dialect.name == "sqlite" else "BYTEA"
    with engine.begin() as db:
        for statement in FIRST.format(bytes=kind).split(";"):
            db.execute(text(statement))
        if step is not None:
            db.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
            db.execute(text(f"INSERT INTO alembic_version VALUES ('{step}')"))
    engine.dispose()


def test_views_of_an_earlier_version_become_those_that_a_rebuild_makes(market, url):
    old(url)
    with pytest.raises(WrongWorkspace, match="views of this workspace are of another version") as refused:
        open_views(url)

    done = migrate(market, url)

    assert refused.value.next_step == "run `mingdan database migrate`"
    assert done == Migrated(None, STEP, market.max_notification_id())
    engine = open_views(url)
    assert all(table_rows(engine).values())
    with engine.begin() as db:
        assert compare_metadata(MigrationContext.configure(db), metadata) == []
    engine.dispose()
    assert {(each.added, each.removed, each.changed) for each in rebuild(market, url)[1]} == {(0, 0, 0)}
    assert migrate(market, url) == Migrated(STEP, STEP, 0)


def test_views_of_an_earlier_version_may_also_be_rebuilt(market, tmp_path):
    url = f"sqlite:///{tmp_path}/views.db"
    old(url)
    _, found = rebuild(market, url)

    engine = open_views(url)
    assert standing(engine) == STEP
    assert [each.added for each in found] == [each.rows for each in found]
    engine.dispose()


def test_where_no_views_are_they_are_made_and_stand_at_the_newest_step(market, url):
    assert migrate(market, url) == Migrated(STEP, STEP, 0)

    engine = open_views(url)
    assert standing(engine) == STEP
    assert catch_up(market, engine, upto=3) == 3
    engine.dispose()
    assert migrate(market, url) == Migrated(STEP, STEP, 0)


def test_views_of_a_later_version_are_left_as_they_are(market, tmp_path):
    old(url := f"sqlite:///{tmp_path}/views.db", "9999")

    with pytest.raises(WrongWorkspace, match="newer version"):
        migrate(market, url)
    engine = open_engine(url, SCHEMA)
    assert standing(engine) == "9999"
    engine.dispose()


def test_the_newest_step_is_the_one_that_the_code_asks_for():
    assert ScriptDirectory.from_config(config_of(STEPS)).get_heads() == [STEP]


def test_what_views_hold_changes_with_a_step_only():
    tables = [str(CreateTable(table)) for table in metadata.sorted_tables]
    folded = msgspec.json.schema_components([Order, Party, Sku, Incident, Promise])
    shapes = json.loads(json.dumps(folded), object_hook=undescribed)

    made = sha256(json.dumps([tables, shapes], sort_keys=True).encode()).hexdigest()

    assert made == MADE[STEP], "add a step to projections/migrations, and here what it makes"


def undescribed(shape: dict) -> dict:
    return {name: told for name, told in shape.items() if name != "description"}
