"""Which rules there are, and what a file of one's own may say."""

from pathlib import Path

import pytest

from mingdan.ledger.errors import Misuse, Unavailable
from mingdan.ledger.intake.catalogue import SKUS
from mingdan.ledger.recipient.check import check
from mingdan.ledger.recipient.reading import rule_named, rules_in

HEAD = 'id = "lantern-pass"\nname = { zh-CN = "灯笼通行证", en = "lantern pass" }\n'
FIELD = '[[field]]\nname = "pass"\nletters = ["digit"]\nlongest = 8\n'
PLACES = '[[field]]\nname = "region"\n[[field]]\nname = "server"\n'
BAD = {
    "torn": ("[[field", "Expected ']]'"),
    "no field": (HEAD, "field"),
    "no name": ('id = "lantern-pass"\n' + FIELD, "name"),
    "a name in one language": ('id = "x"\nname = { en = "x" }\n' + FIELD, "zh-CN"),
    "an id in capitals": (HEAD.replace("lantern-pass", "Lantern") + FIELD, "id"),
    "a key that is none": (HEAD + FIELD + 'pattern = ".*"\n', "pattern"),
    "letters that are none": (HEAD + FIELD.replace('"digit"', '"rune"'), "rune"),
    "no letters": (HEAD + '[[field]]\nname = "pass"\n', "'pass'"),
    "a length of 0": (HEAD + FIELD.replace("8", "0"), "longest"),
    "a length out of bounds": (HEAD + FIELD.replace("8", "201"), "longest"),
    "shorter than short": (HEAD + FIELD + "shortest = 9\n", "shortest"),
    "the same field twice": (HEAD + FIELD + FIELD, "same name"),
    "only an optional field": (HEAD + FIELD + "optional = true\n", "optional"),
    "regions without servers": (HEAD + PLACES + '[regions]\n"东部" = []\n', "东部"),
    "regions without fields": (HEAD + FIELD + '[regions]\n"东部" = ["灯一"]\n', "regions"),
    "a region that states letters": (
        HEAD + PLACES + 'letters = ["han"]\n[regions]\n"东部" = ["灯一"]\n',
        "'server'",
    ),
    "an optional region": (HEAD + PLACES + 'optional = true\n[regions]\n"东部" = ["灯一"]\n', "'server'"),
    "any_of what is not there": (HEAD + '[[field]]\nname = "pass"\nany_of = ["nobody"]\n', "'nobody'"),
    "any_of itself": (HEAD + '[[field]]\nname = "pass"\nany_of = ["lantern-pass"]\n', "'lantern-pass'"),
    "any_of a game": (HEAD + '[[field]]\nname = "pass"\nany_of = ["game-jadeking"]\n', "'game-jadeking'"),
    "any_of another any_of": (HEAD + '[[field]]\nname = "pass"\nany_of = ["card-quota"]\n', "'card-quota'"),
    "any_of beside letters": (HEAD + FIELD + 'any_of = ["qq-number"]\n', "'pass'"),
    "any_of written out": (HEAD + '[[field]]\nname = "pass"\n[[field.any_of]]\nname = "x"\n', "str"),
    "a server with a space": (HEAD + PLACES + '[regions]\n"东部" = ["灯一 "]\n', "东部"),
    "a domain in capitals": (HEAD + FIELD + '[field.mail]\nknown = ["A.example"]\n', "A.example"),
    "a slip that is right": (HEAD + FIELD + '[field.mail]\nslips = { a = "b", b = "c" }\n', "slips"),
    "a table for a field": (HEAD + '[field]\nname = "pass"\n', "array"),
}


def written(folder: Path, text: str, name: str = "own.toml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return folder


def test_the_rules_that_the_simulated_market_names_are_there_with_its_fields():
    rules = rules_in(None)

    assert {(sku.rule, sku.field) for sku in SKUS} <= {
        (rule.id, name) for rule in rules.values() for name in rule.names
    }


def test_a_workspace_without_a_folder_of_rules_has_the_shipped_ones(tmp_path):
    assert rules_in(tmp_path / "recipients") == rules_in(None)


def test_a_file_of_ones_own_is_a_rule_beside_the_shipped_ones(tmp_path):
    rules = rules_in(written(tmp_path, HEAD + FIELD))

    assert rules.keys() == {*rules_in(None), "lantern-pass"}
    assert check(rules["lantern-pass"], "1O00").meant == "1000"


def test_files_that_are_no_toml_are_left_alone(tmp_path):
    assert rules_in(written(tmp_path, "nothing", "notes.txt")) == rules_in(None)


@pytest.mark.parametrize("other", ["cn-mobile", "lantern-pass"])
def test_an_id_that_another_rule_has_is_refused_with_both_files(tmp_path, other):
    written(tmp_path, HEAD + FIELD, "a.toml")
    written(tmp_path, HEAD.replace("lantern-pass", other) + FIELD, "b.toml")

    with pytest.raises(Misuse, match="same id") as refused:
        rules_in(tmp_path)

    evidence = refused.value.evidence
    assert evidence["rule"] == other
    assert evidence["file"] == tmp_path / "b.toml"
    assert evidence["other"].name == ("a.toml" if other == "lantern-pass" else "cn-mobile.toml")
    assert refused.value.next_step


@pytest.mark.parametrize(("text", "reason"), BAD.values(), ids=BAD)
def test_a_file_that_states_no_rule_is_named_with_the_reason(tmp_path, text, reason):
    with pytest.raises(Misuse, match="cannot be followed") as refused:
        rules_in(written(tmp_path, text))

    assert refused.value.evidence["file"] == tmp_path / "own.toml"
    assert reason in str(refused.value.evidence["reason"])
    assert refused.value.next_step


def test_a_file_that_is_not_utf_8_is_named(tmp_path):
    (tmp_path / "own.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(Misuse) as refused:
        rules_in(tmp_path)

    assert refused.value.evidence["file"] == tmp_path / "own.toml"


def test_what_the_machine_does_not_let_us_read_is_named(tmp_path):
    (tmp_path / "own.toml").mkdir()

    with pytest.raises(Unavailable) as refused:
        rules_in(tmp_path)

    assert refused.value.evidence["file"] == tmp_path / "own.toml"


def test_an_unknown_rule_is_refused_with_where_to_look():
    with pytest.raises(Misuse, match="no such recipient rule") as refused:
        rule_named(rules_in(None), "x" * 500)

    assert "mingdan recipient rules" in refused.value.next_step
    assert len(refused.value.evidence["rule"]) == 80
