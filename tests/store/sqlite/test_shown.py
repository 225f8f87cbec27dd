"""Where the mark of filed ids stands: a start reads few rows, whatever passed before."""

from __future__ import annotations

from contextlib import closing

import apsw

from heliograph.store.sqlite.migrate import migrate, migrations
from store.samples import FENCE, NOW
from store.sqlite.opening import opened


def mark(path):
    with closing(apsw.Connection(str(path))) as database:
        return database.execute("SELECT message_id FROM shown_until").fetchone()[0]


def filed(path):
    with closing(apsw.Connection(str(path))) as database:
        return [row[0] for row in database.execute("SELECT message_id FROM shown ORDER BY message_id")]


async def test_the_mark_follows_what_is_filed(tmp_path):
    async with opened(tmp_path / "store.db") as house:
        messages = [house.message(shown_id=f"o{number}") for number in range(3)]
        await house.keep(*messages)
        await house.store.file_shown()
        assert mark(tmp_path / "store.db") == messages[-1].id
        assert filed(tmp_path / "store.db") == [message.id for message in messages]


async def test_the_mark_goes_back_in_the_group_that_writes_a_lower_id(tmp_path):
    async with opened(tmp_path / "store.db") as house:
        late, early = house.message(shown_id="late"), house.message(shown_id="early")
        await house.keep(early)
        await house.store.file_shown()
        assert mark(tmp_path / "store.db") == early.id
        await house.store.write([late], FENCE, NOW)
        assert mark(tmp_path / "store.db") == late.id - 1
        await house.store.file_shown()
        assert mark(tmp_path / "store.db") == early.id
        assert filed(tmp_path / "store.db") == [late.id, early.id]


async def test_many_messages_without_such_ids_move_the_mark_all_the_same(tmp_path):
    async with opened(tmp_path / "store.db") as house:
        first = house.message()
        await house.keep(first)
        await house.store.file_shown()
        await house.keep(house.message())
        await house.store.file_shown()
        assert mark(tmp_path / "store.db") == first.id
        far = house.message(id=first.id + 200_000)
        await house.keep(far)
        await house.store.file_shown()
        assert mark(tmp_path / "store.db") == far.id


def of_the_first_schema(path):
    """What a store holds, in a store as the first program made it."""
    old = path.with_name("old.db")
    with closing(apsw.Connection(str(old))) as database:
        migrate(database, migrations()[:1])
        database.execute("ATTACH ? AS newer", (str(path),))
        both = "type = 'table' AND name IN (SELECT name FROM newer.sqlite_schema)"
        tables = f"SELECT name FROM main.sqlite_schema WHERE {both} AND name NOT IN (?, ?)"
        for (table,) in list(database.execute(tables, ("schema_version", "sqlite_sequence"))):
            columns = ", ".join([row[1] for row in database.execute(f"PRAGMA main.table_info({table})")])
            database.execute(f"INSERT OR REPLACE INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}")
    return old


async def test_messages_of_the_first_schema_are_not_looked_through(tmp_path):
    """They have no such ids; a store that was migrated begins behind them."""
    path = tmp_path / "store.db"
    async with opened(path) as house:
        old = house.message()
        await house.keep(old)
    path = of_the_first_schema(path)
    async with opened(path) as house:
        assert mark(path) == old.id
        assert (await house.stored(old.id)).comment == ""
