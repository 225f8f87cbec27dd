"""Who may use the writer: one task at a time, in the order in which they asked."""

from __future__ import annotations

import asyncio


class Turn:
    """A lock that its holder may take again: so a task can wait for its turn, choose, and then open a group."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._holder: asyncio.Task[object] | None = None
        self._depth = 0

    async def __aenter__(self) -> None:
        task = asyncio.current_task()
        if self._holder is not task or task is None:
            await self._lock.acquire()
            self._holder = task
        self._depth += 1

    async def __aexit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._holder = None
            self._lock.release()
