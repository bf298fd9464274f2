"""Python and JavaScript give every proof of the corpus the verdict it was built to have."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from mingdan.ledger.errors import Broken, Malformed
from mingdan.ledger.quorum import TrustPolicy
from mingdan.ledger.timeline import check
from mingdan.ledger.tlog_proof import parse_proof

from .corpus import SECTIONS, cases, write_corpus

ROOT = Path(__file__).parents[1]
RUNNER = ROOT / "tests/outside/corpus.mjs"
LARGEST_SCRIPT = 12_288


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "corpus.json"
    write_corpus(path)
    return path


def verdict(case):
    proof = base64.b64decode(case["proof_base64"]) if case["proof"] is None else case["proof"].encode()
    try:
        policy = TrustPolicy.parse(case["policy"].encode())
        timeline = parse_proof(proof)
    except Malformed:
        return {"ok": False, "stale": False, "step": 0}
    try:
        *_, last = check(timeline, policy, now=case["now"], fresh_within=case["fresh_within"])
    except Broken as broken:
        return {"ok": False, "stale": False, "step": broken.evidence["step"]}
    return {"ok": True, "stale": last.stale, "step": None}


def in_node(corpus, *modes, options=()):
    node = shutil.which("node")
    if node is None:
        pytest.fail("no Node.js: apt-get install nodejs", pytrace=False)
    command = [node, *options, RUNNER, ROOT / "site/static", corpus, *modes]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def disagreements(corpus, verdicts):
    told = json.loads(corpus.read_text())["cases"]
    assert len(told) == len(verdicts)
    return [
        (case["name"], case["expected"], given)
        for case, given in zip(told, verdicts, strict=True)
        if case["expected"] != {name: given[name] for name in case["expected"]}
    ]


def test_the_corpus_is_large_distinct_and_touches_every_step():
    told = cases()
    steps = [case.step for case in told]

    assert len(told) >= 300
    assert len({case.name for case in told}) == len(told)
    assert all(steps.count(step) >= 10 for step in (None, 0, 1, 2, 3, 4, 5))
    assert sum(case.stale for case in told) >= 10


def test_the_corpus_is_the_same_every_time(corpus, tmp_path):
    assert write_corpus(tmp_path / "again.json") > 300
    assert (tmp_path / "again.json").read_bytes() == corpus.read_bytes()


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_python_gives_every_case_its_verdict(section):
    told = [case.json() for case in section()]

    assert [(case["name"], given) for case in told if (given := verdict(case)) != case["expected"]] == []


def test_a_browser_gives_every_case_its_verdict(corpus):
    assert disagreements(corpus, in_node(corpus)) == []


def test_a_browser_without_ed25519_gives_every_case_its_verdict(corpus):
    assert disagreements(corpus, in_node(corpus, "without-ed25519")) == []


def test_a_browser_without_webcrypto_verifies_nothing_and_breaks_nothing(corpus):
    verdicts = in_node(corpus, "without-webcrypto", options=["--no-experimental-global-webcrypto"])

    assert {(given["ok"], given["stale"], given["why"]) for given in verdicts} == {
        (None, False, "no WebCrypto")
    }


def test_a_browser_without_ed25519_in_any_form_verifies_nothing(corpus):
    told = json.loads(corpus.read_text())["cases"]
    verdicts = in_node(corpus, "without-ed25519", "without-fallback")

    assert True not in {given["ok"] for given in verdicts}
    assert {given["ok"] for case, given in zip(told, verdicts, strict=True) if case["expected"]["ok"]} == {
        None
    }


def test_the_script_is_small_enough_for_a_page():
    assert len((ROOT / "site/static/verify.js").read_bytes()) <= LARGEST_SCRIPT
