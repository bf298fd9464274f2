"""The standalone verifier: one file that needs neither site nor network, made of the site's own scripts.

No page can vouch for itself, and this one best be kept where its operator cannot reach it.
"""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from pathlib import Path

from mingdan.ledger.event import KINDS
from mingdan.site.edition import Edition
from mingdan.site.evidence import phrases, trust_of
from mingdan.site.html import Html
from mingdan.site.imprint import Imprint
from mingdan.site.order_page import VERIFIER
from mingdan.site.page import path_in, render
from mingdan.site.voice import Voice, voice

_STATIC = Path(__file__).parent / "static"


def inlined(*names: str) -> Html:
    """These files as the content of one element, which nothing in them may end before its end."""
    content = "".join((_STATIC / name).read_text("utf-8") for name in names)
    assert not re.search(r"</s|<!--", content)
    return Html(content)


def source_of(content: Html) -> str:
    """What a content security policy allows inline content by."""
    return f"'sha256-{base64.b64encode(sha256(content.encode()).digest()).decode()}'"


SCRIPT = inlined("entry.js", "verify.js", "tlog_proof.js", "ed25519.js", "verdict.js", "verifier.js")
STYLE = inlined("page.css", "table.css", "verifier.css")
SCRIPT_SOURCE, STYLE_SOURCE = source_of(SCRIPT), source_of(STYLE)
POLICY = Html(
    f"default-src 'none'; script-src {SCRIPT_SOURCE}; style-src {STYLE_SOURCE}; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def verifier_page(edition: Edition, language: str, imprint: Imprint) -> tuple[str, bytes]:
    """Its path and content: the same in every edition until the keys, the scripts or the words change."""
    speech = voice(edition, language)
    told = {
        "policy": POLICY,
        "script": SCRIPT,
        "style": STYLE,
        "trust": trust_of(imprint),
        "words": phrases(speech, "check", "verify"),
    }
    page = render("verify.html", speech, VERIFIER, told, keys=imprint.trust, kinds=_kinds(speech))
    return path_in(VERIFIER, language, edition.languages), page


def _kinds(speech: Voice) -> list[tuple[str, str]]:
    """What each kind is called; what an entry would fill in stands in its raw text."""
    return [(kind, re.sub(r"\{\w+\}", "…", speech.texts[f"kind.{kind}"])) for kind in KINDS]
