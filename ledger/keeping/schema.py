"""The tables of the ledger and the vault, and the triggers that make the ledger append-only.

The ledger's tables are only ever added to, but for `shelves`: no column is changed, no row updated, replaced
or deleted.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    event,
)

VERSION = 4  # 2: epochs commit to map and figures; 3: the market's streams; 4: words that are said once

STEP = "0004"  # the newest of the vault's `migrations`

ledger = MetaData()
vault = MetaData()

Position = BigInteger().with_variant(Integer, "sqlite")  # SQLite's row id must be spelled INTEGER

entries = Table(
    "entries",
    ledger,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("stream", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("entry", LargeBinary, nullable=False),  # the canonical bytes, made once
    Column("leaf", LargeBinary, nullable=False),
    Column("key", LargeBinary),  # digest of the idempotency key
    UniqueConstraint("stream", "seq"),
    CheckConstraint("position >= 1"),
)
Index("entries_key", entries.c.key, unique=True, sqlite_where=entries.c.key.is_not(None),
      postgresql_where=entries.c.key.is_not(None))  # fmt: skip

checkpoints = Table(
    "checkpoints",
    ledger,
    Column("size", Position, primary_key=True, autoincrement=False),
    Column("previous", BigInteger, nullable=False),
    Column("note", LargeBinary, nullable=False),
    UniqueConstraint("previous"),  # compare-and-swap: each checkpoint has one successor
    CheckConstraint("size > previous AND previous >= 0"),
)

# What stands against each platform's supply of a SKU (`sku` is platform, slash, SKU), moved on in the
# transaction that changes it: the intake guard reads it under the write lock. Not history but arithmetic over
# it, and so the one table here that is updated.
shelves = Table(
    "shelves",
    ledger,
    Column("sku", String, primary_key=True),
    Column("promised", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
)

ledger_version = Table("ledger_version", ledger, Column("version", Integer, primary_key=True))

orders = Table(
    "orders",
    vault,
    Column("stream", String, primary_key=True),
    Column("handle", String, nullable=False, unique=True),
    Column("secret", LargeBinary),  # gone when erased
    Column("alias", String, unique=True),  # the name an imported source gives the order
)

words = Table(
    "words",
    vault,
    Column("stream", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("field", String, nullable=False),
    Column("words", String, nullable=False),
    PrimaryKeyConstraint("stream", "seq", "field"),
)

# Who may speak over HTTP. Of a key its hash alone is kept: whoever reads this cannot speak.
api_keys = Table(
    "api_keys",
    vault,
    Column("id", String, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("party", String, nullable=False),
    Column("kinds", String, nullable=False),  # kinds and groups of kinds, a blank between them; "" is all
    Column("made", BigInteger, nullable=False),  # instants are ms UTC
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
)

# Which order was sent to which shop under which reference: what a callback is bound by (I7).
crossings = Table(
    "crossings",
    vault,
    Column("dock", String, nullable=False),
    Column("ref", String, nullable=False),  # the platform's number of it
    Column("stream", String, nullable=False),
    Column("upstream", String),  # the shop's number, once it was heard
    Column("sent", BigInteger, nullable=False),  # ms UTC
    Column("settled", BigInteger),  # ms UTC; when nothing more was to be asked
    Column("told", BigInteger),  # ms UTC, by the shop's clock; when it signed the last word of it
    PrimaryKeyConstraint("dock", "ref"),
)
Index("crossings_stream", crossings.c.stream)
Index("crossings_upstream", crossings.c.dock, crossings.c.upstream, unique=True)  # a number is one order's

# Where parties are told what is recorded. The secret is kept as it is: it signs each notice.
endpoints = Table(
    "endpoints",
    vault,
    Column("id", String, primary_key=True),
    Column("party", String, nullable=False),
    Column("url", String, nullable=False),
    Column("kinds", String, nullable=False),  # as those of `api_keys`
    Column("secret", LargeBinary, nullable=False),
    Column("private", Boolean, nullable=False),  # whether it may lie in a network of our own
    Column("made", BigInteger, nullable=False),  # instants are ms UTC
    Column("reached", BigInteger, nullable=False),  # the position up to which the outbox was filled
    Column("failing", BigInteger),  # since when nothing got through
    Column("stopped", BigInteger),
    Column("reason", String),
)

# What is still to be told, by the entry's position alone: no words of anybody lie here.
outbox = Table(
    "outbox",
    vault,
    Column("endpoint", String, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),  # ms UTC
    Column("said", String),  # what came of the last attempt
    PrimaryKeyConstraint("endpoint", "position"),
)

steps = Table("alembic_version", vault, Column("version_num", String(32), primary_key=True))  # Alembic's own

# What an inserted row would take the place of: each table named here is append-only.
_TAKEN = {
    "entries": "position = NEW.position OR (stream = NEW.stream AND seq = NEW.seq) OR key = NEW.key",
    "checkpoints": "size = NEW.size OR previous = NEW.previous",
    "ledger_version": "version = NEW.version",
}
_REFUSE_SQLITE = """
CREATE TRIGGER IF NOT EXISTS {table}_{verb}_refused BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_REFUSE_REPLACE = """
CREATE TRIGGER IF NOT EXISTS {table}_replace_refused BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken})
BEGIN SELECT RAISE(ABORT, '{table} is append-only: this place is taken'); END
"""
_REFUSE_FUNCTION = """
CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$
"""
_REFUSE_POSTGRES = """
CREATE OR REPLACE TRIGGER {table}_refused BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()
"""

# By whose words two orders are of one source. A prefix, for an index has no room for words of any length.
SOURCE_INDEXES = {"words_of_contact": "contact", "words_of_recipient": "recipient"}
ONCE_INDEXES = {"words_of_goods": "goods", "words_of_payment": "payment"}  # what is said once only
PREFIX = 64  # characters
_SOURCE_INDEX = """
CREATE INDEX IF NOT EXISTS {name} ON words (substr(words, 1, {prefix})) WHERE field = '{field}'
"""


def _after_create(dialect: str, ddl: str, metadata: MetaData = ledger) -> None:
    """Runs with every `create`, not only a table's first: an older store gets the triggers it lacks."""
    event.listen(metadata, "after_create", DDL(ddl).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]


for table, taken in _TAKEN.items():
    for verb in ("UPDATE", "DELETE"):
        _after_create("sqlite", _REFUSE_SQLITE.format(table=table, verb=verb))
    # SQLite's REPLACE deletes past a DELETE trigger, unless each client asks for it to be fired.
    _after_create("sqlite", _REFUSE_REPLACE.format(table=table, taken=taken))
    for ddl in (_REFUSE_FUNCTION, _REFUSE_POSTGRES):
        _after_create("postgresql", ddl.format(table=table))
for name, field in (SOURCE_INDEXES | ONCE_INDEXES).items():
    for dialect in ("sqlite", "postgresql"):
        _after_create(dialect, _SOURCE_INDEX.format(name=name, field=field, prefix=PREFIX), vault)
