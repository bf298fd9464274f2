from mingdan.ledger.market import incident, party
from mingdan.ledger.policy import HOUR
from mingdan.site.gazette import Announcement, announcements, concerning
from mingdan.site.html import unmarked
from mingdan.site.voice import voice

from .registered import (
    EMPTY,
    FULL,
    NAME_OF_AN_ATTACKER,
    SKUS,
    decided,
    register,
    registered,
    reported,
    told,
)
from .stories import EDITION, NOON

ACKNOWLEDGED = (-0.9, "huanan-daili", incident.Acknowledged())
ACTED = (-0.8, "huanan-daili", incident.Acted(action="stop_intake"))
RESOLVED = (-0.5, "hexin-gonghuo", incident.Resolved())


def announced(*subjects, language: str = "zh-CN") -> list[Announcement]:
    return announcements(voice(EDITION, language), register(*SKUS, *subjects))


def titles(found: list[Announcement]) -> list[str]:
    return [unmarked(each.title) for each in found]


def test_an_exception_is_announced_at_every_step_the_newest_first():
    found = announced(reported("cut-7", ACKNOWLEDGED, ACTED, RESOLVED))

    assert titles(found) == [
        "上游断供 cut-7：解除",
        "上游断供 cut-7：停止接单",
        "上游断供 cut-7：确认知悉",
        "上游断供 cut-7：上报",
    ]
    assert [each.kind for each in found] == [
        "exception.resolved",
        "exception.acted",
        "exception.acknowledged",
        "exception.reported",
    ]


def test_a_report_says_who_when_which_goods_and_what_it_means_for_an_order():
    (found,) = announced(reported("cut-7", expected_end=NOON + HOUR, scope=["hexin-points", "elsewhere"]))

    assert unmarked(found.text).splitlines() == [
        "上报：hexin-gonghuo，2026年11月21日 12:00",
        "开始时间：2026年11月21日 12:00",
        "预计结束：2026年11月22日 13:00",
        "涉及的商品：hexin-points、elsewhere",
        "上游停止供货，订单可能等得更久，也可能完成不了。承诺时间不变，到期没有送达就算超时。",
    ]


def test_an_exception_that_nobody_reported_is_not_announced():
    assert announced(told("exception/stray", (-1, "yunka", incident.Resolved()))) == []


def test_a_decision_says_why_by_whom_and_until_when():
    (found,) = announced(
        registered("x", "agent", decided(party.Suspended, -9, "断供未报", until=21, appeal_by=6))
    )

    assert titles([found]) == ["x：暂停合作"]
    assert unmarked(found.text).splitlines()[:5] == [
        "理由：断供未报",
        "决定方：yunka",
        "决定时间：2026年11月13日 12:00",
        "截止：2026年12月13日 12:00",
        "申诉期限：2026年11月28日 12:00",
    ]


def test_an_appeal_names_the_decision_it_is_of():
    found = announced(
        registered("x", "agent", decided(party.Warned, -9, "断供未报"), (-7, "x", party.Appealed()))
    )

    assert titles(found) == ["x：提出申诉", "x：警告"]
    assert unmarked(found[0].text) == "2026年11月13日 12:00 警告：断供未报"


def test_an_end_of_several_decisions_is_announced_once_and_names_them():
    decisions = [decided(party.Warned, -9, "断供未报"), decided(party.Suspended, -8, "仍未上报")]
    found = announced(registered("x", "agent", *decisions, (-7, "yunka", party.Reinstated(reason="mistake"))))

    assert titles(found) == ["x：恢复（误录）", "x：暂停合作", "x：警告"]
    assert unmarked(found[0].text).splitlines()[1:] == [
        "2026年11月13日 12:00 警告：断供未报",
        "2026年11月14日 12:00 暂停合作：仍未上报",
    ]


def test_a_name_that_is_not_public_is_not_announced():
    decision = decided(party.Warned, -9, "断供未报")
    hidden, shown = registered("x", "agent", decision), registered("y", "agent", decision, public="华南代理")

    assert sorted(titles(announced(hidden, shown))) == ["x：警告", "华南代理：警告"]


def test_words_of_an_attacker_stay_words():
    decision = decided(party.Warned, -9, NAME_OF_AN_ATTACKER)
    (found,) = announced(registered("x", "agent", decision, public=NAME_OF_AN_ATTACKER))

    assert unmarked(found.title) == f"{NAME_OF_AN_ATTACKER}：警告"
    assert f"理由：{NAME_OF_AN_ATTACKER}\n" in unmarked(found.text)


def test_what_was_announced_rests_whatever_comes_later():
    before = announced(reported("cut-7"))
    after = announced(reported("cut-7", ACKNOWLEDGED, ACTED, RESOLVED))

    assert after[-1] == before[0]


def test_an_exception_concerns_the_goods_it_touches_however_far_down():
    found = announced(reported("cut-7"))

    assert [*concerning(found, frozenset(["points-100"]), frozenset())] == found
    assert [*concerning(found, frozenset(["gift-50"]), frozenset(["hexin-gonghuo"]))] == []


def test_a_decision_concerns_those_who_deal_with_its_party():
    found = announced(registered("x", "agent", decided(party.Warned, -9, "断供未报")))

    assert [*concerning(found, frozenset(["points-100"]), frozenset(["x"]))] == found
    assert [*concerning(found, frozenset(["points-100"]), frozenset(["yunka"]))] == []


def test_of_an_empty_register_nothing_is_announced(language):
    assert announcements(voice(EDITION, language), EMPTY) == []


def test_everything_is_announced_in_every_language(language):
    kinds = [each.kind for each in announcements(voice(EDITION, language), FULL)]

    assert {*kinds} >= {"exception.reported", "party.expelled", "party.reinstated", "party.appealed"}
