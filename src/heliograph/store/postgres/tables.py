"""A PostgreSQL store as tables, to copy from and to.

It is read in one transaction at one moment's state, beside working gateways. What is copied into it is one transaction,
too: all of it, checked, or nothing.
"""

# ruff: noqa: S608 - statements are put together from names the database itself told

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, cast

from heliograph.store import StoreError, StoreInUse
from heliograph.store.copying import Columns, Figures, Values
from heliograph.store.postgres import check
from heliograph.store.postgres.database import BEGIN_LOOK, Reader
from heliograph.store.postgres.failures import words
from heliograph.store.postgres.link import Connections, see_that_it_is_durable
from heliograph.store.postgres.migrate import migrate, migrations, version
from heliograph.store.postgres.partitions import left_over, reach
from heliograph.store.postgres.statements import Connection
from heliograph.store.postgres.texts import MARKED_MARK, MARKED_NUL, kept, told

NOT_COPIED = frozenset({"schema_version", "node", "lease", "last_group", "day_count"})
OF_NODES = ("incoming_part", "node")
"""Who has a part here; a copy has nodes of its own."""
ALONE = "SELECT pg_try_advisory_lock(hashtextextended('heliograph owner ' || current_schema(), 0))"
"""Nobody else may have the lock that all gateways on the database share (`database.OWN`), nor take it."""
PORTION = 5_000
SPREAD = 1_000_003
"""As in SQLite's."""

COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum
"""
SEQUENCES = """
    SELECT c.relname, a.attname, pg_get_serial_sequence(quote_ident(c.relname), a.attname)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND a.attnum > 0 AND a.attidentity <> ''
"""
GO_ON = "SELECT setval($1::text::regclass, $2::bigint)"
SKIP_IDS = "UPDATE counter SET value = value + $1"
IN_ORDER = """
    SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = $1::text::regclass AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)
"""
_NUMBERS = ("bigint", "integer", "smallint")


class _Cursor(Protocol):
    async def fetch(self, count: int) -> list[Values]: ...


class _WithCursors(Connection, Protocol):
    async def cursor(self, query: str) -> _Cursor: ...


class PostgresTables:
    """`copying.Target` over one connection in a transaction; a source where that cannot write."""

    def __init__(self, connection: Connection, place: str) -> None:
        self._connection = cast(_WithCursors, connection)
        self._kinds: dict[str, dict[str, str]] = {}
        self.place = place

    async def tables(self) -> Mapping[str, Columns]:
        if await left_over(self._connection):
            raise StoreError(f"old messages are just being removed from {self.place}; try again in a minute")
        for table, column, kind in await self._connection.fetch(COLUMNS):
            if table not in NOT_COPIED and (table, column) != OF_NODES:
                self._kinds.setdefault(str(table), {})[str(column)] = str(kind)
        return {table: tuple(kinds) for table, kinds in self._kinds.items()}

    async def rows(self, table: str, columns: Columns) -> AsyncIterator[Sequence[Values]]:
        order = ", ".join(str(row[0]) for row in await self._connection.fetch(IN_ORDER, table))
        ordered = f" ORDER BY {order}" if order else ""
        cursor = await self._connection.cursor(f"SELECT {', '.join(columns)} FROM {table}{ordered}")
        while portion := await cursor.fetch(PORTION):
            yield [told(row) for row in portion]

    async def figures(self, table: str, columns: Columns) -> Figures:
        sums = [f"coalesce(sum({self._figure(table, column)}), 0)::bigint" for column in columns]
        rows = await self._connection.fetch(f"SELECT {', '.join(['count(*)', *sums])} FROM {table}")
        return tuple(int(figure or 0) for figure in rows[0])

    def _figure(self, table: str, column: str) -> str:
        kind = self._kinds[table][column]
        if kind in _NUMBERS:
            return f"{column} % {SPREAD}"
        if kind == "boolean":
            return f"{column}::integer"
        if kind == "bytea":
            return f"octet_length({column})"
        marks = [
            f"U&'{''.join(f'{chr(92)}{ord(mark):04x}' for mark in marked)}'" for marked in (MARKED_MARK, MARKED_NUL)
        ]
        return f"octet_length(replace(replace({column}, {marks[0]}, 'x'), {marks[1]}, 'x'))"

    async def sequences(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for table, _, sequence in await self._connection.fetch(SEQUENCES):
            last, is_called = (await self._connection.fetch(f"SELECT last_value, is_called FROM {sequence}"))[0]
            if is_called:
                found[str(table)] = int(last or 0)
        return found

    async def clear(self, table: str) -> None:
        await self._connection.execute(f"DELETE FROM {table}")

    async def put(self, table: str, columns: Columns, rows: Sequence[Values]) -> None:
        if table == "message":
            await reach(self._connection, max(int(row[columns.index("id")] or 0) for row in rows))
        kinds = self._kinds[table]
        truths = [place for place, column in enumerate(columns) if kinds[column] == "boolean"]
        records = [tuple([kept(value) for value in row]) for row in rows]
        if truths:
            records = [_with_truths(row, truths) for row in records]
        await self._connection.copy_records_to_table(table, columns=columns, records=records)

    async def go_on_from(self, sequences: Mapping[str, int]) -> None:
        """Also beyond ids that were copied where the source keeps no count of them, as of the ledger."""
        for table, column, sequence in await self._connection.fetch(SEQUENCES):
            highest = await self._connection.fetchval(f"SELECT coalesce(max({column}), 0) FROM {table}")
            last = max(int(highest), sequences.get(str(table), 0))
            if last:
                await self._connection.fetch(GO_ON, sequence, last)

    async def skip_ids(self, count: int) -> None:
        await self._connection.execute(SKIP_IDS, count)

    async def faults(self) -> list[str]:
        return await check.faults(Reader(self._connection))


def _with_truths(row: Values, places: Sequence[int]) -> Values:
    values = list(row)
    for place in places:
        values[place] = bool(values[place])
    return tuple(values)


@asynccontextmanager
async def reading_tables(url: str, password: str, *, alone: bool) -> AsyncIterator[PostgresTables]:
    """The tables of a database at one moment; `alone`: while no gateway uses it. Raises `StoreError` if one does, or if
    they are none of ours, or of another version."""
    connections = Connections(url, password)
    connection = await _connected(connections, reads_only=True)
    try:
        found, newest = await version(connection, migrations()), migrations()[-1][0]
        if found != newest:
            raise StoreError(
                f"{connections.name} has schema {found}, this program needs {newest}; "
                "bring it up by `heliograph migrate`"
            )
        if alone:
            await _own(connection, connections.name)
        await connection.execute(BEGIN_LOOK)
        yield PostgresTables(connection, connections.name)
    finally:
        await connection.close()


@asynccontextmanager
async def filling_tables(url: str, password: str) -> AsyncIterator[PostgresTables]:
    """An empty database, made ready, whose rows are committed when the block ends well. Raises `StoreError`."""
    connections = Connections(url, password)
    connection = await _connected(connections, reads_only=False)
    try:
        await see_that_it_is_durable(connection, connections.name)
        await migrate(connection, migrations())
        await _own(connection, connections.name)
        await connection.execute("BEGIN")
        yield PostgresTables(connection, connections.name)
        await connection.execute("COMMIT")
        for table in await PostgresTables(connection, connections.name).tables():
            await connection.execute(f"ANALYZE {table}")
    except StoreError:
        raise
    except Exception as error:
        raise StoreError(
            f"cannot write to {connections.name}: {words(error)}; nothing is kept of the copy, see the server's log"
        ) from error
    finally:
        await connection.close()


async def _own(connection: Connection, name: str) -> None:
    if not await connection.fetchval(ALONE):
        raise StoreInUse(f"{name} is in use by a gateway; stop it or name another database", None)


async def _connected(connections: Connections, *, reads_only: bool) -> Connection:
    try:
        return await connections.unhurried(reads_only=reads_only)
    except Exception as error:
        raise connections.unreachable(error) from error
