"""What a phone has to fetch: every size is printed (`pytest -s`), and those that were promised are held."""

import gzip
import re
import sys
from pathlib import Path

import pytest

import mingdan.site.page as module
from mingdan.site.page import path_in

from .gallery import ORDERS
from .stories import EDITION, HANDLE

STATIC = Path(module.__file__).parent / "static"
PAGE, PACKED, FORMS, STYLE, SCRIPT = (size * 1024 for size in (12, 4, 1, 10, 12))  # bytes
ORDINARY = [name for name in ORDERS if name not in ("failed", "long", "reversed", "widest")]
PROOF = re.compile(  # the raw entries, what ties them to the log, and the keys
    rb'<ol class="raw">.*?</ol>|(?<=id="proof">)[^<]*|(?<=id="trust">)[^<]*', re.DOTALL
)
ASKS = re.compile(rb'<section class="asks">.*?</section>', re.DOTALL)


def measured(name: str, content: bytes) -> tuple[int, int]:
    """Bytes as they are and packed, printed beside the name."""
    sizes = len(content), len(gzip.compress(content, mtime=0))
    sys.stdout.write(f"{name:<32} {sizes[0]:>7,} bytes, {sizes[1]:>6,} packed\n")
    return sizes


@pytest.mark.parametrize("name", ORDINARY)
def test_an_order_keeps_its_budget_beyond_its_proof(gallery: Path, language, name):
    page = (gallery / path_in(f"o/{name}/{HANDLE}.html", language, EDITION.languages)).read_bytes()
    measured(f"{name}, {language}", page)
    _, with_forms = measured("  beyond its proof", PROOF.sub(b"", page))
    beyond, packed = measured("  and without its forms", ASKS.sub(b"", PROOF.sub(b"", page)))

    assert beyond <= PAGE
    assert packed <= PACKED
    assert with_forms - packed <= FORMS


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.css")), ids=lambda path: path.name)
def test_every_stylesheet_keeps_its_budget(path):
    assert measured(path.name, path.read_bytes())[0] <= STYLE


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_every_script_keeps_its_budget(path):
    assert measured(path.name, path.read_bytes())[0] <= SCRIPT


def test_what_an_order_fetches_beside_itself_is_printed_and_fetched_but_once(gallery: Path):
    page = (gallery / f"o/delivered/{HANDLE}.html").read_text()
    asked = re.findall(r'(?:src|href)="(?:\.\./)*(static/[^"]+)"', page)
    measured("all beside an order's page", b"".join((gallery / path).read_bytes() for path in asked))

    assert len(asked) == len(set(asked))
    assert "static/ed25519.js" not in asked  # fetched only where the browser has none of its own
