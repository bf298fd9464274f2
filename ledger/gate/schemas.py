"""The gate's types as JSON Schema, each kind's with its private fields in clear as they are sent."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

import msgspec

from mingdan.ledger.event import KINDS, PRIVATE, Epoch, Erased, Event
from mingdan.ledger.fact import NAME
from mingdan.ledger.gate.answer import Batched, Entered, OrderReceipt, Receipted, Taken
from mingdan.ledger.gate.cloud_event import PREFIX, CloudEvent, room_of
from mingdan.ledger.gate.outcomes import PLACED
from mingdan.ledger.gate.problem import Problem
from mingdan.ledger.intake.holder import FORMS
from mingdan.ledger.intake.statement import UNSEEN, Name

Told = dict[str, Any]  # JSON
REF = "#/components/schemas/{name}"
HANDLE = "[a-z2-7]{26}"


def schemas() -> Told:
    """Every schema by its name: `data.<kind>` and `event.<kind>`, `Event`, `Order`, and the answers."""
    _, parts = msgspec.json.schema_components(
        [CloudEvent, Batched, Entered, OrderReceipt, Receipted, Problem, Taken, *FORMS.values()],
        ref_template=REF,
    )
    told = {name: _plain(part) for name, part in parts.items()}
    for form in FORMS.values():
        told[form.__name__]["properties"]["lang"] = {"type": "string"}  # read beside the form
    for kind, fact in KINDS.items():
        if fact in (Epoch, Erased):
            continue  # the ledger's own, and the operator's
        told |= _kind(kind, fact)
        told[f"event.{kind}"] = _event(kind)
    told["Event"] = {
        "oneOf": [{"$ref": REF.format(name=name)} for name in sorted(told) if name.startswith("event.")]
    }
    told["Order"] = _order_form(told[f"data.{PLACED}"])
    return told


def _kind(kind: str, fact: type[Event]) -> Told:
    """The fields of a kind as they are sent, and the types they are made of."""
    _, parts = msgspec.json.schema_components([fact], ref_template=REF)
    told = {name: _plain(part) for name, part in parts.items()}
    fields = told.pop(fact.__name__)
    for name in PRIVATE.get(fact, ()):
        fields["properties"][name] = {"type": ["string", "null"], "minLength": 1, "description": _PRIVATE}
    fields["properties"] = {name: _seen(field) for name, field in fields["properties"].items()}
    return told | {f"data.{kind}": fields | {"title": kind}}


def _event(kind: str) -> Told:
    own: Told = {"type": {"const": PREFIX + kind}, "data": {"$ref": REF.format(name=f"data.{kind}")}}
    if (room := room_of(kind)) is not None:
        own["subject"] = {"type": "string", "pattern": f"^{room}/{NAME}$"}
    needs = ["data"] if any(each.required for each in msgspec.structs.fields(KINDS[kind])) else []
    return {"allOf": [ref(CloudEvent), {"properties": own, "required": needs}], "title": PREFIX + kind}


def _seen(field: Told) -> Told:
    """A field whose text, where its form is not told yet, is of what a page shows as it was written."""
    if "anyOf" in field:
        return field | {"anyOf": [_seen(each) for each in field["anyOf"]]}
    free = "string" in field.get("type", ()) and not field.keys() & {"pattern", "enum", "const"}
    return field | {"pattern": f"^[^{UNSEEN}]*$"} if free else field


def _order_form(placed: Told) -> Told:
    """An order in one object: the fields of its placing, and its name; the platform is whose key it is."""
    (name,), _ = msgspec.json.schema_components([Name], ref_template=REF)
    named = _plain(name) | {"description": "What events call it; it begins with your party's name"}
    needs = [field for field in placed["required"] if field != "platform"]
    return placed | {
        "properties": placed["properties"] | {"order": named},
        "required": ["order", *needs],
        "title": "Order",
    }


def ref(struct: type[msgspec.Struct]) -> Told:
    return {"$ref": REF.format(name=struct.__name__)}


def _plain(told: Any) -> Any:
    """Patterns in the words of ECMA-262, descriptions in one piece."""
    match told:
        case dict():
            return {name: _in_words(name, value) for name, value in told.items()}
        case list() | tuple():
            return [_plain(each) for each in told]
        case _:
            return told


def _in_words(name: str, value: Any) -> Any:
    if name == "pattern" and isinstance(value, str):
        return value.replace(r"\A", "^").replace(r"\Z", "$")
    if name == "description" and isinstance(value, str):
        return cleandoc(value)
    return _plain(value)


_PRIVATE = "Private: kept in the vault, the log carries a commitment."
