"""A platform's orders told apart by merchant, SKU, form and tier: the most first, which is no ranking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mingdan.projections.figures import Figures, Standing
from mingdan.projections.measure import OTHER
from mingdan.site.exposure import merchant_link, to_merchants
from mingdan.site.headline import interval
from mingdan.site.html import NOTHING, Html, joined
from mingdan.site.incidence import reached
from mingdan.site.number import count
from mingdan.site.section import SHOWN, UNKNOWN, Section, under, who
from mingdan.site.supply import sku_link, to_skus
from mingdan.site.table import FIRST, NONE, share, table
from mingdan.site.voice import Voice

Row = tuple[Html, Standing]


def groups(speech: Voice, figures: Figures, root: str) -> Section:
    """All four tables; `root` leads to the site's root."""
    tables = (
        by_merchant(speech, figures, root, SHOWN),
        by_sku(speech, figures, root, SHOWN),
        _table(speech, "form", ((_form(speech, name), told) for name, told in _sorted(figures.forms)), 0),
        _table(speech, "tier", ((who(speech, name), told) for name, told in _sorted(figures.tiers)), 0),
    )
    return Section("groups", joined(tables))


def by_merchant(speech: Voice, figures: Figures, root: str, shown: int | None) -> Html:
    """Each linked to its page; below them the way to the list of all, where only some are shown."""
    told = _sorted(figures.merchants)[:shown]
    rows = [(merchant_link(speech, figures, root, name), standing) for name, standing in told]
    way = to_merchants(speech, figures, root, shown) if rows else NOTHING
    return joined([_table(speech, "merchant", rows, shown and FIRST), way])


def by_sku(speech: Voice, figures: Figures, root: str, shown: int | None) -> Html:
    told = _sorted(figures.skus)[:shown]
    rows = [(_sku(speech, figures, root, name), standing) for name, standing in told]
    way = to_skus(speech, figures, root, shown) if rows else NOTHING
    return joined([_table(speech, "sku", rows, shown and FIRST), way])


def _sku(speech: Voice, figures: Figures, root: str, name: str) -> Html:
    return who(speech, name) if name in (OTHER, UNKNOWN) else sku_link(speech, figures, root, name)


def _form(speech: Voice, name: str) -> Html:
    return who(speech, name) if name in (OTHER, UNKNOWN) else speech.word(name)


def _table(speech: Voice, kind: str, rows: Iterable[Row], unfolded: int | None) -> Html:
    told = [(name, *_cells(speech, standing)) for name, standing in rows]
    if not told:
        return NOTHING
    heads = (f"conduct.groups.{kind}", *_HEADS)
    return table(speech, speech.texts[f"conduct.groups.by_{kind}"], heads, told, unfolded=unfolded)


def _cells(speech: Voice, told: Standing) -> Sequence[Html]:
    waits, due = told.survival, told.on_time.strict
    return (
        count(told.orders),
        joined([share(due), under(interval(speech, due))]) if due.denominator else NONE,
        reached(speech, waits, waits.p50),
        reached(speech, waits, waits.p90),
    )


def _sorted(told: Mapping[str, Standing]) -> list[tuple[str, Standing]]:
    """The most orders first; what is no group by itself comes last."""
    return sorted(told.items(), key=lambda each: (each[0] in (OTHER, UNKNOWN), -each[1].orders, each[0]))


_HEADS = ("index.orders", "headline.rate", "conduct.incidence.p50", "conduct.incidence.p90")
