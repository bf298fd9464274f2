"""First paid, first served: who was delivered after one that had paid later for the same goods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import nsmallest

from mingdan.projections.conduct import Fairness, Overtaken
from mingdan.projections.figures import Figures
from mingdan.projections.measure import OTHER
from mingdan.site.html import NOTHING, Html, joined
from mingdan.site.number import count
from mingdan.site.section import SHOWN, Section, code, paragraph, span, under, unfolded
from mingdan.site.supply import sku_link, to_skus
from mingdan.site.table import NONE, share, table
from mingdan.site.voice import Voice

NAMED = 10  # orders furthest behind of all goods together
TIMES = 3  # of a SKU's furthest behind that its row shows
LETTERS = 12  # of an order's hash by which it is named: as its own page names it, cut short


def fairness(speech: Voice, figures: Figures, root: str, shown: int | None = SHOWN) -> Section:
    """Each SKU, those with most orders overtaken first; `root` leads to the site's root."""
    told = sorted(figures.conduct.fairness.items(), key=_worst_first)
    if not told:
        return Section("fairness")
    goods = {name: _goods(speech, figures, root, name) for name, _ in told}
    rows = ((goods[name], *cells(speech, each)) for name, each in told[:shown])
    caption, heads = speech.texts["conduct.fairness.board"], ("supply.goods", *HEADS)
    board = table(speech, caption, heads, rows, unfolded=unfolded(shown))
    parts = (_sum(speech, figures), board, to_skus(speech, figures, root, shown))
    return Section("fairness", joined([*parts, overtaken(speech, figures.conduct.fairness, goods)]))


def cells(speech: Voice, told: Fairness) -> Sequence[Html]:
    """Cells under `HEADS`."""
    worst = joined((span(speech, each.behind) for each in told.worst[:TIMES]), Html("<br>")) or NONE
    return count(told.served), count(told.aside), share(told.overtaken), count(told.waiting), worst


def overtaken(speech: Voice, told: Mapping[str, Fairness], goods: Mapping[str, Html]) -> Html:
    """The orders furthest behind of these SKUs; `goods` is how each SKU is called."""
    every = [(name, each) for name, of in told.items() for each in of.worst]
    worst = nsmallest(NAMED, every, key=lambda one: (-one[1].behind, one[1].order))
    if not worst:
        return NOTHING
    rows = (_order(speech, each, goods[name]) for name, each in worst)
    return table(speech, speech.texts["conduct.fairness.orders"], _ORDERS, rows, unfolded=0)


def _order(speech: Voice, told: Overtaken, goods: Html) -> Sequence[Html]:
    """Orders by their names in the log, which lead nowhere: only a holder has an order's link."""
    behind = [span(speech, told.behind)]
    if told.waiting:
        behind.append(under(speech.texts["conduct.fairness.still"]))
    return _named(told.order), goods, joined(behind), _named(told.by)


def _named(stream: str) -> Html:
    return code(f"{stream.partition('/')[2][:LETTERS]}…")


def _goods(speech: Voice, figures: Figures, root: str, name: str) -> Html:
    return speech.texts["conduct.other"] if name == OTHER else sku_link(speech, figures, root, name)


def _sum(speech: Voice, figures: Figures) -> Html:
    told = figures.conduct.fairness.values()
    return paragraph(
        speech.say(
            "conduct.fairness.text",
            compared=count(sum(each.overtaken.denominator for each in told)),
            overtaken=count(sum(each.overtaken.numerator for each in told)),
            waiting=count(sum(each.waiting for each in told)),
        )
    )


def _worst_first(each: tuple[str, Fairness]) -> tuple[bool, int, str]:
    name, told = each
    return name == OTHER, -told.overtaken.numerator - told.waiting, name


HEADS = (
    "conduct.fairness.served",
    "conduct.fairness.aside",
    "conduct.fairness.overtaken",
    "conduct.fairness.waiting",
    "conduct.fairness.worst",
)
_ORDERS = (
    "conduct.fairness.order",
    "supply.goods",
    "conduct.fairness.behind",
    "conduct.fairness.by",
)
