"""An endpoint: where a party is told what is recorded of its affairs, and the secret that signs its notices.

An address is read strictly before anything is sent there: https, or plain HTTP to this very machine. One that
is written in numbers is refused at once where it lies inside; where a name leads is asked as it is used.
"""

from __future__ import annotations

import secrets
import socket
from base64 import b32encode
from collections.abc import Callable, Sequence

import httpx
from msgspec import Struct

from mingdan.ledger.errors import Misuse
from mingdan.ledger.keeping.audience import check_party, covers, narrowed
from mingdan.ledger.notice.network import is_loopback, is_public

ID_SIZE, SECRET_SIZE = 5, 32  # bytes
LONGEST = 2_000  # characters of an address


class Endpoint(Struct, frozen=True, kw_only=True):
    """No `kinds` are all kinds. `reached` is the position up to which the outbox was filled.

    `failing` is since when nothing got through, `stopped` since when nothing is sent, `reason` why. Instants
    are ms UTC; `private` is whether it may lie in a network of the operator's own.
    """

    id: str
    party: str
    url: str
    kinds: tuple[str, ...] = ()
    secret: bytes
    private: bool = False
    made: int
    reached: int
    failing: int | None = None
    stopped: int | None = None
    reason: str | None = None

    def hears(self, kind: str) -> bool:
        """Whether it was made for facts of this kind, or of its group."""
        return covers(self.kinds, kind)


def draw_endpoint(
    url: str,
    party: str,
    kinds: Sequence[str],
    *,
    now: int,
    reached: int,
    private: bool = False,
    draw: Callable[[int], bytes] = secrets.token_bytes,
) -> Endpoint:
    """A new endpoint with a secret of its own, told what is recorded after a position. Raises Misuse."""
    check_party(party)
    return Endpoint(
        id="wh" + b32encode(draw(ID_SIZE)).decode().lower(),
        party=party,
        url=_checked(url, private=private),
        kinds=narrowed(kinds),
        secret=draw(SECRET_SIZE),
        private=private,
        made=now,
        reached=reached,
    )


def _checked(url: str, *, private: bool) -> str:
    """The address, if notices may be sent there at all. Raises Misuse."""
    try:
        read = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise _misused("this is no address") from error
    if read.scheme not in ("https", "http") or not read.host or len(url) > LONGEST:
        raise _misused("this is no address")
    if read.userinfo or read.fragment:
        raise _misused("an address holds no password and no fragment")
    if read.scheme == "http" and read.host != "localhost" and not is_loopback(read.host):
        raise _misused("plain HTTP is for this very machine only")
    if not private and _is_inside(read.host):
        raise Misuse(
            "this address is in a network of your own",
            next_step="add it with --allow-private, or give one of the public internet",
        )
    return str(read)


def _is_inside(host: str) -> bool:
    """Whether a host that is written in numbers is none of the public internet's."""
    try:
        return not is_public(_numbers(host.rstrip(".")))
    except (ValueError, OSError):
        return False  # a name


def _numbers(host: str) -> str:
    """An IP address as it is connected to: IPv4 may be written in fewer parts, in hexadecimal or octal."""
    return host if ":" in host else socket.inet_ntoa(socket.inet_aton(host))


def _misused(message: str) -> Misuse:
    return Misuse(message, next_step="give one like https://shop.example.com/webhooks")
