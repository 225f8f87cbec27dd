"""The two counters ids come from: no number is ever given twice, whatever fails (decisions.md 3).

The database holds a ceiling below which every number may have been given away; memory gives out what lies below the
ceiling that was committed last. A group raises it when less than half a block is left, so most groups write no
counter, and a crash skips at most a block of numbers. A clean end writes the exact number.
"""

from __future__ import annotations

import apsw

MESSAGE_IDS = 65_536
"""At least half of them are at hand: more than a request takes at once (100 recipients × 255 parts), and seconds of
full load."""
EVENT_IDS = 1_048_576
"""While the store fails, events go on until the journal is full of their rows: more than those must be at hand."""
READ = "SELECT value FROM counter WHERE name = ?"
WRITE = "UPDATE counter SET value = ? WHERE name = ?"


class Counter:
    """One counter, raised by a block of `block`. `raise_in` writes inside an open group; `committed` says that the
    group is durable."""

    def __init__(self, name: str, block: int) -> None:
        self._name = name
        self._block = block
        self._next = 0
        self._ceiling = 0
        self._promised = 0

    def load(self, database: apsw.Connection) -> None:
        """Go on from what was committed last; nothing is at hand before the first `committed`."""
        self._next = self._ceiling = self._promised = int(database.execute(READ, (self._name,)).get)

    def take(self, count: int) -> int | None:
        """Give `count` consecutive numbers away and return the first; None if so many are not at hand."""
        first = self._next
        if count < 1 or first + count > self._ceiling:
            return None
        self._next = first + count
        return first

    def raise_in(self, database: apsw.Connection) -> None:
        """Raise the ceiling if it is near."""
        self._promised = self._ceiling
        if self._next + self._block // 2 > self._ceiling:
            self._promised = self._next + self._block
            database.execute(WRITE, (self._promised, self._name))

    def close_in(self, database: apsw.Connection) -> None:
        """Write the exact number; from now on none is at hand."""
        self._ceiling = self._promised = self._next
        database.execute(WRITE, (self._next, self._name))

    def committed(self) -> None:
        """The group that may have raised the ceiling is durable."""
        self._ceiling = self._promised
