from mingdan.ledger import event as e

from .reading import Reading
from .stories import EDITION, STORIES, Said, begun, told


def links_of(claims: list[Said]) -> Reading:
    page = told(claims).page(EDITION).decode()
    start = page.index('<ol class="chain">')
    return Reading(page[start : page.index("</ol>", start) + 5].encode())


def test_the_chain_begins_with_the_platform_and_follows_every_hop():
    assert links_of(STORIES["failed"]).all("b") == ["yunka", "huanan-daili", "huadong-daili"]


def test_a_hop_has_both_its_clocks_and_its_last_word():
    hop = links_of(STORIES["delivered"]).all("li")[1]

    assert "已激活" in hop
    assert "转交 2026-11-22 06:02:00" in hop
    assert "收到回复 2026-11-22 06:55:00 · 06:59:00 得知 · 滞后 4 分钟" in hop


def test_the_tier_that_holds_the_order_is_marked():
    (here,) = links_of(STORIES["forwarded"]).all("li", aria_current="true")

    assert "huanan-daili" in here
    assert "现在在这里" in here


def test_an_order_that_nobody_can_place_is_nowhere():
    assert links_of(STORIES["overdue"]).all("li", aria_current="true") == []


def test_a_delivered_order_is_no_longer_anywhere():
    assert links_of(STORIES["delivered"]).all("li", aria_current="true") == []


def test_a_second_attempt_is_numbered():
    assert "已拒绝 · 第 2 次" in links_of(STORIES["failed"]).all("li")[2]


def test_an_order_without_hops_says_that_there_are_none():
    assert "还没有转交上游的记录。" in Reading(told(begun()).page(EDITION)).text


def test_a_fact_recorded_before_the_time_it_claims_is_called_early():
    ahead = Said(5, "huanan-daili", e.HopAccepted(), late=-120_000)

    assert "记录早于所称时间 2 分钟" in "".join(links_of([*STORIES["forwarded"][:5], ahead]).all("li"))
