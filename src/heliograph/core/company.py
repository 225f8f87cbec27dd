"""Small groups look for company: it is the group that costs, and who was answered just now is about to ask again.

A customer with so many connections, or so wide a window, has half of them in the group that is written and half in the
one that collects meanwhile: for ever, were each written as soon as the other is done, and the first who ask again would
be a group of their own. A moment later all of them are in one. (docs/decisions/0026) Where the store writes aside and
there are many, two camps are as it should be: one is written while the other is told. (docs/decisions/0027)
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from heliograph.model.rows import Row

SMALL_ROWS: Final = range(8, 256)
"""A group of fewer has nobody to meet, one of more needs nobody."""
SLOW_S: Final = 0.001
"""A group that takes less costs too little."""
PAUSE_SHARE: Final = 2
"""Of what the group took; a half."""
LONGEST_PAUSE_S: Final = 0.003
MOST_PASSED: Final = 64
"""Groups that are not followed by a pause once nobody comes: traffic that does not wait for its answers."""
FEWEST: Final = 20
"""Messages in each of two groups that take turns: of fewer each pays too much for being a group."""


class Company:
    """For the one who writes groups; all of it is the loop's."""

    def __init__(self) -> None:
        self._missing = 0
        self._came = asyncio.Event()
        self._passing = 0
        self._next_passing = 1
        self._take_turns = False

    def may_take_turns(self, rows: int, answered: int) -> bool:
        """After a group of so many rows, so many of them brought to be taken: True if those who brought them may be a
        camp of their own, written while the other is told. Whoever comes in one group now comes in two then."""
        fewest = FEWEST if self._take_turns else 2 * FEWEST
        self._take_turns = rows >= SMALL_ROWS.stop or answered >= fewest
        return self._take_turns

    def came(self, rows: Sequence[Row]) -> None:
        """These were brought to be taken. Whoever brings them need not be the one who is missed."""
        self._missing -= len(rows)
        if self._missing <= 0:
            self._came.set()

    async def look(self, rows: int, answered: int, took_s: float) -> None:
        """After a group of so many rows, so many of them brought to be taken: wait for as many, but not long. If they
        do not come, more and more groups pass until they are waited for again."""
        if rows not in SMALL_ROWS or not answered or took_s < SLOW_S:
            return
        if self._passing:
            self._passing -= 1
            return
        self._missing = answered
        self._came.clear()
        timer = asyncio.get_running_loop().call_later(min(took_s / PAUSE_SHARE, LONGEST_PAUSE_S), self._came.set)
        await self._came.wait()
        timer.cancel()
        if self._missing <= answered // 4:
            self._next_passing = 1
        else:
            self._passing = self._next_passing
            self._next_passing = min(2 * self._next_passing, MOST_PASSED)
