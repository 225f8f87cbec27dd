"""The way home: `send.php` → store → simulated carrier → receipt → callback → 200, all of it durable.

    python -m bench.callback [--runs N] [--quick] [--form none|event|handler] [--door smsc|smsclub] [--window N]
                             [--query QUERY] [--profile FILE]

Messages a second until the last callback is settled, and CPU time a message beside a run without callbacks; and the
time to an answer at half of the budget's rate. The gateway is pinned to core 0; this program, which sends and is
called, to core 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench import disk, running
from bench.gateway import _cpu, in_fresh_folder, requests
from bench.load import Measured, flood, median, pace

PATIENCE_S = 120
BUDGET = 5_000
P99_MS = 10
PACED_S = 8.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
MORE = '\n[callbacks]\nallow_networks = ["127.0.0.0/8"]\n\n[smsc]\nat_once = 0\n'


class Sink(asyncio.Protocol):
    """Answers 200 to everything; counts calls and connections."""

    calls = 0
    connections = 0

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport) -> None:
        self._transport = transport
        Sink.connections += 1

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        start = self._buffer.find(b"Content-Length: ") + 16
        if len(self._buffer) < head + 4 + int(self._buffer[start : self._buffer.find(b"\r\n", start)]):
            return
        self._buffer = b""
        Sink.calls += 1
        self._transport.write(OK)


def by_script(gateway: running.Running, count: int, run: int) -> Iterator[bytes]:
    """`count` requests of `send.php`, with different texts to different numbers."""
    apikey = json.loads((gateway.folder / "bench.json").read_text())["apikey"]
    for number in range(count):
        phone = f"38067{(run * 100_000 + number) % 900:03d}9{number % 1_000:03d}"
        body = (
            f"apikey={apikey}&sender=Heliograph&phones={phone}&mes=Your+code+is+{run}-{number}.+Do+not+tell+it."
            "&cost=0&fmt=3&charset=utf-8"
        ).encode()
        yield (
            b"POST /sys/send.php HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        )


@asynccontextmanager
async def called(folder: Path, form: str, given: argparse.Namespace) -> AsyncIterator[running.Running]:
    """A warm gateway whose account wants this form of callbacks, and who is called."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callbacks"
    window = ["--window", str(given.window)]
    command = {
        "event": [["callback", "bench", url, *window]],
        "handler": [["handler", "bench", url + given.query, *window]],
        "none": [],
    }[form]
    gateway = await asyncio.to_thread(running.start, folder, more=MORE, account=command, profile=given.profile)
    try:
        await run(gateway, form, 500, 8, given.door)
        yield gateway
    finally:
        await asyncio.to_thread(gateway.stop)
        server.close()


async def through(folder: Path, form: str, messages: int, given: argparse.Namespace) -> dict[str, float]:
    """One run: flood, wait until every callback is settled in the store."""
    async with called(folder, form, given) as gateway:
        cpu, before = gateway.cpu_s(), Sink.calls
        measured = await run(gateway, form, messages, 1, given.door)
        if form != "none" and Sink.calls - before != messages:
            raise SystemExit(f"{Sink.calls - before} calls for {messages} messages")
        return {
            "rate": messages / measured.seconds,
            "cpu": (gateway.cpu_s() - cpu) / messages * 1e6,
            "connections": Sink.connections,
            "peak": gateway.peak_mib(),
        }


async def latency(folder: Path, form: str, rate: float, given: argparse.Namespace) -> Measured:
    """Accepts at a given rate while calls go out for each message."""
    async with called(folder, form, given) as gateway:
        every = by_script(gateway, 10_000_000, 1) if given.door == "smsc" else requests(gateway, 10_000_000, 1, 1)
        measured = await pace(gateway.host, gateway.port, every, rate, PACED_S, 100)
        if set(measured.statuses) != {200}:
            raise SystemExit(f"not all requests were accepted: {measured.statuses}")
        return measured


async def run(gateway: running.Running, form: str, messages: int, number: int, door: str) -> Measured:
    """Send so many and wait for their ends."""
    metric = "heliograph_receipts_total" if form == "none" else "heliograph_notices_delivered_total"
    before = (await asyncio.to_thread(gateway.metrics))[metric]
    started = time.perf_counter()
    every = by_script(gateway, messages, number) if door == "smsc" else requests(gateway, messages, 1, number)
    measured = await flood(gateway.host, gateway.port, every, 50)
    if set(measured.statuses) != {200}:
        raise SystemExit(f"not all requests were accepted: {measured.statuses}")
    accepted_s = time.perf_counter() - started
    while (await asyncio.to_thread(gateway.metrics))[metric] - before < messages:
        if time.perf_counter() - started > PATIENCE_S:
            raise SystemExit("not everything came to its end")
        await asyncio.sleep(0.02)
    measured.seconds = time.perf_counter() - started
    print(f"  {messages:,} accepted in {accepted_s:.2f} s, at their end after {measured.seconds:.2f} s")
    return measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--form", choices=("none", "event", "handler"), help="only this one")
    parser.add_argument("--door", choices=("smsc", "smsclub"), default="smsc")
    parser.add_argument("--window", type=int, default=32, help="calls under way at once")
    parser.add_argument("--query", default="?charset=utf-8&sha1=secret", help="of the handler's address")
    parser.add_argument("--profile", default="", metavar="FILE", help="write a profile of the gateway there")
    given = parser.parse_args()
    os.sched_setaffinity(0, {1 % (os.cpu_count() or 1)})
    try:
        import uvloop

        go = uvloop.run
    except ImportError:
        go = asyncio.run
    print(f"{platform.python_version()} on {os.cpu_count()} × {_cpu()}, gateway on core 0, load and sink on core 1")
    messages = 8_000 if given.quick else 40_000
    for form in [given.form] if given.form else ["none", "event", "handler"]:
        runs = [
            in_fresh_folder(lambda folder, form=form: go(through(folder, form, messages, given)))
            for _ in range(given.runs)
        ]
        print(
            f"{form:8} {median([one['rate'] for one in runs]):7,.0f} msg/s (budget {BUDGET:,}); "
            f"{median([one['cpu'] for one in runs]):.0f} µs CPU a message; peak {runs[0]['peak']:.0f} MiB"
        )
        half = min(median([one["rate"] for one in runs]), BUDGET) / 2
        before = disk.floor()
        paced = [
            in_fresh_folder(lambda folder, form=form, half=half: go(latency(folder, form, half, given)))
            for _ in range(given.runs)
        ]
        p50, p99 = (median([one.at(share) for one in paced]) for share in (0.5, 0.99))
        print(f"         at {half:,.0f} msg/s: accept p50 {p50:.1f} ms, p99 {p99:.1f} ms (budget {P99_MS})")
        print(disk.beside(before, disk.floor()))


if __name__ == "__main__":
    main()
