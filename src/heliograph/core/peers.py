"""Callers' addresses and the networks they are compared with, in one spelling (B26).

A socket that takes IPv4 and IPv6 shows an IPv4 caller as `::ffff:192.0.2.1`. Addresses and networks alike are turned
back into IPv4, so that a list of either spelling finds a caller of either.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network
_CARRIED: Final = 96
"""Bits of `::ffff:0:0/96`, below which IPv6 carries IPv4 (RFC 4291, 2.5.5.2)."""


def plain(text: str) -> str:
    """The address in its usual form, an IPv4 address that IPv6 carries as IPv4; "" for what is no address."""
    address = _address(text)
    return "" if address is None else str(address)


def network_of(text: str) -> Network:
    """A network, or an address as a network of one; one of IPv4 that IPv6 carries as IPv4. Raises `ValueError`."""
    network = ip_network(text.strip(), strict=False)
    if isinstance(network, IPv6Network) and network.prefixlen >= _CARRIED:
        carried = network.network_address.ipv4_mapped
        if carried is not None:
            return IPv4Network((carried, network.prefixlen - _CARRIED))
    return network


def is_within(peer: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address is in one of the networks; what is no address is in none. A zone (`%eth0`) is left out."""
    address = _address(peer.partition("%")[0])
    if address is None:
        return False
    return any(address.version == network.version and address in network for network in networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
