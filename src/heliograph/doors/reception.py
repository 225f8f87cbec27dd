"""Where the callers of one door come in: its entrances, and the connections that are open.

All entrances are bound, or none; they listen all, or none. At the end nobody comes in any more, whoever is inside is
asked to leave, and is cut off when he does not. It knows no protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Generic, Protocol, TypeVar

from heliograph.doors.http_listener import Entrance

_CUT_OFF_S: Final = 1.0
"""How long a stop waits for those it has cut off."""


class Guest(Protocol):
    """A connection."""

    def abort(self) -> None:
        """End now."""


G = TypeVar("G", bound=Guest)


class Reception(Generic[G]):
    """The entrances of a door with the connections of kind `G` that came through them."""

    def __init__(self, entrances: Sequence[Entrance]) -> None:
        self.entrances = list(entrances)
        self.is_stopping = False
        self._open: set[G] = set()
        self._all_closed = asyncio.Event()

    def __len__(self) -> int:
        """How many connections are open."""
        return len(self._open)

    def __iter__(self) -> Iterator[G]:
        """The open ones; some may close while they are looked at."""
        return iter(list(self._open))

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each socket listened on, in the order of the listeners."""
        return [address for entrance in self.entrances for address in entrance.addresses]

    async def bind(self) -> None:
        """Take all addresses, or none, without listening yet. Raises `CannotListen`."""
        try:
            for entrance in self.entrances:
                await entrance.bind()
        except BaseException:
            self._close()
            raise

    async def serve(self, makers: Sequence[Callable[[], asyncio.Protocol]]) -> None:
        """Listen everywhere, or nowhere, with what makes a connection of each entrance; `bind` comes first or is done
        here. Raises `CannotListen`."""
        if not all(entrance.is_bound for entrance in self.entrances):
            await self.bind()
        try:
            for entrance, maker in zip(self.entrances, makers, strict=True):
                await entrance.serve(maker)
        except BaseException:
            self._close()
            raise

    async def stop(self, grace_s: float, leave: Callable[[G], None]) -> None:
        """Listen no more, ask everybody to `leave`, wait for up to `grace_s`, then cut off the rest."""
        self.is_stopping = True
        self._close()
        for guest in self:
            leave(guest)
        await self._wait(grace_s)
        for guest in self:
            guest.abort()
        await self._wait(_CUT_OFF_S)

    def enter(self, guest: G, most: int) -> bool:
        """Count a connection; False if there are `most`."""
        if self.is_stopping or len(self._open) >= most:
            return False
        self._open.add(guest)
        return True

    def left(self, guest: G) -> None:
        """Forget one."""
        self._open.discard(guest)
        if self.is_stopping and not self._open:
            self._all_closed.set()

    def _close(self) -> None:
        for entrance in self.entrances:
            entrance.close()

    async def _wait(self, seconds: float) -> None:
        if self._open:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_closed.wait(), seconds)
