"""A real browser gives every proof of the corpus its verdict, by a page's scripts under a page's policy."""

import json
from pathlib import Path
from shutil import copytree

import pytest
from playwright.sync_api import Browser

import mingdan.site.page as module

from ..corpus import disagreements, write_corpus

STATIC = Path(module.__file__).parent / "static"
PAGE = """<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'">
<link rel="icon" href="data:,">
<script src="static/entry.js"></script>
<script src="static/verify.js"></script>
<script src="static/tlog_proof.js"></script>
<script src="corpus.js"></script>
"""
JUDGE = """async () => {
  const verdicts = [];
  for (const { proof, proof_base64, policy, now, fresh_within } of corpus.cases) {
    const coded = () => Uint8Array.from(atob(proof_base64), (char) => char.charCodeAt(0));
    const file = proof === null ? coded() : new TextEncoder().encode(proof);
    const { ok, stale, step } = await mingdan.check(file, { policy, now, fresh_within });
    verdicts.push({ ok, stale, step });
  }
  return verdicts;
}"""
NO_ED25519 = """{
  const { importKey } = crypto.subtle;
  crypto.subtle.importKey = function (format, key, algorithm, ...rest) {
    if (algorithm === "Ed25519") throw new DOMException("Unrecognized name.", "NotSupportedError");
    return importKey.call(this, format, key, algorithm, ...rest);
  };
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with the verifier's scripts and the corpus."""
    site = tmp_path_factory.mktemp("corpus")
    copytree(STATIC, site / "static")
    write_corpus(site / "corpus.json")
    (site / "corpus.js").write_text(f"globalThis.corpus = {(site / 'corpus.json').read_text()};")
    (site / "index.html").write_text(PAGE)
    return site


@pytest.mark.parametrize("before", ["", NO_ED25519], ids=["as it is", "without Ed25519"])
def test_a_real_browser_gives_every_case_its_verdict(chromium: Browser, folder: Path, before: str):
    told = json.loads((folder / "corpus.json").read_text())["cases"]
    with chromium.new_context() as context:
        page = context.new_page()
        page.add_init_script(before)
        page.goto((folder / "index.html").as_uri())
        verdicts = page.evaluate(JUDGE)

    assert disagreements(told, verdicts) == []
