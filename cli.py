"""The `mingdan` command: the composition root, where the rooms are wired together and speak to people.

Long: one function for each command, so that the whole command is read in one place.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from importlib.metadata import version
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import httpx
import msgspec
import typer
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from mingdan.client import Client, batches, event_of
from mingdan.ledger.docking.harbour import dock_named, docks_in, read_dock
from mingdan.ledger.docking.relay import Relay
from mingdan.ledger.docking.wharf import routes as dock_routes
from mingdan.ledger.entry import parse
from mingdan.ledger.errors import Broken, Malformed, MingdanError, Misuse, StoreConflict, Unavailable
from mingdan.ledger.event import KIND_OF, Erased
from mingdan.ledger.export.export import Format, placed, standard_output
from mingdan.ledger.export.export import export as export_entries
from mingdan.ledger.export.leaving import About, of_site, of_store
from mingdan.ledger.gate.answer import Entered
from mingdan.ledger.gate.api_key import draw_key
from mingdan.ledger.gate.cloud_event import CloudEvent
from mingdan.ledger.intake.clerk import Clerk
from mingdan.ledger.intake.importing import import_file
from mingdan.ledger.intake.mapping import read_mapping
from mingdan.ledger.intake.market import simulate as simulate_market
from mingdan.ledger.intake.publishing import OPERATOR, edition_of, promise_in, try_out
from mingdan.ledger.intake.publishing import publish as publish_terms
from mingdan.ledger.intake.retelling import import_export
from mingdan.ledger.intake.review import reviewed
from mingdan.ledger.intake.signature import given, signed
from mingdan.ledger.intake.statement import Said, about, claims_of, read_statements
from mingdan.ledger.intake.statement import record as record_batch
from mingdan.ledger.intake.terms_file import read_terms
from mingdan.ledger.keeping.accord import Accord, Comparison, check_not_behind, unread
from mingdan.ledger.keeping.clock import now_ms
from mingdan.ledger.keeping.draft import Receipt
from mingdan.ledger.keeping.key_ring import KeyRing
from mingdan.ledger.keeping.keys import key_at, read_key
from mingdan.ledger.keeping.log import LOG
from mingdan.ledger.keeping.retention import erase_lapsed, erase_orders
from mingdan.ledger.keeping.roles import Role, grants
from mingdan.ledger.keeping.settings import SETTINGS
from mingdan.ledger.keeping.staging import environment
from mingdan.ledger.keeping.terms import Terms
from mingdan.ledger.keeping.workspace import Workspace, create_workspace, using_workspace, workspace_in
from mingdan.ledger.market.sku import Sku
from mingdan.ledger.note import VerifierKey
from mingdan.ledger.notice.address_book import AddressBook
from mingdan.ledger.notice.courier import Courier
from mingdan.ledger.notice.endpoint import draw_endpoint
from mingdan.ledger.notice.outbox import Outbox
from mingdan.ledger.notice.seal import KEY as WEBHOOKS_KEY
from mingdan.ledger.notice.seal import ROLE as WEBHOOKS_ROLE
from mingdan.ledger.notice.seal import printed_key, printed_secret
from mingdan.ledger.quorum import Log, TrustPolicy
from mingdan.ledger.receipt import open_receipt
from mingdan.ledger.recipient.check import check as check_words
from mingdan.ledger.recipient.hint import HINTS
from mingdan.ledger.recipient.mask import mask
from mingdan.ledger.recipient.reading import FOLDER, rule_named, rules_in
from mingdan.ledger.recipient.rule import Rule
from mingdan.ledger.source import Source
from mingdan.ledger.stream import is_order
from mingdan.ledger.tlog_proof import print_proof
from mingdan.ledger.verify import Verified, verify_log
from mingdan.ledger.witness.memory import create_witness, open_witness
from mingdan.ledger.witness.serving import application as witness_application
from mingdan.projections import catch_up as projecting
from mingdan.projections.queue import Kind as QueueKind
from mingdan.projections.queue import queue as read_queue
from mingdan.projections.rebuild import rebuild as rebuild_views
from mingdan.projections.register import read_register
from mingdan.projections.stats import Grouping, statistics
from mingdan.projections.sweep import Sweep, Swept
from mingdan.projections.views import open_views
from mingdan.site import desk, plain, policy_text
from mingdan.site.auditing.attest import check_attestation
from mingdan.site.auditing.audit import audit as audit_site
from mingdan.site.auditing.audit import cosign as cosign_audit
from mingdan.site.auditing.inquiry import read_head
from mingdan.site.counter import heard
from mingdan.site.history import history
from mingdan.site.mirror import Mirrored, bucket_in, mirror
from mingdan.site.neighbour import (
    NO_DOCK,
    START_AGAIN,
    key_line,
    stop_lines,
    told_dock,
    told_key,
    told_poll,
    told_webhook,
    webhook_line,
)
from mingdan.site.opened_pack import is_pack, judge_pack, pack_at
from mingdan.site.order_page import path_of_order
from mingdan.site.packer import pack_order
from mingdan.site.prover import Prover
from mingdan.site.publish import Published
from mingdan.site.publish import publish as publish_site
from mingdan.site.reader import (
    content_of,
    log_in,
    outcomes_at,
    published_log,
    source_of,
    timeline_of,
)
from mingdan.site.rehearsal import Rehearsal, Stage, rehearsing
from mingdan.site.rounds import Rounds, repeat, until_told
from mingdan.site.serve import Site, serving
from mingdan.site.terminal import bar, bars, document, errors, fail, instant, say
from mingdan.site.texts import texts
from mingdan.site.verdict import Verdict, judge
from mingdan.site.watch import Watch, unpublished
from mingdan.site.webhooks_page import webhooks_route

if TYPE_CHECKING:
    from mingdan.site.bucket import Bucket  # of an extra that need not be there

LANGUAGES = ("zh-CN", "zh-Hant", "en")  # a new site has them all
SIMULATED_END = "2026-11-01T00:00:00Z"
IN_PART = 4  # the exit code where nothing is wrong with a pack, but not all of it was compared

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 for a free one.")]

Sweeping = Annotated[
    int, typer.Option("--sweep", min=0, metavar="SECONDS", help="How often to sweep meanwhile; 0: never.")
]
Taking = Annotated[
    bool, typer.Option(help="Whether to take what is sent, by keys and by link holders from pages.")
]
Sending = Annotated[
    int, typer.Option("--webhooks", min=0, metavar="SECONDS", help="How often to send webhooks; 0: never.")
]
Asking = Annotated[
    int, typer.Option("--poll", min=0, metavar="SECONDS", help="How often to ask shops (docks); 0: never.")
]
Rate = Annotated[int, typer.Option(min=1, max=1000, help="Requests a second that one key may make.")]
Kinds = Annotated[
    list[str] | None,
    typer.Option(help="Only this kind, or group such as order; repeatable. Left out, all that it may."),
]
Key = Annotated[str | None, typer.Option(help="The log's vkey you trust; left out, our own.")]
Policy = Annotated[Path | None, typer.Option(help="A tlog-policy: the log and witnesses you trust.")]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="An order ledger in the open: record what happens to orders, publish pages anyone can check.",
    epilog="Exit codes: 0 ok, 1 the answer is no, 2 misuse, 3 the machine says no, 4 not all was compared.",
)
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
    intake: Annotated[
        str, typer.Option(help='Where order pages send requests: "/" for `serve`, or an address.')
    ] = "",
    contact: Annotated[str, typer.Option(help="How you are reached: a mail or web address.")] = "",
    language: Annotated[
        list[str] | None, typer.Option(help="Of the pages, the first the default; left out, all there are.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a workspace: settings, stores and a fresh log key.

    Example: mingdan -C shop init --origin orders.example.com/log
    """
    for tag in language or ():
        texts(tag)  # refuses what there are no texts in
    workspace = create_workspace(
        _folder(context),
        origin=origin,
        title=title,
        database=database,
        intake=intake,
        contact=contact,
        languages=language or LANGUAGES,
    )
    context.call_on_close(workspace.close)
    _make_tables(workspace)
    vkey = str(workspace.signer().key)
    text = f"workspace {workspace.folder}\nverifier key {vkey}\nnext: mingdan record, import or simulate"
    say({"workspace": str(workspace.folder), "origin": origin, "vkey": vkey}, as_json, text)


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
    What the ledger owes is recorded on the way, every two hours of the market's time.
    """
    workspace = _workspace(context)
    book, engine = workspace.book(), open_views(workspace.url("views"))
    owing = Sweep(book, engine, workspace.policies, recipients={})  # its platforms check and hold themselves
    with bar("simulating") as progress:
        summary = simulate_market(
            book,
            orders,
            seed,
            end=instant(end),
            sweep=lambda: owing.record(owing.owed()),
            progress=progress,
        )
    engine.dispose()
    told = msgspec.to_builtins(summary)
    say(told, as_json, plain.report(told))


@app.command()
def record(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="JSON lines; left out or -, standard input.")] = None,
    receipt: Annotated[
        Path | None, typer.Option(help="Write the log's signed promise to publish these facts here.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Send them to the intake of this address; no workspace is needed.")
    ] = None,
    key_file: Annotated[Path | None, typer.Option(help="With --url, where your API key is.")] = None,
    as_json: Json = False,
) -> None:
    """Record facts, one JSON object a line, all of them or none.

    Example: {"kind": "order.paid", "order": "shop-7", "by": "shop", "data": {"amount": 1000}, "id": "pay-7"}

    The kinds and their fields are listed in docs/events.md. An intake takes 1,000 facts at a time: of more,
    each thousand is recorded or none of it, and those before it stand. A fact without `id` is sent once more
    where nobody answers, and recorded once; but running the command again records it again.
    """
    if (url is None) != (key_file is None):
        raise Misuse("an intake takes a key", next_step="give both --url and --key-file")
    if url is not None and key_file is not None:
        _record_at(url, key_file, _input(file), receipt, as_json)
    else:
        _record_here(_workspace(context), _input(file), receipt, as_json)


def _record_here(workspace: Workspace, lines: Iterable[bytes], receipt: Path | None, as_json: bool) -> None:
    """Records facts in a workspace."""
    check_not_behind(workspace)
    batch = claims_of(read_statements(lines), workspace.vault)
    if receipt is not None:
        _write(receipt, b"")  # what cannot hold the receipt is found out before anything is recorded
    receipts = record_batch(workspace.book(), batch)
    if receipt is not None:
        _write(receipt, workspace.promise(receipts))
    languages = workspace.settings.languages
    known = workspace.vault.orders_of(each.stream for each in receipts if is_order(each.stream))
    links = {
        stream: {"handle": order.handle, "page": path_of_order(order.handle, languages[0], languages)}
        for stream, order in known.items()
    }
    told = [msgspec.to_builtins(each) | links.get(each.stream, {}) for each in receipts]
    shown = [links[each.stream]["page"] if each.stream in links else each.stream for each in receipts]
    say(told, as_json, "\n".join(map(plain.receipt, receipts, shown)))


def _record_at(url: str, key_file: Path, lines: Iterable[bytes], note: Path | None, as_json: bool) -> None:
    """Records facts at an intake, a thousand at a time."""
    told = read_statements(lines)
    asked = [*batches(map(_event_of, told))]
    if note is not None and len(asked) > 1:
        raise Misuse("one receipt is for one batch", next_step="send at most 1,000 facts with --receipt")
    if note is not None:
        _write(note, b"")  # what cannot hold the receipt is found out before anything is recorded
    with environment("the API key cannot be read"):
        key = key_file.read_text("utf-8").strip()
    entries: list[Entered] = []
    with Client(url, key) as client, bar("sending") as progress:
        for batch in asked:
            try:
                sent = client.send(batch)
            except MingdanError as error:
                _name_line(error, told, len(entries))
                raise
            entries += sent.entries
            progress(len(entries), len(told))
            if note is not None and sent.receipt is not None:
                _write(note, sent.receipt.encode())
    links = [{"handle": each.handle, "page": each.page} if each.page else {} for each in entries]
    receipts = [*map(_receipt_of, entries)]
    shown = [each.page or each.stream for each in entries]
    known = [msgspec.to_builtins(each) | link for each, link in zip(receipts, links, strict=True)]
    say(known, as_json, "\n".join(map(plain.receipt, receipts, shown)))


def _event_of(said: Said) -> CloudEvent:
    with about(said.line):
        return event_of(said.statement, secrets.token_hex(16))


def _name_line(error: MingdanError, told: Sequence[Said], recorded: int) -> None:
    """Says of an intake's answer which line it is about, and how many stand recorded before it."""
    pointer = str(error.evidence.get("pointer") or "")
    place = re.match("/([0-9]+)", pointer)
    line = {} if place is None else {"line": told[recorded + int(place[1])].line}
    error.evidence = line | error.evidence | ({"recorded": recorded} if recorded else {})


def _receipt_of(entered: Entered) -> Receipt:
    return Receipt(
        stream=entered.stream,
        seq=entered.seq,
        position=entered.index + 1,
        index=entered.index,
        leaf=entered.leaf,
        recorded=entered.recorded,
        duplicate=entered.duplicate,
        irregular=entered.irregular,
    )


@app.command()
def sign(
    file: Annotated[Path | None, typer.Argument(help="JSON lines; left out or -, standard input.")] = None,
    key: Annotated[Path | None, typer.Option(help="The party's key: what is read is signed with it.")] = None,
    new: Annotated[
        Path | None, typer.Option(help="Make a key there, unless one is, and print the fact that gives it.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="With --new, whose key it is: the id of a party.")] = None,
    as_json: Json = False,
) -> None:
    """Sign facts as the party that tells them, one JSON object a line, for `record`; needs no workspace.

    Example: mingdan sign --key agent.key facts.jsonl | mingdan -C shop record

    A first key: mingdan sign --new agent.key --by agent-east | mingdan -C shop record

    The next one: mingdan sign --new next.key --by agent-east | mingdan sign --key agent.key | …

    What is signed, byte by byte, and what cannot be: docs/signing.md.
    """
    if key is not None and new is None and by is None:
        lines = [*signed(read_statements(_input(file)), read_key(key), now_ms())]
    elif new is not None and by is not None and key is None and file is None:
        lines = [given(new, by)]
    else:
        raise Misuse("sign facts, or give a key", next_step="name --key and facts, or --new and --by")
    text = "\n".join(msgspec.json.encode(line, order="deterministic").decode() for line in lines)
    say(lines, as_json, text)


@app.command("import")
def import_history(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="XES, CSV or JSONL, plain or gzip, xz, zst.")],
    mapping: Annotated[
        Path | None,
        typer.Option(help="TOML that says what the columns mean; left out, a file of `mingdan export`."),
    ] = None,
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Record what can be, list what is refused.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Import a history of orders; every row of the source is accounted for.

    Example: mingdan -C real import log.xes.gz --mapping docs/mappings/bpic2019.toml

    What `mingdan export` wrote needs no mapping: docs/export.md.
    """
    workspace = _workspace(context)
    rules = None if mapping is None else read_mapping(mapping)
    with bar("importing") as progress:
        if rules is None:
            report = import_export(workspace.book(), file, lenient=lenient, progress=progress)
        else:
            report = import_file(workspace.book(), file, rules, lenient=lenient, progress=progress)
    told = msgspec.to_builtins(report)
    say(told, as_json, plain.report(told))


@app.command()
def export(
    context: typer.Context,
    format_: Annotated[Format, typer.Option("--format", help="How entries are written: docs/export.md.")],
    out: Annotated[Path | None, typer.Option(help="The file; left out or -, standard output.")] = None,
    since: Annotated[
        int, typer.Option(min=0, metavar="POSITION", help="Only entries after this one; the first is 1.")
    ] = 0,
    stream: Annotated[
        list[str] | None, typer.Option(help="Only this stream, or a kind of them such as sku; repeatable.")
    ] = None,
    site: Annotated[
        str | None, typer.Option(help="Folder or URL of a published site; left out, the workspace's ledger.")
    ] = None,
    key: Key = None,
    policy: Policy = None,
    as_json: Json = False,
) -> None:
    """Write entries for other tools, from the ledger or from any published site, each proven there.

    Private words never leave: entries hold commitments. `mingdan import` reads every format back.

    Example: mingdan -C shop export --format parquet --out orders.parquet
    """
    if site is None:
        workspace = _workspace(context)
        size = workspace.store.max_notification_id() or 0
        about, entries = About(workspace.settings.origin, size), of_store(workspace.store, since, size)
    else:
        log = published_log(source_of(site), _trusted(context, key, policy))
        about, entries = About(log.checkpoint.origin, log.checkpoint.size), of_site(log, since)
    about = about._replace(since=since, streams=tuple(stream or ()))
    with bar("exporting") as progress:
        if out is None or str(out) == "-":
            export_entries(standard_output(format_), format_, entries, about, progress)
            return
        with placed(out) as file:
            exported = export_entries(file, format_, entries, about, progress)
    told = msgspec.to_builtins(exported)
    say(told | {"file": str(out)}, as_json, plain.report(told))


@app.command("catch-up")
def catch_up(context: typer.Context, as_json: Json = False) -> None:
    """Bring the backlog, delay and dispute views up to the log's head."""
    workspace = _workspace(context)
    engine = open_views(workspace.url("views"))
    with bar("catching up") as progress:
        reached = projecting.catch_up(workspace.store, engine, progress=progress)
    engine.dispose()
    say({"position": reached}, as_json, f"views stand at entry {reached}")


@app.command()
def rebuild(context: typer.Context, as_json: Json = False) -> None:
    """Make every view anew from the log, show what differed, and swap them in at once."""
    workspace = _workspace(context)
    with bar("rebuilding") as progress:
        reached, found = rebuild_views(workspace.store, workspace.url("views"), progress=progress)
    told = {"position": reached, "views": msgspec.to_builtins(found)}
    text = [
        f"{each.view:10} {each.rows:>9} rows  +{each.added} -{each.removed} ~{each.changed}" for each in found
    ]
    say(told, as_json, "\n".join([*text, f"views stand at entry {reached}"]))


@app.command()
def publish(
    context: typer.Context,
    refresh: Annotated[
        bool,
        typer.Option("--refresh", help="Seal an epoch although nothing is new: dues pass, freshness grows."),
    ] = False,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="s3://BUCKET/PREFIX",
            help="Then make this bucket hold the same files; credentials come from the environment.",
        ),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Stay, and publish whenever entries are new or pages change with time."),
    ] = False,
    every: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="With --watch, how often to look.")
    ] = 5,
    as_json: Json = False,
) -> None:
    """Publish everything recorded so far: the log, the pages that changed, and last the checkpoint.

    A run that was killed is finished by the next one.

    Example: mingdan -C shop publish --watch --to s3://orders-example

    Buckets, their credentials, and web servers: docs/hosting.md.
    """
    bucket = None if to is None else bucket_in(to)
    if watch:
        if refresh:
            raise Misuse("a watch refreshes by itself", next_step="leave --refresh out")
        _watch(_folder(context), bucket, every, as_json)
        return
    workspace = _workspace(context)
    done, copy = _publish(workspace, bucket, refresh=refresh)
    text = plain.publication(done, workspace.site, asked=bool(workspace.trust().witnesses), copy=copy)
    say(_told_publication(done, copy), as_json, text)


@app.command()
def sweep(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what is owed and record nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Record what time has brought about: expiry, completion, reviews nobody made, lapses, answers, notices.

    Running it twice records nothing twice; after a pause it catches up, oldest first. `mingdan serve` does it
    every minute.
    """
    workspace = _workspace(context)
    if dry_run:
        engine = open_views(workspace.url("views"))
        owed = [each.claim for each in _sweeping(workspace, engine).owed()]
        engine.dispose()
        told = [msgspec.to_builtins(each) | {"kind": KIND_OF[type(each.event)]} for each in owed]
        say(told, as_json, "\n".join(f"{KIND_OF[type(each.event)]:20} {each.stream}" for each in owed))
        return
    with bar("sweeping") as progress:
        swept = _swept(workspace, progress)
    say(msgspec.to_builtins(swept), as_json, plain.swept(swept))


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
        as_of=instant(as_of),
        zone=workspace.settings.zone,
        by=by,
        instants=[instant(each) for each in at_ or ()],
    )
    engine.dispose()
    say(msgspec.to_builtins(told), as_json, plain.statistics(told))


@app.command()
def show(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="ORDER", help="A tracking handle, the source's own name, or a stream, such as party/shop."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Show an order: its public status, what that rests on, and every entry.

    A party, SKU, exception or policy likewise: mingdan show party/shop
    """
    told, lines = history(_workspace(context), name, now_ms())
    say(told, as_json, "\n".join(lines))


@app.command()
def queue(
    context: typer.Context,
    kind: Annotated[
        QueueKind | None,
        typer.Option(help="Only holds, disputes, appeals, nudges, orders that stand still, or exceptions."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List what waits for a person, most urgent first.

    Holds, disputes, appeals, nudges, orders that stand still (`stuck`), and exceptions that nobody acts on.

    Example: mingdan -C shop queue --kind hold
    """
    workspace, now = _workspace(context), now_ms()
    engine = open_views(workspace.url("views"))
    projecting.catch_up(workspace.store, engine)
    found = read_queue(engine, Terms(workspace.store, workspace.policies).of, as_of=now)
    engine.dispose()
    asked = [each for each in found if kind in (None, each.kind)]
    names = workspace.vault.orders_of(each.stream for each in asked)
    rules = workspace.settings.risk
    text = desk.lines(asked, rules, names, zone=_zone(workspace), now=now)
    say(desk.told(asked, rules, names), as_json, text)


@app.command()
def review(
    context: typer.Context,
    order: Annotated[str, typer.Argument(help="A tracking handle, a stream, or the source's own name.")],
    refuse: Annotated[bool, typer.Option("--refuse/--release", help="What was decided of its hold.")],
    reason: Annotated[str, typer.Option(help="Why, in words that the order's page shows.")],
    by: Annotated[str | None, typer.Option(help="Who decided; left out, the order's platform.")] = None,
    as_json: Json = False,
) -> None:
    """Record a person's review of a held order: release it, or refuse it and ask for the money back.

    Example: mingdan -C shop review shop-7 --release --reason "nothing found"
    """
    workspace = _workspace(context)
    stream = workspace.vault.find(order).stream
    entries = [parse(row.entry) for row in workspace.store.rows_of([stream])]
    said = reviewed(entries, "refuse" if refuse else "release", reason, by)
    receipts = record_batch(workspace.book(), claims_of(said, workspace.vault))
    text = "\n".join(plain.receipt(each, each.stream) for each in receipts)
    say(msgspec.to_builtins(receipts), as_json, text)


@app.command()
def verify(
    context: typer.Context,
    target: Annotated[
        str | None,
        typer.Argument(
            help="A saved page, a .tlog-proof, an evidence pack, a handle with --url, or a folder; "
            "left out, our own log."
        ),
    ] = None,
    key: Key = None,
    policy: Policy = None,
    url: Annotated[
        str | None, typer.Option(help="The site that a handle is looked up at, and asked for newer entries.")
    ] = None,
    fresh_within: Annotated[int, typer.Option(min=0, help="Seconds a checkpoint stays fresh.")] = 86_400,
    as_json: Json = False,
) -> None:
    """Verify an order's page, proof or evidence pack step by step, or every byte of a log, from files alone.

    What is proven are the entries it lists, not the words of a page by itself. A stale one is said so, and
    with --url an outdated one, with newer entries in the log as it is now; exit code 0 for either.

    By the keys of our own workspace, a log is compared with its ledger as well: what that lost or altered is
    named by its position. Where no ledger can be read, that is said.

    Every file of a pack is printed again from its proofs and compared; exit code 1 where one differs. Files
    in the words of another version of mingdan are listed as NOT COMPARED; exit code 4 where all else holds.

    Example: mingdan verify saved.html --key "orders.example.com/log+530d903a+AekyeRrm…"
    """
    trusted = _trusted(context, key, policy)
    if target is None or Path(target).is_dir():
        if url is not None:
            raise Misuse("a site is asked about one order", next_step="name it, or run `mingdan audit URL`")
        folder = _own(context, _SITE).published() / LOG if target is None else log_in(Path(target))
        ours = _settled(context) if key is None and policy is None else None
        _verify_log(folder, _only_log(trusted), ours, as_json)
        return
    _answer(_judged(target, trusted, url, fresh_within), as_json)


@app.command()
def audit(
    context: typer.Context,
    site: Annotated[str | None, typer.Argument(help="Folder or URL of a site; left out, our own.")] = None,
    key: Key = None,
    policy: Policy = None,
    state: Annotated[
        Path | None, typer.Option(help="A folder that keeps where this audit ends, so that the next goes on.")
    ] = None,
    cosign: Annotated[
        Path | None, typer.Option(help="Your auditor's key, made if missing: a statement is signed with it.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="The name of a key that is made; left out, the log's with /auditor.")
    ] = None,
    statement: Annotated[Path | None, typer.Option(help="Write the signed statement here, too.")] = None,
    files: Annotated[bool, typer.Option("--files", help="List every file that was read.")] = False,
    as_json: Json = False,
) -> None:
    """Recompute everything a site publishes from its files alone: log, map, figures, badges and pages.

    Exit code 1 with any finding. That a site is stale is none and ends with 0: `verify` says how old it is.

    Example: mingdan audit https://orders.example.com --key "$VKEY"
    """
    source, trusted = _source(context, site), _trusted(context, key, policy)
    auditor = None
    if cosign is None and (name or statement):
        raise Misuse("no statement without a key to sign it with", next_step="give --cosign with its file")
    if cosign is not None:  # a key that cannot be used is found out before the whole log is read
        auditor = key_at(cosign, name, f"{read_head(source, trusted).key.name}/auditor")
    with bars() as progress:
        told = audit_site(source, trusted, folder=state, progress=progress)
    signed = cosign_audit(told, auditor, trusted).decode() if auditor and told.clean else None
    vkey = str(auditor.key) if auditor and signed else None
    more = {"auditor": vkey, "statement": signed}
    say(msgspec.to_builtins(told) | more, as_json, plain.audit(told, files, signed, vkey))
    if statement and signed:
        _write(statement, signed.encode())
    if not told.clean:
        raise typer.Exit(1)


@app.command()
def serve(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    sweep_every: Sweeping = 60,
    intake: Taking = True,
    rate: Rate = 100,
    webhooks: Sending = 2,
    poll: Asking = 60,
    reload: Annotated[
        bool,
        typer.Option("--reload", help="While working on it: publish what changes, let browsers reload it."),
    ] = False,
) -> None:
    """Serve the published site, until interrupted; meanwhile record what time brings about (`sweep`).

    On PostgreSQL, where another process publishes, no site need be here, nor the log's key: docs/running.md.

    Facts are taken at /v1/events and /v1/orders from whoever has a key (`mingdan key new`): docs/intake.md.
    Each request there is told on standard output in one line of JSON. Where `intake` is set in mingdan.toml,
    what link holders send from an order's page is recorded.

    What is recorded is told to whoever listens (`mingdan webhook add`); /webhooks shows who hears nothing.
    Shops are asked for orders that are not over (`dock poll`).

    It listens on this machine only, unless --host says otherwise; put a server that speaks TLS before it.

    Example: mingdan -C shop serve --port 8000 --rate 200 >> requests.jsonl
    """
    folder = _folder(context)
    with ExitStack() as meanwhile:
        stage = _staged(folder, meanwhile) if reload else None
        workspace = _settled(context)
        _check_not_behind(workspace)
        site = _site_of(workspace, intake)
        before: list[BaseRoute] = [webhooks_route(workspace.vault, workspace.settings)]
        before += _heard(workspace, meanwhile, rate) if intake else []
        _work(folder, meanwhile, sweep_every, webhooks, poll)
        served = _served(site, stage, before)
        _listen(served, str(site or f"the intake of {workspace.settings.origin} (no site here)"), host, port)


@app.command()
def erase(
    context: typer.Context,
    order: Annotated[
        str | None, typer.Argument(help="A tracking handle, a stream, or the source's own name.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="buyer_request, retention_over, court_order or mistake.")
    ] = None,
    older_than: Annotated[
        int | None,
        typer.Option(metavar="DAYS", help="Instead of one order: all of which nothing was told for so long."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Erase an order's private words for ever; its proofs stay valid, its page becomes a tombstone.

    On schedule: mingdan -C shop erase --older-than 1095
    """
    workspace = _workspace(context)
    book = workspace.book()
    if (order is None) == (older_than is None):
        raise Misuse("nothing is named, or too much", next_step="name an order, or --older-than DAYS")
    if older_than is not None:
        with bar("erasing") as progress:
            streams = erase_lapsed(book, older_than, progress=progress)
        say({"erased": streams}, as_json, f"erased the words of {len(streams):,} orders")
        return
    if reason is None:
        raise Misuse("why is not said", next_step="give --reason: buyer_request, retention_over, …")
    known = workspace.vault.find(str(order))
    erase_orders(book, [known.stream], _erased(reason))
    told = {"stream": known.stream, "handle": known.handle, "reason": reason}
    say(told, as_json, f"erased {known.stream}\nnext: mingdan publish replaces its page")


@app.command()
def prove(
    context: typer.Context,
    order: Annotated[str, typer.Argument(help="A tracking handle, a stream, or the source's own name.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    fields: Annotated[
        list[str] | None, typer.Option("--open", help="A private field to show the words of; repeatable.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write an order's proof as published to a file that anyone can check offline.

    Example: mingdan -C shop prove shop-7 --open order_no -o shop-7.tlog-proof
    """
    workspace = _workspace(context)
    known = workspace.vault.find(order)
    prover = Prover.of_site(workspace)
    timeline = prover.order(workspace, known.stream, fields or ())
    content = print_proof(timeline)
    with environment("the proof cannot be written"):
        output.write_bytes(content)
    entries = len(timeline.entries)
    told = {"file": str(output), "bytes": len(content), "entries": entries, "size": prover.size}
    _report(told, as_json)


@app.command()
def evidence(
    context: typer.Context,
    order: Annotated[str, typer.Argument(help="A tracking handle, a stream, or the source's own name.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The zip to write.")],
    fields: Annotated[
        list[str] | None, typer.Option("--open", help="A private field to show the words of; repeatable.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write an order's evidence as published into one zip: what a buyer can hand to a regulator.

    The page, the proof, the terms, notices, parties, and how to check them offline, in Chinese and English.

    Example: mingdan -C shop evidence shop-7 --open order_no -o shop-7.zip
    """
    packed = pack_order(_workspace(context), order, fields or ())
    _write(output, packed.content)
    say(packed.told | {"file": str(output)}, as_json, plain.packed(packed, output))


@app.command()
def trust(context: typer.Context, as_json: Json = False) -> None:
    """Print the keys this site goes by, as a tlog-policy: its own, and the witnesses in trust.policy.

    To ask witnesses, write such a file as trust.policy: `witness NAME VKEY URL` for each, then the quorum.
    """
    policy = _settled(context).trust().print().decode()
    say({"policy": policy}, as_json, policy.rstrip("\n"))


witness_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Run a witness of other logs.")
app.add_typer(witness_app, name="witness")


@witness_app.command("init")
def witness_init(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="The witness's name, such as witness.example/w1.")],
    log: Annotated[list[str], typer.Option(help="The vkey of a log to follow; repeatable.")],
    as_json: Json = False,
) -> None:
    """Make a witness in the folder of -C: a key of its own, and the logs it follows.

    Example: mingdan -C w1 witness init --name witness.example/w1 --log "$(cat demo/site/log/vkey)"
    """
    policy = TrustPolicy(tuple(Log(VerifierKey.parse(vkey)) for vkey in log))
    made = create_witness(_folder(context), name=name, policy=policy)
    context.call_on_close(made.close)
    told = {"witness": name, "vkey": str(made.signer.key), "logs": sorted(made.trusted)}
    _report(told, as_json)


@witness_app.command("key")
def witness_key(context: typer.Context, as_json: Json = False) -> None:
    """Print the vkey that this witness cosigns with."""
    opened = open_witness(_folder(context))
    context.call_on_close(opened.close)
    vkey = str(opened.signer.key)
    say({"witness": opened.signer.name, "vkey": vkey}, as_json, vkey)


@witness_app.command("serve")
def witness_serve(context: typer.Context, host: Host = "127.0.0.1", port: Port = 8001) -> None:
    """Answer add-checkpoint requests (c2sp.org/tlog-witness), until interrupted."""
    opened = open_witness(_folder(context))
    context.call_on_close(opened.close)
    _listen(witness_application(opened), f"witness {opened.signer.name}", host, port)


key_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Say who may send facts over HTTP.")
app.add_typer(key_app, name="key")


@key_app.command("new")
def key_new(
    context: typer.Context,
    party: Annotated[str, typer.Argument(help="Whose key it is: the id of a party, as in `by`.")],
    kinds: Kinds = None,
    expires: Annotated[
        str | None, typer.Option(help="Until when: ISO 8601 with an offset. Left out, until it is revoked.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key with which a party may send facts to `mingdan serve`, and print it once.

    The workspace keeps its hash alone: a key that is lost is revoked, and another one made. From now on only
    the party's own keys place orders whose names begin with it, as `agent-east-7` does. Register your
    platform before you give keys to others: docs/intake.md.

    Example: mingdan -C shop key new agent-east --kinds hop --kinds activation --expires 2027-01-01T00:00:00Z
    """
    workspace = _workspace(context)
    over = None if expires is None else instant(expires)
    key, text = draw_key(party, kinds or (), now_ms(), over)
    KeyRing(workspace.vault).add(key)
    shown = f"{text}\nkey {key.id} of {party}: this is shown once; send it as `Authorization: Bearer …`"
    say(told_key(key) | {"key": text}, as_json, shown)


@key_app.command("list")
def key_list(context: typer.Context, as_json: Json = False) -> None:
    """List every key that ever was: its id, whose it is, what for, until when, and whether it is good.

    Example: mingdan -C shop key list
    """
    workspace, now = _workspace(context), now_ms()
    keys = KeyRing(workspace.vault).all()
    lines = [key_line(each, now, _zone(workspace)) for each in keys]
    say([told_key(each) for each in keys], as_json, "\n".join(lines))


@key_app.command("revoke")
def key_revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `key list` prints it.")],
    as_json: Json = False,
) -> None:
    """Let nobody speak with a key from now on; a server that runs refuses its next request.

    Example: mingdan -C shop key revoke k7f3q2ab
    """
    key = KeyRing(_workspace(context).vault).revoke(name, now_ms())
    say(told_key(key), as_json, f"revoked {key.id} of {key.party}")


webhook_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Tell parties what is recorded.")
app.add_typer(webhook_app, name="webhook")


@webhook_app.command("add")
def webhook_add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="Where it is sent: https, or plain HTTP to this machine.")],
    party: Annotated[str, typer.Option(help="Who is told, of what concerns it: the id of a party.")],
    kinds: Kinds = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Whether it may lie in a network of your own.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Tell a party of each new entry that concerns it, and print the secret that signs its notices, once.

    How a receiver checks what it is sent: docs/webhooks.md.

    Example: mingdan -C shop webhook add https://east.example.com/webhooks --party agent-east --kinds hop
    """
    workspace = _workspace(context)
    reached = workspace.store.max_notification_id() or 0
    made = draw_endpoint(url, party, kinds or (), now=now_ms(), reached=reached, private=allow_private)
    signer = key_at(workspace.folder / WEBHOOKS_KEY, None, workspace.settings.origin + WEBHOOKS_ROLE)
    AddressBook(workspace.vault).add(made)
    secret, key = printed_secret(made.secret), printed_key(signer)
    shown = f"{secret}\n{key}\nwebhook {made.id} of {party}: the first line is its secret, shown once"
    say(told_webhook(made, 0) | {"secret": secret, "key": key}, as_json, shown)


@webhook_app.command("list")
def webhook_list(context: typer.Context, as_json: Json = False) -> None:
    """List who is told, where, of what, how many notices wait, and since when one hears nothing.

    Example: mingdan -C shop webhook list
    """
    workspace = _workspace(context)
    known, waiting = AddressBook(workspace.vault).all(), Outbox(workspace.vault).waiting()
    told = [told_webhook(each, waiting.get(each.id, 0)) for each in known]
    lines = [webhook_line(each, waiting.get(each.id, 0), _zone(workspace)) for each in known]
    say(told, as_json, "\n".join(lines) or "nobody is told: mingdan webhook add URL --party ID")


@webhook_app.command("remove")
def webhook_remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="As `webhook list` prints it.")],
    as_json: Json = False,
) -> None:
    """Forget an endpoint, its secret, and what it was still to be told.

    Example: mingdan -C shop webhook remove whk7f3q2ab
    """
    gone = AddressBook(_workspace(context).vault).remove(name)
    say(told_webhook(gone, 0), as_json, f"removed {gone.id} of {gone.party}")


@webhook_app.command("test")
def webhook_test(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="As `webhook list` prints it.")],
    as_json: Json = False,
) -> None:
    """Send a test. An endpoint that had stopped and takes it is told from then on what it has missed.

    One that does not take it ends with exit code 1.

    Example: mingdan -C shop webhook test whk7f3q2ab
    """
    workspace = _workspace(context)
    endpoint = AddressBook(workspace.vault).find(name)
    answer = _courier(workspace).try_out(endpoint)
    taken = "taken" if answer.taken else "not taken"
    told = {"id": endpoint.id, "taken": answer.taken, "said": answer.said}
    say(told, as_json, f"{taken}: {answer.said}")
    if not answer.taken:
        raise typer.Exit(1)


@webhook_app.command("send")
def webhook_send(context: typer.Context, as_json: Json = False) -> None:
    """Send what is due, once; `mingdan serve` does it every two seconds.

    Example: mingdan -C shop webhook send
    """
    sent = _courier(_workspace(context)).run()
    told: dict[str, object] = msgspec.to_builtins(sent)
    say(told, as_json, "\n".join([f"{sent.taken} taken, {sent.refused} not", *stop_lines(sent)]))


receipt_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Check the log's own promises.")
app.add_typer(receipt_app, name="receipt")


@receipt_app.command("check")
def receipt_check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A receipt as `record --receipt` wrote it.")],
    site: Annotated[str | None, typer.Option(help="Folder or URL of the site; left out, our own.")] = None,
    key: Key = None,
    policy: Policy = None,
    receipts: Annotated[str | None, typer.Option(help="The receipts' vkey; left out, our own.")] = None,
    as_json: Json = False,
) -> None:
    """Say of each promise whether it was kept in time, kept late, is not yet due, overdue or broken.

    Late, overdue and broken ones end with exit code 1: keep the receipt and the checkpoint as evidence.
    With a policy that names witnesses, a log shown to nobody but you keeps no promise.
    """
    trusted = _trusted(context, key, policy)
    promised = VerifierKey.parse(receipts) if receipts else _own(context, _RECEIPTS).receipt_signer().key
    origin, promises = open_receipt(content_of(file), promised)
    found = outcomes_at(_source(context, site), trusted, origin, promises, now_ms())
    text = "\n".join(f"entry {each.index}: {each.verdict}" for each in found)
    say(msgspec.to_builtins(found), as_json, text)
    if not all(each.kept for each in found):
        raise typer.Exit(1)


@receipt_app.command("key")
def receipt_key(context: typer.Context, as_json: Json = False) -> None:
    """Print the vkey that this log signs its receipts with: whoever holds one checks it by this."""
    signer = _settled(context).receipt_signer()
    say({"receipts": signer.name, "vkey": str(signer.key)}, as_json, str(signer.key))


statement_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Check an auditor's word.")
app.add_typer(statement_app, name="statement")


@statement_app.command("check")
def statement_check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A statement as `audit --statement` wrote it.")],
    auditor: Annotated[str, typer.Option(help="The auditor's vkey, from the auditor.")],
    site: Annotated[
        str | None, typer.Option(help="Folder or URL of the site; left out, only the signature is checked.")
    ] = None,
    key: Key = None,
    policy: Policy = None,
    as_json: Json = False,
) -> None:
    """Say what an auditor replayed and found right; with --site, whether its log goes on from that.

    Example: mingdan statement check statement --auditor "$AUDITOR" --site site --key "$VKEY"
    """
    if site is None and (key or policy):
        raise Misuse(
            "a log's key is for the log of a site", next_step="give --site, or no --key and --policy"
        )
    asked = None if site is None else (source_of(site), _trusted(context, key, policy))
    told = check_attestation(content_of(file), VerifierKey.parse(auditor), asked)
    say(msgspec.to_builtins(told), as_json, plain.attested(told))


recipient_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Check whom goods are for.")
app.add_typer(recipient_app, name="recipient")


@recipient_app.command("check")
def recipient_check(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(help="The rule's id, as `mingdan recipient rules` lists it.")],
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Print in full what was probably meant; it is private.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say whether a recipient's words, read from standard input, are ok, suspect or invalid, and why.

    They are read there so that no shell keeps them. Suspect and invalid ones end with exit code 1.

    Example: mingdan recipient check cn-mobile < words
    """
    asked = rule_named(_rules(context), rule)
    found = check_words(asked, _words())
    told = msgspec.to_builtins(found) | {"says": msgspec.to_builtins(HINTS[found.hint].says)}
    if found.meant is not None and not reveal:
        told["meant"] = mask(found.meant, asked.names)
    say(told, as_json, plain.recipient(told))
    if found.result != "ok":
        raise typer.Exit(1)


@recipient_app.command("rules")
def recipient_rules(context: typer.Context, as_json: Json = False) -> None:
    """List the recipient rules: those of mingdan, and those in recipients/ of the workspace."""
    rules = _rules(context).values()
    told = [{"id": each.id, "name": msgspec.to_builtins(each.name), "fields": each.names} for each in rules]
    text = (f"{each.id:16}  {', '.join(each.names):30}  {each.name.en} {each.name.zh_cn}" for each in rules)
    say(told, as_json, "\n".join(map(plain.line, text)))


@recipient_app.command("echo")
def recipient_echo(
    context: typer.Context,
    order: Annotated[str, typer.Argument(help="A tracking handle, a stream, or the source's own name.")],
    as_json: Json = False,
) -> None:
    """Print an order's recipient masked, as the vault has it: for the buyer to confirm.

    Example: mingdan -C shop recipient echo shop-7
    """
    workspace = _workspace(context)
    known = workspace.vault.find(order)
    entries = [parse(row.entry) for row in workspace.store.rows_of([known.stream])]
    names = {name for rule in _rules(context).values() for name in rule.names}
    echo = mask(workspace.vault.recipient(known.stream, entries), names)
    say({"stream": known.stream, "echo": echo}, as_json, plain.line(echo))


dock_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Connections to upstream shops.")
app.add_typer(dock_app, name="dock")


@dock_app.command("check")
def dock_check(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="A dock's TOML file; left out, all of the workspace's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Read docks and print who speaks there, for whom, and what their protocols cannot say.

    Nothing is sent to a shop, and no secret is printed. docs/docking.md lists every key of the file.

    Example: mingdan -C shop dock check shop/docking/east.toml
    """
    docks = docks_in(_folder(context)).values() if file is None else [read_dock(file)]
    told = [told_dock(each) for each in docks]
    say(told, as_json, "\n".join([*map(plain.report, told), START_AGAIN]) if told else NO_DOCK)


@dock_app.command("poll")
def dock_poll(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="One dock; left out, all of them.")] = None,
    as_json: Json = False,
) -> None:
    """Ask shops what became of every order that is not over, and record what they answer.

    What was recorded before is not recorded again; an order in doubt is asked for, and never sent again.

    Example: mingdan -C shop dock poll east
    """
    folder = _folder(context)
    docks = docks_in(folder)
    chosen = docks.values() if name is None else [dock_named(docks, name)]
    with Clerk(folder) as clerk, httpx.Client() as client:
        told = [told_poll(each, Relay(clerk, each, client).poll()) for each in chosen]
    say(told, as_json, "\n".join(map(plain.report, told)) or NO_DOCK)


database_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The stores of a workspace.")
app.add_typer(database_app, name="database")


@database_app.command("migrate")
def database_migrate(context: typer.Context, as_json: Json = False) -> None:
    """Bring vault and views of an earlier version to the tables of this one; run it after every upgrade.

    The vault loses nothing; views are told anew from the log where they must be. What is of this version is
    left as it is. In PostgreSQL, tables that ledger and views lack are made; the owner of the tables runs it,
    and then `database grants`.
    """
    from mingdan.ledger.keeping.migration import carry_shelves, migrate  # noqa: PLC0415  # Alembic is slow to load
    from mingdan.projections.migration import migrate as migrate_views  # noqa: PLC0415  # likewise

    with closing(workspace_in(_folder(context))) as workspace, bar("telling the views") as progress:
        vault = migrate(workspace.vault.engine)
        if workspace.settings.database:
            workspace.store.create()
        carry_shelves(workspace.store)
        views = migrate_views(workspace.store, workspace.url("views"), progress=progress)
    told = {"before": vault[0], "after": vault[1], "views": msgspec.to_builtins(views)}
    anew = f", {views.told} entries told again" if views.before != views.after else ""
    say(told, as_json, f"{_steps('vault', *vault)}; {_steps('views', views.before, views.after)}{anew}")


@database_app.command("grants")
def database_grants(
    writer: Annotated[str | None, typer.Option(help="Who takes facts in: serve, record, sweep.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Who publishes; it reads no private word.")] = None,
    reader: Annotated[str | None, typer.Option(help="Who looks at ledger and views only.")] = None,
) -> None:
    """Print the SQL that gives PostgreSQL roles what their work needs, and takes all else from them.

    The owner of the tables runs it, again after each migration: docs/running.md.

    Example: mingdan database grants --writer shop_intake --publisher shop_press | psql shop
    """
    names: dict[Role, str | None] = {"writer": writer, "publisher": publisher, "reader": reader}
    named = {role: name for role, name in names.items() if name is not None}
    if not named:
        raise Misuse("no role is named", next_step="name one: --writer, --publisher or --reader")
    typer.echo("\n".join(grants(named)))


policy_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Promise policies, by versions.")
app.add_typer(policy_app, name="policy")


@policy_app.command("check")
def policy_check(
    file: Annotated[Path, typer.Argument(help="TOML: docs/policies.md explains every key.")],
    as_json: Json = False,
) -> None:
    """Read a policy file strictly and print its terms; nothing is recorded, and no workspace is needed."""
    proposal = read_terms(file)
    text = "\n".join([f"policy {proposal.policy}", *policy_text.terms_text(proposal.terms)])
    say(policy_text.told_proposal(proposal), as_json, text)


@policy_app.command("publish")
def policy_publish(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="TOML: docs/policies.md explains every key.")],
    by: Annotated[str, typer.Option(help="The party that publishes it.")] = OPERATOR,
    name: Annotated[str | None, typer.Option("--id", help="The policy's id; left out, the file's.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would come to, and record nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Record the next version of a promise policy; orders placed before it holds keep theirs.

    Publishing the newest version once more records nothing.

    Example: mingdan -C shop policy publish docs/policy.toml --by shop
    """
    workspace = _workspace(context)
    proposal = read_terms(file).under(name)
    if dry_run:
        outcome = try_out(workspace.store, proposal, by, now_ms())
    else:
        outcome = publish_terms(workspace.book(), proposal, by)
    text = policy_text.outcome_text(outcome, _zone(workspace))
    say(policy_text.told_outcome(outcome), as_json, text)


@policy_app.command("show")
def policy_show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="The policy's id.")],
    number: Annotated[int | None, typer.Option("--version", help="Left out, the newest.")] = None,
    as_json: Json = False,
) -> None:
    """Print a version of a policy: its terms and text, since when it holds, and the entry it rests on."""
    workspace, now = _workspace(context), now_ms()
    promise = promise_in(workspace.store, name)
    edition = edition_of(promise, number)
    text = policy_text.edition_text(name, promise, edition, now, _zone(workspace))
    say(policy_text.told_edition(name, promise, edition, now), as_json, text)


@policy_app.command("diff")
def policy_diff(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="The policy's id.")],
    before: Annotated[int | None, typer.Argument(metavar="N", help="Left out, the newest but one.")] = None,
    after: Annotated[int | None, typer.Argument(metavar="M", help="Left out, the newest.")] = None,
    as_json: Json = False,
) -> None:
    """Print what a version changes against another: every term, and the text line by line.

    Example: mingdan -C shop policy diff default 1 2
    """
    promise = promise_in(_workspace(context).store, name)
    to = edition_of(promise, after).terms
    was = edition_of(promise, to.version - 1 if before is None else before).terms
    lines = [f"policy {name}, version {was.version} to {to.version}", *policy_text.changes_text(was, to)]
    say({"policy": name} | policy_text.told_changes(was, to), as_json, "\n".join(lines))


def main() -> None:
    """Runs the command; every error of ours becomes a sentence, its evidence, and an exit code."""
    try:
        app()
    except MingdanError as error:
        fail(error, "--json" in sys.argv)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has enough
        sys.exit(0)
    except OSError as error:
        fail(Unavailable(f"{error.strerror}", path=error.filename), "--json" in sys.argv)


def _publish(
    workspace: Workspace, bucket: Bucket | None, *, refresh: bool
) -> tuple[Published, Mirrored | None]:
    with bars() as progress:
        done = publish_site(workspace, refresh=refresh, progress=progress)
        return done, None if bucket is None else mirror(workspace, bucket, progress=progress)


def _watch(folder: Path, bucket: Bucket | None, every: float, as_json: bool) -> None:
    """Publishes until told to end; what another writer or the machine hinders is tried again."""

    def publish_once(workspace: Workspace, why: str) -> Published:
        done, copy = _publish(workspace, bucket, refresh=why == "time")
        if done.changed or (copy and copy.uploaded + copy.removed):
            line = plain.publication_line(done, why, copy, _zone(workspace))
            say(_told_publication(done, copy) | {"why": why}, as_json, line)
            sys.stdout.flush()
        return done

    with until_told() as over:
        repeat(Watch(folder, publish_once).look, every, errors.print, over, fatal=(Broken, Malformed))


def _publish_apart(folder: Path) -> None:
    """Publishes in a process of its own, which reads code, templates and texts anew."""
    command = [sys.executable, "-c", "from mingdan.cli import main; main()", "-C", str(folder), "publish"]
    if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode:  # noqa: S603  # ourselves
        raise Unavailable("the site was not published again", next_step="mend what is said above")


def _verify_log(folder: Path, key: VerifierKey, ours: Workspace | None, as_json: bool) -> None:
    """Verifies a log, and compares our own ledger with it. Raises Broken."""
    found, ledger = _verified(folder, key, ours)
    told = {} if ledger is None else {"ledger": _told_accord(ledger)}
    say(msgspec.to_builtins(found) | told, as_json, plain.verified(found) + plain.accord(ledger))


def _verified(folder: Path, key: VerifierKey, ours: Workspace | None) -> tuple[Verified, Accord | str | None]:
    """What a log is, and how our ledger stands to it, or why it was not asked. Raises Broken."""
    why = None if ours is None else unread(ours)
    with bar("verifying") as progress:
        if ours is None or why is not None:
            return verify_log(folder, key, progress=progress), why
        compared = Comparison(ours.store)
        found = verify_log(folder, key, progress=progress, read=compared.take)
        return found, compared.accord(found.size)


def _told_accord(ledger: Accord | str) -> dict[str, object]:
    if isinstance(ledger, str):
        return {"compared": False, "because": ledger}
    return {"compared": True, "waiting": ledger.waiting, **msgspec.to_builtins(ledger)}


def _check_not_behind(workspace: Workspace) -> None:
    """Raises StoreConflict where the site is ahead; a ledger that does not answer yet is only said."""
    try:
        if unread(workspace) is None:
            check_not_behind(workspace)
    except StoreConflict:
        raise
    except Unavailable as error:
        errors.print(plain.line(str(error)))


def _told_publication(done: Published, copy: Mirrored | None) -> dict[str, object]:
    told: dict[str, object] = msgspec.to_builtins(done)
    return told | ({} if copy is None else {"bucket": msgspec.to_builtins(copy)})


def _swept(workspace: Workspace, progress: projecting.Progress = lambda _done, _all: None) -> Swept:
    engine = open_views(workspace.url("views"))
    try:
        return _sweeping(workspace, engine, progress).run()
    finally:
        engine.dispose()


def _staged(folder: Path, meanwhile: ExitStack) -> Stage:
    """Publishes first, and from then on whenever something changed."""
    _publish_apart(folder)
    stage = Stage(folder, lambda: unpublished(folder), lambda: _publish_apart(folder), now_ms())
    meanwhile.enter_context(Rounds(stage.look, 0.5, errors.print))
    return stage


def _site_of(workspace: Workspace, intake: bool) -> Path | None:
    """The site to serve; none where only the intake is here. Raises Misuse where there would be nothing."""
    if intake and workspace.settings.database and not workspace.is_published:
        return None
    return workspace.published()


def _served(site: Path | None, stage: Stage | None, before: Sequence[BaseRoute]) -> Starlette:
    """The site and what is answered before it, or that alone."""
    if site is None or stage is None:
        return serving(None if site is None else Site(site), *before)
    return rehearsing(Rehearsal(site), stage, *before)


def _steps(store: str, before: str | None, after: str | None) -> str:
    """What migrating a store came to."""
    done = "nothing was changed" if before == after else f"before it {before or 'none'}"
    return f"{store} at step {after}, {done}"


def _make_tables(workspace: Workspace) -> None:
    """Makes the tables that ledger and views lack in PostgreSQL, where who works with them makes none."""
    if workspace.settings.database:
        workspace.store.create()
        open_views(workspace.url("views")).dispose()


def _heard(workspace: Workspace, meanwhile: ExitStack, rate: int) -> list[BaseRoute]:
    """Where keys are heard, and link holders if pages send anything; nobody where nothing can be recorded."""
    from mingdan.ledger.gate.application import gate  # noqa: PLC0415  # likewise

    folder, settings = workspace.folder, workspace.settings
    if not settings.database and not all(os.access(each, os.W_OK) for each in (folder, folder / "ledger.db")):
        errors.print("the ledger cannot be written here: nothing that is sent is taken")
        return []
    clerk = meanwhile.enter_context(Clerk(folder))
    root, languages = f"https://{settings.origin.removesuffix('/log')}/", settings.languages
    taken = gate(
        clerk,
        workspace,
        page_of=lambda handle: root + path_of_order(handle, languages[0], languages),
        reached={"views": lambda: _reached(workspace), "webhooks": lambda: _told_up_to(workspace)},
        rate=rate,
        write=_tell,
    )
    called_back = dock_routes(clerk, docks_in(folder))
    return [taken, *called_back, *([heard(clerk, settings)] if settings.intake else []), taken.rest]


def _reached(workspace: Workspace) -> int:
    """How many entries the views have taken in."""
    engine = open_views(workspace.url("views"))
    try:
        return projecting.position(engine)
    finally:
        engine.dispose()


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _listen(served: Starlette, what: str, host: str, port: int) -> None:
    from mingdan.ledger.gate.listening import listen  # noqa: PLC0415  # a server is loaded only to serve

    listen(served, what, host, port, errors.print)


def _courier(workspace: Workspace) -> Courier:
    return Courier(
        workspace.store,
        workspace.vault,
        lambda: read_key(workspace.folder / WEBHOOKS_KEY),
        lambda: _skus(workspace),
    )


def _skus(workspace: Workspace) -> Mapping[str, Sku]:
    """The SKUs as all that is recorded has them."""
    engine = open_views(workspace.url("views"))
    try:
        projecting.catch_up(workspace.store, engine)
        return read_register(engine).skus
    finally:
        engine.dispose()


def _sent_in(folder: Path) -> None:
    """One round of sending beside a server; it says which endpoints stopped."""
    with using_workspace(folder) as workspace:
        for line in stop_lines(_courier(workspace).run()):
            errors.print(line)


def _work(folder: Path, meanwhile: ExitStack, sweep: int, webhooks: int, poll: int) -> None:
    """Begins what is done beside a server every so many seconds; 0 is never."""
    asked = partial(_polled_in, (over := Event()).is_set)
    for work, seconds in ((_swept_in, sweep), (_sent_in, webhooks), (asked, poll)):
        if seconds:
            meanwhile.enter_context(Rounds(partial(work, folder), seconds, errors.print))
    meanwhile.callback(over.set)  # before the rounds are waited for: a silent shop keeps up no end


def _polled_in(over: Callable[[], bool], folder: Path) -> None:
    """One round of asking shops beside a server, until it is over; it says what was refused."""
    if docks := docks_in(folder):
        with Clerk(folder) as clerk, httpx.Client() as client:
            for dock in docks.values():
                for refused in filter(None, (each.refused for each in Relay(clerk, dock, client).poll(over))):
                    errors.print(plain.line(f"dock {dock.name}: {refused}"))


def _told_up_to(workspace: Workspace) -> int:
    """How many entries everybody was told who listens."""
    reached = Outbox(workspace.vault).reached()
    return (workspace.store.max_notification_id() or 0) if reached is None else reached


def _swept_in(folder: Path) -> None:
    """One round of sweeping beside a server: the stores are opened for it and closed again."""
    with using_workspace(folder) as workspace:
        _swept(workspace)


def _sweeping(
    workspace: Workspace, engine: Engine, progress: projecting.Progress = lambda _done, _all: None
) -> Sweep:
    return Sweep(
        workspace.book(),
        engine,
        workspace.policies,
        risk=workspace.settings.risk,
        recipients=rules_in(workspace.folder / FOLDER),
        progress=progress,
    )


def _folder(context: typer.Context) -> Path:
    folder: Path = context.obj
    return folder


def _workspace(context: typer.Context) -> Workspace:
    return context.with_resource(using_workspace(_folder(context)))


def _zone(workspace: Workspace) -> ZoneInfo:
    return ZoneInfo(workspace.settings.zone)


def _settled(context: typer.Context) -> Workspace:
    """The workspace for those who need no store of it, on a read-only disk as well."""
    return context.with_resource(closing(workspace_in(_folder(context))))


def _own(context: typer.Context, question: tuple[str, str]) -> Workspace:
    """The workspace that answers for what was left out. Raises Misuse where there is none: then give it."""
    if not (_folder(context) / SETTINGS).exists():
        raise Misuse(question[0], next_step=question[1])
    return _settled(context)


def _source(context: typer.Context, site: str | None) -> Source:
    return source_of(site or str(_own(context, _SITE).published()))


def _rules(context: typer.Context) -> Mapping[str, Rule]:
    return rules_in(_folder(context) / FOLDER)


def _words() -> str:
    """What standard input holds, without the end of its last line."""
    try:
        return sys.stdin.buffer.read().decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise Misuse("these words are not UTF-8", next_step="give them in UTF-8") from error


def _judged(target: str, trusted: TrustPolicy, url: str | None, fresh_within: int) -> Verdict:
    """The verdict on an order in a pack, a page or a proof."""
    source, file = None if url is None else source_of(url), Path(target)
    if is_pack(file):
        return judge_pack(pack_at(file), trusted, source, now=now_ms(), fresh_within=fresh_within)
    return judge(timeline_of(target, url), trusted, source, now=now_ms(), fresh_within=fresh_within)


def _answer(judged: Verdict, as_json: bool) -> None:
    """Says the verdict, and leaves with what it comes to."""
    error = judged.error
    say(judged.told | {"error": error and document(error)}, as_json, plain.verdict(judged))
    if error is not None:
        raise typer.Exit(error.exit_code) if as_json else error
    if judged.uncompared:
        raise typer.Exit(IN_PART)


def _input(file: Path | None) -> Iterable[bytes]:
    if file is None or str(file) == "-":
        return sys.stdin.buffer
    return content_of(file).splitlines()


def _erased(reason: str) -> Erased:
    try:
        return msgspec.convert({"reason": reason}, Erased)
    except msgspec.ValidationError as error:
        raise Misuse(
            "no such reason",
            next_step="give buyer_request, retention_over, court_order or mistake",
            got=reason,
        ) from error


def _write(file: Path, content: bytes) -> None:
    with environment("the file cannot be written"):
        file.write_bytes(content)


def _trusted(context: typer.Context, key: str | None, policy: Path | None) -> TrustPolicy:
    """The keys to believe: a policy, a log's key, or those of the workspace."""
    if policy is not None and key is not None:
        raise Misuse("a policy names the log's key itself", next_step="give either --key or --policy")
    if policy is not None:
        return TrustPolicy.parse(content_of(policy), policy)
    if key is not None:
        return TrustPolicy((Log(VerifierKey.parse(key)),))
    return _own(context, _TRUST).trust()


def _only_log(policy: TrustPolicy) -> VerifierKey:
    if len(policy.logs) != 1:
        raise Misuse("a folder holds one log", next_step="give its --key", logs=len(policy.logs))
    return policy.logs[0].key


def _report(told: Mapping[str, object], as_json: bool) -> None:
    say(told, as_json, plain.report(told))


_TRUST = (
    "whom do you trust?",
    "give --key with the log's vkey from somewhere other than the site, or --policy",
)
_SITE = ("which site?", "name its folder or its URL, or a workspace with -C")
_RECEIPTS = (
    "by which key was it promised?",
    "give --receipts with the vkey that `mingdan receipt key` prints where the log is kept",
)
