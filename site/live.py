"""Whether a log, as a site shows it now, still ends a stream where a checked timeline does: as live.js asks.

That the log only grew since is checked too. That the map in its newest epoch is the right one, and that
nobody else is shown another log, is for the auditor and the witnesses.
"""

from __future__ import annotations

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.entry import Entry, parse
from mingdan.ledger.errors import Broken, Malformed, NotFound
from mingdan.ledger.event import Epoch
from mingdan.ledger.keeping.log import CHECKPOINT, LOG
from mingdan.ledger.map import Head, key_of
from mingdan.ledger.map_tile import look_up, path_of
from mingdan.ledger.proven import ProvenTiles, PublishedLog
from mingdan.ledger.quorum import TrustPolicy, accept, check_quorum
from mingdan.ledger.source import Source
from mingdan.ledger.stream import LOG as SEALED
from mingdan.ledger.tile import ENTRIES, WIDTH, Tile, entries_of
from mingdan.ledger.timeline import Step, Timeline
from mingdan.ledger.tree import leaf_hash, root_at

NUMBER = 7  # after the six steps that a timeline proves by itself


class Live(Step, frozen=True, kw_only=True):
    """What the site's newest checkpoint adds to a timeline's own steps; `stale` is of that checkpoint."""

    newer: bool  # whether the stream has grown since


def look(timeline: Timeline, policy: TrustPolicy, source: Source, *, now: int, fresh_within: int) -> Live:
    """Asks a site about a timeline whose own steps hold: `now` in ms UTC, `fresh_within` in seconds.

    Raises Broken, its step in the evidence, where the site contradicts the timeline or does not add up.
    """
    note = note_at(source)
    try:
        try:
            return _asked(note, timeline, policy, source, now, fresh_within)
        except Broken:
            newest = note_at(source)
            if newest == note:
                raise
            return _asked(newest, timeline, policy, source, now, fresh_within)  # outgrown tiles were deleted
    except (Broken, Malformed) as error:
        raise Broken(error.message, next_step=error.next_step, step=NUMBER, **error.evidence) from error


def note_at(source: Source) -> bytes:
    """The checkpoint that a site shows, which nothing vouches for yet. Raises NotFound."""
    note = source.read(CHECKPOINT)
    if note is None:
        raise NotFound("this site has no checkpoint", next_step="see the address again", file=CHECKPOINT)
    return note


def grown_from(old: Checkpoint, log: PublishedLog) -> ProvenTiles:
    """The tiles of a log that continues an older checkpoint of its own. Raises Broken where it does not."""
    now = log.checkpoint
    if now.origin != old.origin:
        raise Broken("the site shows another log", next_step=_SEE, expected=old.origin, actual=now.origin)
    if now.size < old.size:
        raise Broken(
            "the site shows a shorter log than before",
            next_step="ask again in a minute, a publication may be under way; if it stays so, keep both",
            before=old.size,
            now=now.size,
        )
    tiles = ProvenTiles(log)
    if root_at(old.size, tiles.nodes) != old.root:
        raise Broken(
            "the log was forked or altered: it does not continue what it was before",
            next_step="keep both checkpoints: together they convict the log",
            before=f"{old.size} {old.root.hex()}",
            now=f"{now.size} {now.root.hex()}",
        )
    return tiles


def _asked(
    note: bytes, timeline: Timeline, policy: TrustPolicy, source: Source, now: int, fresh_within: int
) -> Live:
    accepted = accept(note, policy)
    check_quorum(accepted, policy)
    log = PublishedLog(source, accepted.checkpoint, LOG)
    sealed, epoch = _newest_epoch(log, grown_from(accept(timeline.checkpoint, policy).checkpoint, log))
    value, _ = look_up(
        bytes.fromhex(epoch.map), key_of(timeline.stream), lambda node: log.read(path_of(node))
    )
    head = None if value is None else Head.parse(value)
    before, after = (0 if each is None else each.seq for each in (timeline.head, head))
    newer = head != timeline.head
    if newer and after <= before:
        raise Broken(
            "the log has taken entries of this stream back", next_step=_SEE, before=before, now=after
        )
    seen = accepted.standing.freshness
    age = now // 1000 - (sealed.recorded // 1000 if seen is None else seen)
    stale = abs(age) > fresh_within
    found = f"the log of {log.checkpoint.size} entries, {age} seconds old{', stale' * stale}, "
    found += (
        f"has {after - before} newer entries of this stream" if newer else "has none newer of this stream"
    )
    return Live(NUMBER, "live", found, stale, newer=newer)


def _newest_epoch(log: PublishedLog, tiles: ProvenTiles) -> tuple[Entry, Epoch]:
    size = log.checkpoint.size
    path = Tile.within(size, ENTRIES, (size - 1) // WIDTH).path
    raw = entries_of(log.read(path))[-1]
    if leaf_hash(raw) != tiles.nodes.node(0, size - 1):
        raise Broken("a bundle does not hash to its tile", next_step=_SEE, file=LOG + path, index=size - 1)
    entry = parse(raw)
    if entry.stream != SEALED or not isinstance(entry.event, Epoch) or entry.event.covers != size - 1:
        raise Broken("the log does not end in its epoch", next_step=_SEE, file=LOG + path, index=size - 1)
    return entry, entry.event


_SEE = "keep this page and the site's log/checkpoint: together they are evidence"
