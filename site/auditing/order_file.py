"""The files of orders by their paths: which is a page, a feed, a twin or a code, and whose it is."""

from __future__ import annotations

from mingdan.ledger.errors import Broken, Malformed
from mingdan.ledger.handle import stream_of
from mingdan.site.order_page import path_of_order, path_of_order_feed
from mingdan.site.order_twin import ORDERS, path_of_order_twin
from mingdan.site.qr_code import path_of_code


def is_feed(path: str) -> bool:
    return path.endswith(".atom")


def is_twin(path: str) -> bool:
    return path.startswith(ORDERS)


def is_code(path: str) -> bool:
    return path.endswith(".svg")


def kind_of(path: str) -> str:
    """What it is called in a finding."""
    return "twin" if is_twin(path) else "code" if is_code(path) else "feed" if is_feed(path) else "page"


def handle_in(path: str) -> str:
    """What stands in a file's path where its handle does."""
    return path.rpartition("/")[2].partition(".")[0]


def handle_of(path: str, languages: tuple[str, ...]) -> str:
    """The handle in a file's path. Raises Broken unless the path is one that we would write."""
    handle = handle_in(path)
    try:
        stream_of(handle)
    except Malformed as error:
        raise Broken("a file that is no part of this site", file=path) from error
    path_of = path_of_order_feed if is_feed(path) else path_of_order
    paths = {path_of(handle, language, languages) for language in languages}
    if path not in paths | {path_of_order_twin(handle), path_of_code(handle)}:
        raise Broken("a file that is no part of this site", file=path)
    return handle
