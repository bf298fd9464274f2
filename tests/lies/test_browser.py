"""What a real Chromium makes of lying pages, served over HTTP by the operator who lies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from ..site.serving import serving
from .lies import Told
from .operator import Operator, write
from .published import Published, each

# what the page's own script says, at which step, and what it says of the log as the site shows it now
SHOWN = {
    "omits_the_last_event": ("failed", "4", None),
    "hides_a_middle_event": ("failed", "4", None),
    "opens_other_words": ("failed", "4", None),
    "reuses_an_old_epoch": ("failed", "2", None),
    "invents_an_order": ("failed", "3", None),
    "carries_another_orders_proof": ("other", "link", None),
    "covers_something_else": ("failed", "2", None),
    "rewrites_a_published_entry": ("few", "", "few"),
    "forks": ("few", "", "few"),
    "another_key": ("failed", "1", None),
    "gives_one_buyer_yesterdays_page": ("stale", "", "newer"),
    "rewinds": ("stale", "", "stale"),
    # what it cannot know
    "shows_other_words": ("verified", "", "verified"),
    "older_head_in_the_map": ("verified", "", "verified"),
    "two_entries_with_one_number": ("verified", "", "verified"),
    "forks_with_witnesses_of_its_own": ("verified", "", "verified"),
    "asks_for_no_witnesses": ("verified", "", "verified"),
    "ships_a_verifier_that_always_agrees": ("verified", "", "verified"),
}
STEPS = ("1", "2", "3", "4", "5", "6", "link")


@contextmanager
def opened(chromium: Browser, address: str, now: int, until: str = "#verdict[data-state]") -> Iterator[Page]:
    with chromium.new_context(locale="zh-CN") as context:
        page = context.new_page()
        page.clock.set_fixed_time(now / 1000)
        page.goto(address)
        page.wait_for_selector(until)
        yield page


def verdict(page: Page) -> str | None:
    return page.get_attribute("#verdict", "data-state")


def failing(page: Page) -> str:
    """The step that does not hold, by its name in STEPS."""
    kinds = page.eval_on_selector_all("#steps li", "all => all.map(each => each.className)")
    return "".join(step for step, kind in zip(STEPS, kinds[-len(STEPS) :], strict=True) if kind == "failed")


@each(*SHOWN)
def test_a_lying_page_says_of_itself_what_it_can_know(published: Published, chromium: Browser, request):
    state, step, live = SHOWN[request.node.callspec.id]
    write({published.told.path: published.told.page}, published.site)
    until = "#verdict[data-state]" if live is None else "#live[data-state]"

    with (
        serving(published.site) as url,
        opened(chromium, f"{url}/{published.told.path}", published.now, until) as page,
    ):
        assert (verdict(page), failing(page)) == (state, step)
        assert page.get_attribute("#live", "data-state") == live


ELSEWHERE = {"ships_a_verifier_that_always_agrees": "failed", "asks_for_no_witnesses": "few"}


@each(*ELSEWHERE)
def test_a_verifier_and_keys_from_elsewhere_are_not_taken_in(
    published: Published, operator: Operator, chromium, request
):
    kept = write(operator.then["yesterday"].site, published.room / "kept") / "verify.html"
    saved = published.room / Path(published.told.path).name
    saved.write_bytes(published.told.page)

    with opened(chromium, kept.as_uri(), published.now, "input[type=file]") as page:
        page.set_input_files("input[type=file]", saved)
        page.wait_for_selector("#verdict[data-state]")

        assert verdict(page) == ELSEWHERE[request.node.callspec.id]


@each("buries_an_order_that_lives")
def test_a_tombstone_says_of_itself_that_it_proves_nothing(published: Published, chromium: Browser):
    told: Told = published.told
    with (
        serving(published.site) as url,
        opened(chromium, f"{url}/{told.path}", published.now, "main") as page,
    ):
        assert page.query_selector("#verdict") is None
