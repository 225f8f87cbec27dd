"""A response without an end: what is written goes out at once, and who does not read it is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

MOST_BEHIND: Final = 64 * 1024
"""Octets written beyond what the transport wants to hold, before a reader counts as gone."""


class StreamOutlet:
    """`protocols.http.Outlet` over a connection. `is_behind` tells whether the transport holds enough."""

    def __init__(self, transport: asyncio.Transport, is_behind: Callable[[], bool]) -> None:
        self._transport = transport
        self._is_behind = is_behind
        self._behind = 0

    def write(self, data: bytes) -> bool:
        if self._transport.is_closing():
            return False
        self._behind = self._behind + len(data) if self._is_behind() else 0
        if self._behind > MOST_BEHIND:
            self._transport.abort()
            return False
        self._transport.write(data)
        return True

    def close(self) -> None:
        self._transport.close()
