"""A second opinion: a verifier in Go, written from the formats and not from ours, gives the same verdicts."""

from __future__ import annotations

import json

import pytest

from ..corpus import disagreements, write_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "corpus.json"
    write_corpus(path)
    return path


def test_go_gives_every_case_its_verdict(go_accepts, corpus):
    cases = json.loads(corpus.read_text())["cases"]

    answer = go_accepts(corpus)

    assert (answer.returncode, answer.stderr) == (0, "")
    given = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [each["name"] for each in given] == [case["name"] for case in cases]
    assert disagreements(cases, given) == []


def test_go_says_why_of_every_proof_it_rejects_and_of_no_other(go_accepts, corpus):
    given = [json.loads(line) for line in go_accepts(corpus).stdout.splitlines()]

    assert {(each["ok"], "why" in each) for each in given} == {(True, False), (False, True)}


@pytest.mark.parametrize("content", ["", "[", "[]", "{}", '{"cases": [{"now": "soon"}]}'])
def test_go_judges_nothing_where_there_is_no_corpus(go_accepts, tmp_path, content):
    path = tmp_path / "corpus.json"
    path.write_text(content)

    answer = go_accepts(path)

    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("not a corpus: ")
