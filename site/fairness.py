"""First paid, first served: who was delivered after one that had paid later for the same goods."""

from __future__ import annotations

from collections.abc import Sequence

from mingdan.projections.conduct import Fairness
from mingdan.projections.figures import Figures
from mingdan.projections.measure import OTHER
from mingdan.site.html import Html, joined
from mingdan.site.number import count
from mingdan.site.section import SHOWN, Section, paragraph, span
from mingdan.site.supply import sku_link, to_skus
from mingdan.site.table import NONE, share, table
from mingdan.site.voice import Voice


def fairness(speech: Voice, figures: Figures, root: str, shown: int | None = SHOWN) -> Section:
    """Each SKU, those with most orders overtaken first; `root` leads to the site's root."""
    told = sorted(figures.conduct.fairness.items(), key=_worst_first)
    if not told:
        return Section("fairness")
    rows = ((_goods(speech, figures, root, name), *cells(speech, each)) for name, each in told[:shown])
    board = table(speech, speech.texts["conduct.fairness.board"], ("supply.goods", *HEADS), rows)
    return Section("fairness", joined([_sum(speech, figures), board, to_skus(speech, figures, root, shown)]))


def cells(speech: Voice, told: Fairness) -> Sequence[Html]:
    """Cells under `HEADS`."""
    worst = joined((span(speech, each) for each in told.worst), Html("<br>")) or NONE
    return count(told.served), count(told.aside), share(told.overtaken), count(told.waiting), worst


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
