"""A full disk, a commit that fails, a database that somebody else holds: nothing half, and afterwards all is well."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import closing

import apsw
import pytest

from heliograph.model.account import Sender
from heliograph.ports import StoreFailure
from heliograph.store.sqlite import SqliteStore
from store.samples import FENCE, NOW, OPENING, PRICE
from store.sqlite.opening import ask, failing, opened
from store.sqlite.test_crash import TESTS


async def goes_on(house):
    """The store works: a group is taken and money adds up."""
    await house.store.probe()
    message = house.message(price=PRICE)
    await house.keep(message)
    assert (await house.stored(message.id)).price == PRICE
    await house.sound()


# -- the disk is full -----------------------------------------------------------------------------------------------


def filled(folder, how, *before):
    """What the program of `fill` says."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "store.sqlite.fill", str(folder), how],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_nothing_was_lost(result):
    assert result["taken"] > 3
    assert result["refused"] == 20
    assert result["seen_while_full"] == result["taken"], "reading goes on"
    assert result["stored"] == result["taken"] + result["refused"]
    assert result["waiting"] == 20 * (result["taken"] + result["refused"])
    assert result["faults"] == result["faults_after"] == []


def test_R4_a_quota_that_is_used_up_refuses_whole_groups_and_loses_none(tmp_path):
    result = filled(tmp_path, "quota")
    assert_nothing_was_lost(result)
    assert result["words"] == ["cannot write: disk I/O error"]


def test_R4_a_full_disk_refuses_whole_groups_and_loses_none(tmp_path):
    """On a real file system of eight megabytes, in a name space of its own."""
    own = ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*own, "true"], capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a small file system; the quota has been tested")
    mounted = 'mount -t tmpfs -o size=8m none "$0" && exec "$@"'
    result = filled(tmp_path, "disk", *own, "sh", "-c", mounted, str(tmp_path))
    assert_nothing_was_lost(result)
    assert "cannot write: database or disk is full" in result["words"]


class Small(apsw.Connection):
    """Its database may have only so many pages."""

    last = None

    def __init__(self, *how, **more):
        super().__init__(*how, **more)
        Small.last = self


@pytest.mark.parametrize("in_memory", [False, True])
async def test_R4_a_full_database_takes_again_what_it_refused(tmp_path, in_memory):
    async with opened(None if in_memory else tmp_path / "store.db", connect=Small) as house:
        known = house.message(price=PRICE)
        await house.keep(known)
        ((pages,),) = Small.last.execute("PRAGMA page_count").fetchall()
        Small.last.execute(f"PRAGMA max_page_count = {pages + 3}")
        group = [house.message(price=PRICE) for _ in range(200)]
        for _ in range(3):
            with pytest.raises(StoreFailure, match="full"):
                await house.store.write(group, FENCE, NOW)
        assert await house.stored(group[0].id) is None
        assert (await house.stored(known.id)).id == known.id
        assert await house.balance() == OPENING - PRICE
        Small.last.execute("PRAGMA max_page_count = 1000000")
        await house.keep(*group)
        assert await house.balance() == OPENING - 201 * PRICE
        await goes_on(house)


# -- commits that fail ----------------------------------------------------------------------------------------------


def stubborn(error):
    """A connection class whose COMMIT fails while `now` is true and leaves the transaction open, as a lock would."""

    class Stubborn(apsw.Connection):
        now = False

        def execute(self, sql, *values):
            if Stubborn.now and sql == "COMMIT":
                raise error
            return super().execute(sql, *values)

    return Stubborn


ERRORS = [
    apsw.IOError("disk I/O error"),
    apsw.FullError("database or disk is full"),
    apsw.InternalError("unknown"),
    apsw.CorruptError("database disk image is malformed"),
    MemoryError(),
]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize("make", [lambda error: failing(error=error), stubborn], ids=["rolled back", "left open"])
async def test_R4_a_commit_that_fails_leaves_nothing_and_the_next_one_works(tmp_path, make, error):
    connect = make(error)
    async with opened(tmp_path / "store.db", connect=connect) as house:
        group = [house.message(price=PRICE) for _ in range(10)]
        connect.now = True
        for _ in range(3):
            with pytest.raises(StoreFailure, match="cannot write"):
                await house.store.write(group, FENCE, NOW)
            with pytest.raises(StoreFailure):
                await house.store.probe()
            with pytest.raises(StoreFailure):
                await house.store.change_directory([Sender(0, 1, "Shop")], "test", NOW)
        assert await house.store.messages([one.id for one in group], None) == []
        assert await house.balance() == OPENING
        assert (await house.store.directory()).senders == []
        connect.now = False
        await house.store.probe()
        await house.keep(*group)
        assert await house.balance() == OPENING - 10 * PRICE
        await goes_on(house)


@pytest.mark.parametrize("statement", ["BEGIN", "INSERT INTO ledger", "UPDATE purse"])
async def test_R4_a_failure_anywhere_in_a_group_leaves_nothing(tmp_path, statement):
    class Failing(apsw.Connection):
        now = False

        def check(self, sql):
            if Failing.now and " ".join(sql.split()).startswith(statement):
                raise apsw.IOError("disk I/O error")

        def execute(self, sql, *values):
            self.check(sql)
            return super().execute(sql, *values)

        def executemany(self, sql, *values):
            self.check(sql)
            return super().executemany(sql, *values)

    async with opened(tmp_path / "store.db", connect=Failing) as house:
        group = [house.message(price=PRICE), house.incoming(), house.parked("x")]
        Failing.now = True
        with pytest.raises(StoreFailure):
            await house.store.write(group, FENCE, NOW)
        Failing.now = False
        assert await house.store.parked([("carrier", "x")]) == []
        await house.keep(*group)
        await goes_on(house)


async def test_ids_given_while_the_store_fails_are_never_given_again(tmp_path):
    connect = failing()
    path = tmp_path / "store.db"
    async with opened(path, connect=connect) as house:
        connect.now = True
        given = []
        while (first := house.store.take_ids(1_000)) is not None:
            given.append(first)
            with pytest.raises(StoreFailure):
                await house.store.write([house.message(id=first)], FENCE, NOW)
        assert len(given) > 30
        await asyncio.sleep(0.05)
        assert house.store.take_ids(1_000) is None
        while (last := house.store.take_ids(1)) is not None:
            newest = last
        ((free,),) = ask(path, "SELECT value FROM counter WHERE name = 'message'")
        assert newest < free, "a number is given only when it is durable that it may have been"
        connect.now = False
        await house.store.probe()
        assert house.store.take_ids(1_000) >= given[-1] + 1_000
        connect.now = True
        last = house.store.take_ids(1_000)
    connect.now = False
    async with opened(path) as house:
        assert house.store.take_ids(1) >= last + 1_000
        await goes_on(house)


async def test_a_group_that_is_cancelled_during_its_commit_is_committed_first(tmp_path):
    """Nobody may use the connection before; the next group finds it free."""
    inside, go_on = threading.Event(), threading.Event()

    class Slow(apsw.Connection):
        now = False

        def execute(self, sql, *values):
            if Slow.now and sql == "COMMIT":
                inside.set()
                assert go_on.wait(20)
            return super().execute(sql, *values)

    async with opened(tmp_path / "store.db", connect=Slow) as house:
        first, second = house.message(price=PRICE), house.message(price=PRICE)
        Slow.now = True
        writing = asyncio.create_task(house.store.write([first], FENCE, NOW))
        await asyncio.to_thread(inside.wait, 20)
        waiting = asyncio.create_task(house.store.write([second], FENCE, NOW))
        writing.cancel()
        await asyncio.sleep(0.02)
        assert not writing.done()
        assert not waiting.done()
        Slow.now = False
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert not await waiting
        assert (await house.stored(first.id)).id == first.id
        assert (await house.stored(second.id)).id == second.id
        await goes_on(house)


async def test_reading_goes_on_while_a_commit_takes_long(tmp_path):
    """Readers see what was durable before (decisions.md 6)."""
    inside, go_on = threading.Event(), threading.Event()

    class Slow(apsw.Connection):
        now = False

        def execute(self, sql, *values):
            if Slow.now and sql == "COMMIT":
                inside.set()
                assert go_on.wait(20)
            return super().execute(sql, *values)

    async with opened(tmp_path / "store.db", connect=Slow) as house:
        before, during = house.message(), house.message()
        await house.keep(before)
        Slow.now = True
        writing = asyncio.create_task(house.store.write([during], FENCE, NOW))
        await asyncio.to_thread(inside.wait, 20)
        found = await house.store.messages([before.id, during.id], None)
        go_on.set()
        await writing
        assert [message.id for message in found] == [before.id]
        assert len(await house.store.messages([before.id, during.id], None)) == 2


# -- somebody else holds the database -------------------------------------------------------------------------------


async def test_R5_a_database_that_somebody_else_holds_fails_at_once_and_works_afterwards(tmp_path):
    """Waiting for the lock would stop the loop; the journal comes again."""
    path = tmp_path / "store.db"
    async with opened(path) as house:
        message = house.message(price=PRICE)
        with closing(apsw.Connection(str(path))) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreFailure, match="cannot write: database is locked"):
                await house.store.write([message], FENCE, NOW)
            with pytest.raises(StoreFailure):
                await house.store.probe()
            assert await house.balance() == OPENING, "reading goes on"
            other.execute("ROLLBACK")
        await house.keep(message)
        await goes_on(house)


async def test_R5_a_store_that_somebody_else_holds_does_not_open(tmp_path):
    path = tmp_path / "store.db"
    async with opened(path):
        pass
    with closing(apsw.Connection(str(path))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreFailure, match="see that nobody else uses the file"):
            await SqliteStore(path).open()
        other.execute("ROLLBACK")
    async with opened(path) as house:
        await goes_on(house)


async def test_R24_times_that_go_backwards_and_far_ahead_are_written_as_they_are(tmp_path):
    async with opened(tmp_path / "store.db") as house:
        for at in (NOW, NOW - 86_400_000, NOW + 3_600_000, 0, NOW):
            await house.keep(house.message(price=PRICE, accepted_at=at, expires_at=at + 1), at=at)
        assert [entry.at for _, entry in await house.store.entries(1, 0, 5)] == [
            NOW,
            0,
            NOW + 3_600_000,
            NOW - 86_400_000,
            NOW,
        ]
        assert len(await house.store.overdue(NOW, 10)) == 2
        assert ask(tmp_path / "store.db", "SELECT count(*) FROM message") == [(5,)]
        await house.sound()
