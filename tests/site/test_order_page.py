import json
import re

from mingdan.ledger import event as e
from mingdan.ledger.entry import parse
from mingdan.ledger.evolve import fold
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.policy import Policy
from mingdan.ledger.tree import leaf_hash
from mingdan.site.evidence import proof_of, trust_of
from mingdan.site.order_page import order_page, path_of_order, tombstone_page, words_script
from mingdan.site.page import path_in
from mingdan.site.texts import texts

from .reading import Reading
from .stories import EDITION, HANDLE, IMPRINT, LABEL_OF_AN_ATTACKER, STORIES, Said, delivered, told


def page_of(name: str, language: str = "zh-CN") -> Reading:
    return Reading(told(STORIES[name]).page(EDITION, language))


def test_every_story_makes_a_page_whose_elements_close(story, language):
    reading = Reading(story.page(EDITION, language))

    assert reading.declared == "doctype html"
    assert len(reading.all("h1")) == 1
    assert reading.attributes("lang")[0] == language


def test_the_page_gives_back_the_very_bytes_that_were_hashed(story, language):
    page = story.page(EDITION, language)

    expected = [(row.position - 1, row.entry) for row, _ in story.entries]
    assert Reading(page).entries == expected
    for _, raw in expected:
        assert leaf_hash(raw).hex().encode() in page


def test_what_is_shown_comes_from_the_bytes_that_the_page_carries(story, language):
    page = story.page(EDITION, language)

    entries = []
    for index, raw in Reading(page).entries:
        entry = parse(raw)
        entries.append((Row(index + 1, entry.stream, entry.seq, entry.kind, raw, entry.leaf), entry))
    order = fold(entry for _, entry in entries)
    timeline = story.timeline
    again = order_page(EDITION, language, story.handle, order, entries, Policy(), timeline, IMPRINT)

    assert again == page


def test_making_a_page_twice_makes_the_same_bytes(story, language):
    assert story.page(EDITION, language) == story.page(EDITION, language)


def test_words_of_an_attacker_stay_words(language):
    story = told(STORIES["cancelled"])
    page = story.page(EDITION, language)
    reading = Reading(page)

    carried = [told for told in reading.all("script", type="application/json") if told]
    assert carried == [proof_of(story.timeline), trust_of(IMPRINT)]
    assert page.count(b"<script") == page.count(b"</script>") == len(reading.all("script"))
    assert [has["src"] for has, _ in reading.each("img")] == [f"{story.handle}.svg"]
    assert LABEL_OF_AN_ATTACKER in reading.all("bdi")


def test_every_entry_stands_in_the_timeline(story, language):
    reading = Reading(story.page(EDITION, language))

    shown = [name for name in reading.attributes("id") if re.fullmatch(r"e\d+", name)]
    assert shown == [f"e{row.seq}" for row, _ in reversed(story.entries)]


def test_only_the_three_newest_entries_stand_open():
    page = told(STORIES["delivered"]).page(EDITION)

    assert page.index(b'id="e6"') < page.index(b"<details>") < page.index(b'id="e5"')


def test_every_link_within_the_page_leads_somewhere(story, language):
    reading = Reading(story.page(EDITION, language))

    targets = {href[1:] for href in reading.attributes("href") if href.startswith("#")}
    assert targets <= set(reading.attributes("id"))


def test_links_lead_nowhere_but_into_the_site(story, language):
    reading = Reading(story.page(EDITION, language))

    for link in reading.attributes("href") + reading.attributes("src"):
        assert not re.match(r"(?!data:text/calendar;)[a-z][a-z0-9+.-]*:|/", link), link


def test_the_page_asks_nobody_anything_and_tells_nobody_of_itself(language):
    page = told(delivered()).page(EDITION, language).decode()

    assert '<meta name="robots" content="noindex">' in page
    assert '<meta name="referrer" content="no-referrer">' in page
    assert (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'" in page
    )
    assert "unsafe" not in page
    assert not re.search(r"\s(style|on\w+)=", page)


def test_a_script_is_a_file_of_the_site_or_no_script_at_all(language):
    scripts = Reading(told(delivered()).page(EDITION, language)).each("script")

    for attributes, content in scripts:
        if attributes.get("type") == "application/json":
            assert json.loads(content)
        else:
            assert attributes.keys() == {"src", "defer"}
            assert content == ""
    assert [attributes["src"] for attributes, _ in scripts if "src" in attributes] == [
        f"../../static/{name}"
        for name in (
            "entry.js",
            "verify.js",
            f"words.{language}.js",
            "verdict.js",
            "order.js",
        )
    ]


def test_without_scripts_the_page_says_how_to_check_it_otherwise(language):
    reading = Reading(told(delivered()).page(EDITION, language))

    assert texts(language)["proof.unchecked"] in reading.text
    assert "mingdan verify" in reading.text
    assert "../../" + path_in("verify.html", language, EDITION.languages) in reading.attributes("href")


def test_the_page_says_that_it_cannot_vouch_for_itself(language):
    assert texts(language)["proof.keys"] in Reading(told(delivered()).page(EDITION, language)).text


def test_what_scripts_say_is_in_the_language_of_the_page(language):
    path, script = words_script(EDITION, language)

    words = json.loads(script.decode().removeprefix("mingdan.words = ").removesuffix(";\n"))
    assert path == f"static/words.{language}.js"
    assert words["verified.title"] == texts(language)["check.verified.title"]
    assert words["zone"] == EDITION.zone


def test_every_page_leads_to_its_other_language(story):
    chinese, english = (Reading(story.page(EDITION, tag)) for tag in ("zh-CN", "en"))

    assert f"{HANDLE}.en.html" in chinese.attributes("href")
    assert f"{HANDLE}.html" in english.attributes("href")


def test_the_default_language_owns_the_plain_name():
    tags = EDITION.languages

    assert path_of_order("abcdefg", "zh-CN", tags) == "o/ab/abcdefg.html"
    assert path_of_order("abcdefg", "en", tags) == "o/ab/abcdefg.en.html"
    assert path_of_order("abcdefg", "en", ("en", "zh-CN")) == "o/ab/abcdefg.html"


def test_the_page_names_the_tree_it_is_in():
    text = page_of("delivered").text

    for told_there in (EDITION.origin, "16,412", EDITION.root, told(delivered()).order.stream):
        assert told_there in text


def test_an_order_held_aside_says_why_until_when_and_what_it_rests_on():
    text = page_of("held").text

    assert "被规则「new-device-large-amount」拦下，转人工复核" in text
    assert "2026年11月22日 14:00 前复核，到期未复核就退款" in text
    assert "还没有通知买家的记录" in text
    assert "第 3 条记录" in text


def test_a_broken_promise_to_tell_the_buyer_is_shown():
    assert "没有在 10 分钟内通知买家" in page_of("held").text
    assert "did not tell the buyer within 10 min" in page_of("held", "en").text


def test_an_entry_taken_back_is_struck_through_and_stays():
    claims = STORIES["odd"]
    reading = Reading(told(claims, disavowing=len(claims) - 2).page(EDITION))

    assert reading.all("del") == ["送达，凭证：已向买家展示"]
    assert "已声明作废，见第 11 条记录" in reading.text


def test_an_entry_against_the_rules_names_the_rule():
    marks = page_of("odd").all("p", class_="mark")

    assert marks == ["不合规则：一笔订单只付款一次，再次付款应是另一笔", "不合规则：每一件最多送达一次"]


def test_both_clocks_and_the_lag_between_them_are_shown():
    assert "发生 2026-11-22 06:09:00 · 记录 06:48:00 · 滞后 39 分钟" in page_of("delivered").text


def test_imported_history_is_called_so():
    assert "未经本日志见证" in page_of("imported").text
    assert "not witnessed" in page_of("imported", "en").text


def test_an_erased_order_leaves_a_tombstone_that_says_why(language):
    erased = told([*delivered(), Said(99, "yunka", e.Erased(reason="buyer_request"))])
    reading = Reading(erased.page(EDITION, language))

    assert {"zh-CN": "买家要求", "en": "the buyer asked for it"}[language] in reading.text
    assert reading.entries == []


def test_a_tombstone_states_nothing_of_the_order(language):
    erased = told([*delivered(), Said(99, "yunka", e.Erased(reason="court_order"))])
    text = Reading(tombstone_page(EDITION, language, HANDLE, erased.order)).text

    for word in ("yunka", "xinghe", "daili", "game-points", "99.00", "06:00", "07:01"):
        assert word not in text
