"""A thread that does for the loop what would hold it up, one thing at a time, and waiting for it to its end.

`concurrent.futures` does more and costs ten times as much for each commit, of which there are hundreds a second.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

Work = Callable[[], object]


class HelperThread:
    """Started at once. `run` and `close` belong to the loop's thread."""

    def __init__(self, name: str) -> None:
        self._asked: SimpleQueue[tuple[Work, asyncio.Future[None]] | None] = SimpleQueue()
        self._thread = Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Work) -> asyncio.Future[None]:
        """Done when `work` has returned; what it raised is the future's exception. Await it by `to_the_end`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked.put((work, future))
        return future

    def close(self) -> None:
        """Finish what was asked and end."""
        self._asked.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while (asked := self._asked.get()) is not None:
            work, future = asked
            error: BaseException | None = None
            try:
                work()
            except BaseException as raised:
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                future.get_loop().call_soon_threadsafe(_settle, future, error)
            del asked, work, future, error


def _settle(future: asyncio.Future[None], error: BaseException | None) -> None:
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


async def to_the_end(work: asyncio.Future[None]) -> None:
    """Await `work` to its end even when cancelled meanwhile: until then its connection is not free."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        waiter: asyncio.Future[None] = work.get_loop().create_future()

        def wake(_: asyncio.Future[None], waiter: asyncio.Future[None] = waiter) -> None:
            if not waiter.done():
                waiter.set_result(None)

        work.add_done_callback(wake)
        try:
            await waiter
        except asyncio.CancelledError as error:
            cancelled = error
    failed = work.exception()
    if cancelled is not None:
        raise cancelled
    if failed is not None:
        raise failed
