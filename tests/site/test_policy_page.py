import re
from pathlib import Path
from shutil import copytree

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser

import mingdan.site.page as module
from mingdan.ledger.intake.terms_file import read_terms
from mingdan.ledger.mark import Irregularity, Mark
from mingdan.ledger.market import compensation as rule
from mingdan.ledger.market.promise import Edition, Promise, Published, StageLimits
from mingdan.ledger.policy import DAY, HOUR, MINUTE, Policy
from mingdan.site import compensation
from mingdan.site.policy_page import (
    path_of_policies,
    path_of_policy,
    policies_page,
    policy_page,
    policy_pages,
)
from mingdan.site.voice import voice

from .reading import Reading
from .stories import EDITION, LABEL_OF_AN_ATTACKER, NOON

STATIC = Path(module.__file__).parent / "static"
EXAMPLE = Path(__file__).parents[2] / "docs" / "policy.toml"
FIRST = read_terms(EXAMPLE).published(1, NOON - 40 * DAY)
SECOND = replace(
    FIRST,
    due_in=12 * HOUR,
    pauses=("dispute", "risk"),
    pay_within=None,
    since=NOON - 3 * DAY,
    stage_limits=replace(FIRST.stage_limits, relay=None, stock=None),
    text=FIRST.text.replace("24 小时内", "12 小时内"),
    version=2,
)
THIRD = replace(SECOND, compensation="late_days * 500 * units", since=NOON + DAY, version=3)
LONGEST = replace(
    FIRST,
    clock_start="placed",
    compensation=None,
    complete_after=90_061_001,
    text="x" * 400 + "\n\n" + LABEL_OF_AN_ATTACKER,
    title="标题很长" * 20 + "L" * 120,
    zone="America/Argentina/ComodRivadavia",
)


def leaf(version: int) -> bytes:
    return bytes([version]) * 32


def promise(*versions: Published, odd: tuple[Irregularity, ...] = ()) -> Promise:
    editions = (Edition(each, Mark(each.since, each.since, leaf(each.version))) for each in versions)
    return Promise(stream="policy/default", editions=tuple(editions), irregularities=odd)


THREE = promise(FIRST, SECOND, THIRD)


def page_of(version: int, language: str = "zh-CN", known: Promise = THREE) -> Reading:
    return Reading(policy_page(EDITION, language, "default", known, version))


def lines_of(reading: Reading) -> dict[str, str]:
    return dict(zip(reading.all("dt"), reading.all("dd"), strict=True))


def rows_of(reading: Reading) -> dict[str, tuple[str, ...]]:
    """The cells of every row by its head, tables of two columns beside it."""
    cells = iter(reading.all("td"))
    return {head: (next(cells), next(cells)) for head in reading.all("th", scope="row")}


# the terms --------------------------------------------------------------------------------------------
def test_every_term_is_told_in_words():
    lines = lines_of(page_of(1))

    assert lines["计时起点"] == "付款时"
    assert lines["送达时限"] == "1 天"
    assert lines["不计入晚到"] == "等买家确认或更正充值账号期间、风控复核期间"
    assert lines["告知时限"] == "10 分钟"
    assert lines["付款时限"] == "30 分钟"
    assert lines["自动完成"] == "7 天"
    assert lines["答复有效期"] == "12 小时"
    assert lines["时区"] == "Asia/Shanghai"
    assert "上游激活：6 小时" in lines["各环节时限"]


def test_what_is_not_promised_is_said_as_well():
    bare = replace(FIRST, answer_within=None, complete_after=None, pauses=(), pay_within=None)
    lines = lines_of(page_of(1, known=promise(replace(bare, stage_limits=StageLimits()))))

    assert lines["付款时限"] == "未付款的订单不会自动过期"
    assert lines["自动完成"] == "已送达的订单不会自动完成"
    assert lines["答复有效期"] == "答复一直有效"
    assert lines["不计入晚到"] == "没有例外，全部计入"
    assert lines["各环节时限"] == "库存核验：30 分钟（默认）"


def test_what_was_promised_is_never_rounded():
    lines = lines_of(page_of(1, known=promise(LONGEST)))

    assert lines["自动完成"] == "1 天 1 小时 1 分钟 1 秒 1 毫秒"


@pytest.mark.parametrize(
    ("version", "said"),
    [(1, "现在生效的是更新的版本"), (2, "起下的订单适用本版"), (3, "尚未生效")],
)
def test_a_version_says_for_whom_it_holds(version, said):
    assert said in page_of(version).all("p", class_="lead")[0]


def test_the_text_keeps_its_lines_and_paragraphs():
    paragraphs = page_of(1).all("p")

    assert "付款后 24 小时内送达。送达指商品进入您指定的账号，或卡密已向您展示。\n等您更正" in "\n".join(
        paragraphs
    )
    assert any(each.startswith("Delivered within 24 hours") for each in paragraphs)


def test_whatever_the_words_are_they_are_words(language):
    page = policy_page(EDITION, language, "default", promise(LONGEST), 1).decode()

    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_entry_that_published_it_is_named():
    lines = lines_of(page_of(2))

    assert lines["所据记录"] == leaf(2).hex()
    assert lines["记录流"] == "policy/default"


def test_a_version_that_broke_a_rule_says_so():
    odd = promise(FIRST, odd=(Irregularity("retroactive", leaf(1)),))

    assert "retroactive" in page_of(1, known=odd).text
    assert "与规则不符" not in page_of(1).text


# the compensation -------------------------------------------------------------------------------------
def test_the_compensation_is_told_in_words_and_as_it_stands():
    reading = page_of(1)

    assert "每满 1 小时订单金额的 1%，上限：订单金额" in reading.text
    assert reading.all("pre")[0] == "min(amount, amount * late_hours // 100)"


def test_examples_are_what_the_rule_comes_to():
    rows = rows_of(page_of(1))

    assert rows["10 分钟"] == ("¥0.00", "¥0.00")
    assert rows["5 小时"] == ("¥5.00", "¥15.00")
    assert rows["30 天"] == ("¥100.00", "¥300.00")
    assert rows_of(page_of(3))["3 天"] == ("¥15.00", "¥45.00")


def test_examples_agree_with_a_replay():
    for late in compensation.LATENESS:
        names = rule.lateness(late) | {"amount": 30_000, "units": 3}

        assert list(compensation.worked(THIRD.compensation, late))[1] == rule.value_of(
            THIRD.compensation, names
        )


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("amount", "订单金额"),
        ("min(units, 3) * 1000", "（取最小者：订购件数、3） × ¥10.00"),
        ("(amount + 1) * units", "（订单金额 + ¥0.01） × 订购件数"),
        ("amount - (units - 1)", "订单金额 − （每件补 ¥0.01 − ¥0.01）"),
        ("amount - units - 1", "订单金额 − 每件补 ¥0.01 − ¥0.01"),
        ("amount * (late_ms // 7)", "订单金额 × （晚到的毫秒数 ÷ 7（舍去小数））"),
        ("max(0, min(amount, 5)) + 7", "（取最大者：0、（取最小者：订单金额、¥0.05）） + ¥0.07"),
    ],
)
def test_brackets_stand_where_the_reckoning_needs_them(expression, words):
    rule.check_expression(expression)

    assert compensation.in_words(voice(EDITION, "zh-CN"), expression, "CNY") == words


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("min(amount, 100 + amount * late_hours // 50)", "¥1.00 + 每满 1 小时订单金额的 2%，上限：订单金额"),
        ("min(amount * late_days // 200, 5000)", "每满 1 天订单金额的 0.5%，上限：¥50.00"),
        ("amount * late_ms // 360000000", "每晚 1 小时订单金额的 1%（按比例）"),
        ("amount * late_ms // 8640000000", "每晚 1 天订单金额的 1%（按比例）"),
        ("late_days * 500 * units", "每满 1 天每件补 ¥5.00"),
        ("late_ms // 36000", "每晚 1 小时补 ¥1.00（按比例）"),
        ("amount // 10", "订单金额的 10%"),
    ],
)
def test_a_number_beside_money_is_money_and_a_quotient_a_share(expression, words):
    rule.check_expression(expression)

    assert compensation.in_words(voice(EDITION, "zh-CN"), expression, "CNY") == words


def test_a_share_that_does_not_come_out_even_stays_a_formula():
    said = compensation.in_words(voice(EDITION, "zh-CN"), "amount * late_hours // 300")

    assert said == "订单金额 × 晚到的整小时数 ÷ 300（舍去不足最小货币单位的部分）"


def test_money_of_an_unknown_currency_says_so():
    assert compensation.in_words(voice(EDITION, "zh-CN"), "100") == "1.00（以订单货币计）"
    assert compensation.in_words(voice(EDITION, "zh-CN"), "100", "JPY") == "JPY 100"


def test_every_name_of_an_expression_has_words(language):
    for name in rule.NAMES:
        assert compensation.in_words(voice(EDITION, language), name)


def test_an_expression_of_history_that_nobody_can_reckon_is_shown_without_amounts(language):
    odd = promise(replace(FIRST, compensation="amount // units"))
    reading = page_of(1, language, odd)

    assert reading.all("pre") == ["amount // units"]
    assert reading.all("table") == []


# versions ---------------------------------------------------------------------------------------------
def test_what_a_version_changed_stands_beside_what_it_was():
    rows = rows_of(page_of(2))

    assert rows["送达时限"] == ("1 天", "12 小时")
    assert rows["付款时限"] == ("30 分钟", "未付款的订单不会自动过期")
    assert rows["库存核验环节时限"] == ("30 分钟", "30 分钟（默认）")
    assert rows["状态回传环节时限"] == ("30 分钟", "不单设时限")
    assert "告知时限" not in rows


def test_a_changed_compensation_is_told_in_words_above_its_expression():
    assert rows_of(page_of(3))["补偿规则"] == (
        "每满 1 小时订单金额的 1%，上限：订单金额min(amount, amount * late_hours // 100)",
        "每满 1 天每件补 5.00（以订单货币计）late_days * 500 * units",
    )


def test_the_text_is_compared_line_by_line():
    reading = page_of(2)

    assert reading.all("del")[-1].startswith("− 付款后 24 小时内送达。")
    assert reading.all("ins")[-1].startswith("+ 付款后 12 小时内送达。")


def test_a_first_version_changed_nothing():
    assert "相比" not in page_of(1).text


def test_versions_lead_to_each_other(language):
    mark = {"zh-CN": "", "en": ".en"}[language]
    links = page_of(2, language).attributes("href")

    assert f"../../../policies/default/1/index{mark}.html" in links
    assert f"../../../policies/default/3/index{mark}.html" in links
    assert f"../../../policies/default/2/index{mark}.html" not in links
    assert f"../../../policies/index{mark}.html" in links


def test_a_number_told_twice_has_one_page_with_the_first_that_was_told():
    twice = promise(FIRST, replace(SECOND, version=1))
    paths = [path for path, _ in policy_pages(EDITION, "zh-CN", {"default": twice}, ())]

    assert paths == ["policies/index.html", "policies/default/1/index.html"]
    assert lines_of(page_of(1, known=twice))["送达时限"] == "1 天"


# all of them ------------------------------------------------------------------------------------------
def test_the_list_has_every_version_and_the_settings_own(language):
    settings = (Policy(), Policy(id="fast", due_in=90 * MINUTE))
    reading = Reading(policies_page(EDITION, language, {"default": THREE}, settings))

    assert len(reading.all("dt")) == 3
    (unpublished,) = reading.all("li")
    assert unpublished.startswith("fast")


def test_a_log_without_published_policies_has_a_list(language):
    reading = Reading(policies_page(EDITION, language, {}, (Policy(),)))

    assert len(reading.all("p", class_="empty")) == 1
    assert len(reading.all("li")) == 1


def test_a_policy_takes_no_other_files_place():
    names = ["default", "index.html", "index.html.1", "index.en.html", "a.html"]
    paths = {path_of_policy(name, 1, "zh-CN", EDITION.languages) for name in names}
    taken = {path_of_policies(language, EDITION.languages) for language in EDITION.languages}

    assert len(paths) == len(names)
    assert not any(path.startswith(f"{file}/") for path in paths for file in taken)


def test_every_link_is_relative(language):
    for _, page in policy_pages(EDITION, language, {"default": THREE}, (Policy(),)):
        links = Reading(page).attributes("href")

        assert [link for link in links if re.match(r"[a-z]+:|/", link)] == []


def test_every_page_fits_a_narrow_phone_and_a_wide_screen(chromium: Browser, tmp_path):
    copytree(STATIC, tmp_path / "static")
    pages = {}
    for language in EDITION.languages:
        known = {"default": THREE, "long": promise(LONGEST, replace(LONGEST, title="T" * 200, version=2))}
        pages |= dict(policy_pages(EDITION, language, known, (Policy(id="fast"),)))
    wide = []
    for width in (320, 1280):
        with chromium.new_context(viewport={"width": width, "height": 800}) as context:
            window = context.new_page()
            for path, page in pages.items():
                file = tmp_path / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(page)
                window.goto(file.as_uri())
                if window.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    wide.append((width, path))

    assert wide == []
