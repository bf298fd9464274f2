"""Facts as a platform hands them in: one JSON object a line, turned into claims, all of them or none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta, Struct

from mingdan.ledger.entry import Basis, Claim, claimed
from mingdan.ledger.errors import MalformedEntry, MingdanError, NotFound
from mingdan.ledger.event import Erased, Id, Millis, Placed
from mingdan.ledger.keeping.vault import NewOrder, Vault, draw_order

LARGEST_LINE = 1 << 20  # bytes
LEDGER = "ledger"  # who seals epochs and erases
Name = Annotated[str, Meta(pattern=r"\A[^\x00]{1,200}\Z")]


class Statement(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line. `order` is a handle, a stream, or the platform's own name for the order.

    `data` holds the kind's fields, private ones in clear: the ledger commits to them. `id` makes the line
    safe to send again. `at` is milliseconds UTC; left out, the fact happens as it is recorded.
    """

    at: Millis | None = None
    basis: Basis | None = None
    by: Id
    data: dict[str, bool | int | str | list[str] | None] = {}
    id: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    kind: str
    order: Name


class Batch(NamedTuple):
    """Claims in the order of their lines, and the orders that they open."""

    claims: list[Claim]
    new: list[NewOrder]


def read_statements(lines: Iterable[bytes]) -> list[Statement]:
    """The statements of JSON lines; blank lines are skipped. Raises MalformedEntry naming the line."""
    statements = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(line) > LARGEST_LINE:
            raise MalformedEntry("a line may be 1 MiB at most", line=number, got=len(line))
        try:
            json.loads(line, object_pairs_hook=_once)
            statements.append(_decode(line))
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise MalformedEntry(
                "this line is not a statement",
                next_step='write {"kind": …, "order": …, "by": …, "data": {…}}: see docs/events.md',
                line=number,
                reason=str(error),
            ) from error
    return statements


def claims_of(statements: Sequence[Statement], vault: Vault) -> Batch:
    """Claims for `Book.record`: an `order.placed` under a new name opens an order, all else finds its own.

    Raises NotFound or MalformedEntry with the number of the statement, from 1.
    """
    named = _known({statement.order for statement in statements}, vault)
    batch = Batch([], [])
    for number, statement in enumerate(statements, 1):
        try:
            _check_said(statement)
            event, private = claimed(statement.kind, dict(statement.data))
            if isinstance(event, Erased):
                raise MalformedEntry(
                    "an erasure is done, not told: its words must go with it",
                    next_step="run `mingdan erase`",
                    kind=statement.kind,
                )
            order = named.get(statement.order)
            if order is None and isinstance(event, Placed):
                order = named[statement.order] = draw_order(statement.order)
                batch.new.append(order)
            if order is None:
                raise NotFound("no such order", next_step=_PLACE, order=statement.order)
        except MingdanError as error:
            error.evidence.setdefault("statement", number)
            raise
        batch.claims.append(
            Claim(
                stream=order.stream,
                by=statement.by,
                event=event,
                at=statement.at,
                basis=statement.basis,
                private=private,
                key=None if statement.id is None else f"{statement.by}\n{statement.id}",
            )
        )
    return batch


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
    found: dict[str, NewOrder] = dict(vault.by_alias(names))
    for order in vault.orders_of(names).values():
        found[order.stream] = order
    for order in vault.by_handle(names).values():
        found[order.handle] = order
    return found


_PLACE = "place it first; an order that was erased has lost its name"
_UNSEEN = re.compile("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_decode = msgspec.json.Decoder(Statement, strict=True).decode
