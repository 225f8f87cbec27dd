"""Looking at a database file before anything may write to it: is it there, whole, ours and not newer than we are?

What is found wrong is a `StoreError` that names the remedy, and the file is as it was. A file that is not there is
made, empty and for its owner only: it will hold what customers write.
"""

from __future__ import annotations

import os
from pathlib import Path

import apsw

from heliograph.store import StoreError
from heliograph.store.sqlite.migrate import Migration, version

STATEMENTS = 256
"""Prepared statements a connection keeps; we have fewer."""
ALONE = apsw.SQLITE_OPEN_NOMUTEX
"""Each connection of ours is used by one thread at a time, so SQLite need not lock it: a tenth of its work."""
HEADER_BYTES = 100
LEAST_CACHE_KIB = 2 * 1024


def look(path: Path, scripts: tuple[Migration, ...]) -> None:
    """Return if `scripts` may be applied to the file; `StoreError`, or `apsw.Error` for what SQLite cannot read."""
    if not path.exists() or not path.stat().st_size:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return
    _see_that_it_is_whole(path)
    looking = reading(path, LEAST_CACHE_KIB)
    try:
        version(looking, scripts)
    finally:
        looking.close()


def reading(path: Path, cache_kib: int) -> apsw.Connection:
    """A connection that cannot write."""
    connection = apsw.Connection(str(path), apsw.SQLITE_OPEN_READONLY | ALONE, statementcachesize=STATEMENTS)
    connection.execute(f"PRAGMA cache_size = -{cache_kib:d}")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _see_that_it_is_whole(path: Path) -> None:
    """A copy that broke off would be found damaged when its lost pages are wanted: too late, so count them now.

    Only while there is no log: what the log holds need not be in the file yet.
    """
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        return
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
    page_bytes = int.from_bytes(header[16:18], "big")
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    pages, size = int.from_bytes(header[28:32], "big"), path.stat().st_size
    if header[24:28] == header[92:96] and size < pages * page_bytes:
        raise StoreError(
            f"{path} is cut off: it has {size} of {pages * page_bytes} bytes; restore a backup, or copy it again"
        )
