"""The peer's server in a process of its own: the eventsourcing library behind the same Starlette and uvicorn.

`python librarian.py`, its settings in the environment. It asks for no key and signs no receipt: each event is
told to its order, saved in a thread of the pool as Starlette does it, and answered with 201.
"""

from __future__ import annotations

import os

import msgspec
from ground.gatekeeper import say
from ground.library import Orders
from ground.orders import Told
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mingdan.ledger.gate.listening import listen


class Event(msgspec.Struct):
    """What the library needs of an event: its `id` is the order's number and the fact's."""

    id: str

    @property
    def told(self) -> Told:
        order, fact = map(int, self.id.split("/"))
        return Told(order, fact)


def main() -> None:
    with Orders(os.environ) as orders:

        async def take(request: Request) -> Response:
            events = _read(await request.body())
            some = [each.told for each in (events if isinstance(events, list) else [events])]
            await run_in_threadpool(orders.tell, some)
            return Response(b"{}", 201, media_type="application/json")

        routes = [Route("/v1/events", take, methods=["POST"])]
        listen(Starlette(routes=routes), "the library", "127.0.0.1", 0, say)


_read = msgspec.json.Decoder(Event | list[Event]).decode

if __name__ == "__main__":
    main()
