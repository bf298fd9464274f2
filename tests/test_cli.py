"""The command as people and machines use it: what it prints, refuses, and exits with."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from .command import INSTALLED, MINGDAN

ROOT = Path(__file__).parent.parent
COMMANDS = (
    "init", "simulate", "record", "import", "catch-up", "rebuild",
    "publish", "stats", "show", "prove", "evidence", "verify", "audit", "trust", "serve", "erase",
    "witness", "receipt", "statement", "recipient", "dock", "queue", "review", "policy", "sweep", "sign",
    "webhook",
)  # fmt: skip
# Root, who may write anyway, as one who may not.
UNPRIVILEGED = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


def mingdan(
    folder: Path, *arguments: object, stdin: str | bytes = "", under: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*under, INSTALLED if under else MINGDAN, "-C", folder, *map(str, arguments)],
        check=False,
        capture_output=True,
        input=stdin if isinstance(stdin, bytes) else stdin.encode(),
        timeout=120,
        cwd=ROOT,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def shop(tmp_path) -> Path:
    folder = tmp_path / "shop"
    assert mingdan(folder, "init", "--origin", "orders.example.com/log").returncode == 0
    return folder


@pytest.fixture
def first_order(shop) -> Path:
    assert mingdan(shop, "record", ROOT / "docs" / "first-order.jsonl").returncode == 0
    return shop


def stored(folder: Path) -> bytes:
    """Everything a refused command must leave as it was: the rows, whatever the journal holds."""
    rows = []
    for store, table in (("ledger", "entries"), ("vault", "words"), ("vault", "orders")):
        with contextlib.closing(sqlite3.connect(folder / f"{store}.db")) as database:
            rows.append(database.execute(f"SELECT * FROM {table}").fetchall())
    return repr(rows).encode()


def test_every_command_has_help_that_begins_with_a_sentence():
    listed = mingdan(ROOT, "--help").stdout
    for command in COMMANDS:
        text = mingdan(ROOT, command, "--help")

        assert command in listed
        assert text.returncode == 0
        assert re.search(r"\n\s+[A-Z][^\n]+[.:]\n?", text.stdout), command


def test_help_names_every_exit_code():
    told = " ".join(mingdan(ROOT, "--help").stdout.split())

    assert "0 ok, 1 the answer is no, 2 misuse, 3 the machine says no, 4 not all was compared" in told


def test_the_readme_commands_for_a_platform_run(tmp_path):
    told = (ROOT / "README.md").read_text("utf-8")
    commands = [shlex.split(line) for line in re.findall(r"^\$ mingdan -C shop (.+)$", told, re.MULTILINE)]

    assert [command[0] for command in commands] == [
        "init", "record", "show", "publish", "receipt", "prove", "evidence", "audit", "sweep", "stats",
        "erase",
    ]  # fmt: skip
    for command in commands:
        told = [part.replace("shop/", f"{tmp_path}/shop/") for part in command]
        done = mingdan(tmp_path / "shop", *told)
        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout


def test_every_file_the_readme_points_to_exists():
    told = (ROOT / "README.md").read_text("utf-8")

    for path in re.findall(r"\]\(([^)#:]+)\)|`(docs/[\w./-]+)`", told):
        assert (ROOT / "".join(path)).exists(), path


def test_figures_come_as_json_for_machines(first_order):
    for command in (["stats"], ["show", "shop-7"], ["catch-up"], ["rebuild"], ["publish"], ["verify"]):
        done = mingdan(first_order, *command, "--json")

        assert done.returncode == 0, done.stderr
        assert isinstance(json.loads(done.stdout), dict), command


def test_recording_again_gives_the_same_receipts_and_records_nothing(first_order):
    again = mingdan(first_order, "record", ROOT / "docs" / "first-order.jsonl", "--json")

    receipts = json.loads(again.stdout)
    assert [receipt["position"] for receipt in receipts] == [1, 2, 3, 4, 5, 6, 7]
    assert all(receipt["duplicate"] for receipt in receipts)


def fact(kind: str, data: dict[str, object] | None = None, **more: object) -> str:
    return json.dumps({"kind": kind, "order": "shop-7", "by": "shop", "data": data or {}} | more)


NOTE = {"label": "x"}

BAD = {
    "unknown kind": (fact("order.teleported"), "UnknownKind", 2),
    "extra field": (fact("order.expired", {"x": 1}), "MalformedEntry", 2),
    "missing field": (fact("order.noted"), "MalformedEntry", 2),
    "float": (fact("order.paid", {"amount": 1.5}), "MalformedEntry", 2),
    "integer beyond 2^53": (
        fact("promise.compensated", {"amount": 2**53 + 1, "rule": "r"}),
        "MalformedEntry",
        2,
    ),
    "far in the future": (fact("order.noted", NOTE, at=9_999_999_999_999), "TimeRefused", 1),
    "before the order": (fact("order.noted", NOTE, at=1), "TimeRefused", 1),
    "illegal transition": (fact("order.paid", {"amount": 1}), "IllegalTransition", 1),
    "same key, other bytes": (fact("order.paid", {"amount": 2}, id="paid-7"), "KeyReused", 1),
    "unknown order": (fact("order.expired", order="nobody"), "NotFound", 1),
    "erasure that erases nothing": (fact("order.erased", {"reason": "mistake"}), "MalformedEntry", 2),
    "name said twice": (
        '{"by": "shop", "by": "evil", "kind": "order.expired", "order": "shop-7"}',
        "MalformedEntry",
        2,
    ),
    "unseen characters": (fact("order.noted", {"label": "x\u202e"}), "MalformedEntry", 2),
    "torn line": ('{"kind": "order.expired", "order": ', "MalformedEntry", 2),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_a_named_error_with_evidence_and_changes_nothing(case, first_order):
    line, name, code = BAD[case]
    good = fact("order.noted", NOTE)
    before = stored(first_order)

    done = mingdan(first_order, "record", "--json", stdin=f"{good}\n{line}\n")

    told = json.loads(done.stderr)
    assert (told["error"], done.returncode) == (name, code)
    assert told["evidence"]["line"] == "2"
    assert done.stdout == ""
    assert stored(first_order) == before


def test_what_was_handed_in_is_repeated_in_one_harmless_line(first_order):
    done = mingdan(
        first_order, "record", stdin="\n\n" + fact("order.paid", {"amount": 2}, id="paid-7\x1b[2J")
    )
    again = mingdan(first_order, "record", stdin="\n\n" + fact("order.paid", {"amount": 2}, id="paid-7"))

    assert (done.returncode, again.returncode) == (1, 1)
    assert "\x1b" not in done.stderr
    assert "  line: 3\n" in again.stderr
    assert "  key: shop\\npaid-7\n" in again.stderr


def test_broken_utf_8_is_a_named_error(first_order):
    done = mingdan(first_order, "record", stdin=b'{"kind": "order.expired", "order": "\xff", "by": "shop"}\n')

    assert done.returncode == 2
    assert "line: 1" in done.stderr


def test_an_entry_over_65535_bytes_is_refused(first_order):
    asked = mingdan(first_order, "record", "--json", stdin=fact("care.nudged", {"nudge": "n1"}, by="buyer"))
    leaf = json.loads(asked.stdout)[0]["leaf"]
    data = {"cause": "c", "entries": [leaf] * 1000, "holder": "shop", "nudge": "n1", "stage": "stock"}

    done = mingdan(first_order, "record", stdin=fact("care.located", data))

    assert done.returncode == 2
    assert "65,535" in done.stderr


MARKET = [
    {"kind": "party.registered", "party": "shop", "data": {"name": "Shop", "role": "platform"}},
    {"kind": "sku.listed", "sku": "music", "data": {"form": "card", "name": "Music, a month",
     "platform": "shop", "stock_mode": "counted"}},
    {"kind": "sku.stocked", "sku": "music", "data": {"as_of": 1, "qty": 1, "ttl": 2**52}},
]  # fmt: skip
TERMS = {"amount": 1000, "currency": "CNY", "merchant": "m", "platform": "shop", "qty": 1, "sku": "music"}


def test_the_market_is_recorded_shown_and_guards_what_is_taken_in(shop, tmp_path):
    place = [fact("order.placed", TERMS, order=name) for name in ("first", "second")]
    told = tmp_path / "market.jsonl"
    told.write_text("\n".join([*(json.dumps(each | {"by": "shop"}) for each in MARKET), place[0]]))

    recorded = mingdan(shop, "record", told, "--json")
    told.write_text(place[1])
    refused = mingdan(shop, "record", told, "--json")
    shown = mingdan(shop, "show", "sku/music", "--json")

    streams = [receipt["stream"] for receipt in json.loads(recorded.stdout)]
    assert streams[:3] == ["party/shop", "sku/music", "sku/music"]
    assert json.loads(refused.stderr)["error"] == "IntakeRefused"
    assert json.loads(shown.stdout)["state"]["refused"] == 1
    assert [entry["kind"] for entry in json.loads(shown.stdout)["entries"]][-1] == "sku.intake_refused"
    for command in (["show", "party/shop"], ["publish"], ["verify"], ["audit"], ["rebuild"]):
        assert mingdan(shop, *command).returncode == 0, command


@pytest.mark.parametrize(
    "named", [{}, {"order": "shop-7", "party": "shop"}, {"sku": "music", "party": "shop"}], ids=str
)
def test_a_statement_is_told_of_one_thing(shop, tmp_path, named):
    told = tmp_path / "facts.jsonl"
    told.write_text(json.dumps({"kind": "order.paid", "by": "shop", "data": {}} | named))

    refused = mingdan(shop, "record", told)

    assert refused.returncode == 2
    assert "line: 1" in refused.stderr


def test_a_folder_that_is_no_workspace_says_how_to_make_one(tmp_path):
    done = mingdan(tmp_path, "publish")

    assert done.returncode == 3
    assert "next: make one with" in done.stderr


def test_a_workspace_of_another_version_is_refused(shop):
    settings = shop / "mingdan.toml"
    settings.write_text(settings.read_text().replace("version = 4", "version = 99"))

    done = mingdan(shop, "stats")

    assert done.returncode == 3
    assert "got: 99" in done.stderr


def test_no_receipt_no_record(shop, tmp_path):
    before = stored(shop)

    done = mingdan(
        shop, "record", ROOT / "docs" / "first-order.jsonl", "--receipt", tmp_path / "no" / "where"
    )

    assert done.returncode == 3
    assert stored(shop) == before


def test_a_workspace_of_another_version_is_not_asked_whom_it_trusts(shop):
    settings = shop / "mingdan.toml"
    settings.write_text(settings.read_text().replace("version = 4", "version = 99"))

    assert mingdan(shop, "verify").returncode == 3


@pytest.mark.parametrize("damage", ["garbage", "another shape"])
def test_damaged_views_are_named_and_rebuilt(first_order, damage):
    assert mingdan(first_order, "publish").returncode == 0
    views = first_order / "views.db"
    if damage == "garbage":
        views.write_bytes(b"this is no database" * 1000)
    else:
        with contextlib.closing(sqlite3.connect(views)) as database:
            database.executescript("ALTER TABLE delays DROP COLUMN promised; DELETE FROM progress")

    done = mingdan(first_order, "stats")
    assert done.returncode == 3
    assert "rebuild" in done.stderr + done.stdout or damage != "garbage"
    assert "Traceback" not in done.stderr
    assert mingdan(first_order, "rebuild").returncode == 0
    assert mingdan(first_order, "stats").returncode == 0
    assert mingdan(first_order, "publish").returncode == 0


def test_views_of_another_version_are_named_and_migrated(first_order):
    head = json.loads(mingdan(first_order, "catch-up", "--json").stdout)["position"]
    with contextlib.closing(sqlite3.connect(first_order / "views.db")) as database:
        database.executescript("DROP TABLE alembic_version; ALTER TABLE delays DROP COLUMN promised")

    refused = mingdan(first_order, "stats")
    done = mingdan(first_order, "database", "migrate")

    assert (refused.returncode, "`mingdan database migrate`" in refused.stderr) == (3, True)
    assert done.stdout == (
        "vault at step 0004, nothing was changed; views at step 0001, before it none, "
        f"{head} entries told again\n"
    )
    assert mingdan(first_order, "stats").returncode == 0


def test_views_that_another_writes_are_opened_where_nothing_is_new(first_order):
    mingdan(first_order, "catch-up")
    with contextlib.closing(sqlite3.connect(first_order / "views.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        done = mingdan(first_order, "catch-up")
        database.execute("ROLLBACK")

    assert (done.returncode, done.stderr) == (0, "")


def test_a_damaged_checkpoint_of_our_own_is_named_with_what_to_do(first_order):
    mingdan(first_order, "publish")
    (first_order / "site" / "log" / "checkpoint").write_bytes(b"")

    done = mingdan(first_order, "publish")

    assert done.returncode == 1
    assert "delete the site folder" in done.stderr


def test_misuse_exits_with_two(shop):
    assert mingdan(shop, "stats", "--as-of", "yesterday").returncode == 2
    assert mingdan(shop, "stats", "--nonsense").returncode == 2
    assert mingdan(shop, "serve").returncode == 2
    assert mingdan(shop, "init", "--origin", "https://no.example").returncode == 2


def test_the_key_is_private_and_never_printed(shop):
    key = shop / "keys" / "log.key"
    secret = key.read_text().strip()

    assert key.stat().st_mode & 0o777 == 0o600
    assert (shop / "vault.db").stat().st_mode & 0o077 == 0
    for command in (["publish"], ["verify"], ["stats"]):
        done = mingdan(shop, *command)
        assert secret not in done.stdout + done.stderr


def test_before_the_first_publication_every_reader_of_the_site_says_what_to_do(first_order, tmp_path):
    mingdan(first_order, "record", ROOT / "docs" / "first-order.jsonl", "--receipt", tmp_path / "receipt")
    readers = (
        ["verify"], ["audit"], ["prove", "shop-7", "-o", tmp_path / "x"], ["serve"],
        ["receipt", "check", tmp_path / "receipt"],
    )  # fmt: skip
    for command in readers:
        done = mingdan(first_order, *command)

        assert done.returncode == 2, command
        assert done.stderr.startswith("mingdan: there is no site here yet\n"), command
        assert "next: run `mingdan publish` first" in done.stderr, command


def test_a_workspace_that_may_not_be_written_is_read_where_no_store_is_needed(first_order, tmp_path):
    mingdan(first_order, "record", ROOT / "docs" / "first-order.jsonl", "--receipt", tmp_path / "receipt")
    mingdan(first_order, "publish")
    everything = [first_order, *first_order.rglob("*")]
    for path in everything:
        path.chmod(path.stat().st_mode & ~0o222)

    for command in (
        ["verify"],
        ["audit"],
        ["trust"],
        ["receipt", "key"],
        ["receipt", "check", tmp_path / "receipt"],
    ):
        done = mingdan(first_order, *command, under=UNPRIVILEGED)
        assert done.returncode == 0, (command, done.stderr)
    for command in (["show", "shop-7"], ["prove", "shop-7", "-o", tmp_path / "x"], ["stats"]):
        done = mingdan(first_order, *command, under=UNPRIVILEGED)
        assert done.returncode == 3, command
        assert "may be read-only: make it writable" in done.stderr
        assert f"workspace: {first_order}" in done.stderr
    for path in everything:
        path.chmod(path.stat().st_mode | 0o200)


def test_a_disk_without_space_is_named_with_its_place_and_nothing_is_recorded(first_order):
    before = stored(first_order)
    most = (first_order / "vault.db").stat().st_size  # no file grows beyond it: what a full disk comes to
    full = ("prlimit", f"--fsize={most}")

    done = mingdan(
        first_order,
        "record",
        stdin="".join(fact("order.noted", {"label": f"{i}"}) + "\n" for i in range(900)),
        under=full,
    )

    assert done.returncode == 3
    assert "space" in done.stderr.partition("next: ")[2]
    assert f"workspace: {first_order}" in done.stderr
    assert stored(first_order) == before


def test_an_altered_log_is_the_answer_no(first_order):
    assert mingdan(first_order, "publish").returncode == 0
    bundle = first_order / "site" / "log" / "tile" / "entries" / "000.p" / "8"
    content = bytearray(bundle.read_bytes())
    content[100] ^= 1
    bundle.write_bytes(content)

    done = mingdan(first_order, "verify")

    assert done.returncode == 1
    assert "tile/entries/000.p/8" in done.stderr


def test_an_outsider_verifies_with_the_key_alone(first_order, tmp_path):
    mingdan(first_order, "publish")
    log = first_order / "site" / "log"

    done = mingdan(tmp_path, "verify", log, "--key", (log / "vkey").read_text().strip())

    whole = mingdan(tmp_path, "verify", log.parent, "--key", (log / "vkey").read_text().strip())

    assert done.returncode == 0
    assert "verified 8 entries" in done.stdout
    assert whole.stdout == done.stdout


def test_erasing_leaves_a_tombstone_and_a_log_that_verifies(first_order):
    handle = json.loads(mingdan(first_order, "show", "shop-7", "--json").stdout)["handle"]
    mingdan(first_order, "publish")

    assert mingdan(first_order, "erase", "shop-7", "--reason", "buyer_request").returncode == 0
    assert mingdan(first_order, "erase", handle, "--reason", "buyer_request").returncode == 0
    assert mingdan(first_order, "publish").returncode == 0

    page = (first_order / "site" / "o" / handle[:2] / f"{handle}.html").read_text("utf-8")
    assert mingdan(first_order, "verify").returncode == 0
    assert "night-market" not in page
    assert b"player-7" not in b"".join(path.read_bytes() for path in first_order.glob("vault.db*"))


def test_the_site_is_served_with_the_headers_its_files_need(first_order):
    mingdan(first_order, "publish")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [MINGDAN, "-C", first_order, "serve", "--port", str(port)], stderr=subprocess.PIPE, env=os.environ
    )
    try:
        checkpoint = fetch(port, "/log/checkpoint")
        bundle = fetch(port, "/log/tile/entries/000.p/8")
        page = fetch(port, "/")
        missing = fetch(port, "/o/no/such.html")
    finally:
        server.terminate()
        server.wait(10)
        server.stderr.close()

    assert checkpoint[0] == bundle[0] == page[0] == 200
    assert checkpoint[1]["Content-Type"] == "text/plain; charset=utf-8"
    assert bundle[1]["Content-Type"] == "application/octet-stream"
    assert "immutable" in bundle[1]["Cache-Control"]
    assert page[1]["Access-Control-Allow-Origin"] == "*"
    assert page[1]["Content-Type"].startswith("text/html")
    assert missing[0] == 404


def fetch(port: int, path: str) -> tuple[int, dict[str, str]]:
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
                return response.status, named(response.headers)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, named(error.headers)
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError("the server did not come up")


def named(headers) -> dict[str, str]:
    return {name.title(): value for name, value in headers.items()}
