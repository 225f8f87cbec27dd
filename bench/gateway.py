"""The whole way, as a user has it: `/sms/send` → store → simulated carrier → receipt → final state, durable.

    python -m bench.gateway [--runs N] [--quick] [--memory SECONDS]

Single messages, a hundred numbers a request, accept latency at half of that load beside what the disk takes by itself,
start with 100,000 waiting, peak memory; medians of the runs beside their budgets. The gateway is pinned to core 0, this
program to core 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import disk, running
from bench.load import Measured, flood, median, pace

PATIENCE_S = 120
BUDGETS = {"single": 5_000, "hundred": 18_000, "p99_single_ms": 10, "p99_hundred_ms": 25, "start_s": 2}


def requests(gateway: running.Running, count: int, recipients: int, run: int) -> Iterator[bytes]:
    """`count` requests of different texts to different numbers."""
    for number in range(count):
        first = run * 1_000_000 + number * recipients
        phones = [
            f"38067{(first + place) % 9_000_000:07d}"[:-4] + _ORDINARY[(first + place) % 10_000]
            for place in range(recipients)
        ]
        body = json.dumps(
            {"src_addr": "Heliograph", "phone": phones, "message": f"Your code is {run}-{number}. Do not tell it."}
        ).encode()
        yield (
            b"POST /sms/send HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer %b\r\nContent-Type: application/json"
            b"\r\nContent-Length: %d\r\n\r\n%b" % (gateway.token.encode(), len(body), body)
        )


_ORDINARY = [f"{number:04d}" if number >= 100 else f"9{number:03d}" for number in range(10_000)]
"""Last four digits that ask the simulated carrier for nothing special."""


def until_final(gateway: running.Running, messages: int, started: float) -> float:
    """Seconds from `started` until so many receipts have been matched."""
    while True:
        seen = gateway.metrics()["heliograph_receipts_total"]
        if seen >= messages:
            return time.perf_counter() - started
        if time.perf_counter() - started > PATIENCE_S:
            raise SystemExit(f"{messages - seen:,.0f} messages did not end")
        time.sleep(0.05)


def through(folder: Path, *, recipients: int, messages: int, connections: int) -> dict[str, float]:
    """One run: flood, wait for all final states."""
    gateway = running.start(folder)
    try:
        asyncio.run(flood(gateway.host, gateway.port, requests(gateway, 200 // recipients + 1, recipients, 9), 2))
        before = gateway.metrics()["heliograph_receipts_total"]
        while before < gateway.metrics()["heliograph_accepted_total"]:
            before = gateway.metrics()["heliograph_receipts_total"]
        cpu, started = gateway.cpu_s(), time.perf_counter()
        count = messages // recipients
        measured = asyncio.run(flood(gateway.host, gateway.port, requests(gateway, count, recipients, 1), connections))
        _all_accepted(measured)
        seconds = until_final(gateway, int(before) + count * recipients, started)
        return {
            "rate": count * recipients / seconds,
            "cpu": (gateway.cpu_s() - cpu) / (count * recipients) * 1000,
            "peak": gateway.peak_mib(),
        }
    finally:
        gateway.stop()


def latency(folder: Path, *, recipients: int, rate: float, seconds: float) -> dict[str, float]:
    """One run at a given rate of messages."""
    gateway = running.start(folder)
    try:
        measured = asyncio.run(
            pace(
                gateway.host,
                gateway.port,
                requests(gateway, 10_000_000, recipients, 1),
                rate / recipients,
                seconds,
                100,
            )
        )
        _all_accepted(measured)
        return {"p50": measured.at(0.5), "p99": measured.at(0.99), "max": measured.at(1)}
    finally:
        gateway.stop()


def memory(folder: Path, *, rate: float, seconds: float) -> list[float]:
    """Highest resident memory (MiB) of each fifth of a run at a steady rate of single messages."""
    gateway = running.start(folder)
    try:
        peaks = [0.0] * 5

        async def watch() -> None:
            started = time.perf_counter()
            while True:
                slice_number = min(4, int((time.perf_counter() - started) / seconds * 5))
                peaks[slice_number] = max(peaks[slice_number], gateway.resident_mib())
                await asyncio.sleep(0.5)

        async def both() -> Measured:
            watching = asyncio.create_task(watch())
            every = requests(gateway, 100_000_000, 1, 1)
            measured = await pace(gateway.host, gateway.port, every, rate, seconds, 100)
            watching.cancel()
            return measured

        _all_accepted(asyncio.run(both()))
        return peaks
    finally:
        gateway.stop()


def start_up(folder: Path, waiting: int) -> dict[str, float]:
    """How long a start takes with so many messages waiting, after a kill."""
    gateway = running.start(folder, personality="polite", window=1, speed=1)
    try:
        asyncio.run(flood(gateway.host, gateway.port, requests(gateway, waiting // 100, 100, 1), 8))
    finally:
        gateway.kill()
    gateway = running.start(folder, personality="polite", window=1, speed=1)
    try:
        return {
            "start": gateway.started_s,
            "waiting": gateway.metrics()["heliograph_waiting_parts"],
            "peak": gateway.peak_mib(),
        }
    finally:
        gateway.kill()


def _all_accepted(measured: Measured) -> None:
    if set(measured.statuses) != {200}:
        raise SystemExit(f"not all requests were accepted: {measured.statuses}")


def in_fresh_folder(measure, **how):
    """Run with a folder that is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
    try:
        return measure(folder / "data", **how)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--memory", type=float, metavar="S", help="only: memory over S seconds at half load")
    given = parser.parse_args()
    os.sched_setaffinity(0, {1 % (os.cpu_count() or 1)})
    scale = 0.2 if given.quick else 1.0
    if given.memory:
        rate = BUDGETS["single"] / 2
        peaks = in_fresh_folder(memory, rate=rate, seconds=given.memory)
        print(
            f"{given.memory:,.0f} s at {rate:,.0f} msg/s: peak MiB of each fifth "
            f"{', '.join(f'{peak:.0f}' for peak in peaks)}; last / second {peaks[4] / peaks[1]:.3f} (budget 1.05)"
        )
        return
    print(f"{platform.python_version()} on {os.cpu_count()} × {_cpu()}, gateway on core 0, load on core 1")
    rates = {}
    for name, recipients, messages, connections in (("single", 1, 40_000, 50), ("hundred", 100, 200_000, 16)):
        runs = [
            in_fresh_folder(through, recipients=recipients, messages=int(messages * scale), connections=connections)
            for _ in range(given.runs)
        ]
        rates[name] = median([run["rate"] for run in runs])
        print(
            f"{name:8} {rates[name]:9,.0f} msg/s to the final state (budget {BUDGETS[name]:,}); "
            f"{median([run['cpu'] for run in runs]):.3f} CPU s per 1,000; "
            f"peak {median([run['peak'] for run in runs]):.0f} MiB"
        )
    for name, recipients in (("single", 1), ("hundred", 100)):
        half = min(rates[name], BUDGETS[name] * 1.0) / 2
        before = disk.floor()
        runs = [
            in_fresh_folder(latency, recipients=recipients, rate=half, seconds=10 * scale) for _ in range(given.runs)
        ]
        after = disk.floor()
        print(
            f"{name:8} at {half:,.0f} msg/s: accept p50 {median([run['p50'] for run in runs]):.1f} ms, "
            f"p99 {median([run['p99'] for run in runs]):.1f} ms (budget {BUDGETS[f'p99_{name}_ms']}), "
            f"worst {median([run['max'] for run in runs]):.1f} ms"
        )
        print(disk.beside(before, after))
    runs = [in_fresh_folder(start_up, waiting=int(100_000 * scale)) for _ in range(given.runs)]
    print(
        f"start with {runs[0]['waiting']:,.0f} waiting: {median([run['start'] for run in runs]):.2f} s "
        f"(budget {BUDGETS['start_s']}), peak {median([run['peak'] for run in runs]):.0f} MiB"
    )


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
