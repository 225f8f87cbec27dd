"""Event notifications as rows; the lists in them are JSON."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

import json
from typing import Any

from heliograph.model.alarms import Alarm
from heliograph.store.sqlite.database import Database

COLUMNS = "account_id, name, failure, recovery, recipients, groups, sender, is_flash"
INSERT = f"INSERT INTO alarm ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
OF_ACCOUNT = f"SELECT id, {COLUMNS} FROM alarm WHERE account_id = ? ORDER BY id"
GET = f"SELECT id, {COLUMNS} FROM alarm WHERE account_id = ? AND id = ?"
REMOVE = "DELETE FROM alarm WHERE account_id = ? AND id = ?"


class SqliteAlarms:
    """`ports.alarms.AlarmStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, alarm: Alarm) -> int:
        values = (
            alarm.account_id,
            alarm.name,
            alarm.failure,
            alarm.recovery,
            json.dumps(alarm.recipients),
            json.dumps(alarm.groups),
            alarm.sender,
            +alarm.is_flash,
        )
        async with self._database.group() as database:
            return int(database.execute(INSERT, values).get)

    async def of_account(self, account_id: int) -> list[Alarm]:
        return [_alarm(row) for row in self._database.reader.rows(OF_ACCOUNT, (account_id,))]

    async def get(self, account_id: int, alarm_id: int) -> Alarm | None:
        row = self._database.reader.first(GET, (account_id, alarm_id))
        return None if row is None else _alarm(row)

    async def remove(self, account_id: int, alarm_id: int) -> bool:
        async with self._database.group() as database:
            database.execute(REMOVE, (account_id, alarm_id))
            return database.changes() > 0


def _alarm(row: tuple[Any, ...]) -> Alarm:
    alarm_id, account_id, name, failure, recovery, recipients, groups, sender, is_flash = row
    to, of = tuple(json.loads(recipients)), tuple(json.loads(groups))
    return Alarm(alarm_id, account_id, name, failure, recovery, to, of, sender, bool(is_flash))
