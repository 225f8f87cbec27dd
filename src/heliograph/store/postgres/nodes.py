"""`ports.nodes.NodeStore` on PostgreSQL: rows of `node` and `lease`, and hints by NOTIFY.

All of it goes over a connection of its own, so that no group ever keeps a lease from being renewed. A group holds its
node's row by a KEY SHARE lock, which a renewal does not mind and a take-over waits for: what was begun under an epoch
is committed before that is over, or not at all.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, cast

from heliograph.model.message import MessageId
from heliograph.model.node import Identity, Lease, NodeRow, Standing
from heliograph.model.receipt import IncomingPart
from heliograph.model.rows import Fence
from heliograph.ports import StoreFailure
from heliograph.store import StoreError, columns
from heliograph.store.postgres import day_counts, last_group
from heliograph.store.postgres.database import Database
from heliograph.store.postgres.failures import is_temporary, words
from heliograph.store.postgres.incoming import PART_COLUMNS
from heliograph.store.postgres.statements import Connection
from heliograph.store.postgres.texts import told

LEASE_S = 10
ASK_S = 2.0
"""A server that does not answer for so long is asked over another connection."""
GATHER_S = 0.02
"""So long hints are gathered."""
MOST_OF_HINT = 7_000
"""PostgreSQL takes payloads below 8,000 octets."""

CHANNEL = "SELECT 'heliograph ' || current_schema()"
_LEASE = f"clock_timestamp() + interval '{LEASE_S} seconds'"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('heliograph nodes ' || current_schema(), 0))"
_ME = "WITH me AS MATERIALIZED (SELECT id FROM node WHERE id = $1 AND epoch = $2 FOR KEY SHARE)"
END_SESSION = """
    SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
    WHERE pid = $1 AND application_name = 'heliograph' AND usename = current_user
"""

KNOWN = """
    SELECT id, backend, host, keeper, lease_until > clock_timestamp() AND NOT is_vacant FROM node WHERE name = $1
"""
OTHER_KEYS = """
    SELECT count(*) FROM node
    WHERE key_print <> $1 AND name <> $2 AND NOT is_vacant AND lease_until > clock_timestamp()
"""
NEW = f"""
    INSERT INTO node (epoch, lease_until, started_at, keeper, backend, pid, is_vacant, name, host, key_print)
    VALUES (1, {_LEASE}, clock_timestamp(), 0, 0, $1, false, $2, $3, $4) RETURNING id, epoch
"""
HOLD = "SELECT id FROM node WHERE id = $1 FOR UPDATE"
AGAIN = f"""
    UPDATE node
    SET epoch = epoch + 1, lease_until = {_LEASE}, started_at = clock_timestamp(), keeper = 0, backend = 0, pid = $1,
        is_vacant = false, host = $2, key_print = $3
    WHERE id = $4 RETURNING id, epoch
"""
ALONE_AGAIN = """
    WITH held AS (UPDATE message SET node = 0 WHERE state = 1 AND node = $1)
    UPDATE incoming_part SET node = 0 WHERE node = $1
"""
"""Whoever has all parts that wait has these as well."""
LOOK = f"""
    WITH renewed AS (
        UPDATE node SET lease_until = {_LEASE}
        WHERE $3 AND (id = $1 AND epoch = $2 OR keeper = $1)
        AND EXISTS (SELECT 1 FROM node AS me WHERE me.id = $1 AND me.epoch = $2)
        RETURNING id
    )
    SELECT id, name, host, pid, epoch,
        CASE WHEN id IN (SELECT id FROM renewed) THEN {LEASE_S * 1000}
        ELSE (extract(epoch FROM lease_until - clock_timestamp()) * 1000)::bigint END,
        keeper, is_vacant, (extract(epoch FROM started_at) * 1000)::bigint,
        (SELECT coalesce(max(revision.id), 0) FROM revision)
    FROM node ORDER BY id
"""
LEAVE = "UPDATE node SET is_vacant = true, lease_until = clock_timestamp() WHERE id = $1 AND epoch = $2"
FREE = "DELETE FROM lease WHERE node = $1 AND epoch = $2"
DEAD = """
    SELECT id, backend FROM node
    WHERE lease_until <= clock_timestamp() AND NOT is_vacant AND id <> $1 ORDER BY id
"""
HOLD_DEAD = f"{_ME} SELECT node.id FROM node, me WHERE node.id = $3 FOR UPDATE OF node SKIP LOCKED"
KEEP = f"""
    UPDATE node SET epoch = epoch + 1, keeper = $1, backend = 0, lease_until = {_LEASE}
    WHERE id = $2 AND lease_until <= clock_timestamp() AND NOT is_vacant RETURNING id
"""
SETTLED = f"""
    {_ME} UPDATE node SET is_vacant = true, keeper = 0, lease_until = clock_timestamp()
    FROM me WHERE node.id = $3 AND node.keeper = $1
"""
FORGET = """
    WITH forgotten AS (DELETE FROM node WHERE is_vacant AND lease_until < to_timestamp($1::double precision / 1000)
    AND NOT EXISTS (SELECT 1 FROM message WHERE state = 3 AND next_try_at = 0 AND message.node = node.id)
    AND NOT EXISTS (SELECT 1 FROM message WHERE state = 3 AND next_try_at > 0 AND message.node = node.id)
    AND NOT EXISTS (SELECT 1 FROM message WHERE state = 1 AND message.node = node.id)
    RETURNING id)
    DELETE FROM last_group USING forgotten WHERE last_group.node = forgotten.id
"""
TAKE = f"""
    {_ME} INSERT INTO lease (name, node, epoch, detail)
    SELECT asked.name, $1, $2, '' FROM me, unnest($3::text[]) AS asked (name) ORDER BY asked.name
    ON CONFLICT (name) DO UPDATE SET node = excluded.node, epoch = excluded.epoch, detail = ''
    WHERE lease.node = excluded.node OR NOT EXISTS (
        SELECT 1 FROM node WHERE node.id = lease.node AND node.epoch = lease.epoch AND NOT node.is_vacant
    )
    RETURNING name
"""
TELL = f"{_ME} UPDATE lease SET detail = $4 FROM me WHERE name = $3 AND lease.node = $1 AND lease.epoch = $2"
GIVE_BACK = "DELETE FROM lease WHERE node = $1 AND epoch = $2 AND name = ANY($3::text[])"
LEASES = """
    SELECT lease.name, lease.node, lease.detail FROM lease, node
    WHERE lease.name >= $1 AND lease.name < $2
    AND node.id = lease.node AND node.epoch = lease.epoch AND NOT node.is_vacant ORDER BY lease.name
"""
_NOBODYS = "(SELECT 0 AS id UNION ALL SELECT id FROM node WHERE is_vacant) AS owner"
_FRESH = "state = 3 AND next_try_at = 0 AND connector = $3 AND node = owner.id ORDER BY priority, id + 0"
_LATER = "state = 3 AND next_try_at > 0 AND connector = $3 AND node = owner.id ORDER BY next_try_at"
CLAIM = f"""
    {_ME} UPDATE message
    SET node = $1, epoch = $2,
        next_try_at = CASE next_try_at WHEN 0
            THEN least(accepted_at, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) ELSE next_try_at END
    FROM me WHERE message.id = ANY(ARRAY(
        SELECT found.id FROM {_NOBODYS}, LATERAL (
            SELECT id FROM (SELECT id FROM message WHERE {_FRESH} LIMIT $4 FOR UPDATE SKIP LOCKED) AS fresh
            UNION ALL
            SELECT id FROM (SELECT id FROM message WHERE {_LATER} LIMIT $4 FOR UPDATE SKIP LOCKED) AS later
        ) AS found LIMIT $4
    ))
"""
ANY_NOBODYS = f"""
    SELECT EXISTS (SELECT 1 FROM {_NOBODYS}, LATERAL (SELECT 1 FROM message WHERE {_FRESH} LIMIT 1) AS found)
    OR EXISTS (SELECT 1 FROM {_NOBODYS}, LATERAL (SELECT 1 FROM message WHERE {_LATER} LIMIT 1) AS found)
""".replace("$3", "$1")
CLAIM_HELD = f"""
    {_ME} UPDATE message SET node = $1, epoch = $2 FROM me WHERE message.id = ANY(ARRAY(
        SELECT found.id FROM {_NOBODYS}, LATERAL (
            SELECT id FROM message WHERE state = 1 AND node = owner.id ORDER BY id + 0 LIMIT $3 FOR UPDATE SKIP LOCKED
        ) AS found LIMIT $3
    )) RETURNING message.id
"""
CLAIM_PARTS = f"""
    {_ME} UPDATE incoming_part SET node = $1 FROM me WHERE incoming_part.id = ANY(ARRAY(
        SELECT found.id FROM {_NOBODYS}, LATERAL (
            SELECT id FROM incoming_part WHERE node = owner.id ORDER BY id + 0 LIMIT $3 FOR UPDATE SKIP LOCKED
        ) AS found LIMIT $3
    )) RETURNING {", ".join(f"incoming_part.{name}" for name in PART_COLUMNS.split(", "))}
"""
PARTS = f"""
    SELECT {PART_COLUMNS} FROM incoming_part WHERE node = $1 AND id + 0 > $2 ORDER BY id + 0 LIMIT $3
"""
DISOWN = f"""
    {_ME} UPDATE message SET node = 0 FROM me WHERE message.id = ANY(ARRAY(
        SELECT id FROM (
            SELECT id FROM message WHERE state = 3 AND next_try_at = 0 AND connector = $3 AND node = $1
            ORDER BY priority, id + 0 LIMIT $4 FOR UPDATE SKIP LOCKED
        ) AS fresh
        UNION ALL
        SELECT id FROM (
            SELECT id FROM message WHERE state = 3 AND next_try_at > 0 AND connector = $3 AND node = $1
            ORDER BY next_try_at LIMIT $4 FOR UPDATE SKIP LOCKED
        ) AS later
        LIMIT $4
    ))
"""
PRUNE_GUARDS = "DELETE FROM guard WHERE ctid = ANY(ARRAY(SELECT ctid FROM guard WHERE until + 0 <= $1 LIMIT $2))"
HINT = "SELECT pg_notify($1, $2)"


class _Listening(Protocol):
    async def add_listener(self, channel: str, callback: Callable[[object, int, str, str], None]) -> None: ...
    def get_server_pid(self) -> int: ...


class PostgresNodes:
    """This node's place among the others."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._connection: Connection | None = None
        self._pid = 0
        self._channel = ""
        self._heard: Callable[[str], None] | None = None
        self._words: dict[str, None] = {}
        self._telling: asyncio.Task[None] | None = None

    async def join(self, me: Identity) -> Fence | None:
        async with self._asking() as connection, _transaction(connection):
            await connection.execute(_LOCK)
            if await connection.fetchval(OTHER_KEYS, me.key_print, me.name):
                raise StoreError(
                    "the nodes of this database have another secret.key than this data folder; copy it from one of them"
                )
            known = await connection.fetch(KNOWN, me.name)
            if not known:
                rows = await connection.fetch(NEW, me.pid, me.name, me.host, me.key_print)
            else:
                node, backend, host, keeper, is_alive = known[0]
                if is_alive and (keeper or host != me.host):
                    return None
                await connection.fetch(END_SESSION, backend)
                await connection.fetch(HOLD, node)
                rows = await connection.fetch(AGAIN, me.pid, me.host, me.key_print, node)
                await connection.execute(ALONE_AGAIN, node)
            await connection.execute(last_group.ROOM, rows[0][0])
        self._database.fence = Fence(*rows[0])
        await self._database.own_again()
        return self._database.fence

    async def look(self, *, renew: bool) -> Standing:
        node, epoch = self._fence()
        async with self._asking() as connection:
            rows = await connection.fetch(LOOK, node, epoch, renew)
        nodes = tuple(NodeRow(*row[:9]) for row in rows)
        is_ours = any(row.id == node and row.epoch == epoch for row in nodes)
        return Standing(is_ours, nodes, int(rows[0][9]) if rows else 0)

    async def leave(self) -> None:
        async with self._asking() as connection:
            await connection.execute(LEAVE, *self._fence())
            await connection.execute(FREE, *self._fence())

    async def close(self) -> None:
        """Let the connection go."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        self._drop()

    # -- the dead --------------------------------------------------------------------------------------------------

    async def take_over(self) -> list[int]:
        me = self._fence()
        async with self._asking() as connection:
            dead = await connection.fetch(DEAD, me.node)
            taken = []
            for node, backend in dead:
                await connection.fetch(END_SESSION, backend)
                async with _transaction(connection):
                    if await connection.fetch(HOLD_DEAD, *me, node):
                        taken += [row[0] for row in await connection.fetch(KEEP, me.node, node)]
            return taken

    async def settled(self, node: int) -> None:
        async with self._asking() as connection:
            await connection.execute(SETTLED, *self._fence(), node)

    async def forget(self, before: int) -> None:
        async with self._asking() as connection:
            await connection.execute(FORGET, before)

    # -- what is held ----------------------------------------------------------------------------------------------

    async def take(self, names: Sequence[str]) -> set[str]:
        async with self._asking() as connection, _transaction(connection):
            await connection.execute(_LOCK)
            return {row[0] for row in await connection.fetch(TAKE, *self._fence(), list(names))}

    async def tell(self, name: str, detail: str) -> None:
        async with self._asking() as connection:
            await connection.execute(TELL, *self._fence(), name, detail)

    async def give_back(self, names: Sequence[str]) -> None:
        async with self._asking() as connection:
            await connection.execute(GIVE_BACK, *self._fence(), list(names))

    async def leases(self, beginning: str) -> list[Lease]:
        async with self._asking() as connection:
            return [Lease(*row) for row in await connection.fetch(LEASES, beginning, beginning + "\U0010ffff")]

    # -- what waits ------------------------------------------------------------------------------------------------

    async def claim(self, connector: str, limit: int) -> int:
        async with self._asking() as connection:
            if not await connection.fetchval(ANY_NOBODYS, connector):
                return 0
            return _count(await connection.execute(CLAIM, *self._fence(), connector, limit))

    async def claim_held(self, limit: int) -> list[MessageId]:
        async with self._asking() as connection:
            return sorted(row[0] for row in await connection.fetch(CLAIM_HELD, *self._fence(), limit))

    async def claim_parts(self, limit: int) -> list[tuple[IncomingPart, int]]:
        async with self._asking() as connection:
            rows = await connection.fetch(CLAIM_PARTS, *self._fence(), limit)
        return [columns.incoming.part_of(told(row)) for row in sorted(rows, key=lambda row: int(row[0]))]

    async def parts(self, after: int, limit: int) -> list[tuple[IncomingPart, int]]:
        async with self._asking() as connection:
            rows = await connection.fetch(PARTS, self._fence().node, after, limit)
        return [columns.incoming.part_of(told(row)) for row in rows]

    async def disown(self, connector: str, limit: int) -> int:
        async with self._asking() as connection:
            return _count(await connection.execute(DISOWN, *self._fence(), connector, limit))

    async def prune_guards(self, now: int, limit: int) -> int:
        async with self._asking() as connection:
            return _count(await connection.execute(PRUNE_GUARDS, now, limit))

    async def prune_days(self, before: int) -> None:
        async with self._asking() as connection:
            await connection.execute(day_counts.FORGET, before)

    # -- hints -----------------------------------------------------------------------------------------------------

    def listen(self, heard: Callable[[str], None]) -> None:
        self._heard = heard

    def hint(self, word: str) -> None:
        self._words[word] = None
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell_soon(), name="hints")

    def changed(self) -> None:
        """The directory has: the others need not wait for their next look."""
        if self._database.fence is not None:
            self.hint("look")

    async def _tell_soon(self) -> None:
        while self._words:
            await asyncio.sleep(GATHER_S)
            said: list[str] = []
            size = 0
            for word in list(self._words):
                size += len(word.encode()) + 1
                if said and size > MOST_OF_HINT:
                    break
                said.append(word)
                del self._words[word]
            try:
                async with self._asking() as connection:
                    await connection.fetch(HINT, self._channel, "\n".join(said))
            except StoreFailure:
                self._words.clear()  # polling is the truth
                return

    def _on_hint(self, connection: object, pid: int, _channel: str, payload: str) -> None:
        if self._heard is not None and connection is self._connection and pid != self._pid:
            for word in payload.split("\n"):
                self._heard(word)

    # -- the connection --------------------------------------------------------------------------------------------

    def _fence(self) -> Fence:
        assert self._database.fence is not None, "not joined"
        return self._database.fence

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[Connection]:
        """The connection, for one at a time; one that fails, or is too slow, is dropped."""
        async with self._turn:
            try:
                async with asyncio.timeout(ASK_S):
                    yield await self._connected()
            except BaseException as error:
                self._drop()
                if isinstance(error, StoreFailure):
                    raise
                if isinstance(error, Exception) and is_temporary(error):
                    raise StoreFailure(f"the nodes' tables cannot be asked: {words(error)}") from error
                raise

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            connection = await self._database.connect()
            self._connection = connection
            self._pid = cast(_Listening, connection).get_server_pid()
            self._channel = str(await connection.fetchval(CHANNEL))
            await cast(_Listening, connection).add_listener(self._channel, self._on_hint)
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


@asynccontextmanager
async def _transaction(connection: Connection) -> AsyncIterator[None]:
    """What raises in it drops the connection, and the server rolls back."""
    await connection.execute("BEGIN")
    yield
    await connection.execute("COMMIT")


def _count(answer: str) -> int:
    """How many rows a statement says it changed."""
    return int(answer.rpartition(" ")[2])
