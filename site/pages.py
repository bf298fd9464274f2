"""Which files an edition consists of, and their bytes put into staging where they differ from the site's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache, partial
from hashlib import sha256
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from mingdan.ledger.entry import Entry, read
from mingdan.ledger.evolve import fold
from mingdan.ledger.keeping.log import LOG
from mingdan.ledger.keeping.rows import Row
from mingdan.ledger.keeping.staging import Staging
from mingdan.ledger.keeping.terms import Terms
from mingdan.ledger.keeping.workspace import Workspace, open_workspace
from mingdan.ledger.timeline import Timeline
from mingdan.projections.census import Census, print_census
from mingdan.projections.figures import Figures
from mingdan.projections.register import Register
from mingdan.projections.rulebook import rulebook
from mingdan.site.api import made_anew, twins
from mingdan.site.badges_page import badges_pages
from mingdan.site.dossier import streams_of
from mingdan.site.edition import Edition
from mingdan.site.embed import embed_page
from mingdan.site.exception_page import exception_pages
from mingdan.site.hosting import HEADERS, NGINX, ROBOTS
from mingdan.site.imprint import PATH as IMPRINT
from mingdan.site.imprint import Imprint, print_imprint
from mingdan.site.index_page import index_page, not_found_page
from mingdan.site.market_feed import market_feeds
from mingdan.site.merchant_page import merchant_pages
from mingdan.site.metric import badge_files
from mingdan.site.names import names_before, names_in
from mingdan.site.order_feed import order_feeds
from mingdan.site.order_page import order_page, path_of_order, path_of_order_feed, words_script
from mingdan.site.order_twin import order_twin, path_of_order_twin
from mingdan.site.party_page import party_pages
from mingdan.site.platform_page import path_of_platform, platform_of, platform_page
from mingdan.site.policy_page import policy_pages
from mingdan.site.prover import Prover, Seal
from mingdan.site.qr_code import path_of_code, qr_code
from mingdan.site.scope import scopes_of
from mingdan.site.sku_page import sku_pages
from mingdan.site.summary import API, summary
from mingdan.site.supply_page import supply_pages
from mingdan.site.verifier_page import verifier_page

Progress = Callable[[str, int, int], None]

HERE = Path(__file__).parent
CHUNK = 250  # orders a worker renders at a time
ALONE = 1_000  # below this many orders a second process costs more than it brings


class Task(NamedTuple):
    """Some orders for one worker: everything it needs to open the workspace itself."""

    folder: Path
    edition: Edition
    imprint: Imprint
    seal: Seal
    streams: Sequence[str]
    drawn: bool  # whether the codes that stand are drawn by this code and lead to this address


class Share(NamedTuple):
    """What came of some orders: how many files differed, and the paths of those that are outgrown."""

    staged: int
    outgrown: list[str]


def look(imprint: Imprint) -> str:
    """A hash of everything but entries that pages are made from: code, templates, texts, settings."""
    digest = sha256(print_imprint(imprint))
    for path in sorted(HERE.rglob("*")):
        if path.suffix in (".py", ".html", ".xml", ".po", ".css", ".js", ".svg"):
            digest.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def stage_orders(
    workspace: Workspace, staging: Staging, task: Task, executor: Executor | None, progress: Progress
) -> list[str]:
    """Renders and stages the orders of a task, shared out among workers; the paths that are outgrown."""
    streams = task.streams
    chunks = [streams[start : start + CHUNK] for start in range(0, len(streams), CHUNK)]
    done, outgrown = 0, list[str]()
    with _workers(workspace, executor, len(streams)) as run:
        shares = [task._replace(streams=chunk) for chunk in chunks]
        for share, chunk in zip(run(shares), chunks, strict=True):
            done += len(chunk)
            staging.count += share.staged
            outgrown += share.outgrown
            progress("pages", done, len(streams))
    return outgrown


def render_orders(task: Task) -> Share:
    """A worker's share, in a process of its own."""
    return _render(_workspace(task.folder), task)


def _render(workspace: Workspace, task: Task) -> Share:
    """Reads the orders' entries, proves and renders every page of theirs and stages those that differ."""
    staging, edition, outgrown = workspace.staging(), task.edition, list[str]()
    prover, terms = Prover(task.seal, staging.read), Terms(workspace.store, task.imprint.policies)
    handles = workspace.vault.handles_of(task.streams)
    rows = workspace.store.rows_of(task.streams)
    for stream, group in groupby(rows, key=lambda row: row.stream):
        shown = [row for row in group if row.position <= edition.size]
        timeline = prover.timeline(stream, shown)
        told = [(row, read(row.entry, row.kind, row.leaf)) for row in shown]
        handle = handles[stream]
        pages = dict(pages_of(edition, task.imprint, handle, told, terms, timeline))
        for path, page in pages.items():
            staging.offer(path, page)
        if not (task.drawn and staging.holds(path_of_code(handle))):
            staging.offer(*qr_code(edition, handle))
        feeds = (path_of_order_feed(handle, language, edition.languages) for language in edition.languages)
        outgrown += [path for path in feeds if path not in pages and staging.holds(path)]
    return Share(staging.count, outgrown)


def pages_of(
    edition: Edition,
    imprint: Imprint,
    handle: str,
    told: Sequence[tuple[Row, Entry]],
    terms: Terms,
    timeline: Timeline,
) -> Iterator[tuple[str, bytes]]:
    """An order's pages, one for each language, its twin, and its feeds while it is open, by path."""
    entries = [entry for _, entry in told]
    order = fold(entries)
    policy, pace = terms.of(order), terms.pace(order)
    edition = naming(edition, terms, entries)
    for language in edition.languages:
        page = order_page(edition, language, handle, order, told, policy, timeline, imprint, pace)
        yield path_of_order(handle, language, edition.languages), page
    yield path_of_order_twin(handle), order_twin(edition, order, told, policy, pace)
    yield from order_feeds(edition, handle, order, entries)


def naming(edition: Edition, terms: Terms, entries: Sequence[Entry]) -> Edition:
    """The edition with the names that an order's files use: those known before its newest entry."""
    subjects = map(terms.subject, streams_of(entries))
    return replace(edition, names=names_before(subjects, entries[-1].recorded))


def stage_aggregates(
    staging: Staging, edition: Edition, imprint: Imprint, census: Census, register: Register
) -> list[str]:
    """Stages what every edition has beside its orders; the paths of what it no longer has."""
    kept = set[str]()
    for path, content in aggregates(edition, imprint, census, register):
        staging.offer(path, content)
        kept.add(path)
    return [path for path in made_anew(staging.site) if path not in kept]


def aggregates(
    edition: Edition, imprint: Imprint, census: Census, register: Register
) -> Iterator[tuple[str, bytes]]:
    """Index, market, platforms, badges, feeds, twins, figures, rules, style, hints for the web server."""
    scopes = census.platforms
    edition = replace(edition, names=names_in(register))
    for language in edition.languages:
        mark = "" if language == edition.languages[0] else f".{language}"
        yield f"index{mark}.html", index_page(edition, language, scopes)
        yield f"404{mark}.html", not_found_page(edition, language)
        yield verifier_page(edition, language, imprint)
        yield words_script(edition, language)
        yield from _of_market(edition, language, imprint, census, register)
        yield from market_feeds(edition, language, register, scopes)
        yield summary(edition, language, register, scopes)
        yield from _to_take_along(edition, language, scopes)
        for scope in scopes:
            yield (
                path_of_platform(platform_of(scope), language, edition.languages),
                platform_page(edition, language, scope),
            )
            yield from merchant_pages(edition, language, scope, register)
            yield from sku_pages(edition, language, scope, register)
    yield API, summary(edition, edition.languages[0], register, scopes)[1]
    yield from twins(edition, imprint, census, register)
    yield LOG + "statistics.json", print_census(census)
    yield LOG + "reducer.txt", rulebook(imprint.zone)
    yield LOG + "policy", imprint.trust.encode()
    yield IMPRINT, print_imprint(imprint)
    for path in sorted((HERE / "static").iterdir()):
        yield f"static/{path.name}", path.read_bytes()
    for name, text in (("_headers", HEADERS), ("nginx.conf", NGINX), ("robots.txt", ROBOTS)):
        yield name, text.encode()


def _to_take_along(
    edition: Edition, language: str, platforms: Sequence[Figures]
) -> Iterator[tuple[str, bytes]]:
    """Badges and cards of every scope, and the pages with their lines."""
    scopes = [(place, scope) for place, each in enumerate(platforms) for scope in scopes_of(each)]
    for place, scope in scopes:
        yield from badge_files(edition, language, scope, place)
        yield embed_page(edition, language, scope)
    yield from badges_pages(edition, language, [scope for _, scope in scopes])


def _of_market(
    edition: Edition, language: str, imprint: Imprint, census: Census, register: Register
) -> Iterator[tuple[str, bytes]]:
    """Exceptions, the stock board, parties and policies: there in every edition, however little they say."""
    yield from exception_pages(edition, language, register, census.market)
    yield from supply_pages(edition, language, register, census)
    yield from party_pages(edition, language, register)
    yield from policy_pages(edition, language, register.policies, imprint.policy)


@contextmanager
def _workers(
    workspace: Workspace, executor: Executor | None, orders: int
) -> Iterator[Callable[[list[Task]], Iterable[Share]]]:
    if executor is not None:
        yield lambda tasks: executor.map(render_orders, tasks)
    elif orders < ALONE or (os.cpu_count() or 1) < 2:
        yield lambda tasks: map(partial(_render, workspace), tasks)
    else:
        with ProcessPoolExecutor(mp_context=get_context("forkserver")) as pool:
            yield lambda tasks: pool.map(render_orders, tasks)


@lru_cache(maxsize=2)
def _workspace(folder: Path) -> Workspace:
    return open_workspace(folder)
