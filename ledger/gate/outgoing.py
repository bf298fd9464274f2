"""Facts as events on their way to an intake: what `cloud_event` reads, written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec.structs import asdict, replace

from mingdan.ledger.claim import Signature
from mingdan.ledger.errors import MalformedEntry
from mingdan.ledger.gate.cloud_event import PREFIX, CloudEvent, Value
from mingdan.ledger.gate.letter import LARGEST
from mingdan.ledger.gate.told import MOST
from mingdan.ledger.intake.statement import Statement

SOURCE = "/mingdan/client"  # of events that name none
ROOM = 200  # bytes that a signature and a time may add to an event


def event(
    kind: str,
    subject: str,
    data: Mapping[str, Value],
    *,
    name: str,
    source: str = SOURCE,
    at: int | None = None,
) -> CloudEvent:
    """A fact as an event: its kind and fields (docs/events.md), what it is of, and its id under its source.

    `at` is ms UTC; left out, it happens as it is recorded.
    """
    return CloudEvent(
        data=dict(data),
        id=name,
        source=source,
        specversion="1.0",
        subject=subject,
        time=None if at is None else _time(at),
        type=PREFIX + kind,
    )


def event_of(statement: Statement, name: str, source: str = SOURCE) -> CloudEvent:
    """What a line of JSON states, as an event; `name` is its id where it has none. Raises MalformedEntry."""
    subjects = [each for each in (statement.order, *statement.streams) if each is not None]
    if len(subjects) != 1:
        raise MalformedEntry("a fact is told of one order, party, sku, exception or policy")
    told = event(
        statement.kind,
        subjects[0],
        statement.data,
        name=statement.id or name,
        source=source,
        at=statement.at,
    )
    hand = None if statement.sig is None else _hand(statement.sig)
    return replace(told, basis=statement.basis, by=statement.by, sig=hand)


def under_hand(event: CloudEvent, whole: Statement) -> CloudEvent:
    """An event with the signature and the time of the statement that was signed."""
    assert whole.at is not None
    assert whole.sig is not None
    return replace(event, sig=_hand(whole.sig), time=_time(whole.at))


def printed(event: CloudEvent) -> bytes:
    """An event as it is sent: what it leaves out is not told."""
    told = {name: value for name, value in asdict(event).items() if value is not None}
    return msgspec.json.encode(told)


def batches(events: Iterable[CloudEvent]) -> Iterator[list[CloudEvent]]:
    """The same events in requests as large as an intake takes."""
    batch: list[CloudEvent] = []
    size = 0
    for each in events:
        more = len(printed(each)) + ROOM
        if batch and (len(batch) == MOST or size + more > LARGEST):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += more
    if batch:
        yield batch


def _hand(sig: Signature) -> str:
    return f"{sig.key}:{sig.ed25519}"


def _time(at: int) -> str:
    """RFC 3339 of ms UTC. Raises MalformedEntry beyond the calendar."""
    try:
        moment = _EPOCH + timedelta(milliseconds=at)
    except OverflowError as error:
        raise MalformedEntry("there is no such time", at=at) from error
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
