"""Bounds on time that hold on a slow machine and in a slow minute, and are as strict as ever on a quick one.

CPU: a bound is written down for the machine it was measured on. Before and after what is measured, a piece of plain
work of known length is done; where that takes longer than it took there, the bound is longer by as much. Wall: a
sleeper beside what is measured adds up by how much it was woken late, and the bound is longer by that.
"""

from __future__ import annotations

import asyncio
import contextlib
import time

REFERENCE_S = 0.009
"""What `_work` takes on the machine of the bounds, when nobody else is on it."""


def _work():
    total, words = 0, []
    for number in range(60_000):
        total += number * 7 % 13
        words.append(str(number))
    return total, "".join(words)


def _slowness():
    before = time.process_time()
    _work()
    return (time.process_time() - before) / REFERENCE_S


@contextlib.contextmanager
def cpu_below(seconds):
    """What is within takes less than `seconds` of CPU, or proportionally more where everything does."""
    slow = _slowness()
    before = time.process_time()
    yield
    spent = time.process_time() - before
    slow = max(1.0, slow, _slowness())
    assert spent < seconds * slow, f"{spent:.3f} s, and everything takes {slow:.1f} times as long as usual"


@contextlib.asynccontextmanager
async def wall_below(seconds):
    """What is within takes less than `seconds`, without the time this process was kept waiting for the processor."""
    late = 0.0

    async def sleeper():
        nonlocal late
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.02)
            late += max(0.0, time.monotonic() - before - 0.025)

    beside = asyncio.create_task(sleeper())
    await asyncio.sleep(0)
    before = time.monotonic()
    try:
        yield
        await asyncio.sleep(0)  # a sleeper who is late by now says so
        spent = time.monotonic() - before
    finally:
        beside.cancel()
    assert spent < seconds + late, f"{spent:.3f} s, {late:.3f} s of them waiting for the processor"
