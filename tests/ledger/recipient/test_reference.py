"""docs/recipients.md: its table is the rules there are, its example runs, every key is listed."""

import re
from pathlib import Path

import pytest
from msgspec.structs import fields

from mingdan.ledger.recipient.check import check
from mingdan.ledger.recipient.reading import rules_in
from mingdan.ledger.recipient.rule import Field, Rule

TOLD = (Path(__file__).parents[3] / "docs" / "recipients.md").read_text("utf-8")
(EXAMPLE,) = re.findall(r"```toml\n(.*?)```", TOLD, re.DOTALL)
(WORDS,) = re.findall(r"```json\n(.*?)\n```", TOLD, re.DOTALL)


def row(rule: Rule) -> str:
    names = ", ".join(f"{each.name}?" if each.optional else each.name for each in rule.field)
    return f"| `{rule.id}` | {rule.name.zh_cn} · {rule.name.en} | {names} |"


def test_the_table_lists_the_rules_that_come_with_mingdan():
    table = TOLD.partition("| id | name | fields |\n|---|---|---|\n")[2].partition("\n\n")[0]

    assert table.splitlines() == [row(rule) for rule in rules_in(None).values()]


def test_the_example_of_a_rule_is_one_and_its_words_fit_it(tmp_path):
    (tmp_path / "nine-lanterns.toml").write_text(EXAMPLE, "utf-8")
    rule = rules_in(tmp_path)["game-ninelanterns"]

    assert check(rule, WORDS).hint == "fits"
    assert check(rule, WORDS.replace("东部", "西部")).hint == "other_region"


@pytest.mark.parametrize("struct", [Rule, Field])
def test_every_key_of_a_rule_is_listed(struct):
    missing = [
        each.name for each in fields(struct) if not re.search(rf"`(\[+(field\.)?)?{each.name}\]*`", TOLD)
    ]

    assert missing == []
