"""dujiao-next, issue 202: what failed upstream reached nobody: orders stood still, and new ones were taken.

In mingdan the tier's report is one exception: the sweep tells every order that waits for the goods, intake
closes, and whoever sells them and did not acknowledge it was blind, for so long and for so many orders.
"""

from .stage import MINUTE, SKU, ago, delivered, fact, listed, paid, placed, staged

CUT = "exception/cut-7"
BEFORE, MEANWHILE, DONE, UNPAID = ORDERS = "my-7", "my-8", "my-9", "my-10"
UPSTREAM = {"form": "card", "name": "Music, a month", "platform": "brand", "stock_mode": "unlimited"}


@staged
def stage(shop):
    shop.tell(*listed(9, at=ago(14)), fact("sku.listed", "brand", "sku/brand-month", at=ago(14), **UPSTREAM))
    shop.tell(fact("sku.mapped", "shop", SKU, at=ago(14), to="brand-month"))
    for name in (BEFORE, DONE):
        shop.tell(placed(name, at=ago(12)), paid(name, at=ago(11)))
    shop.tell(delivered(DONE, at=ago(10)), placed(UNPAID, at=ago(12)))
    report = {"kind": "supply_cut", "scope": ["brand-month"], "starts": ago(9)}
    shop.tell(fact("exception.reported", "brand", CUT, at=ago(9), **report))
    shop.tell(placed(MEANWHILE, at=ago(7)), paid(MEANWHILE, at=ago(6)))
    waiting = shop.ask("queue")
    shop.tell(fact("exception.acted", "brand", CUT, at=ago(5), action="stop_intake"))
    assert shop.sweep() == {"care.notified": 2, "sku.closed": 2}
    return waiting, shop.refused(placed("my-11"))


def test_who_did_not_acknowledge_it_does_nothing_about_it_and_only_whose_it_is_ends_it(stage):
    assert stage.rule(fact("exception.acted", "shop", CUT, action="notify")) == "not-acknowledged"
    assert stage.rule(fact("exception.resolved", "shop", CUT)) == "not-its-exception"


def test_intake_that_was_stopped_takes_no_order(stage):
    _, refusal = stage.heard

    assert (refusal["error"], refusal["evidence"]["rule"]) == ("IntakeRefused", "closed")
    assert stage.kinds(SKU)[-2:] == ["sku.closed", "sku.intake_refused"]


def test_every_order_that_waits_for_the_goods_is_told_and_no_other(stage):
    told = {name: stage.kinds(name).count("care.notified") for name in ORDERS}

    assert told == {BEFORE: 1, MEANWHILE: 1, DONE: 0, UNPAID: 0}
    assert stage.sweep() == {}


def test_the_buyer_reads_that_the_supply_was_cut(stage):
    for zh, en in (stage.pages(BEFORE), stage.pages(MEANWHILE)):
        assert "关于异常：cut-7" in zh.text
        assert "about exception: cut-7" in en.text


def test_the_buyer_s_page_leads_to_the_exception(stage):
    zh, en = stage.pages(BEFORE)

    assert "../../exceptions/index.html#cut-7" in zh.attributes("href")
    assert "../../exceptions/index.en.html#cut-7" in en.attributes("href")


def test_the_exception_s_page_says_who_was_blind_and_what_it_means(stage):
    zh, en = stage.read("exceptions/index")

    assert "shop 没有确认知悉" in zh.text
    assert "其间收单 1 笔" in zh.text
    assert "shop has not acknowledged it" in en.text
    assert "orders taken meanwhile: 1" in en.text
    assert "The promised time stays, and an order not delivered by then is overdue." in en.text


def test_the_platform_s_desk_has_it_until_something_is_done(stage):
    (waiting,), _ = stage.heard

    assert (waiting["kind"], waiting["stream"], waiting["acknowledged"]) == ("exception", CUT, 0)
    assert stage.ask("queue") == []


def test_the_figures_have_the_blind_window_of_who_never_acknowledged(stage):
    (case,) = stage.census["market"]["exceptions"]
    (blind,) = case["tiers"]

    assert (case["reporter"], case["actions"]) == ("brand", ["stop_intake"])
    assert case["affected"] == ["brand-month", "music-month"]
    assert (blind["party"], blind["known"], blind["orders"]) == ("shop", None, 1)
    assert blind["window"] > 8 * MINUTE


def test_the_platform_s_supply_is_closed_for_the_reason_given(stage):
    supply = stage.figures["conduct"]["supply"]["music-month"]

    assert (supply["closed"], supply["refused"], supply["upstream"]) == ("supply_cut", 1, "brand-month")


def test_the_auditor_finds_that_every_buyer_was_told(stage):
    (report,) = (entry for entry in stage.published() if entry["kind"] == "exception.reported")
    notices = [entry for entry in stage.published() if entry["kind"] == "care.notified"]

    assert stage.audited() == []
    assert [entry["data"]["about"] for entry in notices] == ["cut-7", "cut-7"]
    assert all(entry["recorded"] >= report["recorded"] for entry in notices)
    assert stage.verified(BEFORE)[-1] == "care.notified"
