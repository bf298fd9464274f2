"""What a server answers beside the gate, described: link holders, shops that call back, the operator's page.

Whoever serves them lies above or beside this; the forms are described by the types that they are read into.
"""

from __future__ import annotations

from mingdan.ledger.fact import DIGEST, NAME
from mingdan.ledger.gate.answer import Taken
from mingdan.ledger.gate.operation import opened, problem_of
from mingdan.ledger.gate.problem import SORTS, Problem, Slug
from mingdan.ledger.gate.reply import PROBLEM
from mingdan.ledger.gate.schemas import HANDLE, Told, ref
from mingdan.ledger.gate.told import DATA
from mingdan.ledger.intake.holder import FORMS, Action

CALLBACK = "/v1/docking/{dock}/callback"
FORM, PAGE = "application/x-www-form-urlencoded", "text/html"


def elsewhere() -> Told:
    """The paths and their operations."""
    holders = {f"/v1/o/{{handle}}/{action}": _of_holder(action) for action in FORMS}
    return holders | {
        "/v1/o/{handle}/receipts/{leaf}": {"get": _receipt()},
        CALLBACK: {"post": _callback()},
        "/webhooks": {"get": _webhooks()},
    }


def _of_holder(action: Action) -> Told:
    form = ref(FORMS[action])
    name = action.title()
    asked = {
        "operationId": f"ask{name}",
        "summary": f"The form that an order's page leads to: {action}.",
        "parameters": [_HANDLE, _LANG, _SEQ, _words("dispute", "Of which dispute")],
        "responses": {"200": _page("The form.")} | _problems(("malformed", "not-found", "method")),
    }
    sent = {
        "operationId": f"send{name}",
        "summary": f"What the holder of an order's link sends: {action}. Where `intake` is set.",
        "parameters": [_HANDLE, _LANG],
        "requestBody": {"required": True, "content": {DATA: {"schema": form}, FORM: {"schema": form}}},
        "responses": {
            "200": _taken("Recorded before."),
            "201": _taken("Recorded."),
            "303": {"description": "Recorded: a browser is led to what it has sent."},
        }
        | _problems(_HEARING),
    }
    return {"get": asked | {"security": []}, "post": sent | {"security": []}}


def _receipt() -> Told:
    leaf = {
        "name": "leaf",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": f"^{DIGEST}$"},
    }
    return {
        "operationId": "askRecorded",
        "summary": "What a link holder sent, as it is recorded.",
        "security": [],
        "parameters": [_HANDLE, leaf, _LANG],
        "responses": {"200": _taken("As it is recorded.", page=True)}
        | _problems(("malformed", "not-found", "method", "too-often", "unavailable")),
    }


def _callback() -> Told:
    """Whatever a shop's dialect says: it is read as it came, and answered in the dialect's words."""
    words: Told = {"*/*": {"schema": {}}}
    statuses = {"200": "Recorded, now or before.", "401": "Not of this shop.", "409": "Not as things stand."}
    statuses |= {"400": "Not understood.", "413": "Too large.", "503": "Not just now."}
    dock = {
        "name": "dock",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": f"^{NAME}$"},
    }
    return {
        "operationId": "callBack",
        "summary": "Where the shop of a dock calls back, signed in its own way.",
        "security": [],
        "parameters": [dock],
        "requestBody": {"content": words},
        "responses": {status: {"description": what, "content": words} for status, what in statuses.items()}
        | {"404": {"description": "No such dock, or no callbacks there.", "content": words}}
        | _problems(("method",), page=False),
    }


def _webhooks() -> Told:
    told = opened(
        "webhooks", "The operator's page of who is told of what is recorded.", PAGE, {"type": "string"}
    )
    told["responses"]["405"] = {"description": "It is only asked for.", "content": {"*/*": {"schema": {}}}}
    away = {"description": "The store is away.", "content": {PAGE: {"schema": {"type": "string"}}}}
    told["responses"]["503"] = away
    return told | {"parameters": [_LANG]}


def _problems(slugs: tuple[Slug, ...], *, page: bool = True) -> Told:
    """A program is answered with a problem, a browser with a page."""
    told = {str(SORTS[slug].status): problem_of(slug) for slug in slugs}
    if page:
        for each in told.values():
            each["content"] = {PROBLEM: {"schema": ref(Problem)}, PAGE: {"schema": {"type": "string"}}}
    return told


def _taken(what: str, *, page: bool = False) -> Told:
    shown = {PAGE: {"schema": {"type": "string"}}} if page else {}
    return {"description": what, "content": {DATA: {"schema": ref(Taken)}} | shown}


def _page(what: str) -> Told:
    return {"description": what, "content": {PAGE: {"schema": {"type": "string"}}}}


def _words(name: str, what: str) -> Told:
    return {"name": name, "in": "query", "description": what, "schema": {"type": "string"}}


_HEARING: tuple[Slug, ...] = (
    "malformed", "not-found", "method", "refused", "too-large", "media-type", "too-often", "unavailable",
)  # fmt: skip
_SEQ: Told = {
    "name": "seq",
    "in": "query",
    "required": True,
    "description": "The newest entry on the page that it is sent from",
    "schema": {"type": "string", "pattern": "^[0-9]{1,16}$"},
}
_LANG = _words("lang", "The language of a page, as a tag")
_HANDLE: Told = {
    "name": "handle",
    "in": "path",
    "required": True,
    "description": "The key to the order, as its link has it.",
    "schema": {"type": "string", "pattern": f"^{HANDLE}$"},
}
