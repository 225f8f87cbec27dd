"""Who calls, when a proxy stands between: X-Forwarded-For and -Proto are believed from trusted proxies alone (B26).

Anybody can write these headers. They are read from the right, where the nearest proxy wrote, X-Forwarded-For only as
far as the addresses are trusted themselves; what is no address ends the reading there, so that a list of allowed peers
fails closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.core.peers import is_within, network_of, plain
from heliograph.protocols.http import Headers

_MOST_REMEMBERED: Final = 4096


class Proxies:
    """`networks` are the addresses or networks of proxies whose word is believed. Raises `ValueError` for others."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = tuple(network_of(text) for text in networks)
        self._known: dict[str, bool] = {}

    def trusts(self, address: str) -> bool:
        """Whether this caller is a trusted proxy."""
        if not self._networks:
            return False
        known = self._known.get(address)
        if known is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            known = self._known[address] = is_within(address, self._networks)
        return known

    def caller(self, proxy: str, headers: Headers) -> str:
        """Whom the trusted `proxy` speaks for: the nearest address that is no trusted proxy itself."""
        names = [name for given, value in headers if given.lower() == "x-forwarded-for" for name in value.split(",")]
        address = proxy
        for name in reversed(names):
            named = plain(_without_port(name.strip()))
            if not named:
                break
            address = named
            if not self.trusts(address):
                break
        return address

    def scheme(self, headers: Headers) -> str:
        """What the caller spoke to the proxy that wrote last, http or https; "" when it does not say."""
        said = ""
        for name, value in headers:
            if name.lower() == "x-forwarded-proto":
                said = value.rpartition(",")[2].strip().lower()
        return said if said in ("http", "https") else ""


def _without_port(name: str) -> str:
    """Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`."""
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0] if name.count(":") == 1 else name
