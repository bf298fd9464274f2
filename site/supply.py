"""The supply of a platform's SKUs as its figures have it: what is too old says so, and counts as nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mingdan.projections.conduct import Supply
from mingdan.projections.figures import Figures
from mingdan.projections.measure import OTHER
from mingdan.site.html import NOTHING, Html, joined
from mingdan.site.number import count
from mingdan.site.scope import path_of_sku, path_of_skus, platform_of
from mingdan.site.section import SHOWN, Section, code, linked, paragraph, under, unfolded
from mingdan.site.table import NONE, table
from mingdan.site.voice import Voice


def supply(speech: Voice, figures: Figures, root: str, shown: int | None = SHOWN) -> Section:
    """Each SKU, those that went furthest over what they carry first; `root` leads to the site's root."""
    told = sorted(figures.conduct.supply.items(), key=_worst_first)
    if not told:
        return Section("supply")
    rows = (_row(speech, figures, root, name, each) for name, each in told[:shown])
    board = table(speech, speech.texts["conduct.supply.board"], _HEADS, rows, unfolded=unfolded(shown))
    return Section(
        "supply", joined([_counted(speech, figures), board, to_skus(speech, figures, root, shown)])
    )


def skus(figures: Figures) -> list[str]:
    """Those that are told of by themselves: a standing is, however few the orders."""
    counted = figures.conduct.fairness.keys() | figures.skus.keys()
    return sorted(figures.conduct.supply.keys() | counted - {OTHER})


def to_skus(speech: Voice, figures: Figures, root: str, shown: int | None) -> Html:
    """The way to the list of all, where only some are shown."""
    if shown is None:
        return NOTHING
    every, tags = len(skus(figures)), speech.edition.languages
    href = root + path_of_skus(platform_of(figures), speech.language, tags)
    return paragraph(linked(href, speech.say("conduct.supply.all", count=count(every))))


def sku_link(speech: Voice, figures: Figures, root: str, name: str) -> Html:
    """What it is called, linked to its page, above its id; the id alone where it was never listed."""
    href = root + path_of_sku(platform_of(figures), name, speech.language, speech.edition.languages)
    known = figures.conduct.supply.get(name)
    if known is None or not known.name:
        return linked(href, code(name))
    return joined([linked(href, speech.words(known.name)), under(code(name))])


def stock(speech: Voice, told: Supply) -> Iterator[Html]:
    """What is known to be there, how old that is, and what is coming."""
    texts, calendar = speech.texts, speech.calendar
    if told.stock_mode == "unlimited":
        yield texts["word.unlimited"]
    elif told.stock_age is None:
        yield _stale(texts["supply.unknown"])
    elif told.stock is None:
        yield _stale(texts["supply.unsaid"])
    elif told.stale:
        yield _stale(speech.say("supply.stale", qty=count(told.stock)))
    else:
        yield speech.say("supply.qty", qty=count(told.stock))
    if told.stock_age is not None:
        yield under(speech.say("conduct.supply.age", age=calendar.duration(told.stock_age)))
    if told.preorder is not None and told.restock_by is not None:
        by = calendar.words(told.restock_by)
        yield under(speech.say("supply.preorder", qty=count(told.preorder), time=by))


def promised(speech: Voice, told: Supply) -> Html:
    """Units that stand promised, of those that the supply carries."""
    carried = speech.texts["conduct.supply.no_limit"] if told.carries is None else count(told.carries)
    return Html(f"{count(told.promised)} / {carried}")


def cap(speech: Voice, told: Supply) -> Html:
    if told.cap is None:
        return NONE
    return Html(f"{count(told.cap)} {under(speech.word(told.basis or 'unknown'))}")


def intake(speech: Voice, told: Supply) -> Iterator[Html]:
    """Whether orders are taken, else why not; and the warning that stands."""
    if told.closed is not None:
        yield Html(f"<b>{speech.texts['supply.closed']}</b>")
        yield under(speech.known(told.closed))
    elif told.carries == 0:
        yield speech.texts["conduct.supply.empty"]
    else:
        yield speech.texts["supply.open"]
    if told.alert is not None:
        yield under(speech.say("conduct.supply.alert", level=speech.word(told.alert)))


def _counted(speech: Voice, figures: Figures) -> Html:
    skus = figures.conduct.supply.values()
    return paragraph(
        speech.say(
            "conduct.supply.text",
            skus=count(len(skus)),
            stale=count(sum(each.stale for each in skus)),
            closed=count(sum(each.closed is not None for each in skus)),
            over=count(sum(each.over_accepted for each in skus)),
        )
    )


def _row(speech: Voice, figures: Figures, root: str, name: str, told: Supply) -> Sequence[Html]:
    return (
        sku_link(speech, figures, root, name),
        joined(stock(speech, told)),
        promised(speech, told),
        cap(speech, told),
        joined(intake(speech, told)),
        count(told.refused),
        count(told.over_accepted),
        count(told.short),
    )


def _stale(words: Html) -> Html:
    return Html(f'<span class="stale">{words}</span>')


def _worst_first(each: tuple[str, Supply]) -> tuple[int, int, str]:
    name, told = each
    return -told.over_accepted - told.short, -told.promised, name


_HEADS = (
    "supply.goods",
    "supply.stock",
    "conduct.supply.promised",
    "conduct.supply.cap",
    "supply.intake",
    "conduct.supply.refused",
    "conduct.supply.over_accepted",
    "conduct.supply.short",
)
