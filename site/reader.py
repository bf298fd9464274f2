"""What a reader hands in to be checked: a saved page, a proof, or the link of an order at a site."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from mingdan.ledger.errors import Broken, MalformedProof, Misuse, NotFound
from mingdan.ledger.handle import drawn_of, stream_of
from mingdan.ledger.keeping.log import CHECKPOINT, LOG
from mingdan.ledger.proven import PublishedLog
from mingdan.ledger.quorum import TrustPolicy, accept, check_quorum
from mingdan.ledger.receipt import Outcome, Promise, follow_up
from mingdan.ledger.source import Folder, Source
from mingdan.ledger.timeline import Timeline
from mingdan.ledger.tlog_proof import MAGIC, parse_proof
from mingdan.site.live import note_at
from mingdan.site.order_page import path_of_order
from mingdan.site.remote import Remote
from mingdan.site.saved_page import parse_saved_page


def source_of(site: str) -> Source:
    """A site by its URL or its folder. Raises Misuse where there is no such folder."""
    if site.startswith(("https://", "http://")):
        return Remote(site)
    if not Path(site).is_dir():
        raise Misuse("no such folder", next_step="name the folder or the URL of a site", got=site)
    return Folder(Path(site))


def content_of(file: Path) -> bytes:
    """The bytes of a file that was handed in. Raises Misuse where there is none to be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise Misuse(
            f"the file cannot be read: {error.strerror}",
            next_step="see its name and its permissions",
            file=file,
        ) from error


def log_in(folder: Path) -> Path:
    """The folder of a log: this one, or the one in it where this is a whole site."""
    below = folder / LOG
    return below if below.is_dir() and not (folder / CHECKPOINT.removeprefix(LOG)).exists() else folder


def published_log(source: Source, policy: TrustPolicy) -> PublishedLog:
    """The log of a site as far as its checkpoint reaches. Raises Broken unless the policy accepts it."""
    accepted = accept(note_at(source), policy)
    check_quorum(accepted, policy)
    return PublishedLog(source, accepted.checkpoint, LOG)


def timeline_of(target: str, site: str | None) -> Timeline:
    """The timeline in a file, or in the page of a handle at a site; nothing vouches for it yet.

    Raises MalformedProof where none is in it, and Broken where the handle, or a file named after one, is
    another order's.
    """
    path = Path(target)
    handle = path.name.partition(".")[0]
    timeline = _timeline_in(content_of(path) if path.exists() else _page_at(target, site), target)
    stream = _stream_named(handle)
    if stream not in (None, timeline.stream):
        raise Broken(
            "this proves another order than its name says",
            next_step="do not trust this copy: ask whoever gave it to you",
            expected=stream,
            actual=timeline.stream,
        )
    return timeline


def outcomes_at(
    source: Source, policy: TrustPolicy, origin: str, promises: Sequence[Promise], now: int
) -> list[Outcome]:
    """What became of a log's promises by the files of a site, at an instant (ms UTC).

    Raises Broken where they were kept in a log that too few of the policy's witnesses have seen; a promise
    that was not kept is evidence whoever has seen it.
    """
    accepted = accept(note_at(source), policy)
    if accepted.checkpoint.origin != origin:
        raise Misuse("a receipt of another log", receipt=origin, log=accepted.checkpoint.origin)
    found = follow_up(promises, PublishedLog(source, accepted.checkpoint, LOG), now=now)
    if all(each.kept for each in found):
        check_quorum(accepted, policy)
    return found


def _timeline_in(content: bytes, target: str) -> Timeline:
    if content.startswith(f"{MAGIC}\n".encode()):
        return parse_proof(content)
    if b'id="proof"' not in content:
        raise MalformedProof(
            "not an order's page",
            next_step="give one as it was saved, or its .tlog-proof; an erased order's page proves nothing",
            file=target,
        )
    return parse_saved_page(content).timeline


def _page_at(handle: str, site: str | None) -> bytes:
    if "." in handle or "/" in handle:
        raise Misuse("there is no such file", next_step="see its name and its folder", file=handle)
    drawn_of(handle)
    if site is None:
        raise Misuse("no such file; and a handle is looked up at a site", next_step="give --url", got=handle)
    page = source_of(site).read(path_of_order(handle, "", ("",)))
    if page is None:
        raise NotFound("this site has no page of this handle", next_step="see the link again", site=site)
    return page


def _stream_named(handle: str) -> str | None:
    """The stream of a file's name, if it is a link's; a mistyped link is no other name (Malformed)."""
    return stream_of(handle) if _LINK.fullmatch(handle) else None


_LINK = re.compile("[a-z2-7]{26}")
