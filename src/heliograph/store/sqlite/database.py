"""The connections to one database: who may use which, and when.

One writer, used by the loop's thread for rows and by one helper thread for `COMMIT` alone (architecture.md §3.3); the
`turn` keeps everybody else off it while a group is open. One read-only connection for the loop, so that reading
never touches the writer while it commits. A database in memory has only the writer: there a group begins and ends
without a pause, so reading between two of them is safe.

Nothing here knows what a message is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import apsw

from heliograph.ports import StoreFailure
from heliograph.store import StoreError
from heliograph.store.sqlite.lock import FileLock
from heliograph.store.sqlite.migrate import migrate, migrations
from heliograph.store.sqlite.opening import ALONE, STATEMENTS, look, reading
from heliograph.store.sqlite.threads import HelperThread, to_the_end
from heliograph.store.sqlite.turn import Turn
from heliograph.store.sqlite.wal import MOST_LOG_BYTES, Checkpoints, be_durable

Answer = TypeVar("Answer")
Connect = type[apsw.Connection]
Values = Sequence[int | str | bytes | None]

WRITER_CACHE_KIB = 16 * 1024
"""What the last seconds wrote, which outcomes and receipts change again. It fills slowly: twice as much looked like
memory that grows for minutes, and was no faster."""
READER_CACHE_KIB = 8 * 1024

_TEMPORARY = (
    apsw.FullError,
    apsw.IOError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.ReadOnlyError,
    apsw.CantOpenError,
    apsw.NoMemError,
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.ProtocolError,
    apsw.InterruptError,
    apsw.AbortError,
    apsw.InternalError,
    MemoryError,
)
"""What a database says when it is full, locked, out of memory, or when its disk or its file is bad. The rest of
`apsw.Error` speaks of statements and values: a bug of the caller, who must not be told to try again."""


def is_temporary(error: BaseException) -> bool:
    """True if the same rows may be tried again."""
    return isinstance(error, _TEMPORARY)


class Reader:
    """Reading for the loop. Every statement is read to its end, so none holds the log back."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """All rows of a query; the query bounds them."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except apsw.Error as error:
            raise StoreFailure(f"cannot read: {error}") from error

    def first(self, sql: str, values: Values = ()) -> tuple[Any, ...] | None:
        """The first row of a query that has at most one."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()


class Database:
    """Opens, migrates and closes. `connect` is the class of the writer's connection, for tests of what may fail."""

    def __init__(self, path: Path | None, connect: Connect = apsw.Connection) -> None:
        self._path = path
        self._connect = connect
        self._lock = FileLock(path.with_name(path.name + ".lock")) if path is not None else None
        self.turn = Turn()
        """Held while a group is open, and by who chooses what will be in the next."""
        self._committer: HelperThread | None = None
        self._checkpoints: Checkpoints | None = None
        self._writer: apsw.Connection | None = None
        self._reader: Reader | None = None

    @property
    def writer(self) -> apsw.Connection:
        """The writing connection; `StoreFailure` while the store is not open."""
        if self._writer is None:
            raise StoreFailure("the store is not open")
        return self._writer

    @property
    def reader(self) -> Reader:
        """The reading connection; `StoreFailure` while the store is not open."""
        if self._reader is None:
            raise StoreFailure("the store is not open")
        return self._reader

    @property
    def is_open(self) -> bool:
        """True between `open` and `close`."""
        return self._writer is not None

    def open(self) -> None:
        """Take the lock, look before touching anything, migrate, connect. `StoreError` says why not."""
        if self._lock is not None:
            self._lock.take()
        try:
            self._open()
        except BaseException as error:
            self._abandon()
            if isinstance(error, apsw.Error | OSError):
                raise StoreError(f"cannot open {self._path}: {error}; restore a backup or name another file") from error
            raise

    def _open(self) -> None:
        if self._path is None:
            self._writer = self._connected(":memory:")
            self._reader = Reader(self._writer)
            migrate(self._writer, migrations())
            return
        look(self._path, migrations())
        self._writer = self._connected(str(self._path))
        if self._writer.execute("PRAGMA journal_mode = WAL").get != "wal":
            raise StoreError(f"the file system of {self._path} cannot carry a write-ahead log; choose a local disk")
        be_durable(self._writer)
        self._writer.execute("PRAGMA wal_autocheckpoint = 0")
        self._writer.execute(f"PRAGMA journal_size_limit = {MOST_LOG_BYTES:d}")
        migrate(self._writer, migrations())
        self._reader = Reader(reading(self._path, READER_CACHE_KIB))
        self._committer = HelperThread("store-commit")
        self._checkpoints = Checkpoints(self._path)

    def _connected(self, name: str) -> apsw.Connection:
        # No busy handler: waiting for a lock would stop the loop; the journal comes again. COMMIT runs in the helper
        # thread, and nothing else meanwhile.
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | ALONE
        connection = self._connect(name, flags, statementcachesize=STATEMENTS)
        connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB:d}")
        connection.execute("PRAGMA cache_spill = OFF")  # all of a group's writing happens in COMMIT, off the loop
        connection.execute("PRAGMA temp_store = MEMORY")
        return connection

    async def close(self) -> None:
        """Close in the opposite order; the last connection to go leaves one file and no log."""
        async with self.turn:
            try:
                if self._checkpoints is not None:
                    await self._checkpoints.close()
            finally:
                self._abandon()

    def _abandon(self) -> None:
        if self._reader is not None:
            self._reader.close()
        if self._writer is not None:
            self._writer.close()
        if self._committer is not None:
            self._committer.close()
        if self._lock is not None:
            self._lock.release()
        self._writer = self._reader = self._committer = self._checkpoints = None

    # -- groups ----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def group(self) -> AsyncIterator[apsw.Connection]:
        """A transaction: committed when the block ends, rolled back whole when it raises.

        What the database could not do becomes `StoreFailure`; what it was wrongly asked stays `apsw.Error`.
        """
        async with self.turn:
            writer = self.writer
            if self._checkpoints is not None:
                await self._checkpoints.before_group()
            changes = writer.total_changes()
            try:
                writer.execute("BEGIN IMMEDIATE")
                pages = _pages(writer)
                yield writer
                pages = _pages(writer) - pages
                await self._commit(writer)
            except BaseException as error:
                self._roll_back(writer)
                if is_temporary(error):
                    raise StoreFailure(f"cannot write: {error}") from error
                raise
            if self._checkpoints is not None:
                self._checkpoints.committed(writer.total_changes() - changes, pages)

    async def _commit(self, writer: apsw.Connection) -> None:
        if self._committer is None:
            writer.execute("COMMIT")
            return
        await to_the_end(self._committer.run(lambda: commit(writer)))

    def _roll_back(self, writer: apsw.Connection) -> None:
        """After some errors SQLite has rolled back already."""
        if writer.in_transaction:
            try:
                writer.execute("ROLLBACK")
            except apsw.Error as error:
                raise StoreFailure(f"cannot roll back: {error}") from error

    async def aside(self, work: Callable[[Reader], Answer]) -> Answer:
        """Run a long look at one moment's state, off the loop and on a connection of its own.

        Only for queries that return few rows: each row fetched in a thread makes it fight for the interpreter.
        """
        if self._path is None:
            async with self.turn:
                return work(self.reader)
        return await asyncio.to_thread(_alone, self._path, work)


def _pages(connection: apsw.Connection) -> int:
    return int(connection.execute("PRAGMA page_count").get)


def commit(connection: apsw.Connection) -> None:
    """The only thing the helper thread ever does with the writer."""
    connection.execute("COMMIT")


def _alone(path: Path, work: Callable[[Reader], Answer]) -> Answer:
    reader = Reader(reading(path, READER_CACHE_KIB))
    try:
        reader.rows("BEGIN")
        return work(reader)
    finally:
        reader.close()
