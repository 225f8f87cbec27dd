"""Moving the write-ahead log into the database without making anybody wait.

SQLite would do it inside the unlucky COMMIT that passes a thousand pages. Here a thread of its own does it on a
connection of its own, passively: it never waits for a lock and never holds one that a reader or the writer needs.
But a log only begins again from its start when all of it is moved and nobody has written since, which never happens
under load. So when the log has grown long, the next group waits for one more checkpoint, which has little left to do.
A checkpoint that fails is repeated later; the log keeps everything until then.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import apsw

from heliograph.store.sqlite.opening import ALONE
from heliograph.store.sqlite.threads import HelperThread, to_the_end

ROWS = 10_000
PAGES = 1_024
"""Changed rows, or pages the file has grown by, between two checkpoints: about 4 MiB of log either way."""
LONG_LOG_PAGES = 16_384
"""64 MiB: from here on a group may be asked to wait some milliseconds so that the log begins anew."""
PAGE_BYTES = 4096
MOST_LOG_BYTES = 2 * LONG_LOG_PAGES * PAGE_BYTES
"""A log that grew longer, because somebody read for long, gives its room back when it begins anew."""

PASSIVE = "PRAGMA wal_checkpoint(PASSIVE)"


def be_durable(connection: apsw.Connection) -> None:
    """What this connection has written is on the disk before it says so; `fullfsync` is macOS's word for that."""
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")
    connection.execute("PRAGMA checkpoint_fullfsync = ON")


class Checkpoints:
    """Belongs to the loop's thread; the connection is used in the helper thread only."""

    def __init__(
        self, path: Path, *, rows: int = ROWS, pages: int = PAGES, long_log_pages: int = LONG_LOG_PAGES
    ) -> None:
        self._rows_between = rows
        self._pages_between = pages
        self._long_log_pages = long_log_pages
        self._connection = apsw.Connection(str(path), apsw.SQLITE_OPEN_READWRITE | ALONE)
        be_durable(self._connection)
        self._thread = HelperThread("store-checkpoint")
        self._running: asyncio.Future[None] | None = None
        self._rows = 0
        self._log_pages = self._pages = _pages_of(path.with_name(path.name + "-wal"))
        self.done = 0
        self.failed = 0

    def committed(self, rows: int, pages: int) -> None:
        """Count the rows a group changed and the pages it added; begin a checkpoint when it is time and none runs."""
        self._rows += rows
        self._pages += pages
        is_time = self._rows >= self._rows_between or self._pages >= self._pages_between
        if is_time and (self._running is None or self._running.done()):
            self._begin()

    async def before_group(self) -> None:
        """Nobody writes now: if the log is long, move the rest of it, so that it begins anew. While a checkpoint runs
        that can wait, until the log is twice as long."""
        if self._log_pages < self._long_log_pages:
            return
        if self._running is not None and not self._running.done():
            if self._log_pages + self._pages < 2 * self._long_log_pages:
                return
            await to_the_end(self._running)
        await to_the_end(self._begin())
        self._log_pages = 0

    async def close(self) -> None:
        """Wait for the one that runs."""
        if self._running is not None:
            await to_the_end(self._running)
        self._thread.close()
        self._connection.close()

    def _begin(self) -> asyncio.Future[None]:
        self._rows = self._pages = 0
        self._running = self._thread.run(self._checkpoint)
        return self._running

    def _checkpoint(self) -> None:
        try:
            _, pages, _ = self._connection.execute(PASSIVE).get
        except apsw.Error:
            self.failed += 1
            return
        self._log_pages = pages
        self.done += 1


def _pages_of(log: Path) -> int:
    """How long a log is that earlier lives have left: it counts as if this one had written it."""
    return log.stat().st_size // PAGE_BYTES if log.exists() else 0
