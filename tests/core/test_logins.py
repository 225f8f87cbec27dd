"""Wrong logins count together wherever they are made, and a block outlives the process that began it."""

from __future__ import annotations

import pytest

from heliograph.core.limits import FailedLogins
from heliograph.core.logins import MOST_WAITING, Logins
from heliograph.ports import StoreFailure

PEER = "192.0.2.1"


class Rows:
    """A store that several processes share."""

    def __init__(self):
        self.kept = []
        self.is_away = False

    async def add(self, counted):
        if self.is_away:
            raise StoreFailure("away")
        self.kept += counted

    async def since(self, number, limit):
        return list(enumerate(self.kept, 1))[number : number + limit]

    async def forget(self, before):
        self.kept = [row for row in self.kept if row.at >= before or row.blocked_until >= before]


class Time:
    """Both clocks in the test's hand."""

    def __init__(self):
        self.seconds = 1_000.0

    def now(self):
        return int(self.seconds * 1000) + 1_700_000_000_000

    def monotonic(self):
        return self.seconds


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def process(time):
    rows = Rows()

    def started(writer):
        logins, door = Logins(rows, time, writer), FailedLogins(4, 600, 600)
        logins.add("smpp", door)
        return logins, door

    started.rows = rows
    return started


async def test_B27_guesses_at_two_nodes_count_together(process, time):
    (one, there), (other, here) = process(1), process(2)
    for door in (there, there, here):
        assert not door.failed(PEER, time.monotonic())
    await one.look()
    await other.look()
    assert here.failed(PEER, time.monotonic()), "the fourth in all"
    await other.look()
    await one.look()
    assert there.blocked(PEER, time.monotonic())
    await one.stop()
    await other.stop()


async def test_B27_two_nodes_that_count_at_the_same_moment_both_block(process, time):
    (one, there), (other, here) = process(1), process(2)
    for door in (there, there, here, here):
        assert not door.failed(PEER, time.monotonic())
    for logins in (one, other, one, other):
        await logins.look()
    assert there.blocked(PEER, time.monotonic())
    assert here.blocked(PEER, time.monotonic())
    await one.stop()
    await other.stop()


async def test_B27_a_block_outlives_its_process_for_as_long_as_it_had_left(process, time):
    first, door = process(1)
    for _ in range(4):
        door.failed(PEER, time.monotonic())
    await first.stop()
    time.seconds += 400
    second, door = process(2)
    await second.look()
    assert door.blocked(PEER, time.monotonic())
    assert not door.blocked("192.0.2.2", time.monotonic())
    time.seconds += 199
    assert door.blocked(PEER, time.monotonic())
    time.seconds += 2
    assert not door.blocked(PEER, time.monotonic())
    third, door = process(3)
    await third.look()
    assert not door.blocked(PEER, time.monotonic()), "what is over does not begin anew"


async def test_B27_what_cannot_be_written_is_written_later_and_no_guess_counts_twice(process, time):
    (one, there), (other, here) = process(1), process(2)
    process.rows.is_away = True
    there.failed(PEER, time.monotonic())
    await one.look()
    there.failed(PEER, time.monotonic())
    process.rows.is_away = False
    for logins in (one, other, one, other):
        await logins.look()
    assert sum(row.times for row in process.rows.kept) == 2
    assert not here.failed(PEER, time.monotonic())
    assert here.failed(PEER, time.monotonic())
    await one.stop()
    await other.stop()


async def test_B27_a_flood_of_peers_fills_no_memory_and_blocks_are_written_all_the_same(process, time):
    logins, door = process(1)
    process.rows.is_away = True
    for number in range(MOST_WAITING + 50):
        door.failed(f"10.0.{number // 256}.{number % 256}", time.monotonic())
    for _ in range(4):
        door.failed("192.0.2.9", time.monotonic())
    process.rows.is_away = False
    await logins.stop()
    assert len(process.rows.kept) == MOST_WAITING + 1
    assert process.rows.kept[0].peer == "192.0.2.9"
    assert process.rows.kept[0].blocked_until == time.now() + 600_000


async def test_what_matters_to_no_door_is_dropped(process, time):
    logins, door = process(1)
    door.failed(PEER, time.monotonic())
    await logins.look()
    time.seconds += 599
    await logins.forget()
    assert len(process.rows.kept) == 1
    time.seconds += 2
    await logins.forget()
    assert process.rows.kept == []
    await logins.stop()
