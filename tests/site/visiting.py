"""Pages as a reader's own browser opens them: what it complains of is kept, and whom it asks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Request

from .market import served
from .stories import NOON

PHONE = {"width": 320, "height": 640}
UNFOLD = "document.querySelectorAll('details').forEach(each => each.open = true)"
CHECKED = "#verdict[data-state], body:not(:has(#proof))"  # an order's page has checked itself

Visit = Callable[[str], Page]


@contextmanager
def visiting(chromium: Browser, site: Path, **options: object) -> Iterator[Visit]:
    """Opens pages of a site by their paths; what the browser complains of fails the test.

    Orders are read from the folder, as their log is not served; everything else with the headers it has on
    the web.
    """
    complaints: list[str] = []
    with served(site) as address, chromium.new_context(**options) as context:
        page = context.new_page()
        page.clock.set_fixed_time(NOON / 1000)
        page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("requestfailed", lambda request: complaints.extend(failure(request)))
        page.on("request", lambda request: complaints.extend(stray(request, site, address)))

        def visit(path: str) -> Page:
            page.goto((site / path).as_uri() if path.startswith("o/") else address + path)
            if options.get("java_script_enabled", True):
                page.wait_for_selector(CHECKED, state="attached")
            return page

        yield visit

    assert complaints == []


def failure(request: Request) -> list[str]:
    """An icon that had not come when the next page was opened is nobody's failure."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.failure} {request.url}"]


def stray(request: Request, site: Path, address: str) -> list[str]:
    """Whoever is asked beyond the site."""
    return [] if request.url.startswith((address, site.as_uri(), "data:")) else [f"asked: {request.url}"]


def scrolls(page: Page) -> bool:
    """Whether the page as a whole can be moved sideways."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
