"""What the ledger has of one stream, for the operator: where it stands, what that rests on, every entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from mingdan.ledger.entry import parse
from mingdan.ledger.errors import NotFound
from mingdan.ledger.evolve import fold
from mingdan.ledger.intake.duration import print_duration
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.terms import Terms
from mingdan.ledger.keeping.workspace import Workspace
from mingdan.ledger.market import fold as market
from mingdan.ledger.owed import Owed, owed
from mingdan.ledger.status import status
from mingdan.ledger.stream import is_market, is_stream
from mingdan.site import plain


class History(NamedTuple):
    """The same for machines and in lines."""

    told: dict[str, object]
    lines: list[str]


def history(workspace: Workspace, name: str, now: int) -> History:
    """Of an order by its handle, stream or own name; of the market by its stream. Raises NotFound."""
    zone = ZoneInfo(workspace.settings.zone)
    if is_stream(name) and is_market(name):
        rows = workspace.store.rows_of([name])
        if not rows:
            raise NotFound("no such stream in the ledger", next_step="see `stream` in a receipt", stream=name)
        return _of_market(name, rows, zone)
    known = workspace.vault.find(name)
    rows = workspace.store.rows_of([known.stream])
    order = fold(parse(row.entry) for row in rows)
    policy = Terms(workspace.store, workspace.policies).of(order)
    step, side, because = status(order, now)
    worth = owed(order, policy, now)
    head = f"{known.stream}\nhandle {known.handle}\n{step} / {side}, because {because.hex()[:16]}…"
    told: dict[str, object] = {
        "handle": known.handle,
        "stream": known.stream,
        "step": step,
        "side": side,
        "because": because.hex(),
        "terms": {"policy": policy.id, "version": order.terms and order.terms.policy_version},
        "owed": worth and msgspec.structs.asdict(worth) | {"unpaid": worth.unpaid},
        "entries": _entries(rows),
    }
    return History(told, [head, *_worth(worth), *_lines(rows, zone)])


def _worth(worth: Owed | None) -> Iterator[str]:
    """What lateness has come to, in minor units, where the order's terms promise something for it."""
    if worth is not None:
        late, still = print_duration(worth.late), print_duration(worth.paused)
        yield f"late {late}, paused {still}"
        yield f"compensation {worth.accrued}, paid {worth.paid}, unpaid {worth.unpaid}"


def _of_market(stream: str, rows: Sequence[Row], zone: ZoneInfo) -> History:
    subject = market.empty(stream)
    for row in rows:
        subject = market.evolve(subject, parse(row.entry))
    stands = _in_hex(msgspec.to_builtins(subject, builtin_types=(bytes,)))
    told = {"stream": stream, "state": stands, "entries": _entries(rows)}
    return History(told, [stream, *_lines(rows, zone)])


def _in_hex(value: object) -> object:
    """The same with leaf hashes as people write them."""
    match value:
        case bytes():
            return value.hex()
        case dict():
            return {name: _in_hex(each) for name, each in value.items()}
        case list() | tuple():
            return [_in_hex(each) for each in value]
        case _:
            return value


def _entries(rows: Sequence[Row]) -> list[object]:
    return [msgspec.json.decode(row.entry) for row in rows]


def _lines(rows: Sequence[Row], zone: ZoneInfo) -> list[str]:
    return [plain.entry(parse(row.entry), zone) for row in rows]
