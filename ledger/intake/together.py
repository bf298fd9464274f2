"""What is done for many at once, and where all of them fail at one, for each alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from mingdan.ledger.errors import MingdanError
from mingdan.ledger.keeping.store import Taken

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


def together(
    do: Callable[[Sequence[_Asked]], Sequence[_Answer]], group: Sequence[_Asked]
) -> Sequence[_Answer | BaseException]:
    """What comes of all at once; of each alone where all may have failed at one."""
    try:
        return do(group)
    except BaseException as error:  # noqa: BLE001  # whatever it is, who waits is told
        if len(group) > 1 and _may_be_of_one(error):
            return [outcome for each in group for outcome in together(do, [each])]
        return [_own(error) for _ in group]


def _may_be_of_one(error: BaseException) -> bool:
    """Whether all may have failed at one submission: at a name that is taken, or what nobody foresaw."""
    return isinstance(error, Taken) or not isinstance(error, MingdanError)


def _own(error: BaseException) -> BaseException:
    """The same for each of those who wait: they may add to what it says."""
    if not isinstance(error, MingdanError):
        return error
    again = type(error).__new__(type(error), *error.args)
    again.__dict__.update(error.__dict__, evidence=dict(error.evidence))
    again.__cause__ = error.__cause__
    return again
