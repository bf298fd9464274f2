"""Serving the published folder as it lies, with the headers its files need; any static host does as well.

An entity tag says which bytes were sent, so the compressed form of a file has a tag of its own.
"""

from __future__ import annotations

import gzip
import os
import re
from email.utils import formatdate
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mingdan.site.hosting import EVERYWHERE, headers_of, is_text, type_of


class Site(StaticFiles):
    """Static files with their index pages, their 404 page, and `hosting`'s headers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder.resolve(), html=True)
        self.folder = folder.resolve()

    def get_path(self, scope: Scope) -> str:
        """A slash at the end asks for a folder's index page: a file has none."""
        path = super().get_path(scope)
        return f"{path}/index.html" if scope["path"].endswith("/") else path

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """A file whole, plain or compressed, or a range of it, or that it is what the reader has already."""
        path, asked = "/" + Path(full_path).relative_to(self.folder).as_posix(), Headers(scope=scope)
        content = self.content(path)
        headers = self.headers(path) | {"Last-Modified": formatdate(stat_result.st_mtime, usegmt=True)}
        tag = sha256(content).hexdigest()[:32]
        if is_text(headers["Content-Type"]):
            headers["Vary"] = "Accept-Encoding"
            if "range" not in asked and takes_gzip(asked.get("accept-encoding", "")):
                content, tag = _gzipped(content), f"{tag}-gzip"
                headers["Content-Encoding"] = "gzip"
        headers["ETag"] = f'"{tag}"'
        if self.is_not_modified(Headers(headers), asked):
            return NotModifiedResponse(Headers(headers))
        if "range" in asked:
            return FileResponse(full_path, status_code, headers, stat_result=stat_result)
        return Response(content, status_code, headers | {"Accept-Ranges": "bytes"})

    def headers(self, path: str) -> dict[str, str]:
        return headers_of(path) | {"Content-Type": type_of(path)}

    def content(self, path: str) -> bytes:
        try:
            return (self.folder / path[1:]).read_bytes()
        except OSError as error:  # it went since it was looked up, or may not be read
            raise HTTPException(404) from error


class Protected:
    """Gives every answer the headers that protect, errors and redirects too; errors are not kept."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in EVERYWHERE.items():
                    headers.setdefault(name, value)
                if message["status"] >= 400 and headers.get("Cache-Control") != "no-store":
                    headers["Cache-Control"] = "no-cache"
            await send(message)

        await self.app(scope, receive, protected)


def application(folder: Path) -> Starlette:
    """The ASGI application that serves a published site."""
    return serving(Site(folder))


def serving(site: Site | None, *before: BaseRoute) -> Starlette:
    """The ASGI application of a site, if there is one, and of what is answered before it."""
    files = [] if site is None else [Mount("/", site)]
    app = Starlette(routes=[*before, *files], middleware=[Middleware(Protected)])
    app.router.redirect_slashes = False  # as it is where a site answers for what is left
    return app


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding names gzip, or anything at all, without refusing it (RFC 9110, 12.5.3)."""
    weights = dict(_WEIGHT.findall(accepted.lower()))
    return float(weights.get("gzip", weights.get("*", "0")) or "1") > 0


@lru_cache(maxsize=256)
def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


_WEIGHT = re.compile(r"(?:^|,)\s*(gzip|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*(?=,|$)")
