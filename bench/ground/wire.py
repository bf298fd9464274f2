"""HTTP as cheap as Python sends it: one connection, one request after another, nothing parsed but the end."""

from __future__ import annotations

import asyncio
import re
from typing import NamedTuple


class Request(NamedTuple):
    """The bytes of a POST, made before anybody is timed."""

    sent: bytes

    @classmethod
    def of(cls, path: str, body: bytes, **headers: str) -> Request:
        told = {"Host": "bench", "Content-Length": str(len(body))} | headers
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
        return cls(f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body)


class Wire:
    """A connection to a port of this machine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, port: int) -> Wire:
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 22))

    async def post(self, request: Request) -> None:
        """Sends it and waits for the whole answer, which is to be 201."""
        self.writer.write(request.sent)
        head = await self.reader.readuntil(b"\r\n\r\n")
        found = _LENGTH.search(head)
        assert found is not None
        body = await self.reader.readexactly(int(found[1]))
        assert head.startswith(b"HTTP/1.1 201 "), body[:1000]

    def close(self) -> None:
        self.writer.close()


_LENGTH = re.compile(rb"content-length: ([0-9]+)", re.IGNORECASE)
