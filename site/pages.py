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

import msgspec
from sqlalchemy import Engine

from mingdan.ledger.entry import read
from mingdan.ledger.evolve import fold
from mingdan.ledger.keeping.staging import Staging
from mingdan.ledger.keeping.workspace import Settings, Workspace, open_workspace
from mingdan.ledger.policy import policy_of
from mingdan.projections.scope import figures, platforms
from mingdan.site.badge import on_time_badge
from mingdan.site.edition import Edition
from mingdan.site.hosting import HEADERS, NGINX, ROBOTS
from mingdan.site.index_page import index_page, not_found_page
from mingdan.site.order_page import order_page, path_of_order
from mingdan.site.platform_page import platform_page

Progress = Callable[[str, int, int], None]

HERE = Path(__file__).parent
CHUNK = 250  # orders a worker renders at a time
ALONE = 1_000  # below this many orders a second process costs more than it brings


class Task(NamedTuple):
    """Some orders for one worker: everything it needs to open the workspace itself."""

    folder: Path
    edition: Edition
    streams: Sequence[str]


def look(settings: Settings) -> str:
    """A hash of everything but entries that pages are made from: code, templates, texts, settings."""
    digest = sha256(msgspec.json.encode(settings))
    for path in sorted(HERE.rglob("*")):
        if path.suffix in (".py", ".html", ".xml", ".toml", ".css", ".js", ".svg"):
            digest.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def stage_orders(
    workspace: Workspace,
    staging: Staging,
    edition: Edition,
    streams: Sequence[str],
    executor: Executor | None,
    progress: Progress,
) -> int:
    """Renders and stages these orders' pages in every language; how many orders they were."""
    chunks = [streams[start : start + CHUNK] for start in range(0, len(streams), CHUNK)]
    tasks = [Task(workspace.folder, edition, chunk) for chunk in chunks]
    done = 0
    with _workers(workspace, executor, len(streams)) as run:
        for staged, chunk in zip(run(tasks), chunks, strict=True):
            done += len(chunk)
            staging.count += staged
            progress("pages", done, len(streams))
    return done


def render_orders(task: Task) -> int:
    """A worker's share, in a process of its own; how many files differed."""
    return _render(_workspace(task.folder), task)


def _render(workspace: Workspace, task: Task) -> int:
    """Reads the orders' entries, renders every page of theirs and stages those that differ."""
    staging = workspace.staging()
    known = workspace.vault.orders_of(task.streams)
    rows = workspace.store.rows_of(task.streams)
    for stream, group in groupby(rows, key=lambda row: row.stream):
        shown = [row for row in group if row.position <= task.edition.size]
        told = [(row, read(row.entry, row.kind, row.leaf)) for row in shown]
        order = fold(entry for _, entry in told)
        handle = known[stream].handle
        policy = policy_of(order, workspace.policies)
        for language in task.edition.languages:
            page = order_page(task.edition, language, handle, order, told, policy)
            staging.offer(path_of_order(handle, language, task.edition.languages), page)
    return staging.count


def stage_aggregates(staging: Staging, edition: Edition, engine: Engine) -> None:
    """Stages what every edition has: index, platforms, badges, style, and hints for the web server."""
    default = edition.languages[0]
    scopes = [figures(engine, name, edition.sealed, edition.zone) for name in platforms(engine)]
    for language in edition.languages:
        mark = "" if language == default else f".{language}"
        staging.offer(f"index{mark}.html", index_page(edition, language, scopes))
        staging.offer(f"404{mark}.html", not_found_page(edition, language))
        for scope in scopes:
            name = scope.scope.removeprefix("platform/")
            staging.offer(f"p/{name}/index{mark}.html", platform_page(edition, language, scope))
            for suffix, content in zip(
                ("svg", "json", "full.json"), on_time_badge(scope, edition, language), strict=True
            ):
                staging.offer(f"badge/{scope.scope}/on-time{mark}.{suffix}", content)
    for path in sorted((HERE / "static").iterdir()):
        staging.offer(f"static/{path.name}", path.read_bytes())
    for name, text in (("_headers", HEADERS), ("nginx.conf", NGINX), ("robots.txt", ROBOTS)):
        staging.offer(name, text.encode())


@contextmanager
def _workers(
    workspace: Workspace, executor: Executor | None, orders: int
) -> Iterator[Callable[[list[Task]], Iterable[int]]]:
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
