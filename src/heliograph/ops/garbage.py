"""When Python's collector of cyclic garbage runs: in a quiet moment, never in the middle of traffic.

The message path makes no cycles that live (`core.endings` breaks the one there is), so counting references frees what
it uses. Left to itself the collector would walk through everything that waits, tens of thousands of objects at a time,
and hold the loop for up to 30 ms; that was the slowest hundredth of all answers. What connections and exceptions leave
in cycles can wait until nothing happens, and at most `LONGEST_S`.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOK_EVERY_S = 5.0
LEAST_S = 60.0
"""Between two collections."""
LONGEST_S = 900.0
"""After so long it runs although there is traffic: one pause of a fraction of a second."""
MOST_NEW = 1_000_000
"""So many objects more than at the last collection make it run although there is traffic, should some part of the
gateway leave rings after all."""


class QuietCollector:
    """`work_done` counts what grows with all work, such as rows written: while it stands still it is quiet."""

    def __init__(
        self,
        work_done: Callable[[], int],
        *,
        look_every_s: float = LOOK_EVERY_S,
        least_s: float = LEAST_S,
        longest_s: float = LONGEST_S,
        most_new: int = MOST_NEW,
    ) -> None:
        self._work_done = work_done
        self._look_every_s = look_every_s
        self._least_s = least_s
        self._longest_s = longest_s
        self._most_new = most_new
        self._seen = -1
        self._timer: asyncio.TimerHandle | None = None
        self._collected_at = 0.0
        self.collections = 0

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Nothing is collected until `start`: what is made meanwhile is made to stay. After it all is as it was."""
        gc.disable()
        try:
            yield
        finally:
            self.stop()

    def start(self) -> None:
        """From now on nothing is collected but here; what is alive now is taken to live for good. So are the few
        hundred objects that are garbage by now: to find them takes longer than a start should."""
        gc.freeze()
        gc.disable()
        self._collected_at = asyncio.get_running_loop().time()
        self._look_later()

    def stop(self) -> None:
        """Leave the collector to itself again."""
        if self._timer is not None:
            self._timer.cancel()
        gc.unfreeze()
        gc.enable()

    def _look_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._look_every_s, self._look)

    def _look(self) -> None:
        done = self._work_done()
        is_quiet, self._seen = done == self._seen, done
        self._look_later()
        now = asyncio.get_running_loop().time()
        waited = now - self._collected_at
        is_due = waited >= self._longest_s or gc.get_count()[0] >= self._most_new
        if is_due or (is_quiet and waited >= self._least_s):
            self._collected_at = now
            gc.collect()
            self.collections += 1
