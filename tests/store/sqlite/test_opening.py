"""What is opened, what is refused and why; a refused file is as it was."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import textwrap
from contextlib import closing

import apsw
import pytest

from heliograph.ports import StoreFailure
from heliograph.store import StoreError, StoreInUse
from heliograph.store.sqlite import SqliteStore
from heliograph.store.sqlite.migrate import migrate, migrations
from store.samples import NOW
from store.sqlite.opening import ask, failing, opened


async def refused(path, match):
    """Opening fails with these words and changes nothing; the lock is free again."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError, match=match) as raised:
        await SqliteStore(path).open()
    assert path.is_dir() or (path.read_bytes() if path.is_file() else None) == before
    with pytest.raises(StoreError) as again:
        await SqliteStore(path).open()
    assert not isinstance(again.value, StoreInUse)
    return raised.value


async def made(path):
    """A closed store with a message in it; its id."""
    async with opened(path) as house:
        message = house.message()
        await house.keep(message)
    return message.id


# -- one process ----------------------------------------------------------------------------------------------------

HOLDER = """
    import asyncio, sys
    from pathlib import Path
    from heliograph.store.sqlite import SqliteStore
    async def main():
        store = SqliteStore(Path(sys.argv[1]))
        await store.open()
        print("open", flush=True)
        sys.stdin.read()
        await store.close()
    asyncio.run(main())
"""


def run(script, *words, **how):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, words)], stdout=subprocess.PIPE, text=True, **how
    )


async def test_a_second_process_is_told_the_pid_of_the_first(tmp_path):
    path = tmp_path / "store.db"
    with run(HOLDER, path, stdin=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreInUse, match=f"in use by the process with pid {holder.pid}") as raised:
            await SqliteStore(path).open()
        assert raised.value.pid == holder.pid
        holder.stdin.close()
        assert holder.wait(20) == 0
    async with opened(path):
        pass


async def test_a_killed_process_leaves_no_lock(tmp_path):
    path = tmp_path / "store.db"
    with run(HOLDER, path, stdin=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == "open\n"
        holder.kill()
    async with opened(path) as house:
        await house.sound()


async def test_the_same_process_cannot_open_it_twice_either(tmp_path):
    async with opened(tmp_path / "store.db") as house:
        with pytest.raises(StoreInUse) as raised:
            await SqliteStore(tmp_path / "store.db").open()
        assert raised.value.pid == os.getpid()
        await house.keep(house.message())


async def test_an_unwritten_pid_does_not_hide_that_the_store_is_in_use(tmp_path):
    """A full disk may keep the holder from writing its number."""
    async with opened(tmp_path / "store.db"):
        (tmp_path / "store.db.lock").write_bytes(b"")
        with pytest.raises(StoreInUse, match="another process") as raised:
            await SqliteStore(tmp_path / "store.db").open()
        assert raised.value.pid is None


async def test_other_stores_of_the_same_folder_are_free(tmp_path):
    async with opened(tmp_path / "one.db"), opened(tmp_path / "two.db") as house:
        await house.sound()


# -- files that are none of ours, or broken -------------------------------------------------------------------------


async def test_a_folder_that_is_not_there_is_named(tmp_path):
    await refused(tmp_path / "missing" / "store.db", "there is no folder .*missing; create it")


async def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    await refused(tmp_path / "file" / "store.db", "cannot write in .*file")


async def test_a_path_that_is_a_folder_is_refused(tmp_path):
    (tmp_path / "store.db").mkdir()
    await refused(tmp_path / "store.db", "store.db")


async def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "store.db"
    path.write_bytes(b"These are not the bytes you are looking for. " * 400)
    await refused(path, "not a database; restore a backup")


async def test_a_file_too_short_to_be_a_database_is_refused(tmp_path):
    path = tmp_path / "store.db"
    path.write_bytes(b"SQLite format 3\0")
    await refused(path, "restore a backup")


async def test_a_database_of_another_program_is_refused(tmp_path):
    path = tmp_path / "store.db"
    with closing(apsw.Connection(str(path))) as database:
        database.execute("CREATE TABLE moz_places (id INTEGER PRIMARY KEY)")
    await refused(path, "another program; name another file")


async def test_a_store_whose_header_is_damaged_is_refused(tmp_path):
    path = tmp_path / "store.db"
    await made(path)
    content = bytearray(path.read_bytes())
    content[:16] = os.urandom(16)
    path.write_bytes(content)
    await refused(path, "restore a backup")


async def test_a_store_whose_schema_is_damaged_is_refused(tmp_path):
    path = tmp_path / "store.db"
    await made(path)
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xa5" * 3996
    path.write_bytes(content)
    await refused(path, "malformed; restore a backup")


@pytest.mark.parametrize("lost", [1, 100, 4_096, 20_000])
async def test_R6_a_copy_that_broke_off_is_refused(tmp_path, lost):
    path = tmp_path / "store.db"
    await made(path)
    size = path.stat().st_size
    os.truncate(path, size - lost)
    await refused(path, f"cut off: it has {size - lost} of {size} bytes; restore a backup")


async def test_damage_in_the_middle_is_found_by_the_check(tmp_path):
    path = tmp_path / "store.db"
    await made(path)
    content = bytearray(path.read_bytes())
    page = ask(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'message'")[0][0]
    content[(page - 1) * 4_096 : page * 4_096] = b"\x99" * 4_096
    path.write_bytes(content)
    async with opened(path) as house:
        faults = await house.store.check()
        assert faults
        assert all(fault.startswith("the file is damaged: ") for fault in faults)
        with pytest.raises(StoreFailure, match="cannot read"):
            await house.store.messages([100_000_001], None)


async def test_an_empty_file_becomes_a_store(tmp_path):
    (tmp_path / "store.db").touch()
    async with opened(tmp_path / "store.db") as house:
        await house.sound()


async def test_only_its_owner_can_read_a_store(tmp_path):
    before = os.umask(0)
    try:
        async with opened(tmp_path / "store.db") as house:
            await house.keep(house.message())
            files = sorted(path.name for path in tmp_path.iterdir())
            assert files == ["store.db", "store.db-shm", "store.db-wal", "store.db.lock"]
            for path in tmp_path.iterdir():
                assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    finally:
        os.umask(before)


async def test_a_closed_store_is_one_file_and_no_log(tmp_path):
    await made(tmp_path / "store.db")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store.db", "store.db.lock"]


async def test_a_file_system_without_a_log_is_refused(tmp_path):
    class WithoutLog(apsw.Connection):
        def execute(self, sql, *values):
            return super().execute(sql.replace("journal_mode = WAL", "journal_mode = DELETE"), *values)

    with pytest.raises(StoreError, match="cannot carry a write-ahead log; choose a local disk"):
        await SqliteStore(tmp_path / "store.db", connect=WithoutLog).open()


async def test_a_store_that_cannot_be_written_does_not_open(tmp_path):
    path = tmp_path / "store.db"
    await made(path)
    fails = failing()
    fails.now = True
    with pytest.raises(StoreError, match="disk I/O error; free disk"):
        await SqliteStore(path, connect=fails).open()
    async with opened(path) as house:
        await house.sound()


async def test_what_is_not_open_says_so(tmp_path):
    store = SqliteStore(tmp_path / "store.db")
    for call in (store.write([], (1, 1), NOW), store.purses(), store.probe(), store.waiting()):
        with pytest.raises(StoreFailure, match="not open"):
            await call


# -- migrations -----------------------------------------------------------------------------------------------------

NEXT = migrations()[-1][0] + 1
SECOND = (
    NEXT,
    "-- a note; with a semicolon\nALTER TABLE account ADD COLUMN note TEXT NOT NULL DEFAULT 'none';\n"
    "CREATE INDEX account_note ON account (note);\n-- the end\n",
)


async def test_an_older_schema_is_brought_up_with_everything_in_it(tmp_path):
    path = tmp_path / "store.db"
    message_id = await made(path)
    with closing(apsw.Connection(str(path))) as database:
        assert migrate(database, (*migrations(), SECOND)) == NEXT
        assert migrate(database, (*migrations(), SECOND)) == NEXT
    assert ask(path, "SELECT note FROM account ORDER BY id") == [("none",), ("none",)]
    assert ask(path, "SELECT id FROM message") == [(message_id,)]
    assert ask(path, "SELECT version FROM schema_version ORDER BY version")[-1] == (NEXT,)


async def test_a_newer_schema_is_refused(tmp_path):
    path = tmp_path / "store.db"
    await made(path)
    with closing(apsw.Connection(str(path))) as database:
        migrate(database, (*migrations(), SECOND))
    await refused(path, f"schema {NEXT}, this program knows up to {NEXT - 1}; run the newer program")


@pytest.mark.parametrize(
    "last", ["CREATE TABLE account (id INTEGER);", "nonsense", "INSERT INTO account VALUES (1);"], ids=str
)
async def test_a_migration_that_fails_changes_nothing(tmp_path, last):
    path = tmp_path / "store.db"
    await made(path)
    before = ask(path, "SELECT * FROM sqlite_schema ORDER BY name")
    with closing(apsw.Connection(str(path))) as database:
        with pytest.raises(StoreError, match=f"migration {NEXT} failed and changed nothing"):
            migrate(database, (*migrations(), (NEXT, SECOND[1] + last)))
        assert not database.in_transaction
    assert ask(path, "SELECT * FROM sqlite_schema ORDER BY name") == before
    async with opened(path) as house:
        await house.sound()


async def test_a_last_statement_without_its_semicolon_is_not_forgotten(tmp_path):
    with closing(apsw.Connection(str(tmp_path / "x.db"))) as database:
        migrate(database, ((1, "CREATE TABLE a (x);\nCREATE TABLE b (y)\n-- that is all\n"),))
        assert {name for (name,) in database.execute("SELECT name FROM sqlite_schema")} >= {"a", "b"}


@pytest.mark.parametrize(
    "spoil",
    [
        "DROP TABLE notice",
        "DROP INDEX message_fresh",
        "DELETE FROM schema_version",
        "INSERT INTO schema_version VALUES (0)",
    ],
)
async def test_a_half_migrated_store_is_refused(tmp_path, spoil):
    path = tmp_path / "store.db"
    await made(path)
    ask(path, spoil)
    await refused(path, "half migrated")


async def test_migrations_are_numbered_without_a_gap():
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


async def test_two_that_open_at_the_same_moment_get_one_store(tmp_path):
    path = tmp_path / "store.db"
    with (
        run(HOLDER, path, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as one,
        run(HOLDER, path, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as two,
    ):
        heard = await asyncio.gather(*(asyncio.to_thread(process.stdout.readline) for process in (one, two)))
        assert sorted(heard) == ["", "open\n"]
        loser = (one, two)[heard.index("")]
        assert "StoreInUse" in loser.stderr.read()
        for process in (one, two):
            process.stdin.close()
