"""Wrong logins of all doors, written down and read back: a block outlives the process that began it, and where nodes
share a store, guesses count together wherever they are made (decisions.md 8).

Each door counts in memory and decides there. What it counted is gathered for a moment and written in one group;
everybody reads what the others wrote. A flood of peers fills no memory and no table: above a mark only blocks are
written, and guesses count where they were made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from heliograph.core.limits import FailedLogins
from heliograph.model.logins import WrongLogins
from heliograph.ports import Clock, StoreFailure
from heliograph.ports.logins import LoginStore

GATHER_S: Final = 0.2
"""So long guesses are gathered."""
MOST: Final = 500
"""Peers of one group."""
MOST_WAITING: Final = 2_000
PAGE: Final = 1_000


class Logins:
    """`writer` is another number in each process. `spread` is called when something was written for the others."""

    def __init__(self, store: LoginStore, clock: Clock, writer: int) -> None:
        self._store = store
        self._clock = clock
        self._writer = writer
        self._doors: dict[str, FailedLogins] = {}
        self._waiting: dict[tuple[str, str], tuple[int, int]] = {}
        self._read = 0
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self.spread: Callable[[], None] = lambda: None

    def add(self, door: str, failed: FailedLogins) -> None:
        """What a door counts, under the door's name, is one of ours."""
        self._doors[door] = failed
        failed.told = partial(self._counted, door)

    def _counted(self, door: str, peer: str, times: int, blocked_s: float) -> None:
        place = (door, peer)
        if not blocked_s and place not in self._waiting and len(self._waiting) >= MOST_WAITING:
            return
        before, until = self._waiting.get(place, (0, 0))
        if blocked_s:
            until = self._clock.now() + int(blocked_s * 1000)
        self._waiting[place] = (before + times, until)
        self.look_soon()

    def look_soon(self) -> None:
        """There is something to write, or to read."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._look_soon(), name="logins")

    async def _look_soon(self) -> None:
        await asyncio.sleep(GATHER_S)
        await self.look()

    async def look(self) -> None:
        """Write what was counted here, read what others counted. What cannot be written now is tried again."""
        async with self._turn:
            try:
                await self._write()
                await self._read_others()
            except StoreFailure:
                return

    async def _write(self) -> None:
        while self._waiting:
            now = self._clock.now()
            blocks_first = sorted(self._waiting.items(), key=_begins_no_block)[:MOST]
            rows = [WrongLogins(*place, now, times, until, self._writer) for place, (times, until) in blocks_first]
            for place, _ in blocks_first:
                del self._waiting[place]
            try:
                await self._store.add(rows)
            except StoreFailure:
                for place, (times, until) in blocks_first:
                    more, later = self._waiting.get(place, (0, 0))
                    self._waiting[place] = (times + more, max(until, later))
                raise
            self.spread()

    async def _read_others(self) -> None:
        while True:
            found = await self._store.since(self._read, PAGE)
            now, monotonic = self._clock.now(), self._clock.monotonic()
            for number, row in found:
                self._read = number
                failed = self._doors.get(row.door)
                if failed is not None and row.writer != self._writer:
                    counted_at = monotonic - max(0, now - row.at) / 1000
                    failed.heard(row.peer, counted_at, row.times, (row.blocked_until - now) / 1000, monotonic)
            if len(found) < PAGE:
                return
            await asyncio.sleep(0)

    async def forget(self) -> None:
        """Drop what matters to no door any more."""
        longest_s = max([failed.longest_s for failed in self._doors.values()], default=0.0)
        await self._store.forget(self._clock.now() - int(longest_s * 1000))

    async def stop(self) -> None:
        """Write what is left."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.look()


def _begins_no_block(waiting: tuple[tuple[str, str], tuple[int, int]]) -> bool:
    return not waiting[1][1]
