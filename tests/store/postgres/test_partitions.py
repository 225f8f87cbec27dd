"""Messages lie in ranges of ids: room is made ahead, nothing waits for it, and what is over goes as a whole."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import asyncpg
import pytest

from heliograph.model.message import State
from heliograph.model.retention import Kept
from heliograph.store.postgres import PostgresStore, partitions
from heliograph.store.postgres.partitions import AHEAD, LEAST, Range
from store.postgres.server import empty_schema, server
from store.samples import DAY, NOW, PRICE, furnished, moved, settled, taken

FIRST = 100_000_001
END = FIRST + LEAST
"""Of the first range of a new database."""
BEFORE, THEN = NOW + 20 * DAY, NOW + 40 * DAY


@pytest.fixture
async def url(tmp_path):
    return await empty_schema(server(18), tmp_path)


@asynccontextmanager
async def opened(url):
    store = PostgresStore(url)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def session(url):
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def given_up_to(url, message_id):
    """All ids below were given away."""
    async with session(url) as connection:
        await connection.execute("UPDATE counter SET value = $1 WHERE name = 'message'", message_id)


async def id_from(store, least):
    """The next id from `least` on."""
    while True:
        taken_id = store.take_ids(1)
        if taken_id is None:
            await store.probe()
        elif taken_id >= least:
            return taken_id


async def ranges(url):
    async with session(url) as connection:
        return await partitions.ranges(connection)


async def lying_in(url, *messages):
    """The tables in which messages lie."""
    async with session(url) as connection:
        ids = [message.id for message in messages]
        return [
            row[0]
            for row in await connection.fetch(
                "SELECT tableoid::regclass::text FROM message WHERE id = ANY($1::bigint[]) ORDER BY id", ids
            )
        ]


async def removed(store):
    count, after = 0, 0
    while True:
        slice_ = await store.retention.remove(Kept.MESSAGES, BEFORE, THEN, after, 100)
        count += slice_.removed
        if not slice_.after:
            return count
        after = slice_.after


async def test_a_new_database_has_a_range_and_a_rest(url):
    async with opened(url):
        assert await ranges(url) == [Range("message_past", 0, END)]


async def test_room_is_made_ahead_once_whoever_comes(url):
    async with opened(url) as store, opened(url) as other:
        await given_up_to(url, END - AHEAD)
        await store.retention.make_ready(NOW, 10)
        assert len(await ranges(url)) == 1
        await given_up_to(url, END - AHEAD + 1)
        await asyncio.gather(*(one.retention.make_ready(NOW, 10) for one in (store, other, store, other)))
        assert await ranges(url) == [
            Range("message_past", 0, END),
            Range(f"message_{END}", END, END + LEAST),
        ]


async def test_a_range_is_as_large_as_what_comes_in_its_days(url):
    async with opened(url) as store:
        house = await furnished(store)
        await given_up_to(url, FIRST + LEAST)
        await store.retention.make_ready(NOW + DAY, 10)
        await house.keep(house.message(id=END))
        await given_up_to(url, END + LEAST)
        await store.retention.make_ready(NOW + DAY, 3 * partitions.RANGES)
        assert [one.end - one.first for one in await ranges(url)][1:] == [LEAST, 3 * LEAST]


async def test_P1_nothing_is_refused_where_no_range_could_be_made(url):
    async with opened(url) as store, session(url) as looking:
        house = await furnished(store)
        async with looking.transaction():
            await looking.fetch("SELECT count(*) FROM message")  # a long look, such as a backup
            await given_up_to(url, END + 5_000)
            message = house.message(price=PRICE, id=await id_from(store, END))
            await store.retention.make_ready(NOW, 10)
            assert len(await ranges(url)) == 1
            await house.keep(message)
            await house.keep(moved(message, State.CANCELLED, final_at=NOW, refund=PRICE))
        assert await lying_in(url, message) == ["message_rest"]
        await store.retention.make_ready(NOW, 10)
        (_, new) = await ranges(url)
        assert new.first > message.id
        assert (await house.stored(message.id)).state is State.CANCELLED
        await house.sound()
        assert await removed(store) == 1
        await house.sound()


async def a_range_that_is_over(url, store):
    """Messages of the first range, one of which lives on; then the next range has begun."""
    house = await furnished(store)
    ended = [house.message(price=PRICE, state=State.SENDING, tries=1) for _ in range(30)]
    living = house.message(price=PRICE, state=State.SCHEDULED, due_at=THEN + DAY, expires_at=THEN + 2 * DAY)
    await house.keep(*ended, living)
    notices = [house.notice(message) for message in ended]
    await house.keep(*[taken(message, f"u{message.id}") for message in ended], *notices)
    await house.keep(*[moved(message, State.DELIVERED, final_at=NOW) for message in ended])
    await house.keep(*[settled(notice) for notice in notices])
    await given_up_to(url, END + 5_000)
    await store.retention.make_ready(NOW, 10)
    young = house.message(price=PRICE, accepted_at=THEN, expires_at=THEN + DAY, id=await id_from(store, END))
    await house.keep(young)
    return house, ended, living, young


async def test_a_range_that_is_over_goes_as_a_whole_and_what_lives_in_it_stays(url):
    async with opened(url) as store:
        house, ended, living, young = await a_range_that_is_over(url, store)
        assert await removed(store) == 30
        assert [one.table for one in await ranges(url)] == [f"message_{END}"]
        assert await lying_in(url, *ended, living, young) == ["message_rest", f"message_{END}"]
        async with session(url) as connection:
            assert await connection.fetchval("SELECT to_regclass('message_past')") is None
            for table in ("attempt", "notice"):
                assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
        await house.sound()
        assert [one.id for one in await store.scheduled(THEN + DAY, 10)] == [living.id]
        await house.keep(moved(living, State.CANCELLED, final_at=THEN, refund=PRICE))
        late = house.message(id=ended[0].id, price=PRICE)  # a node's ids from long ago
        await house.keep(late)
        await house.sound()
    async with opened(url) as store:  # it is whole for the next start, too
        assert await store.check() == []


async def test_R1_a_removal_that_breaks_off_is_taken_up_again_and_the_money_is_exact_at_every_moment(url):
    async with opened(url) as store:
        house, ended, living, young = await a_range_that_is_over(url, store)
        async with session(url) as connection:  # as far as a node came that was killed then
            await connection.execute("DELETE FROM attempt WHERE message_id < $1", ended[7].id)
            assert await store.check() == []
            for table in ("attempt", "notice"):
                await connection.execute(f"DELETE FROM {table}")
            (first, _) = await partitions.ranges(connection)
            assert await partitions.take_out(connection, first, [living.id])
        assert await store.check() == []
        assert await house.stored(ended[0].id) is None
        assert (await house.stored(living.id)).state is State.SCHEDULED
    async with opened(url) as store:
        assert await removed(store) == 30
        async with session(url) as connection:
            assert await partitions.left_over(connection) == []
        assert await lying_in(url, living, young) == ["message_rest", f"message_{END}"]
        assert await store.check() == []


async def test_a_removal_waits_for_no_long_look_and_comes_again(url):
    async with opened(url) as store, session(url) as looking:
        house, *_ = await a_range_that_is_over(url, store)
        async with looking.transaction():
            await looking.fetch("SELECT count(*) FROM message")
            assert await removed(store) == 0
            assert [one.table for one in await ranges(url)] == ["message_past", f"message_{END}"]
            assert await store.check() == []
            await house.keep(house.message())
        assert await removed(store) == 30
        assert await store.check() == []


async def test_rows_of_a_range_that_is_too_coarse_to_wait_for_go_one_by_one(url):
    async with opened(url) as store:
        house, ended, living, young = await a_range_that_is_over(url, store)
        late = house.message(id=END - 1, state=State.REJECTED, accepted_at=BEFORE + DAY, expires_at=BEFORE + DAY)
        await house.keep(late)
        assert await removed(store) == 30
        assert await lying_in(url, *ended, living, late, young) == ["message_past"] * 2 + [f"message_{END}"]
        assert await store.check() == []
