"""What a link holder is answered: a page in the reader's language, or JSON for a program.

Neither may be kept, indexed or told on; no answer repeats a handle but in the link back to its page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse, Response

from mingdan.ledger.entry import Entry
from mingdan.ledger.intake.holder import Action
from mingdan.ledger.keeping.settings import Settings
from mingdan.site.actions import BESIDE, Ask, ask
from mingdan.site.html import Html, Line, described, escaped
from mingdan.site.letter import Declined
from mingdan.site.moment import Calendar
from mingdan.site.order_page import path_of_order
from mingdan.site.page import answer
from mingdan.site.texts import Texts, texts
from mingdan.site.verifier_page import inlined, source_of

PROBLEM = "application/problem+json"  # RFC 9457
TOLD = (
    "rule",
    "because",
    "until",
    "since",
    "dispute",
    "status",
    "field",
)  # of an error, to whoever caused it
STYLE = inlined("page.css", "actions.css")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {source_of(STYLE)}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


class Asked(NamedTuple):
    """Who is answered, about what: `root` leads from the request's place to the site's root."""

    settings: Settings
    language: str
    json: bool
    root: str
    handle: str = ""
    action: Action | None = None
    fields: Mapping[str, str] = {}

    @property
    def texts(self) -> Texts:
        return texts(self.language)

    @property
    def back(self) -> str:
        """The order's page: beside the intake, or at the site's own address; "" where no order is known."""
        if not self.handle:
            return ""
        beside = self.settings.intake == BESIDE
        site = self.root if beside else f"https://{self.settings.origin.removesuffix('/log')}/"
        return site + path_of_order(self.handle, self.language, self.settings.languages)


def recorded(asked: Asked, action: Action, entry: Entry) -> Response:
    """That an entry was recorded, and until when its page shows it."""
    if asked.json:
        return receipt(asked, entry.leaf.hex(), entry.seq, entry.recorded)
    words = asked.texts
    calendar = Calendar(ZoneInfo(asked.settings.zone), words)
    lines = [
        (words["counter.when"], calendar.words(entry.recorded)),
        (words["counter.shown"], calendar.words(entry.recorded + 1000 * asked.settings.publish_within)),
        (words["counter.receipt"], Html(f"<code>{entry.leaf.hex()}</code>")),
    ]
    heading = words.say("counter.recorded", what=words[f"ask.{action}.name"])
    return _page(asked, 200, heading, words["counter.lead"], lines)


def asking(asked: Asked) -> Response:
    """The form that a link of an order's page leads to."""
    form = _form(asked)
    if form is None:
        return declined(asked, Declined(400, "malformed", "say of which state of the order: seq"))
    return _page(asked, 200, form.name, form.hint, form=form)


def receipt(asked: Asked, leaf: str, seq: int, instant: int, *, status: int = 200) -> Response:
    """The same for a program; instants are ms UTC."""
    told = {
        "leaf": leaf,
        "page": asked.back,
        "publish_by": instant + 1000 * asked.settings.publish_within,
        "recorded": instant,
        "seq": seq,
    }
    more = {"Location": _place(asked, leaf)} if status == 201 else {}
    return JSONResponse(told, status, HEADERS | more)


def see(asked: Asked, leaf: str) -> Response:
    """Where what was recorded is told: whoever loads that again sends nothing again."""
    return Response(status_code=303, headers={**HEADERS, "Location": _place(asked, leaf)})


def declined(asked: Asked, error: Declined) -> Response:
    """Why not, in words, with the form to try again."""
    more = {} if error.wait == 0 else {"Retry-After": str(-(-error.wait // 1000))}
    more |= {"Allow": str(error.evidence["allow"])} if "allow" in error.evidence else {}
    if asked.json:
        response: Response = JSONResponse(_problem(error), error.status, HEADERS | more, PROBLEM)
    else:
        heading = asked.texts["counter.not_recorded"]
        form = None if error.why == "ahead" else _form(asked)  # which would only be sent in vain again
        response = _page(asked, error.status, heading, _why(asked, error), form=form)
        response.headers.update(more)
    return response


def _problem(error: Declined) -> dict[str, object]:
    told = {name: str(error.evidence[name]) for name in TOLD if error.evidence.get(name) is not None}
    told |= {"pointer": f"/{told.pop('field')}"} if "field" in told else {}
    told |= {"order_status": told.pop("status")} if "status" in told else {}
    return told | {
        "detail": error.message,
        "status": error.status,
        "title": HTTPStatus(error.status).phrase,
        "type": "about:blank",
    }


def _why(asked: Asked, error: Declined) -> Html:
    words = asked.texts
    rule, field = error.evidence.get("rule"), error.evidence.get("field")
    if rule is not None:
        return words.get(f"rule.{rule}") or words["counter.against"]
    if field is not None:
        name = words.get(f"ask.{field}") or words.get(f"field.{field}") or escaped(str(field))
        return words.say("counter.field", field=name)
    calendar = Calendar(ZoneInfo(asked.settings.zone), words)
    return words.say(f"counter.{error.why}", wait=calendar.duration(error.wait))


def _form(asked: Asked) -> Ask | None:
    """The form of what was asked, with the words in it; none where it is not known of what it would be."""
    seq = asked.fields.get("seq", "")
    if not asked.handle or asked.action is None or not _SEQ.fullmatch(seq):
        return None
    address = f"{asked.action}?seq={seq}&lang={asked.language}"
    return ask(asked.texts, asked.action, address, asked.fields)


def _page(
    asked: Asked, status: int, heading: Html, lead: Html, lines: Sequence[Line] = (), form: Ask | None = None
) -> Response:
    html = {"lead": lead, "lines": described(lines), "style": STYLE}
    content = answer(
        "counter.html",
        asked.texts,
        html,
        heading=heading,
        title=asked.settings.title,
        language=asked.language,
        ask=form,
        back=asked.back,
    )
    return Response(content, status, HEADERS, "text/html; charset=utf-8")


def _place(asked: Asked, leaf: str) -> str:
    return f"receipts/{leaf}?lang={asked.language}"


_SEQ = re.compile(r"[0-9]{1,16}")
