"""HTTP in, SMPP out, the receipt back, durable: what one gateway carries to a carrier in another process.

    python -m bench.smpp_out [--runs N] [--messages N] [--profile FILE]

The gateway is pinned to core 0; the simulated message centre and this program share core 1. Prints messages a second
(medians) for windows of 1, 10, 100 and 500 with one session, and for four sessions of 100, with a hundred numbers a
request; CPU is the gateway's, in milliseconds a message.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path

from bench import running
from bench.gateway import requests, until_final
from bench.load import flood, median

CASES = ((1, 1), (1, 10), (1, 100), (1, 500), (4, 100))
"""Sessions and window."""


def through(folder: Path, *, sessions: int, window: int, messages: int, profile: str = "") -> dict[str, float]:
    """One run: a warm-up, a flood, all final states."""
    carrier = running.carrier()
    gateway = running.start(folder, smpp_port=carrier.port, sessions=sessions, window=window, profile=profile)
    try:
        asyncio.run(flood(gateway.host, gateway.port, requests(gateway, 3, 100, 9), 2))
        until_final(gateway, 300, time.perf_counter())
        cpu, started = gateway.cpu_s(), time.perf_counter()
        count = messages // 100
        measured = asyncio.run(flood(gateway.host, gateway.port, requests(gateway, count, 100, 1), 8))
        if set(measured.statuses) != {200}:
            raise SystemExit(f"not all requests were accepted: {measured.statuses}")
        seconds = until_final(gateway, 300 + messages, started)
        return {
            "rate": messages / seconds,
            "cpu": (gateway.cpu_s() - cpu) / messages * 1000,
            "peak": gateway.peak_mib(),
        }
    finally:
        gateway.stop()
        stood = carrier.stop()
        if stood["taken"] != 300 + messages:
            raise SystemExit(f"the carrier took {stood['taken']} parts of {300 + messages}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--profile", default="", help="file for what cProfile finds of one run")
    given = parser.parse_args()
    os.sched_setaffinity(0, {1})
    for sessions, window in CASES if not given.profile else CASES[3:4]:
        # One message at a time waits for the disk each time.
        messages = given.messages if window > 1 else given.messages // 10
        runs = []
        for _ in range(given.runs if not given.profile else 1):
            folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
            try:
                runs.append(
                    through(folder / "data", sessions=sessions, window=window, messages=messages, profile=given.profile)
                )
            finally:
                shutil.rmtree(folder)
        rate, cpu, peak = (median([run[name] for run in runs]) for name in ("rate", "cpu", "peak"))
        print(f"sessions {sessions}, window {window:3}: {rate:8,.0f} messages/s {cpu:7.3f} ms CPU {peak:7.1f} MiB peak")


if __name__ == "__main__":
    main()
