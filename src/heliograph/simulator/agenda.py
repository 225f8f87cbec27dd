"""What is due when, in buckets of a few milliseconds: everything of one bucket is done together, under one timer.

Moments are ms of the caller's monotonic clock. Nothing happens before its moment; it may wait for its bucket's end.
What is due at once goes into a bucket of its own that waits for nothing. `alarm` has the timer.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

BUCKET_MS = 10
_NOW = -1

T = TypeVar("T")


class Agenda(Generic[T]):
    """Buckets made by `make`, by moment."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._buckets: dict[int, T] = {}
        self._order: list[int] = []

    def at(self, moment: int, now: int) -> T:
        """The bucket for what is due at `moment`."""
        key = _NOW if moment <= now else -(-moment // BUCKET_MS)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = self._make()
            heapq.heappush(self._order, key)
        return bucket

    def take_due(self, now: int) -> list[T]:
        """Take out the buckets whose moment has come, earliest first."""
        due: list[T] = []
        while self._order and self._order[0] * BUCKET_MS <= now:
            due.append(self._buckets.pop(heapq.heappop(self._order)))
        return due

    def wait_ms(self, now: int) -> int | None:
        """How long until the next bucket; 0 when one is due, None when there is none."""
        if not self._order:
            return None
        return max(0, self._order[0] * BUCKET_MS - now)

    def __iter__(self) -> Iterator[T]:
        return iter(self._buckets.values())
