"""The two counters ids come from: no number is ever given twice, by any node, whatever fails (decisions.md 3).

A row holds a ceiling below which every number may have been given away; a node takes blocks by raising it, and gives
out what lies in blocks that were committed. Blocks of one node that follow each other are one. A crash skips at most
a block of numbers; a clean end gives back what nobody has taken beyond.

Why a row and no sequence: a request of a hundred long texts needs 25,500 numbers in a row, and a sequence that counts
in such steps skips thirty-two of them at each crash of the server.
"""

from __future__ import annotations

from heliograph.store.postgres.statements import Connection

MESSAGE_IDS = 65_536
"""At least half of them are at hand: more than a request takes at once (100 recipients × 255 parts)."""
EVENT_IDS = 1_048_576
"""While the store fails, events go on until the journal is full of their rows: more than those must be at hand."""
RAISE = "UPDATE counter SET value = value + $1 WHERE name = $2 RETURNING value"
GIVE_BACK = "UPDATE counter SET value = $1 WHERE name = $2 AND value = $3"


class Counter:
    """One counter, raised by `block`. `raise_in` writes inside an open group; `committed` says that the group is
    durable, `failed` that it is not."""

    def __init__(self, name: str, block: int) -> None:
        self._name = name
        self._block = block
        self._next = 0
        self._ceiling = 0
        self._promised: tuple[int, int] | None = None

    def take(self, count: int) -> int | None:
        """Give `count` consecutive numbers away and return the first; None if so many are not at hand."""
        first = self._next
        if count < 1 or first + count > self._ceiling:
            return None
        self._next = first + count
        return first

    @property
    def is_due(self) -> bool:
        """True while few numbers are left, or more are being taken."""
        return self._ceiling - self._next < self._block // 2 or self._promised is not None

    async def raise_in(self, database: Connection) -> None:
        """Take more numbers if few are left."""
        self._promised = None
        if self.is_due:
            missing = self._block - (self._ceiling - self._next)
            ceiling = int(await database.fetchval(RAISE, missing, self._name))
            self._promised = (ceiling - missing, ceiling)

    def committed(self) -> None:
        """The group that may have taken numbers is durable."""
        if self._promised is not None:
            first, ceiling = self._promised
            if first != self._ceiling:
                self._next = first  # another node took some in between: the rest of the old block is left out
            self._ceiling = ceiling
            self._promised = None

    async def close_in(self, database: Connection) -> None:
        """Give back what was not given away, unless others have gone on from there; from now on none is at hand."""
        first, ceiling = self._next, self._ceiling
        self._ceiling = self._next = 0
        if first < ceiling:
            await database.execute(GIVE_BACK, first, self._name, ceiling)
