"""Serving while the site is worked on: it is published again when anything changed, and browsers reload.

What they get differs from the published files in one element and its permission; neither is ever published.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from mingdan.site.serve import Site, serving

SOURCES = Path(__file__).parent  # code, templates, texts, style
BESIDE = (
    "mingdan.toml",
    "trust.policy",
    "recipients",
)  # read beside the stores

Stamp = frozenset[tuple[str, int, int]]


class Rehearsal(Site):
    """The site with a script in every page that reloads it, and nothing kept by browsers."""

    def headers(self, path: str) -> dict[str, str]:
        said = super().headers(path)
        policy = permitting(said["Content-Security-Policy"])
        return said | {"Cache-Control": "no-cache", "Content-Security-Policy": policy}

    def content(self, path: str) -> bytes:
        content = super().content(path)
        return rehearsed(content) if path.endswith(".html") else content


class Stage:
    """Publishes when a source changed or entries wait, and counts the editions that browsers ask for.

    `first` tells the editions of one server from those of the one before.
    """

    def __init__(
        self, workspace: Path, waiting: Callable[[], bool], publish: Callable[[], None], first: int
    ) -> None:
        self.watched = [SOURCES, *(workspace / name for name in BESIDE)]
        self.waiting = waiting
        self.publish = publish
        self.edition = first
        self._seen = stamp(self.watched)

    def look(self) -> None:
        """Stamps before it publishes: what changes meanwhile is found by the next look."""
        seen = stamp(self.watched)
        changed, self._seen = seen != self._seen, seen
        if changed or self.waiting():
            self.publish()
            self.edition += 1


def rehearsing(site: Rehearsal, stage: Stage, *before: BaseRoute) -> Starlette:
    """The ASGI application of a site for those who work on it, and of what is answered before it."""

    async def edition(_request: Request) -> Response:
        return PlainTextResponse(str(stage.edition), headers={"Cache-Control": "no-store"})

    async def script(_request: Request) -> Response:
        return Response(SCRIPT, media_type="text/javascript", headers={"Cache-Control": "no-store"})

    return serving(site, Route("/-/edition", edition), Route("/-/reload.js", script), *before)


def rehearsed(page: bytes) -> bytes:
    """A page that runs the reloading script as well, and is permitted to."""
    allowed = _POLICY.sub(lambda found: found[1] + permitting(found[2].decode()).encode() + found[3], page)
    return allowed.replace(b"</body>", b'<script src="/-/reload.js"></script>\n</body>')


def permitting(policy: str) -> str:
    """A content security policy that permits the site's own scripts and requests as well."""
    directives = dict(each.strip().partition(" ")[::2] for each in policy.split(";") if each.strip())
    for name in ("script-src", "connect-src"):
        sources = directives.get(name, "").split()
        directives[name] = " ".join([*sources, *([] if "'self'" in sources else ["'self'"])])
    return "; ".join(f"{name} {sources}".rstrip() for name, sources in directives.items())


def stamp(places: Iterable[Path]) -> Stamp:
    """Every source under these folders and files, with its size and when it was last written (ns)."""
    return frozenset(found for place in places for found in _stamps(place))


def _stamps(place: Path) -> Iterable[tuple[str, int, int]]:
    for path in place.rglob("*") if place.is_dir() else [place]:
        if path.suffix not in _READ:
            continue
        try:
            status = path.stat()
        except FileNotFoundError:  # gone since it was listed, or not there yet
            continue
        yield str(path), status.st_size, status.st_mtime_ns


_READ = {".css", ".html", ".js", ".po", ".policy", ".py", ".svg", ".toml", ".xml"}
_POLICY = re.compile(rb'(<meta http-equiv="Content-Security-Policy" content=")([^"]*)(")')
SCRIPT = """\
let shown;
setInterval(async () => {
  try {
    const edition = await (await fetch("/-/edition")).text();
    if (shown !== undefined && edition !== shown) location.reload();
    shown = edition;
  } catch {
    // the server is being started again; the next answer tells
  }
}, 500);
"""
