"""docs/figures.md explains every figure that is published, by its name."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec.inspect as mi
import pytest

from mingdan.projections.census import Census

TEXT = (Path(__file__).parents[2] / "docs" / "figures.md").read_text(encoding="utf-8")


def structs(kind: mi.Type) -> set[type]:
    match kind:
        case mi.StructType(cls=struct, fields=fields):
            return {struct}.union(*(structs(field.type) for field in fields))
        case mi.DictType(value_type=inner) | mi.ListType(item_type=inner) | mi.VarTupleType(item_type=inner):
            return structs(inner)
        case mi.UnionType(types=types):
            return set().union(*map(structs, types))
        case _:
            return set()


PUBLISHED = sorted(structs(mi.type_info(Census)), key=lambda struct: struct.__name__)


@pytest.mark.parametrize("struct", PUBLISHED)
def test_every_shape_and_field_is_explained_by_its_name(struct):
    named = set(re.findall(r"`(\w+)`", TEXT))

    assert {struct.__name__, *struct.__struct_fields__} - named == set()


def test_the_shapes_are_found_at_any_depth():
    assert {"Census", "Figures", "Spread", "Week", "Blindness"} <= {each.__name__ for each in PUBLISHED}
