"""The reference in docs/ is what the code says, and the README's promises hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import fields, replace

from mingdan.ledger import event as e
from mingdan.ledger.live import live_objection
from mingdan.ledger.mark import Mark
from mingdan.ledger.market import party
from mingdan.ledger.market.compensation import NAMES
from mingdan.ledger.market.promise import Published, StageLimits
from mingdan.ledger.order import Order
from mingdan.ledger.policy import DEFAULT
from mingdan.site.reference import DEMANDED, FILES

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", FILES)
def test_the_reference_is_what_the_code_says(name):
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")

    assert written == FILES[name](), "run `make docs`"


TERMS = e.Placed(amount=1, currency="CNY", merchant="store", platform="shop", qty=1, sku="game")
KNOWN = party.Party(stream="party/store", registered=Mark(0, 0, b""))


def objection(kind: str, left_out: str | None) -> str | None:
    """The rule that a live fact of this kind breaks with all that is demanded, or without one field."""
    if kind == "order.placed":
        told = TERMS if left_out is None else replace(TERMS, **{left_out: None})
        return live_objection(Order(), told, DEFAULT, by="shop", at=1)
    grounds = {} if left_out else {"entries": ("0" * 64,)}
    return party.objection(KNOWN, e.KINDS[kind](reasons="x", **grounds), "shop", 1)


@pytest.mark.parametrize(("kind", "field"), [(kind, each) for kind in DEMANDED for each in DEMANDED[kind]])
def test_what_the_reference_says_is_demanded_is_refused_without_it(kind, field):
    assert f"{field}!: " in next(line for line in FILES["events.md"]().splitlines() if f"`{kind}` |" in line)
    assert objection(kind, None) is None
    assert objection(kind, field) in ("terms-missing", "sanction-without-evidence")


def test_every_key_of_a_policy_and_every_name_of_its_expression_is_documented():
    written = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1] for line in written.splitlines() if line.startswith("| `")}
    keys = {"id", *(field.name for field in fields(Published))}

    assert rows == keys | NAMES.keys()
    assert all(f"`{stage.name}`" in written for stage in fields(StageLimits))
