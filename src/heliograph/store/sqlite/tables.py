"""A SQLite store as tables, to copy from and to.

To be copied from, a file is read at one moment, beside a working gateway or without one. A file to copy into is a draft
beside its later name: it takes that name when all of it is there, checked and on the disk, and is gone otherwise. So
it needs no log and no waiting for the disk while it grows.
"""

# ruff: noqa: S608 - statements are put together from names the database itself told

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import apsw

from heliograph.store import StoreError
from heliograph.store.copying import Columns, Figures, Values
from heliograph.store.sqlite import check
from heliograph.store.sqlite.database import READER_CACHE_KIB, Reader
from heliograph.store.sqlite.migrate import migrate, migrations, version
from heliograph.store.sqlite.opening import look, reading

OWN = frozenset({"schema_version", "shown", "shown_until"})
"""Of SQLite alone: `shown` is what PostgreSQL has as an index."""
PORTION = 5_000
SPREAD = 1_000_003
"""Numbers are added up modulo this prime, or the sum of five million times of day would not fit."""

TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"
COLUMNS = "SELECT name, type FROM pragma_table_info(?) ORDER BY cid"
SEQUENCES = "SELECT name, seq FROM sqlite_sequence"
NEVER_TWICE = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
GO_ON = "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)"
FORGET = "DELETE FROM sqlite_sequence WHERE name = ?"
SKIP_IDS = "UPDATE counter SET value = value + ?"
FILE_SHOWN = """
    INSERT OR IGNORE INTO shown (account_id, shown_id, recipient, message_id)
    SELECT account_id, shown_id, CASE recipient WHEN '' THEN recipient_given ELSE recipient END, id
    FROM message WHERE shown_id IS NOT NULL ORDER BY 1, 2, 3, 4
"""
NOTE_SHOWN = "UPDATE shown_until SET message_id = (SELECT coalesce(max(id), 0) FROM message)"


class SqliteTables:
    """`copying.Target` over one connection; a source where that cannot write."""

    def __init__(self, connection: apsw.Connection, place: str) -> None:
        self._connection = connection
        self._kinds: dict[str, dict[str, str]] = {}
        self.place = place

    async def tables(self) -> Mapping[str, Columns]:
        for (table,) in self._connection.execute(TABLES).fetchall():
            if table not in OWN:
                columns = self._connection.execute(COLUMNS, (table,)).fetchall()
                self._kinds[str(table)] = {str(name): str(kind) for name, kind in columns}
        return {table: tuple(kinds) for table, kinds in self._kinds.items()}

    async def rows(self, table: str, columns: Columns) -> AsyncIterator[Sequence[Values]]:
        cursor = self._connection.execute(f"SELECT {', '.join(columns)} FROM {table}")
        while True:
            portion = [row for row, _ in zip(cursor, range(PORTION), strict=False)]
            if not portion:
                return
            yield portion

    async def figures(self, table: str, columns: Columns) -> Figures:
        sums = [f"coalesce(sum({self._figure(table, column)}), 0)" for column in columns]
        row = self._connection.execute(f"SELECT {', '.join(['count(*)', *sums])} FROM {table}").get
        return tuple(row) if isinstance(row, tuple) else (int(row),)

    def _figure(self, table: str, column: str) -> str:
        if self._kinds[table][column] == "INTEGER":
            return f"{column} % {SPREAD}"
        return f"length(CAST({column} AS BLOB))"

    async def sequences(self) -> Mapping[str, int]:
        return {str(name): int(last) for name, last in self._connection.execute(SEQUENCES)}

    async def clear(self, table: str) -> None:
        self._connection.execute(f"DELETE FROM {table}")

    async def put(self, table: str, columns: Columns, rows: Sequence[Values]) -> None:
        places = ", ".join("?" * len(columns))
        self._connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)

    async def go_on_from(self, sequences: Mapping[str, int]) -> None:
        known = await self.sequences()
        for table in [str(name) for (name,) in self._connection.execute(NEVER_TWICE).fetchall()]:
            last = max(sequences.get(table, 0), known.get(table, 0))
            self._connection.execute(FORGET, (table,))
            self._connection.execute(GO_ON, (table, last))
        self._connection.execute(FILE_SHOWN)
        self._connection.execute(NOTE_SHOWN)

    async def skip_ids(self, count: int) -> None:
        self._connection.execute(SKIP_IDS, (count,))

    async def faults(self) -> list[str]:
        return check.faults(Reader(self._connection))


@asynccontextmanager
async def reading_tables(path: Path) -> AsyncIterator[SqliteTables]:
    """The tables of a file at one moment. Raises `StoreError` if it is none of ours, or of another version."""
    connection, _ = see_store(path)
    with closing(connection):
        connection.execute("BEGIN")
        yield SqliteTables(connection, str(path))


def see_store(path: Path, *, is_older_welcome: bool = False) -> tuple[apsw.Connection, int]:
    """A connection that cannot write, to a store of this very version, or of an older one; and its schema. Raises
    `StoreError`."""
    if not path.exists():
        raise StoreError(f"there is no store {path}; name another folder or file")
    try:
        look(path, migrations())
        connection = reading(path, READER_CACHE_KIB)
        found, newest = version(connection, migrations()), migrations()[-1][0]
    except apsw.Error as error:
        raise StoreError(f"cannot read {path}: {error}; restore a backup or name another file") from error
    if found != newest and not is_older_welcome:
        connection.close()
        raise StoreError(f"{path} has schema {found}, this program needs {newest}; bring it up by `heliograph migrate`")
    return connection, found


@asynccontextmanager
async def filling_tables(path: Path) -> AsyncIterator[SqliteTables]:
    """A new store that becomes `path` when the block ends well. Raises `StoreError`."""
    draft = draft_of(path)
    try:
        with closing(apsw.Connection(str(draft))) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            migrate(connection, migrations())
            connection.execute("BEGIN")
            yield SqliteTables(connection, str(path))
            connection.execute("COMMIT")
        keep(draft, path)
    except apsw.Error as error:
        raise StoreError(f"cannot write {path}: {error}; nothing is kept of the copy, free disk") from error
    finally:
        draft.unlink(missing_ok=True)


def draft_of(path: Path, *, replaces: bool = False) -> Path:
    """An empty file for its owner only, beside the name it will have. Raises `StoreError`."""
    if path.exists() and not replaces:
        raise StoreError(f"{path} is there already; nothing was copied, name another file")
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(f"cannot write in {path.parent}: {error.strerror}; name another place") from error
    return draft


def keep(draft: Path, path: Path) -> None:
    """Give a whole draft its name; on return both are on the disk."""
    _sync(draft)
    draft.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
