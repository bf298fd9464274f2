"""A vault that an earlier version made becomes one of this version, with all that it held."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from mingdan.ledger.errors import Unavailable, WrongWorkspace
from mingdan.ledger.keeping.database import create, open_engine
from mingdan.ledger.keeping.migration import STEPS, config_of, migrate
from mingdan.ledger.keeping.schema import STEP, vault
from mingdan.ledger.keeping.vault import Vault, Words, draw_order

FIRST = """
CREATE TABLE orders (stream VARCHAR PRIMARY KEY, handle VARCHAR NOT NULL UNIQUE, secret {bytes},
    alias VARCHAR UNIQUE);
CREATE TABLE words (stream VARCHAR NOT NULL, seq BIGINT NOT NULL, field VARCHAR NOT NULL,
    words VARCHAR NOT NULL, PRIMARY KEY (stream, seq, field));
CREATE INDEX words_of_contact ON words (substr(words, 1, 64)) WHERE field = 'contact';
CREATE INDEX words_of_goods ON words (substr(words, 1, 64)) WHERE field = 'goods';
CREATE INDEX words_of_payment ON words (substr(words, 1, 64)) WHERE field = 'payment';
CREATE INDEX words_of_recipient ON words (substr(words, 1, 64)) WHERE field = 'recipient';
"""


@pytest.fixture
def engine(database_url):
    engine = open_engine(database_url, "mingdan_vault")
    away(engine)
    yield engine
    away(engine)  # the other tests find no half of a vault
    engine.dispose()


def away(engine) -> None:
    if engine.dialect.name == "postgresql":
        with engine.begin() as db:
            db.execute(text("DROP SCHEMA IF EXISTS mingdan_vault CASCADE"))


def unnumbered(engine) -> Vault:
    """A vault as it was made before steps were counted, with an order in it."""
    create(engine, type(vault)(), "mingdan_vault")
    with engine.begin() as db:
        kind = "BLOB" if engine.dialect.name == "sqlite" else "BYTEA"
        for statement in FIRST.format(bytes=kind).split(";"):
            if statement.strip():
                db.execute(text(statement))
    return Vault(engine)


def is_no_index_of_words(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "index" or not str(name).startswith("words_of_")


def indexes(db) -> set[str]:
    """Every index that somebody wrote, as the database says it."""
    told = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'mingdan_vault'",
    }
    plain = str.maketrans("", "", '"\n ')
    return {
        sql.translate(plain).replace("IFNOTEXISTS", "") for sql in db.scalars(text(told[db.dialect.name]))
    }


def test_an_unnumbered_vault_keeps_what_it_holds_and_gets_what_it_lacks(engine):
    old, order = unnumbered(engine), draw_order("my-7")
    old.keep([order], [Words(order.stream, 1, "contact", "someone@example.invalid")])

    assert old.step() is None
    assert migrate(engine) == ("0001", STEP)
    assert old.step() == STEP
    assert old.orders_of([order.stream]) == {order.stream: order}
    assert [each.words for each in old.words_of([order.stream])[order.stream]] == ["someone@example.invalid"]


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")  # of the indexes over expressions
def test_what_the_steps_make_is_what_a_new_vault_has(engine):
    create(engine, type(vault)(), "mingdan_vault")

    assert migrate(engine) == (None, STEP)
    with engine.begin() as db:
        found = MigrationContext.configure(db, opts={"include_name": is_no_index_of_words})
        assert compare_metadata(found, vault) == []
        made = indexes(db)
    with engine.begin() as db:
        for index in ("words_of_contact", "words_of_goods", "words_of_payment", "words_of_recipient"):
            db.execute(text(f"DROP INDEX {index}"))
    create(engine, vault, "mingdan_vault")  # the indexes over expressions are written out in the schema
    with engine.begin() as db:
        assert indexes(db) == made


def test_a_new_vault_stands_at_the_newest_step_and_migrating_it_changes_nothing(engine):
    Vault(engine).create()

    assert Vault(engine).step() == STEP
    assert migrate(engine) == (STEP, STEP)


def test_a_number_that_two_orders_were_given_is_neither_s_and_others_stay(engine):
    create(engine, type(vault)(), "mingdan_vault")
    kept = {"east": {"a": "1", "b": "1", "c": "2", "d": None}, "west": {"a": "1"}}
    rows = [{"dock": dock, "ref": ref, "up": up} for dock, each in kept.items() for ref, up in each.items()]
    with engine.begin() as db:
        config = config_of(STEPS / "versions")
        config.attributes["connection"] = db
        command.upgrade(config, "0003")
        db.execute(text("INSERT INTO crossings VALUES (:dock, :ref, :ref, :up, 0, NULL)"), rows)

    migrate(engine)

    with engine.begin() as db:
        found = db.execute(text("SELECT dock, ref, upstream FROM crossings ORDER BY dock, ref")).all()
    assert [up for *_, up in found] == [None, None, "2", None, "1"]


def test_making_an_old_vault_again_does_not_call_it_new(engine):
    old = unnumbered(engine)
    old.create()

    assert old.step() is None


def test_a_vault_of_a_later_version_is_left_as_it_is(engine):
    Vault(engine).create()
    with engine.begin() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(WrongWorkspace, match="newer version"):
        migrate(engine)
    assert Vault(engine).step() == "9999"


def test_the_newest_step_is_the_one_that_the_code_asks_for():
    config = Config()
    config.set_main_option("script_location", str(STEPS))

    assert ScriptDirectory.from_config(config).get_heads() == [STEP]


def test_a_step_that_the_database_refuses_changes_nothing(engine):
    old = unnumbered(engine)
    with engine.begin() as db:
        db.execute(text("CREATE TABLE crossings (dock VARCHAR)"))  # somebody else's

    with pytest.raises(Unavailable):
        migrate(engine)
    assert old.step() is None
    assert not inspect(engine).has_table("api_keys")
