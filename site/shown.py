"""What the site shows, noted beside the views, so that the next run renders only what differs from it."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import Engine, delete, insert, select

from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.staging import Staging
from mingdan.ledger.keeping.store import converted
from mingdan.projections.views import editions


class Shown(Struct, frozen=True):
    size: int = 0
    as_of: int = 0
    look: str = ""


def shown(engine: Engine, staging: Staging) -> Shown:
    """What the site shows; nothing where its folder was emptied or the views were made anew."""
    if not (staging.site / "index.html").exists():
        return Shown()
    with converted("the views cannot be read"), reading(engine).begin() as db:
        row = db.execute(select(editions)).first()
    return Shown() if row is None else Shown(row.size, row.as_of, row.look)


def note(engine: Engine, now: Shown) -> None:
    with converted("the views cannot be written"), engine.begin() as db:
        db.execute(delete(editions))
        db.execute(insert(editions).values(one=1, size=now.size, as_of=now.as_of, look=now.look))
