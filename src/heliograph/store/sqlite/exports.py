"""Exports and their files, as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from heliograph.model.exports import Export, ExportState
from heliograph.store.sqlite.database import Database

_COLUMNS: Final = "account_id, name, since, until, asked_at, state, before, rows"
_ADD: Final = f"INSERT INTO export ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_OF_ACCOUNT: Final = f"SELECT id, {_COLUMNS} FROM export WHERE account_id = ? AND id > ? ORDER BY id LIMIT ?"
_FIND: Final = f"SELECT id, {_COLUMNS} FROM export WHERE account_id = ? AND id = ?"
_NEXT: Final = f"SELECT id, {_COLUMNS} FROM export WHERE state IN (0, 1) ORDER BY id LIMIT 1"
_GO_ON: Final = "UPDATE export SET name = ?, state = ?, before = ?, rows = ? WHERE id = ?"
_PIECE: Final = """
    INSERT INTO export_piece (export_id, number, octets)
    SELECT ?1, coalesce(max(number), 0) + 1, ?2 FROM export_piece WHERE export_id = ?1
"""
_PIECES: Final = "SELECT number, octets FROM export_piece WHERE export_id = ? AND number > ? ORDER BY number LIMIT ?"


class SqliteExports:
    """`ports.exports.ExportStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, export: Export) -> int:
        async with self._database.group() as database:
            database.execute(_ADD, _values(export))
            return int(database.last_insert_rowid())

    async def of_account(self, account_id: int, after: int, limit: int) -> list[Export]:
        return [_export(row) for row in self._database.reader.rows(_OF_ACCOUNT, (account_id, after, limit))]

    async def find(self, account_id: int, export_id: int) -> Export | None:
        row = self._database.reader.first(_FIND, (account_id, export_id))
        return None if row is None else _export(row)

    async def next(self) -> Export | None:
        row = self._database.reader.first(_NEXT)
        return None if row is None else _export(row)

    async def go_on(self, export: Export, piece: bytes, rest: Export | None = None) -> None:
        async with self._database.group() as database:
            database.execute(_GO_ON, (export.name, int(export.state), export.before, export.rows, export.id))
            if piece:
                database.execute(_PIECE, (export.id, piece))
            if rest is not None:
                database.execute(_ADD, _values(rest))

    async def pieces(self, export_id: int, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        rows = self._database.reader.rows(_PIECES, (export_id, after, limit))
        return [(number, octets) for number, octets in rows]


def _values(export: Export) -> tuple[int | str, ...]:
    return (
        export.account_id,
        export.name,
        export.since,
        export.until,
        export.asked_at,
        int(export.state),
        export.before,
        export.rows,
    )


def _export(row: tuple[Any, ...]) -> Export:
    id_, account_id, name, since, until, asked_at, state, before, rows = row
    return Export(id_, account_id, name, since, until, asked_at, ExportState(state), before, rows)
