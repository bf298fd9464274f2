"""What `mingdan.toml` says of risk: the rules of a new workspace, and what is refused."""

import msgspec
import pytest

from mingdan.ledger.keeping.settings import parse_settings, print_settings
from mingdan.ledger.risk import LargeAmount, VagueRecipient, Velocity

WRITTEN = print_settings("orders.example.org/log", None, None)
RULE = '\n[[risk]]\nid = "{id}"\nkind = "recipient"\nreview_within = 60000\non_timeout = "refund"\n'


def test_a_new_workspace_holds_by_three_rules():
    rules = parse_settings(WRITTEN).risk

    assert [(rule.id, type(rule)) for rule in rules] == [
        ("velocity", Velocity),
        ("vague-recipient", VagueRecipient),
        ("amount", LargeAmount),
    ]


def test_settings_without_rules_hold_nothing():
    assert parse_settings('version = 3\norigin = "orders.example.org/log"\n').risk == ()


def test_a_rule_of_ones_own_stands_behind_the_others():
    assert parse_settings(WRITTEN + RULE.format(id="own-rule")).risk[-1].id == "own-rule"


def test_two_rules_with_the_same_id_are_refused():
    with pytest.raises(msgspec.ValidationError, match="two risk rules have the same id"):
        parse_settings(WRITTEN + RULE.format(id="amount"))


def test_a_slip_of_the_pen_is_named_with_its_place():
    with pytest.raises(msgspec.ValidationError, match=r"\$\.risk\[3\]"):
        parse_settings(WRITTEN + RULE.format(id="own-rule").replace("review_within", "review_in"))
