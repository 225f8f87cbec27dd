"""Schemas that hold what an opened store makes, for stories that do not care how it came there.

To migrate one costs ten times as much as to empty one, so a schema whose story is over is emptied and given to the next
one under another name: what an earlier story left running finds none of its tables. A story that made or dropped
something leaves a schema nobody gets again.
"""

from __future__ import annotations

import asyncio
import atexit
import threading

import asyncpg

from heliograph.model.node import Identity
from heliograph.store.postgres import PostgresStore
from heliograph.store.postgres.migrate import migrate, migrations
from store.postgres.server import schema_of, server

PATTERN = "pattern"
"""A schema nobody gets: what the others are compared with."""
EMPTY = """
    CREATE FUNCTION public.emptied(place text) RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE
        one record;
        shapes text[];
    BEGIN
        SELECT array_agg(shape) INTO shapes FROM (
            SELECT string_agg(relname || '.' || attname, ' ' ORDER BY relname, attnum) AS shape
            FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
            WHERE relnamespace IN (place::regnamespace, 'pattern'::regnamespace) GROUP BY relnamespace
        ) AS compared;
        IF shapes[1] <> shapes[2] THEN
            RETURN false;
        END IF;
        FOR one IN
            SELECT oid, relname FROM pg_class
            WHERE relnamespace = place::regnamespace AND relkind = 'r' AND relname <> 'schema_version'
            AND pg_relation_size(oid) > 0
        LOOP
            IF pg_relation_size(one.oid) > 65536 THEN
                EXECUTE format('TRUNCATE %I.%I', place, one.relname);
            ELSE
                EXECUTE format('DELETE FROM %I.%I', place, one.relname);
            END IF;
        END LOOP;
        FOR one IN
            SELECT relname FROM pg_class
            WHERE relnamespace = 'pattern'::regnamespace AND relkind = 'r' AND relname <> 'schema_version'
            AND pg_relation_size(oid) > 0
        LOOP
            EXECUTE format('INSERT INTO %I.%I OVERRIDING SYSTEM VALUE SELECT * FROM pattern.%I',
                place, one.relname, one.relname);
        END LOOP;
        PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences
            WHERE schemaname = place AND last_value IS NOT NULL;
        RETURN true;
    END $$
"""


class Schemas:
    """The schemas of one server. Asked from tests, works in a thread: what it holds outlives their event loops."""

    def __init__(self, of):
        self.server = of
        self._taken = []
        self._used = []
        self._connection = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def url(self, folder):
        """The URL of the folder's schema."""
        name = schema_of(folder)
        if name not in self._taken:
            self._run(self._make(name))
            self._taken.append(name)
        return f"{self.server.url}&search_path={name}"

    def give_back(self):
        """The stories that asked are over."""
        self._used += self._taken
        self._taken = []

    def close(self):
        if self._thread.is_alive():
            if self._connection is not None:
                self._connection.terminate()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    async def _make(self, name):
        if self._connection is None:
            self._connection = await asyncpg.connect(self.server.url, server_settings={"lock_timeout": "1s"})
            await self._migrated(PATTERN)
            await self._connection.execute(EMPTY)
        while self._used:
            used = self._used.pop()
            try:
                if await self._connection.fetchval("SELECT public.emptied($1)", used):
                    await self._connection.execute(f"ALTER SCHEMA {used} RENAME TO {name}")
                    return
            except asyncpg.LockNotAvailableError:
                continue  # somebody the story left is still at it
        await self._migrated(name)

    async def _migrated(self, name):
        connection = await asyncpg.connect(f"{self.server.url}&search_path={name}")
        try:
            await connection.execute(f"CREATE SCHEMA {name}")
            await migrate(connection, migrations())
        finally:
            await connection.close()


_schemas: dict[int, Schemas] = {}


def schemas(version):
    """The schemas on this test process's server."""
    if version not in _schemas:
        _schemas[version] = Schemas(server(version))
    return _schemas[version]


def store_in(version, folder):
    """A store that has what an earlier one of the same folder left."""
    return PostgresStore(schemas(version).url(folder))


class NodeStore(PostgresStore):
    """One that has joined the others as soon as it is open, as `heliograph serve` does."""

    async def open(self):
        await super().open()
        await self.nodes.join(Identity("first", "host", 1, "key"))


def node_store_in(version, folder):
    """The same of a node: what flows all day takes one turn to the server."""
    return NodeStore(schemas(version).url(folder))


def give_back():
    """The story is over: its schemas may go to others."""
    for each in _schemas.values():
        each.give_back()
