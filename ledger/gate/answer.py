"""What is answered: where an entry lies, the log's promise to publish it, and once it is, the proof."""

from __future__ import annotations

from msgspec import Struct

from mingdan.ledger.gate.problem import Problem


class Entered(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An entry's place in the log: `seq` in its stream from 1, `index` from 0. Instants are ms UTC.

    `handle` and `page` are told to whoever places an order: they are the key to it.
    """

    duplicate: bool = False
    handle: str | None = None
    id: str | None = None
    index: int
    irregular: str | None = None
    kind: str
    leaf: str
    page: str | None = None
    publish_by: int
    receipt: str | None = None
    recorded: int
    seq: int
    stream: str


class Result(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What came of one event of a batch: its entry, or why there is none; `id` where the event has one."""

    entry: Entered | None = None
    id: str | None = None
    problem: Problem | None = None
    status: int


class Batched(Struct, frozen=True, kw_only=True):
    """A batch's outcomes, in its order; `receipt` promises all that is recorded."""

    receipt: str | None
    results: list[Result]


class Proof(Struct, frozen=True, kw_only=True):
    """RFC 9162: `path` (base64) leads from the leaf at `index` to the root of the signed checkpoint."""

    checkpoint: str
    index: int
    path: list[str]


class Receipted(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The log's promise for one entry; `proof` once it is published."""

    index: int
    leaf: str
    proof: Proof | None = None
    publish_by: int
    receipt: str
    recorded: int
    seq: int
    stream: str


class Taken(Struct, frozen=True, kw_only=True):
    """What a link holder sent, as it is recorded: its entry, and until when the order's `page` shows it."""

    leaf: str
    page: str
    publish_by: int
    recorded: int
    seq: int


class OrderReceipt(Struct, frozen=True, kw_only=True):
    """The log's promise for every entry of an order."""

    entries: list[Entered]
    receipt: str
    stream: str
