"""How the command speaks: answers, errors and bars, for people and, with --json, for machines."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NoReturn

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mingdan.ledger.errors import MingdanError, Misuse
from mingdan.ledger.keeping.clock import now_ms
from mingdan.site.plain import line

errors = Console(stderr=True, markup=False, highlight=False, soft_wrap=True, emoji=False)


def say(told: object, as_json: bool, text: str) -> None:
    """One JSON document, or text."""
    sys.stdout.write((msgspec.json.encode(told, order="deterministic").decode() if as_json else text) + "\n")


def document(error: MingdanError) -> dict[str, object]:
    """An error for machines."""
    evidence = {name: None if value is None else str(value) for name, value in error.evidence.items()}
    return {
        "error": type(error).__name__,
        "message": error.message,
        "evidence": evidence,
        "next": error.next_step,
    }


def fail(error: MingdanError, as_json: bool) -> NoReturn:
    """Says what is wrong, its evidence and the next step, and leaves with the error's exit code.

    What was handed in is repeated as one harmless line each, whatever characters it holds.
    """
    if as_json:
        sys.stderr.write(msgspec.json.encode(document(error)).decode() + "\n")
    else:
        errors.print(f"mingdan: {line(error.message)}")
        for name, value in error.evidence.items():
            if value is None:
                continue  # there is no such entry to rest on
            errors.print(f"  {name}: {line(str(value))}")
        if error.next_step:
            errors.print(f"  next: {error.next_step}")
    sys.exit(error.exit_code)


def instant(text: str) -> int:
    """Milliseconds UTC of ISO 8601 with an offset, or now. Raises Misuse."""
    if text == "now":
        return now_ms()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misuse("not an instant", next_step=_INSTANT, got=text) from error
    if moment.tzinfo is None:
        raise Misuse("an instant needs its offset", next_step=_INSTANT, got=text)
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


@contextlib.contextmanager
def bar(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """One bar: called with what is done, of how many."""
    with bars() as progress:
        yield lambda done, total: progress(what, done, total or 0)


@contextlib.contextmanager
def bars() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each stage of a long run, on a terminal, once it has lasted a second."""
    columns = (TextColumn("{task.description:>12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    started = time.monotonic()
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as shown:
        tasks: dict[str, Any] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks and time.monotonic() - started > 1:
                tasks[what] = shown.add_task(what, total=total or None)
            if what in tasks:
                shown.update(tasks[what], completed=done, total=total or None)

        yield progress


_INSTANT = "write for example 2026-11-01T00:00:00Z"
