"""Event notifications as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from heliograph.model.alarms import Alarm
from heliograph.store.columns import alarms as columns
from heliograph.store.sqlite.database import Database

COLUMNS = columns.COLUMNS
INSERT = f"INSERT INTO alarm ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
OF_ACCOUNT = f"SELECT id, {COLUMNS} FROM alarm WHERE account_id = ? ORDER BY id"
GET = f"SELECT id, {COLUMNS} FROM alarm WHERE account_id = ? AND id = ?"
REMOVE = "DELETE FROM alarm WHERE account_id = ? AND id = ?"


class SqliteAlarms:
    """`ports.alarms.AlarmStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, alarm: Alarm) -> int:
        async with self._database.group() as database:
            return int(database.execute(INSERT, columns.values(alarm)).get)

    async def of_account(self, account_id: int) -> list[Alarm]:
        return [columns.alarm_of(row) for row in self._database.reader.rows(OF_ACCOUNT, (account_id,))]

    async def get(self, account_id: int, alarm_id: int) -> Alarm | None:
        row = self._database.reader.first(GET, (account_id, alarm_id))
        return None if row is None else columns.alarm_of(row)

    async def remove(self, account_id: int, alarm_id: int) -> bool:
        async with self._database.group() as database:
            database.execute(REMOVE, (account_id, alarm_id))
            return database.changes() > 0
