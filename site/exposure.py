"""The prepaid money of each merchant that nothing was delivered for: numbers, never an accusation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mingdan.projections.conduct import Exposure, Week
from mingdan.projections.figures import Figures
from mingdan.projections.measure import OTHER
from mingdan.site.html import NOTHING, Html, escaped, joined
from mingdan.site.number import count
from mingdan.site.scope import path_of_merchant, path_of_merchants, platform_of
from mingdan.site.section import SHOWN, UNKNOWN, Section, linked, paragraph, span, unfolded, who
from mingdan.site.table import NONE, table
from mingdan.site.voice import Voice

BREAK = Html("<br>")


def merchants(figures: Figures) -> list[str]:
    """Those that are counted by themselves."""
    return sorted((figures.conduct.exposure.keys() | figures.merchants.keys()) - {OTHER, UNKNOWN})


def merchant_link(speech: Voice, figures: Figures, root: str, name: str) -> Html:
    """A merchant, linked to its page where it is counted by itself."""
    if name in (OTHER, UNKNOWN):
        return who(speech, name)
    platform, tags = platform_of(figures), speech.edition.languages
    return linked(root + path_of_merchant(platform, name, speech.language, tags), who(speech, name))


def to_merchants(speech: Voice, figures: Figures, root: str, shown: int | None) -> Html:
    """The way to the list of all, where only some are shown."""
    if shown is None or not merchants(figures):
        return NOTHING
    platform, tags = platform_of(figures), speech.edition.languages
    href = root + path_of_merchants(platform, speech.language, tags)
    said = speech.say("conduct.exposure.all", count=count(len(merchants(figures))))
    return paragraph(linked(href, said))


def exposure(speech: Voice, figures: Figures, root: str, shown: int | None = SHOWN) -> Section:
    """Each merchant, those with most orders undelivered first; `root` leads to the site's root."""
    told = sorted(figures.conduct.exposure.items(), key=_most_first)
    if not told:
        return Section("exposure")
    rows = (_row(speech, figures, root, name, each) for name, each in told[:shown])
    parts = (
        paragraph(_sum(speech, figures)),
        table(speech, speech.texts["conduct.exposure.board"], _HEADS, rows, unfolded=unfolded(shown)),
        to_merchants(speech, figures, root, shown),
        paragraph(speech.texts["conduct.exposure.numbers"], "caveat"),
    )
    return Section("exposure", joined(parts))


def age(speech: Voice, figures: Figures, told: Exposure) -> Html:
    """How long the oldest has waited; `oldest` is when it was paid."""
    return span(speech, None if told.oldest is None else figures.as_of - told.oldest)


def sums(speech: Voice, amounts: Mapping[str, int]) -> Html:
    """Money by currency, a line for each."""
    return joined((speech.money(amount, code) for code, amount in amounts.items()), BREAK) or NONE


def growth(speech: Voice, week: Week) -> Html:
    """With its sign: more taken than settled is a plus."""
    return joined((signed(speech, amount, code) for code, amount in week.growth.items()), BREAK) or NONE


def signed(speech: Voice, amount: int, currency: str) -> Html:
    sign = "+" if amount > 0 else "−" if amount else ""
    return Html(f"{sign}{speech.money(abs(amount), currency)}")


def week(speech: Voice, told: Week) -> Html:
    """The last seven days, a row for each currency."""
    rows = (
        (
            escaped(code),
            speech.money(told.taken.get(code, 0), code),
            speech.money(told.settled.get(code, 0), code),
            signed(speech, told.growth.get(code, 0), code),
        )
        for code in sorted(told.taken.keys() | told.settled.keys() | told.growth.keys())
    )
    return table(speech, speech.texts["conduct.exposure.week"], ("field.currency", *_WEEK), rows)


def _row(speech: Voice, figures: Figures, root: str, name: str, told: Exposure) -> Sequence[Html]:
    return (
        merchant_link(speech, figures, root, name),
        Html(f"{count(told.undelivered)} <small>/ {count(told.orders)}</small>"),
        sums(speech, told.amounts),
        age(speech, figures, told),
        sums(speech, told.week.taken),
        sums(speech, told.week.settled),
        growth(speech, told.week),
    )


def _sum(speech: Voice, figures: Figures) -> Html:
    told = figures.conduct.exposure.values()
    return speech.say(
        "conduct.exposure.text",
        orders=count(sum(each.orders for each in told)),
        undelivered=count(sum(each.undelivered for each in told)),
    )


def _most_first(each: tuple[str, Exposure]) -> tuple[bool, int, str]:
    name, told = each
    return name == OTHER, -told.undelivered, name


_WEEK = ("conduct.exposure.taken", "conduct.exposure.settled", "conduct.exposure.growth")
_HEADS = (
    "conduct.exposure.merchant",
    "conduct.exposure.undelivered",
    "conduct.exposure.amount",
    "conduct.exposure.oldest",
    *_WEEK,
)
