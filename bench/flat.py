"""Does a message cost the same however many are stored? On SQLite and, with `--database`, on PostgreSQL.

    python -m bench.flat [--stored N ...] [--messages N] [--database URL] [--dir FOLDER]

For each size a new store is filled by one statement a table with messages that are over, their attempts and notices.
Then `--messages` are carried through as `bench.store` does it, six row writes each, 200 a round, three times; the
medians are printed per message. Then each read of a working gateway is timed as `bench.store_reads` does it. What
should be flat is flat when the columns agree. `--database` names a PostgreSQL database: its schema `flat` is made anew.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import cast

import apsw
from bench.store import AT, Watch, cycle, prepared, run
from bench.store_reads import RUNS, hot_reads, took

from heliograph.ports import Store
from heliograph.store.columns.messages import PLAIN
from heliograph.store.sqlite import SqliteStore

FIRST = 100_000_001
A_ROUND = 200
SCHEMA = "flat"
SERIES = "WITH RECURSIVE one (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM one WHERE n + 1 < {end})"
MESSAGES = f"""
    INSERT INTO message ({PLAIN}, final_at)
    {{series}} SELECT n, 1 + n % 20, 8, 1, 1, 1, 'carrier', 1, 1, {AT}, {AT}, {AT} + 86400000, 1, 0, n, 1, 0,
        'Heliograph', '38067' || CAST(1000000 + n % 9000000 AS text), '38067' || CAST(1000000 + n % 9000000 AS text),
        'sms', 'smsclub', 'smsclub', '127.0.0.1', 'default', 'all', '25503', 'endpoint:1',
        'Your code is 123456. Do not tell it to anybody, whoever asks for it.', 0, {AT}
    FROM one
"""
ATTEMPTS = f"""
    INSERT INTO attempt (message_id, part_first, try_no, part_last, state, sent_at, answered_at, receipt_at, error,
        connector, upstream_id, detail)
    {{series}} SELECT n, 1, 1, 1, 5, {AT}, {AT}, {AT}, 0, 'carrier', 'o' || CAST(n AS text), '' FROM one
"""
NOTICES = f"""
    INSERT INTO notice (id, progress, tries, next_try_at, settled_at, account_id, message_id, incoming_id, state, error,
        part, created_at, target, answer)
    {{series}} SELECT n - {FIRST - 1}, 2, 1, 0, {AT}, 1 + n % 20, n, 0, 8, 0, 1, {AT}, 'endpoint:1', '200' FROM one
"""
COUNTERS = (
    f"UPDATE counter SET value = {FIRST} + {{count}} WHERE name = 'message'",
    "UPDATE counter SET value = 1 + {count} WHERE name = 'event'",
)
PORTION = 500_000


def statements(count: int) -> list[str]:
    """What fills an empty store with so many messages that are over."""
    found = []
    for first in range(FIRST, FIRST + count, PORTION):
        series = SERIES.format(first=first, end=min(first + PORTION, FIRST + count))
        found += [sql.format(series=series) for sql in (MESSAGES, ATTEMPTS, NOTICES)]
    return [*found, *(sql.format(count=count) for sql in COUNTERS)]


async def filled(folder: Path, database: str, count: int) -> Store:
    """A store with so many messages that are over, as after a restart."""
    store = await prepared(folder, database)
    await store.close()
    if database:
        await _fill_postgres(database, count)
        from heliograph.store.postgres import PostgresStore

        store = cast(Store, PostgresStore(database))
    else:
        with apsw.Connection(str(folder / "bench.db")) as connection:
            for sql in statements(count):
                connection.execute(sql)
        store = SqliteStore(folder / "bench.db")
    await store.open()
    return store


async def _fill_postgres(database: str, count: int) -> None:
    import asyncpg  # type: ignore[import-untyped]

    from heliograph.store.postgres.partitions import reach

    connection = await asyncpg.connect(database, command_timeout=None)
    try:
        for last in range(FIRST + PORTION, FIRST + count + PORTION, PORTION):
            await reach(connection, last)
        for sql in statements(count):
            await connection.execute(sql)
        for table in ("message", "attempt", "notice"):
            await connection.execute(f"VACUUM (ANALYZE) {table}")
    finally:
        await connection.close()


async def measured(folder: Path, database: str, count: int, messages: int) -> dict[str, float]:
    """µs of a message's writes, ms of each read."""
    if database:
        await _empty_schema(database)
        database = f"{database}{'&' if '?' in database else '?'}search_path={SCHEMA}"
    store = await filled(folder, database, count)
    slices = []
    for seed in range(3):
        watch = Watch(store)
        await cycle(store, watch, messages, A_ROUND, seed)
        slices.append((watch.wall / messages * 1e6, watch.cpu / messages * 1e6))
    found = {"written, µs": statistics.median(one[0] for one in slices)}
    found["written, µs of our CPU"] = statistics.median(one[1] for one in slices)
    ids = [FIRST + count - 600 + number for number in range(600)]
    reads = hot_reads(cast(SqliteStore, store), ids, AT + 86_400_000)
    for name, read in reads.items():
        found[f"{name}, ms"] = statistics.median([await took(read) for _ in range(RUNS)])
    await store.close()
    return found


async def _empty_schema(database: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(database)
    try:
        await connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        await connection.execute(f"CREATE SCHEMA {SCHEMA}")
    finally:
        await connection.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.flat", description=__doc__)
    parser.add_argument("--stored", type=int, nargs="*", default=[10_000, 1_000_000], help="messages that are over")
    parser.add_argument("--messages", type=int, default=20_000, help="messages of each of three slices")
    parser.add_argument("--database", default="", help="URL of a PostgreSQL database, to measure that as well")
    parser.add_argument("--dir", type=Path, default=None, help="a folder on the disk to measure")
    options = parser.parse_args()
    for kind, database in (("sqlite", ""), ("postgres", options.database)):
        if kind == "postgres" and not database:
            continue
        columns: list[dict[str, float]] = []
        for stored in options.stored:
            with tempfile.TemporaryDirectory(dir=options.dir) as folder:
                columns.append(run(measured(Path(folder), database, stored, options.messages)))
        print(f"{kind:<30} {'  '.join(f'{stored:>12,}' for stored in options.stored)}")
        for name in columns[0]:
            print(f"{name:<30} {'  '.join(f'{column[name]:>12.2f}' for column in columns)}", flush=True)


if __name__ == "__main__":
    main()
