"""Exports and their files, as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from heliograph.model.exports import Export, ExportState
from heliograph.store.postgres.database import Database
from heliograph.store.postgres.texts import kept

_COLUMNS: Final = "account_id, name, since, until, asked_at, state, before, rows"
_ADD: Final = f"INSERT INTO export ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id"
_OF_ACCOUNT: Final = f"SELECT id, {_COLUMNS} FROM export WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3"
_FIND: Final = f"SELECT id, {_COLUMNS} FROM export WHERE account_id = $1 AND id = $2"
_NEXT: Final = f"SELECT id, {_COLUMNS} FROM export WHERE state IN (0, 1) ORDER BY id LIMIT 1"
_GO_ON: Final = "UPDATE export SET name = $1, state = $2, before = $3, rows = $4 WHERE id = $5"
_PIECE: Final = """
    INSERT INTO export_piece (export_id, number, octets)
    SELECT $1, coalesce(max(number), 0) + 1, $2 FROM export_piece WHERE export_id = $1
"""
_PIECES: Final = "SELECT number, octets FROM export_piece WHERE export_id = $1 AND number > $2 ORDER BY number LIMIT $3"
_MOST_ID: Final = 2**31
"""Ids are below it; larger numbers are asked for, too."""


class PostgresExports:
    """`ports.exports.ExportStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, export: Export) -> int:
        async with self._database.group() as database:
            return int(await database.fetchval(_ADD, *_values(export)))

    async def of_account(self, account_id: int, after: int, limit: int) -> list[Export]:
        rows = await self._database.rows(_OF_ACCOUNT, account_id, min(after, _MOST_ID - 1), limit)
        return [_export(row) for row in rows]

    async def find(self, account_id: int, export_id: int) -> Export | None:
        if not 0 < export_id < _MOST_ID:
            return None
        rows = await self._database.rows(_FIND, account_id, export_id)
        return _export(rows[0]) if rows else None

    async def next(self) -> Export | None:
        rows = await self._database.rows(_NEXT)
        return _export(rows[0]) if rows else None

    async def go_on(self, export: Export, piece: bytes, rest: Export | None = None) -> None:
        values = (kept(export.name), int(export.state), export.before, export.rows, export.id)
        async with self._database.group() as database:
            await database.execute(_GO_ON, *values)
            if piece:
                await database.execute(_PIECE, export.id, piece)
            if rest is not None:
                await database.execute(_ADD, *_values(rest))

    async def pieces(self, export_id: int, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        rows = await self._database.rows(_PIECES, export_id, after, limit)
        return [(number, bytes(octets)) for number, octets in rows]


def _values(export: Export) -> tuple[int | str, ...]:
    return (
        export.account_id,
        kept(export.name),
        export.since,
        export.until,
        export.asked_at,
        int(export.state),
        export.before,
        export.rows,
    )


def _export(row: Sequence[Any]) -> Export:
    id_, account_id, name, since, until, asked_at, state, before, rows = row
    return Export(id_, account_id, name, since, until, asked_at, ExportState(state), before, rows)
