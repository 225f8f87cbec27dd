"""The write-ahead log: durable before `write` returns, moved aside without anybody waiting, never without bound."""

from __future__ import annotations

import asyncio
import re
import shutil
from contextlib import closing

import apsw
import pytest

from heliograph.model.message import Content
from heliograph.store.sqlite import SqliteStore
from heliograph.store.sqlite.wal import Checkpoints
from store.samples import DAY, NOW
from store.sqlite.opening import ask, moved, opened

SYNCHRONOUS_FULL = 2


class Kept(apsw.Connection):
    """Remembers itself, so that its settings can be asked for."""

    last = None

    def __init__(self, *how, **more):
        super().__init__(*how, **more)
        Kept.last = self


async def test_the_connection_that_writes_syncs_every_commit_and_waits_for_nobody(tmp_path):
    expected = {
        "journal_mode": "wal",
        "synchronous": SYNCHRONOUS_FULL,
        "fullfsync": 1,
        "busy_timeout": 0,
        "wal_autocheckpoint": 0,
        "journal_size_limit": 128 << 20,
        "cache_spill": 0,
    }
    async with opened(tmp_path / "store.db", connect=Kept) as house:
        await house.keep(house.message())
        assert {name: Kept.last.execute(f"PRAGMA {name}").fetchone()[0] for name in expected} == expected


async def test_nothing_is_in_the_log_before_the_commit_and_everything_after(tmp_path):
    """What a customer is told is in a file when `write` returns, not in the memory of this process."""
    path, log = tmp_path / "store.db", tmp_path / "store.db-wal"
    seen = {}

    class Watching(apsw.Connection):
        def execute(self, sql, *values):
            if sql == "COMMIT":
                seen["before"] = log.read_bytes().count(b"durable text")
            return super().execute(sql, *values)

    async with opened(path, connect=Watching) as house:
        await house.keep(*(house.message(content=Content(f"durable text {number}")) for number in range(100, 400)))
        assert seen["before"] == 0
        assert len(set(re.findall(rb"durable text \d{3}", log.read_bytes()))) == 300
        assert ask(path, "SELECT count(*) FROM message") == [(300,)]


async def test_the_log_does_not_grow_without_bound(tmp_path):
    """Long texts, so that few rows make a long log: it begins anew at 64 to 128 MiB, whatever is written."""
    path, log = tmp_path / "store.db", tmp_path / "store.db-wal"
    most = 0
    async with opened(path) as house:
        for _ in range(70):
            await house.keep(*(house.message(content=Content("x" * 60_000)) for _ in range(50)))
            most = max(most, log.stat().st_size)
        written = path.stat().st_size + log.stat().st_size
        await house.sound()
    assert written > 190 << 20
    assert 1 << 20 < most < 150 << 20


async def filled(writer, checkpoints, log, rounds=200):
    """Write rounds of ten rows as the store would; the longest log seen."""
    longest = 0
    for number in range(rounds):
        await checkpoints.before_group()
        writer.execute("BEGIN IMMEDIATE")
        writer.executemany("INSERT INTO t (x) VALUES (?)", [(f"{number}" * 400,)] * 10)
        writer.execute("COMMIT")
        checkpoints.committed(10, 5)
        await asyncio.sleep(0)
        longest = max(longest, log.stat().st_size)
    return longest


@pytest.fixture
def written(tmp_path):
    """A log of a database of one table."""
    path = tmp_path / "t.db"
    with closing(apsw.Connection(str(path))) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)")
        yield path, writer, tmp_path / "t.db-wal"


async def test_a_log_begins_anew_while_groups_are_written_without_a_pause(written):
    path, writer, log = written
    checkpoints = Checkpoints(path, rows=50, long_log_pages=40)
    longest = await filled(writer, checkpoints, log)
    await checkpoints.close()
    assert checkpoints.done > 3
    assert checkpoints.failed == 0
    assert longest < 200 * 4_120


async def test_without_checkpoints_the_same_log_would_be_long(written):
    """The proof that the test above can fail."""
    path, writer, log = written
    checkpoints = Checkpoints(path, rows=10**9, pages=10**9)
    longest = await filled(writer, checkpoints, log)
    await checkpoints.close()
    assert checkpoints.done == 0
    assert longest > 600 * 4_120


async def test_a_reader_that_stays_holds_the_log_and_nothing_is_lost(written):
    path, writer, log = written
    checkpoints = Checkpoints(path, rows=50, long_log_pages=40)
    with closing(apsw.Connection(str(path))) as reader:
        reader.execute("BEGIN")
        before = reader.execute("SELECT count(*) FROM t").fetchone()[0]
        await filled(writer, checkpoints, log, 60)
        assert reader.execute("SELECT count(*) FROM t").fetchone()[0] == before
    longest = await filled(writer, checkpoints, log, 200)
    await checkpoints.close()
    assert longest < 700 * 4_120
    assert writer.execute("SELECT count(*) FROM t").fetchone()[0] == 2_600


async def test_a_log_that_grew_behind_a_reader_gives_its_room_back(tmp_path):
    path, log = tmp_path / "store.db", tmp_path / "store.db-wal"
    async with opened(path, connect=Kept) as house:
        Kept.last.execute("PRAGMA journal_size_limit = 1000000")
        with closing(apsw.Connection(str(path))) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM message").fetchall()
            for _ in range(4):
                await house.keep(*(house.message(content=Content("x" * 50_000)) for _ in range(30)))
            assert log.stat().st_size > 5_000_000
        pages, aside = await moved(path, "PASSIVE")
        assert aside == pages > 0
        await house.keep(house.message())
        assert log.stat().st_size <= 1_000_000
        await house.sound()


async def test_reading_never_holds_the_log_back(tmp_path):
    """Each read is finished when it returns: after many of them all of the log can still be moved."""
    path = tmp_path / "store.db"
    async with opened(path) as house:
        messages = [house.message() for _ in range(600)]
        await house.keep(*messages)
        await house.store.messages([message.id for message in messages], None)
        await house.store.overdue(NOW + 2 * DAY, 5)
        await house.store.waiting()
        await house.store.newest_to(None, "380671234567", None, 0)
        assert await moved(path, "TRUNCATE") == (0, 0)
        assert (tmp_path / "store.db-wal").stat().st_size == 0
        await house.keep(house.message())
        await house.sound()


async def test_closing_moves_everything(tmp_path):
    async with opened(tmp_path / "store.db") as house:
        await house.keep(*(house.message() for _ in range(100)))
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    assert sum(one.parts for one in await store.waiting()) == 100
    await store.close()


def in_the_file_alone(path, folder):
    """How many messages a database has without its log; None for one that is being written."""
    alone = folder / "alone.db"
    shutil.copy(path, alone)
    with closing(
        apsw.Connection(f"file:{alone}?immutable=1", apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    ) as file:
        try:
            return file.execute("SELECT count(*) FROM message NOT INDEXED").fetchone()[0]
        except apsw.Error:
            return None


async def test_R1_what_a_killed_life_left_in_the_log_is_moved_by_the_next(tmp_path):
    """Lives too short for a checkpoint of their own would let the log grow, and each start take longer."""
    path, killed = tmp_path / "store.db", tmp_path / "killed"
    killed.mkdir()
    async with opened(path):
        pass  # closed, it is all in the file
    async with opened(path) as house:
        with closing(apsw.Connection(str(path))) as reader:
            reader.execute("BEGIN")  # who reads holds the log where it is: no checkpoint comes before the death
            assert reader.execute("SELECT count(*) FROM message").fetchone() == (0,)
            await house.keep(*(house.message(content=Content("x" * 1_000)) for _ in range(6_000)))
            for name in ("store.db", "store.db-wal"):
                shutil.copy(tmp_path / name, killed / name)
    path = killed / "store.db"
    assert in_the_file_alone(path, tmp_path) == 0
    async with opened(path) as house:
        await house.keep(house.message())
        async with asyncio.timeout(20):
            while (in_the_file_alone(path, tmp_path) or 0) < 6_000:
                await asyncio.sleep(0.05)
        await house.sound()
