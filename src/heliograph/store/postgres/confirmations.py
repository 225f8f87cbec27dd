"""Numbers to be confirmed by a call, as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from heliograph.model.confirmation import Confirmation
from heliograph.model.rows import ConfirmationMove
from heliograph.store.postgres.database import Database
from heliograph.store.postgres.statements import insert, many, names, run

_COLUMNS = "id bigint, account_id integer, phone text, number text, asked_at bigint, until bigint, called_at bigint"
COLUMNS = names(_COLUMNS)
INSERT = insert("confirmation", _COLUMNS)
FORGET = """
    DELETE FROM confirmation
    WHERE id = ANY(ARRAY(SELECT id FROM (SELECT id, asked_at FROM confirmation ORDER BY id LIMIT 100) AS oldest
                         WHERE asked_at < $1))
"""
"""`confirmation` has no index on the time: ids are given in its order, so the oldest come first."""
PENDING = f"SELECT {COLUMNS} FROM confirmation WHERE phone = $1 AND until > $2 AND called_at = 0 ORDER BY id"
ASKED = "SELECT count(*) FROM confirmation WHERE phone = $1 AND account_id = $2 AND asked_at >= $3"
MOVE = many(
    "UPDATE confirmation SET called_at = new.called_at FROM {rows} "
    "WHERE confirmation.id = new.id AND confirmation.called_at = 0",
    "called_at bigint, id bigint",
)


class PostgresConfirmations:
    """`ports.confirmations.ConfirmationsStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, confirmation: Confirmation, forget_before: int) -> None:
        async with self._database.group() as database:
            await database.execute(FORGET, forget_before)
            await run(database, INSERT, [astuple(confirmation)])

    async def pending(self, phone: str, now: int) -> list[Confirmation]:
        return [Confirmation(*row) for row in await self._database.rows(PENDING, phone, now)]

    async def asked_since(self, account_id: int, phone: str, since: int) -> int:
        return int((await self._database.rows(ASKED, phone, account_id, since))[0][0])


def move_values(move: ConfirmationMove) -> tuple[Any, ...]:
    """The values for `MOVE`."""
    return (move.called_at, move.id)
