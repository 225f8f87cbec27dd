"""What is done to a drill's gateway as a process, while it is under load: killed, suspended, stopped, copied."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from heliograph.app import FENCE
from heliograph.model.message import Message
from heliograph.model.rows import Fence
from heliograph.ops import failpoints
from heliograph.ports import Store
from heliograph.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from heliograph.cli.drill.run import Drill

TAKE_OVER_S: Final = 15.0
STOP_S: Final = 30.0
IN_USE: Final = 78
PATIENCE_S: Final = 60.0
BACKUP_S: Final = 600.0
"""All that the drill has sent until then is in it, and the gateway under load goes before."""


async def killed(drill: Drill) -> None:
    """R1: two kills, or thirty."""
    for _ in range(30 if drill.is_long else 2):
        await asyncio.sleep(drill.chance.uniform(0.3, 1.5))
        await drill.kill()
        await drill.start()


async def dies_at_commit_points(drill: Drill) -> None:
    """R2: once at each of them, or a hundred times."""
    for place in failpoints.PLACES:
        for _ in range(100 if drill.is_long else 1):
            await drill.die_at(place)
            await drill.start()


async def photographed(drill: Drill) -> None:
    """R3: the folder as it lies there while the gateway stands still, opened elsewhere."""
    for number in range(20 if drill.is_long else 2):
        await asyncio.sleep(drill.chance.uniform(0.2, 0.8))
        copy = drill.installation.folder / f"photograph-{number}"
        answered = _stand_still(drill, copy)
        try:
            missing, faults = await _missing(copy / "heliograph.db", answered)
        finally:
            shutil.rmtree(copy)
        if missing:
            drill.fault(f"{len(missing)} of {len(answered)} ids answered before are not in the photograph")
        for fault in faults:
            drill.fault(f"the photograph: {fault}")


def _stand_still(drill: Drill, copy: Path) -> set[int]:
    """Copy the store between two instructions of the gateway; the ids that were answered until then."""
    drill.process.send_signal(signal.SIGSTOP)
    try:
        answered = set(drill.client.accepted)
        copy.mkdir()
        for file in drill.installation.folder.glob("heliograph.db*"):
            if not file.name.endswith((".lock", "-shm")):
                shutil.copy(file, copy)
    finally:
        drill.process.send_signal(signal.SIGCONT)
    return answered


async def _missing(file: Path, ids: set[int]) -> tuple[set[int], list[str]]:
    """Which of these ids a store has not got, and what is wrong with it otherwise."""
    store = SqliteStore(file)
    await store.open()
    try:
        wanted = sorted(ids)
        found: set[int] = set()
        for first in range(0, len(wanted), 500):
            found |= {message.id for message in await store.messages(wanted[first : first + 500], None)}
        return ids - found, await store.check()
    finally:
        await store.close()


async def suspended(drill: Drill) -> None:
    """R24: nothing moves for a while, then everything goes on; nothing expires early, nothing goes out again."""
    drill.process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(15.0 if drill.is_long else 2.5)
    drill.process.send_signal(signal.SIGCONT)


async def stopped(drill: Drill) -> None:
    """R35: SIGTERM under load, and no message is left in doubt."""
    for _ in range(10 if drill.is_long else 1):
        began = time.monotonic()
        await drill.stop()
        took_s = time.monotonic() - began
        if took_s > STOP_S:
            drill.fault(f"the gateway needed {took_s:.0f} s to stop")
        undecided = await drill.look(lambda store: _undecided(store, len(drill.nodes)))
        if undecided:
            drill.fault(f"messages were in doubt after an orderly stop: {_by_connector(undecided)}")
        await drill.start()
        await drill.start_others()


async def _undecided(store: Store, nodes: int) -> list[Message]:
    """The messages of any of them that are in doubt."""
    owners = [Fence(number, FENCE.epoch) for number in range(1, nodes + 1)]
    return [message for owner in owners for message in await store.undecided(0, 1_000, owner)]


def _by_connector(messages: list[Message]) -> str:
    counted = Counter(f"{message.connector} of node {message.node}" for message in messages)
    return ", ".join(f"{count} at {place}" for place, count in sorted(counted.items()))


async def taken_over(drill: Drill) -> None:
    """R34: one gateway has the folder; when it dies, the next one is there within fifteen seconds."""
    words = [sys.executable, "-m", "heliograph", "serve", "--dir", str(drill.installation.folder)]
    second = await asyncio.create_subprocess_exec(*words, stderr=subprocess.DEVNULL)
    code = await ended_within(second, PATIENCE_S)
    if code != IN_USE:
        drill.fault(f"a second gateway in the same folder ended with {code}, not {IN_USE}")
    await drill.kill()
    began = time.monotonic()
    await drill.start()
    if time.monotonic() - began > TAKE_OVER_S:
        drill.fault(f"the next gateway needed {time.monotonic() - began:.0f} s")


async def ended_within(process: asyncio.subprocess.Process, within_s: float) -> int:
    """Its exit code; one that takes longer is killed, which is its code then."""
    try:
        return await asyncio.wait_for(process.wait(), within_s)
    except TimeoutError:
        process.kill()
        return await process.wait()


async def backed_up(drill: Drill) -> None:
    """R33: `heliograph backup` under load, put back elsewhere."""
    kept = drill.installation.folder / "drilled-backup"
    answered = set(drill.client.accepted)
    words = [sys.executable, "-m", "heliograph", "backup", str(kept), "--dir", str(drill.installation.folder)]
    taking = await asyncio.create_subprocess_exec(*words, stdout=subprocess.DEVNULL)
    code = await ended_within(taking, BACKUP_S)
    if code:
        drill.fault(f"heliograph backup ended with {code}")
        return
    try:
        missing, faults = await _missing(kept / "heliograph.db", answered)
    finally:
        shutil.rmtree(kept)
    if missing:
        drill.fault(f"{len(missing)} ids answered before the backup began are not in it")
    for fault in faults:
        drill.fault(f"the backup: {fault}")
