"""The stock board for machines: what each SKU is known to have, and whether orders are taken."""

from __future__ import annotations

from mingdan.ledger.fact import Count, Int
from mingdan.ledger.market.sku import Alert, Basis, Sku
from mingdan.projections.census import Census
from mingdan.projections.conduct import Supply
from mingdan.projections.market import Alarm
from mingdan.projections.register import Register
from mingdan.site.edition import Edition
from mingdan.site.page import path_of_twin
from mingdan.site.signpost import SUPPLY
from mingdan.site.supply_page import Goods, Intake, Known, goods_of, intake_of, most_of, stock_of, upstream
from mingdan.site.twin import Shape, Twin, print_twin, tree_of


class Stock(Shape, frozen=True, kw_only=True):
    """`known` says what `qty` is worth at the page's instant: a stale one counts as nothing."""

    as_of: Int | None
    known: Known
    qty: Count | None
    ttl: Count | None


class Coming(Shape, frozen=True, kw_only=True):
    """A pre-order; `late` once it should have come."""

    late: bool
    qty: Count
    restock_by: Int


class Taking(Shape, frozen=True, kw_only=True):
    """Whether orders are taken; where they are not, since when, why, and which exception stopped them.

    `carries` is how many units may stand promised, None where nothing limits them; `promised` do.
    """

    carries: Count | None
    exception: str | None
    over_accepted: Count
    promised: Count
    reason: str | None
    refused: Count
    since: Int | None
    state: Intake


class Cap(Shape, frozen=True, kw_only=True):
    basis: Basis
    qty: Count


class StockAlert(Shape, frozen=True, kw_only=True):
    """A stock alert that stands; the exception reported of it, or whether that is overdue."""

    exception: str | None
    level: str
    overdue: bool
    since: Int


class Item(Shape, frozen=True, kw_only=True):
    """A SKU; `chain` are those it is supplied from, tier by tier."""

    alert: StockAlert | None
    cap: Cap | None
    chain: tuple[str, ...]
    coming: Coming | None
    intake: Taking
    name: str | None
    seller: str | None
    sku: str
    stock: Stock


class SupplyTwin(Twin, frozen=True, kw_only=True, tag="../schema/supply.json"):
    """All SKUs of the register, in alphabetical order."""

    skus: tuple[Item, ...]


def supply_twin(edition: Edition, register: Register, census: Census) -> tuple[str, bytes]:
    """Path and content."""
    told = SupplyTwin(
        as_of=edition.sealed,
        checkpoint=tree_of(edition),
        skus=tuple(_item(register, each, edition.sealed) for each in goods_of(register, census)),
    )
    return path_of_twin(SUPPLY), print_twin(told)


def _item(register: Register, goods: Goods, now: int) -> Item:
    name, sku, counted, alarm = goods
    listing, coming = sku.listing, sku.preorder
    return Item(
        alert=None if sku.alert is None else _alert(sku.alert, alarm),
        cap=None if sku.cap is None or sku.basis is None else Cap(basis=sku.basis, qty=sku.cap),
        chain=tuple(upstream(register, name)),
        coming=None
        if coming is None
        else Coming(late=now > coming.restock_by, qty=coming.qty, restock_by=coming.restock_by),
        intake=_taking(sku, counted, now),
        name=None if listing is None else listing.name,
        seller=None if listing is None else listing.platform,
        sku=name,
        stock=_stock(sku, now),
    )


def _stock(sku: Sku, now: int) -> Stock:
    known, told = stock_of(sku, now), sku.stock
    if told is None or known == "unlimited":
        return Stock(as_of=None, known=known, qty=None, ttl=None)
    return Stock(as_of=told.as_of, known=known, qty=told.qty, ttl=told.ttl)


def _taking(sku: Sku, counted: Supply | None, now: int) -> Taking:
    closing = sku.closing
    return Taking(
        carries=most_of(sku, counted, now),
        exception=None if closing is None else closing.exception,
        over_accepted=0 if counted is None else counted.over_accepted,
        promised=0 if counted is None else counted.promised,
        reason=None if closing is None else closing.reason,
        refused=sku.refused,
        since=None if sku.closed is None else sku.closed.effective,
        state=intake_of(sku, counted, now),
    )


def _alert(alert: Alert, alarm: Alarm | None) -> StockAlert:
    return StockAlert(
        exception=None if alarm is None else alarm.exception,
        level=alert.level,
        overdue=alarm is not None and alarm.overdue,
        since=alert.mark.effective,
    )
