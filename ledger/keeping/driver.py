"""The database without detours: the driver's own cursor, where microseconds count.

Statements are made once by SQLAlchemy and run by the driver itself: at one entry a commit everything else
costs more than deciding does. The driver's errors come out as SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from sqlalchemy import ClauseElement, ColumnElement, Engine, PoolProxiedConnection, any_, bindparam
from sqlalchemy.exc import DBAPIError

from mingdan.ledger.keeping.database import is_lost, statement

_Name = TypeVar("_Name", str, bytes)


class Driver:
    """Transactions on connections of an engine; `lock` is what takes PostgreSQL's write lock.

    The connection of the last transaction is kept for the next: the pool takes as long as deciding does.
    """

    def __init__(self, engine: Engine, lock: str | None = None) -> None:
        self.engine = engine
        self._begin = "BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else lock
        self._texts: dict[ClauseElement, str] = {}
        self._kept: list[PoolProxiedConnection] = []  # one at most, while no transaction has it
        self._watch: PoolProxiedConnection | None = None  # sees what others commit; nothing is done on it

    def close(self) -> None:
        """Gives back the connection it keeps; the next transaction asks for another."""
        while self._kept:
            self._kept.pop().close()
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    @contextmanager
    def transaction(self, *, pipelined: bool = False) -> Iterator[Any]:
        """The driver's cursor in a transaction under the lock; committed and synced at the end, or undone.

        What is `pipelined` goes to PostgreSQL without waiting for each answer; it can hold no COPY.
        """
        held = self._take()
        with self._cursor(held) as cursor, ExitStack() as room:
            if pipelined and self.engine.dialect.name == "postgresql":
                room.enter_context(cursor.connection.pipeline())
            if self._begin is not None:
                cursor.execute(self._begin)
            yield cursor
            held.commit()
        if self._kept or held.dbapi_connection is None:
            held.close()
        else:
            self._kept.append(held)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """The driver's cursor for what reads: on SQLite from one snapshot, on PostgreSQL one a statement."""
        held = self._borrow()
        with self._cursor(held) as cursor:
            if self.engine.dialect.name == "sqlite":
                cursor.execute("BEGIN")  # PostgreSQL's driver begins by itself; the pool rolls both back
            yield cursor
        held.close()

    def changes(self) -> int | None:
        """Another number after each commit on any other connection; None on PostgreSQL, which has no such."""
        if self.engine.dialect.name != "sqlite":
            return None
        watch, self._watch = self._watch or self._borrow(), None
        with self._cursor(watch) as cursor:
            found: int = cursor.execute("PRAGMA data_version").fetchone()[0]
        self._watch = watch
        return found

    def _take(self) -> PoolProxiedConnection:
        if not self._kept:
            return self._borrow()
        held = self._kept.pop()
        if self.engine.dialect.name != "postgresql" or not is_lost(self.engine, held.dbapi_connection):
            return held
        held.invalidate()
        return self._borrow()

    def _borrow(self) -> PoolProxiedConnection:
        """A connection of the pool; that there is none to be had comes out as any other error."""
        try:
            return self.engine.raw_connection()
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self._told(error) from error

    @contextmanager
    def _cursor(self, held: PoolProxiedConnection) -> Iterator[Any]:
        """A cursor of a connection, which goes back to the pool where something goes wrong."""
        try:
            cursor = held.cursor()
            yield cursor
            cursor.close()
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self._told(error, lost=self._undo(held)) from error
        except BaseException:
            self._undo(held)
            raise

    def _told(self, error: Exception, *, lost: bool = False) -> BaseException:
        dialect = self.engine.dialect
        return DBAPIError.instance(
            None, None, error, dialect.loaded_dbapi.Error, connection_invalidated=lost, dialect=dialect
        )

    def text(self, clause: ClauseElement) -> str:
        """The driver's text of a statement, made once."""
        found = self._texts.get(clause)
        if found is None:
            found = self._texts[clause] = statement(self.engine, clause)
        return found

    def each(self, cursor: Any, clause: ClauseElement, names: Iterable[_Name]) -> list[tuple[Any, ...]]:
        """The rows of a statement that asks for one of these names (`named`), name by name or all at once."""
        unique = sorted(set(names))
        if not unique:
            return []
        text = self.text(clause)
        if self.engine.dialect.name != "sqlite":
            return list(cursor.execute(text, (unique,)).fetchall())
        return [row for name in unique for row in cursor.execute(text, (name,)).fetchall()]

    def _undo(self, held: PoolProxiedConnection) -> bool:
        """Rolls back and lets go; a connection that cannot even do that is thrown away. Whether it was.

        The pool's others of its age go with it: what ended this one may have ended them without a word.
        """
        try:
            held.rollback()
        except self.engine.dialect.loaded_dbapi.Error as error:
            self.engine.pool._invalidate(held, error)  # noqa: SLF001  # as SQLAlchemy does where it is asked
            return True
        held.close()
        return False


def named(engine: Engine, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """That a column is the name asked for; on PostgreSQL, one of the names."""
    if engine.dialect.name == "sqlite":
        return column == bindparam("name")
    return column == any_(bindparam("names"))
