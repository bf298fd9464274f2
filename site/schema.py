"""JSON Schema (2020-12) of what is printed of a type: whatever we print fits it, and nothing else does.

What a type has a default for is printed all the same, so that a schema asks for it; unless the type leaves
its defaults out. Patterns are put in the words of ECMA-262, which knows no other ends of a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from inspect import cleandoc
from typing import Any

import msgspec
from msgspec import inspect

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@lru_cache(maxsize=64)
def print_schema(shape: Any, address: str) -> bytes:
    """The schema of a type, in a form that people can read as well; `address` is where it is found."""
    (root,), parts = msgspec.json.schema_components([shape], ref_template="#/$defs/{name}")
    kept = {each.__name__ for each in _structs(inspect.type_info(shape), set()) if not _leaves_out(each)}
    told = {
        "$schema": DIALECT,
        "$id": address,
        **root,
        "$defs": {name: _part(parts[name], whole=name in kept) for name in sorted(parts)},
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def _part(part: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """A type's own schema; `whole` where all its fields are always there."""
    told: dict[str, Any] = _plain(part)
    if whole and "properties" in told:
        told["required"] = sorted(told["properties"])
    return told


def _plain(told: Any) -> Any:
    """Without what only Python reads."""
    match told:
        case dict():
            return {
                name: _in_words(name, value)
                for name, value in told.items()
                if name not in ("default", "title")
            }
        case list():
            return [_plain(each) for each in told]
        case _:
            return told


def _in_words(name: str, value: Any) -> Any:
    if name == "properties":
        return {field: _plain(each) for field, each in value.items()}
    if name == "pattern" and isinstance(value, str):
        return value.replace(r"\A", "^").replace(r"\Z", "$")
    if name == "description" and isinstance(value, str):
        return cleandoc(value)
    return _plain(value)


def _leaves_out(struct: type[msgspec.Struct]) -> bool:
    return struct.__struct_config__.omit_defaults


def _structs(told: object, seen: set[type]) -> Iterator[type[msgspec.Struct]]:
    """Every struct that a type is made of."""
    if isinstance(told, inspect.StructType):
        if told.cls in seen:
            return
        seen.add(told.cls)
        yield told.cls
    for part in _parts(told):
        yield from _structs(part, seen)


def _parts(told: object) -> Iterator[object]:
    match told:
        case inspect.StructType(fields=fields):
            yield from (field.type for field in fields)
        case inspect.UnionType(types=types) | inspect.TupleType(item_types=types):
            yield from types
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            yield item
        case inspect.DictType(key_type=key, value_type=value):
            yield from (key, value)
        case _:
            return
