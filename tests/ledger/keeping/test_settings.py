"""What `mingdan.toml` says of risk and of link holders: what a new workspace has, and what is refused."""

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


BARE = 'version = 4\norigin = "orders.example.org/log"\n'


def test_a_new_workspace_has_no_intake_and_says_what_it_was_given():
    told = parse_settings(print_settings("orders.example.org/log", None, None, "/", "help@example.invalid"))

    assert (parse_settings(WRITTEN).intake, parse_settings(WRITTEN).contact) == ("", "")
    assert (told.intake, told.contact) == ("/", "help@example.invalid")


@pytest.mark.parametrize("intake", ["", "/", "https://intake.example.com", "http://127.0.0.1:8000/shop"])
def test_an_intake_lies_beside_the_pages_at_an_address_or_nowhere(intake):
    assert parse_settings(f'{BARE}intake = "{intake}"').intake == intake


@pytest.mark.parametrize(
    "intake",
    [
        "//evil.example", "/x", "https://x.example/", "https://x.example; script-src *", "javascript:x",
        "https://u:p@x.example", "https://x.example?a", "https://x.example/'", "ftp://x.example", "'self'",
    ],
)  # fmt: skip
def test_an_intake_that_could_mean_more_in_a_header_is_refused(intake):
    with pytest.raises(msgspec.ValidationError, match="intake"):
        parse_settings(f'{BARE}intake = "{intake}"')


@pytest.mark.parametrize(
    "contact", ["help", "javascript:alert(1)", "a@b", "<b>@x.example", "tel:0000", "a b@x.example"]
)
def test_a_contact_is_a_mail_or_a_web_address(contact):
    with pytest.raises(msgspec.ValidationError, match="contact"):
        parse_settings(f'{BARE}contact = "{contact}"')
