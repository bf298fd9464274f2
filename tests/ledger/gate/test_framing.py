"""A request's target may be a whole address: it is asked for by its path."""

from __future__ import annotations

import asyncio

import pytest

from mingdan.ledger.gate.framing import Framed


@pytest.mark.parametrize(
    ("target", "path", "host"),
    [
        (b"/log/checkpoint", "/log/checkpoint", b"here"),
        (b"http://gate/log/checkpoint", "/log/checkpoint", b"gate"),
        (b"HTTPS://gate:8443/o/a%20b", "/o/a b", b"gate:8443"),
        (b"http://gate", "/", b"gate"),
        (b"http:///log", "http:///log", b"here"),
        (b"*", "*", b"here"),
    ],
)
def test_a_whole_address_is_asked_for_by_its_path(target, path, host):
    asked = []

    async def app(scope, _receive, _send) -> None:
        asked.append(scope)

    scope = {
        "type": "http",
        "path": target.decode(),
        "raw_path": target,
        "headers": [(b"host", b"here"), (b"a", b"b")],
    }
    asyncio.run(Framed(app)(scope, None, None))

    assert asked[0]["path"] == path
    assert asked[0]["headers"] == [(b"host", host), (b"a", b"b")]
