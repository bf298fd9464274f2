"""Every kind of page a site can have, each where it lies: what people look at, and what is measured."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from msgspec.structs import replace

from mingdan.ledger import event as e
from mingdan.ledger.market import party
from mingdan.ledger.policy import DEFAULT, HOUR, Policy
from mingdan.projections.census import Census
from mingdan.projections.figures import Figures
from mingdan.projections.market import Market
from mingdan.projections.register import Register
from mingdan.site.order_page import order_page
from mingdan.site.page import path_in
from mingdan.site.pages import aggregates
from mingdan.site.qr_code import qr_code

from .conducted import hostile, rich
from .registered import (
    EMPTY,
    EVIDENCE,
    INCIDENTS,
    LONG,
    MARKET,
    PARTIES,
    SKUS,
    decided,
    listed,
    register,
    registered,
    reported,
)
from .stories import (
    EDITION,
    HANDLE,
    HIDDEN,
    IMPRINT,
    NOON,
    STORIES,
    Said,
    begun,
    delivered,
    empty_figures,
)
from .stories import told as story
from .test_policy_page import LONGEST as WORDY
from .test_policy_page import THREE, promise

LATIN, CHINESE = "w" * 64, "名" * 64


def widest() -> list[Said]:
    """Whatever has a name is called as long a word as it may be."""
    return [
        *begun(merchant=LATIN, sku=LATIN, platform=LATIN),
        Said(2, LATIN, e.HopForwarded(attempt=1, ref=HIDDEN, to=LATIN)),
        Said(3, LATIN, e.Noted(label=CHINESE)),
        Said(4, LATIN, e.HopRejected(attributable_to=LATIN, code="outage", retryable=True)),
        Said(5, LATIN, e.RiskHeld(on_timeout="refund", review_by=NOON + HOUR, rule=LATIN, track="manual")),
    ]


def asking() -> list[Said]:
    """The platform waits for its buyer: is this the right number, and would another card do?"""
    doubt = e.RecipientChecked(field="手机号", result="suspect", rule="cn-mobile")
    where = e.Located(
        cause="供货方缺货", entries=EVIDENCE[:1], holder="hexin-gonghuo", nudge="n-1", stage="activation"
    )
    return [
        *begun()[:2],
        Said(0.8, "yunka", doubt),
        Said(60, "yunka", e.Nudged(nudge="n-1")),
        Said(70, "yunka", where),
        Said(71, "yunka", e.Offered(by_when=NOON + 3 * HOUR, nudge="n-1", option="replace")),
    ]


ORDERS = STORIES | {
    "asking": asking(),
    "widest": widest(),
    "erased": [*delivered(), Said(99, "yunka", e.Erased(reason="buyer_request"))],
}


WIDE = (
    registered(LATIN, "supplier", decided(party.Expelled, -3, "w" * 200), public="w" * 200),
    registered("changming", "merchant", decided(party.Warned, -3, "由" * 200, appeal_by=4), public="名" * 64),
    listed(LATIN, title=LONG, platform=LATIN),
    reported("x" * 64, scope=[LATIN]),
)
POLICIES = {"default": THREE, "changci": promise(WORDY)}
KNOWN = register(*PARTIES, *SKUS, *INCIDENTS, *WIDE)._replace(policies=POLICIES)


def hung(folder: Path) -> Path:
    """The site of all of it, and below `empty/` that of a ledger in which nothing has happened yet."""
    figures = [rich(), replace(hostile(LATIN), scope=f"platform/{LATIN}"), empty_figures()]
    for path, content in (*_orders(), *_beside(KNOWN, MARKET, figures)):
        _put(folder / path, content)
    for path, content in _beside(EMPTY, Market(), []):
        _put(folder / "empty" / path, content)
    return folder


def pages(folder: Path) -> list[str]:
    """The paths of its pages in the default language, without those that are like others."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    return sorted(path for path in found if path.count(".") == 1 and not _LIKE_OTHERS.search(path))


def _orders() -> Iterator[tuple[str, bytes]]:
    for language, (name, claims) in product(EDITION.languages, ORDERS.items()):
        told = story(claims)
        terms = TERMS.get(name, DEFAULT)
        page = order_page(EDITION, language, HANDLE, told.order, told.entries, terms, told.timeline, SETTINGS)
        yield path_in(f"o/{name}/{HANDLE}.html", language, EDITION.languages), page
        yield f"o/{name}/{HANDLE}.svg", qr_code(EDITION, HANDLE)[1]


def _beside(known: Register, market: Market, figures: list[Figures]) -> Iterator[tuple[str, bytes]]:
    census = Census(as_of=NOON, market=market, platforms=figures, size=EDITION.size - 1, zone=EDITION.zone)
    yield from aggregates(EDITION, SETTINGS, census, known)


def _put(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


SETTINGS = replace(IMPRINT, contact="help@yunka.example", intake="/")
TERMS = {"overdue": Policy(compensation="late_days * 500 * units")}
_LIKE_OTHERS = re.compile(
    r"p/yunka/m/[my]|p/yunka/s/(gift|points-1000|recharge|unheard)|policies/default/3"
    r"|parties/(dili|hexin|huadong|shenji|xinghe)|empty/(404|verify)|(badges|embed)/platform/xin"
    r"|(badges|embed)/platform/\w+/[ms]|o/(beyond|verified|refunding|expired)"
)
