"""Drawings, made when a page is printed: their colours are the page's, their numbers stand in a table too.

All is measured in percent of the drawing, so that its words keep their size at any width; a plot inside it
has units of its own, which stretch. Integers all through: the same figures are the same bytes everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from mingdan.site.html import Html, joined

FULL = 1000  # units from the top of a plot to its bottom; thousandths of a drawing


def chart(name: str, title: Html, said: Html, shapes: Iterable[Html]) -> Html:
    """An image that says what it is and what it shows; `name` is unique on the page."""
    return Html(
        f'<svg class="chart" role="img" aria-labelledby="{name}-title {name}-desc">\n'
        f'<title id="{name}-title">{title}</title>\n<desc id="{name}-desc">{said}</desc>\n'
        f"{joined(shapes)}</svg>\n"
    )


def plot(top: int, bottom: int, width: int, shapes: Iterable[Html]) -> Html:
    """Shapes in `width` by FULL units, stretched over the drawing's width between two of its heights."""
    return Html(
        f'<svg y="{percent(top)}" width="100%" height="{percent(bottom - top)}"'
        f' viewBox="0 0 {width} {FULL}" preserveAspectRatio="none">\n{joined(shapes)}</svg>\n'
    )


def level(height: int) -> Html:
    """A line across the whole drawing."""
    down = percent(height)
    return Html(f'<line class="grid" x1="0" x2="100%" y1="{down}" y2="{down}"/>\n')


def word(across: int, down: int, words: Html, anchor: str = "start") -> Html:
    """Words at a place in thousandths of the drawing; `anchor` is SVG's."""
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return Html(f'<text x="{percent(across)}" y="{percent(down)}"{side}>{words}</text>\n')


def columns(kind: str, places: Iterable[tuple[int, int, int]]) -> Html:
    """Upright bars from the bottom of a plot, each by its left edge, width and height."""
    drawn = "".join(f"M{left} {FULL}v-{height}h{width}V{FULL}z" for left, width, height in places)
    return Html(f'<path class="{kind}" d="{drawn}"/>\n')


def stairs(kind: str, corners: Iterable[tuple[int, int]], end: int) -> Html:
    """A line from nothing that turns at each corner, given by place and height, until the place `end`."""
    drawn, across, high = ["M0 1000"], 0, 0
    for place, height in corners:
        if height != high:
            drawn.append(f"{f'H{place}' if place != across else ''}V{FULL - height}")
            across, high = place, height
    return Html(f'<path class="{kind}" d="{"".join(drawn)}H{end}"/>\n')


def percent(thousandths: int) -> str:
    return f"{thousandths // 10}.{thousandths % 10}%"
