"""Facts as a platform hands them in: one JSON object a line, turned into claims, all of them or none.

Whatever is wrong with one of them, the error names its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta, Struct

from mingdan.ledger.claim import Basis, Claim, Signature, claimed
from mingdan.ledger.errors import MalformedEntry, MingdanError, NotFound
from mingdan.ledger.event import Erased, Event, Placed
from mingdan.ledger.fact import LEDGER, Id, Millis
from mingdan.ledger.keeping.book import Book
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.keeping.vault import NewOrder, Vault, draw_order
from mingdan.ledger.market.party import Registered
from mingdan.ledger.stream import is_order

LARGEST_LINE = 1 << 20  # bytes
UNSEEN = r"\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069"  # characters that no page shows as they were written
Name = Annotated[str, Meta(pattern=r"\A[^\x00]{1,200}\Z")]


class Statement(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line. `order` is a handle, a stream, or the platform's own name for the order.

    A fact of the market names its `party`, `sku`, `exception` or `policy` instead. `data` holds the kind's
    fields, private ones in clear: the ledger commits to them. `id` makes the line safe to send again. `at` is
    milliseconds UTC; left out, the fact happens as it is recorded. `sig` is the party's own signature.
    """

    at: Millis | None = None
    basis: Basis | None = None
    by: Id
    data: dict[str, bool | int | str | list[str] | dict[str, int] | None] = {}
    exception: Id | None = None
    id: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    kind: str
    order: Name | None = None
    party: Id | None = None
    policy: Id | None = None
    sig: Signature | None = None
    sku: Id | None = None

    @property
    def streams(self) -> list[str]:
        """The streams of the market that it names."""
        rooms = {"exception": self.exception, "party": self.party, "policy": self.policy, "sku": self.sku}
        return [f"{room}/{name}" for room, name in rooms.items() if name is not None]


class Said(NamedTuple):
    """A statement and the number of its line, from 1."""

    line: int
    statement: Statement


class Batch(NamedTuple):
    """Claims in the order of their lines, the numbers of these, and the orders that they open."""

    claims: list[Claim]
    lines: list[int]
    new: list[NewOrder]


def read_statements(lines: Iterable[bytes]) -> list[Said]:
    """The statements of JSON lines; blank lines are skipped. Raises MalformedEntry naming the line."""
    statements = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(line) > LARGEST_LINE:
            raise MalformedEntry("a line may be 1 MiB at most", line=number, got=len(line))
        try:
            json.loads(line, object_pairs_hook=_once)
            statements.append(Said(number, _decode(line)))
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise MalformedEntry(
                "this line is not a statement",
                next_step='write {"kind": …, "order": …, "by": …, "data": {…}}: see docs/events.md',
                line=number,
                reason=str(error),
            ) from error
    return statements


def claims_of(told: Sequence[Said], vault: Vault) -> Batch:
    """Claims for `Book.record`: an `order.placed` under a new name opens an order, all else finds its own.

    Raises NotFound or MalformedEntry naming the line.
    """
    named = named_in([said.statement for said in told], vault)
    batch = Batch([], [], [])
    for line, statement in told:
        with about(line):
            batch.claims.append(claim_of(statement, named, batch.new))
            batch.lines.append(line)
    return batch


def record(book: Book, batch: Batch) -> list[Receipt]:
    """Records a batch, all of it or nothing. Raises what the book raises, naming the line for the claim."""
    try:
        return book.record(batch.claims, batch.new)
    except MingdanError as error:
        number = error.evidence.pop("statement", None)
        if isinstance(number, int):
            error.evidence = {"line": batch.lines[number - 1]} | error.evidence
        raise


def named_in(statements: Sequence[Statement], vault: Vault) -> dict[str, NewOrder]:
    """The orders and streams of the market that statements name, by the names that they use."""
    streams = {stream for statement in statements for stream in statement.streams}
    named = _known({statement.order for statement in statements if statement.order}, vault)
    return named | vault.orders_of(streams)


def claim_of(statement: Statement, named: dict[str, NewOrder], new: list[NewOrder]) -> Claim:
    """The claim of one statement, of orders as they are named; one that it opens is added to both.

    Raises NotFound or MalformedEntry.
    """
    _check_said(statement)
    event, private = claimed(statement.kind, dict(statement.data))
    if isinstance(event, Erased):
        raise MalformedEntry(
            "an erasure is done, not told: its words must go with it",
            next_step="run `mingdan erase`",
            kind=statement.kind,
        )
    return Claim(
        stream=_stream(statement, event, named, new),
        by=statement.by,
        event=event,
        at=statement.at,
        basis=statement.basis,
        private=private,
        key=_key(statement),
        sig=statement.sig,
    )


def _key(statement: Statement) -> str | None:
    """What makes it safe to send again: its id, or the signature, which is of this fact alone."""
    name = statement.id or (None if statement.sig is None else statement.sig.ed25519)
    return None if name is None else f"{statement.by}\n{name}"


def _stream(statement: Statement, event: Event, named: dict[str, NewOrder], new: list[NewOrder]) -> str:
    """What a statement is told of; an order that is placed and a party that is registered begin with it."""
    streams, name = statement.streams, statement.order
    if len(streams) + (name is not None) != 1:
        raise MalformedEntry(
            "a statement is told of one order, party, sku, exception or policy",
            next_step='name one: {"kind": "order.paid", "order": …} or {"kind": "sku.listed", "sku": …}',
            kind=statement.kind,
        )
    if name is None:
        stream = streams[0]
        if isinstance(event, Registered) and stream not in named:
            named[stream] = draw_order()._replace(stream=stream)  # for the secret of its private words
            new.append(named[stream])
        return stream
    order = named.get(name)
    if order is None and isinstance(event, Placed):
        order = named[name] = draw_order(name)
        new.append(order)
    if order is None:
        raise NotFound("no such order", next_step=PLACE, order=name)
    return order.stream


@contextmanager
def about(line: int) -> Iterator[None]:
    """Names the line in whatever is wrong with it."""
    try:
        yield
    except MingdanError as error:
        error.evidence = {"line": line} | error.evidence
        raise


def _check_said(statement: Statement) -> None:
    """Refuses the ledger's own name, and text that a page would not show as it was written."""
    if statement.by == LEDGER:
        raise MalformedEntry(
            "the ledger speaks for itself", next_step="put the party's own id into `by`", by=statement.by
        )
    for name, value in statement.data.items():
        if isinstance(value, str) and _UNSEEN.search(value):
            raise MalformedEntry(
                "text has no control and no reordering characters", kind=statement.kind, field=name
            )


def _once(pairs: list[tuple[str, object]]) -> None:
    """Refuses an object that says a name twice: which of them was meant, nobody knows."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError(f"a name is said twice among {sorted(names)}")


def _known(names: set[str], vault: Vault) -> dict[str, NewOrder]:
    """The orders of these names; what has not the form of a stream or a handle is not asked for as one."""
    found: dict[str, NewOrder] = dict(vault.by_alias(names))
    found |= vault.orders_of(name for name in names if is_order(name))
    return found | vault.by_handle(name for name in names if _HANDLE.fullmatch(name))


PLACE = "place it first; an order that was erased has lost its name"
_HANDLE = re.compile("[a-z2-7]{26}")
_UNSEEN = re.compile(f"[{UNSEEN}]")
_decode = msgspec.json.Decoder(Statement, strict=True).decode
