"""What is done to the disk and the store under a drill's gateway: full, locked, torn (R4, R5, R6)."""

from __future__ import annotations

import asyncio
import resource
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final

import apsw

if TYPE_CHECKING:
    from heliograph.cli.drill.run import Drill

BACK_WITHIN_S: Final = {"R4": 30.0, "R5": 10.0}
IN_FLIGHT_S: Final = 0.5
"""What was being committed when the fault began may still be answered."""
LEAST_FILE: Final = 4096
TERMINATE: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'heliograph'
"""


async def full(drill: Drill) -> None:
    """R4: the kernel lets no file of the gateway grow beyond a page, as a disk or quota that is full."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(drill.process.pid, resource.RLIMIT_FSIZE, (LEAST_FILE, hard))
    try:
        await _see_that_nothing_is_accepted(drill, 120.0 if drill.is_long else 2.0)
    finally:
        resource.prlimit(drill.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    await _see_that_it_is_back(drill, BACK_WITHIN_S["R4"])


async def store_out(drill: Drill) -> None:
    """R5: somebody else holds the write lock of the file; or the server ends every session there is."""
    long_s = 300.0 if drill.is_long else 2.0
    if drill.database:
        await _without_server(drill, long_s)
    else:
        with closing(apsw.Connection(str(drill.installation.store("heliograph.db")))) as holder:
            holder.set_busy_timeout(2_000)
            holder.execute("BEGIN IMMEDIATE")
            await _see_that_nothing_is_accepted(drill, long_s)
    await _see_that_it_is_back(drill, BACK_WITHIN_S["R5"])


async def _without_server(drill: Drill, long_s: float) -> None:
    import asyncpg  # type: ignore[import-untyped]

    connection = await asyncpg.connect(drill.database)
    try:
        until = time.monotonic() + long_s
        while time.monotonic() < until:
            await connection.execute(TERMINATE)
            await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def torn(drill: Drill) -> None:
    """R6: killed, and the log's last frames were half written."""
    for _ in range(20 if drill.is_long else 1):
        await asyncio.sleep(drill.chance.uniform(0.2, 0.6))
        await drill.kill()
        log = drill.installation.store("heliograph.db-wal")
        if log.exists():
            with log.open("ab") as file:
                file.write(drill.chance.randbytes(drill.chance.randint(1, 4096)))
        await drill.start()


async def _see_that_nothing_is_accepted(drill: Drill, for_s: float) -> None:
    await asyncio.sleep(IN_FLIGHT_S)
    before = drill.answers
    await asyncio.sleep(for_s)
    if drill.answers > before:
        drill.fault(f"{drill.answers - before} messages were accepted while the store could not write")


async def _see_that_it_is_back(drill: Drill, within_s: float) -> None:
    """Messages are accepted again."""
    before = drill.answers
    if not await drill.until(lambda: drill.answers > before, within_s):
        drill.fault(f"nothing was accepted within {within_s:.0f} s of the store's return")
