"""Parts that a customer has cut himself, and what the store shows of them while they come and go."""

from __future__ import annotations

import asyncio

from core.house import home
from heliograph.model.message import Content, PartOf, State
from walks.world import eventually


async def submit(place, number, text, total=2):
    """One accepted part."""
    segment = bytes((5, 0, 3, 42, total, number)) + text.encode()
    submission = place.submission(part=PartOf("8:42", total, number))
    submission.content = Content(text, coding=0, segments=(segment,))
    (answer,) = await place.submit(submission)
    return answer.message


async def look(place, meanwhile=None):
    """The holding node asks the store for its parts; `meanwhile` happens while the page is on its way."""

    async def ask():
        found = await place.house.store.held(0, 10, place.house.fence)
        if meanwhile is not None:
            await meanwhile()
        return found

    return await place.house.holding.take_in(ask)


async def test_a_part_that_waits_already_is_not_taken_in_again(tmp_path):
    async with home(tmp_path) as place:
        first = await submit(place, 1, "The first, ")
        assert [one.id for one in await look(place)] == [first.id]
        assert (await place.stored(first)).state is State.HELD
        await submit(place, 2, "and the last.")
        assert (await place.until(first, State.SENDING)).parts == 2


async def test_a_part_that_left_while_the_page_was_on_its_way_is_not_taken_in_again(tmp_path):
    async with home(tmp_path) as place:
        first = await submit(place, 1, "The first, ")
        found = await look(place, lambda: submit(place, 2, "and the last."))
        assert [(one.id, one.state) for one in found] == [(first.id, State.HELD)]
        assert place.house.holding.waiting == 0
        assert (await place.until(first, State.SENDING)).parts == 2


async def test_a_part_that_left_before_the_store_knows_it_is_not_taken_in_again(tmp_path):
    async with home(tmp_path) as place:
        await submit(place, 1, "The first, ")
        place.clock.shift(301)
        await place.house.holding.sweep()
        assert await look(place) == []
        assert place.house.holding.waiting == 0


async def test_a_part_that_was_being_accepted_as_the_page_was_read_is_taken_in_once(tmp_path):
    async with home(tmp_path) as place:
        store, may_answer = place.house.store, asyncio.Event()
        write = store.write

        async def slow(*group):
            verdict = await write(*group)
            await may_answer.wait()
            return verdict

        async def ask():
            store.write = slow
            accepted.append(asyncio.create_task(submit(place, 1, "The first, ")))
            found = await eventually(lambda: store.held(0, 10, place.house.fence))
            asyncio.get_running_loop().call_later(0.05, may_answer.set)
            return found

        accepted = []
        (found,) = await place.house.holding.take_in(ask)
        first = await accepted[0]
        assert found.id == first.id
        assert (await place.stored(first)).state is State.HELD
        await submit(place, 2, "and the last.")
        assert (await place.until(first, State.SENDING)).parts == 2
