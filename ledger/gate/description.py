"""The gate as OpenAPI 3.1, made from the very types that are read and answered.

Every kind is a schema of its own, with its private fields in clear as they are sent; nothing is listed twice.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

import msgspec

from mingdan.ledger.fact import DIGEST
from mingdan.ledger.gate.answer import Batched, Entered, OrderReceipt, Receipted
from mingdan.ledger.gate.cloud_event import CloudEvent
from mingdan.ledger.gate.order_form import IDEMPOTENCY, KEY
from mingdan.ledger.gate.problem import SORTS, Problem, Slug
from mingdan.ledger.gate.reply import PROBLEM
from mingdan.ledger.gate.schemas import REF, Told, ref, schemas
from mingdan.ledger.gate.told import ATTRIBUTE, DATA, LIST, MOST, ONE


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
    return sending | _receipts() | {path: {"get": told} for path, told in _opened().items()}


def _receipts() -> Told:
    of_order = _operation(
        "receiptOfOrder",
        "The log's promise for every entry of an order.",
        {"200": _answer("The promise.", ref(OrderReceipt))},
        (*_ASKING, "not-found"),
        parameters=[_hash("order", "The 64 digits of its stream, after `order/`.")],
    )
    of_entry = _operation(
        "receiptOfEntry",
        "The log's promise for one entry; with its proof once it is published.",
        {"200": _answer("The promise.", ref(Receipted))},
        (*_ASKING, "malformed", "not-found"),
        parameters=[_hash("leaf", "The entry's leaf hash."), _INDEX],
    )
    return {"/v1/orders/{order}/receipt": {"get": of_order}, "/v1/receipts/{leaf}": {"get": of_entry}}


def _opened() -> Told:
    """What needs no key."""
    document = {"type": "object"}
    return {
        "/healthz": _open("health", "Whether the process answers.", DATA, document),
        "/readyz": _open("ready", "Whether the ledger answers.", DATA, document, ("unavailable",)),
        "/metrics": _open("metrics", "For Prometheus.", "text/plain", {"type": "string"}, ("unavailable",)),
        "/openapi.json": _open("description", "This document.", DATA, document),
        "/docs": _open("guide", "A page for people.", "text/html", {"type": "string"}),
    }


def _events() -> Told:
    one, many = {"$ref": REF.format(name="Event")}, ref(Batched)
    entered = {"oneOf": [ref(Entered), many]}
    return _operation(
        "tellEvents",
        "Record events. A batch is recorded whole or not at all, unless it prefers `handling=lenient`.",
        {
            "200": _answer("All of it was recorded before: the same receipts again.", entered),
            "201": _answer("Recorded.", entered),
            "207": _answer("One result for each event, recorded or refused.", many),
        },
        _SENDING,
        parameters=[
            _header("Prefer", "`handling=lenient`: one result for each event of a batch"),
            *_attributes(),
        ],
        body={
            ONE: {"schema": one},
            LIST: {"schema": {"type": "array", "items": one, "maxItems": MOST}},
            DATA: {"schema": {"type": "object", "description": "The `data` of an event in binary mode."}},
        },
    )


def _order() -> Told:
    return _operation(
        "placeOrder",
        "Place an order. Its name makes it safe to send again, or an `Idempotency-Key`.",
        {
            "200": _answer("Placed before: the same receipt again.", ref(Entered), _LATER),
            "201": _answer("Placed: its handle, the address of its page, the receipt.", ref(Entered), _LATER),
        },
        _SENDING,
        parameters=[_header(IDEMPOTENCY.title(), "Left out, the order's name", KEY)],
        body={DATA: {"schema": {"$ref": REF.format(name="Order")}}},
    )


def _operation(
    name: str,
    summary: str,
    answers: Told,
    slugs: tuple[Slug, ...],
    *,
    parameters: list[Told] | None = None,
    body: Told | None = None,
) -> Told:
    """What a key is needed for; every status it may be answered with."""
    told: Told = {
        "operationId": name,
        "summary": summary,
        "security": [{"key": []}],
        "parameters": parameters or [],
        "responses": answers | {str(SORTS[slug].status): _problem(slug) for slug in slugs},
    }
    return told if body is None else told | {"requestBody": {"required": True, "content": body}}


def _open(name: str, summary: str, kind: str, schema: Told, slugs: tuple[Slug, ...] = ()) -> Told:
    """What anybody may ask."""
    answers = {"200": {"description": "So it is.", "content": {kind: {"schema": schema}}}}
    problems = {str(SORTS[slug].status): _problem(slug) for slug in (*slugs, "unexpected")}
    return {"operationId": name, "summary": summary, "responses": answers | problems, "security": []}


def _answer(what: str, schema: Told, links: Told | None = None) -> Told:
    told: Told = {"description": what, "content": {DATA: {"schema": schema}}}
    return told if links is None else told | {"links": links}


def _problem(slug: Slug) -> Told:
    sort = SORTS[slug]
    told: Told = {
        "description": f"{sort.title}: {sort.way_out}.",
        "content": {PROBLEM: {"schema": ref(Problem)}},
    }
    if slug in ("too-often", "unavailable"):
        wait = {"description": "Seconds", "schema": {"type": "integer", "minimum": 1}}
        told["headers"] = {"Retry-After": wait}
    return told


def _attributes() -> list[Told]:
    """The headers of binary mode."""
    names = [each.name for each in msgspec.structs.fields(CloudEvent)]
    return [
        _header(ATTRIBUTE + name, "In binary mode, this attribute of the event")
        for name in names
        if name not in ("data", "datacontenttype")
    ]


def _header(name: str, what: str, pattern: str | None = None) -> Told:
    schema = {"type": "string"} if pattern is None else {"type": "string", "pattern": f"^{pattern}$"}
    return {"name": name, "in": "header", "description": what, "schema": schema}


def _hash(name: str, what: str) -> Told:
    schema = {"type": "string", "pattern": f"^{DIGEST}$"}
    return {"name": name, "in": "path", "required": True, "description": what, "schema": schema}


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
