"""How much of a message's time the store takes: its six row writes, in groups, durable on this disk.

    python -m bench.store [--messages N] [--group N] [--runs N] [--grow N] [--postgres | --database URL]

A message is inserted as SENDING; its attempt comes with the next group; then the receipt (attempt and message moved,
notice inserted), then the notice is settled: what a working gateway writes, two groups a round, as the journal would
(decisions.md 6). `--grow N` inserts N messages first and prints the cost per slice, to show that it stays flat.
Times are wall time and CPU time (all threads of this process) of `write` alone, per message; medians of the runs.
`--postgres` starts a server of its own and measures on that, `--database` names an empty database to measure on; the
server's CPU time is in the table of the former only. Loop and garbage collector are set as `serve` sets them.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import statistics
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import TypeVar, cast

from bench import postgres
from bench.peers.processes import cpu_s

from heliograph.model.account import Account
from heliograph.model.message import Attempt, AttemptState, Content, Message, Priority, State
from heliograph.model.money import Entry, Purse
from heliograph.model.receipt import Notice, NoticeState
from heliograph.model.rows import AttemptMove, Fence, Move, NoticeMove, Row
from heliograph.ports import Store
from heliograph.store.sqlite import SqliteStore

FENCE = Fence(1, 1)
ROWS_PER_MESSAGE = 6
TEXT = "Your code is 123456. Do not tell it to anybody, whoever asks for it."
AT = 1_700_000_000_000
Result = TypeVar("Result")
Times = tuple[float, float, float]


def fresh(store: Store, number: int) -> Message:
    """A message as intake makes it."""
    first = store.take_ids(1)
    assert first is not None
    return Message(
        id=first,
        account_id=1 + number % 20,
        channel="sms",
        sender="Heliograph",
        recipient=f"38067{number % 10_000_000:07d}",
        recipient_given=f"+38067{number % 10_000_000:07d}",
        content=Content(TEXT),
        coding=0,
        parts=1,
        state=State.SENDING,
        priority=Priority.NORMAL,
        door="smsclub",
        dialect="smsclub",
        peer="127.0.0.1",
        request_id=first,
        accepted_at=AT + number,
        due_at=AT + number,
        expires_at=AT + number + 86_400_000,
        connector="carrier",
        route_id="default",
        tariff_line="all",
        purse=1,
        price=330_000,
        revision=1,
        targets=("endpoint:1",),
        tries=1,
        node=1,
        epoch=1,
        operator="25503",
    )


def sent(message: Message, upstream_id: str) -> Attempt:
    """The carrier took it."""
    attempt = Attempt(message, 1, 1, 1, "carrier", AttemptState.TAKEN, upstream_id, AT, AT)
    message.attempts.append(attempt)
    return attempt


def received(store: Store, message: Message) -> tuple[AttemptMove, Move, Notice]:
    """Its receipt came."""
    event = store.take_event_ids(1)
    assert event is not None
    upstream_id = message.attempts[0].upstream_id
    return (
        AttemptMove(message.id, 1, 1, AttemptState.DELIVERED, upstream_id, AT, AT, 0, ""),
        Move(message.id, State.DELIVERED, "carrier", 1, 0, 0, AT, False, 1, message=message),
        Notice(event, 1, "endpoint:1", AT, message=message, state=State.DELIVERED),
    )


def settled(notice: Notice) -> NoticeMove:
    """The customer knows."""
    return NoticeMove(notice.id, NoticeState.DELIVERED, 1, 0, "200", AT)


class Watch:
    """Counts the time spent in `write`, and nothing of what core would do."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.wall = self.cpu = 0.0

    async def write(self, rows: list[Row]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        await self._store.write(rows, FENCE, AT)
        self.wall += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu


async def cycle(store: Store, watch: Watch, messages: int, size: int, seed: int) -> None:
    """Carry `messages` through, `size` of them a round; each round is two groups of 3 × `size` rows."""
    random_ids = random.Random(seed)
    taken: list[Message] = []
    done: list[Notice] = []
    for start in range(0, messages, size):
        new = [fresh(store, start + index) for index in range(size)]
        rows: list[Row] = [*new, *(settled(notice) for notice in done)]
        triples = [received(store, message) for message in taken]
        rows += [triple[0] for triple in triples]
        await watch.write(rows)
        rows = [sent(message, f"{random_ids.getrandbits(64):016x}") for message in new]
        rows += [triple[1] for triple in triples]
        done = [triple[2] for triple in triples]
        rows += done
        await watch.write(rows)
        taken = new


async def prepared(folder: Path, database: str = "") -> Store:
    """A store with an account and money."""
    store: Store
    if database:
        from heliograph.store.postgres import PostgresStore

        store = cast(Store, PostgresStore(database))
    else:
        store = SqliteStore(folder / "bench.db")
    await store.open()
    await store.change_directory([Purse(1, 1, "UAH", 0), Account(1, "bench", 1, "all", 1, 1)], "bench", AT)
    await store.write([Entry(AT, "top-up", 1, "bank", "purse:1", 10**15, 1, 0, 0)], FENCE, AT)
    return store


async def measure(folder: Path, messages: int, size: int, grow: int, database: str, pids: list[int]) -> Times:
    """Wall, CPU and the server's CPU microseconds per message."""
    store = await prepared(folder, database)
    if grow:
        await growth(store, grow, size)
    watch = Watch(store)
    before = cpu_s(pids)
    await cycle(store, watch, messages, size, 1)
    servers = cpu_s(pids) - before
    await store.close()
    return watch.wall / messages * 1e6, watch.cpu / messages * 1e6, servers / messages * 1e6


def measured_on_a_server(folder: Path, messages: int, size: int, grow: int) -> Times:
    """The same on a PostgreSQL server of its own."""
    folder.chmod(0o755)
    (folder / "database").mkdir()
    server = postgres.Server(folder / "database")
    server.start()
    try:
        return run(measure(folder, messages, size, grow, server.url(), server.pids))
    finally:
        server.stop()


def run(work: Coroutine[object, object, Result]) -> Result:
    """Run `work` on uvloop where it is installed, without the collector of cycles."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        from asyncio import new_event_loop
    gc.collect()
    gc.freeze()
    gc.disable()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


async def growth(store: Store, rows: int, size: int) -> None:
    """Insert `rows` messages and print each tenth's cost."""
    slice_of = rows // 10
    for tenth in range(10):
        began = time.perf_counter()
        for start in range(0, slice_of, size):
            number = tenth * slice_of + start
            await store.write([fresh(store, number + index) for index in range(size)], FENCE, AT)
        took = time.perf_counter() - began
        print(f"  up to {(tenth + 1) * slice_of:>9,} messages: {slice_of / took:>9,.0f} inserts/s", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.store", description=__doc__)
    parser.add_argument("--messages", type=int, default=60_000)
    parser.add_argument("--group", type=int, nargs="*", default=[100, 200, 500], help="messages a round")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--grow", type=int, default=0)
    parser.add_argument("--dir", type=Path, default=None, help="a folder on the disk to measure")
    parser.add_argument("--database", default="", help="URL of an empty PostgreSQL database, instead of a file")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server of its own")
    options = parser.parse_args()
    print(f"{'messages a round':>16} {'µs/message':>10} {'CPU µs':>8} {'server µs':>9} {'rows/s':>10}")
    for size in options.group:
        runs = []
        for _ in range(options.runs):
            with tempfile.TemporaryDirectory(dir=options.dir) as folder:
                amount = (options.messages, size, options.grow)
                if options.postgres:
                    runs.append(measured_on_a_server(Path(folder), *amount))
                else:
                    runs.append(run(measure(Path(folder), *amount, options.database, [])))
        wall, cpu, servers = (statistics.median(column) for column in zip(*runs, strict=True))
        rate = ROWS_PER_MESSAGE / wall * 1e6
        print(f"{size:>16} {wall:>10.1f} {cpu:>8.1f} {servers:>9.1f} {rate:>10,.0f}", flush=True)


if __name__ == "__main__":
    main()
