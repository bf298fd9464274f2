"""One attempt to send a notice: once, within a time, to an address that may be connected to.

Redirects are not followed and what is answered is not read: a receiver gives a status, and may ask for time.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import NamedTuple

import httpx

from mingdan.ledger.notice.ladder import Answer
from mingdan.ledger.notice.network import may_connect

PATIENCE = 15.0  # seconds for all of it: name, connection, answer
CONNECTING = 5.0  # seconds for one address, before the next is tried
LARGEST = 1 << 16  # bytes of an answer that are passed over, so that its connection can be used again
PASSING = 1.0  # seconds that this may take


class Call(NamedTuple):
    """`private` is whether the receiver may lie in a network of the operator's own."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    private: bool = False


@asynccontextmanager
async def calling(trust: ssl.SSLContext | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client for one endpoint alone: connections go by address, and are kept for one name's certificate."""
    async with httpx.AsyncClient(
        verify=trust or _trust(),
        trust_env=False,  # a proxy would connect to where we may not
        follow_redirects=False,
        timeout=httpx.Timeout(PATIENCE, connect=CONNECTING),
    ) as client:
        yield client


async def post(client: httpx.AsyncClient, call: Call, patience: float = PATIENCE) -> Answer:
    """What came of one attempt; nothing is raised for what the network or the receiver does."""
    try:
        async with asyncio.timeout(patience):
            return await _posted(client, call)
    except (TimeoutError, httpx.TimeoutException):
        return Answer("no answer in time")
    except socket.gaierror:
        return Answer("no such host")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
        return Answer(f"not reached: {type(error).__name__}")


async def _posted(client: httpx.AsyncClient, call: Call) -> Answer:
    """Tries the addresses of its name in turn until one takes the connection."""
    url = httpx.URL(call.url)
    secure = url.scheme == "https"
    allowed = [
        each for each in await _addresses(url) if may_connect(each, secure=secure, private=call.private)
    ]
    if not allowed:
        return Answer("not a public address")
    for address in allowed[:-1]:
        with suppress(httpx.ConnectError, httpx.ConnectTimeout):
            return await _posted_to(client, call, url, address)
    return await _posted_to(client, call, url, allowed[-1])


async def _posted_to(client: httpx.AsyncClient, call: Call, url: httpx.URL, address: str) -> Answer:
    """The connection goes to this very address; Host and certificate are of the name."""
    async with client.stream(
        "POST",
        url.copy_with(host=address),
        content=call.body,
        headers={**_PLAIN, **call.headers, "Host": url.netloc.decode("ascii")},
        extensions={"sni_hostname": url.host},
    ) as answer:
        with suppress(httpx.HTTPError, TimeoutError):
            await _pass_over(answer)
        asked = answer.headers.get("retry-after", "")
        return Answer(f"status {answer.status_code}", answer.status_code, asked)


async def _addresses(url: httpx.URL) -> list[str]:
    port = url.port or (443 if url.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


async def _pass_over(answer: httpx.Response) -> None:
    read = 0
    async with asyncio.timeout(PASSING):
        async for chunk in answer.aiter_raw():
            read += len(chunk)
            if read > LARGEST:
                return


@cache
def _trust() -> ssl.SSLContext:
    """The authorities this machine trusts; those of SSL_CERT_FILE where that is set."""
    return httpx.create_ssl_context()


_PLAIN = {"Accept-Encoding": "identity", "Content-Type": "application/json", "User-Agent": "mingdan"}
