"""Every page at every width, in both schemes and languages, laid into build/screens to be looked at."""

from base64 import b64decode
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from mingdan.site.page import path_in

from .gallery import LATIN, pages
from .stories import EDITION, HANDLE
from .visiting import UNFOLD, scrolls, visiting

SCREENS = Path(__file__).parents[2] / "build" / "screens"
WINDOWS = [*product((320, 768, 1280), ("light", "dark"))]
NARROW = (320, 640)  # a phone, and a desk at twice its size


@pytest.mark.slow
def test_every_page_can_be_looked_at_and_none_is_wider_than_its_window(chromium: Browser, gallery, language):
    SCREENS.mkdir(parents=True, exist_ok=True)
    wide = []
    with visiting(chromium, gallery) as visit:
        for path in pages(gallery):
            page = visit(path_in(path, language, EDITION.languages))
            camera = page.context.new_cdp_session(page)
            for width, scheme in WINDOWS:
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme=scheme)
                name = f"{name_of(path)}-{width}-{scheme}-{language}"
                (SCREENS / f"{name}.png").write_bytes(picture(page, camera, width))
                wide += [name] * scrolls(page)
            page.evaluate(UNFOLD)
            for width in NARROW:
                page.set_viewport_size({"width": width, "height": 400})
                wide += [f"{path}, unfolded at {width}"] * scrolls(page)

    assert wide == []


def name_of(path: str) -> str:
    """`o-held` for `o/held/<handle>.html`, `supply` for `supply/index.html`."""
    name = path.removesuffix(".html").removesuffix("/index").removesuffix(f"/{HANDLE}")
    return name.replace(LATIN, "widest").replace("/", "-")


def picture(page: Page, camera: CDPSession, width: int) -> bytes:
    """The whole page as a PNG that is packed in half the time that Playwright's takes."""
    height = page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "scale": 1, "width": width, "height": height}
    options = {"captureBeyondViewport": True, "clip": clip, "optimizeForSpeed": True}
    return b64decode(camera.send("Page.captureScreenshot", options)["data"])
