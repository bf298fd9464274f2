"""Every file of a site looked at: the pages of orders, what an edition has beside them, and strays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from hashlib import sha256
from itertools import islice

from msgspec import Struct

from mingdan.ledger.errors import Broken
from mingdan.ledger.source import Listed
from mingdan.projections.census import Census, parse_census
from mingdan.projections.register import read_register
from mingdan.site.auditing.inquiry import LOG, Inquiry
from mingdan.site.auditing.inspection import PAGES, TILES, Inspection, printed
from mingdan.site.auditing.order_file import handle_in, kind_of
from mingdan.site.auditing.recount import by_our_rules, census_of, folded
from mingdan.site.auditing.reprint import (
    Checked,
    Page,
    Reprint,
    Task,
    check_pages,
    checked,
)
from mingdan.site.edition import edition_of, is_witnessed
from mingdan.site.imprint import Imprint
from mingdan.site.order_page import path_of_order
from mingdan.site.order_twin import ORDERS, path_of_order_twin
from mingdan.site.qr_code import path_of_code

UNLISTED = "order pages were not looked at: this site cannot be listed"

SHARE = 200  # pages a worker checks at a time
AHEAD = 4


class Surveyed(Struct):
    """How many order pages there are of those expected and were known; how many feeds, twins and codes."""

    expected: int = 0
    pages: int = 0
    known: int = 0
    feeds: int = 0
    twins: int = 0
    codes: int = 0


def survey(inquiry: Inquiry, imprint: Imprint, *, audit: int, same: bool) -> Surveyed:
    """Looks at all files. `audit` is this one's number; `same`, whether the last one checked pages alike.

    A source that cannot be listed is asked for what must be there; nobody knows its order pages.
    """
    inspection = inspection_of(inquiry, imprint)
    reprint = Reprint(inquiry.replica, inquiry.log, imprint, inquiry.policy)
    listed = inquiry.log.source.files()
    surveyed, seen = Surveyed(folded(inquiry.replica)[0] * len(imprint.languages)), set[str]()
    if listed is None:
        _ask(inquiry, inspection, seen)
        inquiry.notices.append(UNLISTED)
    else:
        pages = _beside(inquiry, inspection, listed, seen)
        known = _known(inquiry, pages, same=same)
        for found in _checked(inquiry, reprint, known):
            _note(inquiry, surveyed, audit, found)
        for stream in inquiry.replica.unseen(audit, len(imprint.languages) + 2):
            for path in _lacking(inquiry, imprint, stream):
                inquiry.findings.add(path, f"an order without its {kind_of(path)}", stream=stream)
        for stream in inquiry.replica.unfollowed(len(imprint.languages)):
            for path in _unfollowed(inquiry, reprint, stream):
                inquiry.findings.add(path, "an open order without its feed", stream=stream)
    for path in sorted(inspection.torn(seen)):
        inquiry.findings.add(path, "a file of the edition before is missing, of which others are there")
    return surveyed


def inspection_of(inquiry: Inquiry, imprint: Imprint) -> Inspection:
    """The edition that the checkpoint closes, printed again."""
    edition = edition_of(
        imprint,
        inquiry.log.checkpoint,
        inquiry.replica.epoch_entry(inquiry.size),
        witnessed=is_witnessed(imprint, inquiry.head.note),
    )
    census, register = _census(inquiry, imprint), read_register(inquiry.replica.views)
    fixed = printed(edition, imprint, census, register, inquiry.head.note, str(inquiry.head.key))
    if not by_our_rules(inquiry.replica.epoch(inquiry.size), imprint.zone):
        inquiry.findings.add(FIGURES, "the newest figures are counted by rules that this version has not")
        fixed[RULES] = _committed(inquiry, RULES)
    return Inspection(inquiry.replica, edition, fixed)


def _census(inquiry: Inquiry, imprint: Imprint) -> Census:
    """The figures as counted here; by other rules than ours, those that the epoch commits to."""
    if by_our_rules(inquiry.replica.epoch(inquiry.size), imprint.zone):
        return census_of(inquiry.replica, inquiry.size, imprint.zone)
    return parse_census(_committed(inquiry, FIGURES))


def _committed(inquiry: Inquiry, path: str) -> bytes:
    epoch, content = inquiry.replica.epoch(inquiry.size), inquiry.log.source.read(path)
    expected = epoch.rules if path == RULES else epoch.statistics.sha256
    if content is None or sha256(content).hexdigest() != expected:
        raise Broken("not what the last epoch commits to", file=path, expected=expected)
    return content


def _beside(
    inquiry: Inquiry, inspection: Inspection, listed: Iterator[Listed], seen: set[str]
) -> Iterator[str]:
    """Looks at all files but order pages, whose paths are handed on; what else is there is `seen`."""
    for path, plain in listed:
        if not plain:
            inquiry.findings.add(path, "no plain file, or an empty folder")
        elif path.startswith((PAGES, ORDERS)):
            yield path
        else:
            seen.add(path)
            _look(inquiry, inspection, path)
    for path in inspection.missing(seen):
        inquiry.findings.add(path, "a file of this site is missing")


def _look(inquiry: Inquiry, inspection: Inspection, path: str) -> None:
    with inquiry.findings.about(path):
        if path.startswith(TILES) and inspection.holds(path):
            return  # read with the log, by this audit or by one before
        content = inquiry.log.source.read(path)
        inquiry.read.append(path)
        if content is None:
            raise Broken("a file of this site is missing")
        inspection.check(path, content)


def _ask(inquiry: Inquiry, inspection: Inspection, seen: set[str]) -> None:
    """Asks for all files that must be there, and for those of the edition before, which may be."""
    for path in (*inspection.fixed, *inspection.map_tiles):
        _look(inquiry, inspection, path)
    for path in inspection.outgrown():
        if inquiry.log.source.read(path) is not None:
            seen.add(path)
            _look(inquiry, inspection, path)


def _known(inquiry: Inquiry, paths: Iterator[str], *, same: bool) -> Iterator[Page]:
    """The pages, and of those whose order has not grown, as what they were found right before."""
    for path in paths:
        before = inquiry.replica.page(path) if same else None
        grown = before is None or inquiry.replica.grew(before[0], inquiry.start)
        yield Page(path) if before is None or grown else Page(path, *before[1:])


def _checked(inquiry: Inquiry, reprint: Reprint, pages: Iterator[Page]) -> Iterator[list[Checked]]:
    shares = iter(lambda: list(islice(pages, SHARE)), [])
    if inquiry.executor is None:
        yield from (checked(reprint, share) for share in shares)
        return
    task = Task(inquiry.replica.folder, reprint.log, reprint.imprint, reprint.policy, ())
    waiting: list[Future[list[Checked]]] = []
    for share in shares:
        waiting.append(inquiry.executor.submit(check_pages, task._replace(pages=share)))
        if len(waiting) > AHEAD:
            yield waiting.pop(0).result()
    yield from (future.result() for future in waiting)


def _note(inquiry: Inquiry, surveyed: Surveyed, audit: int, found: list[Checked]) -> None:
    """Takes in what was found of some pages; a page that is wrong is noted without a hash."""
    for each in found:
        kind = kind_of(each.path)
        surveyed.feeds += kind == "feed"
        surveyed.twins += kind == "twin"
        surveyed.codes += kind == "code"
        surveyed.pages += kind == "page"
        surveyed.known += each.before and kind == "page"
        if each.fault is not None:
            inquiry.add([each.fault], each.path)
    inquiry.replica.keep_pages(
        audit, [(each.path, each.stream, each.sha256, each.size) for each in found if each.stream]
    )
    inquiry.progress("pages", surveyed.pages, surveyed.expected)


def _lacking(inquiry: Inquiry, imprint: Imprint, stream: str) -> Iterable[str]:
    """What an order lacks; where it has nothing, nobody but its buyer knows what its files are called."""
    seen, languages = inquiry.replica.pages_of(stream), imprint.languages
    if not seen:
        return [PAGES]
    handle = handle_in(seen[0])
    pages = {path_of_order(handle, language, languages) for language in languages}
    return sorted((pages | {path_of_order_twin(handle), path_of_code(handle)}) - {*seen})


def _unfollowed(inquiry: Inquiry, reprint: Reprint, stream: str) -> Iterable[str]:
    """The feeds that an order lacks, where it has pages and is to have such."""
    seen = inquiry.replica.pages_of(stream)
    return sorted({*reprint.feeds(handle_in(seen[0]))} - {*seen}) if seen else []


FIGURES = f"{LOG}statistics.json"
RULES = f"{LOG}reducer.txt"
