"""`heliograph simulate-carrier`: a carrier that speaks SMPP, in a process of its own, to try a client against."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from socket import AF_UNIX
from socket import socket as connect
from typing import Annotated

from cyclopts import Parameter

from heliograph.cli.loops import loop_factory
from heliograph.cli.shell import DONE, FAILED, AsJson, err, out, print_json
from heliograph.ops.clock import SystemClock
from heliograph.ops.garbage import QuietCollector
from heliograph.simulator.message_centre import Ids, MessageCentre
from heliograph.simulator.portrait import BadPortrait, names, text_of


def simulate_carrier(
    *,
    port: Annotated[int, Parameter(help="Port to listen on; 0 = any free one.")] = 2775,
    host: Annotated[str, Parameter(help="Address to listen on.")] = "127.0.0.1",
    personality: Annotated[str, Parameter(help="How it behaves: a name, or a file ending in .toml.")] = "polite",
    system_id: Annotated[str, Parameter(help="The one login that is let in; none = everybody.")] = "",
    password: Annotated[str, Parameter(help="Its password.")] = "",
    ids: Annotated[Ids, Parameter(help="hex = answers spell ids in hex, receipts in decimal.")] = "decimal",
    window: Annotated[int, Parameter(help="deliver_sm that may wait for an answer in each session.")] = 500,
    memory: Annotated[Path | None, Parameter(help="File it remembers in over a restart; none = it forgets.")] = None,
    seed: Annotated[int, Parameter(help="Decides whatever is left to chance.")] = 0,
    handsets: Annotated[Path | None, Parameter(help="Socket to make, for `heliograph handset`.")] = None,
    json: AsJson = False,
) -> int:
    """A carrier that speaks SMPP, until it is stopped; each line `SENDER RECIPIENT TEXT` on its standard input is a
    message from a handset."""
    clock = SystemClock()
    try:
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
    except BadPortrait as error:
        err.print(str(error), style="red", markup=False)
        return FAILED
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_run(centre, host, port, handsets, as_json=json))


def personality(name: Annotated[str, Parameter(help="Which one; without it all names are told.")] = "") -> int:
    """Print the file of a simulated carrier's personality, to edit it and give it to `simulate-carrier`."""
    if not name:
        out.print("\n".join(names()), markup=False)
        return DONE
    try:
        sys.stdout.write(text_of(name))
    except BadPortrait as error:
        err.print(str(error), style="red", markup=False)
        return FAILED
    return DONE


async def _run(centre: MessageCentre, host: str, port: int, socket: Path | None, *, as_json: bool) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    handsets = _Handsets(centre)
    listener: asyncio.Server | None = None
    try:
        port = await centre.start(host, port)
        if socket is not None:
            _forget(socket)
            listener = await asyncio.start_unix_server(handsets.call, socket)
            _make_private(socket)
    except OSError as error:
        err.print(f"cannot start: {error}", style="red", markup=False)
        return FAILED
    if as_json:
        print_json({"host": host, "port": port, "personality": centre.status.personality})
    else:
        out.print(f"a {centre.status.personality} carrier speaks SMPP on {host} port {port}", markup=False)
    collector = QuietCollector(lambda: centre.status.taken)
    collector.start()
    with contextlib.suppress(OSError):  # no terminal and no pipe: nothing to wait for
        loop.add_reader(sys.stdin.fileno(), handsets.read)
    await stopping.wait()
    loop.remove_reader(sys.stdin.fileno())
    collector.stop()
    if as_json:
        print_json(centre.status._asdict())
    await centre.stop()
    if listener is not None and socket is not None:
        listener.close()
        _forget(socket)
    return DONE


def _forget(socket: Path) -> None:
    socket.unlink(missing_ok=True)


def _make_private(socket: Path) -> None:
    socket.chmod(0o600)


class _Handsets:
    """Lines of standard input, and of whoever calls the socket, become messages from handsets."""

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
            complaint = self._take(line)
            if complaint:
                err.print(complaint, style="red", markup=False)

    async def call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A line for each line: empty if it was sent, else why not."""
        with contextlib.suppress(ConnectionError, ValueError):  # a line without end
            while line := await reader.readline():
                writer.write(self._take(line).encode() + b"\n")
        writer.close()

    def _take(self, line: bytes) -> str:
        words = line.decode("utf-8", "replace").rstrip("\n").split(None, 2)
        if not words:
            return ""
        if len(words) < 3:
            return "a line must be SENDER RECIPIENT TEXT"
        try:
            self._centre.incoming(*words)
        except ValueError as error:
            return f"not sent: {error}"
        return ""


def handset(
    socket: Annotated[Path, Parameter(help="The socket `simulate-carrier --handsets` listens on.")],
    sender: Annotated[str, Parameter(help="Number of the handset.")],
    recipient: Annotated[str, Parameter(help="Number it texts.")],
    text: Annotated[str, Parameter(help="What it writes.", allow_leading_hyphen=True)],
) -> int:
    """Let a handset of a simulated carrier write a text; a long one comes in parts."""
    line = f"{sender} {recipient} {' '.join(text.splitlines())}\n".encode()
    try:
        with connect(AF_UNIX) as caller:
            caller.settimeout(10)
            caller.connect(str(socket))
            caller.sendall(line)
            complaint = caller.recv(4_096).decode().strip()
    except OSError as error:
        err.print(f"no carrier at {socket}: {error}", style="red", markup=False)
        return FAILED
    if complaint:
        err.print(complaint, style="red", markup=False)
        return FAILED
    return DONE
