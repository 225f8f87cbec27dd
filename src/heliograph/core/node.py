"""This process among those that share its store: its lease, who else is there, whom it takes over.

A lease lasts ten seconds by the store's clock and is renewed every two. Whoever takes over raises the epoch, and from
then on the store refuses all that the old epoch writes; six seconds after its last renewal a node writes to nobody by
itself, by a clock that goes on while the machine sleeps (decisions.md 8). Who could not reach the store takes nobody
over until a lease's length after it could again: the others were cut off, too, perhaps.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from heliograph.model.node import Identity, NodeRow, Standing
from heliograph.model.rows import Fence
from heliograph.ports import StoreFailure
from heliograph.ports.nodes import NodeStore

LEASE_S: Final = 10.0
RENEW_S: Final = 2.0
LOOK_S: Final = 1.0
SAFE_S: Final = 6.0
"""So long after its last renewal a node may write to carriers and customers."""
RETREAT_S: Final = 6.5
"""So long after it, sessions to carriers end: another node may open them soon."""
AGAIN_S: Final = 0.3
JOIN_S: Final = 25.0
"""How long a start waits for its own name: a lease, and what its keeper has to do."""
DUTY: Final = "duty"
FORGET_MS: Final = 24 * 3_600_000

Job = Callable[[Standing], Awaitable[None]]


class NotJoined(Exception):
    """The name of this node is in use elsewhere; the text names the remedy."""


class Node:
    """`boottime` is seconds that go on while the machine sleeps; `now` the clock's ms; `fenced` is told once when
    another node has taken over from this one."""

    def __init__(
        self,
        store: NodeStore,
        me: Identity,
        *,
        boottime: Callable[[], float],
        now: Callable[[], int],
        on_fault: Callable[[str, BaseException], None],
        fenced: Callable[[], None],
    ) -> None:
        self._store = store
        self._me = me
        self._boottime = boottime
        self._now = now
        self._on_fault = on_fault
        self._fenced = fenced
        self._renewed = 0.0
        self._steady_since = 0.0
        self._looked = asyncio.Event()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._jobs: list[tuple[str, Job]] = []
        self.retreat: Callable[[], None] = lambda: None
        """Called while the lease cannot be renewed, from `RETREAT_S` on."""
        self._hears: dict[str, Callable[[str], None]] = {"look": lambda _: self._wake.set()}
        self.fence = Fence(0, 0)
        self.standing = Standing(True, (), 0)
        self.is_first = False
        """Whether this node does what only one does: housekeeping, mailings, parts that wait for each other."""
        self.is_over = False
        """Another node has taken over: nothing of this life counts any more."""
        self.taken_over = 0

    # -- asked by others -------------------------------------------------------------------------------------------

    def is_safe(self) -> bool:
        """True while nobody can have taken over: whatever is written to a carrier or a customer is ours to write."""
        return self._boottime() - self._renewed <= SAFE_S

    @property
    def unrenewed_s(self) -> float:
        """How long ago the lease was renewed."""
        return self._boottime() - self._renewed

    @property
    def alive(self) -> list[NodeRow]:
        """The nodes that hold their lease, this one too, in order of id."""
        return [row for row in self.standing.nodes if row.is_alive]

    # -- life ------------------------------------------------------------------------------------------------------

    async def join(self) -> Fence:
        """Take a new epoch. Raises `NotJoined`, `StoreFailure`."""
        begun = self._boottime()
        while True:
            asked = self._boottime()
            fence = await self._store.join(self._me)
            if fence is not None:
                break
            if asked - begun > JOIN_S:
                raise NotJoined(
                    "the node of this data folder is alive on another machine: the folder is a copy; "
                    "remove node.name from it, and it becomes a node of its own"
                )
            await asyncio.sleep(AGAIN_S)
        self.fence = fence
        self._renewed = self._steady_since = asked
        self._store.listen(self._hear)
        self.standing = await self._store.look(renew=True)
        self._store.hint("look")
        return fence

    def add(self, name: str, job: Job) -> None:
        """Do this after each look, one job after the other; a fault in one is told and harms no other."""
        self._jobs.append((name, job))

    def hear(self, beginning: str, told: Callable[[str], None]) -> None:
        """Be told the rest of the others' hints whose first word is this."""
        self._hears[beginning] = told

    def hint(self, word: str) -> None:
        """Tell the other nodes, where there are any."""
        self._store.hint(word)

    def look_soon(self) -> None:
        """Do not wait for the next look."""
        self._wake.set()

    def _hear(self, word: str) -> None:
        beginning, _, rest = word.partition(" ")
        told = self._hears.get(beginning)
        if told is not None:
            told(rest)

    async def start(self) -> None:
        """Renew and look from now on."""
        await self.work()
        self._tasks = [
            asyncio.create_task(self._keep_looking(), name="node"),
            asyncio.create_task(self._keep_working(), name="node jobs"),
        ]

    async def stop(self) -> None:
        """Renew no more. The lease is given back by `leave`."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def leave(self) -> None:
        """A clean end: the others take what is left at once."""
        with contextlib.suppress(StoreFailure):
            await self._store.leave()
            self._store.hint("look")
            await asyncio.sleep(0.05)  # for the hint; polling does without

    async def _keep_looking(self) -> None:
        while not self.is_over:
            asked = self._boottime()
            renew = asked - self._renewed >= RENEW_S - 0.1
            try:
                standing = await self._store.look(renew=renew)
            except StoreFailure:
                if self.unrenewed_s > RETREAT_S:
                    self.retreat()
                await asyncio.sleep(AGAIN_S)
                continue
            self._saw(standing, asked if renew else None)
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_S)

    def _saw(self, standing: Standing, renewed: float | None) -> None:
        if not standing.is_ours:
            self.is_over = True
            self._renewed = float("-inf")
            self._fenced()
            return
        if renewed is not None:
            if renewed - self._renewed > SAFE_S:
                self._steady_since = renewed
            self._renewed = renewed
        self.standing = standing
        self._looked.set()

    async def _keep_working(self) -> None:
        while not self.is_over:
            await self._looked.wait()
            self._looked.clear()
            await self.work()

    async def work(self) -> None:
        """Who is first, and what each room does after a look."""
        for name, job in (("duty", self._see_who_is_first), *self._jobs):
            try:
                await job(self.standing)
            except Exception as error:
                if not self.is_over:
                    self._on_fault(f"node {name}", error)

    async def _see_who_is_first(self, _: Standing) -> None:
        leases = await self._store.leases(DUTY)
        if not leases:
            self.is_first = DUTY in await self._store.take([DUTY])
        else:
            self.is_first = leases[0].node == self.fence.node

    # -- the dead --------------------------------------------------------------------------------------------------

    async def take_over(self, standing: Standing, recover: Callable[[Fence], Awaitable[object]]) -> None:
        """A job: what dead nodes left in doubt is decided, what waits becomes anybody's."""
        me = self.fence.node
        kept = [row.id for row in standing.nodes if row.keeper == me and not row.is_vacant]
        is_steady = self._renewed - self._steady_since >= LEASE_S
        if is_steady and any(row.lease_ms <= 0 and not row.is_vacant and row.id != me for row in standing.nodes):
            kept += [node for node in await self._store.take_over() if node not in kept]
        for node in kept:
            await recover(Fence(node, 0))
            await self._store.settled(node)
            self.taken_over += 1
            self._store.hint("look")
            self._wake.set()
        if self.is_first and any(row.is_vacant for row in standing.nodes):
            await self._store.forget(self._now() - FORGET_MS)
