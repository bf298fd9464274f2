"""An order's link as a picture for paper: a print of its page leads back to the page that proves itself.

It lies beside the pages as a file of its own, is the same in all languages, and never changes: where it
stands, it is not drawn again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import segno

from mingdan.site.edition import Edition
from mingdan.site.html import escaped

QUIET = 4  # modules of paper around a code (ISO/IEC 18004)
MASK = 3  # any of the eight is read, and a handle is random; to weigh them all takes five times as long


def path_of_code(handle: str) -> str:
    return f"o/{handle[:2]}/{handle}.svg"


def address_of(edition: Edition, handle: str) -> str:
    """Where the order's page lies on the web, in the site's own language."""
    return f"https://{edition.address}/o/{handle[:2]}/{handle}.html"


def qr_code(edition: Edition, handle: str) -> tuple[str, bytes]:
    """Path and content. The modules follow from the standard and the link, whoever encodes it."""
    address = address_of(edition, handle)
    code = segno.make_qr(address, error="m", mode="byte", mask=MASK, boost_error=False)
    size = len(code.matrix) + 2 * QUIET
    drawn = "".join(_row(row, place) for place, row in enumerate(code.matrix, QUIET))
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
        f"<title>{escaped(address)}</title>"
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path stroke="#000" d="{drawn}"/></svg>\n'
    )
    return path_of_code(handle), picture.encode()


def _row(modules: Iterable[int], place: int) -> str:
    return f"M{QUIET} {place}.5{''.join(_runs(modules))}"


def _runs(modules: Iterable[int]) -> Iterator[str]:
    """Dark modules as strokes, light ones as ways between."""
    for dark, run in groupby(modules):
        width = sum(1 for _ in run)
        yield f"h{width}" if dark else f"m{width} 0"
