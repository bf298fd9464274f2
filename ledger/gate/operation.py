"""One operation of an OpenAPI document: what it takes, and every status it may be answered with."""

from __future__ import annotations

import msgspec

from mingdan.ledger.fact import DIGEST
from mingdan.ledger.gate.cloud_event import CloudEvent
from mingdan.ledger.gate.problem import SORTS, Problem, Slug
from mingdan.ledger.gate.reply import PROBLEM
from mingdan.ledger.gate.schemas import Told, ref
from mingdan.ledger.gate.told import ATTRIBUTE, DATA


def keyed(
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
        "responses": answers | {str(SORTS[slug].status): problem_of(slug) for slug in (*slugs, "method")},
    }
    return told if body is None else told | {"requestBody": {"required": True, "content": body}}


def opened(name: str, summary: str, kind: str, schema: Told, slugs: tuple[Slug, ...] = ()) -> Told:
    """What anybody may ask."""
    answers = {"200": {"description": "So it is.", "content": {kind: {"schema": schema}}}}
    problems = {str(SORTS[slug].status): problem_of(slug) for slug in (*slugs, "method", "unexpected")}
    return {"operationId": name, "summary": summary, "responses": answers | problems, "security": []}


def answered(what: str, schema: Told, links: Told | None = None) -> Told:
    """What it is answered with, and what that leads to."""
    told: Told = {"description": what, "content": {DATA: {"schema": schema}}}
    return told if links is None else told | {"links": links}


def problem_of(slug: Slug) -> Told:
    """One sort of problem, with the headers that tell how to go on."""
    sort = SORTS[slug]
    told: Told = {
        "description": f"{sort.title}: {sort.way_out}.",
        "content": {PROBLEM: {"schema": ref(Problem)}},
    }
    if slug in ("too-often", "unavailable"):
        wait = {"description": "Seconds", "schema": {"type": "integer", "minimum": 1}}
        told["headers"] = {"Retry-After": wait}
    if slug == "method":
        told["headers"] = {"Allow": {"description": "Methods", "schema": {"type": "string"}}}
    return told


def attributes() -> list[Told]:
    """The headers of binary mode."""
    names = [each.name for each in msgspec.structs.fields(CloudEvent)]
    return [
        header(ATTRIBUTE + name, "In binary mode, this attribute of the event")
        for name in names
        if name not in ("data", "datacontenttype")
    ]


def header(name: str, what: str, pattern: str | None = None) -> Told:
    """A header that may be sent."""
    schema = {"type": "string"} if pattern is None else {"type": "string", "pattern": f"^{pattern}$"}
    return {"name": name, "in": "header", "description": what, "schema": schema}


def hashed(name: str, what: str) -> Told:
    """A hash in the path."""
    schema = {"type": "string", "pattern": f"^{DIGEST}$"}
    return {"name": name, "in": "path", "required": True, "description": what, "schema": schema}
