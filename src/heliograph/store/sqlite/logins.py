"""Wrong logins as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.model.logins import WrongLogins
from heliograph.store.sqlite.database import Database

_COLUMNS: Final = ", ".join(WrongLogins._fields)
_ADD: Final = f"INSERT INTO wrong_login ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
_SINCE: Final = f"SELECT id, {_COLUMNS} FROM wrong_login WHERE id > ? ORDER BY id LIMIT ?"
_FORGET: Final = "DELETE FROM wrong_login WHERE at < ? AND blocked_until < ?"


class SqliteLogins:
    """`ports.logins.LoginStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, counted: Sequence[WrongLogins]) -> None:
        async with self._database.group() as database:
            database.executemany(_ADD, counted)

    async def since(self, number: int, limit: int) -> list[tuple[int, WrongLogins]]:
        rows = self._database.reader.rows(_SINCE, (number, limit))
        return [(row[0], WrongLogins(*row[1:])) for row in rows]

    async def forget(self, before: int) -> None:
        async with self._database.group() as database:
            database.execute(_FORGET, (before, before))
