"""A published site read over HTTP: no more than its size allows, and from nowhere but its own address."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

import httpx

from mingdan.ledger.errors import Broken, Misuse, Unavailable
from mingdan.ledger.source import LARGEST

PATIENCE = 30.0  # seconds


@dataclass(frozen=True)
class Remote:
    """The site below a URL. It cannot be listed: of its orders nobody tells."""

    url: str

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise Misuse("a site's address begins with https:// or http://", url=self.url)
        try:
            host = httpx.URL(self.url).host
        except httpx.InvalidURL as error:
            raise Misuse(f"not an address: {error}", next_step="see it again", url=self.url) from error
        if not host:
            raise Misuse("an address names its host", next_step="see it again", url=self.url)

    def read(self, path: str) -> bytes | None:
        """Raises Broken where another answer than the file comes, Unavailable where none comes."""
        try:
            with _client().stream("GET", f"{self.url.rstrip('/')}/{quote(path)}") as answer:
                if answer.status_code in (404, 410):
                    return None
                if answer.status_code != 200:
                    raise Broken("the site answers with something else", file=path, status=answer.status_code)
                return _bounded(answer, path)
        except httpx.HTTPError as error:
            raise Unavailable(
                f"the site cannot be reached: {error}", next_step="try again", url=self.url, file=path
            ) from error

    def files(self) -> None:
        return None


def _bounded(answer: httpx.Response, path: str) -> bytes:
    content = bytearray()
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > LARGEST:
            raise Broken("a published file is too large", file=path, largest=LARGEST)
    return bytes(content)


@cache
def _client() -> httpx.Client:
    return httpx.Client(follow_redirects=False, timeout=PATIENCE)
