"""Event notifications as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from heliograph.model.alarms import Alarm
from heliograph.store.columns import alarms as columns
from heliograph.store.postgres.database import Database
from heliograph.store.postgres.texts import kept

COLUMNS = columns.COLUMNS
INSERT = f"INSERT INTO alarm ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id"
OF_ACCOUNT = f"SELECT id, {COLUMNS} FROM alarm WHERE account_id = $1 ORDER BY id"
GET = f"SELECT id, {COLUMNS} FROM alarm WHERE account_id = $1 AND id = $2"
REMOVE = "DELETE FROM alarm WHERE account_id = $1 AND id = $2 RETURNING id"
MOST_ID = 2**31
"""Ids are below it; larger numbers are asked for, too."""


class PostgresAlarms:
    """`ports.alarms.AlarmStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, alarm: Alarm) -> int:
        async with self._database.group() as database:
            return int(await database.fetchval(INSERT, *[kept(value) for value in columns.values(alarm)]))

    async def of_account(self, account_id: int) -> list[Alarm]:
        return [columns.alarm_of(row) for row in await self._database.rows(OF_ACCOUNT, account_id)]

    async def get(self, account_id: int, alarm_id: int) -> Alarm | None:
        if not 0 < alarm_id < MOST_ID:
            return None
        rows = await self._database.rows(GET, account_id, alarm_id)
        return columns.alarm_of(rows[0]) if rows else None

    async def remove(self, account_id: int, alarm_id: int) -> bool:
        if not 0 < alarm_id < MOST_ID:
            return False
        async with self._database.group() as database:
            return bool(await database.fetch(REMOVE, account_id, alarm_id))
