"""What a link holder's browser or program sends: read within bounds, as fields of text, or declined."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from mingdan.ledger.errors import Refused

LARGEST = 16 << 10  # bytes of a body
MOST = 16  # fields
_NOTHING: Mapping[str, object] = {}
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


class Declined(Refused):
    """Not taken: an HTTP status, `why` as the key of a phrase, after how many ms to try again (0: never)."""

    def __init__(
        self, status: int, why: str, message: str, *, wait: int = 0, evidence: Mapping[str, object] = _NOTHING
    ) -> None:
        super().__init__(message)
        self.evidence = dict(evidence)
        self.status = status
        self.why = why
        self.wait = wait


async def read_letter(request: Request) -> dict[str, str]:
    """The fields of a form or of a JSON object, with those of the query beneath. Raises Declined."""
    body = await _body(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM:
        told = _once(_pairs(body))
    elif kind == JSON:
        told = _object(body)
    else:
        raise Declined(415, "type", f"send {FORM} or {JSON}")
    return queried(request) | told


def queried(request: Request) -> dict[str, str]:
    """The fields of the query. Raises Declined."""
    return _once(_pairs(request.url.query.encode()))


def speaks_json(request: Request) -> bool:
    """Whether a program asks, and no browser."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    accepted = request.headers.get("accept", "")
    return sent == JSON or (JSON in accepted and "text/html" not in accepted)


def language_of(request: Request, asked: str | None, languages: tuple[str, ...]) -> str:
    """The language that was asked for, else the first of the browser's that there is, else our own."""
    wanted = [] if asked is None else [asked]
    header = request.headers.get("accept-language", "")[:200]
    wanted += [part.partition(";")[0].strip() for part in header.split(",")]
    for tag in wanted:
        for language in languages:
            if tag and language.lower().partition("-")[0] == tag.lower().partition("-")[0]:
                return language
    return languages[0]


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise Declined(413, "too_large", f"a request has at most {LARGEST} bytes")
    return bytes(body)


def _pairs(text: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            text.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=MOST,
        )
    except ValueError as error:  # also what is not ASCII or not UTF-8
        raise _malformed() from error


def _object(body: bytes) -> dict[str, str]:
    try:
        told = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise _malformed() from error
    if not isinstance(told, dict):
        raise _malformed()
    return {name: _text(value) for name, value in told.items()}


def _text(value: object) -> str:
    """A field's text; a whole number may stand as such."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise _malformed()


def _once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Refuses a name that is said twice: which of the two was meant, nobody knows."""
    told = list(pairs)
    fields: Mapping[str, str] = dict(told)
    if len(fields) < len(told) or len(told) > MOST:
        raise _malformed()
    return dict(fields)


def _malformed() -> Declined:
    return Declined(400, "malformed", f"send up to {MOST} fields of text, each once")
