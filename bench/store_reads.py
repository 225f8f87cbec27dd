"""How long each read of the store takes, and whether that depends on how much is stored.

    python -m bench.store_reads [--stored N ...] [--waiting N] [--upstream N] [--dir FOLDER]

For each size a new store is filled: `--stored` messages that are over (with their attempts and notices), then
`--waiting` QUEUED ones, then `--upstream` that a carrier has. Then it is opened again, as after a restart, and every
read that core does is timed: those of a start once, from a fresh connection, the others as the median of nine. What
should be flat is flat when the columns agree; `waiting`, `recent` and `undecided` may grow with what waits, never with
what is over.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.store import AT, FENCE, fresh, prepared, received, run, sent, settled

from heliograph.model.message import Priority, State
from heliograph.model.receipt import KeptReceipt, Receipt, ReceiptFate
from heliograph.model.rows import Row
from heliograph.store.sqlite import SqliteStore

GROUP = 1_000
RUNS = 9
DAY = 86_400_000
Read = Callable[[], Awaitable[object]]


async def over(store: SqliteStore, count: int) -> None:
    """Messages whose receipts came and whose customers know."""
    for start in range(0, count, GROUP):
        messages = [fresh(store, start + index) for index in range(min(GROUP, count - start))]
        rows: list[Row] = [*messages, *(sent(message, f"o{message.id}") for message in messages)]
        for message in messages:
            attempt_move, move, notice = received(store, message)
            rows += [attempt_move, move, notice, settled(notice)]
        await store.write(rows, FENCE, AT)


async def waiting(store: SqliteStore, count: int) -> None:
    """Messages that wait for a connector which is away."""
    for start in range(0, count, GROUP):
        messages = [fresh(store, start + index) for index in range(min(GROUP, count - start))]
        for message in messages:
            message.state, message.connector, message.tries = State.QUEUED, "away", 0
        await store.write(messages, FENCE, AT)


async def upstream(store: SqliteStore, count: int) -> None:
    """Messages a carrier took; the last hundred were on their way when we ended."""
    for start in range(0, count, GROUP):
        messages = [fresh(store, start + index) for index in range(min(GROUP, count - start))]
        known = [message for message in messages if start + GROUP < count or message.id % 10]
        await store.write([*messages, *(sent(message, f"u{message.id}") for message in known)], FENCE, AT)


async def foreign(store: SqliteStore, count: int) -> None:
    """Receipts of nobody's messages."""
    for _ in range(0, count, GROUP):
        first = store.take_event_ids(GROUP)
        assert first is not None
        receipts = [Receipt("carrier", f"f{first + index}", State.DELIVERED, 0, AT, AT) for index in range(GROUP)]
        rows = [KeptReceipt(first + index, receipt, ReceiptFate.PARKED) for index, receipt in enumerate(receipts)]
        await store.write(rows, FENCE, AT)


def start_reads(store: SqliteStore, now: int) -> dict[str, Read]:
    """What a gateway asks when it starts."""
    return {
        "directory": store.directory,
        "purses": store.purses,
        "recent (120 s)": lambda: store.recent(now - 120_000),
        "waiting": store.waiting,
        "undecided": lambda: store.undecided(0, 500, FENCE),
    }


def hot_reads(store: SqliteStore, ids: list[int], now: int) -> dict[str, Read]:
    """What a working gateway asks."""
    middle = ids[len(ids) // 2]
    keys = [("carrier", f"u{one}") for one in ids[-1_000:-900]]
    return {
        "messages (500 ids)": lambda: store.messages(ids[:500], None),
        "heads (500)": lambda: store.heads("away", Priority.NORMAL, 0, 500, FENCE),
        "heads (500, far on)": lambda: store.heads("away", Priority.NORMAL, middle, 500, FENCE),
        "heads (none)": lambda: store.heads("carrier", Priority.NORMAL, 0, 500, FENCE),
        "retries (none)": lambda: store.retries("away", now, 500, FENCE),
        "scheduled (none)": lambda: store.scheduled(now, 500),
        "overdue (none)": lambda: store.overdue(AT, 500),
        "silent (none)": lambda: store.silent(AT, 500),
        "attempts_awaiting (100)": lambda: store.attempts_awaiting(keys),
        "parked (100)": lambda: store.parked(keys),
        "parked_with_attempt": lambda: store.parked_with_attempt(500),
        "notice_targets": lambda: store.notice_targets(now),
        "notices (none)": lambda: store.notices("endpoint:1", 0, now, 500),
        "newest_to (hit)": lambda: store.newest_to("carrier", "380670000005", None, 0),
        "newest_to (miss)": lambda: store.newest_to("carrier", "15550000000", None, AT),
        "guard": lambda: store.guard(1, "key", now),
        "story": lambda: store.story(ids[0]),
        "entries (50)": lambda: store.entries(1, 0, 50),
    }


async def measured(folder: Path, stored: int, queued: int, under_way: int) -> dict[str, float]:
    """Milliseconds by read."""
    store = await prepared(folder)
    await over(store, stored)
    await waiting(store, queued)
    await upstream(store, under_way)
    await foreign(store, 10_000)
    await store.close()
    found: dict[str, float] = {}
    store = SqliteStore(folder / "bench.db")
    began = time.perf_counter()
    await store.open()
    found["open"] = (time.perf_counter() - began) * 1e3
    now = AT + stored + DAY // 2
    for name, read in start_reads(store, now).items():
        found[name] = await took(read)
    ids = [100_000_001 + index for index in range(stored + queued + under_way)]
    for name, read in hot_reads(store, ids, now).items():
        found[name] = statistics.median([await took(read) for _ in range(RUNS)])
    await store.close()
    return found


async def took(read: Read) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    await read()
    return (time.perf_counter() - began) * 1e3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.store_reads", description=__doc__)
    parser.add_argument("--stored", type=int, nargs="*", default=[10_000, 1_000_000], help="messages that are over")
    parser.add_argument("--waiting", type=int, default=100_000)
    parser.add_argument("--upstream", type=int, default=20_000)
    parser.add_argument("--dir", type=Path, default=None, help="a folder on the disk to measure")
    options = parser.parse_args()
    columns: dict[int, dict[str, float]] = {}
    for stored in options.stored:
        with tempfile.TemporaryDirectory(dir=options.dir) as folder:
            columns[stored] = run(measured(Path(folder), stored, options.waiting, options.upstream))
        print(f"measured with {stored:,} stored", flush=True)
    print(f"{'ms, with messages stored':<26}" + "".join(f"{stored:>12,}" for stored in columns))
    for name in next(iter(columns.values())):
        print(f"{name:<26}" + "".join(f"{column[name]:>12.2f}" for column in columns.values()))


if __name__ == "__main__":
    main()
