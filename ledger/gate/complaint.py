"""What libraries complain of, as lines of JSON beside those of the requests.

They are told with their words and their place, and without what they are about: that may be private.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from msgspec import Struct

from mingdan.ledger.gate.journal import Write
from mingdan.ledger.instant import instant


class Complaint(Struct, omit_defaults=True):
    """`of` is whose it is, `error` the sort of an exception and where it was raised."""

    at: str
    level: str
    of: str
    said: str
    error: str = ""


class Complaints(logging.Handler):
    def __init__(self, write: Write) -> None:
        super().__init__(logging.WARNING)
        self.write = write

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        told = Complaint(
            at=instant(int(record.created * 1000)),
            level=record.levelname.lower(),
            of=record.name,
            said=str(record.msg).partition("\n")[0],
            error="" if error is None else place_of(error),
        )
        self.write(msgspec.json.encode(told).decode())


@contextmanager
def heard(write: Write) -> Iterator[None]:
    """Writes down what is complained of meanwhile."""
    complaints = Complaints(write)
    logging.getLogger().addHandler(complaints)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(complaints)


def place_of(error: BaseException) -> str:
    """The sort of an error and where it was raised; its words may be private."""
    frames = traceback.extract_tb(error.__traceback__)
    return type(error).__name__ + (f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else "")
