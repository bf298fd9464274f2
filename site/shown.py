"""What the site shows, noted beside the views, so that the next run renders only what differs from it."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Engine, Integer, MetaData, String, Table, delete, insert, select

from mingdan.ledger.keeping.database import create, reading
from mingdan.ledger.keeping.staging import Staging
from mingdan.ledger.keeping.store import converted
from mingdan.projections.views import SCHEMA

_metadata = MetaData()

_editions = Table(
    "editions",
    _metadata,
    Column("one", Integer, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("look", String, nullable=False),
)


class Shown(Struct, frozen=True):
    size: int = 0
    as_of: int = 0
    look: str = ""


def prepare(engine: Engine) -> None:
    create(engine, _metadata, SCHEMA)


def shown(engine: Engine, staging: Staging) -> Shown:
    """What the site shows; nothing where its folder was emptied or the views were made anew."""
    if not (staging.site / "index.html").exists():
        return Shown()
    with converted("the views cannot be read"), reading(engine).begin() as db:
        row = db.execute(select(_editions)).first()
    return Shown() if row is None else Shown(row.size, row.as_of, row.look)


def note(engine: Engine, now: Shown) -> None:
    with converted("the views cannot be written"), engine.begin() as db:
        db.execute(delete(_editions))
        db.execute(insert(_editions).values(one=1, size=now.size, as_of=now.as_of, look=now.look))
