"""Tables that need no script and no colour: bars only repeat their numbers, wide ones scroll on their own.

On a phone each row of a wide one stands by itself, its cells named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mingdan.projections.measure import Rate
from mingdan.site.html import NOTHING, Html, folded, joined
from mingdan.site.number import count, percent
from mingdan.site.voice import Voice

NONE = Html("–")
MORE = "more"  # the class of what is folded away and has its caption on the fold
FIRST = 3  # rows of a long table that stand unfolded among others
_BAR = '<svg class="bar" aria-hidden="true"><rect width="{}%" height="100%" rx="2"/></svg>'


def table(
    speech: Voice,
    caption: Html,
    heads: Sequence[str],
    rows: Iterable[Sequence[Html]],
    total: Sequence[Html] = (),
    unfolded: int | None = None,
) -> Html:
    """Rows of cells, each below its head (the key of a text), the first its name; `total` closes them.

    So many stand `unfolded`, the others under a line that says how many there are; None: all.

    A box that scrolls must be in reach of the keyboard and have a name (WCAG 2.1.1, 4.1.2): `caption` is a
    phrase of the catalog, which is fit for an attribute.
    """
    told = list(rows)
    if unfolded == 0:
        whole = table(speech, caption, heads, told, total)
        return folded(_rows(speech, caption, len(told)), whole, MORE)
    if unfolded is not None and len(told) > unfolded + 1:  # to fold one row away would save none
        rest = table(speech, caption, heads, told[unfolded:], total)
        more = folded(speech.say("conduct.more", count=count(len(told) - unfolded)), rest, MORE)
        return joined([table(speech, caption, heads, told[:unfolded]), more])
    first, *others = (speech.texts[head] for head in heads)
    above = joined(Html(f'<th scope="col" class="n">{head}</th>') for head in others)
    body = joined(_cells(row, others) for row in told)
    foot = Html(f"<tfoot>\n{_cells(total, others)}</tfoot>\n") if total else NOTHING
    return Html(
        f'<div class="scroll" role="group" aria-label="{caption}" tabindex="0">\n'
        f'<table class="platforms">\n<caption><span>{caption}</span></caption>\n'
        f'<thead><tr><th scope="col">{first}</th>{above}</tr></thead>\n'
        f"<tbody>\n{body}</tbody>\n{foot}</table>\n</div>\n"
    )


def tally(
    speech: Voice,
    caption: Html,
    heads: tuple[str, str],
    counts: Iterable[tuple[Html, int]],
    *,
    fold: bool = False,
) -> Html:
    """A table of two columns whose heads are read but not seen, with bars."""
    first, second = (speech.texts[head] for head in heads)
    rows = list(counts)
    told = Html(
        f'<table class="bars">\n<caption>{caption}</caption>\n'
        f'<thead><tr><th scope="col">{first}</th><th scope="col" class="n">{second}</th></tr></thead>\n'
        f"<tbody>\n{bars(rows)}</tbody>\n</table>\n"
    )
    return folded(_rows(speech, caption, len(rows)), told, MORE) if fold else told


def bars(counts: Iterable[tuple[Html, int]]) -> Html:
    """Rows of a table, each with a bar measured by the longest."""
    rows = list(counts)
    longest = max((number for _, number in rows), default=0)
    return joined(row(name, measured(count(number), number, longest)) for name, number in rows)


def row(name: Html, value: Html) -> Html:
    return Html(f'<tr><th scope="row">{name}</th><td class="n">{value}</td></tr>\n')


def measured(shown: Html, number: int, longest: int) -> Html:
    """A cell's words beside a bar."""
    return Html(f"{shown}{_BAR.format(-(-100 * number // (longest or 1)))}")


def share(rate: Rate) -> Html:
    """A rate with what it is a share of; that alone where it is too little for a rate."""
    if rate.denominator == 0:
        return NONE
    whole = Html(f"<small>{count(rate.numerator)} / {count(rate.denominator)}</small>")
    return whole if rate.rate is None else joined([percent(rate), whole], Html(" "))


def _rows(speech: Voice, caption: Html, rows: int) -> Html:
    return speech.say("conduct.rows", caption=caption, count=count(rows))


def _cells(cells: Sequence[Html], heads: Sequence[Html]) -> Html:
    name, *values = cells
    told = joined(
        Html(f'<td class="{"n none" if value == NONE else "n"}" data-name="{head}">{value}</td>')
        for head, value in zip(heads, values, strict=True)
    )
    return Html(f'<tr><th scope="row">{name}</th>{told}</tr>\n')
