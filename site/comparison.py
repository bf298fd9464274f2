"""A pack's files beside what follows from its proofs: each is the same, or named.

The words of another version of mingdan cannot be printed again here. Each file of them is named as well:
whoever alters one could claim just that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from mingdan.ledger.errors import Broken, MalformedProof
from mingdan.ledger.replay import found_in
from mingdan.site.archive import NEXT, Archive, print_archive
from mingdan.site.auditing.finding import parting
from mingdan.site.evidence import Trust
from mingdan.site.imprint import PATH as IMPRINT
from mingdan.site.imprint import Imprint
from mingdan.site.pack import MANIFEST, Pack, pages_in, print_manifest
from mingdan.site.saved_page import SavedPage, parse_saved_page
from mingdan.site.texts import languages
from mingdan.site.verdict import Uncompared


def compare(pack: Pack, archive: Archive) -> tuple[Uncompared, ...]:
    """The files that were not compared; the proofs in the pack must have been found to hold.

    Raises Broken, naming the file, for one that is not what follows from them, is missing, or is too many.
    """
    files = archive.files
    for path, content in pack.evidence.items():
        _check_same(path, content, files.get(path))
    uncompared = tuple(_compare_words(pack, files))
    listed = {path: content for path, content in files.items() if path != MANIFEST}
    _check_same(MANIFEST, print_manifest(pack, listed), files[MANIFEST])
    if print_archive(files, pack.edition.sealed) != print_archive(files, archive.at):
        raise Broken("files of another time than their edition", next_step=NEXT, at=archive.at)
    return uncompared


def _compare_words(pack: Pack, files: Mapping[str, bytes]) -> Iterator[Uncompared]:
    """What another version writes alike is compared as well."""
    ours = version("mingdan")
    words = _printed(pack, own=pack.version == ours)
    why = f"mingdan {pack.version} wrote this pack, this is mingdan {ours}; verify it with that version"
    paths = {*words, *pages_in(pack.handle, pack.imprint), *files} - {MANIFEST, *pack.evidence}
    for path in sorted(paths):
        expected, content = words.get(path), files.get(path)
        if expected is not None and expected == content:
            continue
        if pack.version == ours:
            _check_same(path, expected, content)
        _check_foreign(pack, path, content)
        yield Uncompared(path, why if content is not None else f"not in the pack; {why}")


def _printed(pack: Pack, *, own: bool) -> dict[str, bytes]:
    """The words of this version, where it has the languages and the zone for them."""
    if _speaks(pack.imprint):
        return pack.words
    if own:
        raise Broken("settings that no page is printed by", next_step=NEXT, file=IMPRINT)
    return {}


def _speaks(imprint: Imprint) -> bool:
    try:
        ZoneInfo(imprint.zone)
    except (LookupError, ValueError, OSError):  # a zone that is none, or the name of a folder of zones
        return False
    return bool(imprint.languages) and {*imprint.languages} <= {*languages()}


def _check_same(path: str, expected: bytes | None, content: bytes | None) -> None:
    if expected is None:
        raise Broken("a file that no pack has", next_step=NEXT, file=path)
    if content is None:
        raise Broken("a file of the pack is missing", next_step=NEXT, file=path)
    if content != expected:
        at = parting(expected, content)
        raise Broken("not what follows from the proofs in the pack", next_step=NEXT, file=path, at=at)


def _check_foreign(pack: Pack, path: str, content: bytes | None) -> None:
    """What any version keeps to: which files there are, and that a page carries what is proven."""
    if path in pages_in(pack.handle, pack.imprint):
        if content is None:
            raise Broken("a file of the pack is missing", next_step=NEXT, file=path)
        _check_carried(pack, path, content)
    elif not _WORDS.fullmatch(path):
        raise Broken("a file that no pack has", next_step=NEXT, file=path)


def _check_carried(pack: Pack, path: str, content: bytes) -> None:
    try:
        carried = parse_saved_page(content)
    except MalformedProof as error:
        raise found_in(error, path) from error
    proven = SavedPage(
        replace(pack.order, openings=()),
        tuple(place.index for place in pack.places),
        Trust(fresh_within=pack.imprint.fresh_within, policy=pack.imprint.trust),
    )
    if carried != proven:
        raise Broken("a page that carries other evidence than the pack", next_step=NEXT, file=path)


_WORDS = re.compile(r"static/[\w.-]+|policies/[\w.~/-]+|(README|verify)(\.[\w-]+)?\.html", re.ASCII)
