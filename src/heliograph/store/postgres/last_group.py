"""Groups that are one statement, a transaction of its own: how it is known what became of one whose answer was lost.

Such a statement is committed before anybody could hear the number of its transaction. So each has a number of ours,
which it leaves in a row of its node, and only where a lower one stands. Whoever is in doubt puts a higher one there,
and then either finds that the group was committed or has seen to it that it never will be.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from typing import Final, NamedTuple

from heliograph.model.rows import Fence
from heliograph.store.postgres.statements import Connection

SLOTS: Final = 64
EPOCH_BITS: Final = 40
"""Numbers of a later epoch are higher: in one epoch there are as many as 87 years of 200 groups a second take."""

ROOM = f"""
    INSERT INTO last_group (node, slot, number)
    SELECT $1, slot, 0 FROM generate_series(0, {SLOTS - 1}) AS slot ON CONFLICT DO NOTHING
"""
NUMBERED = """
    UPDATE last_group SET number = $4
    FROM (SELECT id FROM node WHERE id = $1 AND epoch = $2 FOR KEY SHARE) AS me
    WHERE last_group.node = me.id AND slot = $3 AND number < $4 RETURNING number
"""
"""The first step of such a statement: holds the node's epoch and leaves the number, or finds nothing."""
VOID = """
    UPDATE last_group SET number = $3 + 1 WHERE node = $1 AND slot = $2 AND number < $3 RETURNING number
"""
LAST = "SELECT number FROM last_group WHERE node = $1 AND slot = $2"


class Number(NamedTuple):
    """The number of a group: its node's, and of which epoch of it."""

    fence: Fence
    number: int

    @property
    def slot(self) -> int:
        """The row it is left in."""
        return self.number // 2 % SLOTS

    @property
    def next(self) -> Number:
        """Every other one: that in between says that this one is void."""
        return self._replace(number=self.number + 2)

    @property
    def values(self) -> tuple[int, int, int, int]:
        """What `NUMBERED` is bound to."""
        return (*self.fence, self.slot, self.number)


def first(fence: Fence) -> Number:
    """The first one of an epoch."""
    return Number(fence, fence.epoch << EPOCH_BITS)


async def was_committed(connection: Connection, group: Number) -> bool:
    """True if the group was; else it never will be. Waits while it is being written."""
    node = group.fence.node
    if await connection.fetchval(VOID, node, group.slot, group.number) is not None:
        return False
    return bool(await connection.fetchval(LAST, node, group.slot) == group.number)
