"""docs/signing.md, executed: what is signed, by whom, with what, and that nothing else passes as signed."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mingdan.ledger.errors import MingdanError
from mingdan.ledger.handle import stream_of
from mingdan.site.terminal import document

from .command import MINGDAN
from .test_cli import stored
from .test_cli_policy import answer, mingdan

TOLD = (Path(__file__).parent.parent / "docs" / "signing.md").read_text("utf-8")
(TEXT,) = re.findall(r"```\n(mingdan/claim/v1\n.*?)\n```", TOLD, re.DOTALL)
(KEY,) = re.findall(r"```\n(PRIVATE\+KEY\+.*?)\n```", TOLD, re.DOTALL)
(UNSIGNED, SIGNED) = re.findall(r"```json\n(.*?)\n(.*?)\n```", TOLD, re.DOTALL)[0]
PIPES, OPENSSL = (re.findall(r"^\$ (.+)$", block, re.MULTILINE)
                  for block in re.findall(r"```console\n(.*?)```", TOLD, re.DOTALL))  # fmt: skip
SIG = json.loads(SIGNED)["sig"]
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")  # RFC 8032, 7.1

REGISTERED = {"by": "shop", "data": {"name": "East", "role": "agent"}, "kind": "party.registered"}
REPORTED = {"by": "agent-east", "data": {"kind": "fault", "scope": ["music"], "starts": 1}}
REPORTED |= {"exception": "fault-1", "kind": "exception.reported"}
ACCEPTED = {"by": "agent-east", "kind": "hop.accepted"}


def sh(folder: Path, command: str) -> str:
    path = f"{MINGDAN.parent}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command], check=True, cwd=folder, capture_output=True, env=os.environ | {"PATH": path}
    )
    return done.stdout.decode()


def lines(*told: dict) -> str:
    return "\n".join(map(json.dumps, told))


def recorded(folder: Path, told: str) -> list[dict]:
    return answer(folder, "record", stdin=told)


def refusal(folder: Path, *command: object, stdin: str = "") -> dict:
    """The error of a command, which must print nothing else."""
    done = mingdan(folder, *command, stdin=stdin)
    assert isinstance(done.exception, MingdanError), done.output
    assert done.stdout == ""
    return document(done.exception)


@pytest.fixture
def key(tmp_path) -> Path:
    file = tmp_path / "agent.key"
    file.write_text(f"{KEY}\n")
    return file


@pytest.fixture
def shop(tmp_path, key) -> Path:
    """An agent that is registered and has given the key of the example."""
    folder = tmp_path / "shop"
    answer(folder, "init", "--origin", "orders.example.com/log")
    given = mingdan(folder, "sign", "--new", key, "--by", "agent-east").stdout
    recorded(folder, f"{lines(REGISTERED | {'party': 'agent-east'})}\n{given}")
    return folder


def signed(folder: Path, key: Path, *told: dict) -> str:
    done = mingdan(folder, "sign", "--key", key, stdin=lines(*told))
    assert done.exception is None, done.output
    return done.stdout


# the example ------------------------------------------------------------------------------------------
def test_the_bytes_of_the_example_are_the_claim_in_canonical_form():
    prefix, claim = TEXT.split("\n")
    said = json.loads(UNSIGNED)

    assert prefix == "mingdan/claim/v1"
    assert rfc8785.dumps(json.loads(claim)).decode() == claim
    assert json.loads(claim) == {name: said[name] for name in ("at", "by", "data", "kind")} | {
        "stream": stream_of(said["order"])
    }


def test_the_signature_of_the_example_is_made_again_by_the_rules_alone():
    secret = Ed25519PrivateKey.from_private_bytes(SEED)

    assert KEY.rpartition("+")[2].encode() == b64_of(b"\1" + SEED)
    assert secret.sign(TEXT.encode()) == b64decode(SIG["ed25519"])
    assert sha256(secret.public_key().public_bytes_raw()).hexdigest()[:16] == SIG["key"]


def b64_of(content: bytes) -> bytes:
    return subprocess.run(["base64", "-w", "0"], input=content, check=True, capture_output=True).stdout


@pytest.mark.parametrize("command", [OPENSSL] if shutil.which("openssl") else [])
@pytest.mark.usefixtures("key")
def test_openssl_signs_the_same(command, tmp_path):
    (tmp_path / "claim").write_text(TEXT)
    cut, sign = command

    assert sh(tmp_path, f"{cut}\n{sign}") == SIG["ed25519"]


def test_the_command_prints_the_line_of_the_example(tmp_path, key):
    done = mingdan(tmp_path, "sign", "--key", key, stdin=UNSIGNED)

    assert done.stdout == f"{SIGNED}\n"


# the commands -----------------------------------------------------------------------------------------
def test_the_commands_of_the_text_run_from_the_first_key_to_the_next(tmp_path):
    answer(tmp_path / "shop", "init", "--origin", "orders.example.com/log")
    recorded(tmp_path / "shop", lines(REGISTERED | {"party": "agent-east"}))
    (tmp_path / "facts.jsonl").write_text(lines(REPORTED))

    for command in PIPES:
        assert sh(tmp_path, command)

    shown = answer(tmp_path / "shop", "show", "party/agent-east")
    first, second = (each["key"] for each in shown["state"]["keys"])
    assert first != second
    assert [("sig" in each, each["kind"]) for each in shown["entries"]] == [
        (False, "party.registered"), (False, "party.keyed"), (True, "party.keyed"),
    ]  # fmt: skip


def test_a_signed_fact_is_recorded_as_it_was_signed_shown_and_audited(shop, key):
    order = {"amount": 1000, "currency": "CNY", "merchant": "m", "platform": "shop", "qty": 1, "sku": "g"}
    sent = {"attempt": 1, "to": "agent-east"}
    placed, *_ = recorded(
        shop,
        lines(
            {"by": "shop", "data": order, "kind": "order.placed", "order": "my-7"},
            {"by": "shop", "data": {}, "kind": "order.paid", "order": "my-7"},
            {"by": "shop", "data": sent, "kind": "hop.forwarded", "order": "my-7"},
        ),
    )
    told = signed(shop, key, ACCEPTED | {"order": placed["handle"]})
    recorded(shop, told)

    entry = answer(shop, "show", "my-7")["entries"][-1]
    assert entry["sig"] == json.loads(told)["sig"]
    assert f"signed with {entry['sig']['key']}" in mingdan(shop, "show", "my-7").stdout
    for command in ("publish", "verify", "audit"):
        assert mingdan(shop, command).exit_code == 0, command
    assert f"已由 <b>agent-east</b> 的密钥 <code>{SIG['key']}</code> 签名" in (
        shop / "site" / placed["page"]
    ).read_text("utf-8")


def test_sending_a_signed_fact_again_records_nothing(shop, key):
    told = signed(shop, key, REPORTED)
    recorded(shop, told)

    assert [each["duplicate"] for each in recorded(shop, told)] == [True]


@pytest.mark.parametrize(
    "altered",
    [{"data": REPORTED["data"] | {"kind": "maintenance"}}, {"at": 1}, {"exception": "fault-2"}],
    ids=str,
)
def test_what_was_altered_after_it_was_signed_is_refused(shop, key, altered):
    told, before = json.loads(signed(shop, key, REPORTED)), stored(shop)

    error = refusal(shop, "record", stdin=lines(told | altered))

    assert (error["error"], error["evidence"]["line"]) == ("Broken", "1")
    assert stored(shop) == before


def test_the_old_key_speaks_no_more_once_it_has_signed_the_next(shop, key, tmp_path):
    late = signed(shop, key, REPORTED)
    given = mingdan(shop, "sign", "--new", tmp_path / "next.key", "--by", "agent-east").stdout
    refused = refusal(shop, "record", stdin=given)
    assert refused["evidence"]["rule"] == "unsigned-rotation"
    assert "mingdan sign --key" in refused["next"]

    recorded(shop, signed(shop, key, json.loads(given)))

    assert refusal(shop, "record", stdin=late)["error"] == "Broken"
    recorded(shop, signed(shop, tmp_path / "next.key", REPORTED))


# keys -------------------------------------------------------------------------------------------------
def test_a_key_is_for_its_owner_alone_is_never_printed_and_never_written_over(tmp_path):
    file = tmp_path / "keys" / "agent.key"
    first, again = (mingdan(tmp_path, "sign", "--new", file, "--by", "agent-east") for _ in range(2))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first.stdout == again.stdout
    assert file.read_text().strip().split("+", 4)[4] not in first.output


def test_a_key_keeps_the_name_of_its_party(tmp_path, key):
    error = refusal(tmp_path, "sign", "--new", key, "--by", "agent-west")

    assert (error["error"], error["evidence"]["name"]) == ("Misuse", "agent-east")


# what cannot be signed --------------------------------------------------------------------------------
UNSIGNABLE = {
    "private words": (ACCEPTED | {"data": {"ref": "up-1"}, "order": "a" * 26}, "fields", "ref"),
    "the platform's own name": (ACCEPTED | {"order": "my-7"}, "order", "my-7"),
    "another's word": (REPORTED | {"by": "agent-west"}, "by", "agent-west"),
    "an unknown kind": (REPORTED | {"kind": "exception.invented"}, "kind", "exception.invented"),
    "what is signed": (json.loads(SIGNED), "line", "2"),
}


@pytest.mark.parametrize("case", UNSIGNABLE)
def test_what_cannot_be_signed_is_named_with_its_line_and_nothing_is_printed(case, tmp_path, key):
    told, name, value = UNSIGNABLE[case]
    error = refusal(tmp_path, "sign", "--key", key, stdin=lines(REPORTED, told))

    assert error["evidence"]["line"] == "2"
    assert error["evidence"][name] == value
    assert error["next"] or case == "an unknown kind"


@pytest.mark.parametrize(
    "options", ["", "--key k --new n", "--new n", "--key k --by agent-east", "--new n --by a facts", "--by a"]
)
def test_it_is_either_facts_or_a_key(options, tmp_path):
    assert refusal(tmp_path, "sign", *shlex.split(options))["error"] == "Misuse"


@pytest.mark.parametrize("by", ["ledger", "The Agent", ""])
def test_a_key_is_made_for_a_name_that_a_party_may_have(by, tmp_path):
    assert refusal(tmp_path, "sign", "--new", tmp_path / "k", "--by", by)["evidence"]["by"] == by
    assert not (tmp_path / "k").exists()
