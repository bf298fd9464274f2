"""Serving the published folder as it lies, with the headers its files need; any static host does as well."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from mingdan.ledger.errors import Unavailable
from mingdan.site.hosting import headers_of


class Site(StaticFiles):
    """Static files with their index pages, their 404 page, and `hosting`'s headers."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        served = "/" + Path(full_path).relative_to(Path(str(self.directory)).resolve()).as_posix()
        for name, value in headers_of(served).items():
            response.headers[name] = value
        return response


def application(folder: Path) -> Starlette:
    """The ASGI application that serves a published site."""
    return Starlette(routes=[Mount("/", Site(directory=folder.resolve(), html=True))])


def listen(served: Starlette, what: str, host: str, port: int, say: Callable[[str], object] = print) -> None:
    """Serves until interrupted; says where first. Raises Unavailable where the port is taken."""
    import uvicorn  # noqa: PLC0415  # a server is loaded only to serve

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            raise Unavailable(
                f"cannot listen here: {error.strerror}",
                next_step="choose another --port",
                at=f"{host}:{port}",
            ) from error
        say(f"serving {what} on http://{host}:{listening.getsockname()[1]}/")
        uvicorn.Server(uvicorn.Config(served, log_level="warning")).run(sockets=[listening])
