"""A platform for machines: its figures whole, and of each merchant and SKU what its own page shows."""

from __future__ import annotations

from collections.abc import Iterator

from mingdan.ledger.fact import Int
from mingdan.ledger.market.party import Role, Severity
from mingdan.ledger.market.sku import Sku
from mingdan.projections.board import board
from mingdan.projections.conduct import Exposure, Fairness, Supply
from mingdan.projections.figures import Figures, Standing
from mingdan.projections.measure import OTHER
from mingdan.projections.register import Register
from mingdan.site.edition import Edition
from mingdan.site.exposure import merchants
from mingdan.site.page import path_of_twin
from mingdan.site.scope import path_of_merchant, path_of_platform, path_of_sku, platform_of
from mingdan.site.supply import skus
from mingdan.site.supply_page import upstream
from mingdan.site.twin import Shape, Twin, print_twin, tree_of


class PlatformTwin(Twin, frozen=True, kw_only=True, tag="../../schema/platform.json"):
    """A platform: the very figures that log/statistics.json has of it."""

    figures: Figures


class MerchantTwin(Twin, frozen=True, kw_only=True, tag="../../../../schema/merchant.json"):
    """A merchant on a platform; `sanctions` are those that stand.

    `figures` are how its orders fared, `exposure` is the prepaid money it holds; None where it has too few.
    """

    exposure: Exposure | None
    figures: Standing | None
    merchant: str
    platform: str
    role: Role | None
    sanctions: tuple[Severity, ...]


class Tier(Shape, frozen=True, kw_only=True):
    """A SKU in the chain of supply; `supply` is None where nothing but its name is known."""

    alerted: Int | None
    capped: Int | None
    seller: str | None
    sku: str
    supply: Supply | None


class SkuTwin(Twin, frozen=True, kw_only=True, tag="../../../../schema/sku.json"):
    """A SKU on a platform: how its orders fared, and itself and those it is supplied from, tier by tier."""

    chain: tuple[Tier, ...]
    fairness: Fairness | None
    figures: Standing | None
    platform: str
    sku: str
    supply: Supply | None


def platform_twins(edition: Edition, figures: Figures, register: Register) -> Iterator[tuple[str, bytes]]:
    """Path and content: of the platform, and of each merchant and SKU that has a page."""
    name, tags = platform_of(figures), ("",)
    told = PlatformTwin(as_of=edition.sealed, checkpoint=tree_of(edition), figures=figures)
    yield path_of_twin(path_of_platform(name, "", tags)), print_twin(told)
    for merchant in merchants(figures):
        path = path_of_twin(path_of_merchant(name, merchant, "", tags))
        yield path, print_twin(_merchant(edition, figures, register, merchant))
    for sku in skus(figures):
        path = path_of_twin(path_of_sku(name, sku, "", tags))
        yield path, print_twin(_sku(edition, figures, register, sku))


def _merchant(edition: Edition, figures: Figures, register: Register, name: str) -> MerchantTwin:
    party = register.parties.get(name)
    return MerchantTwin(
        as_of=edition.sealed,
        checkpoint=tree_of(edition),
        exposure=figures.conduct.exposure.get(name),
        figures=figures.merchants.get(name),
        merchant=name,
        platform=platform_of(figures),
        role=None if party is None else party.role,
        sanctions=() if party is None else tuple(each.severity for each in party.standing),
    )


def _sku(edition: Edition, figures: Figures, register: Register, name: str) -> SkuTwin:
    supply = figures.conduct.supply.get(name)
    chain = () if supply is None else (name, *upstream(register, name))
    return SkuTwin(
        as_of=edition.sealed,
        chain=tuple(_tier(figures, register, each) for each in chain),
        checkpoint=tree_of(edition),
        fairness=None if name == OTHER else figures.conduct.fairness.get(name),
        figures=None if name == OTHER else figures.skus.get(name),
        platform=platform_of(figures),
        sku=name,
        supply=supply,
    )


def _tier(figures: Figures, register: Register, name: str) -> Tier:
    sku = register.skus.get(name, Sku())
    listed = sku.listing is not None
    return Tier(
        alerted=None if sku.alert is None or not listed else sku.alert.mark.effective,
        capped=None if sku.capped is None or not listed else sku.capped.effective,
        seller=None if sku.listing is None else sku.listing.platform,
        sku=name,
        supply=board({name: sku}, {}, (), figures.as_of)[name] if listed else None,
    )
