"""SMPP in, SMPP out, receipts back, durable: the whole way of a customer who speaks SMPP.

    python -m bench.smpp [--runs N] [--messages N] [--window N …] [--carrier-window N] [--profile FILE] [--quick]

Customer → the SMPP door → store → connector → carrier → receipt (50 ms) → customer, one connection each way, 100
letters a text. Prints messages a second for windows of 1, 10, 100 and 500, without receipts (to the last answer and the
last part taken) and with them (to the last receipt); what is missing and what came twice; CPU, memory; and the time to
an answer at half of the budget's load, beside what the disk takes by itself. The gateway is pinned to core 0; customer
and carrier share core 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import uvloop
from bench import disk, running
from bench.load import median
from bench.smpp_rig import FIRST_NUMBER, Carrier, Customer

from heliograph.net.free_ports import free_ports

WINDOWS = (1, 10, 100, 500)
BUDGET = 15_000
P99_MS = 10
RECEIPT_MS = 50
WARM_UP = 300
USUAL_WINDOW = 100
"""deliver_sm without an answer, of `plain`; a customer with a larger window has the same both ways."""
DOOR = """
[smpp]
window = {window}

[[smpp.listeners]]
port = {port}
flavour = "plain"
"""


async def one_run(folder: Path, *, window, messages, registered, carrier_window=500, rate=0.0, profile=""):
    """A fresh gateway, a warm-up, the messages; the figures."""
    loop = asyncio.get_running_loop()
    carriers = []

    def carrier():
        carriers.append(Carrier(RECEIPT_MS))
        return carriers[-1]

    server = await loop.create_server(carrier, "127.0.0.1", 0)
    (port,) = free_ports(1)
    gateway = await asyncio.to_thread(
        running.start, folder, smpp_port=server.sockets[0].getsockname()[1], window=carrier_window, profile=profile,
        more=DOOR.format(port=port, window=max(window, USUAL_WINDOW)),
        carrier_more=f"smpp.registered_delivery = {registered}",
    )  # fmt: skip
    try:
        made = await asyncio.to_thread(running.command, folder, "account", "smpp", "bench", "rig", "--json")
        _, customer = await loop.create_connection(
            lambda: Customer("rig", json.loads(made)["password"]), "127.0.0.1", port
        )
        if await customer.bound:
            raise SystemExit("the bind was refused")
        await customer.send(FIRST_NUMBER, WARM_UP, window=100, registered=registered)
        await asyncio.sleep(0.3)
        cpu, own = gateway.cpu_s(), time.process_time()
        await customer.send(FIRST_NUMBER + WARM_UP, messages, window=window, registered=registered, rate=rate)
        taken = await _all_taken(carriers, customer, messages)
        return _figures(
            customer, taken, messages, registered, gateway, gateway.cpu_s() - cpu, time.process_time() - own
        )
    finally:
        await asyncio.to_thread(gateway.stop)
        server.close()


async def _all_taken(carriers, customer, messages):
    """How often each number of the run reached the carrier."""
    until = time.monotonic() + 60
    first = b"%012d" % (FIRST_NUMBER + WARM_UP)
    while True:
        taken = {}
        for carrier in carriers:
            for number, count in carrier.taken.items():
                if number >= first:
                    taken[number] = taken.get(number, 0) + count
        if len(taken) >= customer.statuses[0] or time.monotonic() > until:
            return taken
        await asyncio.sleep(0.002)


def _figures(customer, taken, messages, registered, gateway, cpu_s, own_s):
    end = customer.told_at if registered else max(customer.answered_at, time.perf_counter_ns())
    waits = sorted(customer.waits)
    told = sum(customer.receipts.values())
    return {
        "rate": messages / ((end - customer.started) / 1e9),
        "accepted": messages / ((customer.answered_at - customer.started) / 1e9),
        "p50": waits[messages // 2] / 1e6,
        "p99": waits[messages * 99 // 100] / 1e6,
        "refused": messages - customer.statuses[0],
        "missing": customer.statuses[0] - len(taken)
        + (len(customer.ids.keys() - customer.receipts.keys()) if registered else 0),
        "twice": sum(taken.values()) - len(taken) + told - len(customer.receipts),
        "cpu": cpu_s / messages * 1000,
        "own": own_s / messages * 1000,
        "peak": gateway.peak_mib(),
    }  # fmt: skip


def measure(runs, **how):
    """Medians of some runs, each in a fresh folder; faults are summed."""
    made = []
    for _ in range(runs):
        folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
        try:
            made.append(uvloop.run(one_run(folder / "data", **how)))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    faults = {"refused", "missing", "twice"}
    return {
        name: sum(run[name] for run in made) if name in faults else median([run[name] for run in made])
        for name in made[0]
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--window", type=int, nargs="+", default=WINDOWS)
    parser.add_argument("--carrier-window", type=int, default=500, help="submit_sm the carrier's link may have open")
    parser.add_argument("--profile", default="", help="file for what cProfile finds of one run with a window of 500")
    parser.add_argument("--quick", action="store_true", help="one run of a tenth")
    given = parser.parse_args()
    os.sched_setaffinity(0, {1 % (os.cpu_count() or 1)})
    runs, messages = (1, given.messages // 10) if given.quick else (given.runs, given.messages)
    if given.profile:
        measure(
            1, window=500, carrier_window=given.carrier_window, messages=messages, registered=1, profile=given.profile
        )
        return
    best = 0.0
    for registered in (0, 1):
        for window in given.window:
            # One message at a time waits for the disk each time.
            count = messages if window > 1 else max(messages // 10, 100)
            seen = measure(
                runs, window=window, carrier_window=given.carrier_window, messages=count, registered=registered
            )
            best = max(best, seen["rate"]) if registered else best
            kind = "with receipts   " if registered else "without receipts"
            print(
                f"window {window:3} {kind} {seen['rate']:8,.0f} messages/s"
                f" (accepted {seen['accepted']:8,.0f}/s); answer p50 {seen['p50']:6.2f} p99 {seen['p99']:6.2f} ms;"
                f" {seen['cpu']:.3f} CPU s per 1,000 (rig {seen['own']:.3f}); peak {seen['peak']:.0f} MiB;"
                f" refused {seen['refused']}, missing {seen['missing']}, twice {seen['twice']}",
                flush=True,
            )
    print(f"budget with receipts {BUDGET:,}; best {best:,.0f}")
    half = min(best, BUDGET) / 2
    before = disk.floor()
    seen = measure(runs, window=500, carrier_window=given.carrier_window, messages=messages, registered=1, rate=half)
    print(
        f"at {half:,.0f} messages/s with receipts: accept p50 {seen['p50']:.2f} ms, p99 {seen['p99']:.2f} ms"
        f" (budget {P99_MS}); refused {seen['refused']}, missing {seen['missing']}, twice {seen['twice']};"
        f" peak {seen['peak']:.0f} MiB"
    )
    print(disk.beside(before, disk.floor()))


if __name__ == "__main__":
    main()
