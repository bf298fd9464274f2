"""The gate as OpenAPI 3.1, made from the very types that are read and answered.

Every kind is a schema of its own, with its private fields in clear as they are sent; nothing is listed twice.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import msgspec

from mingdan.ledger.gate.answer import Batched, Entered, OrderReceipt, Receipted
from mingdan.ledger.gate.elsewhere import elsewhere
from mingdan.ledger.gate.operation import answered, attributes, hashed, header, keyed, opened
from mingdan.ledger.gate.order_form import IDEMPOTENCY, KEY
from mingdan.ledger.gate.problem import Slug
from mingdan.ledger.gate.schemas import REF, Told, ref, schemas
from mingdan.ledger.gate.told import DATA, LIST, MOST, ONE


@cache
def description() -> bytes:
    """The document's bytes."""
    told = {
        "openapi": "3.1.0",
        "info": {"title": "mingdan intake", "version": version("mingdan"), "description": _ABOUT},
        "paths": _paths(),
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": _KEY}},
        },
    }
    return msgspec.json.encode(told, order="sorted")


# paths ------------------------------------------------------------------------------------------------
def _paths() -> Told:
    sending: dict[str, Told] = {"/v1/events": {"post": _events()}, "/v1/orders": {"post": _order()}}
    return sending | _receipts() | elsewhere() | {path: {"get": told} for path, told in _opened().items()}


def _receipts() -> Told:
    of_order = keyed(
        "receiptOfOrder",
        "The log's promise for every entry of an order.",
        {"200": answered("The promise.", ref(OrderReceipt))},
        (*_ASKING, "not-found"),
        parameters=[hashed("order", "The 64 digits of its stream, after `order/`.")],
    )
    of_entry = keyed(
        "receiptOfEntry",
        "The log's promise for one entry; with its proof once it is published.",
        {"200": answered("The promise.", ref(Receipted))},
        (*_ASKING, "malformed", "not-found"),
        parameters=[hashed("leaf", "The entry's leaf hash."), _INDEX],
    )
    return {"/v1/orders/{order}/receipt": {"get": of_order}, "/v1/receipts/{leaf}": {"get": of_entry}}


def _opened() -> Told:
    """What needs no key."""
    document = {"type": "object"}
    return {
        "/healthz": opened("health", "Whether the process answers.", DATA, document),
        "/readyz": opened("ready", "Whether the ledger answers.", DATA, document, ("unavailable",)),
        "/metrics": opened("metrics", "For Prometheus.", "text/plain", {"type": "string"}, ("unavailable",)),
        "/openapi.json": opened("description", "This document.", DATA, document),
        "/docs": opened("guide", "A page for people.", "text/html", {"type": "string"}),
    }


def _events() -> Told:
    one, many = {"$ref": REF.format(name="Event")}, ref(Batched)
    entered = {"oneOf": [ref(Entered), many]}
    return keyed(
        "tellEvents",
        "Record events. A batch is recorded whole or not at all, unless it prefers `handling=lenient`.",
        {
            "200": answered("All of it was recorded before: the same receipts again.", entered),
            "201": answered("Recorded.", entered),
            "207": answered("One result for each event, recorded or refused.", many),
        },
        _SENDING,
        parameters=[
            header("Prefer", "`handling=lenient`: one result for each event of a batch"),
            *attributes(),
        ],
        body={
            ONE: {"schema": one},
            LIST: {"schema": {"type": "array", "items": one, "maxItems": MOST}},
            DATA: {"schema": {"type": "object", "description": "The `data` of an event in binary mode."}},
        },
    )


def _order() -> Told:
    return keyed(
        "placeOrder",
        "Place an order. Its name makes it safe to send again, or an `Idempotency-Key`.",
        {
            "200": answered("Placed before: the same receipt again.", ref(Entered), _LATER),
            "201": answered(
                "Placed: its handle, the address of its page, the receipt.", ref(Entered), _LATER
            ),
        },
        _SENDING,
        parameters=[header(IDEMPOTENCY.title(), "Left out, the order's name", KEY)],
        body={DATA: {"schema": {"$ref": REF.format(name="Order")}}},
    )


_ASKING: tuple[Slug, ...] = ("no-key", "forbidden", "too-often", "unavailable", "unexpected")
_SENDING: tuple[Slug, ...] = (
    *_ASKING, "malformed", "too-slow", "refused", "not-found", "too-large", "media-type", "key-reused",
)  # fmt: skip
_INDEX: Told = {
    "name": "index",
    "in": "query",
    "description": "The entry's index; without it the whole log is searched, one search at a time.",
    "schema": {"type": "integer", "minimum": 0, "maximum": 10**15 - 1},
}
_LATER: Told = {
    "receipt": {
        "operationId": "receiptOfEntry",
        "description": "The promise again, and its proof once the entry is published.",
        "parameters": {"leaf": "$response.body#/leaf", "index": "$response.body#/index"},
    }
}
_ABOUT = "Facts about orders, recorded once and for ever. Errors are RFC 9457 problems; instants are ms UTC."
_KEY = "A key as `mingdan key new` prints it."
