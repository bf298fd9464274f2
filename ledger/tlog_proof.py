"""The file that takes a timeline out of its page: c2sp.org/tlog-proof@v1, which generic tools can half check.

The log's half (index, path, checkpoint) proves the epoch entry; `extra` carries all that hangs from it.
The specification is untagged and may move; nothing else knows it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from mingdan.ledger.checkpoint import Checkpoint
from mingdan.ledger.errors import MalformedProof
from mingdan.ledger.map import Head
from mingdan.ledger.note import of_base64, parse_note, to_base64
from mingdan.ledger.stream import Stream
from mingdan.ledger.timeline import Opening, Timeline
from mingdan.ledger.tree import HASH_SIZE

MAGIC = "c2sp.org/tlog-proof@v1"


class Extra(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `extra` says, as canonical JSON: fields stand in RFC 8785 order, and none is left out."""

    entries: tuple[str, ...]
    epoch: str
    head: Annotated[str, Meta(pattern=r"\A[0-9a-f]{96}\Z")] | None
    map: str
    openings: tuple[Opening, ...]
    place: tuple[str, ...]
    stream: Stream
    v: Literal[1]


def print_proof(timeline: Timeline) -> bytes:
    """The file's bytes. Raises MalformedProof where `parse_proof` could not give the timeline back."""
    extra = to_base64(_print_extra(timeline))
    lines = [
        MAGIC,
        f"extra {extra}",
        f"index {_index(timeline.checkpoint)}",
        *map(_print_hash, timeline.path),
    ]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + timeline.checkpoint


def parse_proof(file: bytes) -> Timeline:
    """The timeline in a file's bytes, which nothing vouches for yet. Raises MalformedProof."""
    header, _, checkpoint = file.partition(b"\n\n")
    try:
        _, extra, _, *path = header.decode().split("\n")
        told = _DECODE(of_base64(extra.removeprefix("extra ")))
    except (ValueError, RecursionError) as error:  # msgspec's and Unicode's errors are ValueErrors
        raise MalformedProof("not a proof", reason=str(error), start=repr(file[:80])) from error
    timeline = Timeline(
        stream=told.stream,
        checkpoint=checkpoint,
        epoch=told.epoch.encode(),
        path=tuple(map(of_base64, path)),
        head=None if told.head is None else Head.parse(bytes.fromhex(told.head)),
        map=of_base64(told.map),
        entries=tuple(entry.encode() for entry in told.entries),
        place=tuple(map(of_base64, told.place)),
        openings=told.openings,
    )
    if print_proof(timeline) != file:
        raise MalformedProof("a proof we would write otherwise", start=repr(file[:80]))
    return timeline


def _print_extra(timeline: Timeline) -> bytes:
    try:
        printed = _ENCODE(
            Extra(
                entries=tuple(entry.decode() for entry in timeline.entries),
                epoch=timeline.epoch.decode(),
                head=None if timeline.head is None else timeline.head.value.hex(),
                map=to_base64(timeline.map),
                openings=timeline.openings,
                place=tuple(map(_print_hash, timeline.place)),
                stream=timeline.stream,
                v=1,
            )
        )
        _DECODE(printed)  # encoding does not look at patterns and ranges
    except ValueError as error:
        raise MalformedProof("a timeline that no file can hold", reason=str(error)) from error
    return printed


def _index(checkpoint: bytes) -> int:
    """Where the checkpoint's tree has its epoch entry: at its end."""
    text, _ = parse_note(checkpoint)
    size = Checkpoint.parse(text).size
    if size == 0:
        raise MalformedProof("an empty log has no epoch")
    return size - 1


def _print_hash(raw: bytes) -> str:
    if len(raw) != HASH_SIZE:
        raise MalformedProof("a hash that is not 32 bytes long", width=len(raw))
    return to_base64(raw)


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(Extra).decode
