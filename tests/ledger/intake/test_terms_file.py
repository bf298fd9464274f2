from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingdan.ledger.errors import Misuse, Unavailable
from mingdan.ledger.intake.duration import LARGEST, parse_duration, print_duration
from mingdan.ledger.intake.terms_file import DURATIONS, Proposal, parse_terms, read_terms
from mingdan.ledger.market.compensation import check_expression
from mingdan.ledger.market.promise import StageLimits

EXAMPLE = Path(__file__).parents[3] / "docs" / "policy.toml"
TEXT = EXAMPLE.read_text("utf-8")
HOUR, MINUTE = 3_600_000, 60_000
NOON = 1_795_320_000_000  # 2026-11-22 12:00:00 in Shanghai
SHORTEST = """
title = "t"
zone = "UTC"
clock_start = "placed"
due_in = 1
notice_within = 0
text = "t"
"""

KEYS = ("due_in", "pauses", "since", "stage_limits", "text", "version", "zone")
VALUES = ("1", "-1", "1.0", "true", '"x"', "[]", "[[1]]", "{}", "{stock = {}}", "09:00:00", "9999-12-31")


def proposed(was: str = "", now: str = "") -> Proposal:
    """The example with one place written otherwise."""
    assert was in TEXT
    return parse_terms(TEXT.replace(was, now, 1), "our.toml")


def refused(was: str, now: str) -> Misuse:
    with pytest.raises(Misuse) as refusal:
        proposed(was, now)
    return refusal.value


# durations --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("30min", 30 * MINUTE),
        ("24h", 24 * HOUR),
        ("2d", 48 * HOUR),
        ("1d 12h", 36 * HOUR),
        ("0s", 0),
        ("7ms", 7),
    ],
)
def test_a_duration_is_read_as_people_write_it(text, ms):
    assert parse_duration(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24",
        "1.5h",
        "-1h",
        "1 h",
        "12h 1d",
        "1h 1h",
        "1h  1min",
        "1h1min",
        "1H",
        "１h",
        "9999999999999999d",
    ],
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match=r"duration|longer"):
        parse_duration(text)


@given(st.integers(0, LARGEST))
def test_a_duration_that_is_printed_is_read_again(ms):
    assert parse_duration(print_duration(ms)) == ms


# the file ---------------------------------------------------------------------------------------------
def test_the_example_promises_what_it_says():
    proposal = read_terms(EXAMPLE)
    terms = proposal.published(7, NOON)

    assert (proposal.policy, terms.version, terms.since) == ("default", 7, NOON)
    assert (terms.due_in, terms.notice_within, terms.pay_within) == (24 * HOUR, 10 * MINUTE, 30 * MINUTE)
    assert terms.stage_limits == StageLimits(
        activation=6 * HOUR, dispatch=HOUR, relay=30 * MINUTE, risk=4 * HOUR, stock=30 * MINUTE
    )
    assert terms.pauses == ("recipient", "risk")
    assert terms.text.startswith("付款后 24 小时内送达。")
    assert terms.text.endswith("without asking.")


def test_the_shortest_file_leaves_out_all_that_may_be():
    proposal = parse_terms(SHORTEST)

    assert (proposal.policy, proposal.version, proposal.since) == ("default", None, None)
    assert proposal.terms.pauses == ()
    assert proposal.terms.stage_limits == StageLimits()
    assert proposal.terms.compensation is None


@pytest.mark.parametrize("key", DURATIONS)
def test_a_duration_may_be_whole_milliseconds(key):
    stated = "\n".join(line for line in SHORTEST.splitlines() if not line.startswith(key))

    assert getattr(parse_terms(f"{stated}\n{key} = 90000").terms, key) == 90_000


@pytest.mark.parametrize(
    "since",
    [
        '"2026-11-22T12:00:00+08:00"',
        '"2026-11-22T04:00:00Z"',
        '"2026-11-22T12:00:00"',
        '"2026-11-22 12:00"',
        "2026-11-22T12:00:00+08:00",
        "2026-11-22T12:00:00",
        str(NOON),
    ],
)
def test_an_instant_without_an_offset_is_local_to_the_zone(since):
    assert proposed("clock_start", f"since = {since}\nclock_start").since == NOON


def test_a_day_begins_in_the_zone():
    assert proposed("clock_start", "since = 2026-11-22\nclock_start").since == NOON - 12 * HOUR


def test_what_the_file_states_is_not_taken_from_elsewhere():
    stated = proposed("clock_start", f"since = {NOON}\nversion = 3\nclock_start").published(9, 1)

    assert (stated.version, stated.since) == (3, NOON)


def test_empty_lines_around_the_text_are_none_of_it():
    stated = SHORTEST.replace('text = "t"', 'text = """\n\n一\n\n二\n"""')

    assert parse_terms(stated).terms.text == "一\n\n二"


# what is refused --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("was", "now", "key"),
    [
        ('"24h"', '"1.5h"', "due_in"),
        ('due_in = "24h"', "due_in = true", "due_in"),
        ('due_in = "24h"', "due_in = 3.5", "due_in"),
        ('due_in = "24h"', "due_in = -1", "due_in"),
        ('due_in = "24h"\n', "", "due_in"),
        ('due_in = "24h"', 'due_inn = "24h"', "due_inn"),
        ('"paid"', '"delivered"', "clock_start"),
        ('"risk"]', '"weather"]', "pauses[1]"),
        ('"risk"]', '"recipient"]', "pauses"),
        ('relay = "30min"', 'relay = "soon"', "stage_limits.relay"),
        ('relay = "30min"', 'shelf = "30min"', "shelf"),
        ("Asia/Shanghai", "Asia/Shangri-La", "zone"),
        ("Asia/Shanghai", "CST", "zone"),
        ('"Asia/Shanghai"', '["UTC"]', "zone"),
        ('id = "default"', 'id = "De fault"', "id"),
        ("clock_start", 'since = "tomorrow"\nclock_start', "since"),
        ("clock_start", "since = 09:00:00\nclock_start", "since"),
        ("clock_start", "version = 0\nclock_start", "version"),
        ("送达，晚到", "送达\\n晚到", "title"),
        ("付款后", "付款\\u202e后", "text"),
        ("title = ", "title = ''\n#", "title"),
        ('"min(amount, amount * late_hours // 100)"', '"amount // 0"', "compensation"),
        ('"min(amount, amount * late_hours // 100)"', '"sum(1 for each in x)"', "compensation"),
        ('"min(amount, amount * late_hours // 100)"', f'"{"(" * 60}1{")" * 60}"', "compensation"),
        ('"min(amount, amount * late_hours // 100)"', f'"{"1 + " * 30}1"', "compensation"),
    ],
)
def test_what_cannot_be_promised_names_the_file_and_the_key(was, now, key):
    error = refused(was, now)

    assert (error.evidence["file"], error.evidence["key"]) == ("our.toml", key)


def test_an_expression_written_otherwise_is_told_how_it_is_written():
    error = refused("amount * late_hours // 100", "(amount*late_hours)//100")

    assert error.next_step == "write it as min(amount, amount * late_hours // 100)"
    check_expression(error.next_step.removeprefix("write it as "))


def test_a_local_time_that_never_was_is_no_instant():
    error = refused('zone = "Asia/Shanghai"', 'zone = "Europe/Berlin"\nsince = 2027-03-28T02:30:00')

    assert error.evidence["key"] == "since"


@pytest.mark.parametrize("text", ["due_in = ", "a = 1\na = 2", "[stage_limits", "x" * 9])
def test_what_is_no_toml_names_the_file(text):
    with pytest.raises(Misuse, match="no TOML") as refusal:
        parse_terms(text, "our.toml")

    assert refusal.value.evidence["file"] == "our.toml"


def test_a_file_that_is_not_there_or_no_utf_8_is_named(tmp_path):
    (tmp_path / "gbk.toml").write_bytes("title = '二十四小时'".encode("gbk"))

    with pytest.raises(Misuse, match="UTF-8"):
        read_terms(tmp_path / "gbk.toml")
    with pytest.raises(Unavailable, match="cannot be read"):
        read_terms(tmp_path / "nothing.toml")


def refusal_of(text: str) -> Misuse | None:
    try:
        parse_terms(text)
    except Misuse as error:
        return error
    return None


@given(st.text(max_size=200))
def test_no_text_is_anything_but_a_proposal_or_a_misuse(text):
    error = refusal_of(text)

    assert error is not None  # chance writes no policy
    assert error.evidence["file"] == "policy"


@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)))
def test_a_value_of_any_kind_is_read_or_refused(stated):
    text = "\n".join(f"{key} = {value}" for key, value in stated.items())
    rest = "\n".join(line for line in SHORTEST.splitlines() if line.split(" ")[0] not in stated)
    error = refusal_of(f"{text}\n{rest}")

    assert error is None or error.evidence["key"].partition(".")[0].partition("[")[0] in KEYS
