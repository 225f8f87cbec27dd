"""Rented numbers as rows."""

from __future__ import annotations

from typing import Final

from heliograph.model.rents import RentedNumber
from heliograph.store.postgres.database import Database

_ALL: Final = "SELECT number, account_id, until, prolong FROM rented_number ORDER BY number"
_SAVE: Final = """
    INSERT INTO rented_number (number, account_id, until, prolong) VALUES ($1, $2, $3, $4)
    ON CONFLICT (number) DO UPDATE
    SET account_id = excluded.account_id, until = excluded.until, prolong = excluded.prolong
"""
_REMOVE: Final = "DELETE FROM rented_number WHERE number = $1"


class PostgresRents:
    """`ports.rents.RentStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[RentedNumber]:
        return [RentedNumber(*row) for row in await self._database.rows(_ALL)]

    async def save(self, rent: RentedNumber) -> None:
        async with self._database.group() as database:
            await database.execute(_SAVE, rent.number, rent.account_id, rent.until, rent.prolong)

    async def remove(self, number: str) -> None:
        async with self._database.group() as database:
            await database.execute(_REMOVE, number)
