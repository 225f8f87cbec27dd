"""What is done to one of several nodes under load: killed, made to stand still, cut off from the database, restarted.

They share a database and a carrier that allows one session; whoever holds that is the one it is done to.
"""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING, Final

from heliograph.cli.drill.acts import PATIENCE_S, STOP_S, TAKE_OVER_S
from heliograph.cli.drill.serving import Serving
from heliograph.cli.drill.weather import SHARED

if TYPE_CHECKING:
    from heliograph.cli.drill.run import Drill

LOOK_S: Final = 0.2


async def killed(drill: Drill) -> None:
    """N1: once, or ten times."""
    for _ in range(10 if drill.is_long else 1):
        victim = await _holder(drill, drill.nodes)
        drill.deaths += 1
        await victim.die()
        await _taken_over(drill, victim)
        await victim.begin()
        await asyncio.sleep(drill.chance.uniform(1.0, 3.0) if drill.is_long else 0.0)


async def stands_still(drill: Drill) -> None:
    """N2: when it wakes it finds that it is not needed, changes nothing and begins a new life."""
    for _ in range(5 if drill.is_long else 1):
        victim = await _holder(drill, drill.nodes)
        victim.up.clear()
        drill.deaths += 1
        victim.tell(signal.SIGSTOP)
        is_first = victim is drill.first
        if is_first:
            drill.smpp.go_away()
        try:
            await _taken_over(drill, victim)
        finally:
            victim.tell(signal.SIGCONT)
        await _lives_anew(drill, victim)
        if is_first:
            drill.smpp.come_back()
        victim.up.set()


async def cut_off(drill: Drill) -> None:
    """N3: the last node has its database over a wire, which goes dead and comes back."""
    for _ in range(5 if drill.is_long else 1):
        victim = drill.nodes[-1]
        drill.deaths += 1
        drill.wire.die()
        try:
            await _taken_over(drill, victim)
            await _says_so(drill, victim)
            await asyncio.sleep(30.0 if drill.is_long else 0.0)
        finally:
            drill.wire.mend()
        await _lives_anew(drill, victim)


async def restarted_in_turn(drill: Drill) -> None:
    """N4: a rolling restart, once or ten times: each ends by itself in its time, and the others serve on."""
    for _ in range(10 if drill.is_long else 1):
        for node in drill.nodes:
            began = time.monotonic()
            code = await node.end()
            took_s = time.monotonic() - began
            if code or took_s > STOP_S:
                drill.fault(f"a node ended with exit code {code} after {took_s:.0f} s")
            await node.begin()


async def _holder(drill: Drill, among: list[Serving], within_s: float = PATIENCE_S) -> Serving:
    """Who has the session to the shared carrier, and its link; the first there is after that time."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        for node in among:
            if await _has_link(node):
                return node
        await asyncio.sleep(LOOK_S)
    drill.fault(f"no node had the carrier within {within_s:.0f} s")
    return among[0]


async def _taken_over(drill: Drill, victim: Serving) -> None:
    """Another one has the carrier within fifteen seconds."""
    began = time.monotonic()
    await _holder(drill, [node for node in drill.nodes if node is not victim])
    took_s = time.monotonic() - began
    drill.say(f"another node had the carrier after {took_s:.1f} s")
    if took_s > TAKE_OVER_S:
        drill.fault(f"another node had the carrier after {took_s:.0f} s only")


async def _says_so(drill: Drill, node: Serving) -> None:
    """A node without its database is not ready; it may have had no session that another could take meanwhile."""
    until = time.monotonic() + TAKE_OVER_S
    while (await node.stands()).get("ready"):
        if time.monotonic() > until:
            drill.fault("a node without its database says that it is ready")
            return
        await asyncio.sleep(LOOK_S)


async def _lives_anew(drill: Drill, node: Serving) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if (await node.stands()).get("ready"):
            return
        await asyncio.sleep(LOOK_S)
    drill.fault(f"a node was not ready again within {PATIENCE_S:.0f} s")


async def _has_link(node: Serving) -> bool:
    connectors = (await node.stands()).get("connectors", [])
    assert isinstance(connectors, list)
    return any(one["name"] == SHARED.carriers[0] and one["connected"] for one in connectors)
