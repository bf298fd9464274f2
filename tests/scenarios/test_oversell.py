"""card-system, issue 460, and dujiaoka, issue 95: the same last card was sold, and paid for, twice.

mingdan takes in no order that the known stock does not carry. The refusal itself is noted at the SKU, where
the stock board and the figures count it.
"""

from .stage import SKU, ago, delivered, fact, listed, paid, placed, staged

NAME = SKU.removeprefix("sku/")


@staged
def stage(shop):
    shop.tell(*listed(1, at=ago(10)), placed(at=ago(9)), paid(at=ago(8)))
    refusal = shop.refused(placed("my-8", at=ago(7)))
    shop.tell(delivered(at=ago(5)))
    return refusal


def test_the_last_card_is_promised_once(stage):
    evidence = stage.heard["evidence"]

    assert stage.heard["error"] == "IntakeRefused"
    assert (evidence["rule"], evidence["standing"], evidence["carries"]) == ("cap", "1", "1")


def test_the_refusal_rests_on_the_stock_report_and_is_noted_after_it(stage):
    _, _, stocked, _ = stage.run("show", SKU).out.splitlines()

    assert stage.heard["evidence"]["because"][:16] in stocked
    assert stage.kinds(SKU) == ["sku.listed", "sku.stocked", "sku.intake_refused"]


def test_the_same_card_is_not_delivered_to_two_orders(empty):
    card = {"evidence": "shown_to_buyer", "goods": "AAAA-BBBB-CCCC"}
    empty.tell(placed(), paid(), placed("my-8"), paid("my-8"), fact("delivery.delivered", "shop", **card))

    empty.refused(fact("delivery.delivered", "shop", "my-8", **card))


def test_nothing_is_left_of_the_second_order(stage):
    assert stage.run("show", "my-8").code == 1
    assert stage.refused(paid("my-8"))["error"] == "NotFound"


def test_the_first_buyer_reads_delivered(stage):
    zh, en = stage.pages()

    assert (zh.heading, en.heading) == ("已发货", "Delivered")


def test_who_looks_at_the_stock_board_reads_of_the_refusal(stage):
    zh, en = stage.read("supply/index")

    assert "未接的订单 1 笔" in zh.text
    assert "orders not taken: 1" in en.text


def test_a_card_that_is_delivered_is_not_on_the_shelf_any_more(stage):
    zh, en = stage.read("supply/index")

    assert "没有可承诺的量" in zh.text
    assert "nothing to promise, no new orders" in en.text


def test_the_platform_took_no_more_than_there_was(stage):
    figures = stage.figures
    supply = figures["conduct"]["supply"][NAME]

    assert (figures["orders"], figures["delivered"]) == (1, 1)
    assert (supply["refused"], supply["over_accepted"], supply["short"]) == (1, 0, 0)
    assert (supply["carries"], supply["promised"]) == (0, 0)


def test_the_auditor_finds_the_refusal_in_the_log(stage):
    noted = [entry for entry in stage.published() if entry["kind"] == "sku.intake_refused"]

    assert stage.audited() == []
    assert [(entry["stream"], entry["data"]) for entry in noted] == [(SKU, {"qty": 1, "reason": "cap"})]
    assert [entry["kind"] for entry in stage.published()].count("order.placed") == 1
