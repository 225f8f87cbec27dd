"""The clock is set back and forth while messages are under way (R24): nothing goes twice, early or not at all."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import pytest

from heliograph.backoffice import verbs
from heliograph.model.message import State
from heliograph.simulator.memory import read_ledger
from walks.world import SENDER, SETTINGS, eventually, running

HOUR, DAY = 3_600, 86_400
JUMPS = [HOUR, -HOUR, -DAY, 2 * DAY, -DAY - 1, 1, -1]
THREE_DAYS = 3 * DAY


class JumpingClock:
    """The wall clock may be set; what is measured in between goes on as ever."""

    def __init__(self):
        self.offset_s = 0

    def now(self):
        return int((time.time() + self.offset_s) * 1000)

    def monotonic(self):
        return time.monotonic()

    def set(self, by_s):
        self.offset_s += by_s


@pytest.fixture
async def world(tmp_path):
    carrier = replace(SETTINGS.connectors[0], latency_ms=150, window=5, speed=100.0)
    async with running(tmp_path, clock=JumpingClock(), connectors=(carrier,)) as world:
        await world.do(verbs.AccountTopUp("shop", "1000"))
        yield world


async def states(world, ids):
    return Counter(message.state for message in await world.gateway.store.messages(sorted(ids), None))


async def sent(world, *numbers, due_at=None):
    answers = await world.do(verbs.Send("shop", SENDER, list(numbers), f"At {numbers[0]}", THREE_DAYS, due_at))
    return {answer["id"] for answer in answers}


async def test_R24_a_clock_that_jumps_while_messages_are_sent_changes_nothing_for_them(tmp_path, world):
    """Half of them wait in memory and some with the carrier when it jumps."""
    ids, began = set(), time.monotonic()
    for number, jump in enumerate(JUMPS):
        ids |= await sent(world, *[f"38067{number:03d}{place:04d}" for place in range(1_000, 1_012)])
        world.clock.set(jump)
    await eventually(lambda: all_delivered(world, ids), 30)
    assert time.monotonic() - began < 30, "the speed is measured by a clock that does not jump"
    taken = read_ledger(tmp_path / "carrier-carrier.log").times
    assert {message_id for message_id, _ in taken} == ids
    assert set(taken.values()) == {1}
    assert await world.gateway.store.check() == []


async def all_delivered(world, ids):
    return await states(world, ids) == {State.DELIVERED: len(ids)}


async def test_R24_what_is_scheduled_goes_once_at_its_time_by_the_wall_clock(tmp_path, world):
    ids = await sent(world, "380671234567", due_at=world.clock.now() + 2 * HOUR * 1000)
    for jump in (HOUR, -DAY, DAY):
        world.clock.set(jump)
        await world.gateway.upkeep.release_scheduled()
        assert await states(world, ids) == {State.SCHEDULED: 1}
    world.clock.set(HOUR + 1)
    await eventually(lambda: all_delivered(world, ids))
    for jump in (-2 * HOUR, 2 * HOUR):
        world.clock.set(jump)
        await world.gateway.upkeep.release_scheduled()
    assert await states(world, ids) == {State.DELIVERED: 1}
    assert set(read_ledger(tmp_path / "carrier-carrier.log").times.values()) == {1}
