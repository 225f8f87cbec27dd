"""What waits for a connector that is not there any more, because somebody gave it another name or took it out."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core.house import LATER, SENDER, home
from heliograph.core.routing import Rule
from heliograph.model.message import State
from heliograph.model.outcome import Taken
from walks.world import ShiftedClock, eventually

MUCH_LATER = replace(LATER, retry_after_ms=60_000)


async def look(at_home):
    await at_home.house.strays.look()
    await at_home.house.dispatch.poll()
    await at_home.settled()


async def test_what_waits_goes_over_the_connector_its_route_has_now(tmp_path):
    clock = ShiftedClock()
    async with home(tmp_path, carriers=("old",), window=2, clock=clock) as at_home:
        again = await at_home.accept("again")
        at_home.carrier.settle(MUCH_LATER)
        await at_home.settled()
        doubtful, begun = await at_home.accept("in doubt"), await at_home.accept("begun")
        waits = await at_home.accept("waits")
        assert [(await at_home.stored(one)).state for one in (again, waits)] == [State.QUEUED] * 2
    clock.shift(61)
    async with home(tmp_path, carriers=("new",), clock=clock, fresh=False) as at_home:
        await look(at_home)
        await eventually(lambda: asyncio.sleep(0, len(at_home.carrier.open) == 4))
        sent = {attempt.message.id for attempt in at_home.carrier.open}
        assert sent == {again.id, doubtful.id, begun.id, waits.id}
        ids = at_home.carrier.take()
        for upstream_id in ids:
            at_home.carrier.report(upstream_id)
        for message in (again, doubtful, begun, waits):
            assert (await at_home.stored(message)).state is State.DELIVERED
        assert at_home.house.backlog.parts == 0
        assert await at_home.house.store.check() == []


async def test_what_no_route_fits_waits_for_one(tmp_path):
    clock = ShiftedClock()
    async with home(tmp_path, carriers=("old",), window=1, clock=clock) as at_home:
        await at_home.accept("begun")
        waits = await at_home.accept("waits")
    rule = Rule("ours", ("new",), senders=("Somebody",))
    async with home(tmp_path, carriers=("new",), routes=(rule,), clock=clock, fresh=False) as at_home:
        await look(at_home)
        found = await at_home.stored(waits)
        assert (found.state, found.connector, at_home.carrier.sent) == (State.QUEUED, "old", [])
    clock.shift(301)
    rule = Rule("ours", ("new",), senders=(SENDER,))
    async with home(tmp_path, carriers=("new",), routes=(rule,), clock=clock, fresh=False) as at_home:
        await look(at_home)
        await eventually(lambda: asyncio.sleep(0, waits.id in {one.message.id for one in at_home.carrier.open}))


async def test_a_message_of_which_a_carrier_has_a_part_goes_nowhere_else(tmp_path):
    clock = ShiftedClock()
    async with home(tmp_path, carriers=("old",), clock=clock) as at_home:
        message = await at_home.accept("Привіт! " * 20, validity_s=3_600)
        at_home.carrier.settle(Taken("a"), MUCH_LATER, MUCH_LATER)
        assert (await at_home.stored(message)).state is State.QUEUED
    clock.shift(61)
    async with home(tmp_path, carriers=("new",), clock=clock, fresh=False) as at_home:
        await look(at_home)
        found = await at_home.stored(message)
        assert (found.state, found.connector, at_home.carrier.sent) == (State.QUEUED, "old", [])
        clock.shift(3_600)
        await at_home.house.upkeep.expire_overdue()
        found = await at_home.stored(message)
        assert (found.state, found.refunded) == (State.EXPIRED, found.price * 2 // 3)
