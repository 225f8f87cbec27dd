"""What a node's memory takes over from the others: the directory, the money, what waits, everybody's share of a rate.

The store is the truth and memory a hint: what is stale here for a moment is decided there. Polled after each look,
once a second (decisions.md 8).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from heliograph.core.backlog import Backlog
from heliograph.core.directory import Directory
from heliograph.core.guards import Duplicates
from heliograph.core.journal import Journal
from heliograph.core.purses import Purses
from heliograph.model.node import Standing
from heliograph.ports import Store

MANY_PURSES: Final = 2_000
"""Of more than these a fifth of the looks asks."""
WAITING_EVERY: Final = 10
COUNTED_S: Final = 60.0
"""What waits is asked for so long after the others have gone: what was last heard of them may have left by then."""
LONGEST_WINDOW_S: Final = 3_600.0
"""Of a duplicate rule."""


class Sharing:
    """Jobs of `Node`. `shares` are told how many nodes grant a rate together."""

    def __init__(
        self,
        *,
        store: Store,
        directory: Directory,
        purses: Purses,
        backlog: Backlog,
        journal: Journal,
        shares: list[Callable[[int], None]],
        duplicates: Duplicates,
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._directory = directory
        self._purses = purses
        self._backlog = backlog
        self._journal = journal
        self._shares = shares
        self._duplicates = duplicates
        self._monotonic = monotonic
        self._others_at = float("-inf")
        self._revision = directory.revision
        self._nodes = 1
        self._looks = 0

    async def look(self, standing: Standing) -> None:
        """Whatever others have changed."""
        self._looks += 1
        nodes = max(1, len([row for row in standing.nodes if row.is_alive]))
        if nodes != self._nodes:
            self._nodes = nodes
            for share in self._shares:
                share(nodes)
        self._look_at_duplicates(nodes)
        if standing.revision != self._revision:
            rows = await self._store.directory()
            self._directory.apply(rows)
            self._revision = rows.revision
        await self._look_at_money()
        if self._looks % WAITING_EVERY == 0 and self._monotonic() - self._others_at < COUNTED_S:
            self._backlog.replace(await self._store.waiting())

    def _look_at_duplicates(self, nodes: int) -> None:
        """What others accepted is no duplicate to our memory, nor when they have gone, until all windows are over."""
        if nodes > 1:
            self._others_at = self._monotonic()
        self._duplicates.is_shared = self._monotonic() - self._others_at < LONGEST_WINDOW_S

    async def _look_at_money(self) -> None:
        known = self._purses.balances()
        if len(known) > MANY_PURSES and self._looks % 5:
            return
        under_way = self._journal.purses_under_way()
        purses = await self._store.purses()
        under_way |= self._journal.purses_under_way()
        await asyncio.sleep(0)  # who was told just now that a payment is durable counts it first
        for purse in purses:
            if purse.id not in under_way:
                self._purses.look_again(purse, known.get(purse.id, 0))
