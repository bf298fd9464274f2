"""An endpoint: where a party is told what is recorded of its affairs, and the secret that signs its notices.

An address is read strictly before anything is sent there: https, or plain HTTP to this very machine.
"""

from __future__ import annotations

import re
import secrets
from base64 import b32encode
from collections.abc import Callable, Sequence

import httpx
from msgspec import Struct

from mingdan.ledger.errors import Misuse
from mingdan.ledger.event import KINDS
from mingdan.ledger.fact import LEDGER, NAME
from mingdan.ledger.intake.holder import BUYER
from mingdan.ledger.notice.network import is_loopback

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
        return not self.kinds or kind in self.kinds or kind.partition(".")[0] in self.kinds


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
    if re.fullmatch(NAME, party) is None or party in (LEDGER, BUYER):
        raise Misuse("no party has such a name", next_step="give the id it is registered by", party=party)
    for kind in kinds:
        if kind not in KINDS and kind not in _GROUPS:
            raise Misuse(
                "no such kind of event", next_step="give kinds or groups of docs/events.md", kind=kind
            )
    return Endpoint(
        id="wh" + b32encode(draw(ID_SIZE)).decode().lower(),
        party=party,
        url=_checked(url),
        kinds=tuple(sorted(set(kinds))),
        secret=draw(SECRET_SIZE),
        private=private,
        made=now,
        reached=reached,
    )


def _checked(url: str) -> str:
    """The address, if notices may be sent there at all; which networks it leads to is asked as it is used."""
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
    return str(read)


def _misused(message: str) -> Misuse:
    return Misuse(message, next_step="give one like https://shop.example.com/webhooks")


_GROUPS = frozenset(kind.partition(".")[0] for kind in KINDS) - {"log"}
