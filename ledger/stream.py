"""The names of streams: an order's, a party's, a SKU's, an exception's, a policy's, and the log's own."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from mingdan.ledger.fact import DIGEST, NAME

LOG = "log"
MARKET = "party|sku|exception|policy"
Stream = Annotated[str, Meta(pattern=rf"\A(log|order/{DIGEST}|({MARKET})/{NAME})\Z")]


def is_order(stream: str) -> bool:
    """Whether a stream is an order's, and not the market's or the log's."""
    return stream.startswith("order/")


def is_market(stream: str) -> bool:
    """Whether a stream is a party's, a SKU's, an exception's or a policy's."""
    return not is_order(stream) and stream != LOG


def is_stream(name: str) -> bool:
    """Whether this names a stream."""
    return bool(_ORDER(name) or _OTHER(name))


_ORDER = re.compile(f"order/{DIGEST}").fullmatch
_OTHER = re.compile(f"log|({MARKET})/{NAME}").fullmatch
