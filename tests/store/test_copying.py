"""A store that is copied is the same store: every row of every room, on either database, or nothing of it."""

from __future__ import annotations

import asyncio
from contextlib import closing

import apsw
import asyncpg
import pytest

from heliograph.store import StoreError, StoreInUse
from heliograph.store.copying import copy
from heliograph.store.postgres import PostgresStore
from heliograph.store.postgres import tables as postgres
from heliograph.store.sqlite import SqliteStore
from heliograph.store.sqlite import tables as sqlite
from heliograph.store.sqlite.migrate import migrate, migrations
from store.postgres.server import empty_schema, server
from store.samples import furnished

ODD = "Привіт \x00 \x01\x02 \U0001f600 "


@pytest.fixture
async def url(tmp_path):
    return await empty_schema(server(18), tmp_path)


async def made(path):
    store = SqliteStore(path)
    await store.open()
    await store.close()
    return path


async def tables_of(place):
    async with place as tables:
        return await tables.tables()


async def dump(place):
    async with place as tables:
        kinds = await tables.tables()
        return {
            table: sorted([row async for rows in tables.rows(table, tuple(sorted(columns))) for row in rows], key=repr)
            for table, columns in kinds.items()
        }


def silent(line):
    """Nobody reads it."""


def fill(path, tables):
    """Two rows in every table, with values no column likes: 0 or 1 in each number, odd texts, octets, nothing."""
    with closing(apsw.Connection(str(path))) as database:
        for table in tables:
            database.execute(f"DELETE FROM {table}")
            columns = database.execute(
                'SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (table,)
            ).fetchall()
            for number in (0, 1):
                row = [value_of(name, kind, must or key, number) for name, kind, must, key in columns]
                places = ", ".join("?" * len(row))
                database.execute(f"INSERT INTO {table} VALUES ({places})", row)


def value_of(name, kind, must, number):
    if not must and number:
        return None
    match kind:
        case "INTEGER":
            return number
        case "TEXT":
            return f"{ODD}{name} {number}"
        case "BLOB":
            return b"\x00\xff" * number


async def test_both_stores_have_the_same_tables_and_columns(tmp_path, url):
    """So none is left behind. A table of one database alone is named in `OWN` or `NOT_COPIED`."""
    async with postgres.filling_tables(url, "") as there:
        pass
    here = await tables_of(sqlite.reading_tables(await made(tmp_path / "a.db")))
    there = await tables_of(postgres.reading_tables(url, "", alone=True))
    assert set(here) == set(there)
    for table in there:
        assert set(here[table]) == set(there[table]), table


async def test_every_row_comes_back_from_the_other_database_as_it_was(tmp_path, url):
    first, last = await made(tmp_path / "first.db"), tmp_path / "last.db"
    fill(first, (await tables_of(sqlite.reading_tables(first))))
    async with sqlite.reading_tables(first) as here, postgres.filling_tables(url, "") as there:
        copied = await copy(here, there, silent)
    async with postgres.reading_tables(url, "", alone=True) as here, sqlite.filling_tables(last) as there:
        assert await copy(here, there, silent) == copied
    assert {count for table, count in copied.items()} == {2}
    before, after = await dump(sqlite.reading_tables(first)), await dump(sqlite.reading_tables(last))
    assert {name: rows for name, rows in before.items() if rows} == {name: rows for name, rows in after.items() if rows}
    assert last.stat().st_mode & 0o777 == 0o600


async def test_a_store_that_was_copied_is_sound_and_gives_no_id_twice(tmp_path, url):
    path, back = tmp_path / "first.db", tmp_path / "back.db"
    store = SqliteStore(path)
    await store.open()
    house = await furnished(store)
    message = house.message(price=450_000, shown_id="their own")
    await house.keep(message)
    next_id = store.take_ids(1)
    await store.close()
    with closing(apsw.Connection(str(path))) as database:
        database.execute("UPDATE sqlite_sequence SET seq = 77 WHERE name = 'endpoint'")
        database.execute("INSERT INTO sqlite_sequence SELECT 'endpoint', 77 WHERE changes() = 0")
    async with sqlite.reading_tables(path) as here, postgres.filling_tables(url, "") as there:
        await copy(here, there, silent)
        assert await there.faults() == []
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval("INSERT INTO endpoint (account_id, body) VALUES (1, '') RETURNING id") == 78
        await connection.execute("DELETE FROM endpoint WHERE id = 78")
    finally:
        await connection.close()
    async with postgres.reading_tables(url, "", alone=True) as here, sqlite.filling_tables(back) as there:
        await copy(here, there, silent)
    again = SqliteStore(back)
    await again.open()
    try:
        found = await again.shown(1, [(message.recipient, "their own")])
        assert [one.id for one in found.values()] == [message.id]
        assert again.take_ids(1) >= next_id
        assert await again.check() == []
    finally:
        await again.close()
    with closing(apsw.Connection(str(back))) as database:
        assert database.execute("INSERT INTO endpoint (account_id, body) VALUES (1, '') RETURNING id").get == 79


async def test_B_a_target_that_is_not_empty_is_refused_and_left_alone(tmp_path, url):
    path = await made(tmp_path / "first.db")
    store = PostgresStore(url)
    await store.open()
    await furnished(store)
    await store.close()
    before = await dump(postgres.reading_tables(url, "", alone=True))
    with pytest.raises(StoreError, match=r"is not empty: account has rows; nothing was copied"):
        async with sqlite.reading_tables(path) as here, postgres.filling_tables(url, "") as there:
            await copy(here, there, silent)
    assert await dump(postgres.reading_tables(url, "", alone=True)) == before
    with pytest.raises(StoreError, match="is there already"):
        async with sqlite.filling_tables(path):
            pass


async def test_B_a_database_that_a_gateway_uses_is_neither_copied_nor_copied_into(url):
    store = PostgresStore(url)
    await store.open()
    try:
        for use in (postgres.filling_tables(url, ""), postgres.reading_tables(url, "", alone=True)):
            with pytest.raises(StoreInUse, match="in use by a gateway; stop it"):
                async with use:
                    pass
    finally:
        await store.close()


class Broken:
    """A source that breaks off in the midst."""

    def __init__(self, source):
        self.source = source
        self.place = source.place

    def __getattr__(self, name):
        return getattr(self.source, name)

    async def rows(self, table, columns):
        if table == "purse":
            raise StoreError("the disk is gone")
        async for rows in self.source.rows(table, columns):
            yield rows


class Bent:
    """A target that keeps something else than it was given."""

    def __init__(self, target):
        self.target = target
        self.place = target.place

    def __getattr__(self, name):
        return getattr(self.target, name)

    async def put(self, table, columns, rows):
        if table == "purse":
            place = columns.index("balance")
            rows = [(*row[:place], row[place] + 1, *row[place + 1 :]) for row in rows]
        await self.target.put(table, columns, rows)


@pytest.mark.parametrize("how", ["breaks off", "arrives bent"])
async def test_R33_a_copy_that_fails_leaves_nothing_and_can_be_made_again(tmp_path, url, how):
    path = tmp_path / "first.db"
    store = SqliteStore(path)
    await store.open()
    await furnished(store)
    await store.close()
    said = "the disk is gone" if how == "breaks off" else r"purse did not arrive as it was sent \(balance\)"
    for fill_one in (lambda: postgres.filling_tables(url, ""), lambda: sqlite.filling_tables(tmp_path / "last.db")):
        with pytest.raises(StoreError, match=said):
            async with sqlite.reading_tables(path) as here, fill_one() as there:
                await copy(Broken(here) if how == "breaks off" else here, Bent(there), silent)
        async with sqlite.reading_tables(path) as here, fill_one() as there:
            assert (await copy(here, there, silent))["purse"] == 2
    assert {file.name for file in tmp_path.iterdir() if not file.name.startswith("first.db")} == {"last.db"}


class Memory:
    """A store of one table."""

    def __init__(self, place, tables):
        self.place = place
        self._tables = tables

    async def tables(self):
        return {table: columns for table, (columns, _) in self._tables.items()}

    async def figures(self, table, columns):
        return (len(self._tables[table][1]),)


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ({}, "there has no room for contact, of which here has 1 rows; nothing was copied"),
        ({"contact": (("id",), [])}, r"contact has other columns in there \(name\); nothing was copied"),
    ],
)
async def test_B_what_the_target_cannot_hold_is_named_before_a_row_is_written(theirs, said):
    here = Memory("here", {"contact": (("id", "name"), [(1, "Anna")])})
    with pytest.raises(StoreError, match=said):
        await copy(here, Memory("there", theirs), silent)


async def test_B_a_store_of_another_version_is_named_with_what_to_do(tmp_path):
    path = tmp_path / "first.db"
    *older, (newest, _) = migrations()
    with closing(apsw.Connection(str(path))) as database:
        migrate(database, older)
    with pytest.raises(StoreError, match=f"has schema {newest - 1}, this program needs {newest}; .*heliograph migrate"):
        async with sqlite.reading_tables(path):
            pass


def test_the_copy_of_a_live_postgres_is_of_one_moment(tmp_path):
    """Groups go on while it is read; the copy's money adds up."""
    asyncio.run(_copy_while_written(tmp_path))


async def _copy_while_written(tmp_path):
    url = await empty_schema(server(18), tmp_path)
    store = PostgresStore(url)
    await store.open()
    try:
        house = await furnished(store)
        await house.keep(*[house.message(price=450_000) for _ in range(20)])
        stop = asyncio.Event()

        async def write():
            while not stop.is_set():
                await house.keep(*[house.message(price=450_000) for _ in range(5)])

        writing = asyncio.create_task(write())
        async with (
            postgres.reading_tables(url, "", alone=False) as here,
            sqlite.filling_tables(tmp_path / "copy.db") as there,
        ):
            copied = await copy(here, there, silent)
            assert await there.faults() == []
        stop.set()
        await writing
        assert copied["message"] >= 20
    finally:
        await store.close()
