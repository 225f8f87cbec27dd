"""What people do around messages, at size: contacts imported, a mailing to all of them, pages of a long history.

    python -m bench.backoffice [--contacts N] [--history N] [--only import mailing history]

The gateway is started as `serve` starts it, on core 0; this program and the importing command are on core 1. While each
of the three runs, 500 single messages a second are accepted, and the latency of those is printed beside its budget.
CPU seconds are of the gateway alone; they say the same on a machine that does other things, too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench import running
from bench.gateway import requests
from bench.load import Measured, pace
from bench.store import AT, FENCE, fresh
from bench.store import run as in_loop

from heliograph.model.message import State
from heliograph.store.sqlite import SqliteStore

RATE = 500
LOOK_S = 0.25
GROUP = 1_000
HISTORY_S = 30
ORDINARY = 38_067_000_000
BUDGETS = {"import": 25_000, "mailing": 8_000, "first_s": 2.0, "page_ms": 50, "accept_ms": 20}
MORE = """
[smsc]
same_jobs = 0
same_data = 0
at_once = 0
"""


@dataclass
class Beside:
    """What ran while messages were accepted: how long, what it cost, and how those fared."""

    accepted: Measured
    seconds: float = 0.0
    cpu_s: float = 0.0
    resident: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        flat = self.resident[-1] / self.resident[len(self.resident) // 3] if len(self.resident) > 3 else 1.0
        return (
            f"accept at {RATE}/s: p50 {self.accepted.at(0.5):.1f} ms, p99 {self.accepted.at(0.99):.1f} ms "
            f"(budget {BUDGETS['accept_ms']}); resident {self.resident[-1]:.0f} MiB, last / first third {flat:.3f}"
        )


def beside(gateway: running.Running, is_over: Callable[[], bool], run: int) -> Beside:
    """Accept messages at their rate until `is_over`, which is asked four times a second."""

    async def both() -> Beside:
        found = Beside(Measured())
        started, cpu = time.perf_counter(), gateway.cpu_s()
        while not await asyncio.to_thread(is_over):
            slice_run = run + len(found.resident)
            every = requests(gateway, 1_000_000, 1, slice_run)
            measured = await pace(gateway.host, gateway.port, every, RATE, LOOK_S, 20)
            if set(measured.statuses) != {200}:
                raise SystemExit(f"not all requests were accepted: {measured.statuses}")
            found.accepted.latencies += measured.latencies
            found.resident.append(gateway.resident_mib())
        found.seconds, found.cpu_s = time.perf_counter() - started, gateway.cpu_s() - cpu
        return found

    return asyncio.run(both())


def ask(gateway: running.Running, script: str, **fields: object) -> str:
    """An answer of SMSC's interface."""
    apikey = json.loads((gateway.folder / "bench.json").read_text())["apikey"]
    body = urllib.parse.urlencode({"apikey": apikey, "fmt": 3, **fields}).encode()
    with urllib.request.urlopen(f"http://{gateway.host}:{gateway.port}/sys/{script}.php", body, timeout=60) as answer:
        return answer.read().decode()


def table(path: Path, contacts: int) -> None:
    """A table of contacts, in no order."""
    with path.open("w") as file:
        file.write("phone,name,last_name\n")
        for place in range(contacts):
            number = place * 7_919 % contacts
            file.write(f"{ORDINARY * 10 + number * 10 + 9},Name {number},Family\n")


def importing(gateway: running.Running, contacts: int) -> None:
    """`heliograph contacts import` of a table."""
    path = gateway.folder / "contacts.csv"
    table(path, contacts)
    words = ["contacts", "import", "bench", str(path), "--group", "all", "--dir", str(gateway.folder), "--json"]
    command = subprocess.Popen([running.HELIOGRAPH, *words], stdout=subprocess.PIPE, text=True)
    found = beside(gateway, lambda: command.poll() is not None, 100)
    said = command.communicate()[0]
    if command.returncode:
        raise SystemExit(f"the import ended with {command.returncode}")
    kept = json.loads(said)["kept"]
    print(
        f"import   {kept / found.seconds:9,.0f} contacts/s (budget {BUDGETS['import']:,}); "
        f"{found.cpu_s / kept * 1e6:.0f} µs of CPU each, with {RATE}/s beside; {found}"
    )


def mailing(gateway: running.Running, contacts: int) -> None:
    """A mailing to the group that was imported, to the last receipt."""
    before = gateway.metrics()["heliograph_receipts_total"]
    started = time.perf_counter()
    job = json.loads(ask(gateway, "jobs", add=1, name="all", phones="G2", mes="Hello, {NAME} {LNM}!"))["id"]
    while not json.loads(ask(gateway, "jobs", get=1, id=job))["sms_cnt"]:
        time.sleep(0.005)
    first = time.perf_counter() - started

    def is_over() -> bool:
        shown = json.loads(ask(gateway, "jobs", get=1, id=job))
        return shown["status"] == 1 and gateway.metrics()["heliograph_waiting_parts"] == 0

    found = beside(gateway, is_over, 10_000)
    receipts = gateway.metrics()["heliograph_receipts_total"] - before
    print(
        f"mailing  {contacts / found.seconds:9,.0f} personal messages/s (budget {BUDGETS['mailing']:,}); first out "
        f"after {first:.2f} s (budget {BUDGETS['first_s']}); "
        f"{found.cpu_s / max(1, receipts) * 1e6:.0f} µs of CPU each of "
        f"{receipts:,.0f} receipts; {found}"
    )


async def fill(path: Path, messages: int) -> None:
    """Messages that are over, of twenty accounts; half of them are the one's who asks."""
    store = SqliteStore(path)
    await store.open()
    store._database.writer.execute("PRAGMA synchronous = OFF")  # what is filled is not what is measured
    at = int(time.time() * 1000) - messages
    for start in range(0, messages, GROUP):
        rows = [fresh(store, start + index) for index in range(min(GROUP, messages - start))]
        for place, message in enumerate(rows):
            message.accepted_at = message.due_at = at + message.accepted_at - AT
            message.state, message.final_at, message.price, message.targets = State.DELIVERED, at, 0, ()
            message.account_id = 1 if place % 2 else message.account_id
        await store.write(rows, FENCE, AT)
    while await store.file_shown():  # as upkeep would have done meanwhile
        pass
    await store.close()


def history(gateway: running.Running, messages: int) -> None:
    """Pages of the history by each filter, answers and sums, asked one after another."""
    page: dict[str, object] = {"get_messages": 1, "cnt": 100}
    today = time.strftime("%d.%m.%Y", time.gmtime())
    asked: dict[str, dict[str, object]] = {
        "page": page,
        "one number": page | {"phone": ""},
        "e-mail": page | {"format": 8},
        "to a mail": page | {"format": 8, "email": "nobody@shop.example"},
        "days": page | {"start": today, "end": today},
        "before": page | {"prev_id": 100_000_001 + messages // 2},
        "answers": {"get_answers": 1},
        "sums": {"get_stat": 1, "start": today},
    }
    timed: dict[str, list[float]] = {name: [] for name in asked}
    begun = time.perf_counter()

    def is_over() -> bool:
        asked["one number"]["phone"] = f"38067{len(timed['page']) * 9_973 % messages:07d}"
        for name, fields in asked.items():
            started = time.perf_counter()
            ask(gateway, "get", **fields)
            timed[name].append((time.perf_counter() - started) * 1000)
        return time.perf_counter() - begun > HISTORY_S

    found = beside(gateway, is_over, 20_000)
    for name, times in timed.items():
        ordered = sorted(times)
        print(
            f"history  {name}: p50 {ordered[len(ordered) // 2]:.0f} ms, p99 {ordered[int(len(ordered) * 0.99)]:.0f} ms "
            f"(budget {BUDGETS['page_ms']}) of {messages:,} messages; {found}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--history", type=int, default=5_000_000)
    parser.add_argument("--only", nargs="*", default=["import", "mailing", "history"])
    parser.add_argument("--profile", default="", help="a file for what cProfile finds in the gateway")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
    try:
        if "history" in given.only:
            gateway = running.start(folder / "data", more=MORE)
            gateway.stop()
            in_loop(fill(folder / "data" / "heliograph.db", given.history))
        gateway = running.start(folder / "data", more=MORE, profile=given.profile)
        try:
            if "history" in given.only:
                history(gateway, given.history)
            if "import" in given.only or "mailing" in given.only:
                importing(gateway, given.contacts)
            if "mailing" in given.only:
                mailing(gateway, given.contacts)
        finally:
            gateway.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
