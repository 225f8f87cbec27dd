"""R32: a gateway that starts with very many waiting messages is there at once, sends at once, and stays small."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from heliograph.app import FENCE
from heliograph.cli.drill.customers import send
from heliograph.cli.drill.ground import Ground
from heliograph.installation import Installation
from heliograph.model.message import Message, State
from heliograph.ports import Store

if TYPE_CHECKING:
    from heliograph.cli.drill.run import Drill

WAITING: Final = (20_000, 5_000_000)
"""Fast form, long form."""
START_S: Final = 30.0
FIRST_S: Final = 5.0
MOST_MIB: Final = 1024
GROUP: Final = 500
NOBODY: Final = "http://127.0.0.1:9/"


async def waiting(drill: Drill) -> None:
    """Beside the drill's own gateway, with a store of its own."""
    count = WAITING[drill.is_long]
    folder = drill.installation.folder / "depth"
    folder.mkdir()
    ground = Ground(Installation(folder), drill.chance, drill.say, "", [])
    try:
        await ground.configure()
        await ground.start()
        await ground.prepare(NOBODY)
        model = await _model(ground)
        await ground.look(lambda store: _fill(store, model, count))
        carrier = folder / "carrier-fast.log"
        taken, began = carrier.stat().st_size, time.monotonic()
        await ground.start()
        started_s = time.monotonic() - began
        await drill.until(lambda: carrier.stat().st_size > taken, 2 * FIRST_S)
        first_s, mib = time.monotonic() - began - started_s, _peak_mib(ground.process.pid)
    finally:
        await ground.close()
    drill.say(f"R32: {count:,} waiting: up after {started_s:.1f} s, first one out {first_s:.1f} s later, {mib} MiB")
    if started_s > START_S or first_s > FIRST_S or mib > MOST_MIB:
        drill.fault(f"with {count:,} waiting: up after {started_s:.1f} s, sends {first_s:.1f} s later, {mib} MiB")


async def _model(ground: Ground) -> Message:
    """A message as this gateway accepts it; afterwards it is stopped."""
    await send(ground, "smsclub", ground.secrets, ["380671234567"], "Drill of depth")
    await ground.stop()
    (message_id,) = ground.client.accepted
    (message,) = await ground.look(lambda store: store.messages([message_id], None))
    return message


async def _fill(store: Store, model: Message, count: int) -> None:
    """So many like it, waiting; free, so that the ledger need not know of them."""
    now = int(time.time() * 1000)
    fresh = replace(
        model, state=State.QUEUED, connector="fast", price=0, refunded=0, tries=0, final_at=0, targets=(), attempts=[]
    )
    fresh = replace(fresh, accepted_at=now, due_at=now, expires_at=now + 86_400_000)
    written = 0
    while written < count:
        first = store.take_ids(GROUP)
        if first is None:
            await store.probe()
            continue
        await store.write([replace(fresh, id=id_, request_id=first) for id_ in range(first, first + GROUP)], FENCE, now)
        written += GROUP


def _peak_mib(pid: int) -> int:
    """The most memory a process ever held."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
