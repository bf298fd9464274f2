"""So many requests at once, and answers in pieces: what is not read yet is not held twice."""

from __future__ import annotations

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mingdan.ledger.errors import Unavailable
from mingdan.ledger.gate.problem import SOON, problem
from mingdan.ledger.gate.reply import HEADERS, PROBLEM

PIECE = 1 << 14  # bytes of an answer that are sent at a time


class Measured:
    """Answers 503 while as many requests as it takes are under way."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self.most = most
        self.under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.under_way >= self.most:
            await _busy(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if len(message.get("body", b"")) <= PIECE:
                await send(message)
            else:
                await _in_pieces(message, send)

        self.under_way += 1
        try:
            await self.app(scope, receive, sent)
        finally:
            self.under_way -= 1


async def _in_pieces(message: Message, send: Send) -> None:
    body, more = message["body"], message.get("more_body", False)
    for start in range(0, len(body), PIECE):
        end = start + PIECE
        await send({**message, "body": body[start:end], "more_body": more or end < len(body)})


async def _busy(scope: Scope, receive: Receive, send: Send) -> None:
    told = problem(Unavailable("as many requests as can be are under way"))
    headers = HEADERS | {"Connection": "close", "Retry-After": str(-(-SOON // 1000))}
    answer = Response(msgspec.json.encode(told), told.status, headers, PROBLEM)
    await answer(scope, receive, send)
