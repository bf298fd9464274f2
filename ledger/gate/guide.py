"""The gate for people: one page that asks nobody else for anything, and the description for programs."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from mingdan.ledger.gate.description import description
from mingdan.ledger.gate.names import RULES as NAMES
from mingdan.ledger.gate.problem import SORTS
from mingdan.ledger.gate.reach import RULES as REACH
from mingdan.ledger.gate.reply import HEADERS
from mingdan.ledger.gate.speaker import RULES
from mingdan.ledger.gate.untimely import RULES as TIME


async def show_description(_request: Request) -> Response:
    return Response(description(), headers=HEADERS, media_type="application/json")


async def show_guide(_request: Request) -> Response:
    return Response(guide(), headers=HEADERS | _ALLOWING, media_type="text/html; charset=utf-8")


@cache
def guide() -> str:
    """The page: what may be asked, what may be told, what may go wrong."""
    told = msgspec.json.decode(description())
    routes = [
        [f"<code>{method.upper()} {escape(path)}</code>", escape(operation["summary"]), _statuses(operation)]
        for path, operations in told["paths"].items()
        for method, operation in operations.items()
    ]
    schemas = told["components"]["schemas"]
    kinds = [
        [f"<code>{escape(name[5:])}</code>", _fields(schema)]
        for name, schema in schemas.items()
        if name.startswith("data.")
    ]
    sorts = [
        [f'<code id="{slug}">{slug}</code>', str(sort.status), escape(sort.title), escape(sort.way_out)]
        for slug, sort in SORTS.items()
    ]
    rules = [[f"<code>{rule}</code>", escape(text)] for rule, text in (RULES | NAMES | REACH | TIME).items()]
    return _PAGE.format(
        style=_STYLE, routes=_rows(routes), kinds=_rows(kinds), sorts=_rows(sorts), rules=_rows(rules)
    )


def _statuses(operation: dict[str, dict[str, object]]) -> str:
    return " ".join(sorted(operation["responses"]))


def _fields(schema: dict[str, dict[str, dict[str, str]]]) -> str:
    """A kind's fields; ° are private, ? may be left out."""
    needed = schema.get("required", {})
    return ", ".join(
        escape(name)
        + ("°" if field.get("description", "").startswith("Private") else "")
        + ("" if name in needed else "?")
        for name, field in schema["properties"].items()
    )


def _rows(rows: list[list[str]]) -> str:
    return "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color-scheme:light dark}"
    "table{border-collapse:collapse;width:100%;display:block;overflow-x:auto}"
    "td{border-top:1px solid #8884;padding:.3rem .6rem .3rem 0;vertical-align:top}"
    "pre{background:#8882;padding:.8rem;overflow-x:auto}:target{outline:2px solid}"
)
_ALLOWING = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
}
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>mingdan intake</title><style>{style}</style>
<h1>Tell the ledger what happened</h1>
<p>Send facts as CloudEvents 1.0 with a key of your party. What is answered with 201 or 200 is on disk, and
the receipt is the log's signed promise to publish it. For programs: <a href="/openapi.json">openapi.json</a>.
<pre>curl -H "Authorization: Bearer $KEY" -H "Content-Type: application/cloudevents+json" \\
  -d '{{"specversion": "1.0", "id": "pay-7", "source": "/shop", "type": "mingdan.order.paid",
       "subject": "shop-7", "data": {{"amount": 1000}}}}' https://…/v1/events</pre>
<h2>Routes</h2>
<table>{routes}</table>
<h2>Kinds</h2>
<p>° is private: sent in clear, kept in the vault; the log carries a commitment. ? may be left out.
<table>{kinds}</table>
<h2>Problems</h2>
<p><code>application/problem+json</code>; <code>because</code> is the entry it rests on, <code>pointer</code>
the place in what you sent.
<table>{sorts}</table>
<h2>What a key may say</h2>
<p>Begin the names of your orders with your party's, as in <code>shop-7</code>: nobody else may give those.
<table>{rules}</table>
</html>
"""
