"""Which sessions to carriers are this node's, where nodes share a store.

A carrier allows so many sessions, and each is held by one node at a time. They are spread: no node takes more than its
share while another could have it. A node that holds one sends what was accepted by itself; what was accepted where
none is, is nobody's until a holder takes it (decisions.md 8).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, Protocol, runtime_checkable

from heliograph.core.dispatch import REFILL, Dispatch
from heliograph.core.node import Node
from heliograph.model.node import Lease, Standing
from heliograph.ports.nodes import NodeStore

BEGINNING: Final = "session "
UP: Final = "up"


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


class Carriers:
    """The sessions of this node. `connectors` are those that may be shared; any other works on each node."""

    def __init__(self, nodes: NodeStore, node: Node, dispatch: Dispatch, connectors: Sequence[Shareable]) -> None:
        self._nodes = nodes
        self._node = node
        self._dispatch = dispatch
        self._connectors = {connector.name: connector for connector in connectors}
        self._mine: dict[str, list[str]] = {connector.name: [] for connector in connectors}
        self._told: dict[str, str] = {}
        self._is_away = False
        self._leaving: list[asyncio.Future[None]] = []
        for connector in connectors:
            dispatch.lines[connector.name].is_here = False

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
        nodes = max(1, len([row for row in standing.nodes if row.is_alive]))
        for name, connector in self._connectors.items():
            await self._see_to(name, connector, by_connector[name], nodes)

    def retreat(self) -> None:
        """The lease was not renewed for long: no session is kept up, until it is."""
        if not self._is_away:
            self._is_away = True
            self._leaving = [asyncio.ensure_future(connector.allow(0)) for connector in self._connectors.values()]

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
            line.come_here()
            self._dispatch.ready(name)
        if mine:
            await self._tell(mine[0], UP if connector.connected else "")
        else:
            while await self._nodes.disown(name, REFILL) == REFILL:
                pass

    async def _tell(self, lease: str, detail: str) -> None:
        if self._told.get(lease) != detail:
            await self._nodes.tell(lease, detail)
            self._told[lease] = detail


def _names(connector: str, sessions: int) -> list[str]:
    return [f"{BEGINNING}{connector} {number}" for number in range(1, sessions + 1)]


def _connector_of(lease: str) -> str:
    return lease[len(BEGINNING) :].rpartition(" ")[0]
