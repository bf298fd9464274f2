"""The standalone verifier in a real Chromium, from a folder of its own: whom it believes, what it says."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page

from mingdan.ledger.keeping.workspace import open_workspace
from mingdan.ledger.note import Signer
from mingdan.ledger.tlog_proof import print_proof
from mingdan.site.hosting import POLICY
from mingdan.site.saved_page import parse_saved_page
from mingdan.site.texts import texts
from mingdan.site.verifier_page import SCRIPT, SCRIPT_SOURCE, STYLE_SOURCE, verifier_page

from .market import END, opened_market, served
from .reading import Reading
from .stories import EDITION, IMPRINT, NOON, STORIES, told

SAID = texts("zh-CN")
STRANGER = str(Signer("orders.example/log", b"s" * 32).key)


@pytest.fixture(scope="module")
def market(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("market") / "w"
    opened_market(folder)
    return folder


@pytest.fixture
def page(chromium: Browser, market, tmp_path):
    """The verifier, saved alone, at the time of the market; a picture of what it showed is left behind."""
    alone = tmp_path / "alone" / "verify.html"
    alone.parent.mkdir()
    alone.write_bytes((market / "site/verify.html").read_bytes())
    with chromium.new_context(locale="zh-CN") as context:
        page = context.new_page()
        page.asked, page.complaints = [], []
        page.clock.set_fixed_time(END / 1000 + 60)
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(alone.as_uri())
        yield page
        page.screenshot(path=tmp_path / "page.png", full_page=True)


@pytest.fixture
def order(market) -> Path:
    return min(path for path in market.glob("site/o/*/*.html") if path.stem.count(".") == 0)


def given(page: Page, name: str, content: bytes) -> str:
    """The verdict on a file of this name."""
    page.evaluate("delete document.getElementById('verdict').dataset.state")
    page.set_input_files("#file", {"name": name, "mimeType": "", "buffer": content})
    page.wait_for_selector("#verdict[data-state]")
    return page.get_attribute("#verdict", "data-state")


def now_says(page: Page, state: str) -> bool:
    page.wait_for_selector(f"#verdict[data-state={state}]")
    return True


def test_a_saved_page_is_checked_by_what_it_carries(page, order):
    assert given(page, order.name, order.read_bytes()) == "verified"
    assert page.eval_on_selector_all("#steps li", "all => all.map(each => each.className)") == ["done"] * 7
    assert page.complaints == []


def test_kind_and_times_are_listed_from_the_checked_bytes(page, order):
    given(page, order.name, order.read_bytes())
    entries = parse_saved_page(order.read_bytes()).timeline.entries

    rows = page.locator("#entries tr").all_inner_texts()
    assert len(rows) == len(entries)
    assert SAID["kind.order.placed"] in rows[0]
    assert "order.placed" in rows[0]
    assert page.locator("#raw pre").all_text_contents() == [raw.decode() for raw in entries]
    moments = page.eval_on_selector_all("#entries time", "all => all.map(each => Date.parse(each.dateTime))")
    assert moments == [
        int(re.search(rf'"{clock}":(-?\d+)'.encode(), raw)[1])
        for raw in entries
        for clock in ("at", "recorded")
    ]


def test_what_a_page_says_in_words_is_not_believed(page, order):
    lie = re.sub(rb"(?s)<h1>.*?</h1>", "<h1>已退款</h1>".encode(), order.read_bytes())

    assert given(page, order.name, lie) == "verified"
    assert "已退款" not in page.inner_text("main")
    assert SAID["verifier.entries_text"] in page.inner_text("main")


def test_an_altered_page_is_told_loudly_and_none_of_its_entries_is_listed(page, order):
    altered = order.read_bytes().replace(b'"kind":"order.placed"', b'"kind":"order.Placed"', 1)

    assert given(page, order.name, altered) == "failed"
    assert page.get_attribute("#verdict", "role") == "alert"
    assert SAID["check.failed.title"] in page.inner_text("#verdict")
    assert not page.is_visible("#checked")


def test_a_proof_file_gets_the_same_verdict_as_its_page(page, order):
    proof = print_proof(parse_saved_page(order.read_bytes()).timeline)

    assert given(page, "order.tlog-proof", proof) == "verified"
    assert given(page, "order.tlog-proof", proof[:-2] + b"\n") == "failed"


def test_a_page_under_the_link_of_another_order_is_another_order(page, order, market):
    other = max(path for path in market.glob("site/o/*/*.html") if path.stem.count(".") == 0)

    assert given(page, other.name, order.read_bytes()) == "other"
    assert other.stem in page.inner_text("#verdict")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"<h1>hello</h1>", b"c2sp.org/tlog-proof@v1\n"])
def test_what_is_no_proof_is_said_to_be_none(page, content):
    assert given(page, "order.html", content) == "failed"
    assert SAID["check.step.0"] in page.inner_text("#verdict")


def test_the_keys_filled_in_are_those_the_site_was_published_with(page, market):
    trust = open_workspace(market)
    assert page.input_value("#keys") == trust.trust().print().decode()
    trust.close()


def test_only_the_keys_given_are_trusted_whatever_the_page_brings(page, order):
    given(page, order.name, order.read_bytes())

    page.fill("#keys", f"log {STRANGER}\nquorum none\n")

    assert now_says(page, "failed")
    assert SAID["check.step.1"] in page.inner_text("#verdict")
    assert page.inner_text("#differ") == SAID["verify.differ"]


def test_the_vkey_of_the_log_alone_is_enough(page, order, market):
    given(page, order.name, order.read_bytes())
    page.fill("#keys", STRANGER)
    assert now_says(page, "failed")

    page.fill("#keys", (market / "site/log/vkey").read_text())

    assert now_says(page, "verified")


def test_words_that_are_no_keys_are_told_from_a_proof_that_fails(page, order):
    given(page, order.name, order.read_bytes())

    page.fill("#keys", "trust me")

    assert now_says(page, "keys")
    assert SAID["verify.keys.title"] in page.inner_text("#verdict")


def test_the_verifier_asks_nobody_for_anything(page, order):
    given(page, order.name, order.read_bytes().replace(b"<main", b'<img src="https://evil.example/x"><main'))

    assert len(page.asked) == 1
    assert page.complaints == []


def test_scripts_of_a_page_that_is_checked_do_not_run(page, order):
    evil = b"<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\"></main>"
    given(page, order.name, order.read_bytes().replace(b"</main>", evil))

    assert page.title().startswith(SAID["verifier.title"])


def test_words_of_an_attacker_stay_words_in_the_verifier(page):
    story = told(STORIES["cancelled"])
    page.clock.set_fixed_time(NOON / 1000)
    page.fill("#keys", IMPRINT.trust)

    assert given(page, "order.html", story.page(EDITION)) == "verified"
    assert page.locator("#raw img, #raw script").count() == 0


def test_without_ed25519_the_fallback_is_at_hand_within_the_file(page, order):
    page.evaluate("""() => {
        const { importKey } = SubtleCrypto.prototype;
        SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...rest) {
          if (algorithm === "Ed25519") throw new DOMException("Unrecognized name.", "NotSupportedError");
          return importKey.call(this, format, key, algorithm, ...rest);
        };
    }""")

    assert given(page, order.name, order.read_bytes()) == "verified"
    assert len(page.asked) == 1


def test_a_file_can_be_dropped_on_the_page(page, order):
    page.evaluate(
        """([name, words]) => {
        const dropped = new DataTransfer();
        dropped.items.add(new File([words], name));
        document.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, cancelable: true }));
    }""",
        [order.name, order.read_text()],
    )

    assert now_says(page, "verified")


def test_the_verifier_runs_under_the_policy_the_site_is_served_with(chromium, market, order):
    with served(market / "site") as address, chromium.new_context() as context:
        page = context.new_page()
        page.clock.set_fixed_time(END / 1000)
        page.goto(address + "verify.html")

        assert given(page, order.name, order.read_bytes()) == "verified"
        assert page.evaluate("getComputedStyle(document.body).maxWidth") == "736px"


def test_nothing_runs_in_it_but_what_its_hash_allows(language):
    _, page = verifier_page(EDITION, language, IMPRINT)
    reading = Reading(page)

    (policy,) = [has["content"] for has, _ in reading.each("meta") if "http-equiv" in has]
    assert f"script-src {SCRIPT_SOURCE};" in policy
    assert f"style-src {STYLE_SOURCE};" in policy
    assert "default-src 'none'" in policy
    assert SCRIPT_SOURCE in POLICY
    assert STYLE_SOURCE in POLICY
    assert [text for has, text in reading.each("script") if "type" not in has] == [SCRIPT]
    assert not re.search(r"\s(style|on\w+|src)=", page.decode().replace(SCRIPT, ""))


def test_both_languages_have_a_verifier_which_leads_to_the_other():
    paths = {tag: verifier_page(EDITION, tag, IMPRINT) for tag in EDITION.languages}

    assert [path for path, _ in paths.values()] == ["verify.html", "verify.en.html"]
    assert "verify.en.html" in Reading(paths["zh-CN"][1]).attributes("href")
    assert "verify.html" in Reading(paths["en"][1]).attributes("href")


def test_it_says_whose_word_its_keys_are_and_what_a_check_cannot_show(language):
    text = Reading(verifier_page(EDITION, language, IMPRINT)[1]).text

    for key in ("verifier.trust_text", "verifier.alone", "verifier.limit"):
        assert texts(language)[key] in text


def test_it_is_the_same_file_in_every_edition(language):
    later = replace(EDITION, size=EDITION.size + 1, sealed=EDITION.sealed + 1, root="00" * 32)

    assert verifier_page(later, language, IMPRINT) == verifier_page(EDITION, language, IMPRINT)
