"""The paths of `/v1/`: which file tells what, by which schema; its index names all of them.

Everything under `/v1/` but the twins of orders is made anew for each edition, and what it no longer has goes.
So does what a merchant or SKU had that is no longer told apart: its page, its badges, its card.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mingdan.ledger.fact import Count
from mingdan.projections.census import Census
from mingdan.projections.figures import Figures
from mingdan.projections.measure import Score
from mingdan.projections.register import Register
from mingdan.site.edition import Edition
from mingdan.site.imprint import Imprint
from mingdan.site.incident_twin import IncidentsTwin, IncidentTwin, incident_twins
from mingdan.site.order_shape import OrderTwin, Tombstone
from mingdan.site.order_twin import ORDERS
from mingdan.site.page import path_of_twin
from mingdan.site.party_twin import PartiesTwin, PartyTwin, party_twins
from mingdan.site.platform_twin import MerchantTwin, PlatformTwin, SkuTwin, platform_twins
from mingdan.site.policy_twin import PoliciesTwin, PolicyTwin, policy_twins
from mingdan.site.schema import print_schema
from mingdan.site.scope import platform_of
from mingdan.site.signpost import HOME
from mingdan.site.supply_twin import SupplyTwin, supply_twin
from mingdan.site.twin import Shape, Twin, print_twin, tree_of

ROOM = "v1/"


class Way(Shape, frozen=True, kw_only=True):
    """Where documents of a shape lie, as a URI template (RFC 6570), and the page that shows the same."""

    page: str | None
    path: str
    schema: str


class Row(Shape, frozen=True, kw_only=True):
    """A platform: the share of due orders that came in time, and how many wait of how many there are."""

    imported: bool
    on_time: Score
    orders: Count
    platform: str
    waiting: Count


class IndexTwin(Twin, frozen=True, kw_only=True, tag="schema/index.json"):
    """Whose orders this ledger holds and how fresh it is, and everything there is under `/v1/`."""

    languages: tuple[str, ...]
    paths: tuple[Way, ...]
    platforms: tuple[Row, ...]
    title: str
    zone: str


def twins(
    edition: Edition, imprint: Imprint, census: Census, register: Register
) -> Iterator[tuple[str, bytes]]:
    """Path and content of every twin but those of orders, and of all schemas."""
    yield path_of_twin(HOME), print_twin(_index(edition, census.platforms))
    for figures in census.platforms:
        yield from platform_twins(edition, figures, register)
    yield supply_twin(edition, register, census)
    yield from incident_twins(edition, register, census.market)
    yield from party_twins(edition, register)
    yield from policy_twins(edition, register.policies, imprint.policy)
    for name, shape in SHAPES.items():
        path = path_of_schema(name)
        yield path, print_schema(shape, f"https://{edition.address}/{path}")


def made_anew(site: Path) -> list[str]:
    """The paths of what a published site has under `/v1/` but the twins of orders, and of all of scopes."""
    twins = [each for each in (site / ROOM).glob("*") if f"{ROOM}{each.name}/" != ORDERS]
    rooms = [*twins, *(site / each for each in _SCOPES)]
    files = [path for room in rooms for path in (room, *room.rglob("*")) if path.is_file()]
    return sorted(path.relative_to(site).as_posix() for path in files)


def path_of_schema(name: str) -> str:
    return f"{ROOM}schema/{name}.json"


def _index(edition: Edition, platforms: Sequence[Figures]) -> IndexTwin:
    return IndexTwin(
        as_of=edition.sealed,
        checkpoint=tree_of(edition),
        languages=edition.languages,
        paths=PATHS,
        platforms=tuple(_row(each) for each in sorted(platforms, key=lambda each: each.scope)),
        title=edition.title,
        zone=edition.zone,
    )


def _row(figures: Figures) -> Row:
    return Row(
        imported=figures.imported,
        on_time=figures.on_time.strict,
        orders=figures.orders,
        platform=platform_of(figures),
        waiting=figures.backlog.count,
    )


SHAPES: dict[str, Any] = {
    "index": IndexTwin,
    "order": OrderTwin,
    "tombstone": Tombstone,
    "platform": PlatformTwin,
    "merchant": MerchantTwin,
    "sku": SkuTwin,
    "supply": SupplyTwin,
    "exceptions": IncidentsTwin,
    "exception": IncidentTwin,
    "parties": PartiesTwin,
    "party": PartyTwin,
    "policies": PoliciesTwin,
    "policy": PolicyTwin,
    "site": Imprint,
}
_SCOPES = ("badge", "badges", "embed", "p")
_PAGES = (
    ("index.html", "index"),
    ("o/{handle:2}/{handle}.html", "order"),
    ("o/{handle:2}/{handle}.html", "tombstone"),
    ("p/{platform}/index.html", "platform"),
    ("p/{platform}/m/{merchant}/index.html", "merchant"),
    ("p/{platform}/s/{sku}/index.html", "sku"),
    ("supply/index.html", "supply"),
    ("exceptions/index.html", "exceptions"),
    ("parties/index.html", "parties"),
    ("parties/{party}/index.html", "party"),
    ("policies/index.html", "policies"),
    ("policies/{policy}/{version}/index.html", "policy"),
)
PATHS = (
    *(Way(page=page, path=path_of_twin(page), schema=path_of_schema(name)) for page, name in _PAGES),
    Way(page=None, path="v1/exceptions/{exception}/index.json", schema=path_of_schema("exception")),
    Way(page=None, path="v1/site.json", schema=path_of_schema("site")),
)
