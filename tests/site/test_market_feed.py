import pytest
from msgspec.structs import replace

from mingdan.ledger.market import incident, party, sku
from mingdan.ledger.policy import DAY
from mingdan.projections.conduct import Conduct, Exposure, Supply
from mingdan.projections.register import Register
from mingdan.site.feed import LIMIT
from mingdan.site.market_feed import market_feeds

from .registered import EMPTY, FULL, SKUS, decided, listed, register, registered, reported
from .stories import EDITION, some_figures
from .syndicated import read_atom, read_json_feed

YUNKA = some_figures(conduct=Conduct(supply={"points-100": Supply(), "gift-50": Supply()}))


def feeds(told: Register, language: str = "zh-CN") -> dict[str, bytes]:
    return dict(market_feeds(EDITION, language, told, [YUNKA]))


def titles(told: Register, path: str) -> list[str]:
    return [entry.title for entry in read_atom(feeds(told)[path]).entries]


def test_every_scope_has_a_feed_in_both_formats_and_every_language():
    folders = ("", "p/yunka/", "p/yunka/s/gift-50/", "p/yunka/s/points-100/")

    assert {*feeds(FULL)} == {f"{folder}feed.{form}" for folder in folders for form in ("atom", "json")}
    assert {*feeds(FULL, "en")} == {
        f"{folder}feed.en.{form}" for folder in folders for form in ("atom", "json")
    }


def test_every_feed_is_read_by_those_who_read_feeds(language):
    for told in (FULL, EMPTY):
        for path, content in feeds(told, language).items():
            found = (read_atom if path.endswith(".atom") else read_json_feed)(content)
            assert found


def test_both_formats_hold_the_same_items():
    atom, twin = read_atom(feeds(FULL)["feed.atom"]), read_json_feed(feeds(FULL)["feed.json"])

    assert [entry.id for entry in atom.entries] == [item["id"] for item in twin["items"]]
    assert len(twin["items"]) > 10


def test_the_newest_comes_first():
    updated = [entry.updated for entry in read_atom(feeds(FULL)["feed.atom"]).entries]

    assert updated == sorted(updated, reverse=True)


def test_a_feed_is_bounded_and_keeps_the_newest():
    warnings = [decided(party.Warned, -200 + each, f"第 {each} 次") for each in range(LIMIT + 7)]
    found = read_atom(feeds(register(registered("x", "agent", *warnings)))["feed.atom"]).entries

    assert len(found) == LIMIT
    assert f"第 {LIMIT + 6} 次" in found[0].content[0].value


def test_a_platform_is_told_of_what_touches_its_goods_and_of_those_behind_them():
    elsewhere = listed("other-1", platform="xinpingtai")
    warned = [
        registered(name, "agent", decided(party.Warned, -9, "x")) for name in ("huanan-daili", "nobody")
    ]
    told = register(*SKUS, elsewhere, *warned, reported("cut-7"), reported("cut-8", scope=["other-1"]))

    assert titles(told, "p/yunka/feed.atom") == ["上游断供 cut-7：上报", "huanan-daili：警告"]


def test_a_platform_is_told_of_its_merchants():
    warned = registered("xinghe-dianka", "merchant", decided(party.Warned, -9, "x"))
    counted = some_figures(conduct=Conduct(exposure={"xinghe-dianka": Exposure()}))
    told = dict(market_feeds(EDITION, "zh-CN", register(*SKUS, warned), [counted]))

    assert titles(register(*SKUS, warned), "p/yunka/feed.atom") == []
    assert [entry.title for entry in read_atom(told["p/yunka/feed.atom"]).entries] == ["xinghe-dianka：警告"]


def test_a_sku_is_told_of_what_touches_it_and_of_nothing_else():
    told = register(*SKUS, reported("cut-7"), reported("cut-8", by="yunka", scope=["gift-50"]))

    assert titles(told, "p/yunka/s/points-100/feed.atom") == ["上游断供 cut-7：上报"]
    assert titles(told, "p/yunka/s/gift-50/feed.atom") == ["上游断供 cut-8：上报"]


def test_an_item_leads_to_the_page_that_tells_the_whole(language):
    mark = "" if language == "zh-CN" else ".en"
    warned = registered("huanan-daili", "agent", decided(party.Warned, -9, "x"))
    told = feeds(register(*SKUS, warned, reported("cut-7")), language)[f"feed{mark}.atom"]

    assert [entry.link for entry in read_atom(told).entries] == [
        f"https://demo.mingdan.example/exceptions/index{mark}.html#cut-7",
        f"https://demo.mingdan.example/parties/huanan-daili/index{mark}.html",
    ]


def test_an_entry_is_the_same_item_in_every_feed_and_language():
    told = register(*SKUS, reported("cut-7"))
    every = feeds(told) | feeds(told, "en")

    ids = {entry.id for path in every if path.endswith(".atom") for entry in read_atom(every[path]).entries}
    feed_ids = [read_atom(content).feed.id for path, content in every.items() if path.endswith(".atom")]

    assert len(ids) == 1
    assert len(set(feed_ids)) == len(feed_ids)


def test_goods_that_are_supplied_in_a_circle_end_the_search_all_the_same():
    circle = [
        listed("points-100", (-1, "yunka", sku.Mapped(to="gift-50"))),
        listed("gift-50", (-1, "yunka", sku.Mapped(to="points-100"))),
    ]

    told = register(*circle, reported("cut", by="yunka", scope=["gift-50"]))

    assert titles(told, "p/yunka/s/points-100/feed.atom")


def test_what_is_said_of_goods_by_who_has_nothing_to_do_with_them_is_not_told_to_who_sells_them():
    told = register(*SKUS, reported("cut-7", by="evil", scope=["points-100"]))

    assert titles(told, "p/yunka/s/points-100/feed.atom") == titles(told, "p/yunka/feed.atom") == []
    assert titles(told, "feed.atom") == ["上游断供 cut-7：上报"]


@pytest.mark.parametrize("days", [1, 400])
def test_nothing_that_time_changes_stands_in_a_feed(days):
    later = replace(EDITION, sealed=EDITION.sealed + days * DAY, size=99_999, root="ab" * 32)
    told = register(
        *SKUS, *FULL.parties.values(), reported("cut-7", (-0.9, "huanan-daili", incident.Acknowledged()))
    )

    assert dict(market_feeds(later, "zh-CN", told, [YUNKA])) == feeds(told)
