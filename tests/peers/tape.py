"""A wire that keeps what goes over it: between a peer and us, for an analyser of packets that nobody here wrote.

What is sent either way is written as TCP segments into a file that Debian's tshark reads; `decoded` lets it, and finds
nothing that tshark calls malformed. No right to listen on an interface is needed.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
from contextlib import asynccontextmanager

from peers.conftest import need, run

SMPP_PORT = 2775
"""What the file says instead of the port that was free."""
OURS, THEIRS = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
MOST = 16_000
"""Octets of one segment."""
RAW_IP = 101
"""LINKTYPE_RAW of the capture format."""
NAMES = {
    0x01: "bind_receiver", 0x02: "bind_transmitter", 0x03: "query_sm", 0x04: "submit_sm", 0x05: "deliver_sm",
    0x06: "unbind", 0x07: "replace_sm", 0x08: "cancel_sm", 0x09: "bind_transceiver", 0x15: "enquire_link",
    0x21: "submit_multi", 0x103: "data_sm", 0x0: "generic_nack",
}  # fmt: skip


class Tape:
    """`port` is where to connect instead."""

    def __init__(self, path, host, port):
        self.path = path
        self.port = 0
        self._there = host, port
        self._file = path.open("wb")
        self._file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, RAW_IP))
        self._tasks = set()
        self._calls = 0

    async def serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        self._calls += 1
        wire = _Wire(self._file, 20_000 + self._calls)
        try:
            back, forth = await asyncio.open_connection(*self._there)
        except OSError:
            writer.close()
            return
        wire.write(True, b"", flags=0x02)
        wire.write(False, b"", flags=0x12)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(self._pass_on(reader, forth, wire, True), self._pass_on(back, writer, wire, False))

    async def _pass_on(self, reader, writer, wire, is_caller):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(MOST):
                wire.write(is_caller, data)
                writer.write(data)
                await writer.drain()
        wire.write(is_caller, b"", flags=0x11)
        writer.close()

    async def close(self):
        """No more calls; the file is whole."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._file.close()

    async def decoded(self):
        """How often each command was said, as tshark reads it; it finds nothing wrong with any."""
        self._file.flush()
        code, printed, complained = await run(
            need("tshark"), "-r", str(self.path), "-d", f"tcp.port=={SMPP_PORT},smpp", "-Y", "smpp or _ws.malformed",
            "-T", "fields", "-e", "smpp.command_id", "-e", "_ws.malformed", "-e", "_ws.expert.message",
        )  # fmt: skip
        assert code == 0, complained
        counts = {}
        for line in printed.splitlines():
            commands, malformed, remarks = line.split("\t")
            assert (malformed, remarks) == ("", ""), line
            for command in filter(None, commands.split(",")):
                number = int(command, 0)
                name = NAMES[number & 0x7FFFFFFF] + ("_resp" if number > 0x80000000 else "")
                counts[name] = counts.get(name, 0) + 1
        return counts


class _Wire:
    """One connection as IP packets; `is_caller` says who speaks."""

    def __init__(self, file, port):
        self._file = file
        self._port = port
        self._next = {True: 1, False: 1}

    def write(self, is_caller, data, flags=0x18):
        sequence, acknowledged = self._next[is_caller], self._next[not is_caller]
        ports = (self._port, SMPP_PORT) if is_caller else (SMPP_PORT, self._port)
        tcp = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, 0x50, flags, 65_535, 0, 0) + data
        ends = OURS + THEIRS if is_caller else THEIRS + OURS
        packet = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + ends + tcp
        now = time.time_ns() // 1000
        self._file.write(struct.pack("<IIII", now // 1_000_000, now % 1_000_000, len(packet), len(packet)) + packet)
        self._next[is_caller] = (sequence + len(data) + bool(flags & 0x03)) & 0xFFFFFFFF


@asynccontextmanager
async def recorded(folder, port, host="127.0.0.1"):
    """A tape between whoever connects to `tape.port` and the address given."""
    need("tshark")
    tape = Tape(folder / f"{port}.pcap", host, port)
    server = await asyncio.start_server(tape.serve, "127.0.0.1", 0)
    tape.port = server.sockets[0].getsockname()[1]
    try:
        yield tape
    finally:
        server.close()
        await tape.close()
