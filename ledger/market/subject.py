"""What the streams of the market share: where a state stands in its stream, and what was odd on the way."""

from __future__ import annotations

from msgspec import Struct

from mingdan.ledger.mark import Irregularity


class Subject(Struct, frozen=True, gc=False, kw_only=True):
    """`seq` and `leaf` are of the newest entry of the stream; 0 and b"" before the first."""

    stream: str = ""
    seq: int = 0
    leaf: bytes = b""
    irregularities: tuple[Irregularity, ...] = ()
