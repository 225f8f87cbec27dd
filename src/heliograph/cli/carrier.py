"""`heliograph simulate-carrier`: a carrier that speaks SMPP, in a process of its own, to try a client against."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from heliograph.cli.serve import _loop_factory
from heliograph.cli.shell import DONE, FAILED, AsJson, app, err, out, print_json
from heliograph.ops.clock import SystemClock
from heliograph.ops.garbage import QuietCollector
from heliograph.simulator.message_centre import Ids, MessageCentre
from heliograph.simulator.personality import PERSONALITIES


@app.command(name="simulate-carrier")
def simulate_carrier(
    *,
    port: Annotated[int, Parameter(help="Port to listen on; 0 = any free one.")] = 2775,
    host: Annotated[str, Parameter(help="Address to listen on.")] = "127.0.0.1",
    personality: Annotated[str, Parameter(help="How it behaves; docs/simulator.md lists them.")] = "polite",
    system_id: Annotated[str, Parameter(help="The one login that is let in; none = everybody.")] = "",
    password: Annotated[str, Parameter(help="Its password.")] = "",
    ids: Annotated[Ids, Parameter(help="hex = answers spell ids in hex, receipts in decimal.")] = "decimal",
    window: Annotated[int, Parameter(help="deliver_sm that may wait for an answer in each session.")] = 500,
    memory: Annotated[Path | None, Parameter(help="File it remembers in over a restart; none = it forgets.")] = None,
    seed: Annotated[int, Parameter(help="Decides whatever is left to chance.")] = 0,
    json: AsJson = False,
) -> int:
    """A carrier that speaks SMPP, until it is stopped; each line `SENDER RECIPIENT TEXT` on its standard input is a
    message from a handset."""
    if personality not in PERSONALITIES:
        err.print(f"there is no personality {personality!r}; there are {', '.join(PERSONALITIES)}", style="red")
        return FAILED
    clock = SystemClock()
    centre = MessageCentre(
        personality,
        memory,
        now=lambda: int(clock.monotonic() * 1000),
        wall=clock.now,
        system_id=system_id,
        password=password,
        ids=ids,
        window=window,
        seed=seed,
    )
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_run(centre, host, port, as_json=json))


async def _run(centre: MessageCentre, host: str, port: int, *, as_json: bool) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        port = await centre.start(host, port)
    except OSError as error:
        err.print(f"cannot start: {error}", style="red", markup=False)
        return FAILED
    if as_json:
        print_json({"host": host, "port": port, "personality": centre.status.personality})
    else:
        out.print(f"a {centre.status.personality} carrier speaks SMPP on {host} port {port}", markup=False)
    collector = QuietCollector(lambda: centre.status.taken)
    collector.start()
    handsets = _Handsets(centre)
    with contextlib.suppress(OSError):  # no terminal and no pipe: nothing to wait for
        loop.add_reader(sys.stdin.fileno(), handsets.read)
    await stopping.wait()
    loop.remove_reader(sys.stdin.fileno())
    collector.stop()
    if as_json:
        print_json(centre.status._asdict())
    await centre.stop()
    return DONE


class _Handsets:
    """Lines of standard input become messages from handsets."""

    def __init__(self, centre: MessageCentre) -> None:
        self._centre = centre
        self._rest = b""

    def read(self) -> None:
        """Take what is there; at the end of the input nothing more is looked for."""
        octets = os.read(sys.stdin.fileno(), 65_536)
        if not octets:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        *lines, self._rest = (self._rest + octets).split(b"\n")
        for line in lines:
            words = line.decode("utf-8", "replace").split(None, 2)
            if len(words) == 3:
                try:
                    self._centre.incoming(*words)
                except ValueError as error:
                    err.print(f"not sent: {error}", style="red", markup=False)
            elif words:
                err.print("a line must be SENDER RECIPIENT TEXT", style="red")
