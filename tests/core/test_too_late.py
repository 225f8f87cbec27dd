"""Another node was first with a message that this one was about to send again: what is counted, and what is written."""

from __future__ import annotations

import asyncio

from core.house import home
from core.late import Late
from heliograph.model.message import State
from store.samples import moved


async def ends_elsewhere(at_home, message, state):
    """Another node writes that it has ended."""
    house = at_home.house
    await house.store.write([moved(message, state, final_at=at_home.clock.now())], house.fence, at_home.clock.now())


async def test_what_ended_while_it_was_being_decided_does_not_count_as_waiting(tmp_path, monkeypatch):
    """The same is asked of what another node left."""
    async with home(tmp_path) as at_home:
        message = await at_home.accept()
        late = Late(at_home.house.store, "undecided", monkeypatch)
        deciding = asyncio.create_task(at_home.house.upkeep.recover())
        await late.underway()
        await ends_elsewhere(at_home, message, State.UNKNOWN)
        await late.arrive()
        assert await deciding == 1
        assert (await at_home.stored(message)).state is State.UNKNOWN
        assert at_home.house.backlog.parts == 0
        assert not at_home.house.dispatch.lines["carrier"].lanes


async def test_what_ended_before_it_was_written_to_a_lost_carrier_does_not_count_as_waiting(tmp_path):
    async with home(tmp_path, carriers=("first", "second"), window=1) as at_home:
        at_home.house.dispatch.lines["first"]._soon_free = lambda _: 1
        await at_home.accept("begun")
        ahead = await at_home.accept("marked ahead")
        assert ahead.state is State.SENDING
        await ends_elsewhere(at_home, ahead, State.UNKNOWN)
        at_home.carriers["first"].come_or_go(False)
        at_home.clock.shift(6)
        await at_home.house.dispatch.poll()
        assert (await at_home.stored(ahead)).state is State.UNKNOWN
        assert at_home.carriers["second"].sent == []
        assert at_home.house.backlog.parts == 0
