"""What a party is told: the public entry as it lies in the log, its hash, and its own name of the order.

Made of ledger and vault as it is sent: nothing of it is kept, so that what was erased is told no more.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from mingdan.ledger.entry import read
from mingdan.ledger.instant import instant
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.notice.endpoint import Endpoint

PREFIX = "mingdan."


class Told(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`entry` is canonical (RFC 8785) and hashes to `leaf`; `index` is its place in the log, from 0.

    `order` is the platform's name of its own order, told to no other party.
    """

    entry: msgspec.Raw
    index: int
    leaf: str
    order: str | None = None


class Tried(Struct, frozen=True, kw_only=True):
    """What a test says."""

    endpoint: str
    party: str


class Message(Struct, frozen=True, kw_only=True):
    """The body after Standard Webhooks: `timestamp` is when it happened (RFC 3339)."""

    type: str
    timestamp: str
    data: Told | Tried


class Notice(Struct, frozen=True):
    """A body and its id, which stays the same however often it is sent."""

    id: str
    body: bytes


def notice_of(endpoint: Endpoint, row: Row, order: str | None = None) -> Notice:
    """What an endpoint is told of an entry; `order` is the platform's name, where the endpoint is its own."""
    entry = read(row.entry, row.kind, row.leaf)
    told = Told(entry=msgspec.Raw(row.entry), index=row.position - 1, leaf=row.leaf.hex(), order=order)
    message = Message(type=PREFIX + row.kind, timestamp=instant(entry.at), data=told)
    return Notice(f"{endpoint.id}_{row.leaf.hex()}", msgspec.json.encode(message))


def trial_of(endpoint: Endpoint, now: int) -> Notice:
    """A notice of nothing but that it is a test, at an instant (ms UTC)."""
    told = Tried(endpoint=endpoint.id, party=endpoint.party)
    message = Message(type=f"{PREFIX}webhook.test", timestamp=instant(now), data=told)
    return Notice(f"{endpoint.id}_test_{now}", msgspec.json.encode(message))
