"""Serving the published folder as it lies, with the headers its files need; any static host does as well."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

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
