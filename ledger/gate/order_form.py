"""Placing an order in one flat object: its own name, its terms, and whom the goods are for."""

from __future__ import annotations

import re

import msgspec

from mingdan.ledger.errors import MalformedEntry
from mingdan.ledger.event import KIND_OF, Placed
from mingdan.ledger.gate.cloud_event import Value
from mingdan.ledger.gate.json_text import read_json
from mingdan.ledger.gate.problem import Declined
from mingdan.ledger.gate.told import DATA, Headers, content_type
from mingdan.ledger.intake.statement import Name, Statement

IDEMPOTENCY = "idempotency-key"
KEY = r"[\x20-\x7e]{1,200}"  # an idempotency key
SOURCE = "/v1/orders"  # of the ids of what is placed here


def read_order(headers: Headers, body: bytes, party: str) -> Statement:
    """An order as this party places it, its fields not yet read. Raises MalformedEntry, Declined."""
    if content_type(headers) != DATA:
        raise Declined("media-type", "an order is sent as JSON", expected=DATA)
    fields = read_json(body, _FIELDS)
    name = _name(fields.pop("order", None))
    return Statement(
        by=party,
        data={"platform": party, **fields},
        id=f"{SOURCE}\n{_key(headers) or name}",
        kind=KIND_OF[Placed],
        order=name,
    )


def _name(told: Value) -> str:
    try:
        return msgspec.convert(told, Name)
    except msgspec.ValidationError:
        raise MalformedEntry(
            "an order is placed under a name of your own", pointer="/order", expected="1 to 200 characters"
        ) from None


def _key(headers: Headers) -> str | None:
    """What makes it safe to send again, where that is not the order's name. Raises MalformedEntry."""
    found = [value for name, value in headers if name == IDEMPOTENCY]
    if not found:
        return None
    if len(found) > 1 or re.fullmatch(KEY, found[0]) is None:
        raise MalformedEntry(
            "this header is sent once, in ASCII", header=IDEMPOTENCY, expected="1 to 200 characters"
        )
    return found[0]


_FIELDS = msgspec.json.Decoder(dict[str, Value]).decode
