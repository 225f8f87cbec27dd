"""What a customer deletes: waiting messages are taken back first, what a carrier has stays."""

from __future__ import annotations

import pytest

from core.house import home
from heliograph.core.cancel import Cancel
from heliograph.core.deletion import Deletion
from heliograph.model.message import State


@pytest.fixture
async def at_home(tmp_path):
    async with home(tmp_path, window=2) as at_home:
        yield at_home


def deletion(at_home):
    house = at_home.house
    cancel = Cancel(
        store=house.store,
        journal=house.journal,
        dispatch=house.dispatch,
        holding=house.holding,
        endings=house.endings,
        clock=house.clock,
    )
    return Deletion(cancel=cancel, journal=house.journal)


async def delete(at_home, *messages):
    return await deletion(at_home).delete([await at_home.stored(message) for message in messages])


@pytest.mark.covers_part(73)
async def test_a_waiting_message_is_cancelled_paid_back_and_hidden(at_home):
    later = await at_home.accept(due_at=at_home.clock.now() + 3_600_000)
    before = at_home.balance
    assert await delete(at_home, later)
    stored = await at_home.stored(later)
    assert (stored.state, stored.hidden) == (State.CANCELLED, True)
    assert at_home.balance == before + later.price
    at_home.clock.shift(3_700)
    await at_home.house.upkeep.release_scheduled()
    await at_home.settled()
    assert at_home.carrier.sent == []


async def test_a_message_in_the_queue_is_cancelled_too(at_home):
    first, second, third = [await at_home.accept(text) for text in "abc"]
    assert await delete(at_home, third)
    at_home.carrier.take()
    await at_home.settled()
    assert [attempt.message.id for attempt in at_home.carrier.sent] == [first.id, second.id]


async def test_a_finished_message_is_hidden_as_it_is(at_home):
    message = await at_home.accept()
    (upstream_id,) = at_home.carrier.take()
    at_home.carrier.report(upstream_id)
    await at_home.until(message, State.DELIVERED)
    before = at_home.balance
    assert await delete(at_home, message, message)
    stored = await at_home.stored(message)
    assert (stored.state, stored.hidden, at_home.balance) == (State.DELIVERED, True, before)


async def test_what_a_carrier_has_keeps_all_of_the_request_from_changing(at_home):
    sent = await at_home.accept()
    at_home.carrier.take()
    waiting = await at_home.accept(due_at=at_home.clock.now() + 3_600_000)
    assert not await delete(at_home, waiting, sent)
    for message, state in ((waiting, State.SCHEDULED), (sent, State.SENDING)):
        stored = await at_home.stored(message)
        assert (stored.state, stored.hidden) == (state, False)


async def test_a_message_that_leaves_meanwhile_stays(at_home):
    third = [await at_home.accept(text) for text in "abc"][2]
    waiting = await at_home.stored(third)
    assert waiting.state is State.QUEUED
    at_home.carrier.take()
    await at_home.settled()
    assert not await deletion(at_home).delete([waiting])
    assert not (await at_home.stored(third)).hidden
