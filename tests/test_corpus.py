"""Python and JavaScript give every proof of the corpus the verdict it was built to have."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import msgspec.inspect as kinds_of
import pytest

from mingdan.ledger import event as e
from mingdan.ledger.errors import Broken, Malformed
from mingdan.ledger.market import party, promise, sku
from mingdan.ledger.quorum import TrustPolicy
from mingdan.ledger.timeline import check
from mingdan.ledger.tlog_proof import parse_proof

from .corpus import SECTIONS, cases, disagreements, framing, pattern_of, write_corpus, writings

ROOT = Path(__file__).parents[1]
RUNNER = ROOT / "tests/outside/corpus.mjs"
ENTRY_SCRIPT = ROOT / "site/static/entry.js"
TABLE = "new Map(`\n"
LARGEST_SCRIPT = 12_288
FORMS = {
    pattern_of(e.Id): "ID",
    pattern_of(e.Hash): "HASH",
    pattern_of(e.Currency): "CURRENCY",
    pattern_of(party.PublicKey): "KEY",
}
INTEGERS = {
    (1 - 2**53, 2**53 - 1): "INT",
    (0, 2**53 - 1): "COUNT",
    (1, 2**53 - 1): "FROM1",
    (1, 10_000): "TO10000",
    (1, 10**9): "UNITS",
}
STRUCTS = {e.Digest: "DIGEST", promise.StageLimits: "LIMITS", sku.Awaited: "AWAITED"}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "corpus.json"
    write_corpus(path)
    return path


def read(corpus):
    return json.loads(corpus.read_text())["cases"]


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
    assert disagreements(read(corpus), in_node(corpus)) == []


def test_a_browser_without_ed25519_gives_every_case_its_verdict(corpus):
    assert disagreements(read(corpus), in_node(corpus, "without-ed25519")) == []


def test_a_timeline_in_a_page_gets_the_verdict_of_its_file(corpus, tmp_path):
    formal = {case.name for section in (framing, writings) for case in section()}
    told = [case for case in read(corpus) if case["name"] not in formal]
    path = tmp_path / "carried.json"
    path.write_text(json.dumps({"cases": told}))

    assert disagreements(told, in_node(path, "carried")) == []


def test_a_browser_without_webcrypto_verifies_nothing_and_breaks_nothing(corpus):
    verdicts = in_node(corpus, "without-webcrypto", options=["--no-experimental-global-webcrypto"])

    assert {(given["ok"], given["stale"], given["why"]) for given in verdicts} == {
        (None, False, "no WebCrypto")
    }


def test_a_browser_without_ed25519_in_any_form_verifies_nothing(corpus):
    told = read(corpus)
    verdicts = in_node(corpus, "without-ed25519", "without-fallback")

    assert True not in {given["ok"] for given in verdicts}
    assert {given["ok"] for case, given in zip(told, verdicts, strict=True) if case["expected"]["ok"]} == {
        None
    }


def test_the_script_is_small_enough_for_a_page():
    assert len((ROOT / "site/static/verify.js").read_bytes()) <= LARGEST_SCRIPT


def test_the_scripts_table_of_kinds_is_the_ledgers():
    script = ENTRY_SCRIPT.read_text()

    assert renewed(script) == script, "renew it: python -m tests.test_corpus"


def renewed(script):
    """entry.js with the table of the kinds there are now."""
    before, mark, rest = script.partition(TABLE)
    lines = [line_of(kind, fact) for kind, fact in e.KINDS.items()]
    return "".join([before, mark, *(f"{line}\n" for line in lines), *rest.partition("`")[1:]])


def line_of(kind, fact):
    """A kind's line in entry.js, where ? marks what may be left out."""
    private = e.PRIVATE.get(fact, ())
    fields = kinds_of.type_info(fact).fields
    told = [(each, "PRIVATE" if each.name in private else typed(each)) for each in fields]
    return " ".join([kind, *(f"{each.name}{'=' if each.required else '?'}{form}" for each, form in told)])


def typed(told):
    match told.type:
        case kinds_of.UnionType(types=[kinds_of.IntType(ge=0), kinds_of.NoneType()]) if told.required:
            return "PLACE"
        case kinds_of.UnionType(types=[each, kinds_of.NoneType()]) if not told.required:
            return form_of(each)
        case kinds_of.BoolType() if told.default is False:
            return "TRUE"
        case kinds_of.VarTupleType() as several if told.default == ():
            return f"{form_of(several)}+"
        case each:
            return form_of(each)


def form_of(told):
    match told:
        case kinds_of.BoolType():
            return "BOOL"
        case kinds_of.LiteralType(values=values):
            return "|".join(values)
        case kinds_of.VarTupleType(item_type=item):
            return f"[{form_of(item)}]"
        case kinds_of.StructType(cls=struct):
            return STRUCTS[struct]
        case kinds_of.IntType(ge=least, le=most):
            return INTEGERS[least, most]
        case kinds_of.StrType(pattern=None, max_length=most):
            return {200: "LABEL", 20_000: "TEXT"}[most]
        case kinds_of.StrType(pattern=pattern):
            return FORMS[pattern]
    raise TypeError(told)


if __name__ == "__main__":
    ENTRY_SCRIPT.write_text(renewed(ENTRY_SCRIPT.read_text()))
