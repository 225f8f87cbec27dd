"""What a drill does when what it waits for does not come."""

from __future__ import annotations

import asyncio
import signal

from heliograph.cli.drill.acts import ended_within


async def test_a_program_that_takes_too_long_is_ended_and_the_drill_goes_on():
    standing_still = await asyncio.create_subprocess_exec("sleep", "60")
    assert await ended_within(standing_still, 0.01) == -signal.SIGKILL
    quick = await asyncio.create_subprocess_exec("false")
    assert await ended_within(quick, 60) == 1
