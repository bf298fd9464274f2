from hypothesis import given
from hypothesis import strategies as st
from msgspec import json

from mingdan.site.feed import Feed, Item, atom, json_feed, urn, urn_of

from .syndicated import read_atom, read_json_feed

ITEM = Item(
    leaf=bytes(range(32)),
    kind="exception.reported",
    title="上游断供 cut-7：上报",
    text="影响的商品：<game> & co\n第二行",
    url="https://demo.example/exceptions/index.html#cut-7",
    at=1_795_320_000_000,
    known=1_795_320_060_123,
)
ANY_TEXT = st.text(st.characters(codec="utf-8"))
ANY_TIME = st.integers(-(2**53) + 1, 2**53 - 1)


def feed(*items: Item, title: str = "Exceptions", lead: str = "What is new") -> Feed:
    site = "https://demo.example/"
    return Feed(
        name="demo.example/log feed.atom",
        title=title,
        lead=lead,
        language="zh-CN",
        page=site + "index.html",
        address=site + "feed",
        author="明单",
        home=site,
        items=items,
    )


def test_an_item_is_read_as_it_was_written():
    (entry,) = read_atom(atom(feed(ITEM))).entries

    assert (entry.title, entry.content[0].value) == (ITEM.title, ITEM.text)
    assert (entry.published, entry.updated) == ("2026-11-22T04:00:00Z", "2026-11-22T04:01:00.123Z")
    assert (entry.link, entry.tags[0].term) == (ITEM.url, ITEM.kind)


def test_both_formats_say_the_same():
    (entry,), (item,) = read_atom(atom(feed(ITEM))).entries, read_json_feed(json_feed(feed(ITEM)))["items"]

    assert item["id"] == entry.id
    assert (item["title"], item["content_text"]) == (entry.title, entry.content[0].value)
    assert (item["date_published"], item["date_modified"]) == (entry.published, entry.updated)
    assert (item["url"], item["tags"]) == (entry.link, [entry.tags[0].term])


def test_a_feed_says_where_it_is_whose_it_is_and_in_which_language():
    told, twin = read_atom(atom(feed(ITEM))).feed, read_json_feed(json_feed(feed(ITEM)))

    assert {link.rel: link.href for link in told.links} == {
        "self": "https://demo.example/feed.atom",
        "alternate": "https://demo.example/index.html",
    }
    assert (told.author_detail.name, told.author_detail.href) == ("明单", "https://demo.example/")
    assert (twin["feed_url"], twin["home_page_url"]) == (
        "https://demo.example/feed.json",
        "https://demo.example/index.html",
    )
    assert (twin["authors"][0]["name"], twin["language"]) == ("明单", "zh-CN")


def test_an_id_is_its_entrys_hash_and_no_address():
    moved = feed(ITEM._replace(url="https://elsewhere.example/x"))._replace(home="https://elsewhere.example/")

    before, after = read_atom(atom(feed(ITEM))), read_atom(atom(moved))

    assert [entry.id for entry in before.entries] == [entry.id for entry in after.entries] == [urn(ITEM.leaf)]
    assert before.feed.id == after.feed.id
    assert read_json_feed(json_feed(moved))["items"][0]["_mingdan"] == {"leaf": ITEM.leaf.hex()}


def test_an_id_is_a_uuid_of_version_8_and_the_hash_but_for_six_bits():
    assert urn(bytes.fromhex("ff" * 32)) == "urn:uuid:ffffffff-ffff-8fff-bfff-ffffffffffff"
    assert urn(bytes(32)) == "urn:uuid:00000000-0000-8000-8000-000000000000"


def test_names_that_differ_have_ids_that_differ():
    assert urn_of("demo.example/log feed.atom") != urn_of("demo.example/log feed.en.atom")


def test_a_feed_is_as_new_as_its_newest_item():
    older = ITEM._replace(leaf=bytes(32), known=5_000)

    assert read_atom(atom(feed(ITEM, older))).feed.updated == "2026-11-22T04:01:00.123Z"


def test_an_empty_feed_is_a_feed_and_rests():
    assert read_atom(atom(feed())).feed.updated == "1970-01-01T00:00:00Z"
    assert read_json_feed(json_feed(feed()))["items"] == []


@given(ANY_TEXT, ANY_TEXT, ANY_TIME, ANY_TIME)
def test_whatever_words_and_times_an_entry_has_both_formats_hold(title, text, at, known):
    told = feed(ITEM._replace(title=title, text=text, at=at, known=known), title=title, lead=text)

    read_atom(atom(told))
    read_json_feed(json_feed(told))


def test_what_xml_cannot_say_is_replaced_and_json_says_it():
    told = feed(ITEM._replace(title="a\x00\x0b\ufffeb"))

    assert read_atom(atom(told)).entries[0].title == "a\ufffd\ufffd\ufffdb"
    assert json.decode(json_feed(told))["items"][0]["title"] == "a\x00\x0b\ufffeb"
