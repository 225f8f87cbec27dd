"""Which addresses may be dialled on a customer's word: none that leads inside (server-side request forgery).

A name is resolved once, every address it has is asked here, and the address that was asked is the one dialled: what
the name says a moment later does not count.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address

_INSIDE: Final = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
"""IANA's special-purpose addresses, and one by which a big cloud's machines speak to their host: nothing of the public
internet lives there."""


class Forbidden(Exception):
    """The address is inside; the text names it."""


class Guard:
    """`allowed` are networks that may be dialled although they are inside (self-hosters' own)."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = tuple(ip_network(network, strict=False) for network in allowed)

    def check(self, text: str) -> None:
        """Raise `Forbidden` unless this address may be dialled."""
        for address in _meant(text):
            if any(_holds(network, address) for network in self._allowed):
                continue
            if any(_holds(network, address) for network in _INSIDE):
                raise Forbidden(f"{text} is not a public address")


def _meant(text: str) -> list[Address]:
    """The address and those it carries inside itself: mapped, translated or tunnelled IPv4."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        raise Forbidden(f"{text!r} is no address") from None
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    carried: list[Address] = [address]
    if address.sixtofour is not None:
        carried.append(address.sixtofour)
    if address in ip_network("64:ff9b::/96"):
        carried.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return carried


def _holds(network: IPv4Network | IPv6Network, address: Address) -> bool:
    return network.version == address.version and address in network
