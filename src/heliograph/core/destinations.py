"""Which destinations of notices are this node's, where nodes share a store.

Each is held by one node at a time, so that notices keep their order and come once: an endpoint by whoever first had
something for it, a system_id by a node it has bound a receiver to. A destination that is quiet for a while, or whose
customer went away, is given back (decisions.md 8).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from heliograph.ports import StoreFailure
from heliograph.ports.nodes import NodeStore

BEGINNING: Final = "to "
QUIET_S: Final = 60.0


class Destinations:
    """`came` is told of targets that have become ours: what waits for them is in the store."""

    def __init__(
        self, nodes: NodeStore, *, monotonic: Callable[[], float], came: Callable[[str], Awaitable[None]]
    ) -> None:
        self._nodes = nodes
        self._monotonic = monotonic
        self._came = came
        self._held: dict[str, float] = {}
        self._wanted: dict[str, None] = {}
        self._leaving: dict[str, bool] = {}
        """Those that are being given back; True once one is wanted again."""
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._held)

    def has(self, target: str) -> bool:
        """Whether it is ours."""
        return target in self._held

    def held(self) -> list[str]:
        """All that are ours."""
        return list(self._held)

    def used(self, target: str) -> None:
        """It is not quiet."""
        if target in self._held:
            self._held[target] = self._monotonic()

    def is_quiet(self, target: str) -> bool:
        """True if nothing went there for a while."""
        return self._monotonic() - self._held[target] > QUIET_S

    def want(self, target: str) -> None:
        """Hold it soon, unless another node does."""
        if target in self._leaving:
            self._leaving[target] = True
            return
        if target in self._held or target in self._wanted:
            return
        self._wanted[target] = None
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._take(), name="destinations")

    def tell(self, target: str) -> None:
        """Tell the other nodes that something waits for it."""
        self._nodes.hint(BEGINNING + target)

    async def give_back(self, targets: list[str]) -> None:
        """Nothing of these is under way here: they may be another's. Raises `StoreFailure`; they are given back with
        the next ones then, and no other node can have them before."""
        for target in targets:
            del self._held[target]
            self._leaving[target] = False
        leaving = list(self._leaving)
        if not leaving:
            return
        await self._nodes.give_back([BEGINNING + target for target in leaving])
        for target in leaving:
            self.tell(target)
            if self._leaving.pop(target, False):
                self.want(target)

    async def _take(self) -> None:
        while self._wanted:
            asked, self._wanted = list(self._wanted), {}
            try:
                taken = await self._nodes.take([BEGINNING + target for target in asked])
                for target in asked:
                    if BEGINNING + target in taken:
                        self._held[target] = self._monotonic()
                        await self._came(target)
            except StoreFailure:
                return  # the next poll asks again
