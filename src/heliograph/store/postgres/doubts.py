"""Groups that were sent to be committed and never answered, while the server could not be asked either.

Their writer was told that they failed: it will bring what already happened once more, and has answered BUSY for what
was new. So once the server says that such a group was committed after all, what comes again is not written twice, and
what was new is withdrawn: rejected, refunded, its idempotency key free. If it was not, nothing is to be done.
"""

from __future__ import annotations

from collections.abc import Sequence

from heliograph.model.message import FINAL, Message, State
from heliograph.model.refusal import Reason
from heliograph.model.rows import Fence, Guard, Move, Row
from heliograph.store.group import sort
from heliograph.store.postgres import figures, group
from heliograph.store.postgres.database import Database, Unknown
from heliograph.store.postgres.statements import Connection

FREE = "DELETE FROM guard WHERE account_id = $1 AND message_ids = $2"
REFUSED = "UPDATE message SET refusal = $1 WHERE id = ANY($2::bigint[]) AND refusal = ''"


class Doubts:
    """Knows them in the order they came. `rows_of` is what is left to write of a group's rows."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open: list[tuple[Unknown, Sequence[Row]]] = []
        self._written: dict[int, Row] = {}

    def add(self, group: Unknown, rows: Sequence[Row]) -> None:
        """Nobody can say yet what became of this one."""
        self._open.append((group, rows))

    async def settle(self, fence: Fence, at: int) -> None:
        """Ask about each. `StoreFailure` while the server cannot be asked."""
        while self._open:
            lost, rows = self._open[0]
            if await self._database.was_committed(lost):
                async with self._database.group() as database:
                    await _withdraw(database, rows, fence, at)
                kept = [row for row in rows if not isinstance(row, Message | Guard)]
                self._written.update({id(row): row for row in kept})
            del self._open[0]

    def rows_of(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Those that are not written already."""
        if not self._written:
            return rows
        return [row for row in rows if id(row) not in self._written]

    def written(self, rows: Sequence[Row]) -> None:
        """A group with these rows is durable: they will not come again."""
        if self._written:
            for row in rows:
                self._written.pop(id(row), None)


async def _withdraw(database: Connection, rows: Sequence[Row], fence: Fence, at: int) -> None:
    new = [row for row in rows if isinstance(row, Message) and row.state not in FINAL]
    moves = [
        Move(
            message.id,
            State.REJECTED,
            message.connector,
            message.tries,
            0,
            message.error,
            at,
            message.maybe_twice,
            message.purse,
            message.price,
        )
        for message in new
    ]
    await group.write(database, sort(moves), fence, at)
    if new:
        ids = [message.id for message in new]
        async with figures.looking(database, ids, fence):
            await database.execute(REFUSED, Reason.INTERNAL.value, ids)
    for guard in rows:
        if isinstance(guard, Guard):
            await database.execute(FREE, guard.account_id, " ".join(map(str, guard.message_ids)))
