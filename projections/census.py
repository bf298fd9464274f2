"""The published figures of an epoch as one canonical document: who replays the log gets the same bytes."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Engine

from mingdan.ledger.errors import MalformedProof
from mingdan.ledger.keeping.database import reading
from mingdan.ledger.keeping.store import converted
from mingdan.projections.days import together
from mingdan.projections.figures import Figures
from mingdan.projections.incidents import alarms, cases, intake_of
from mingdan.projections.market import Market
from mingdan.projections.register import read_register
from mingdan.projections.sanctions import sanctions
from mingdan.projections.scope import figures, platforms


class Census(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All figures over the first `size` entries as of an instant (ms UTC); days end in the IANA `zone`."""

    as_of: int
    market: Market = Market()
    platforms: list[Figures]
    size: int
    v: Literal[1] = 1
    zone: str


def take_census(engine: Engine, *, as_of: int, size: int, zone: str) -> Census:
    """The figures from views that stand at `size` entries or after an epoch entry behind them."""
    register = read_register(engine)
    found = [
        figures(engine, name, as_of=as_of, size=size, zone=zone, register=register)
        for name in platforms(engine)
    ]
    with converted("the views cannot be read"), reading(engine).begin() as db:
        intake = intake_of(db, register)
    market = Market(
        exceptions=cases(register, intake, as_of),
        alarms=alarms(register, as_of),
        sanctions=sanctions(register.parties, as_of),
        flow=together([each.conduct.flow for each in found]),
    )
    return Census(as_of=as_of, market=market, platforms=found, size=size, zone=zone)


def print_census(census: Census) -> bytes:
    """RFC 8785 JSON: integers and text only, every name sorted."""
    return _ENCODE(census)


def parse_census(content: bytes) -> Census:
    """Accepts exactly what `print_census` prints. Raises MalformedProof."""
    try:
        census = _DECODE(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedProof("not the figures of an epoch", reason=str(error)) from error
    if print_census(census) != content:
        raise MalformedProof("not the canonical form (RFC 8785) of these figures", bytes=len(content))
    return census


_ENCODE = msgspec.json.Encoder(order="sorted").encode
_DECODE = msgspec.json.Decoder(Census).decode
