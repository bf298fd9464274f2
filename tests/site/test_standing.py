import pytest

from mingdan.ledger import event as e
from mingdan.ledger.intake.catalogue import HOLD_RULES
from mingdan.ledger.keeping.settings import parse_settings, print_settings
from mingdan.ledger.policy import HOUR
from mingdan.site.texts import texts

from .reading import Reading
from .stories import EDITION, NOON, STORIES, Said, begun, told

SENTENCES = {
    "placed": "yunka 于 2026年11月22日 06:00 收到这笔订单，还没有付款的记录。",
    "paid": "订单正在「库存核验」环节，由 yunka 处理，从 2026年11月22日 06:00 起已有 5 小时 59 分钟。"
    "承诺最迟 2026年11月23日 07:00 送达，还有 19 小时。",
    "forwarded": "订单正在「上游激活」环节，由 huanan-daili 处理，"
    "从 2026年11月22日 06:48 起已有 5 小时 12 分钟。"
    "承诺最迟 2026年11月23日 07:00 送达，还有 19 小时。",
    "overdue": "订单已提交给上游，但没有得到明确答复；"
    "从 2026年11月22日 06:50 起的 5 小时 10 分钟里，不清楚它在谁手里。"
    "承诺最迟 2026年11月22日 10:30 送达，已超过 1 小时 30 分钟。",
    "delivered": "商品已于 2026年11月22日 07:01 送达，凭证：账号已到账。",
    "completed": "订单已于 2026年11月22日 09:20 完成：买家。",
    "refunded": "退款已于 2026年11月22日 07:14 付出。",
    "refunding": "订单正在退款，最近一步在 2026年11月22日 07:07。",
    "cancelled": "订单已于 2026年11月22日 06:03 取消，取消方：平台。",
    "expired": "订单已于 2026年11月22日 06:15 过期，期限内没有收到付款。",
    "reversed": "先前的送达已于 2026年11月22日 07:39 撤销，商品要重新送达或退款。"
    "承诺最迟 2026年11月23日 07:00 送达，还有 19 小时。",
}


def page_of(claims: list[Said], language: str = "zh-CN") -> Reading:
    return Reading(told(claims).page(EDITION, language))


@pytest.mark.parametrize("name", SENTENCES)
def test_one_sentence_says_where_who_since_when_and_by_when(name):
    assert page_of(STORIES[name]).all("p", class_="lead") == [SENTENCES[name]]


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("zh-CN", "目前已送达 1 / 10 件，全部送达后才算已发货。"),
        ("zh-Hant", "目前已送達 1 / 10 件，全部送達後才算已發貨。"),
        ("en", "1 of 10 are delivered so far; “Delivered” is said once all are."),
    ],
)
def test_an_order_of_which_a_part_came_is_said_to_wait_for_the_rest(language, says):
    part = Said(61, "yunka", e.Delivered(evidence="account_credited", units=1))
    rest = Said(62, "yunka", e.Delivered(evidence="account_credited", units=9))
    page = page_of([*begun(qty=10), part], language)

    assert says in page.all("p", class_="lead")[0]
    assert page.all("h1") == [texts(language)["step.verified.name"]]
    assert says not in page_of([*begun(qty=10), part, rest], language).text


def test_what_came_of_an_order_that_is_refunded_is_told_too():
    part = Said(61, "yunka", e.Delivered(evidence="account_credited", units=1))
    page = page_of([*begun(qty=10), part, Said(62, "yunka", e.RefundPaid(amount=8_910))])

    assert page.all("p", class_="lead")[0].endswith("此前已送达 1 / 10 件。")


def test_what_came_again_after_a_reversal_has_come():
    again = Said(120, "yunka", e.Delivered(evidence="account_credited"))
    page = page_of([*STORIES["reversed"], again])

    assert page.all("p", class_="lead") == ["商品已于 2026年11月22日 08:00 送达，凭证：账号已到账。"]
    assert page.all("li", aria_current="step") == ["已发货 2026-11-22 08:00:00"]


def test_what_was_not_reversed_after_all_came_when_that_was_known():
    page = Reading(told(STORIES["reversed"], disavowing=8).page(EDITION, "zh-CN"))

    assert page.all("p", class_="lead") == ["商品已于 2026年11月22日 07:40 送达，凭证：账号已到账。"]


def test_an_order_that_was_cancelled_and_is_owed_still_is_said_to_be_cancelled():
    cancelled = Said(81, "buyer", e.Cancelled(by="buyer", reason="不想等了"))
    page = page_of([*STORIES["overdue"], cancelled])

    assert page.all("h1") == ["已超时"]
    assert page.all("p", class_="lead")[0].startswith("订单已于 2026年11月22日 07:21 取消，取消方：买家。")
    assert "取消" not in page.all("p", class_="caveat")[0]


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("placed", "下单成功"),
        ("queued", "排队中"),
        ("held", "风控核查中"),
        ("failed", "出现异常"),
        ("overdue", "已超时"),
        ("disputed", "争议中"),
        ("refunded", "已退款"),
        ("completed", "已完成"),
    ],
)
def test_the_heading_is_what_a_buyer_must_know_first(name, heading):
    assert page_of(STORIES[name]).all("h1") == [heading]


@pytest.mark.parametrize(
    ("told", "says"),
    [(STORIES["refunding"], "退款已批准，等平台付出。"), (STORIES["refunding"][:-1], "平台批准并付出退款")],
)
def test_of_a_refund_only_what_is_left_of_it_comes_next(told, says):
    assert says in page_of(told).all("p", class_="next")[0]


@pytest.mark.parametrize(
    ("name", "heading"),
    [("refunded", "订单怎样了结"), ("expired", "订单怎样了结"), ("held", "为什么停在这里")],
)
def test_an_order_that_ended_is_not_said_to_stand_anywhere(name, heading):
    assert heading in page_of(STORIES[name]).all("h2")


def test_the_current_step_is_marked_and_only_it():
    assert page_of(STORIES["forwarded"]).all("li", aria_current="step") == ["已核验 2026-11-22 06:01:00"]


def test_an_order_that_is_only_placed_has_taken_none_of_the_four_steps():
    reading = page_of(STORIES["placed"])

    assert reading.all("li", aria_current="step") == []
    assert len(reading.all("li", class_="ahead")) == 4


def test_a_step_that_the_record_skips_is_not_shown_as_taken():
    assert page_of(STORIES["imported"]).all("li", class_="missing") == ["已支付 无记录", "已核验 无记录"]


def test_placed_says_that_it_does_not_mean_sent():
    assert "更不表示已经发货" in page_of(STORIES["placed"]).all("p", class_="caveat")[0]


def test_a_paid_order_that_nobody_forwards_is_called_stuck():
    assert "日志里没有转交的记录：从 2026年11月22日 06:30 起停滞" in page_of(begun()[:2]).text


def test_a_hold_by_a_known_rule_says_why_in_plain_words_and_by_which_rule():
    hold = e.RiskHeld(on_timeout="release", review_by=NOON + HOUR, rule="velocity", track="auto")
    text = page_of([*begun()[:2], Said(1, "yunka", hold)]).text

    assert "同一联系方式或充值账号短时间内下单较多，需要人工复核" in text
    assert "被规则「下单过频」自动拦下" in text
    assert "前复核，到期未复核就放行" in text
    assert "平台要在 2026年11月22日 13:00 之前作出决定" in text


def test_a_hold_by_a_rule_of_the_platforms_own_shows_its_name_as_it_stands():
    assert "被规则「new-device-large-amount」拦下，转人工复核" in page_of(STORIES["held"]).text


def test_a_claim_that_no_form_knows_is_quoted_as_its_senders_own_word():
    own = page_of(STORIES["disputed"]).text
    event = e.DisputeOpened(claim="not-delivered", dispute="d-7", freezes="none")

    assert own.count("「not-received」") == 2  # where it stands, and in its entry
    assert "「没有送达」" not in page_of([*begun(), Said(1, "buyer", event)]).text


def test_every_rule_that_mingdan_itself_brings_has_a_plain_reason(language):
    brought = {rule.id for rule in parse_settings(print_settings("x/log", None, None)).risk}

    assert {f"risk.{rule}" for rule in brought | set(HOLD_RULES)} <= texts(language).keys()


def test_an_order_without_a_promise_says_so():
    reading = page_of(STORIES["imported"][:1])

    assert reading.all("p", class_="lead")[0].endswith("没有约定送达时间的记录。")
    assert "日志里没有这笔订单的送达期限。" in reading.text


def test_an_order_known_from_an_observation_alone_has_a_page():
    heard = page_of([Said(0, "huanan-daili", e.Noted(label="一笔陌生的单"), basis="observed")])

    assert heard.all("p", class_="lead") == ["日志里还没有这笔订单的下单记录。没有约定送达时间的记录。"]


def test_a_refund_after_which_something_is_delivered_is_no_success():
    later = [*STORIES["refunded"], Said(200, "yunka", e.Delivered(evidence="provider_receipt"))]

    assert "只作证据展示，不算发货成功" in "".join(page_of(later).all("section", class_="notices"))


# what was disputed ------------------------------------------------------------------------------------
def ruled(**fields: object) -> list[Said]:
    told_of = {"decider": "yunka", "dispute": "d-7", "outcome": "for_merchant", "reason": "evidence"}
    return [*STORIES["disputed"], Said(150, "yunka", e.DisputeDecided(**(told_of | fields)))]


def attention(claims: list[Said], language: str = "zh-CN") -> str:
    return "".join(page_of(claims, language).all("section", class_="notices"))


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "zh-CN",
            "yunka 于 2026年11月22日 08:30 裁决：支持商家，理由见第 10 条记录。",
        ),
        (
            "zh-Hant",
            "yunka 於 2026年11月22日 08:30 裁決：支持商家，理由見第 10 條記錄。",
        ),
        ("en", "yunka decided the dispute (“not-received”): for the merchant. The reason is in entry 10."),
    ],
)
def test_a_ruling_says_what_was_decided_by_whom_and_when(language, says):
    assert says in attention(ruled(), language)


def test_a_ruling_that_can_be_appealed_says_until_when():
    assert "申诉期限：2026年11月22日 14:00。" in attention(ruled(appeal_by=NOON + 2 * HOUR))


def test_a_ruling_without_an_appeal_names_none_and_an_open_dispute_has_no_ruling():
    assert "申诉" not in attention(ruled())
    assert "裁决" not in attention(STORIES["disputed"])
    assert "裁决" not in attention(
        [*ruled(appeal_by=NOON), Said(160, "buyer", e.DisputeAppealed(dispute="d-7"))]
    )


def test_a_dispute_of_a_complete_order_is_no_reason_why_it_stands_still():
    heads = page_of([*STORIES["disputed"], Said(200, "ledger", e.Completed(by="timeout"))]).all("h2")

    assert "争议情况" in heads
    assert "为什么停在这里" not in heads


# what was taken back ----------------------------------------------------------------------------------
def warnings(name: str, language: str = "zh-CN", **disavowal: int) -> list[str]:
    """The notices of a story whose entry of this number, from 0, is disavowed at its end."""
    reading = Reading(told(STORIES[name], **disavowal).page(EDITION, language))
    (section,) = reading.all("section", class_="notices") or ["\n"]
    return [line for line in section.splitlines() if line][1:]  # under its heading


def test_a_payment_that_the_platform_disavows_is_told_first_with_the_time_it_had_promised():
    assert warnings("overdue", disavowing=1)[0] == (
        "yunka 于 2026年11月22日 07:21 把「付款到账」（第 2 条记录）声明作废，理由：并未发生。"
        "那条记录写明最迟 2026年11月22日 10:30 送达。"
    )
    assert warnings("overdue", "en", disavowing=1)[0] == (
        "On 22 November 2026, 07:21, yunka disavowed “Payment received” (entry 2). "
        "Reason given: it did not happen. That entry promised delivery by 22 November 2026, 10:30."
    )


def test_a_disavowal_that_a_better_word_stands_for_names_that():
    (told_of,) = [each for each in warnings("odd", disavowing=1, corrected=9) if "声明作废" in each]

    assert told_of.endswith("更正见第 10 条记录。")


def test_a_refund_that_is_disavowed_is_told():
    assert "把「退款付出」" in "".join(warnings("refunded", disavowing=len(STORIES["refunded"]) - 1))


def test_a_disavowal_of_what_binds_nobody_stays_in_the_timeline():
    assert "声明作废" not in "".join(warnings("forwarded", disavowing=3))


def test_a_dispute_says_since_when_and_who_decides_it():
    opened = Said(60, "buyer", e.DisputeOpened(claim="not-delivered", dispute="d-7", freezes="none"))
    passed_on = Said(70, "yunka", e.DisputeEscalated(dispute="d-7", to="panel"))
    own, other = (page_of([*begun(), opened, *more]).all("p", class_="lead")[0] for more in ([], [passed_on]))

    assert "争议从 2026年11月22日 07:00 起未决，由 yunka 裁决。" in own
    assert "由 panel 裁决。" in other
