"""What the SQLite tests share: a furnished file, a connection that can be made to fail, a look from outside."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, closing

import apsw

from heliograph.store.sqlite import SqliteStore
from store.samples import House, furnished


@asynccontextmanager
async def opened(path, **how):
    """A house on a SQLite file, or in memory (None); furnished if it is new."""
    store = SqliteStore(path, **how)
    await store.open()
    try:
        yield House(store) if await store.purses() else await furnished(store)
    finally:
        await store.close()


def ask(path, sql, *values):
    """What a connection of somebody else's sees."""
    with closing(apsw.Connection(str(path))) as database:
        return database.execute(sql, values).fetchall()


async def moved(path, mode, *, patience_s=20):
    """`(pages in the log, pages moved)` by a checkpoint of somebody else's. The store makes checkpoints of its own on a
    thread, and SQLite allows one at a time: while that one runs, ours is told `busy` and asks again."""
    deadline = time.monotonic() + patience_s
    while True:
        ((busy, pages, done),) = ask(path, f"PRAGMA wal_checkpoint({mode})")
        if not busy:
            return pages, done
        assert time.monotonic() < deadline, f"busy for {patience_s} s"
        await asyncio.sleep(0.01)


def failing(*, on="COMMIT", error=None):
    """A connection class whose statements that begin with `on` fail while `fails.now` is true, after the database has
    really failed: nothing of the group is in the file."""

    class fails(apsw.Connection):
        now = False
        seen = 0

        def execute(self, sql, *values):
            if fails.now and sql.lstrip().upper().startswith(on):
                fails.seen += 1
                if self.in_transaction:
                    super().execute("ROLLBACK")
                raise error or apsw.IOError("disk I/O error")
            return super().execute(sql, *values)

    return fails
