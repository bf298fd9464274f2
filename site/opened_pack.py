"""An evidence pack read back and judged by its reader's keys, with nothing but the zip.

Its manifest is nobody's word: what is proven in it is proven, what follows from that is printed again and
compared, and what cannot be compared is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from mingdan.ledger.entry import parse
from mingdan.ledger.errors import Broken, MalformedProof, MingdanError, Misuse, Unwitnessed
from mingdan.ledger.event import Epoch
from mingdan.ledger.handle import stream_of
from mingdan.ledger.quorum import TrustPolicy
from mingdan.ledger.replay import found_in
from mingdan.ledger.source import LARGEST, Source
from mingdan.ledger.timeline import Step, Timeline, check
from mingdan.ledger.tlog_proof import parse_proof
from mingdan.site.archive import MAGIC, NEXT, Archive, parse_archive
from mingdan.site.comparison import compare
from mingdan.site.dossier import proof_path, streams_of
from mingdan.site.imprint import PATH as IMPRINT
from mingdan.site.imprint import imprint_hash, parse_imprint
from mingdan.site.pack import FORMAT, MANIFEST, PLACES, PROOF, Manifest, Pack
from mingdan.site.places import check_places, parse_places
from mingdan.site.verdict import Uncompared, Verdict, judge


class OpenedPack(Struct, frozen=True):
    """A pack as its files tell it: they are those its manifest lists, and nothing vouches for them yet.

    Hazard: what follows from a proof may be asked of `pack` only once the proof was found to hold.
    """

    archive: Archive
    pack: Pack


def is_pack(file: Path) -> bool:
    """Whether a file is to be read as a pack: by its name, or because it is a zip."""
    return file.is_file() and (file.suffix == ".zip" or _start(file, len(MAGIC)) == MAGIC)


def pack_at(file: Path) -> OpenedPack:
    """The pack in a file. Raises as `read_pack` does, and Misuse where there is nothing to be read."""
    return read_pack(_start(file, LARGEST + 1))


def read_pack(content: bytes) -> OpenedPack:
    """Raises MalformedProof for what is no pack, and Broken, naming the file, for one that was altered."""
    archive = parse_archive(content)
    manifest = _manifest(archive.files)
    _check_listed(archive.files, manifest)
    return OpenedPack(archive, _pack(archive.files, manifest))


def judge_pack(
    opened: OpenedPack, policy: TrustPolicy, source: Source | None, *, now: int, fresh_within: int
) -> Verdict:
    """The verdict on its order, once all else in it holds as well; that comes first among the steps.

    Raises as `judge` does.
    """
    verdict = judge(opened.pack.order, policy, source, now=now, fresh_within=fresh_within)
    if verdict.error is not None and not isinstance(verdict.error, Unwitnessed):
        return verdict
    try:
        _check(opened.pack, policy.asking_nobody(), now)
        uncompared = compare(opened.pack, opened.archive)
    except Broken as error:
        return replace(verdict, error=error)
    steps = (Step(0, "pack", _found(opened, uncompared)), *verdict.steps)
    return replace(verdict, steps=steps, uncompared=uncompared)


def _start(file: Path, longest: int) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(longest)
    except OSError as error:
        raise Misuse(
            f"the file cannot be read: {error.strerror}",
            next_step="see its name and its permissions",
            file=file,
        ) from error


def _manifest(files: Mapping[str, bytes]) -> Manifest:
    try:
        manifest = _DECODE(files[MANIFEST])
    except (KeyError, ValueError, RecursionError) as error:
        raise MalformedProof("not an evidence pack", reason=str(error), file=MANIFEST) from error
    if manifest.format != FORMAT:
        raise MalformedProof("a pack of another form", expected=FORMAT, got=manifest.format[:100])
    return manifest


def _check_listed(files: Mapping[str, bytes], manifest: Manifest) -> None:
    for path in sorted({*files, *manifest.files} - {MANIFEST}):
        if path not in files:
            raise Broken("a file of the pack is missing", next_step=NEXT, file=path[:200])
        if path not in manifest.files:
            raise Broken("a file that is no part of the pack", next_step=NEXT, file=path)
        listed, actual = manifest.files[path], sha256(files[path]).hexdigest()
        if (listed.sha256, listed.size) != (actual, len(files[path])):
            raise Broken(
                "a file was altered", next_step=NEXT, file=path, expected=listed.sha256[:64], actual=actual
            )


def _pack(files: Mapping[str, bytes], manifest: Manifest) -> Pack:
    with _file(PROOF):
        order = parse_proof(_read(files, PROOF))
        streams = streams_of([parse(raw) for raw in order.entries])
    with _file(IMPRINT):
        imprint = parse_imprint(_read(files, IMPRINT))
    with _file(PLACES):
        places = parse_places(_read(files, PLACES))
    register = {}
    for stream in streams:
        with _file(proof_path(stream)):
            register[stream] = parse_proof(_read(files, proof_path(stream)))
    return Pack(
        handle=_handle(files),
        version=manifest.mingdan,
        imprint=imprint,
        order=order,
        places=places,
        register=register,
    )


def _read(files: Mapping[str, bytes], path: str) -> bytes:
    if path not in files:
        raise Broken("a file of the pack is missing", next_step=NEXT, file=path)
    return files[path]


def _handle(files: Mapping[str, bytes]) -> str:
    """The handle that its pages are named by: of one order."""
    found = {match[1] for match in map(_PAGE.fullmatch, files) if match}
    if len(found) != 1:
        raise Broken("a pack has the pages of one order", next_step=NEXT, file="o/", orders=len(found))
    return found.pop()


def _check(pack: Pack, policy: TrustPolicy, now: int) -> None:
    """All that must hold before anything is printed from it. Raises Broken with the file at fault."""
    if stream_of(pack.handle) != pack.order.stream:
        raise Broken("the pages of another order than the proof", file="o/", stream=pack.order.stream)
    if not pack.order.entries:
        raise Broken("an order that the log does not have", file=PROOF, stream=pack.order.stream)
    _check_settings(pack)
    for stream, timeline in pack.register.items():
        with _file(proof_path(stream)):
            _check_register(pack, stream, timeline, policy, now)
    with _file(PLACES):
        check_places(pack.places, pack.order)


def _found(opened: OpenedPack, uncompared: Sequence[Uncompared]) -> str:
    """What was found beside the order's own proof, in a sentence."""
    files, proofs = len(opened.archive.files), len(opened.pack.register)
    found = f"{files} files as listed; {proofs} proofs beside the order's hold; "
    compared = files - sum(each.file in opened.archive.files for each in uncompared)
    found += f"{compared} files are what follows from them"
    return f"{found}; the words of mingdan {opened.pack.version} were NOT COMPARED" if uncompared else found


def _check_settings(pack: Pack) -> None:
    epoch = parse(pack.order.epoch).event
    expected = epoch.site if isinstance(epoch, Epoch) else None
    if imprint_hash(pack.imprint) != expected:
        raise Broken("not the settings that the epoch commits to", file=IMPRINT, expected=expected)


def _check_register(pack: Pack, stream: str, timeline: Timeline, policy: TrustPolicy, now: int) -> None:
    if timeline.stream != stream:
        raise Broken("the proof of another stream", expected=stream, actual=timeline.stream)
    if (timeline.checkpoint, timeline.epoch) != (pack.order.checkpoint, pack.order.epoch):
        raise Broken("the proof of another edition", stream=stream)
    for _ in check(timeline, policy, now=now, fresh_within=0):
        pass  # each raises where it does not hold; how old it is the order's own proof says


@contextmanager
def _file(path: str) -> Iterator[None]:
    """What is wrong in a file is an answer about the pack, and names the file."""
    try:
        yield
    except MingdanError as error:
        raise found_in(error, path) from error


_DECODE = msgspec.json.Decoder(Manifest).decode
_PAGE = re.compile(r"o/[a-z2-7]{2}/([a-z2-7]{26})\.[^/]*html")
