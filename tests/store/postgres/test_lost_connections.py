"""A connection may break at any moment: what is said to be written is, once, and what is said to have failed is not."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import asyncpg
import pytest

from heliograph.model.message import State
from heliograph.model.node import Identity
from heliograph.model.rows import Guard
from heliograph.ports import StoreFailure
from heliograph.store.postgres import PostgresStore, last_group, money
from heliograph.store.postgres.statements import NotWhole, Together
from store.postgres.cut import wire_to
from store.postgres.schemas import schemas
from store.postgres.server import Server, empty_schema, schema_of, server
from store.samples import DAY, FENCE, NOW, PRICE, furnished, moved, taken, top_up

RECIPIENT = b"380671234567"
"""Whom the samples are for: where it passes, a group with a new message is written."""
EITHER = pytest.mark.parametrize("is_node", [True, False], ids=["one turn", "begun and committed"])


@asynccontextmanager
async def wired(folder, *, is_node=False):
    """A furnished store at the end of a wire; a node's groups are one statement each."""
    schemas(18).url(folder)
    async with wire_to(server(18)) as (wire, url):
        store = PostgresStore(f"{url}&search_path={schema_of(folder)}")
        await store.open()
        if is_node:
            await store.nodes.join(Identity("first", "host", 1, "key"))
            wire.commit = RECIPIENT
        try:
            yield wire, await furnished(store)
        finally:
            await store.close()


@EITHER
async def test_R5_a_commit_whose_answer_is_lost_is_no_failure_when_the_server_says_it_was_done(tmp_path, is_node):
    async with wired(tmp_path, is_node=is_node) as (wire, house):
        message = house.message(price=PRICE)
        before = await house.balance()
        wire.cut = "after"
        assert not await house.store.write([message], FENCE, NOW)
        assert wire.cuts == 1
        assert (await house.stored(message.id)).state is State.QUEUED
        assert await house.balance() == before - PRICE
        await house.keep(house.message())
        await house.sound()


@EITHER
async def test_R5_a_commit_that_never_reached_the_server_fails_and_may_be_repeated(tmp_path, is_node):
    async with wired(tmp_path, is_node=is_node) as (wire, house):
        message = house.message(price=PRICE)
        wire.cut = "before"
        with pytest.raises(StoreFailure):
            await house.store.write([message], FENCE, NOW)
        assert wire.cuts == 1
        assert await house.stored(message.id) is None
        await house.keep(message)
        await house.sound()


@EITHER
async def test_R5_what_was_committed_unheard_is_not_written_twice_and_what_was_new_is_withdrawn(tmp_path, is_node):
    """The writer has answered BUSY for the new message, and brings the rest again."""
    async with wired(tmp_path, is_node=is_node) as (wire, house):
        known = house.upstream(price=PRICE)
        await house.keep(known)
        before = await house.balance()
        new = house.message(price=PRICE)
        guard = Guard(1, "order-7", "hash", (new.id,), NOW + DAY)
        kept = [taken(known), moved(known, State.REJECTED, refund=PRICE, final_at=NOW), top_up(500), house.parked("x")]
        wire.cut, wire.is_down = "after", True
        began = time.monotonic()
        with pytest.raises(StoreFailure):
            await house.store.write([new, guard, *kept], FENCE, NOW)
        assert time.monotonic() - began < 5
        with pytest.raises(StoreFailure):
            await house.store.write(kept, FENCE, NOW)
        wire.is_down = False
        assert not await house.store.write(kept, FENCE, NOW + 1)
        withdrawn = await house.stored(new.id)
        assert (withdrawn.state, withdrawn.refunded, withdrawn.refusal) == (State.REJECTED, PRICE, "internal")
        assert await house.store.guard(1, "order-7", NOW) is None
        assert await house.balance() == before + PRICE + 500
        assert len((await house.store.story(known.id)).attempts) == 1
        assert len(await house.store.parked([("carrier", "x")])) == 1
        await house.keep(top_up(1), top_up(1))
        await house.sound()


async def test_R5_a_failure_is_told_at_once_and_a_server_that_is_back_is_found_at_once(tmp_path):
    own = Server(16)
    try:
        store = PostgresStore(await empty_schema(own, tmp_path))
        await store.open()
        house = await furnished(store)
        first = house.message()
        await house.keep(first)
        await asyncio.to_thread(own.kill)
        for ask in (
            lambda: store.write([house.message()], FENCE, NOW),
            lambda: store.messages([first.id], None),
            lambda: store.census(),
            lambda: store.probe(),
        ):
            began = time.monotonic()
            with pytest.raises(StoreFailure):
                await ask()
            assert time.monotonic() - began < 1
        await asyncio.to_thread(own.start)
        second = house.message()
        await house.keep(second)
        assert {message.id for message in await store.messages([first.id, second.id], None)} == {first.id, second.id}
        await house.sound()
        await store.close()
    finally:
        own.remove()


async def test_R5_a_server_that_was_stopped_in_order_is_a_failure_like_any_other(tmp_path):
    own = Server(18)
    try:
        store = PostgresStore(await empty_schema(own, tmp_path))
        await store.open()
        house = await furnished(store)
        await asyncio.to_thread(own.stop)
        with pytest.raises(StoreFailure):
            await store.write([house.message()], FENCE, NOW)
        await asyncio.to_thread(own.start)
        await house.keep(house.message())
        await asyncio.to_thread(own.stop)
        await store.close()
    finally:
        own.remove()


async def test_R34_a_store_whose_place_was_taken_while_it_was_cut_off_writes_no_more(tmp_path):
    async with wired(tmp_path, is_node=True) as (wire, house):
        await house.keep(house.message())
        wire.cut, wire.is_down = "before", True
        with pytest.raises(StoreFailure):
            await house.store.write([house.message()], FENCE, NOW)
        other = await asyncpg.connect(schemas(18).url(tmp_path))
        await other.execute("UPDATE node SET epoch = epoch + 1")
        await other.close()
        wire.is_down = False
        late = house.message()
        for _ in range(3):
            with pytest.raises(StoreFailure, match="another node has taken over"):
                await house.store.write([late], FENCE, NOW)
        assert await house.stored(late.id) is None


async def test_R5_a_group_that_somebody_was_in_doubt_about_is_committed_already_or_never(tmp_path):
    """Whatever reaches the server later, over a connection that was given up."""
    url = schemas(18).url(tmp_path)
    store = PostgresStore(url)
    await store.open()
    number = last_group.first(await store.nodes.join(Identity("first", "host", 1, "key")))
    connection = await asyncpg.connect(url)
    entries = Together()
    entries.add(money.INSERT_ENTRY, [top_up(5)])
    await entries.run_whole(connection, last_group.NUMBERED, *number.values)
    for _ in range(2):
        assert await last_group.was_committed(connection, number)
    late = number.next
    for _ in range(2):
        assert not await last_group.was_committed(connection, late)
    for void in (number, late):
        with pytest.raises(NotWhole):
            await entries.run_whole(connection, last_group.NUMBERED, *void.values)
    await entries.run_whole(connection, last_group.NUMBERED, *late.next.values)
    assert await connection.fetchval("SELECT count(*) FROM ledger") == 2
    await connection.close()
    await store.close()


async def test_R34_nothing_is_written_in_one_turn_once_the_epoch_is_over(tmp_path):
    url = schemas(18).url(tmp_path)
    store = PostgresStore(url)
    await store.open()
    fence = await store.nodes.join(Identity("first", "host", 1, "key"))
    house = await furnished(store)
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE node SET epoch = epoch + 1")
    entries = Together()
    entries.add(money.INSERT_ENTRY, [top_up(5)])
    with pytest.raises(NotWhole):
        await entries.run_whole(connection, last_group.NUMBERED, *last_group.first(fence).next.next.values)
    with pytest.raises(StoreFailure, match="another node has taken over"):
        await store.write([house.message()], fence, NOW)
    await connection.close()
    await store.close()
