"""Copying a database file while a gateway writes to it: one moment's state, at a bounded pace, checked afterwards.

The copy is read in another process than the gateway's, page by page, within one read transaction. So it holds nobody
up and never begins anew, however much is written meanwhile; only the gateway's log cannot begin anew before the copy
is done and grows by what is written. What was confirmed before the copy began is in it.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import apsw

from heliograph.store import StoreError
from heliograph.store.sqlite import check
from heliograph.store.sqlite.database import Reader
from heliograph.store.sqlite.migrate import migrations, version
from heliograph.store.sqlite.tables import SKIP_IDS, draft_of, keep, see_store

STEP_PAGES = 128
"""Half a megabyte between two pauses."""
HOLD = "SELECT count(*) FROM sqlite_schema"
WHOLE = "PRAGMA integrity_check(5)"


class Copied(NamedTuple):
    """What a copy holds."""

    schema: int
    octets: int
    messages: int
    faults: list[str]
    """What `store check` says of it; [] also of an older schema, of which it can say nothing."""


async def back_up(path: Path, target: Path, *, octets_a_second: int) -> Copied:
    """Copy the store at `path` into the new file `target`, whole or not at all. Raises `StoreError`."""
    draft = draft_of(target)
    try:
        source, _ = see_store(path, is_older_welcome=True)
        with closing(source), closing(apsw.Connection(str(draft))) as copy:
            source.execute("BEGIN")
            source.execute(HOLD).fetchall()
            await _copy_pages(source, copy, octets_a_second)
        copied = seen(draft)
        keep(draft, target)
        return copied
    except apsw.Error as error:
        raise StoreError(f"cannot copy {path} to {target}: {error}; free disk or name another place") from error
    finally:
        draft.unlink(missing_ok=True)


async def _copy_pages(source: apsw.Connection, copy: apsw.Connection, octets_a_second: int) -> None:
    page_octets = int(source.execute("PRAGMA page_size").get)
    began, done = time.monotonic(), 0
    with copy.backup("main", source, "main") as backup:
        while not backup.done:
            backup.step(STEP_PAGES)
            done += STEP_PAGES * page_octets
            await asyncio.sleep(max(0.0, began + done / octets_a_second - time.monotonic()))


def seen(path: Path) -> Copied:
    """Look through a copy that nobody else uses, and make it one file. Raises `StoreError` if it is damaged."""
    with closing(apsw.Connection(str(path))) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")
        damage = [str(row[0]) for row in copy.execute(WHOLE)]
        if damage != ["ok"]:
            raise StoreError(f"{path} is damaged: {'; '.join(damage)}; nothing is kept of it")
        schema, newest = version(copy, migrations()), migrations()[-1][0]
        faults = check.faults(Reader(copy)) if schema == newest else []
        messages = int(copy.execute("SELECT count(*) FROM message").get)
    return Copied(schema, path.stat().st_size, messages, faults)


def put_back(backup: Path, path: Path, *, skip_ids: int, aside: str) -> Copied:
    """Make a copy of `backup` the store at `path`; what is there gets the name `aside`. Ids go on `skip_ids` higher.
    The caller has the lock. Raises `StoreError`."""
    draft = draft_of(path, replaces=True)
    try:
        with draft.open("wb") as copy, backup.open("rb") as kept:
            while octets := kept.read(1 << 20):
                copy.write(octets)
        copied = seen(draft)
        with closing(apsw.Connection(str(draft))) as database:
            database.execute(SKIP_IDS, (skip_ids,))
        _move_aside(path, aside)
        keep(draft, path)
        return copied
    except (apsw.Error, OSError) as error:
        raise StoreError(f"cannot write {path}: {error}; nothing is kept of it, free disk") from error
    finally:
        draft.unlink(missing_ok=True)


def _move_aside(path: Path, name: str) -> None:
    """Give a store, with its log, another name in the same folder."""
    for end in ("-wal", "-shm", ""):
        file = path.with_name(path.name + end)
        if file.exists():
            file.rename(path.with_name(name + end))
