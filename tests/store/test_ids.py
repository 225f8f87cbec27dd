"""Ids come from one counter, never twice, and a message owns as many as it has parts (decisions.md 3)."""

from __future__ import annotations

import asyncio

import pytest

from heliograph.model.message import FIRST_MESSAGE_ID
from store.samples import House, taken

LARGEST_REQUEST = 100 * 255
"""A hundred recipients of the longest text."""


async def test_the_first_id_has_nine_digits(store):
    assert store.take_ids(1) == FIRST_MESSAGE_ID == 100_000_001


async def test_ids_are_consecutive_and_never_given_twice(store):
    given = []
    for count in (1, 3, 255, 1, LARGEST_REQUEST, 7):
        first = store.take_ids(count)
        given += range(first, first + count)
    assert given == list(range(FIRST_MESSAGE_ID, FIRST_MESSAGE_ID + len(given)))


async def test_event_ids_are_a_counter_of_their_own(store):
    first = store.take_event_ids(5)
    assert first >= 1
    store.take_ids(1_000)
    assert store.take_event_ids(1) == first + 5


async def test_when_none_are_at_hand_there_are_some_a_moment_later(store):
    """The answer is None, never a number that may come again; nobody has to write anything for more to come."""
    last = 0
    for _ in range(20):
        first = store.take_ids(LARGEST_REQUEST)
        if first is None:
            await until_there_are(store.take_ids)
            continue
        assert first > last
        last = first + LARGEST_REQUEST - 1
    assert last >= FIRST_MESSAGE_ID + 5 * LARGEST_REQUEST


async def test_while_groups_are_written_there_are_always_ids_at_hand(house):
    for _ in range(10):
        assert house.store.take_ids(LARGEST_REQUEST) is not None
        assert house.store.take_event_ids(LARGEST_REQUEST) is not None
        await house.keep(house.message())


async def test_a_closed_store_gives_no_ids(backend, tmp_path):
    store = backend.make(tmp_path)
    await store.open()
    assert store.take_ids(1) is not None
    await store.close()
    assert store.take_ids(1) is None
    assert store.take_event_ids(1) is None


async def until_there_are(take):
    for _ in range(500):
        await asyncio.sleep(0.01)
        if take(1) is not None:
            return
    raise AssertionError("there are no ids")


async def test_event_ids_outlast_a_store_that_fails_for_long(store):
    """While nothing can be written, the journal keeps 200,000 rows; each may need an event id (P3)."""
    assert store.take_event_ids(300_000) is not None


@pytest.mark.parametrize("take", ["take_ids", "take_event_ids"])
async def test_ids_go_on_after_the_store_was_closed(keeping_backend, tmp_path, take):
    last = 0
    for _ in range(3):
        store = keeping_backend.make(tmp_path)
        await store.open()
        first = getattr(store, take)(10)
        assert first > last
        last = first + 9
        await store.close()


async def test_any_part_id_finds_its_message(house):
    three, one, last = house.message(parts=3), house.message(), house.message(parts=2)
    await house.keep(three, one, last)
    for message in (three, one, last):
        for part_id in range(message.id, message.id + message.parts):
            assert (await house.stored(part_id)).id == message.id
    assert await house.stored(last.id + 2) is None
    assert await house.stored(three.id - 1) is None


async def test_ids_between_messages_belong_to_nobody(house):
    first = house.message(parts=2)
    house.store.take_ids(3)
    second = house.message()
    await house.keep(first, second)
    for free in range(first.id + 2, second.id):
        assert await house.stored(free) is None


async def test_asking_for_several_parts_of_a_message_finds_it_once(house):
    message = house.message(parts=4)
    await house.keep(message)
    asked = [message.id + 3, message.id, message.id + 1, message.id + 1]
    assert [found.id for found in await house.store.messages(asked, None)] == [message.id]


async def test_five_hundred_ids_are_one_question(house):
    messages = [house.message(parts=1 + number % 2) for number in range(250)]
    await house.keep(*messages)
    ids = [part_id for one in messages for part_id in range(one.id, one.id + one.parts)] + [5, 10**15]
    found = await house.store.messages((ids * 2)[:500], None)
    assert {message.id for message in found} == {message.id for message in messages}


async def test_no_id_finds_nothing(house):
    assert await house.store.messages([], None) == []


@pytest.mark.parametrize("number", [0, -1, 1, 2**53, 2**63, 2**64, 10**30, -(10**30)])
async def test_numbers_that_are_no_ids_find_nothing(house, number):
    message = house.message()
    await house.keep(message)
    assert [found.id for found in await house.store.messages([number, message.id], None)] == [message.id]


async def test_B23_another_accounts_messages_are_absent(house):
    mine, theirs = house.message(parts=2), house.message(account_id=2, parts=2)
    await house.keep(mine, theirs)
    asked = [mine.id, mine.id + 1, theirs.id, theirs.id + 1]
    assert [found.id for found in await house.store.messages(asked, 1)] == [mine.id]
    assert [found.id for found in await house.store.messages(asked, 2)] == [theirs.id]
    assert await house.store.messages(asked, 3) == []
    assert len(await house.store.messages(asked, None)) == 2


async def test_what_was_written_is_there_when_the_store_is_opened_again(keeping_backend, tmp_path):
    first = House(keeping_backend.make(tmp_path))
    await first.store.open()
    message = first.upstream(parts=2)
    await first.keep(message, taken(message))
    await first.store.close()
    second = House(keeping_backend.make(tmp_path))
    await second.store.open()
    assert (await second.stored(message.id + 1)).id == message.id
    assert len((await second.store.story(message.id)).attempts) == 1
    await second.sound()
    await second.store.close()


async def test_closing_twice_or_before_opening_is_allowed(backend, tmp_path):
    store = backend.make(tmp_path)
    await store.close()
    await store.open()
    await store.close()
    await store.close()
