"""The operator's desk as people and machines read it."""

from zoneinfo import ZoneInfo

import pytest

from mingdan.ledger.keeping.vault import NewOrder
from mingdan.ledger.risk import VagueRecipient
from mingdan.projections.queue import (
    AppealWaits,
    DisputeWaits,
    ExceptionWaits,
    HoldWaits,
    NudgeWaits,
)
from mingdan.site import desk

NOON = 1_780_027_200_000  # 2026-05-29 12:00 in Shanghai
HOUR = 3_600_000
STREAM = "order/" + "0123456789abcdef" * 4
AT_NOON = "2026-05-29 12:00:00+0800"
UNTOLD = "buyer not told, due by 2026-05-29 12:10:00+0800"
LARGE = "a large amount, to be reviewed by a person"
NAMES = {STREAM: NewOrder(STREAM, "handle", b"secret", "xiaomai:no-7")}
OWN = VagueRecipient(id="own-rule", on_timeout="refund", reason="see the file", review_within=HOUR)
HOLD = HoldWaits(
    stream=STREAM,
    since=NOON,
    by=NOON + HOUR,
    rule="amount",
    track="auto",
    on_timeout="refund",
    told=None,
    tell_by=NOON + 600_000,
    late=False,
)
SHOWN = {
    "hold": (
        HOLD,
        f"amount (auto): {LARGE}; held since {AT_NOON}, refunded after its time; {UNTOLD}",
    ),
    "dispute": (
        DisputeWaits(
            stream=STREAM,
            since=NOON,
            dispute="d1",
            claim="not-delivered",
            freezes="delivery",
            evidence=2,
            escalated_to="mediator",
        ),
        "dispute d1, claim not-delivered, evidence 2; freezes delivery; escalated to mediator",
    ),
    "appeal": (
        AppealWaits(stream="party/east", since=NOON, against="expelled", freezes=None, evidence=3),
        "against expelled, evidence 3",
    ),
    "nudge": (
        NudgeWaits(stream=STREAM, since=NOON, by=NOON, nudge="n1", located=True, option="wait"),
        f"nudge n1 of {AT_NOON}, located; offered: wait",
    ),
    "exception": (
        ExceptionWaits(stream="exception/x1", since=NOON, trouble="surge", scope=("s", "t"), acknowledged=1),
        f"surge of s, t, reported {AT_NOON}; acknowledged by 1, no action",
    ),
}


def lines(*queue, now=NOON):
    return desk.lines(queue, [OWN], NAMES, zone=ZoneInfo("Asia/Shanghai"), now=now).splitlines()


@pytest.mark.parametrize("kind", SHOWN)
def test_each_kind_is_told_in_two_lines_and_counted(kind):
    waiting, told = SHOWN[kind]
    first, second, last = lines(waiting)

    assert first.split()[0] == kind
    assert second.strip() == told
    assert last == f"1 waiting: {kind} 1"


def test_an_order_is_named_as_its_source_does_beside_the_start_of_its_stream():
    assert lines(HOLD)[0].endswith("xiaomai:no-7  order/0123456789ab…")


def test_an_order_without_a_name_is_told_by_its_whole_stream():
    told = desk.lines([HOLD], [], {}, zone=ZoneInfo("UTC"), now=NOON)

    assert told.splitlines()[0].endswith(STREAM)


def test_a_deadline_that_has_passed_says_so():
    assert "  by    2026-05-29 13:00:00+0800  " in lines(HOLD)[0]
    assert "  OVER  2026-05-29 13:00:00+0800  " in lines(HOLD, now=NOON + HOUR + 1)[0]


def test_a_buyer_who_was_told_late_or_not_at_all_is_marked():
    late = HoldWaits(**{name: getattr(HOLD, name) for name in HoldWaits.__struct_fields__} | {"late": True})

    assert lines(late)[1].endswith("(LATE)")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("own-rule", "see the file"),
        (
            "velocity",
            "many orders with the same contact or recipient in a short time, to be reviewed by a person",
        ),
        ("nobody-knows", None),
    ],
)
def test_a_reason_is_in_the_operators_words_or_ours(rule, reason):
    assert desk.reason(rule, [OWN]) == reason


def test_machines_read_the_same_with_names_and_reasons():
    (told,) = desk.told([HOLD], [OWN], NAMES)

    assert told["kind"] == "hold"
    assert (told["stream"], told["name"], told["by"]) == (STREAM, "xiaomai:no-7", NOON + HOUR)
    assert told["reason"] == LARGE


def test_an_empty_desk_says_so():
    assert lines() == ["nothing waits for a person"]


def test_a_name_that_holds_a_terminals_command_is_harmless():
    named = {STREAM: NAMES[STREAM]._replace(alias="\x1b[2J\nx")}

    assert "\x1b" not in desk.lines([HOLD], [], named, zone=ZoneInfo("UTC"), now=NOON)
