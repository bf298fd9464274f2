"""An order's page proves itself in a real Chromium: what it says of itself, of tampering, of the live log."""

import base64
import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, Route

import mingdan.site.page as module
from mingdan.ledger.event import Noted
from mingdan.ledger.handle import stream_of
from mingdan.ledger.keeping.workspace import TRUST, open_workspace
from mingdan.ledger.note import COSIGNATURE, Signer, VerifierKey, to_base64
from mingdan.ledger.policy import Policy
from mingdan.ledger.quorum import Group, Log, TrustPolicy, Witness
from mingdan.ledger.tlog_proof import print_proof
from mingdan.site.order_page import order_page, words_script
from mingdan.site.publish import publish
from mingdan.site.saved_page import parse_saved_page
from mingdan.site.texts import texts

from .market import END, opened_market, served, went_on
from .stories import EDITION, HANDLE, IMPRINT, LOG_KEY, NOON, STORIES, told

WITNESSES = [Signer(f"witness{n}.example/w", bytes([n]) * 32, COSIGNATURE) for n in (1, 2, 3)]
TWO_OF_THREE = TrustPolicy(
    (Log(LOG_KEY.key),),
    (
        *(Witness(f"w{n}", each.key) for n, each in enumerate(WITNESSES, 1)),
        Group("any2", 2, ("w1", "w2", "w3")),
    ),
    "any2",
)
DELIVERED = told(STORIES["delivered"])
STATIC = Path(module.__file__).parent / "static"
DAY = 86_400_000
SAID = texts("zh-CN")
PHONE = {"width": 320, "height": 6000}
DESK = {"width": 1280, "height": 6000}
NO_ED25519 = """
const { importKey } = crypto.subtle;
SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...rest) {
  if (algorithm === "Ed25519") throw new DOMException("Unrecognized name.", "NotSupportedError");
  return importKey.call(this, format, key, algorithm, ...rest);
};"""
NO_WEBCRYPTO = 'Object.defineProperty(crypto, "subtle", { value: undefined });'
SHIFTS = """new Promise((done) => {
  const seen = new PerformanceObserver((list) => done(list.getEntries().map((each) => each.value)));
  seen.observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done([]), 500);
})"""


@pytest.fixture(scope="module")
def market(tmp_path_factory) -> Path:
    """A workspace with its first edition."""
    folder = tmp_path_factory.mktemp("market") / "w"
    opened_market(folder)
    return folder


@pytest.fixture(scope="module")
def grown(market, tmp_path_factory) -> Path:
    """The same market an edition later: its first order has one more entry."""
    folder = copytree(market, tmp_path_factory.mktemp("grown") / "w")
    went_on(folder, stream_of(handles(market)[0]), Noted(label="后来的事"), 10)
    return folder


@pytest.fixture(scope="module")
def other(market, tmp_path_factory) -> Path:
    """The same market with another second edition, and a third: a fork, signed with the same key."""
    folder = copytree(market, tmp_path_factory.mktemp("other") / "w")
    went_on(folder, stream_of(handles(market)[1]), Noted(label="另一件事"), 10)
    went_on(folder, stream_of(handles(market)[1]), Noted(label="又一件事"), 20)
    return folder


@pytest.fixture
def site(market, tmp_path) -> Path:
    """The first edition's files, to be altered."""
    return copytree(market / "site", tmp_path / "site")


@pytest.fixture
def opened(chromium: Browser, tmp_path):
    """Opens pages; whatever came of it is to be seen in pictures, named where a test fails."""
    with opening(chromium, tmp_path) as go:
        yield go


@contextmanager
def opening(chromium: Browser, pictures: Path) -> Iterator:
    pages: list[Page] = []

    def go(
        address: str, script: str = "", now: int = END + 60_000, until: str = "#verdict", **options
    ) -> Page:
        page = chromium.new_context(locale="zh-CN", **options).new_page()
        pages.append(page)
        page.clock.set_fixed_time(now / 1000)  # seconds, in Python's Playwright
        page.add_init_script(script)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(address)
        page.wait_for_selector(f"{until}[data-state]")
        return page

    yield go
    for number, page in enumerate(pages, 1):
        picture = pictures / f"page-{number}.png"
        page.screenshot(path=picture, full_page=True)
        sys.stdout.write(f"what was shown: {picture}\n")
        page.context.close()


def handles(market: Path) -> list[str]:
    pages = (market / "site").glob("o/*/*.html")
    return sorted(path.stem for path in pages if path.stem.count(".") == 0)


def page_of(site: Path, handle: str) -> Path:
    return site / "o" / handle[:2] / f"{handle}.html"


def first_of(site: Path) -> Path:
    return page_of(site, handles(site.parent)[0])


def state(page: Page) -> str:
    return page.get_attribute("#verdict", "data-state")


def steps(page: Page) -> list[str]:
    return page.eval_on_selector_all("#steps li", "all => all.map(each => each.className)")


def alarm(page: Page) -> str:
    return page.inner_text("#alarm") if page.is_visible("#alarm") else ""


def is_loud(page: Page) -> bool:
    """Said at the top in words, announced, and within the first screen."""
    top = page.locator("#alarm")
    return top.is_visible() and top.get_attribute("role") == "alert" and top.bounding_box()["y"] < 200


def altered(path: Path, pattern: str, by) -> str:
    """Alters the first place in the page, which must be there, and names the page."""
    page, count = re.subn(pattern, by, path.read_text(), count=1)
    assert count == 1
    assert page != path.read_text()
    path.write_text(page)
    return path.as_uri()


def test_a_page_from_a_folder_says_that_it_holds(opened, site):
    page = opened(first_of(site).as_uri())

    assert state(page) == "verified"
    assert steps(page) == ["done"] * 7
    assert "2026-11-01" in page.inner_text("#verdict")
    assert page.inner_text("#live") == SAID["check.live.offline"]
    assert alarm(page) == ""


def test_a_page_from_its_site_says_that_it_is_still_the_latest(opened, site):
    with served(site) as address:
        page = opened(address + first_of(site).relative_to(site).as_posix(), until="#live")
        page.wait_for_selector("#live[data-state=verified]")

        assert state(page) == "verified"
        assert {url[: len(address)] for url in page.asked} == {address}
        assert not any("ed25519" in url for url in page.asked)


def test_every_language_says_it_in_its_own_words(opened, site):
    chinese = first_of(site)
    english = chinese.with_suffix(".en.html")

    for path, language in ((chinese, "zh-CN"), (english, "en")):
        page = opened(path.as_uri())
        assert texts(language)["check.verified.title"] in page.inner_text("#verdict")
        assert texts(language)["check.verified.title"] in page.inner_text("#brief")
        assert texts(language)["check.step.3"] in page.text_content("#steps")


def cosigned(folder: Path, times: int, language: str = "en") -> Path:
    """A page that asks for two of three witnesses, of whom so many cosigned seven seconds after noon."""
    text, _, _ = DELIVERED.timeline.checkpoint.partition(b"\n\n")
    lines = [each.sign(text.decode() + "\n", NOON // 1000 + 7).line for each in WITNESSES[:times]]
    timeline = replace(DELIVERED.timeline, checkpoint=DELIVERED.timeline.checkpoint + "".join(lines).encode())
    imprint = replace(IMPRINT, trust=TWO_OF_THREE.print().decode())
    page = order_page(
        EDITION, language, HANDLE, DELIVERED.order, DELIVERED.entries, Policy(), timeline, imprint
    )
    return laid_out(folder / "site", page)


def test_the_page_tells_how_many_of_its_witnesses_cosigned(opened, tmp_path):
    page = opened(cosigned(tmp_path, 2).as_uri(), now=NOON + 60_000)

    assert state(page) == "verified"
    assert "2 of 3 witnesses cosigned" in page.inner_text("#verdict")
    assert "12:00:07" in page.inner_text("#verdict")


@pytest.mark.parametrize("times", [0, 1])
def test_a_page_with_too_few_witnesses_says_only_that_and_says_it_calmly(opened, tmp_path, times):
    page = opened(cosigned(tmp_path, times).as_uri(), now=NOON + 60_000)

    assert state(page) == "few"
    assert f"{times} of 3 witnesses, not enough" in page.inner_text("#verdict")
    assert "12:00:00" in page.inner_text("#verdict")  # the log's own word: too few cannot vouch for a time
    assert f"{times} of 3 witnesses, not enough" in page.inner_text("#brief")
    assert steps(page) == ["few"] + ["done"] * 6
    assert alarm(page) == ""


def test_a_page_with_too_few_witnesses_looks_like_no_other(opened, tmp_path):
    few = opened(cosigned(tmp_path / "few", 1).as_uri(), now=NOON + 60_000)
    sound = opened(cosigned(tmp_path / "sound", 2).as_uri(), now=NOON + 60_000)
    failed = opened(altered(cosigned(tmp_path / "failed", 2), *TAMPERED[MIDDLE][:2]), now=NOON + 60_000)

    marks = [page.evaluate(MARK) for page in (few, sound, failed)]

    assert len({mark for mark, _ in marks}) == len({color for _, color in marks}) == 3


def test_a_page_with_too_few_witnesses_that_is_old_says_both(opened, tmp_path):
    page = opened(cosigned(tmp_path, 1).as_uri(), now=NOON + 3 * DAY)

    assert state(page) == "few"
    assert steps(page) == ["few"] + ["done"] * 4 + ["old", "done"]
    assert "knows nothing of what came later" in page.inner_text("#verdict")


MIDDLE = "a byte of an entry"
MARK = """(() => {
  const title = document.querySelector("#verdict b");
  return [getComputedStyle(title, "::before").content, getComputedStyle(title).color];
})()"""
TAMPERED = {
    "a byte of an entry": (r'("kind":"order.placed","prev":)', r'"learned":1,\1', 4),
    "the checkpoint": (r'("checkpoint":"[^"]*?\\n)(\d)', lambda m: f"{m[1]}{int(m[2]) % 9 + 1}", 1),
    "the epoch": (r'(\\"covers\\":)(\d)', lambda m: f"{m[1]}{int(m[2]) % 9 + 1}", 2),
    "the map root": (r'(\\"map\\":\\")(..)', lambda m: f"{m[1]}{int(m[2], 16) ^ 1:02x}", 2),
    "the head of its stream": (r'("head":".{90})(.)', lambda m: f"{m[1]}{int(m[2], 16) ^ 1:x}", 3),
    "the place of the last entry": (
        r'("place":\[")(.{8})',
        lambda m: m[1] + to_base64(bytes(each ^ 1 for each in base64.b64decode(m[2]))),
        5,
    ),
    "the last entry, which is gone": (r'(?s)<li id="x\d+">(?!.*<li id="x).*?</li>\n', "", 4),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_an_altered_page_says_loudly_what_does_not_hold(opened, site, what):
    pattern, by, step = TAMPERED[what]
    page = opened(altered(first_of(site), pattern, by))

    assert state(page) == "failed"
    assert is_loud(page)
    assert SAID["check.failed.title"] in alarm(page)
    assert SAID[f"check.step.{step}"] in alarm(page)
    assert steps(page) == ["done"] * (step - 1) + ["failed"] + ["missing"] * (7 - step)


@pytest.mark.parametrize("what", TAMPERED)
def test_too_few_witnesses_excuse_nothing_else(opened, tmp_path, what):
    pattern, by, step = TAMPERED[what]
    page = opened(altered(cosigned(tmp_path, 1), pattern, by), now=NOON + 60_000)

    assert state(page) == "failed"
    assert is_loud(page)
    assert texts("en")[f"check.step.{step}"] in alarm(page)
    assert steps(page)[step - 1] == "failed"
    assert "done" not in steps(page)[:1]


def test_a_cosignature_that_does_not_verify_is_not_one_too_few(opened, tmp_path):
    path = cosigned(tmp_path, 1)
    page = opened(
        altered(path, r"(witness1.example/w \S{40})(\S)", lambda m: m[1] + ("B" if m[2] == "A" else "A")),
        now=NOON + 60_000,
    )

    assert (state(page), steps(page)[0]) == ("failed", "failed")


def test_too_few_witnesses_do_not_make_it_the_order_of_another_link(opened, tmp_path):
    path = cosigned(tmp_path, 1)
    turned = path.with_stem(path.stem[:-1] + ("e" if path.stem[-1] != "e" else "i"))
    page = opened(path.rename(turned).as_uri(), now=NOON + 60_000)

    assert state(page) == "other"
    assert is_loud(page)


@pytest.mark.parametrize(
    ("pattern", "by"),
    [(r'(?<=id="proof">)\{', "{{"), (r'(?<="stream":")order(?=/\w+"})', "odor"), (r'(?<=id="trust">)\{', "")],
    ids=["json", "stream", "keys"],
)
def test_a_proof_that_does_not_parse_is_no_proof(opened, site, pattern, by):
    page = opened(altered(first_of(site), pattern, by))

    assert (state(page), steps(page)[0]) == ("failed", "failed")
    assert SAID["check.step.0"] in alarm(page)


def test_the_proof_of_another_order_is_none_for_this_link(opened, market, site):
    mine, theirs = (page_of(site, handle) for handle in handles(market)[:2])
    mine.write_bytes(theirs.read_bytes())
    page = opened(mine.as_uri())

    assert state(page) == "other"
    assert is_loud(page)
    assert mine.stem in alarm(page)
    assert steps(page) == ["done"] * 6 + ["failed"]


def test_a_link_with_one_character_changed_is_no_link_to_this_order(opened, site):
    path = first_of(site)
    turned = "b" if path.stem[-1] == "a" else chr(ord(path.stem[-1]) + 1)
    page = opened(path.rename(path.with_stem(path.stem[:-1] + turned)).as_uri())

    assert state(page) == "other"


def test_a_page_under_a_name_that_is_no_link_says_that_it_cannot_tell_whose_it_is(opened, site):
    page = opened(first_of(site).rename(first_of(site).parent / "saved.html").as_uri())

    assert state(page) == "verified"
    assert steps(page) == ["done"] * 6 + ["missing"]
    assert SAID["check.unnamed"] in page.text_content("#steps")


def test_a_page_read_days_later_says_as_of_when(opened, site):
    page = opened(first_of(site).as_uri(), now=END + 3 * DAY)

    assert state(page) == "stale"
    assert steps(page) == ["done"] * 5 + ["old", "done"]
    assert SAID["check.stale.title"] in page.inner_text("#brief")


def test_a_browser_without_ed25519_uses_ours(opened, site):
    page = opened(first_of(site).as_uri(), NO_ED25519)

    assert state(page) == "verified"
    assert any(url.endswith("static/ed25519.js") for url in page.asked)


def test_a_browser_without_cryptography_says_that_it_cannot_tell(opened, site):
    page = opened(first_of(site).as_uri(), NO_WEBCRYPTO)

    assert state(page) == "cannot"
    assert "mingdan verify" in page.inner_text("#verdict")
    assert steps(page) == ["missing"] * 7
    assert page.is_visible("#download")


def test_the_proof_can_be_taken_along_byte_for_byte(opened, site, tmp_path):
    page = opened(first_of(site).as_uri())
    with page.expect_download() as started:
        page.click("#download")
    started.value.save_as(tmp_path / "proof")
    timeline = parse_saved_page(first_of(site).read_bytes()).timeline

    assert started.value.suggested_filename == f"{timeline.stream[6:14]}.tlog-proof"
    assert (tmp_path / "proof").read_bytes() == print_proof(timeline)


def test_a_page_saved_by_a_browser_still_carries_its_proof(opened, site):
    path = first_of(site)
    checked = opened(path.as_uri())
    before = parse_saved_page(path.read_bytes())
    path.write_text(checked.content())

    assert parse_saved_page(path.read_bytes()) == before
    assert state(opened(path.as_uri())) == "verified"


@pytest.mark.parametrize("window", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("suffix", [".html", ".en.html"])
def test_nothing_moves_while_the_page_checks_itself(opened, site, window, suffix):
    with served(site) as address:
        path = first_of(site).with_suffix(suffix).relative_to(site).as_posix()
        page = opened(address + path, until="#live", viewport=window)

        assert page.evaluate(SHIFTS) == []


def test_without_scripts_the_page_is_complete_and_says_how_to_check_it(chromium, site):
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(first_of(site).as_uri())

        assert SAID["proof.unchecked"] in page.inner_text("#verdict")
        assert "mingdan verify" in page.inner_text("#check")
        assert not page.is_visible("#download")
        assert not page.is_visible("#alarm")


def asked_of(opened, shown: Path, live: Path, handle: str, **options) -> tuple[Page, str]:
    """The page as one edition printed it, on a site whose log is another's; and what it says of that log."""
    rmtree(shown / "log")
    copytree(live / "log", shown / "log")
    with served(shown) as address:
        page = opened(
            address + page_of(shown, handle).relative_to(shown).as_posix(), until="#live", **options
        )
    return page, page.inner_text("#live")


def test_an_older_page_says_that_newer_entries_exist_and_offers_them(opened, market, site, grown):
    page, said = asked_of(opened, site, grown / "site", handles(market)[0])
    brief = page.locator("#brief")

    assert (state(page), brief.get_attribute("data-state")) == ("stale", "stale")
    assert SAID["check.newer.title"] in brief.inner_text()
    assert SAID["check.newer.title"] in page.inner_text("#verdict")
    assert SAID["check.verified.title"] not in page.inner_text("body")
    assert steps(page) == ["done"] * 5 + ["old", "done"]
    assert SAID["check.live.newer"] in said
    assert page.locator("#live a").get_attribute("href") == page.evaluate("location.pathname")


def test_a_page_whose_order_stood_still_is_still_the_latest_in_a_longer_log(opened, market, site, grown):
    page, said = asked_of(opened, site, grown / "site", handles(market)[1])

    assert state(page) == "verified"
    assert "08:10:00" in said
    assert page.get_attribute("#live", "data-state") == "verified"


def test_a_log_that_was_rolled_back_is_told_loudly(opened, market, grown, tmp_path):
    shown = copytree(grown / "site", tmp_path / "site")
    page, _ = asked_of(opened, shown, market / "site", handles(market)[0])

    assert is_loud(page)
    assert SAID["check.live.title"] in alarm(page)
    assert SAID["check.live.shrunk"][:6] in alarm(page)


@pytest.mark.parametrize("size", ["the same size", "another size"])
def test_a_log_that_was_rewritten_is_told_loudly(opened, market, grown, other, tmp_path, size):
    shown = copytree(grown / "site", tmp_path / "site")
    live = copytree(other / "site", tmp_path / "live")
    if size == "the same size":
        live = forked_at_the_same_size(market, tmp_path)
    page, _ = asked_of(opened, shown, live, handles(market)[0], now=END + 30 * 60_000)

    assert is_loud(page)
    assert SAID["check.live.forked"][:6] in alarm(page)


def forked_at_the_same_size(market: Path, folder: Path) -> Path:
    twin = copytree(market, folder / "twin")
    went_on(twin, stream_of(handles(market)[1]), Noted(label="另一件事"), 10)
    return twin / "site"


def test_a_log_whose_tiles_are_wrong_is_told_loudly(opened, site):
    tile = next(
        path for path in (site / "log/tile/0").rglob("*") if path.is_file() and ".p" in path.parent.name
    )
    content = bytearray(tile.read_bytes())
    content[0] ^= 1
    tile.write_bytes(content)
    with served(site) as address:
        page = opened(address + first_of(site).relative_to(site).as_posix(), until="#live")

    assert is_loud(page)
    assert SAID["check.live.wrong"][:6] in alarm(page)


def test_a_log_that_does_not_answer_leaves_the_verdict_as_it_was(opened, site):
    (site / "log/checkpoint").unlink()
    with served(site) as address:
        page = opened(address + first_of(site).relative_to(site).as_posix(), until="#live")

    assert page.get_attribute("#live", "data-state") == "unread"
    assert state(page) == "verified"
    assert alarm(page) == ""


def test_a_tile_gone_while_a_publication_is_under_way_is_asked_for_again_from_the_checkpoint(opened, site):
    gone = []

    def first_is_gone(route: Route) -> None:
        gone.append(route.request.url)
        if len(gone) == 1:
            route.fulfill(status=404)
        else:
            route.continue_()

    with served(site) as address:
        page = opened(first_of(site).as_uri())
        page.route("**/log/tile/**", first_is_gone)
        page.goto(address + first_of(site).relative_to(site).as_posix())
        page.wait_for_selector("#live[data-state]")
        asked = page.asked

    assert page.get_attribute("#live", "data-state") == "verified"
    assert len([url for url in asked if url.endswith("log/checkpoint")]) == 2


@pytest.fixture(scope="module")
def unattended(market, tmp_path_factory) -> Path:
    """The market's site, which asks for two of three witnesses, as published while all of them are away."""
    folder = copytree(market, tmp_path_factory.mktemp("unattended") / "w")
    with closing(open_workspace(folder)) as workspace:
        policy = asked_of_log(TWO_OF_THREE, workspace.signer().key)
        (folder / TRUST).write_bytes(policy.print())
        assert not publish(workspace, clock=lambda: END, refresh=True).quorum
    return folder / "site"


def asked_of_log(policy: TrustPolicy, key: VerifierKey) -> TrustPolicy:
    return TrustPolicy((Log(key),), policy.parties, policy.quorum)


def cosignatures(site: Path, times: int) -> str:
    text, _, _ = (site / "log/checkpoint").read_text().partition("\n\n")
    return "".join(each.sign(text + "\n", END // 1000 + 7).line for each in WITNESSES[:times])


def look_at(opened, site: Path) -> tuple[str, str, str]:
    """What a page says of itself, of the site's log, and how loudly."""
    with served(site) as address:
        page = opened(address + first_of(site).relative_to(site).as_posix(), until="#live")
    return state(page), page.get_attribute("#live", "data-state"), alarm(page)


def test_a_log_whose_witnesses_are_away_contradicts_no_page(opened, unattended, tmp_path):
    site = copytree(unattended, tmp_path / "site")

    assert look_at(opened, site) == ("few", "few", "")

    lines = cosignatures(site, 2).replace("\n", r"\n")
    altered(first_of(site), r'("checkpoint":"[^"]*)"', lambda m: f'{m[1]}{lines}"')

    assert look_at(opened, site) == ("verified", "few", "")


def test_a_page_from_before_the_witnesses_came_back_is_told_how_the_log_ends_now(
    opened, unattended, tmp_path
):
    site = copytree(unattended, tmp_path / "site")
    with (site / "log/checkpoint").open("a") as checkpoint:
        checkpoint.write(cosignatures(site, 2))

    assert look_at(opened, site) == ("few", "verified", "")


def test_too_few_witnesses_hide_no_altered_tile_of_the_log(opened, unattended, tmp_path):
    site = copytree(unattended, tmp_path / "site")
    tile = next((site / "log/tile/0").rglob("*.p/*"))
    tile.write_bytes(bytes(each ^ 1 for each in tile.read_bytes()))

    page, live, said = look_at(opened, site)

    assert (page, live) == ("few", "failed")
    assert SAID["check.live.wrong"][:6] in said


def test_words_of_an_attacker_do_nothing_in_the_page(opened, tmp_path):
    story = told(STORIES["cancelled"])
    page = opened(laid_out(tmp_path / "site", story.page(EDITION, "zh-CN")).as_uri(), now=NOON + 1000)

    assert state(page) == "verified"
    assert page.evaluate("[...document.images].map(each => each.className)") == ["qr"]
    assert all(url.startswith("file:") for url in page.asked)


def laid_out(site: Path, page: bytes) -> Path:
    """A page of a story beside the scripts it needs."""
    copytree(STATIC, site / "static")
    for language in EDITION.languages:
        path, script = words_script(EDITION, language)
        (site / path).write_bytes(script)
    place = page_of(site, HANDLE)
    place.parent.mkdir(parents=True)
    place.write_bytes(page)
    return place
