"""Numbers to be confirmed by a call, as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from heliograph.model.confirmation import Confirmation
from heliograph.model.rows import ConfirmationMove
from heliograph.store.sqlite.database import Database

COLUMNS = "id, account_id, phone, number, asked_at, until, called_at"
INSERT = f"INSERT INTO confirmation ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
FORGET = "DELETE FROM confirmation WHERE id IN (SELECT id FROM confirmation WHERE asked_at < ? ORDER BY id LIMIT 100)"
"""`confirmation` has no index on the time: ids are given in its order, so the oldest come first."""
PENDING = f"SELECT {COLUMNS} FROM confirmation WHERE phone = ? AND until > ? AND called_at = 0 ORDER BY id"
ASKED = "SELECT count(*) FROM confirmation WHERE phone = ? AND account_id = ? AND asked_at >= ?"
MOVE = "UPDATE confirmation SET called_at = ? WHERE id = ? AND called_at = 0"


class SqliteConfirmations:
    """`ports.confirmations.ConfirmationsStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, confirmation: Confirmation, forget_before: int) -> None:
        async with self._database.group() as database:
            database.execute(FORGET, (forget_before,))
            database.execute(INSERT, astuple(confirmation))

    async def pending(self, phone: str, now: int) -> list[Confirmation]:
        return [Confirmation(*row) for row in self._database.reader.rows(PENDING, (phone, now))]

    async def asked_since(self, account_id: int, phone: str, since: int) -> int:
        found = self._database.reader.first(ASKED, (phone, account_id, since))
        return int(found[0]) if found else 0


def move_values(move: ConfirmationMove) -> tuple[Any, ...]:
    """The values for `MOVE`."""
    return (move.called_at, move.id)
