"""Where notices may go: no name and no wrapping leads into a network of the operator's own."""

from __future__ import annotations

import pytest

from mingdan.ledger.errors import Misuse
from mingdan.ledger.notice.endpoint import draw_endpoint
from mingdan.ledger.notice.network import is_public, may_connect

INSIDE = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.8", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "198.18.0.1",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::a00:1", "64:ff9b::7f00:1",
    "2001:db8::1", "::10.0.0.1",
)  # fmt: skip
OUTSIDE = ("1.1.1.1", "203.0.114.9", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101")


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_outside_is_public(address):
    assert is_public(address)
    assert may_connect(address, secure=True, private=False)


def test_plain_http_never_leaves_this_machine_and_stays_on_it_only_where_that_is_allowed():
    assert not may_connect("1.1.1.1", secure=False, private=True)
    assert not may_connect("10.0.0.1", secure=False, private=True)
    assert not may_connect("127.0.0.1", secure=False, private=False)
    assert may_connect("127.0.0.1", secure=False, private=True)
    assert may_connect("10.0.0.1", secure=True, private=True)


@pytest.mark.parametrize(
    "url",
    ["http://shop.example/hook", "https://user:pass@shop.example/", "https://shop.example/#part",
     "ftp://a.example", "shop.example/hook", "https://", "http://10.0.0.1/", "https://[::1",
     f"https://shop.example/{'a' * 2000}"],
)  # fmt: skip
def test_an_address_that_no_notice_may_go_to_is_refused(url):
    with pytest.raises(Misuse):
        draw_endpoint(url, "shop", [], now=0, reached=0)


@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.1/hook", "https://[::1]/", "https://127.1/", "https://2130706433/", "https://0x7f.1/",
     "https://[::ffff:192.168.0.1]/", "https://169.254.169.254/", "http://127.0.0.1:9000/"],
)  # fmt: skip
def test_an_address_inside_is_refused_at_once_unless_it_is_allowed(url):
    with pytest.raises(Misuse, match="a network of your own"):
        draw_endpoint(url, "shop", [], now=0, reached=0)

    assert draw_endpoint(url, "shop", [], now=0, reached=0, private=True).private


@pytest.mark.parametrize(
    "url", ["https://1.1.1.1/hook", "https://[2606:4700::1111]/", "https://cafe.example/"]
)
def test_an_address_outside_is_taken(url):
    assert draw_endpoint(url, "shop", [], now=0, reached=0).url == url


@pytest.mark.parametrize(
    ("party", "kinds"), [("Shop", []), ("ledger", []), ("shop", ["order.paidd"]), ("shop", ["log"])]
)
def test_a_party_or_a_kind_that_cannot_be_is_refused(party, kinds):
    with pytest.raises(Misuse):
        draw_endpoint("https://shop.example/hook", party, kinds, now=0, reached=0)
