"""The `mingdan` command: the composition root, where the rooms are wired together and speak to people.

Long: one function for each command, so that the whole command is read in one place.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mingdan.ledger.entry import Claim, parse
from mingdan.ledger.errors import MingdanError, Misuse, Unavailable
from mingdan.ledger.event import Erased
from mingdan.ledger.evolve import fold
from mingdan.ledger.intake.importing import import_file
from mingdan.ledger.intake.mapping import read_mapping
from mingdan.ledger.intake.market import simulate as simulate_market
from mingdan.ledger.intake.statement import claims_of, read_statements
from mingdan.ledger.keeping.book import now_ms
from mingdan.ledger.keeping.workspace import Workspace, create_workspace, open_workspace
from mingdan.ledger.note import VerifierKey
from mingdan.ledger.status import status
from mingdan.ledger.verify import verify_log
from mingdan.projections import catch_up as projecting
from mingdan.projections.rebuild import rebuild as rebuild_views
from mingdan.projections.stats import Grouping, statistics
from mingdan.projections.views import open_views
from mingdan.site import plain
from mingdan.site.order_page import path_of_order
from mingdan.site.publish import publish as publish_site
from mingdan.site.serve import application

SIMULATED_END = "2026-11-01T00:00:00Z"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="An order ledger in the open: record what happens to orders, publish pages anyone can check.",
    epilog="Exit codes: 0 ok, 1 the answer is no, 2 misuse, 3 the machine says no.",
)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"mingdan {version('mingdan')}")
        raise typer.Exit


@app.callback()
def at(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("-C", metavar="DIR", help="The workspace to work in.")] = Path(),
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    context.obj = folder


@app.command()
def init(
    context: typer.Context,
    origin: Annotated[
        str, typer.Option(help="Public address of the log, without scheme and trailing slash.")
    ],
    title: Annotated[str | None, typer.Option(help="What the site is called.")] = None,
    database: Annotated[
        str | None, typer.Option(help="PostgreSQL URL; left out, SQLite files in the workspace.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a workspace: settings, stores and a fresh log key.

    Example: mingdan -C shop init --origin orders.example.com/log
    """
    workspace = create_workspace(_folder(context), origin=origin, title=title, database=database)
    context.call_on_close(workspace.close)
    vkey = str(workspace.signer().key)
    text = f"workspace {workspace.folder}\nverifier key {vkey}\nnext: mingdan record, import or simulate"
    _say({"workspace": str(workspace.folder), "origin": origin, "vkey": vkey}, as_json, text)


@app.command()
def simulate(
    context: typer.Context,
    orders: Annotated[int, typer.Option(min=1, help="How many orders are placed.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed and end give the same bytes.")] = 1,
    end: Annotated[str, typer.Option(help='When the market is left: ISO 8601, or "now".')] = SIMULATED_END,
    as_json: Json = False,
) -> None:
    """Record a simulated market with the failures of real ones.

    Over-acceptance, outages, silent holds, lost callbacks, late payments, mistyped recipients, disputes.
    """
    workspace = _workspace(context)
    with _bar("simulating") as progress:
        summary = simulate_market(workspace.book(), orders, seed, end=_instant(end), progress=progress)
    told = msgspec.to_builtins(summary)
    _say(told, as_json, plain.report(told))


@app.command()
def record(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="JSON lines; left out or -, standard input.")] = None,
    as_json: Json = False,
) -> None:
    """Record facts, one JSON object a line, all of them or none.

    Example: {"kind": "order.paid", "order": "my-7", "by": "shop", "data": {"amount": 1000}, "id": "pay-7"}

    The kinds and their fields are listed in docs/events.md.
    """
    workspace = _workspace(context)
    batch = claims_of(read_statements(_input(file)), workspace.vault)
    receipts = workspace.book().record(batch.claims, batch.new)
    languages = workspace.settings.languages
    pages = [path_of_order(handle, languages[0], languages) for handle in batch.handles]
    told = [
        msgspec.to_builtins(receipt) | {"handle": handle, "page": page}
        for receipt, handle, page in zip(receipts, batch.handles, pages, strict=True)
    ]
    _say(told, as_json, "\n".join(map(plain.receipt, receipts, pages)))


@app.command("import")
def import_history(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="XES, CSV or JSONL, plain or gzip, xz, zst.")],
    mapping: Annotated[Path, typer.Option(help="TOML that says what the columns mean: docs/mappings.md.")],
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Record what can be, list what is refused.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Import a history of orders; every row of the source is accounted for.

    Example: mingdan -C real import log.xes.gz --mapping docs/mappings/bpic2019.toml
    """
    workspace = _workspace(context)
    rules = read_mapping(mapping)
    with _bar("importing") as progress:
        report = import_file(workspace.book(), file, rules, lenient=lenient, progress=progress)
    told = msgspec.to_builtins(report)
    _say(told, as_json, plain.report(told))


@app.command("catch-up")
def catch_up(context: typer.Context, as_json: Json = False) -> None:
    """Bring the backlog, delay and dispute views up to the log's head."""
    workspace = _workspace(context)
    engine = open_views(workspace.url("views"))
    with _bar("catching up") as progress:
        reached = projecting.catch_up(workspace.store, engine, progress=progress)
    engine.dispose()
    _say({"position": reached}, as_json, f"views stand at entry {reached}")


@app.command()
def rebuild(context: typer.Context, as_json: Json = False) -> None:
    """Make every view anew from the log, show what differed, and swap them in at once."""
    workspace = _workspace(context)
    with _bar("rebuilding") as progress:
        reached, found = rebuild_views(workspace.store, workspace.url("views"), progress=progress)
    told = {"position": reached, "views": msgspec.to_builtins(found)}
    text = [
        f"{each.view:10} {each.rows:>9} rows  +{each.added} -{each.removed} ~{each.changed}" for each in found
    ]
    _say(told, as_json, "\n".join([*text, f"views stand at entry {reached}"]))


@app.command()
def publish(
    context: typer.Context,
    refresh: Annotated[
        bool,
        typer.Option("--refresh", help="Seal an epoch although nothing is new: dues pass, freshness grows."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Publish everything recorded so far: the log, the pages that changed, and last the checkpoint.

    A run that was killed is finished by the next one.
    """
    workspace = _workspace(context)
    with _stages() as progress:
        done = publish_site(workspace, refresh=refresh, progress=progress)
    told = msgspec.to_builtins(done)
    text = f"{done.entries} new entries, {done.orders} orders rendered, {done.files} files changed\n"
    text += f"checkpoint {done.size} {done.root} of {done.origin}\nsite {workspace.site}"
    _say(
        told,
        as_json,
        text if done.changed else f"nothing new since entry {done.size}; --refresh seals an epoch anyway",
    )


@app.command()
def stats(
    context: typer.Context,
    as_of: Annotated[str, typer.Option(help='An instant: ISO 8601, or "now".')] = "now",
    at_: Annotated[
        list[str] | None, typer.Option("--at", help="Also the backlog at this instant; repeatable.")
    ] = None,
    by: Annotated[
        Grouping | None, typer.Option(help="Also by platform, merchant, sku, form or tier.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print counts, durations, lateness and backlog, as known now and as known then."""
    workspace = _workspace(context)
    engine = open_views(workspace.url("views"))
    projecting.catch_up(workspace.store, engine)
    told = statistics(
        engine,
        as_of=_instant(as_of),
        zone=workspace.settings.zone,
        by=by,
        instants=[_instant(each) for each in at_ or ()],
    )
    engine.dispose()
    _say(msgspec.to_builtins(told), as_json, plain.statistics(told))


@app.command()
def show(
    context: typer.Context,
    order: Annotated[str, typer.Argument(help="A tracking handle, a stream, or the source's own name.")],
    as_json: Json = False,
) -> None:
    """Show an order: its public status, what that rests on, and every entry."""
    workspace = _workspace(context)
    known = workspace.vault.find(order)
    rows = workspace.store.rows_of([known.stream])
    entries = [parse(row.entry) for row in rows]
    step, side, because = status(fold(entries), now_ms())
    zone = ZoneInfo(workspace.settings.zone)
    told = {
        "handle": known.handle,
        "stream": known.stream,
        "step": step,
        "side": side,
        "because": because.hex(),
        "entries": [msgspec.json.decode(row.entry) for row in rows],
    }
    head = f"{known.stream}\nhandle {known.handle}\n{step} / {side}, because {because.hex()[:16]}…"
    text = [head, *(plain.entry(entry, zone) for entry in entries)]
    _say(told, as_json, "\n".join(text))


@app.command()
def verify(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="A published log; left out, the workspace's own.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The verifier key you trust; left out, the workspace's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify a published log: every byte of every bundle, tile and checkpoint, from the files alone."""
    if folder is None or key is None:
        workspace = _workspace(context)
        folder = workspace.site / "log" if folder is None else folder
        trusted = workspace.signer().key if key is None else VerifierKey.parse(key)
    else:
        trusted = VerifierKey.parse(key)
    with _bar("verifying") as progress:
        found = verify_log(folder, trusted, progress=progress)
    text = f"verified {found.size} entries in {found.streams} streams, {found.epochs} epochs\n"
    text += f"{found.files} files\ncheckpoint {found.size} {found.root} of {found.origin}"
    _say(msgspec.to_builtins(found), as_json, text)


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")] = 8000,
) -> None:
    """Serve the published site, until interrupted."""
    import uvicorn  # noqa: PLC0415  # a server is loaded only to serve

    workspace = _workspace(context)
    if not (workspace.site / "index.html").exists():
        raise Misuse(
            "there is no site here yet", next_step="run `mingdan publish` first", site=workspace.site
        )
    errors.print(f"serving {workspace.site} on http://{host}:{port}/")
    uvicorn.run(application(workspace.site), host=host, port=port, log_level="warning")


@app.command()
def erase(
    context: typer.Context,
    order: Annotated[str, typer.Argument(help="A tracking handle, a stream, or the source's own name.")],
    reason: Annotated[str, typer.Option(help="buyer_request, retention_over, court_order or mistake.")],
    as_json: Json = False,
) -> None:
    """Erase an order's private words for ever; its proofs stay valid, its page becomes a tombstone."""
    workspace = _workspace(context)
    known = workspace.vault.find(order)
    book = workspace.book()
    event = _erased(reason)
    if book.order(known.stream).erased is None:
        # The entry first: a crash before the deletion is finished by running the command again.
        book.record([Claim(stream=known.stream, by="ledger", event=event)])
    workspace.vault.erase(known.stream)
    told = {"stream": known.stream, "handle": known.handle, "reason": reason}
    _say(told, as_json, f"erased {known.stream}\nnext: mingdan publish replaces its page")


def main() -> None:
    """Runs the command; every error of ours becomes a sentence, its evidence, and an exit code."""
    try:
        app()
    except MingdanError as error:
        _fail(error)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has enough
        sys.exit(0)
    except OSError as error:
        _fail(Unavailable(f"{error.strerror}", path=error.filename))


def _fail(error: MingdanError) -> NoReturn:
    if "--json" in sys.argv:
        evidence = {name: str(value) for name, value in error.evidence.items()}
        told = {
            "error": type(error).__name__,
            "message": error.message,
            "evidence": evidence,
            "next": error.next_step,
        }
        sys.stderr.write(msgspec.json.encode(told).decode() + "\n")
    else:
        errors.print(f"mingdan: {error.message}", markup=False)
        for name, value in error.evidence.items():
            errors.print(f"  {name}: {value}", markup=False)
        if error.next_step:
            errors.print(f"  next: {error.next_step}", markup=False)
    sys.exit(error.exit_code)


def _folder(context: typer.Context) -> Path:
    folder: Path = context.obj
    return folder


def _workspace(context: typer.Context) -> Workspace:
    workspace = open_workspace(_folder(context))
    context.call_on_close(workspace.close)
    return workspace


def _say(told: object, as_json: bool, text: str) -> None:
    sys.stdout.write((msgspec.json.encode(told, order="deterministic").decode() if as_json else text) + "\n")


def _input(file: Path | None) -> Iterable[bytes]:
    if file is None or str(file) == "-":
        return sys.stdin.buffer
    try:
        return file.read_bytes().splitlines()
    except OSError as error:
        raise Misuse(f"the file cannot be read: {error.strerror}", file=file) from error


def _erased(reason: str) -> Erased:
    try:
        return msgspec.convert({"reason": reason}, Erased)
    except msgspec.ValidationError as error:
        raise Misuse(
            "no such reason",
            next_step="give buyer_request, retention_over, court_order or mistake",
            got=reason,
        ) from error


def _instant(text: str) -> int:
    """Milliseconds UTC of ISO 8601 with an offset, or now."""
    if text == "now":
        return now_ms()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misuse(
            "not an instant", next_step="write for example 2026-11-01T00:00:00Z", got=text
        ) from error
    if moment.tzinfo is None:
        raise Misuse(
            "an instant needs its offset", next_step="write for example 2026-11-01T00:00:00Z", got=text
        )
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


@contextlib.contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int | None], None]]:
    with _stages() as progress:
        yield lambda done, total: progress(what, done, total or 0)


@contextlib.contextmanager
def _stages() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each stage of a long run, on a terminal, once it has lasted a second."""
    columns = (TextColumn("{task.description:>12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    started = time.monotonic()
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks and time.monotonic() - started > 1:
                tasks[what] = bars.add_task(what, total=total or None)
            if what in tasks:
                bars.update(tasks[what], completed=done, total=total or None)

        yield progress
