"""Killed at any moment, a group is there whole or not at all; what was confirmed is there; money adds up (P1, P6)."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from heliograph.model.message import State
from store.samples import OPENING, PRICE, PURSE
from store.sqlite.opening import ask, opened
from store.sqlite.writer import LARGE, SMALL

TESTS = Path(__file__).parents[2]


def start(path, *words):
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])}
    return subprocess.Popen(
        [sys.executable, "-m", "store.sqlite.writer", str(path), *words], stdout=subprocess.PIPE, env=environ
    )


def heard(process):
    """The groups it confirmed before it died, with their sizes."""
    lines = process.stdout.read().split(b"\n")
    process.wait(20)
    return {int(number): int(size) for number, size in (line.split() for line in lines if b" " in line)}


async def look(path, confirmed, first_id=0):
    """Everything confirmed is there; of what was not, all or nothing. The highest id in use."""
    async with opened(path) as house:
        await house.sound()
        created = dict(
            ask(path, "SELECT request_id, count(*) FROM message WHERE id >= ? GROUP BY request_id", first_id)
        )
        ended = dict(
            ask(
                path,
                "SELECT request_id, count(*) FROM message WHERE id >= ? AND state = ? AND refunded > 0 "
                "GROUP BY request_id",
                first_id,
                int(State.REJECTED),
            )
        )
        notified = dict(
            ask(
                path,
                "SELECT request_id, count(*) FROM notice JOIN message ON message.id = message_id "
                "WHERE message.id >= ? GROUP BY request_id",
                first_id,
            )
        )
        written = set(created) | {number + 1 for number in ended}
        assert notified == ended
        assert set(confirmed) <= written
        assert len(written - set(confirmed)) <= 1, "only the group under way may be unconfirmed"
        for number, count in [*created.items(), *((one + 1, count) for one, count in ended.items())]:
            assert count == confirmed.get(number, count)
            assert count in (SMALL, LARGE)
        ((total, back),) = ask(path, "SELECT count(*), coalesce(sum(refunded), 0) FROM message")
        assert await house.balance(PURSE) == OPENING - total * PRICE + back
        ((newest,),) = ask(path, "SELECT coalesce(max(id), 0) FROM message")
        assert house.store.take_ids(1) > newest
        return newest


async def test_R1_killed_at_random_moments_nothing_confirmed_is_lost(tmp_path):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    path = tmp_path / "store.db"
    newest = groups = 0
    for _ in range(8):
        with start(path) as process:
            assert process.stdout.readline() == b"open\n"
            time.sleep(chance.random() * 0.15)
            process.kill()
            confirmed = heard(process)
        groups += len(confirmed)
        newest = await look(path, confirmed, newest + 1)
    assert groups > 20


async def test_R2_killed_before_the_commit_the_group_is_not_there(tmp_path):
    path = tmp_path / "store.db"
    with start(path, "before") as process:
        confirmed = heard(process)
    assert sorted(confirmed) == [2, 3, 4, 5]
    await look(path, confirmed)
    assert ask(path, "SELECT count(*) FROM message") == [(2 * SMALL,)]


async def test_R2_killed_after_the_commit_the_group_is_there_although_nobody_was_told(tmp_path):
    path = tmp_path / "store.db"
    with start(path, "after") as process:
        confirmed = heard(process)
    assert sorted(confirmed) == [2, 3, 4, 5]
    await look(path, confirmed)
    assert ask(path, "SELECT count(*) FROM message") == [(2 * SMALL + LARGE,)]


@pytest.mark.parametrize("delay_ms", [0, 1, 2, 4, 8, 16])
async def test_R2_killed_in_the_commit_the_group_is_whole_or_not_at_all(tmp_path, delay_ms):
    path = tmp_path / "store.db"
    with start(path, "in", str(delay_ms)) as process:
        confirmed = heard(process)
    await look(path, confirmed)
    assert ask(path, "SELECT count(*) FROM message")[0][0] in (2 * SMALL, 2 * SMALL + LARGE, 2 * SMALL + 2 * LARGE)


async def logged(tmp_path, groups=12):
    """Copies of the file and of its log, taken while the store was open; the first id of each group."""
    path = tmp_path / "store.db"
    async with opened(path) as house:
        firsts = []
        for number in range(groups):
            group = [house.message(request_id=number, price=PRICE) for _ in range(5)]
            await house.keep(*group)
            firsts.append(group[0].id)
        copy = tmp_path / "copy"
        copy.mkdir()
        for name in ("store.db", "store.db-wal"):
            shutil.copy(tmp_path / name, copy / name)
    return copy, firsts


def of(folder, name, tmp_path):
    """Another copy, to be spoiled and opened."""
    target = tmp_path / name
    shutil.copytree(folder, target)
    return target / "store.db", target / "store.db-wal"


async def survivors(path):
    """How many groups are there: a prefix of what was written, each whole."""
    async with opened(path) as house:
        await house.sound()
        counts = dict(ask(path, "SELECT request_id, count(*) FROM message GROUP BY request_id ORDER BY request_id"))
        assert list(counts) == list(range(len(counts)))
        assert set(counts.values()) <= {5}
        assert await house.balance() == OPENING - 5 * len(counts) * PRICE
        await house.keep(house.message(request_id=0))
    return len(counts)


async def test_R6_a_torn_tail_of_the_log_costs_only_its_last_groups(tmp_path):
    copy, firsts = await logged(tmp_path)
    size = (copy / "store.db-wal").stat().st_size
    many = size // 5  # the log begins with the schema
    kept = {}
    for lost in (0, 1, 24, 100, 4_095, 4_096, 4_120, 20_000, many):
        path, log = of(copy, f"lost-{lost}", tmp_path)
        os.truncate(log, size - lost)
        kept[lost] = await survivors(path)
    assert kept[0] == len(firsts)
    assert kept[1] == len(firsts) - 1
    assert list(kept.values()) == sorted(kept.values(), reverse=True)
    assert 0 < kept[many] < len(firsts)


async def test_R6_garbage_in_the_tail_of_the_log_is_not_believed(tmp_path):
    copy, firsts = await logged(tmp_path)
    content = (copy / "store.db-wal").read_bytes()
    chance = random.Random(3)
    for number in range(6):
        path, log = of(copy, f"garbled-{number}", tmp_path)
        at = len(content) - 1 - chance.randrange(12_000)
        log.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        assert len(firsts) - 4 <= await survivors(path) < len(firsts)


async def test_R6_a_checkpoint_that_was_cut_short_is_finished_from_the_log(tmp_path):
    """It had written the first page, which says how long the file is to be, and nothing else."""
    copy, firsts = await logged(tmp_path)
    path, _ = of(copy, "cut-short", tmp_path)
    content = bytearray(path.read_bytes())
    content[28:32] = (len(content) // 4_096 + 50).to_bytes(4, "big")
    path.write_bytes(content)
    assert await survivors(path) == len(firsts)


async def test_R3_the_log_alone_brings_back_what_the_file_has_not_got(tmp_path):
    """A snapshot of the disk without the shared memory beside it, as after a power cut."""
    copy, firsts = await logged(tmp_path)
    path, _ = of(copy, "snapshot", tmp_path)
    assert not path.with_name("store.db-shm").exists()
    assert await survivors(path) == len(firsts)


async def test_R3_a_snapshot_taken_after_a_group_was_confirmed_has_it(tmp_path):
    path = tmp_path / "store.db"
    async with opened(path) as house:
        for number in range(8):
            await house.keep(*(house.message(request_id=number, price=PRICE) for _ in range(5)))
            snapshot = tmp_path / f"snapshot-{number}"
            snapshot.mkdir()
            for name in ("store.db", "store.db-wal"):
                shutil.copy(tmp_path / name, snapshot / name)
    for number in range(8):
        assert await survivors(tmp_path / f"snapshot-{number}" / "store.db") == number + 1
