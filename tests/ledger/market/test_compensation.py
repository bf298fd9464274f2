import ast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mingdan.ledger.errors import MalformedEntry
from mingdan.ledger.market.compensation import (
    LARGEST,
    LONGEST,
    NAMES,
    check_expression,
    is_expression,
    lateness,
    value_of,
)

ORDER = {"amount": 9_900, "units": 3, **lateness(90_000_000)}

numbers = st.integers(0, 99)
leaves = st.sampled_from([*NAMES]) | numbers.map(str)
brackets = st.recursive(
    leaves,
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from("+-*"), part).map("({0[0]} {0[1]} {0[2]})".format),
        st.tuples(part, st.integers(1, 99)).map("({0[0]} // {0[1]})".format),
        st.tuples(st.sampled_from(["min", "max"]), st.lists(part, min_size=2, max_size=3)).map(
            lambda call: f"{call[0]}({', '.join(call[1])})"
        ),
    ),
    max_leaves=7,
)
expressions = brackets.map(lambda text: ast.unparse(ast.parse(text))).filter(
    lambda text: len(text) <= LONGEST
)
orders = st.fixed_dictionaries(dict.fromkeys(NAMES, st.integers(0, LARGEST)))

any_text = settings(max_examples=200)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("500", 500),
        ("amount", 9_900),
        ("min(amount, amount * late_hours // 100)", 2_475),
        ("max(100, late_days * 50, units)", 100),
        ("late_days * 50 - 100", 0),
        ("(amount - 9901) // 2 + 1", 0),
        ("units * (1 + 2) * 3", 27),
        ("late_ms // 60000", 1_500),
        (f"{LARGEST}", LARGEST),
        (f"{LARGEST} + 1", LARGEST),
        (f"{LARGEST} * {LARGEST} - 1", LARGEST),
        (f"amount * {LARGEST} // {LARGEST}", 9_900),
        ("amount - amount * 2 + amount", 0),
        (f"0 - {LARGEST} * 2 + {LARGEST}", 0),
    ],
)
def test_an_expression_comes_to_a_whole_amount(text, expected):
    check_expression(text)

    assert value_of(text, ORDER) == expected


@any_text
@given(expressions, orders)
def test_an_expression_means_what_it_means_to_anybody_who_reads_it(text, order):
    """Only what it comes to in the end is brought between 0 and 2^53-1, no step on the way."""
    check_expression(text)
    meant = eval(text, {"__builtins__": {"min": min, "max": max}}, order)

    assert value_of(text, order) == max(0, min(LARGEST, meant))


@any_text
@given(expressions, orders)
def test_whatever_it_comes_to_is_a_number_that_an_entry_can_hold(text, order):
    """I15"""
    check_expression(text)
    value = value_of(text, order)

    assert type(value) is int
    assert 0 <= value <= LARGEST


@st.composite
def garbled(draw) -> str:
    """An expression with something put in the place of a part of it."""
    text = draw(expressions)
    start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    instead = st.sampled_from([*"+-*/(),%. \t\n\\#_'", "//", "**", "min(", "0", "0x1", "1_0"]) | st.text(
        max_size=3
    )
    return text[:start] + draw(instead) + text[end:]


@any_text
@given(st.text(max_size=LONGEST + 9) | garbled(), orders)
@example("'\\d'", ORDER)
@example("1if 1else 2", ORDER)
@example("\ud800", ORDER)
def test_any_text_is_either_refused_as_malformed_or_comes_to_an_amount(text, order):
    refused = refusal(text)

    assert is_expression(text) == (refused is None)
    if refused is None:
        assert 0 <= value_of(text, order) <= LARGEST
    else:
        assert refused.next_step
        assert len(refused.evidence["got"]) <= 80


def refusal(text: str) -> MalformedEntry | None:
    try:
        check_expression(text)
    except MalformedEntry as refused:
        return refused


HOSTILE = [
    "", " ", "\0", "amount\0", "(", ")", "()", "amount +", "amount amount", "# nothing",
    "amount = 1", "amount := 1", "(amount := 1)", "import os", "return amount", "pass", "amount; amount",
    "amount ** 2", "9 ** 9 ** 9", "amount % 7", "amount / 2", "amount << 60", "amount >> 1", "amount @ 2",
    "amount | 1", "amount & 1", "amount ^ 1", "-1", "+amount", "~amount", "not amount", "-amount // 2",
    "amount // 0", "amount // 00", "amount // units", "amount // (1)(2)", "amount // (2 - 2)", "amount // -1",
    "amount // 1.0", "amount // True", "amount // late_days", "amount // min(1, 2)", "0 // (amount // 0)",
    "1.5", "1e9", "1j", "0.1 * amount", "True", "None", "...", "'a' * 9", "b'a'", "f'{amount}'",
    "9007199254740992", "9" * LONGEST, "amount" * LONGEST, "9" * (LONGEST + 1),
    "price", "min", "max", "Amount", "amount_", "__builtins__", "__import__", "os.system", "late",
    "min()", "max()", "min(*amount)", "min(amount, *[1])", "min(amount, key=abs)", "min(amount, default=0)",
    "min(**amount)", "min(amount for amount in [1])", "abs(amount)", "sum([amount])", "pow(9, 9)",
    "eval('1')", "__import__('os').system('true')", "min.__class__", "min.__call__(1, 2)", "amount.real",
    "amount.bit_length()", "amount(1)", "min(1, 2)(3)", "(min)(1, 2).real", "amount[0]", "[amount][0]",
    "(1, 2)", "amount,", "*amount", "[1]", "{1}", "{1: 2}", "[x for x in [1]]", "{**amount}",
    "lambda: 1", "(lambda: 1)()", "1 if amount else 0", "amount if late_ms else 0", "amount and 1",
    "amount or 1", "amount < 1", "amount == 1", "1 < amount < 2", "amount is amount", "amount in [1]",
    "await amount", "(yield)", "(yield from amount)", "print(amount)", "exit()", "open('x')",
    "(" * 150 + "1" + ")" * 40, "(" * 199, "-" * 190 + "1", "1" + "+1" * 60, "min(" * 40 + "1" + ")" * 40,
    "amount # all of it", "ａｍｏｕｎｔ", "0x10", "1_000", "amount\n", "(amount)", "amount*2", "min(amount)",
    "00", "amount // " + "9" * 99, "“amount”", "金额", "amount × 2",
    "amount \u2212 2", "\u0661 * amount +", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_is_no_such_expression_is_refused_before_it_is_promised(text):
    with pytest.raises(MalformedEntry) as caught:
        check_expression(text)

    assert caught.value.next_step


@pytest.mark.parametrize("name", NAMES)
def test_every_name_can_be_told_and_stands_for_itself(name):
    check_expression(name)

    assert value_of(name, ORDER) == ORDER[name]
    assert ORDER.keys() == NAMES.keys()


@pytest.mark.parametrize(
    ("late_ms", "hours", "days"),
    [(0, 0, 0), (3_599_999, 0, 0), (3_600_000, 1, 0), (86_399_999, 23, 0), (86_400_000, 24, 1)],
)
def test_lateness_counts_whole_hours_and_days(late_ms, hours, days):
    assert lateness(late_ms) == {"late_ms": late_ms, "late_hours": hours, "late_days": days}


def test_what_came_early_was_not_late():
    assert lateness(-1) == lateness(0)
