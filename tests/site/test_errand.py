import pytest

from mingdan.ledger import event as e
from mingdan.ledger.policy import DAY, DEFAULT, HOUR, Policy

from .reading import Reading
from .stories import EDITION, NOON, STORIES, Said, begun, placed, told


def page(claims: list[Said], policy: Policy = DEFAULT, language: str = "zh-CN") -> Reading:
    return Reading(told(claims).page(EDITION, language, policy))


def checked(result: str) -> list[Said]:
    return [
        *begun()[:2],
        Said(1, "yunka", e.RecipientChecked(field="phone", result=result, rule="cn-mobile")),
    ]


def asked(*options: str) -> list[Said]:
    nudge = Said(60, "buyer", e.Nudged(nudge="n-1"))
    offers = [e.Offered(by_when=NOON + 3 * HOUR, nudge="n-1", option=each) for each in options]
    return [*begun(), nudge, *(Said(70, "yunka", each) for each in offers)]


def items(reading: Reading) -> str:
    """What stands above the timeline under what needs attention."""
    return "".join(reading.all("section", class_="notices"))


def test_a_doubtful_recipient_waits_for_the_buyer_and_says_what_holds_meanwhile():
    still = items(page(checked("suspect")))
    paused = items(page(checked("suspect"), Policy(pauses=("recipient",))))

    assert "等你确认或更正充值账号" in still
    assert "承诺时间仍是 2026年11月23日 07:00，请尽早。" in still
    assert "等待的时间，算补偿时不计入晚到。承诺时间仍是 2026年11月23日 07:00" in paused


def test_a_recipient_that_cannot_be_right_is_only_corrected():
    assert "等你更正充值账号" in items(page(checked("invalid")))


@pytest.mark.parametrize(
    ("result", "where", "then"),
    [
        ("suspect", "订单在等你确认或更正充值账号", "请确认或更正充值账号"),
        ("invalid", "订单在等你更正充值账号", "请更正充值账号"),
    ],
)
def test_what_waits_for_its_buyer_is_not_said_to_be_with_anybody_else(result, where, then):
    late = Said(1_500, "yunka", e.Noted(label="later"))
    for claims in (checked(result), [*checked(result), late]):
        reading = page(claims)
        lead = "".join(reading.all("p", class_="lead"))

        assert where in lead
        assert "由" not in lead
        assert then in "".join(reading.all("p", class_="next"))


def test_what_waits_for_its_buyer_and_is_held_beside_is_reviewed_next():
    hold = e.RiskHeld(on_timeout="refund", review_by=NOON + HOUR, rule="amount", track="manual")
    reading = page([*checked("suspect"), Said(2, "yunka", hold)])

    assert "到期没有决定，就退款。" in "".join(reading.all("p", class_="next"))


def test_where_no_form_corrects_it_the_buyer_is_told_whom_to_ask():
    card = [Said(0, "yunka", placed(form="card")), *checked("invalid")[1:]]

    assert "更正请找 yunka。" in items(page(card))
    assert "更正请找" not in items(page(checked("invalid")))


@pytest.mark.parametrize("result", ["suspect", "invalid"])
def test_a_card_has_a_recipient_and_no_account(result):
    card = [Said(0, "yunka", placed(form="card")), *checked(result)[1:]]
    reading = page(card)

    assert "收货信息：" in items(reading)
    for words in (items(reading), *reading.all("p", class_="lead"), *reading.all("p", class_="next")):
        assert "收货信息" in words
        assert "充值" not in words


def test_a_recipient_that_was_confirmed_waits_for_nobody():
    assert "等你" not in items(page([*checked("suspect"), Said(2, "buyer", e.RecipientConfirmed())]))


def test_an_offer_says_what_there_is_to_choose_by_when_and_whom_to_tell():
    told = items(page(asked("wait", "refund")))

    assert "等你选择：继续等待、退款。请在 2026年11月22日 15:00 前告诉 yunka" in told


def test_an_offer_that_is_closed_waits_for_nobody():
    closed = Said(80, "buyer", e.NudgeClosed(nudge="n-1", outcome="timeout"))

    assert "等你" not in items(page([*asked("wait"), closed]))


def test_an_unpaid_order_says_by_when_to_pay():
    told = items(page(STORIES["placed"], Policy(pay_within=HOUR)))

    assert "等你付款：请在 2026年11月22日 07:00 前付清" in told


@pytest.mark.parametrize("name", ["placed", "paid"])
def test_who_has_no_limit_to_pay_or_has_paid_is_asked_for_nothing(name):
    assert "等你付款" not in items(page(STORIES[name]))


def test_a_delivered_order_says_when_it_completes_by_itself():
    (told,) = page(STORIES["delivered"], Policy(complete_after=7 * DAY)).all("p", class_="next")

    assert "请确认收货；没有异议的话，2026年11月29日 07:01 自动完成。" in told


def test_a_delivered_order_that_never_completes_by_itself_names_no_time():
    (told,) = page(STORIES["delivered"]).all("p", class_="next")

    assert "自动完成" in told
    assert "2026" not in told


def test_history_waits_for_nobody():
    told = [each._replace(basis="backfill") for each in checked("suspect")]

    assert "等你" not in items(page(told))
