"""Where the mark of filed ids stands: a start reads few rows, whatever passed before."""

from __future__ import annotations

from contextlib import closing

import apsw

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


async def test_messages_of_the_first_schema_are_not_looked_through(tmp_path):
    """They have no such ids; a store that was migrated begins behind them."""
    path = tmp_path / "store.db"
    async with opened(path) as house:
        old = house.message()
        await house.keep(old)
    with closing(apsw.Connection(str(path))) as database:
        for statement in (
            "DROP TABLE shown", "DROP TABLE shown_until", "DELETE FROM schema_version WHERE version >= 2",
            "ALTER TABLE message DROP COLUMN comment", "ALTER TABLE message DROP COLUMN network",
            "ALTER TABLE message DROP COLUMN hidden", "ALTER TABLE message DROP COLUMN pid",
            "ALTER TABLE receipt DROP COLUMN network", "DROP INDEX notice_given_up",
        ):  # fmt: skip
            database.execute(statement)
    async with opened(path) as house:
        assert mark(path) == old.id
        assert (await house.stored(old.id)).comment == ""
