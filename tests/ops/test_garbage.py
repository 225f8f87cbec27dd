"""The collector of cycles waits for a quiet moment."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from heliograph.ops.garbage import QuietCollector


class Ring:
    """Keeps itself alive until cycles are looked for."""

    def __init__(self):
        self.me = self


def ring():
    return weakref.ref(Ring())


@pytest.fixture
async def collecting():
    """A function that starts a collector with these settings; it is stopped at the end."""
    started = []

    def start(work_done, **how):
        collector = QuietCollector(work_done, look_every_s=0.01, **how)
        collector.start()
        started.append(collector)
        return collector

    yield start
    for collector in started:
        collector.stop()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_cycle_is_freed_in_a_quiet_moment(collecting):
    collecting(lambda: 7, least_s=0.0)
    dead = ring()
    assert dead() is not None
    await until(lambda: dead() is None)


async def test_nothing_is_collected_while_work_is_done(collecting):
    work = iter(range(1_000_000))
    collector = collecting(lambda: next(work), least_s=0.0)
    dead = ring()
    for _ in range(3):
        seen = next(work)
        await until(lambda seen=seen: next(work) > seen + 3)
    assert dead() is not None
    assert collector.collections == 0


async def test_traffic_that_never_ends_does_not_put_it_off_for_ever(collecting):
    work = iter(range(1_000_000))
    collecting(lambda: next(work), longest_s=0.05)
    dead = ring()
    await until(lambda: dead() is None)


async def test_quiet_moments_in_a_row_are_one(collecting):
    collector = collecting(lambda: 7, least_s=3600.0)
    dead = ring()
    await asyncio.sleep(0.05)
    assert dead() is not None
    assert collector.collections == 0


async def test_many_new_objects_make_it_run_in_traffic(collecting):
    work = iter(range(1_000_000))
    collecting(lambda: next(work), most_new=50_000)
    dead = [ring() for _ in range(60_000)]
    await until(lambda: dead[0]() is None)
