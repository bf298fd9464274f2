"""The stock board: what each SKU of a platform can carry, how old that knowledge is, what went over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row

from mingdan.ledger.market.guard import Shelf
from mingdan.ledger.market.sku import Sku, carries
from mingdan.projections.conduct import Supply

SHORT = "short"


def board(
    skus: Mapping[str, Sku], shelves: Mapping[str, Shelf], accepted: Iterable[Row[Any]], as_of: int
) -> dict[str, Supply]:
    """By SKU, as of an instant (ms UTC); `accepted` are rows of `views.acceptances`.

    A SKU's own standing is no group of orders: it is shown however few they are.
    """
    over, short = Counter[str](), Counter[str]()
    for row in accepted:
        (short if row.reason == SHORT else over)[row.sku] += 1
    return {
        name: _supply(sku, shelves.get(name, Shelf()), over[name], short[name], as_of)
        for name, sku in skus.items()
    }


def _supply(sku: Sku, shelf: Shelf, over: int, short: int, as_of: int) -> Supply:
    listing, stock, coming = sku.listing, sku.stock, sku.preorder
    assert listing is not None
    return Supply(
        name=listing.name,
        form=listing.form,
        stock_mode=listing.stock_mode,
        upstream=sku.upstream,
        carries=carries(sku, as_of, shelf.spent),
        promised=shelf.promised,
        stock=None if stock is None else stock.qty,
        stock_age=None if stock is None else as_of - stock.as_of,
        stale=_stale(sku, as_of),
        cap=sku.cap,
        basis=sku.basis,
        closed=None if sku.closing is None else sku.closing.reason,
        alert=None if sku.alert is None else sku.alert.level,
        preorder=None if coming is None else coming.qty,
        restock_by=None if coming is None else coming.restock_by,
        refused=sku.refused,
        over_accepted=over,
        short=short,
    )


def _stale(sku: Sku, as_of: int) -> bool:
    """Whether what is known of the stock is worth nothing: too old, or never told though it is counted."""
    if sku.stock is None:
        return sku.listing is not None and sku.listing.stock_mode != "unlimited"
    return as_of > sku.stock.as_of + sku.stock.ttl
