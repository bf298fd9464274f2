"""Which addresses notices may go to: the public internet, unless an endpoint was allowed our own networks.

Asked of the very addresses that are connected to, after a name is looked up: a name may lead anywhere.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def may_connect(address: str, *, secure: bool, private: bool) -> bool:
    """Whether a connection may be made to an IP address; plain HTTP never leaves this machine."""
    if not secure and not is_loopback(address):
        return False
    return private or is_public(address)


def is_public(address: str) -> bool:
    """Whether an IP address is one host of the public internet, also where it is wrapped in another."""
    found = _unwrapped(ip_address(address))
    if isinstance(found, IPv6Address) and found not in _UNICAST:
        return False
    return found.is_global and not found.is_multicast and found not in _PROTOCOLS


def is_loopback(host: str) -> bool:
    """Whether this is an IP address of this very machine; a name is none."""
    try:
        return _unwrapped(ip_address(host)).is_loopback
    except ValueError:
        return False


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address leads to: mapped, 6to4, or behind a translator (NAT64)."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


_UNICAST = ip_network("2000::/3")  # all of IPv6 that is given out
_PROTOCOLS = ip_network("192.0.0.0/24")  # partly called global, and nobody's host
_NAT64 = ip_network("64:ff9b::/96")
