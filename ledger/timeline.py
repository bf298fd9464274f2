"""A timeline that proves itself: genuine, complete and latest, by the six steps of proofs, section 6.

Everything it needs lies in it, save the keys its reader trusts and the reader's clock. Each step stands on
those before it, and the first that does not hold raises `Broken` with its number.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from msgspec import Meta, Struct

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.commitment import opens
from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.errors import Broken, MingdanError, Unwitnessed
from mingdan.ledger.event import PRIVATE, Epoch
from mingdan.ledger.fact import Hash
from mingdan.ledger.map import Head, key_of, verify_absence, verify_presence
from mingdan.ledger.quorum import Accepted, TrustPolicy, accept, check_quorum
from mingdan.ledger.stream import LOG
from mingdan.ledger.tree import leaf_hash, verify_inclusion


class Opening(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What opens one private field of the stream's entry `seq`, and its words. Fields in RFC 8785 order."""

    field: str
    opening: Hash
    seq: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    words: str


class Timeline(Struct, frozen=True, kw_only=True):
    """All of a stream's entries, oldest first, and what ties them to the head of the log.

    `path` leads from the epoch entry, the last of its tree, to the root that the checkpoint signs; `map`
    from the stream's head to the map root in that epoch entry; `place` from the last entry to the log's root.
    A stream that the log does not know has neither head nor entries, and `map` shows its absence.
    """

    stream: str
    checkpoint: bytes
    epoch: bytes
    path: tuple[bytes, ...]
    head: Head | None
    map: bytes
    entries: tuple[bytes, ...] = ()
    place: tuple[bytes, ...] = ()
    openings: tuple[Opening, ...] = ()


class Step(Struct, frozen=True):
    """A step that holds, and what was found in a sentence. Only the last, the age, can be stale."""

    number: int
    name: str
    found: str
    stale: bool = False


def check(timeline: Timeline, policy: TrustPolicy, *, now: int, fresh_within: int) -> Iterator[Step]:
    """Each of the six steps as it holds: `now` in milliseconds UTC, `fresh_within` in seconds.

    Raises Broken at the first that does not, its number as `step` in the evidence.
    """
    with _step(1):
        accepted = accept(timeline.checkpoint, policy)
        check_quorum(accepted, policy)
    head, witnesses = accepted.checkpoint, f"{accepted.standing} witnesses cosigned"
    yield Step(1, "checkpoint", f"{head.origin} signed a log of {head.size} entries; {witnesses}")
    with _step(2):
        sealed, epoch = _epoch_of(timeline, head)
    yield Step(2, "epoch", f"the last entry of this log covers the {epoch.covers} before it")
    with _step(3):
        found = _check_map(timeline, bytes.fromhex(epoch.map))
    yield Step(3, "map", found)
    with _step(4):
        entries = _check_entries(timeline)
        _check_openings(timeline.openings, entries)
    yield Step(4, "entries", f"{len(entries)} entries, all there are, each continuing the one before it")
    with _step(5):
        found = _check_place(timeline, head)
    yield Step(5, "place", found)
    yield _age(accepted, sealed.recorded, now, fresh_within)


@contextmanager
def _step(number: int) -> Iterator[None]:
    """What is wrong inside a timeline is an answer about it, not its reader's misuse."""
    try:
        yield
    except MingdanError as error:
        kind = Unwitnessed if isinstance(error, Unwitnessed) else Broken
        raise kind(error.message, next_step=error.next_step, step=number, **error.evidence) from error


def _epoch_of(timeline: Timeline, head: Checkpoint) -> tuple[Entry, Epoch]:
    """The entry that ends the tree; an older one, replayed, stands elsewhere or covers less."""
    entry = parse(timeline.epoch)
    if entry.stream != LOG or not isinstance(entry.event, Epoch):
        raise Broken("not an epoch entry", stream=entry.stream, kind=entry.kind)
    if entry.event.covers != head.size - 1:
        raise Broken("an epoch of another tree", expected=head.size - 1, actual=entry.event.covers)
    verify_inclusion(head.size - 1, head.size, entry.leaf, timeline.path, head.root)
    return entry, entry.event


def _check_map(timeline: Timeline, root: bytes) -> str:
    key = key_of(timeline.stream)
    if timeline.head is None:
        verify_absence(root, key, timeline.map)
        return "the log has no entry of this stream"
    verify_presence(root, key, timeline.head.value, timeline.map)
    return f"the stream ends with its entry {timeline.head.seq}, at index {timeline.head.index} of the log"


def _check_entries(timeline: Timeline) -> list[Entry]:
    entries, prev = [parse(raw) for raw in timeline.entries], None
    for seq, entry in enumerate(entries, 1):
        if (entry.stream, entry.seq, entry.prev) != (timeline.stream, seq, prev):
            raise Broken(
                "an entry does not continue its stream", place=seq, stream=entry.stream, seq=entry.seq
            )
        prev = entry.leaf.hex()
    held = (0, None) if timeline.head is None else (timeline.head.seq, timeline.head.leaf.hex())
    if (len(entries), prev) != held:
        raise Broken(
            "the timeline does not end where the log says", expected=held, actual=(len(entries), prev)
        )
    return entries


def _check_openings(openings: tuple[Opening, ...], entries: list[Entry]) -> None:
    for shown in openings:
        commitment = _commitment(shown, entries)
        if not commitment or not opens(commitment, bytes.fromhex(shown.opening), shown.field, shown.words):
            raise Broken("words that were not committed to", seq=shown.seq, field=shown.field)


def _commitment(shown: Opening, entries: list[Entry]) -> Hash | None:
    if shown.seq > len(entries):
        return None
    event = entries[shown.seq - 1].event
    return getattr(event, shown.field) if shown.field in PRIVATE.get(type(event), ()) else None


def _check_place(timeline: Timeline, head: Checkpoint) -> str:
    if timeline.head is None:
        if timeline.place:
            raise Broken("a place for an entry that does not exist", hashes=len(timeline.place))
        return "no entry, so no place in the log"
    verify_inclusion(
        timeline.head.index, head.size, leaf_hash(timeline.entries[-1]), timeline.place, head.root
    )
    return f"the last entry stands at index {timeline.head.index} of the same log"


def _age(accepted: Accepted, recorded: int, now: int, fresh_within: int) -> Step:
    """How old the newest word is; a time ahead of the clock by more than may pass is as little worth."""
    seen = accepted.standing.freshness
    as_of, whose = (recorded, "the log's own word") if seen is None else (1000 * seen, "by its witnesses")
    stale = abs(now - as_of) > 1000 * fresh_within
    seconds = (now - as_of) // 1000
    return Step(6, "age", f"{'stale' if stale else 'fresh'}: as of {seconds} seconds ago, {whose}", stale)
