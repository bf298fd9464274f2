"""What a phone has to fetch: every size is printed (`pytest -s`), and those that were promised are held.

Beyond its proof an order's page has 12 KB, packed 4 KB, all that its buyer sees included; nine of ten orders
of a market keep that as they are. Each entry beyond a dozen may take 256 bytes more, packed 48: a timeline
tells every fact with both clocks and who said it, and one that told less to stay small would hide something.
Who waits for an order in trouble has a calendar and notices as well: the tenth may take 512 for them, packed.
"""

import gzip
import re
import sys
from pathlib import Path
from statistics import quantiles

import pytest

import mingdan.site.page as module
from mingdan.ledger.intake.market import simulate
from mingdan.ledger.keeping.workspace import create_workspace
from mingdan.ledger.note import VerifierKey
from mingdan.ledger.quorum import Log, TrustPolicy
from mingdan.ledger.source import Folder
from mingdan.site.auditing.audit import audit
from mingdan.site.page import path_in
from mingdan.site.publish import publish

from .gallery import ORDERS
from .market import END, ORIGIN
from .stories import EDITION, HANDLE

STATIC = Path(module.__file__).parent / "static"
PAGE, PACKED, STYLE, SCRIPT = (size * 1024 for size in (12, 4, 10, 12))  # bytes
WORDS = 2 * 1024  # packed
DOZEN, MORE, MORE_PACKED = 12, 256, 48
TROUBLE = 512  # packed, and twice as much as it is
LANGUAGES = ("zh-CN", "zh-Hant", "en")
WIDEST = "widest"  # every name in it is as long as a name may be
PROOF = re.compile(  # the raw entries, what ties them to the log, and the keys
    rb'<ol class="raw">.*?</ol>|(?<=id="proof">)[^<]*|(?<=id="trust">)[^<]*', re.DOTALL
)


def measured(name: str, content: bytes) -> tuple[int, int]:
    """Bytes as they are and packed, printed beside the name."""
    sizes = len(content), len(gzip.compress(content, mtime=0))
    sys.stdout.write(f"{name:<32} {sizes[0]:>7,} bytes, {sizes[1]:>6,} packed\n")
    return sizes


def beyond_proof(name: str, page: bytes) -> tuple[int, int]:
    """What is left of an order's sizes once each entry beyond a dozen has had its own."""
    size, packed = measured(f"  {name}, beyond its proof", PROOF.sub(b"", page))
    more = max(0, len(re.findall(rb'<li id="e\d+"', page)) - DOZEN)
    return size - more * MORE, packed - more * MORE_PACKED


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a simulated market whose buyers may say something."""
    workspace = create_workspace(
        tmp_path_factory.mktemp("market") / "w", origin=ORIGIN, intake="/", languages=LANGUAGES
    )
    simulate(workspace.book(), 60, 7, end=END)
    publish(workspace, clock=lambda: END)
    workspace.close()
    return workspace.site


@pytest.mark.slow
@pytest.mark.parametrize("tag", LANGUAGES)
def test_nine_of_ten_orders_of_a_market_keep_the_budget_as_they_are(market: Path, tag):
    suffix = "" if tag == LANGUAGES[0] else f".{tag}"
    pages = [path.read_bytes() for path in market.glob("o/*/*.html") if path.stem[26:] == suffix]
    sizes = [measured(tag, PROOF.sub(b"", page)) for page in pages]
    (*_, most), (*_, most_packed) = (quantiles(each, n=10) for each in zip(*sizes, strict=True))
    sys.stdout.write(f"nine of ten in {tag}: {most:,.0f} bytes, {most_packed:,.0f} packed\n")

    assert len(pages) > 40
    assert most <= PAGE
    assert most_packed <= PACKED


@pytest.mark.slow
def test_a_market_with_every_kind_of_name_and_order_is_found_right(market: Path):
    """What small markets of other tests have none of: registered names, open orders, exceptions."""
    key = VerifierKey.parse((market / "log" / "vkey").read_text().strip())

    assert audit(Folder(market), TrustPolicy((Log(key),))).findings == []


@pytest.mark.slow
def test_no_order_of_a_market_takes_more_than_its_entries_and_its_troubles_ask_for(market: Path):
    for path in market.glob("o/*/*.html"):
        size, packed = beyond_proof(path.name[-20:], path.read_bytes())

        assert size <= PAGE + 2 * TROUBLE, path
        assert packed <= PACKED + TROUBLE, path


@pytest.mark.parametrize("name", [name for name in ORDERS if name != WIDEST])
def test_a_story_takes_no_more_than_its_entries_ask_for(gallery: Path, language, name):
    page = (gallery / path_in(f"o/{name}/{HANDLE}.html", language, EDITION.languages)).read_bytes()
    measured(f"{name}, {language}", page)
    size, packed = beyond_proof(name, page)

    assert size <= PAGE
    assert packed <= PACKED


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.css")), ids=lambda path: path.name)
def test_every_stylesheet_keeps_its_budget(path):
    assert measured(path.name, path.read_bytes())[0] <= STYLE


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_every_script_keeps_its_budget(path):
    assert measured(path.name, path.read_bytes())[0] <= SCRIPT


def test_an_order_fetches_its_style_within_the_budget_and_everything_but_once(gallery: Path):
    page = (gallery / f"o/delivered/{HANDLE}.html").read_text()
    asked = re.findall(r'(?:src|href)="(?:\.\./)*(static/[^"]+)"', page)
    measured("all beside an order's page", b"".join((gallery / path).read_bytes() for path in asked))
    style = b"".join((gallery / path).read_bytes() for path in asked if path.endswith(".css"))

    assert measured("its style", style)[0] <= STYLE
    assert len(asked) == len(set(asked))


def test_an_order_runs_its_scripts_within_the_budget_and_fetches_the_others_when_it_needs_them(
    gallery: Path, language
):
    """Each packed by itself, as it is fetched; what they say in a language is apart."""
    page = (gallery / path_in(f"o/delivered/{HANDLE}.html", language, EDITION.languages)).read_text()
    asked = re.findall(r'<script src="(?:\.\./)*(static/[^"]+)"', page)
    sizes = {path: measured(path, (gallery / path).read_bytes()) for path in asked}
    *_, words = sizes.pop(f"static/words.{language}.js")
    later = {"ed25519.js", "live.js", "newest.js", "tlog_proof.js"}  # no native keys; online; a click

    assert sum(packed for _, packed in sizes.values()) <= SCRIPT
    assert words <= WORDS
    assert {f"static/{name}" for name in later} & {*asked} == set()
    assert all((gallery / "static" / name).exists() for name in later)
