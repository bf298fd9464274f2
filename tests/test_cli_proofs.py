"""The command and its proofs: what a buyer, an auditor, a witness and the holder of a receipt do with it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mingdan.site.archive import parse_archive, print_archive

from .command import MINGDAN

ROOT = Path(__file__).parent.parent


def mingdan(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MINGDAN, "-C", folder, *map(str, arguments)],
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        cwd=ROOT,
    )


def answer(folder: Path, *arguments: object) -> dict:
    done = mingdan(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def shop(tmp_path) -> Path:
    """A published shop with one order, and its receipt."""
    folder = tmp_path / "shop"
    steps = (
        ("init", "--origin", "orders.example.com/log"),
        ("record", ROOT / "docs" / "first-order.jsonl", "--receipt", tmp_path / "receipt"),
        ("publish",),
    )
    for step in steps:
        done = mingdan(folder, *step)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def key(shop) -> str:
    return (shop / "site" / "log" / "vkey").read_text().strip()


@pytest.fixture
def page(shop) -> Path:
    (found,) = (path for path in (shop / "site" / "o").rglob("*.html") if path.name.count(".") == 1)
    return found


@contextlib.contextmanager
def served(folder: Path):
    """The folder at a URL of this machine, by the plainest server there is."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


# pages and proofs ---------------------------------------------------------------------------------------
def test_a_saved_page_is_verified_step_by_step(page, key, tmp_path):
    done = mingdan(tmp_path, "verify", page, "--key", key)

    assert done.returncode == 0, done.stderr
    numbered = [line for line in done.stdout.splitlines() if line[:1].isdigit()]
    assert [line.split(".")[0] for line in numbered] == ["1", "2", "3", "4", "5", "6"]
    assert "verified: order/" in done.stdout


def test_a_page_that_hides_the_last_entry_is_not_verified_and_the_step_is_named(page, key, tmp_path):
    html = page.read_text("utf-8")
    begin, end = html.rindex('<li id="x'), html.rindex("</pre></li>")
    page.write_text(html[:begin] + html[end + len("</pre></li>\n") :], "utf-8")

    done = mingdan(tmp_path, "verify", page, "--key", key)
    told = mingdan(tmp_path, "verify", page, "--key", key, "--json")

    assert done.returncode == told.returncode == 1
    assert "step: 4" in done.stderr
    document = json.loads(told.stdout)
    assert (document["verdict"], document["error"]["evidence"]["step"]) == ("not verified", "4")
    assert told.stderr == ""  # one document, and the answer is in it


def test_a_page_under_another_orders_name_is_not_verified(page, key, tmp_path):
    renamed = tmp_path / "aaaaaaaaaaaaaaaaaaaaaaaaaa.html"
    renamed.write_bytes(page.read_bytes())

    done = mingdan(tmp_path, "verify", renamed, "--key", key)

    assert done.returncode == 1
    assert "another order" in done.stderr


def test_a_proof_is_written_opens_the_words_it_was_asked_for_and_verifies_anywhere(shop, key, tmp_path):
    file = tmp_path / "shop-7.tlog-proof"
    answer(shop, "prove", "shop-7", "--open", "order_no", "-o", file)
    told = answer(tmp_path, "verify", file, "--key", key)

    assert told["verdict"] == "verified"
    assert [entry["seq"] for entry in told["entries"]] == [*range(1, 8)]
    assert [opened["field"] for opened in told["opened"]] == ["order_no"]
    assert file.read_text("utf-8").startswith("c2sp.org/tlog-proof@v1\n")
    flipped = bytearray(file.read_bytes())
    flipped[60] ^= 1
    file.write_bytes(flipped)
    assert mingdan(tmp_path, "verify", file, "--key", key).returncode in (1, 2)


def test_an_evidence_pack_is_written_and_verifies_anywhere_and_an_altered_one_does_not(shop, key, tmp_path):
    pack = tmp_path / "shop-7.zip"
    made = mingdan(shop, "evidence", "shop-7", "--open", "order_no", "-o", pack)
    twin = answer(shop, "evidence", "shop-7", "--open", "order_no", "-o", tmp_path / "twin.zip")
    told = answer(tmp_path, "verify", pack, "--key", key)
    altered, other = tmp_path / "altered.zip", tmp_path / "other.zip"
    altered.write_bytes(pack.read_bytes().replace(b"order.paid", b"order.Paid", 1))
    other.write_bytes(b"PK")

    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines()[0].endswith(twin["sha256"])
    assert "\nnext: mingdan verify" in made.stdout
    assert (tmp_path / "twin.zip").read_bytes() == pack.read_bytes()
    assert (told["verdict"], told["steps"][0]["name"]) == ("verified", "pack")
    assert [opened["words"] for opened in told["opened"]] == ["shop-7"]
    for file, code, said in ((altered, 1, "  file: entries.jsonl\n"), (other, 2, "not a zip")):
        done = mingdan(tmp_path, "verify", file, "--key", key)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr


def test_a_pack_in_another_versions_words_says_what_was_not_compared_and_exits_with_four(shop, key, tmp_path):
    pack, later = tmp_path / "shop-7.zip", tmp_path / "later.zip"
    answer(shop, "evidence", "shop-7", "-o", pack)
    found = parse_archive(pack.read_bytes())
    manifest = found.files["MANIFEST.json"].replace(b'"mingdan": "', b'"mingdan": "9')
    later.write_bytes(print_archive(found.files | {"MANIFEST.json": manifest}, found.at))

    text = mingdan(tmp_path, "verify", later, "--key", key)
    told = mingdan(tmp_path, "verify", later, "--key", key, "--json")
    document = json.loads(told.stdout)

    assert (text.returncode, told.returncode) == (4, 4)
    assert "NOT COMPARED README.en.html: mingdan 9" in text.stdout
    assert text.stdout.splitlines()[-1].startswith("verified in part: order/")
    assert (document["verdict"], document["error"]) == ("verified in part", None)
    assert [each["file"] for each in document["not_compared"]] == [
        "README.en.html",
        "README.zh-CN.html",
        "README.zh-Hant.html",
    ]


def test_a_manifest_writes_nothing_to_the_terminal(shop, key, tmp_path):
    pack, evil = tmp_path / "shop-7.zip", tmp_path / "evil.zip"
    answer(shop, "evidence", "shop-7", "-o", pack)
    found = parse_archive(pack.read_bytes())
    for field in (b"mingdan", b"origin", b"root", b"stream", b"format"):
        before = b'"%s": "' % field
        manifest = found.files["MANIFEST.json"].replace(before, before + b"\\u001b[2J\\n\\u202e")
        evil.write_bytes(print_archive(found.files | {"MANIFEST.json": manifest}, found.at))

        done = mingdan(tmp_path, "verify", evil, "--key", key)

        assert done.returncode in (1, 2), field
        assert all(each.isprintable() or each == "\n" for each in done.stdout + done.stderr), field


def test_words_that_were_never_told_cannot_be_opened(shop, tmp_path):
    done = mingdan(shop, "prove", "shop-7", "--open", "goods_of_others", "-o", tmp_path / "x")

    assert done.returncode == 1
    assert not (tmp_path / "x").exists()


def test_a_handle_is_verified_at_a_site(shop, page, key, tmp_path):
    with served(shop / "site") as url:
        found = mingdan(tmp_path, "verify", page.stem, "--url", url, "--key", key)
        lost = mingdan(tmp_path, "verify", "a" * 26, "--url", url, "--key", key)

    assert found.returncode == 0, found.stderr
    assert lost.returncode == 1
    assert mingdan(tmp_path, "verify", page.stem, "--key", key).returncode == 2  # no site named


def test_a_handle_is_asked_for_newer_entries_at_its_site(shop, page, key, tmp_path):
    saved = tmp_path / page.name
    saved.write_bytes(page.read_bytes())
    note = {"kind": "order.noted", "order": "shop-7", "by": "shop", "data": {"label": "x"}}
    (tmp_path / "note").write_text(json.dumps(note))
    mingdan(shop, "record", tmp_path / "note")
    with served(shop / "site") as url:
        before = answer(tmp_path, "verify", saved, "--url", url, "--key", key)
        mingdan(shop, "publish")
        after = answer(tmp_path, "verify", saved, "--url", url, "--key", key)
        fresh = answer(tmp_path, "verify", page.stem, "--url", url, "--key", key)
    alone = answer(tmp_path, "verify", saved, "--key", key)

    assert [each["verdict"] for each in (before, after, fresh, alone)] == [
        "verified", "outdated", "verified", "verified",
    ]  # fmt: skip
    assert [step["number"] for step in after["steps"]] == [1, 2, 3, 4, 5, 6, 7]
    assert (len(after["entries"]), len(fresh["entries"])) == (7, 8)


def test_what_is_no_page_is_named_for_what_it_is(shop, key, tmp_path):
    (tmp_path / "nothing.html").write_bytes(b"\xff\x00")
    for target in (shop / "site" / "index.html", tmp_path / "nothing.html"):
        done = mingdan(tmp_path, "verify", target, "--key", key)
        assert done.returncode == 2
        assert done.stderr.startswith("mingdan: not an order's page\n")
        assert "unpack" not in done.stderr
    for target in ("nofile.html", "no/file"):
        done = mingdan(tmp_path, "verify", target, "--key", key)
        assert (done.returncode, "there is no such file" in done.stderr) == (2, True)


def test_one_question_has_one_answer(shop, page, key, tmp_path):
    policy = tmp_path / "policy"
    policy.write_bytes((shop / "site" / "log" / "policy").read_bytes())
    statement = ("statement", "check", page, "--auditor", key, "--site", shop / "site")
    for command in (
        ("verify", page), ("audit", shop / "site"), ("receipt", "check", tmp_path / "receipt"), statement,
    ):  # fmt: skip
        done = mingdan(shop, *command, "--key", key, "--policy", policy)
        assert done.returncode == 2, command
        assert "either --key or --policy" in done.stderr


def test_a_policy_at_fault_is_named_with_its_file_and_line(shop, page, tmp_path):
    (tmp_path / "policy").write_text("# mine\nwitness w\n")
    (shop / "trust.policy").write_text("quorum nobody\n")

    given, own = mingdan(tmp_path, "verify", page, "--policy", tmp_path / "policy"), mingdan(shop, "trust")

    assert given.returncode == own.returncode == 2
    assert f"  file: {tmp_path / 'policy'}\n  line: 2\n" in given.stderr
    assert f"  file: {shop / 'trust.policy'}\n  line: 1\n" in own.stderr


def test_whom_to_trust_must_be_said(page, tmp_path):
    done = mingdan(tmp_path, "verify", page)

    assert done.returncode == 2
    assert "--key" in done.stderr


def test_an_old_page_is_called_stale(page, key, tmp_path):
    done = mingdan(tmp_path, "verify", page, "--key", key, "--fresh-within", "0")

    assert done.returncode == 0
    assert "stale: order/" in done.stdout


# the auditor --------------------------------------------------------------------------------------------
def test_a_site_is_audited_from_its_folder_and_from_its_address(shop, key, tmp_path):
    folder = answer(tmp_path, "audit", shop / "site", "--key", key)
    with served(shop / "site") as url:
        remote = answer(tmp_path, "audit", url, "--key", key)

    assert folder["findings"] == remote["findings"] == []
    assert (folder["size"], remote["size"]) == (8, 8)
    assert folder["pages"] == 3


def test_an_audit_goes_on_where_the_last_one_ended_and_signs_its_statement(shop, key, tmp_path):
    state, auditor = tmp_path / "state", tmp_path / "auditor.key"
    first = answer(tmp_path, "audit", shop / "site", "--key", key, "--state", state, "--cosign", auditor)
    assert mingdan(shop, "publish", "--refresh").returncode == 0
    second = answer(tmp_path, "audit", shop / "site", "--key", key, "--state", state, "--cosign", auditor)

    assert (first["start"], first["size"]) == (0, 8)
    assert (second["start"], second["size"]) == (8, 9)
    assert "mingdan/audit/v1" in second["statement"]
    assert auditor.stat().st_mode & 0o777 == 0o600


def test_an_auditors_word_is_checked_by_its_key_and_beside_the_log(shop, key, tmp_path):
    told = answer(
        tmp_path, "audit", shop / "site", "--key", key,
        "--cosign", tmp_path / "k", "--name", "auditor.example", "--statement", tmp_path / "statement",
    )  # fmt: skip
    word = ("statement", "check", tmp_path / "statement", "--auditor", told["auditor"])
    mingdan(shop, "publish", "--refresh")

    alone = answer(tmp_path, *word)
    beside = answer(tmp_path, *word, "--site", shop / "site", "--key", key)
    text = mingdan(tmp_path, *word, "--site", shop / "site", "--key", key).stdout

    assert told["auditor"].startswith("auditor.example+")
    assert mingdan(tmp_path, "audit", shop / "site", "--key", key, "--name", "a").returncode == 2
    assert alone == {
        "auditor": told["auditor"], "origin": told["origin"], "size": 8, "root": told["root"], "now": None,
    }  # fmt: skip
    assert beside == alone | {"now": 9}
    assert f"entries 0 to 8, root {told['root']}" in text
    assert "the site's log of 9 entries goes on from it" in text


def test_a_word_that_is_not_the_auditors_or_of_another_log_is_the_answer_no(shop, key, tmp_path):
    told = answer(tmp_path, "audit", shop / "site", "--key", key, "--cosign", tmp_path / "k")
    statement = tmp_path / "statement"
    statement.write_text(told["statement"])
    other = tmp_path / "other"
    for step in (("init", "--origin", "orders.example.com/log"), ("publish",)):
        assert mingdan(other, *step).returncode == 0
    others = answer(other, "audit", "--cosign", tmp_path / "k2")["auditor"]

    by_other = mingdan(tmp_path, "statement", "check", statement, "--auditor", others)
    of_other = mingdan(
        other, "statement", "check", statement, "--auditor", told["auditor"], "--site", other / "site"
    )
    by_log = mingdan(tmp_path, "statement", "check", shop / "site/log/checkpoint", "--auditor", key)
    statement.write_text(told["statement"].replace("\n8\n", "\n7\n"))
    altered = mingdan(tmp_path, "statement", "check", statement, "--auditor", told["auditor"])

    assert [each.returncode for each in (by_other, of_other, by_log, altered)] == [1, 1, 1, 1]
    assert "shorter log" in of_other.stderr
    assert "not an auditor's statement" in by_log.stderr


def test_an_auditors_key_keeps_its_name(shop, key, tmp_path):
    audit = ("audit", shop / "site", "--key", key, "--cosign", tmp_path / "k")
    first = mingdan(tmp_path, *audit)
    again = mingdan(tmp_path, *audit, "--name", "other.example")
    odd = mingdan(tmp_path, "audit", shop / "site", "--key", key, "--cosign", tmp_path / "x", "--name", "a b")

    assert "auditor's vkey orders.example.com/log/auditor+" in first.stdout
    assert (again.returncode, odd.returncode) == (2, 2)
    assert "name: orders.example.com/log/auditor" in again.stderr
    assert not (tmp_path / "x").exists()


def test_a_finding_is_the_answer_no_and_names_the_file(shop, page, key, tmp_path):
    page.write_text(page.read_text("utf-8").replace("<h1>", "<h1>!", 1), "utf-8")

    done = mingdan(tmp_path, "audit", shop / "site", "--key", key)
    told = mingdan(tmp_path, "audit", shop / "site", "--key", key, "--json")

    assert done.returncode == told.returncode == 1
    assert page.name in done.stdout
    assert json.loads(told.stdout)["findings"][0]["file"].endswith(page.name)
    assert "statement" not in done.stdout


# receipts -----------------------------------------------------------------------------------------------
def test_a_receipt_is_followed_up(shop, tmp_path):
    done = mingdan(shop, "receipt", "check", tmp_path / "receipt")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"entry {index}: in time" for index in range(7)]


def test_the_receipts_key_is_printed_and_must_be_given_where_it_is_not_our_own(shop, key, tmp_path):
    vkey = mingdan(shop, "receipt", "key").stdout.strip()
    check = ("receipt", "check", tmp_path / "receipt", "--site", shop / "site", "--key", key)

    unsaid, said = mingdan(tmp_path, *check), mingdan(tmp_path, *check, "--receipts", vkey)

    assert vkey == json.loads((shop / "site" / "v1" / "site.json").read_text())["receipts"]
    assert answer(shop, "receipt", "key")["vkey"] == vkey
    assert (unsaid.returncode, said.returncode) == (2, 0)
    assert "--receipts" in unsaid.stderr


def test_a_promise_the_log_broke_is_evidence(shop, key, tmp_path):
    """The entry was promised, and the log that was published is another one."""
    receipts = json.loads((shop / "site" / "v1" / "site.json").read_text())["receipts"]
    ledger = shop / "ledger.db"
    for path in shop.glob("ledger.db*"):
        path.unlink()
    for path in shop.glob("views.db*"):
        path.unlink()
    (shop / "mingdan.toml").unlink()
    subprocess.run(["rm", "-r", shop / "site", shop / "vault.db"], check=True)
    assert mingdan(shop, "init", "--origin", "orders.example.com/log").returncode == 0
    other = tmp_path / "other.jsonl"
    other.write_text((ROOT / "docs" / "first-order.jsonl").read_text().replace("shop-a", "shop-b"))
    assert ledger.exists()
    mingdan(shop, "record", other)
    assert mingdan(shop, "publish").returncode == 0

    done = mingdan(
        tmp_path, "receipt", "check", tmp_path / "receipt",
        "--site", shop / "site", "--key", key, "--receipts", receipts,
    )  # fmt: skip

    assert done.returncode == 1
    assert "broken" in done.stdout


# witnesses ----------------------------------------------------------------------------------------------
def test_a_witness_is_made_served_and_asked(shop, key, tmp_path):
    folder = tmp_path / "w1"
    made = answer(folder, "witness", "init", "--name", "w1.example", "--log", key)
    assert answer(folder, "witness", "key")["vkey"] == made["vkey"]
    with serving(folder, "witness", "serve") as url:
        policy = f"log {key}\nwitness w1 {made['vkey']} {url}\nquorum w1\n"
        (shop / "trust.policy").write_text(policy)
        done = answer(shop, "publish", "--refresh")
        text = mingdan(shop, "trust").stdout

    assert (done["witnesses"], done["quorum"]) == ("1 of 1", True)
    assert text == policy
    mingdan(shop, "prove", "shop-7", "-o", tmp_path / "proof")
    verified = mingdan(tmp_path, "verify", tmp_path / "proof", "--policy", shop / "trust.policy")
    assert "1 of 1 witnesses" in verified.stdout


@contextlib.contextmanager
def serving(folder: Path, *command: str):
    """The address of a server of ours on a free port, ended by its process id."""
    process = subprocess.Popen(
        [MINGDAN, "-C", folder, *command, "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process.stderr.readline().split(" on ")[1].strip().rstrip("/")
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(20)
        process.stderr.close()


@pytest.mark.parametrize("command", [("serve",), ("witness", "serve")])
def test_a_port_that_is_taken_is_named_with_a_next_step(shop, key, command):
    mingdan(shop, "witness", "init", "--name", "w.example", "--log", key)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = mingdan(shop, *command, "--port", port)

    assert done.returncode == 3
    assert "--port" in done.stderr
