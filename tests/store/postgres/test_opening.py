"""What is not ours, not whole or not safe is refused in words that name the remedy, and nothing is changed."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from heliograph.store import StoreError, StoreInUse
from heliograph.store.postgres import PostgresStore
from heliograph.store.postgres.link import see_that_it_is_durable
from heliograph.store.postgres.migrate import migrations
from store.postgres.schemas import schema_of
from store.postgres.server import Server, empty_schema, server
from store.samples import furnished


@pytest.fixture
async def url(tmp_path):
    return await empty_schema(server(18), tmp_path)


async def tell(url, *statements):
    """What the last statement answers."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return [tuple(row) for row in await connection.fetch(statements[-1])]
    finally:
        await connection.close()


async def objects(url):
    return await tell(
        url, "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace ORDER BY relname"
    )


async def made(url):
    store = PostgresStore(url)
    await store.open()
    await store.close()


async def refused(url, kind=StoreError, password=""):
    before = await objects(url)
    with pytest.raises(kind) as raised:
        await PostgresStore(url, password).open()
    assert await objects(url) == before
    return str(raised.value)


async def test_an_empty_schema_is_migrated_step_by_step_and_once(url):
    await made(url)
    first = await objects(url)
    await made(url)
    assert await objects(url) == first
    assert await tell(url, "SELECT version FROM schema_version ORDER BY version") == [
        (number,) for number, _ in migrations()
    ]


async def test_numbers_of_migrations_have_no_gaps():
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


async def test_B_tables_of_another_program_are_left_alone(url):
    await tell(url, "CREATE TABLE invoice (id int)", "SELECT 1")
    assert "tables of another program" in await refused(url)


async def test_a_newer_schema_is_refused(url):
    await made(url)
    await tell(url, "INSERT INTO schema_version VALUES (9999)", "SELECT 1")
    words = await refused(url)
    assert "schema 9999" in words
    assert "run the newer program" in words


@pytest.mark.parametrize(
    "damage",
    ["DROP TABLE guard", "DROP INDEX message_fresh", "DELETE FROM schema_version WHERE version = 1"],
)
async def test_a_half_migrated_schema_is_refused(url, damage):
    await made(url)
    await tell(url, damage, "SELECT 1")
    assert "half migrated" in await refused(url)


async def test_a_migration_that_fails_changes_nothing(url):
    await tell(url, "CREATE TYPE message AS (a int)", "SELECT 1")
    before = await objects(url)
    with pytest.raises(StoreError):
        await PostgresStore(url).open()
    assert await objects(url) == before


async def test_two_that_migrate_at_once_migrate_once(url):
    first, second = PostgresStore(url), PostgresStore(url)
    answers = await asyncio.gather(first.open(), second.open(), return_exceptions=True)
    assert answers == [None, None]
    await first.close()
    await second.close()
    assert len(await tell(url, "SELECT version FROM schema_version")) == len(migrations())


async def test_R34_a_gateway_from_before_there_were_nodes_has_the_database_alone(url):
    await made(url)
    older = await asyncpg.connect(url)
    try:
        lock = "SELECT pg_try_advisory_lock(hashtextextended('heliograph owner ' || current_schema(), 0))"
        assert await older.fetchval(lock)
        assert "in use by an older version" in await refused(url, StoreInUse)
    finally:
        await older.close()
    await made(url)


async def test_a_schema_that_does_not_exist_is_named(url):
    with pytest.raises(StoreError, match="names no schema that exists"):
        await PostgresStore(url.partition("search_path=")[0] + "search_path=nowhere").open()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://eve:hunter2@127.0.0.1:1/nowhere", "start the server"),
        ("postgresql://eve:hunter2@host.invalid/nowhere", "correct store.url"),
    ],
)
async def test_B25_a_server_that_cannot_be_reached_is_named_without_user_or_password(address, said):
    with pytest.raises(StoreError) as raised:
        await PostgresStore(address, "hunter2").open()
    words = str(raised.value)
    assert said in words
    assert "hunter2" not in words
    assert "eve" not in words.partition(":")[0]


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
async def test_a_server_that_answers_before_a_commit_is_safe_is_refused(tmp_path, setting):
    unsafe = Server(18, settings=["-c", f"{setting}=off"])
    try:
        url = await empty_schema(unsafe, tmp_path)
        words = await refused(url)
        assert f"{setting} = off" in words
        assert "could be lost" in words
    finally:
        unsafe.remove()


@pytest.mark.parametrize("version", [16, 18])
async def test_the_servers_of_the_tests_are_safe(version):
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        assert await tell(server(version).url, f"SHOW {setting}") == [("on",)]
    assert (await tell(server(version).url, "SELECT current_setting('server_version_num')::int / 10000")) == [
        (version,)
    ]


async def test_a_role_that_may_not_make_tables_is_told_so(url):
    schema = url.partition("search_path=")[2]
    role = f"poor_{schema}"
    await tell(url, f"CREATE ROLE {role} LOGIN", f"GRANT USAGE ON SCHEMA {schema} TO {role}", "SELECT 1")
    poor = url.replace("heliograph@", f"{role}@")
    assert "give the role CREATE on the schema" in await refused(poor)


async def test_closing_gives_back_the_ids_that_were_not_given_away(url):
    store = PostgresStore(url)
    await store.open()
    house = await furnished(store)
    await house.keep(house.message())
    after = store.take_ids(1)
    await store.close()
    again = PostgresStore(url)
    await again.open()
    assert again.take_ids(1) == after + 1
    await again.close()


async def test_B_a_database_in_another_encoding_is_refused(tmp_path):
    name = f"latin_{schema_of(tmp_path)}"
    latin = f"CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    await tell(server(18).url, latin, "SELECT 1")
    words = await refused(server(18).url.replace("/postgres?", f"/{name}?"))
    assert "keeps texts as LATIN1" in words
    assert "createdb --encoding UTF8" in words


async def test_B_a_database_that_can_only_be_read_is_refused(tmp_path):
    name = f"still_{schema_of(tmp_path)}"
    await tell(server(18).url, f"CREATE DATABASE {name}", "SELECT 1")
    await tell(server(18).url, f"ALTER DATABASE {name} SET default_transaction_read_only = on", "SELECT 1")
    words = await refused(server(18).url.replace("/postgres?", f"/{name}?"))
    assert "can only be read; name the primary server" in words


async def test_B_a_role_that_may_not_see_the_tables_is_told_so(url):
    await made(url)
    schema = url.partition("search_path=")[2]
    role = f"blind_{schema}"
    await tell(url, f"CREATE ROLE {role} LOGIN", f"GRANT USAGE ON SCHEMA {schema} TO {role}", "SELECT 1")
    words = await refused(url.replace("heliograph@", f"{role}@"))
    assert "permission denied for table schema_version; let the role of store.url read them, or own them" in words
    await tell(url, f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}", "SELECT 1")
    words = await refused(url.replace("heliograph@", f"{role}@"))
    assert "may not write to the table account; the role of store.url must own the tables" in words


class OldServer:
    """A connection to a server of 2020."""

    async def fetchval(self, query):
        assert "server_version_num" in query
        return "130004"


async def test_B_a_server_that_is_too_old_is_refused():
    with pytest.raises(StoreError, match="PostgreSQL at db is PostgreSQL 13; this program needs 16 or newer"):
        await see_that_it_is_durable(OldServer(), "PostgreSQL at db")
