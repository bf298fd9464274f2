from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.site.feed import LIMIT, urn
from mingdan.site.order_feed import order_feeds
from mingdan.site.order_page import is_open, path_of_order_feed
from mingdan.site.texts import texts

from .reading import Reading
from .stories import (
    EDITION,
    HANDLE,
    LABEL_OF_AN_ATTACKER,
    STORIES,
    Said,
    Story,
    attacked,
    delivered,
    forwarded,
    told,
)
from .syndicated import read_atom

DEFAULT, OTHER = (path_of_order_feed(HANDLE, language, EDITION.languages) for language in EDITION.languages)


def feeds(story: Story) -> dict[str, bytes]:
    entries = [entry for _, entry in story.entries]
    return dict(order_feeds(EDITION, story.handle, story.order, entries))


def titles(story: Story) -> list[str]:
    return [entry.title for entry in read_atom(feeds(story)[DEFAULT]).entries]


def test_a_feed_lies_beside_each_page_of_an_open_order():
    assert {*feeds(told(forwarded()))} == {DEFAULT, OTHER}
    assert (f"o/aa/{HANDLE}.atom", f"o/aa/{HANDLE}.en.atom") == (DEFAULT, OTHER)


def test_an_order_is_open_until_it_is_completed_refunded_cancelled_unpaid_or_expired():
    over = {name for name, claims in STORIES.items() if not is_open(told(claims).order)}

    assert over == {"completed", "refunded", "expired", "imported"}


def test_an_erased_order_has_no_feed():
    assert feeds(told([*delivered(), Said(99, "yunka", e.Erased(reason="buyer_request"))])) == {}


def test_every_story_that_is_open_is_read_by_those_who_read_feeds(story):
    for content in feeds(story).values():
        assert len(read_atom(content).entries) == min(LIMIT, len(story.entries))


def test_every_entry_is_an_item_that_leads_to_its_place_on_the_page():
    story = told(forwarded())
    found = read_atom(feeds(story)[OTHER]).entries

    page = f"https://demo.mingdan.example/o/aa/{HANDLE}.en.html"
    assert [entry.link for entry in found] == [f"{page}#e{seq}" for seq in (6, 5, 4, 3, 2, 1)]
    assert [entry.id for entry in found] == [urn(row.leaf) for row, _ in reversed(story.entries)]
    anchors = Reading(story.page(EDITION, "en")).attributes("id")
    assert {entry.link.partition("#")[2] for entry in found} <= {*anchors}


def test_an_item_says_what_the_timeline_says_and_when_it_was_recorded():
    newest, *_ = read_atom(feeds(told(forwarded()))[DEFAULT]).entries

    assert newest.title == "上游接单"
    assert newest.content[0].value == "huanan-daili，2026年11月22日 06:09"
    assert (newest.published, newest.updated) == ("2026-11-21T22:09:00Z", "2026-11-21T22:48:00Z")


def test_a_feed_names_the_goods_and_never_the_link_in_its_words():
    found = read_atom(feeds(told(forwarded()))[DEFAULT])

    assert found.feed.title == "订单进度：game-points-100 · yunka"
    assert HANDLE not in found.feed.title + found.feed.id + "".join(entry.id for entry in found.entries)


def test_an_entry_that_is_taken_back_stays_and_is_followed_by_what_took_it_back():
    claims = STORIES["forwarded"]

    assert titles(told(claims, disavowing=4))[:3] == [
        "声明作废第 5 条记录（并未发生）",
        "上游接单",
        "订单分派：转交 huanan-daili（第 1 次）",
    ]


def test_words_of_an_attacker_stay_words():
    assert LABEL_OF_AN_ATTACKER.rstrip() in titles(told(attacked()))  # the reader strips spaces


def test_a_feed_changes_with_entries_and_with_nothing_else():
    story = told(forwarded())
    entries = [entry for _, entry in story.entries]
    later = replace(EDITION, sealed=EDITION.sealed * 2, size=99_999, root="ab" * 32)

    assert dict(order_feeds(later, story.handle, story.order, entries)) == feeds(story)


def test_the_page_of_an_open_order_leads_to_its_feed_and_of_one_that_is_over_to_none(story, language):
    links = Reading(story.page(EDITION, language)).each("link")
    found = [has["href"] for has, _ in links if has.get("type") == "application/atom+xml"]

    mark = "" if language == "zh-CN" else ".en"
    assert found == ([f"{HANDLE}{mark}.atom"] if is_open(story.order) else [])


def test_the_page_of_an_open_order_says_how_to_follow_it(language):
    reading = Reading(told(forwarded()).page(EDITION, language))

    assert texts(language)["order.follow"] in reading.all("a")
