"""Which sessions to carriers are this node's, where nodes share a store.

A carrier allows so many sessions, and each is held by one node at a time. They are spread: no node takes more than its
share while another could have it. A node that holds one sends what was accepted by itself; what was accepted where
none is, is nobody's until a holder takes it (decisions.md 8).

A node that cannot get a link for a while leaves its sessions to another that may, and stands back for a time that
doubles each time it fails; who stands back is known to all. When all others do, the holder goes on trying.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, runtime_checkable

from heliograph.core.dispatch import Dispatch
from heliograph.core.node import Node
from heliograph.core.store_queue import REFILL
from heliograph.model.message import Attempt
from heliograph.model.node import Lease, Standing
from heliograph.ports.nodes import NodeStore

BEGINNING: Final = "session "
STANDING_BACK: Final = "unreached "
UP: Final = "up"
FIRST_PAUSE_S: Final = 60.0
LONGEST_PAUSE_S: Final = 600.0
CALM_S: Final = 60.0
"""A link that lasts so long ends the doubling."""


@runtime_checkable
class Shareable(Protocol):
    """A connector whose sessions may be spread over nodes."""

    name: str

    @property
    def sessions(self) -> int:
        """How many the carrier allows."""

    @property
    def connected(self) -> bool: ...

    async def allow(self, sessions: int) -> None:
        """Keep so many up from now on, 0 = none; returns when those that are too many are closed."""


class _Failing:
    """How a node fares with a carrier. `down_since`, `up_since`: of the link, while we hold a session."""

    def __init__(self) -> None:
        self.down_since: float | None = None
        self.up_since: float | None = None
        self.times = 0
        self.until: float | None = None
        """We stand back until then."""


class Carriers:
    """The sessions of this node. `connectors` are those that may be shared; any other works on each node. `patience` is
    after how many seconds without a link each is left to another node, 0 = never; `unsent` is told of attempts that
    were not written to it."""

    def __init__(
        self,
        nodes: NodeStore,
        node: Node,
        dispatch: Dispatch,
        connectors: Sequence[Shareable],
        *,
        patience: Mapping[str, float],
        monotonic: Callable[[], float],
        unsent: Callable[[list[Attempt]], None],
    ) -> None:
        self._nodes = nodes
        self._node = node
        self._dispatch = dispatch
        self._connectors = {connector.name: connector for connector in connectors}
        self.patience = patience
        self._monotonic = monotonic
        self._unsent = unsent
        self._failing = {connector.name: _Failing() for connector in connectors}
        self._mine: dict[str, list[str]] = {connector.name: [] for connector in connectors}
        self._told: dict[str, str] = {}
        self._is_away = False
        self._leaving: list[asyncio.Future[None]] = []
        self.left = 0
        """How often sessions were left to another node because the carrier was not reached."""
        for connector in connectors:
            dispatch.lines[connector.name].go_away()

    async def hold_back(self) -> None:
        """Before the connectors start: no session is ours yet."""
        for connector in self._connectors.values():
            await connector.allow(0)

    def held(self) -> dict[str, int]:
        """How many sessions of each carrier are this node's."""
        return {name: len(mine) for name, mine in self._mine.items()}

    async def look(self, standing: Standing) -> None:
        """A job: take what is free, up to our share; give back what is above it."""
        if self._is_away and self._node.is_safe():
            self._is_away = False
            await asyncio.gather(*self._leaving)
            for name, connector in self._connectors.items():
                await connector.allow(len(self._mine[name]))
        by_connector: defaultdict[str, list[Lease]] = defaultdict(list)
        for lease in await self._nodes.leases(BEGINNING):
            by_connector[_connector_of(lease.name)].append(lease)
        back: defaultdict[str, set[int]] = defaultdict(set)
        for lease in await self._nodes.leases(STANDING_BACK):
            back[_connector_of(lease.name, STANDING_BACK)].add(lease.node)
        alive = {row.id for row in standing.nodes if row.is_alive}
        for name, connector in self._connectors.items():
            able = alive - back[name] - {self._node.fence.node}
            if not await self._stands_back(name, connector, able):
                await self._see_to(name, connector, by_connector[name], len(able) + 1)
            elif not self._mine[name]:
                await self._leave_waiting(name, by_connector[name])

    def retreat(self) -> None:
        """The lease was not renewed for long: no session is kept up, until it is."""
        if not self._is_away:
            self._is_away = True
            self._leaving = [asyncio.ensure_future(connector.allow(0)) for connector in self._connectors.values()]

    async def _stands_back(self, name: str, connector: Shareable, able: set[int]) -> bool:
        """Whether the carrier is left to the others that may reach it."""
        failing, now = self._failing[name], self._monotonic()
        if failing.until is not None:
            if able and now < failing.until:
                await self._give_up(name)  # had the store failed before
                return True
            failing.until = None
            await self._nodes.give_back([self._back(name)])
        if not self._mine[name] or self._is_away:
            failing.down_since = failing.up_since = None
            return False
        if connector.connected:
            failing.down_since, failing.up_since = None, failing.up_since or now
            if now - failing.up_since >= CALM_S:
                failing.times = 0
            return False
        failing.down_since, failing.up_since = failing.down_since or now, None
        patience = self.patience.get(name, 0.0)
        if not able or not patience or now - failing.down_since < patience:
            return False
        failing.until = now + min(FIRST_PAUSE_S * 2**failing.times, LONGEST_PAUSE_S)
        failing.times, failing.down_since = min(failing.times + 1, 10), None
        await self._leave(name, connector)
        return True

    async def _leave(self, name: str, connector: Shareable) -> None:
        """Nothing of ours is said to the carrier from here on; then another node may have its sessions."""
        self.left += 1
        await connector.allow(0)
        self._unsent(await self._dispatch.leave(name))
        await self._give_up(name)

    async def _give_up(self, name: str) -> None:
        """What is held of a carrier that was left is anybody's: once the store has it so, not before."""
        mine = self._mine[name]
        if not mine:
            return
        await self._nodes.take([self._back(name)])
        await self._nodes.give_back(mine)
        for lease in mine:
            self._told.pop(lease, None)
        mine.clear()
        self._node.hint("look")

    def _back(self, name: str) -> str:
        return f"{STANDING_BACK}{name} {self._node.fence.node}"

    async def _leave_waiting(self, name: str, leases: list[Lease]) -> None:
        """No session is ours: what waits is anybody's."""
        me = self._node.fence.node
        self._dispatch.lines[name].is_up_elsewhere = any(lease.node != me and lease.detail == UP for lease in leases)
        while await self._nodes.disown(name, REFILL) == REFILL:
            pass

    async def _see_to(self, name: str, connector: Shareable, leases: list[Lease], nodes: int) -> None:
        line, mine, me = self._dispatch.lines[name], self._mine[name], self._node.fence.node
        share = -(-connector.sessions // nodes)
        held = {lease.name for lease in leases}
        free = [one for one in _names(name, connector.sessions) if one not in held]
        if free and len(mine) < share and not self._is_away:
            taken = await self._nodes.take(free[: share - len(mine)])
            mine += sorted(taken)
            if taken:
                await connector.allow(len(mine))
        elif len(mine) > share and not free:
            await connector.allow(share)
            await self._nodes.give_back(mine[share:])
            del mine[share:]
            self._node.hint("look")
        if mine:
            line.share(len(mine) / max(len(held.union(mine)), 1))
        line.is_up_elsewhere = any(lease.node != me and lease.detail == UP for lease in leases)
        if mine and not line.is_here:
            if not self._is_away:
                await connector.allow(len(mine))  # they may be what could not be given back
            line.come_here()
            self._dispatch.ready(name)
        if mine:
            await self._tell(mine[0], UP if connector.connected else "")
        else:
            await self._leave_waiting(name, leases)

    async def _tell(self, lease: str, detail: str) -> None:
        if self._told.get(lease) != detail:
            await self._nodes.tell(lease, detail)
            self._told[lease] = detail


def _names(connector: str, sessions: int) -> list[str]:
    return [f"{BEGINNING}{connector} {number}" for number in range(1, sessions + 1)]


def _connector_of(lease: str, beginning: str = BEGINNING) -> str:
    return lease[len(beginning) :].rpartition(" ")[0]
