"""The connections to one database: who may use which, when, and what happens when one is lost.

One writer, which a `turn` lock gives to one group at a time, and a few readers that cannot write. A connection that
fails is dropped and the caller hears `StoreFailure` at once; the next caller connects anew. Many nodes may write, each
in its epoch: every group begins by holding its node's row, and one whose epoch is over is refused (decisions.md 8).

A commit whose answer was lost is not a failure yet: the server is asked what became of it (`Unknown`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from heliograph.model.rows import Fence
from heliograph.ports import StoreFailure
from heliograph.store import StoreError, StoreInUse
from heliograph.store.postgres import last_group
from heliograph.store.postgres.failures import cause, is_lost_connection, is_temporary, words
from heliograph.store.postgres.last_group import Number
from heliograph.store.postgres.link import Connections, see_that_it_is_durable
from heliograph.store.postgres.migrate import migrate, migrations
from heliograph.store.postgres.partitions import make_room
from heliograph.store.postgres.statements import Connection, NotWhole, Together
from heliograph.store.postgres.texts import kept, told

READERS = 4
OWN = "SELECT pg_try_advisory_lock_shared(hashtextextended('heliograph owner ' || current_schema(), 0))"
"""Programs from before there were nodes hold it alone."""
PID = "SELECT pg_backend_pid()"
KEEP_MEMORY = "SELECT octet_length(repeat(' ', 8388608))"
"""Once a session. Linux's C library gives the end of a heap back to the system once 128 KiB of it are free, and a group
takes five times that: with bad luck each takes it anew, page by page. A large piece, freed, makes it keep more."""
END_OURS = "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE pid = $1 AND application_name = $2"
BEGIN_LOOK = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
TRANSACTION = "SELECT pg_current_xact_id()::text"
FENCED_TRANSACTION = "SELECT pg_current_xact_id()::text FROM node WHERE id = $1 AND epoch = $2 FOR KEY SHARE"
WRITES = "UPDATE node SET backend = pg_backend_pid() WHERE id = $1 AND epoch = $2"
FATE = "SELECT pg_xact_status($1::text::xid8)"
DOUBT_S = 2.0
"""So long the answer to a lost commit is looked for before its group is called failed."""
DOUBT_PAUSE_S = 0.1
CLOSE_S = 2.0
ROLL_BACK_S = 5.0


Unknown = str | Number
"""What a group is known by while nobody knows what became of it: its transaction's number, or one of ours."""


class LostCommit(StoreFailure):
    """The connection broke while a group was committed and the server cannot be asked yet."""

    def __init__(self, text: str, group: Unknown) -> None:
        super().__init__(text)
        self.group = group


class Fenced(StoreFailure):
    """Another node has taken over from this one: nothing of this epoch is written any more."""


class Reader:
    """Reading over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query; the query bounds them."""
        return [told(row) for row in await self._connection.fetch(sql, *[kept(value) for value in values])]

    async def first(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """The first row of a query that has at most one."""
        found = await self.rows(sql, *values)
        return found[0] if found else None


class Database:
    """Opens, migrates, reconnects and closes."""

    def __init__(self, url: str, password: str) -> None:
        self._connections = Connections(url, password)
        self._turn = asyncio.Lock()
        self._writer: Connection | None = None
        self._writer_pid = 0
        self._transaction = ""
        """The number of the open group, once it holds our epoch."""
        self._number: Number | None = None
        """Of the last group that took one turn."""
        self._readers: list[Connection] = []
        self._places = asyncio.Semaphore(READERS)
        self._is_open = False
        self.fence: Fence | None = None
        """The node and epoch all groups are written under, once it has joined the others."""
        self.place = self._connections.name

    @property
    def is_open(self) -> bool:
        """True between `open` and `close`, connected or not."""
        return self._is_open

    async def open(self) -> None:
        """Connect, look before touching anything, take the lock, migrate. `StoreError` says why not."""
        try:
            connection = await self._connections.unhurried(reads_only=False)
        except Exception as error:
            raise self._connections.unreachable(error) from error
        try:
            await see_that_it_is_durable(connection, self._connections.name)
            await migrate(connection, migrations())
            await self._make_room(connection)
        finally:
            await self._dismiss(connection)
        self._is_open = True
        try:
            async with self._turn:
                await self._connected()
        except BaseException as error:
            self._is_open = False
            if isinstance(error, StoreFailure) and not isinstance(error, StoreError):
                raise StoreError(str(error)) from error
            raise

    async def _make_room(self, connection: Connection) -> None:
        """Upkeep comes back to what cannot be done now."""
        try:
            await make_room(connection)
        except Exception as error:
            if not is_temporary(error):
                raise

    async def close(self) -> None:
        """Let all connections go; doing it twice is allowed."""
        async with self._turn:
            self._is_open = False
            writer, self._writer = self._writer, None
            readers, self._readers = self._readers, []
            for connection in [*readers, *([writer] if writer is not None else [])]:
                await self._dismiss(connection)

    async def _dismiss(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(CLOSE_S):
                await connection.close()
        except Exception:
            connection.terminate()

    # -- groups ----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def group(self, *, is_together: bool = False) -> AsyncIterator[Connection]:
        """A transaction: durable when the block ends, rolled back whole when it raises. `is_together`: the block
        writes by `together`, which begins by holding our epoch.

        What the server could not do becomes `StoreFailure`; what it was wrongly asked stays what it is.
        """
        async with self._turn:
            writer = await self._connected()
            try:
                await writer.execute("BEGIN")
                self._transaction = "" if is_together else self._held(await writer.fetchval(*self._hold()))
                yield writer
                transaction = self._transaction or self._held(await writer.fetchval(*self._hold()))
            except BaseException as error:
                await self._roll_back(writer)
                if isinstance(error, StoreFailure):
                    raise
                if is_temporary(error):
                    raise StoreFailure(f"cannot write: {words(error)}") from error
                raise cause(error) from None
            await self._commit(writer, transaction)

    async def together(self, writer: Connection, statements: Together) -> None:
        """Execute them within an open group in one turn to the server. `NotWhole` if not all was written of which that
        is wanted."""
        transaction, is_whole = await statements.run(writer, *self._hold())
        self._transaction = self._held(transaction)
        if not is_whole:
            raise NotWhole

    async def in_one_turn(self, statements: Together) -> None:
        """Execute them as a group of their own in one turn to the server, which is free for the next one as soon as it
        has answered. `NotWhole` if not all was written of which that is wanted, or our epoch is over; nothing is
        written then."""
        async with self._turn:
            writer = await self._connected()
            self._number = number = self._numbered()
            try:
                await statements.run_whole(writer, last_group.NUMBERED, *number.values)
            except NotWhole:
                raise
            except Exception as error:
                if is_lost_connection(error):
                    self._drop(writer)
                    if await self._was_committed(number, DOUBT_S):
                        return
                if is_temporary(error):
                    raise StoreFailure(f"cannot write: {words(error)}") from error
                raise cause(error) from None
            except BaseException:
                self._drop(writer)
                raise

    def _numbered(self) -> Number:
        assert self.fence is not None, "not joined"
        if self._number is None or self._number.fence != self.fence:
            return last_group.first(self.fence)
        return self._number.next

    def _hold(self) -> tuple[str, *tuple[int, ...]]:
        """What holds our epoch until the transaction ends, and tells the transaction's number."""
        return (TRANSACTION,) if self.fence is None else (FENCED_TRANSACTION, *self.fence)

    def _held(self, transaction: str | None) -> str:
        if transaction is None:
            raise Fenced("another node has taken over from this one")
        return transaction

    async def _commit(self, writer: Connection, transaction: str) -> None:
        try:
            await writer.execute("COMMIT")
        except BaseException as error:
            self._drop(writer)
            if not is_lost_connection(error) and is_temporary(error):
                raise StoreFailure(f"cannot commit: {words(error)}") from error
            if isinstance(error, Exception) and await self._was_committed(transaction, DOUBT_S):
                return
            if isinstance(error, Exception):
                raise StoreFailure(f"cannot commit: {words(error)}") from error
            raise

    async def _was_committed(self, group: Unknown, patience_s: float) -> bool:
        """What became of a group; `LostCommit` while nobody can say."""
        loop = asyncio.get_running_loop()
        end = loop.time() + patience_s
        while True:
            why = "the server has not made up its mind"
            try:
                connection = await self._connected()
                if isinstance(group, Number):
                    return await last_group.was_committed(connection, group)
                fate = await connection.fetchval(FATE, group)
                if fate != "in progress":
                    return bool(fate == "committed")
            except Exception as error:
                why = words(error)
            if loop.time() >= end:
                raise LostCommit(f"the connection was lost while a group was committed: {why}", group)
            await asyncio.sleep(DOUBT_PAUSE_S)

    async def was_committed(self, group: Unknown) -> bool:
        """What became of the group of a `LostCommit`; `StoreFailure` while the server cannot be asked."""
        async with self._turn:
            return await self._was_committed(group, 0.0)

    async def _roll_back(self, writer: Connection) -> None:
        """A connection that cannot even do that is dropped; the server rolls back by itself."""
        try:
            async with asyncio.timeout(ROLL_BACK_S):
                await writer.execute("ROLLBACK")
        except BaseException as error:
            self._drop(writer)
            if not isinstance(error, Exception):
                raise

    def _drop(self, writer: Connection) -> None:
        writer.terminate()
        if self._writer is writer:
            self._writer = None

    async def _connected(self) -> Connection:
        """The writer, connected anew if need be. The turn is ours."""
        if not self._is_open:
            raise StoreFailure("the store is not open")
        if self._writer is not None and not self._writer.is_closed():
            return self._writer
        self._writer = None
        try:
            writer = await self._connections.hurried()
        except Exception as error:
            raise StoreFailure(str(self._connections.unreachable(error))) from error
        try:
            await self._own(writer)
        except BaseException as error:
            writer.terminate()
            if isinstance(error, StoreFailure) or not isinstance(error, Exception):
                raise
            raise StoreFailure(f"cannot write: {words(error)}") from error
        self._writer = writer
        return writer

    async def _own(self, writer: Connection) -> None:
        """Be one of those who write. A session of ours that was lost may still hold rows: it is ended."""
        if self._writer_pid:
            await see_that_it_is_durable(writer, self._connections.name)
            await writer.fetch(END_OURS, self._writer_pid, "heliograph")
        if not await writer.fetchval(OWN):
            raise StoreInUse(
                f"{self._connections.name} is in use by an older version of the gateway, or is being copied; stop "
                "that or name another database",
                None,
            )
        await writer.fetchval(KEEP_MEMORY)
        self._writer_pid = int(await writer.fetchval(PID))
        if self.fence is not None:
            await writer.execute(WRITES, *self.fence)

    async def own_again(self) -> None:
        """The fence is new: let the others know whose session this is."""
        async with self._turn:
            writer = await self._connected()
            if self.fence is not None:
                await writer.execute(WRITES, *self.fence)

    async def connect(self) -> Connection:
        """A connection for a room that keeps one of its own; raises what the driver raises."""
        if not self._is_open:
            raise StoreFailure("the store is not open")
        return await self._connections.hurried()

    # -- reading ---------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def reading(self, *, of_one_moment: bool = False) -> AsyncIterator[Reader]:
        """A connection for one or a few bounded queries; `of_one_moment`: all of them see the same state."""
        async with self._places:
            connection = await self._reader()
            try:
                if of_one_moment:
                    await connection.execute(BEGIN_LOOK)
                yield Reader(connection)
                if of_one_moment:
                    await connection.execute("COMMIT")
            except BaseException as error:
                connection.terminate()
                if isinstance(error, Exception) and is_temporary(error):
                    raise StoreFailure(f"cannot read: {words(error)}") from error
                raise
            if self._is_open:
                self._readers.append(connection)
            else:
                connection.terminate()

    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of one query."""
        async with self.reading() as reader:
            return await reader.rows(sql, *values)

    async def _reader(self) -> Connection:
        if not self._is_open:
            raise StoreFailure("the store is not open")
        while self._readers:
            connection = self._readers.pop()
            if not connection.is_closed():
                return connection
        try:
            return await self._connections.hurried(reads_only=True)
        except Exception as error:
            raise StoreFailure(str(self._connections.unreachable(error))) from error

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[Reader]:
        """For a long look at one moment's state, on a connection of its own that plans as it likes."""
        if not self._is_open:
            raise StoreFailure("the store is not open")
        try:
            connection = await self._connections.unhurried()
        except Exception as error:
            raise StoreFailure(str(self._connections.unreachable(error))) from error
        try:
            await connection.execute(BEGIN_LOOK)
            yield Reader(connection)
        except Exception as error:
            if is_temporary(error):
                raise StoreFailure(f"cannot read: {words(error)}") from error
            raise
        finally:
            await self._dismiss(connection)
