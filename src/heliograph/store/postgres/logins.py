"""Wrong logins as rows, numbered in the order in which they can be seen: who writes some has all others wait."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.model.logins import WrongLogins
from heliograph.store.postgres.database import Database
from heliograph.store.postgres.statements import many, run

_COLUMNS: Final = ", ".join(WrongLogins._fields)
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('heliograph logins ' || current_schema(), 0))"
_ADD: Final = many(
    f"INSERT INTO wrong_login ({_COLUMNS}) SELECT * FROM {{rows}}",
    "door text, peer text, at bigint, times integer, blocked_until bigint, writer bigint",
)
_SINCE: Final = f"SELECT id, {_COLUMNS} FROM wrong_login WHERE id > $1 ORDER BY id LIMIT $2"
_FORGET: Final = "DELETE FROM wrong_login WHERE at < $1 AND blocked_until < $1"


class PostgresLogins:
    """`ports.logins.LoginStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, counted: Sequence[WrongLogins]) -> None:
        async with self._database.group() as database:
            await database.execute(_LOCK)
            await run(database, _ADD, counted)

    async def since(self, number: int, limit: int) -> list[tuple[int, WrongLogins]]:
        rows = await self._database.rows(_SINCE, number, limit)
        return [(row[0], WrongLogins(*row[1:])) for row in rows]

    async def forget(self, before: int) -> None:
        async with self._database.group() as database:
            await database.execute(_FORGET, before)
