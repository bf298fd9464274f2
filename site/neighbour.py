"""Who speaks over HTTP, who is told, and which shops are docked: as the command tells it, without secrets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from mingdan.ledger.docking.dock import silences
from mingdan.ledger.docking.harbour import Dock
from mingdan.ledger.docking.relay import Polled
from mingdan.ledger.keeping.key_ring import Key
from mingdan.ledger.notice.courier import Round
from mingdan.ledger.notice.endpoint import Endpoint
from mingdan.site.plain import instant


def told_dock(dock: Dock) -> dict[str, object]:
    """A dock for people and machines: all of its file but the secret."""
    parties = {"dock": dock.name, "platform": dock.platform, "upstream": dock.upstream}
    place = {"protocol": dock.protocol, "url": dock.url, "callback": dock.callback, "shows": dock.shows}
    return parties | place | {"cannot": silences(dock.dialect.tells)}


def told_poll(dock: Dock, polled: Sequence[Polled]) -> dict[str, object]:
    """How many orders a shop was asked for, what it said, and what of it was not recorded, by order."""
    said = Counter(each.word.said for each in polled if each.word is not None)
    refused = {each.crossing.stream: each.refused.message for each in polled if each.refused is not None}
    return {"dock": dock.name, "asked": len(polled), "said": dict(said), "refused": refused}


def told_key(key: Key) -> dict[str, object]:
    """A key for machines: all that is kept of it but the hash."""
    told: dict[str, object] = msgspec.to_builtins(key)
    return {name: value for name, value in told.items() if name != "digest"}


def key_line(key: Key, now: int, zone: ZoneInfo) -> str:
    """A key for people, as it stands at an instant (ms UTC)."""
    over = "" if key.expires is None else f"  until {instant(key.expires, zone)}"
    state = "good" if key.is_good(now) else "over" if key.revoked is None else "revoked"
    return f"{key.id}  {key.party:20}  {state:7}  {' '.join(key.kinds) or 'all of its role'}{over}"


def told_webhook(endpoint: Endpoint, waiting: int) -> dict[str, object]:
    """An endpoint for machines: all that is kept of it but the secret."""
    told: dict[str, object] = msgspec.to_builtins(endpoint)
    return {name: value for name, value in told.items() if name != "secret"} | {"waiting": waiting}


def webhook_line(endpoint: Endpoint, waiting: int, zone: ZoneInfo) -> str:
    """An endpoint for people, with how many notices wait for it."""
    since = endpoint.failing if endpoint.stopped is None else endpoint.stopped
    state = "well" if since is None else endpoint.reason or "failing"
    over = "" if since is None else f" since {instant(since, zone)}"
    kinds = " ".join(endpoint.kinds) or "all kinds"
    return f"{endpoint.id}  {endpoint.party:20}  {state}{over}  {waiting} waiting  {kinds}  {endpoint.url}"


def stop_lines(sent: Round) -> list[str]:
    """Which endpoints were stopped by a round of sending, and what their operator does."""
    return [
        f"webhook {each.endpoint} of {each.party} is stopped: {each.reason}; next: mingdan webhook test"
        for each in sent.stopped
    ]


START_AGAIN = "a dock that is new or changed is called back once `mingdan serve` is started again"
NO_DOCK = "no dock here: a dock is a file docking/NAME.toml, see docs/docking.md"
