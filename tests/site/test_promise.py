import pytest
from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.market.promise import StageLimits
from mingdan.ledger.market.sku import Awaited, Paced
from mingdan.ledger.policy import DAY, HOUR, Policy
from mingdan.ledger.stuck import NO_PACE

from .reading import Reading
from .stories import EDITION, HIDDEN, NOON, STORIES, Said, begun, told


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
        ("refunded", "订单已了结，未完成送达"),
        ("refunding", "正在退款，未完成送达"),
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
    assert lines["经买家同意延至"] == "2026-11-24 12:00:00（买家的同意由 yunka 转述）"
    assert lines["现状"] == "还有 2 天"


@pytest.mark.parametrize(
    ("minute", "says"), [(200, "准时送达，早 2 天"), (300, "晚于最初的承诺时间"), (3600, "晚到")]
)
def test_what_comes_within_an_extension_is_told_apart_from_what_came_by_the_first_promise(minute, says):
    more = Said(100, "buyer", e.PromiseExtended(consent=HIDDEN, due_at=NOON + 2 * DAY))
    came = Said(minute, "yunka", e.Delivered(evidence="account_credited"))
    lines = lines_of([*STORIES["overdue"][:6], more, came])

    assert says in lines["现状"]
    assert lines["经买家同意延至"] == "2026-11-24 12:00:00"


def test_the_rule_is_named_with_its_clock_and_its_limit():
    assert lines_of(STORIES["paid"])["规则"] == "本站默认的承诺：自付款起 1 天内送达"


def test_compensation_is_summed():
    paid = [Said(60 + each, "yunka", e.Compensated(amount=150, rule="late-1h")) for each in range(2)]

    assert lines_of([*STORIES["overdue"], *paid])["已记补偿"] == "¥3.00"


# under published terms --------------------------------------------------------------------------------
TERMS = Policy(
    compensation="min(amount, amount * late_hours // 100)", due_in=4 * HOUR, pauses=("recipient", "risk")
)
HELD = e.RiskHeld(on_timeout="release", review_by=NOON, rule="velocity", track="auto")
RELEASED = e.RiskReviewed(decision="release", reason="ok")


def published(name: str, *more: Said) -> list[Said]:
    """The story as of an order placed under version 2 of a published policy."""
    first, *rest = STORIES[name]
    return [first._replace(event=replace(first.event, policy_version=2)), *rest, *more]


def under(terms: Policy, claims: list[Said], language: str = "zh-CN") -> Reading:
    return Reading(told(claims).page(EDITION, language, terms))


def of(reading: Reading) -> dict[str, str]:
    return dict(zip(reading.all("dt"), reading.all("dd"), strict=True))


def test_the_rule_of_a_published_policy_leads_to_its_version(language):
    reading = under(TERMS, published("forwarded"), language)
    mark = {"zh-CN": "", "en": ".en"}[language]

    assert f"../../policies/default/2/index{mark}.html" in reading.attributes("href")


def test_the_rule_of_a_published_policy_names_its_version():
    assert of(under(TERMS, published("forwarded")))["规则"] == "default 第 2 版：自付款起 4 小时内送达"


def test_a_policy_of_the_settings_has_no_page():
    assert not [link for link in under(TERMS, STORIES["forwarded"]).attributes("href") if "policies" in link]


def test_lateness_that_still_runs_is_worth_more_with_each_hour():
    """Due 90 minutes before the page: one full hour of ¥99.00."""
    lines = of(under(TERMS, published("overdue")))

    assert lines["补偿规则"] == "每满 1 小时订单金额的 1%，上限：订单金额"
    assert lines["应付补偿"] == "至今 ¥0.99，仍在增加"
    assert lines["尚欠"] == "¥0.99"


def test_a_delivery_ends_what_accrues_and_a_payment_is_taken_off():
    """Due at minute 270, delivered at minute 355: one full hour."""
    came = Said(355, "yunka", e.Delivered(evidence="account_credited"))
    paid = Said(356, "yunka", e.Compensated(amount=40, rule="late"))
    lines = of(under(TERMS, [*published("overdue")[:6], came, paid]))

    assert (lines["应付补偿"], lines["已记补偿"], lines["尚欠"]) == ("¥0.99", "¥0.40", "¥0.59")


def test_pauses_that_applied_are_listed_with_their_spans_and_do_not_count():
    held = [Said(270, "yunka", HELD, late=0), Said(310, "yunka", RELEASED, late=0)]
    lines = of(under(TERMS, published("overdue", *held)))

    assert "风控复核期间：2026-11-22 10:30:00 至 11:10:00，40 分钟" in lines["不计入晚到"]
    assert "其中 40 分钟不算晚到，计入晚到 50 分钟" in lines["不计入晚到"]
    assert lines["应付补偿"] == "至今 ¥0.00，仍在增加"


def test_each_time_that_a_dispute_was_open_is_listed_and_what_lies_between_counts():
    opened = e.DisputeOpened(claim="late", dispute="d-1", freezes="none")
    decided = e.DisputeDecided(decider="yunka", dispute="d-1", outcome="for_buyer", reason="late")
    story = [(270, opened), (280, decided), (300, e.DisputeAppealed(dispute="d-1")), (310, decided)]
    contested = [Said(minute, "yunka", event, late=0) for minute, event in story]
    lines = of(under(replace(TERMS, pauses=("dispute",)), published("overdue", *contested)))

    assert lines["不计入晚到"].count("争议处理期间：2026-11-22") == 2
    assert "10:30:00 至 10:40:00，10 分钟" in lines["不计入晚到"]
    assert "11:00:00 至 11:10:00，10 分钟" in lines["不计入晚到"]
    assert "其中 20 分钟不算晚到" in lines["不计入晚到"]


def test_a_pause_that_lasts_is_told_so():
    lines = of(under(TERMS, published("forwarded", Said(300, "yunka", HELD, late=0))))

    assert lines["不计入晚到"].startswith("风控复核期间：2026-11-22 11:00:00 起，已 1 小时")


def test_a_pause_leaves_the_due_time_as_it_is_and_says_what_it_is_worth():
    lines = of(under(TERMS, published("forwarded", Said(300, "yunka", HELD, late=0))))

    assert lines["承诺时间"] == "2026-11-23 07:00:00"
    assert lines["现状"].startswith("还有 ")
    assert lines["不计入晚到"].endswith("承诺时间不变；算补偿时，这段时间不算晚到")


def test_while_a_pause_lasts_nothing_grows():
    held = [Said(331, "yunka", HELD, late=0)]
    lines = of(under(TERMS, published("overdue", *held)))

    assert lines["应付补偿"] == "¥0.99"
    assert "还在增加" not in "".join(lines.values())


def test_what_the_terms_do_not_pause_for_is_no_pause():
    held = [Said(270, "yunka", HELD, late=0), Said(310, "yunka", RELEASED, late=0)]

    assert "不计入晚到" not in of(under(replace(TERMS, pauses=("dispute",)), published("overdue", *held)))


def test_where_nothing_is_promised_for_lateness_no_sum_is_shown():
    lines = of(under(Policy(), published("overdue")))

    assert not {"补偿规则", "应付补偿", "尚欠"} & lines.keys()


def test_a_rule_of_history_that_nobody_can_reckon_shows_no_sum():
    lines = of(under(replace(TERMS, compensation="amount // units"), published("overdue")))

    assert not {"补偿规则", "应付补偿", "尚欠"} & lines.keys()


# by when such orders come -----------------------------------------------------------------------------
def paced(*steps: tuple[int, int, int], n: int = 400, kin: str = "sku") -> Paced:
    curve = Awaited(n=n, of=kin, steps=tuple((at * HOUR, came, gone) for at, came, gone in steps), until=DAY)
    return Paced(delivery=curve, n=0, p95=StageLimits())


def likely(claims: list[Said], pace: Paced) -> str | None:
    reading = Reading(told(claims).page(EDITION, pace=pace))
    return dict(zip(reading.all("dt"), reading.all("dd"), strict=True)).get("预计送达")


def test_an_order_that_waits_is_told_by_when_such_orders_came():
    said = likely(STORIES["forwarded"], paced((1, 4000, 0), (6, 7000, 0), (9, 9500, 0)))

    assert said == (
        "有一半可能在 2026年11月22日 12:00 之前送达，九成可能在 2026年11月22日 15:00 之前送达。"
        "依据：同款、等过同样久的 240 笔订单（付款时已知）。"
    )


def test_the_half_that_never_came_is_not_kept_silent():
    said = likely(STORIES["forwarded"], paced((6, 6000, 2000), kin="platform"))
    never = likely(STORIES["forwarded"], paced((6, 2000, 6000), kin="form"))

    assert "超过一成最后没有送达" in said
    assert "依据：本平台、等过同样久的" in said
    assert "最后送达的不到一半" in never
    assert "依据：同类商品、" in never


def test_what_is_still_under_way_is_not_said_to_have_never_come():
    half = likely(STORIES["forwarded"], paced((6, 6000, 200)))
    none = likely(STORIES["forwarded"], paced((6, 2000, 3000)))

    assert "还有不少没到终点，九成的时间暂不能预计" in half
    assert "还有不少没到终点，暂不能预计" in none


@pytest.mark.parametrize("name", ["placed", "delivered", "refunded", "cancelled", "imported"])
def test_nothing_is_foretold_of_an_order_that_does_not_wait_for_its_delivery(name):
    assert likely(STORIES[name], paced((6, 9500, 0))) is None


def test_nothing_is_foretold_by_too_few_and_that_is_said():
    said = likely(STORIES["forwarded"], paced((6, 9500, 0), n=29))

    assert said == "暂不预计：付款时已知的订单里，等过同样久的不足 30 笔。"


def test_an_order_of_goods_that_were_never_paced_says_so():
    assert "同款、同类商品和整个平台的订单都太少" in likely(STORIES["forwarded"], NO_PACE)


def test_an_order_that_was_held_says_that_usual_times_tell_nothing_of_it():
    assert "被风控拦下过" in likely(STORIES["held"], paced((6, 9500, 0)))


def test_an_order_that_waits_for_its_buyer_says_that_nothing_is_foretold_before():
    doubt = Said(1, "yunka", e.RecipientChecked(field="phone", result="suspect", rule="cn-mobile"))

    assert "要等买家先确认" in likely([*begun()[:2], doubt], paced((6, 9500, 0)))


def test_an_order_that_names_no_goods_says_that_there_is_nothing_to_compare_with():
    assert "没有写明商品" in likely(begun(sku=None), NO_PACE)
