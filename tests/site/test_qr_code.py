"""The code of an order's link, as a reader of such codes has it."""

import re
from contextlib import closing
from xml.etree import ElementTree as ET

import segno

from mingdan.ledger.handle import handle_of
from mingdan.site import pages
from mingdan.site import publish as publishing
from mingdan.site.order_page import path_of_order
from mingdan.site.qr_code import MASK, QUIET, address_of, path_of_code, qr_code

from .small_market import opened
from .stories import EDITION, HANDLE


def drawn(content: bytes) -> set[tuple[int, int]]:
    """The dark modules of a picture: a stroke moves on and darkens what it passes."""
    dark, (_, strokes) = (
        set[tuple[int, int]](),
        ET.fromstring(content).iter("{http://www.w3.org/2000/svg}path"),
    )
    for row in re.findall(r"M(\d+) (\d+)\.5([^M]*)", strokes.attrib["d"]):
        x, y = int(row[0]), int(row[1])
        for way, width in re.findall(r"([hm])(\d+)", row[2]):
            dark |= {(x + step, y) for step in range(int(width)) if way == "h"}
            x += int(width)
    return dark


def test_the_picture_is_the_code_of_the_link_and_nothing_else():
    code = segno.make_qr(address_of(EDITION, HANDLE), error="m", mask=MASK, boost_error=False)
    rows = enumerate(code.matrix, QUIET)

    assert drawn(qr_code(EDITION, HANDLE)[1]) == {
        (x, y) for y, row in rows for x, module in enumerate(row, QUIET) if module
    }


def test_the_link_is_that_of_the_page_in_the_sites_own_language():
    page = path_of_order(HANDLE, EDITION.languages[0], EDITION.languages)

    assert address_of(EDITION, HANDLE) == f"https://{EDITION.address}/{page}"
    assert path_of_code(HANDLE) == page.replace(".html", ".svg")


def test_another_order_has_another_code_and_the_same_order_always_the_same():
    one, other = qr_code(EDITION, HANDLE), qr_code(EDITION, handle_of(bytes(16)))

    assert one == qr_code(EDITION, HANDLE)
    assert one[0] != other[0]
    assert drawn(one[1]) != drawn(other[1])


def test_a_code_that_stands_is_not_drawn_again_unless_the_look_of_pages_changed(tmp_path, monkeypatch):
    codes, tasks = list[str](), list[pages.Task]()
    draw, stage = qr_code, pages.stage_orders
    monkeypatch.setattr(pages, "qr_code", lambda *told: codes.append(told[1]) or draw(*told))
    monkeypatch.setattr(publishing, "stage_orders", lambda *told: tasks.append(told[2]) or stage(*told))
    with closing(opened(tmp_path / "w")) as market:
        market.place("first")
        market.publish()
        counts = [len(codes)]
        for drawn in (True, False):
            task, workspace = tasks[0]._replace(drawn=drawn), market.workspace
            stage(workspace, workspace.staging(), task, None, lambda *_: None)
            counts.append(len(codes))

    assert not tasks[0].drawn, "nothing was shown before"
    assert counts == [1, 1, 2]
