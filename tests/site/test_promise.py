import pytest
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.policy import DAY

from .reading import Reading
from .stories import EDITION, HIDDEN, NOON, STORIES, Said, told


def lines_of(claims: list[Said]) -> dict[str, str]:
    reading = Reading(told(claims).page(EDITION))
    return dict(zip(reading.all("dt"), reading.all("dd"), strict=True))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("placed", "付款后才开始计时"),
        ("forwarded", "还有 19 小时"),
        ("overdue", "已超过 1 小时 30 分钟，仍未送达"),
        ("delivered", "准时送达，早 23 小时 59 分钟"),
        ("refunded", "订单已了结，没有送达"),
        ("reversed", "还有 19 小时"),
    ],
)
def test_the_promise_says_how_it_stands(name, said):
    assert lines_of(STORIES[name])["现状"] == said


def test_a_delivery_after_the_due_time_is_late():
    late = Said(300, "yunka", e.Delivered(evidence="account_credited"))

    assert lines_of([*STORIES["overdue"][:6], late])["现状"] == "晚到 30 分钟"


def test_an_extension_stands_beside_the_first_promise():
    more = e.PromiseExtended(consent=HIDDEN, due_at=NOON + 2 * DAY)
    lines = lines_of([*STORIES["overdue"], Said(100, "yunka", more)])

    assert lines["承诺时间"] == "2026-11-22 10:30:00"
    assert lines["经买家同意延至"] == "2026-11-24 12:00:00"
    assert lines["现状"] == "还有 2 天"


def test_the_rule_is_named_with_its_clock_and_its_limit():
    assert lines_of(STORIES["paid"])["规则"] == "default：自付款起 1 天内送达"


def test_compensation_is_summed():
    paid = [Said(60 + each, "yunka", e.Compensated(amount=150, rule="late-1h")) for each in range(2)]

    assert lines_of([*STORIES["overdue"], *paid])["已记补偿"] == "¥3.00"


def test_the_settings_rule_is_not_told_of_an_order_under_published_terms():
    first, *rest = STORIES["forwarded"]
    published = first._replace(event=replace(first.event, policy_version=2))

    assert "规则" in lines_of([first, *rest])
    assert "规则" not in lines_of([published, *rest])
