"""How many binds of each system_id the other nodes have: the door allows so many in all, and shares its speed by them.

Each node tells its own by a lease that dies with it, when they have changed, and reads the others' at each look. So a
bind counts everywhere after a second; two that come at the same moment to two nodes may both be let in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from heliograph.core.node import Node
from heliograph.model.node import Standing
from heliograph.ports.nodes import NodeStore

BEGINNING: Final = "binds "
_COUNTS: Final = msgspec.json.Decoder(dict[str, int])


class Binds:
    """`here` tells how many of each there are on this node."""

    def __init__(self, nodes: NodeStore, node: Node, here: Callable[[], Mapping[str, int]]) -> None:
        self._nodes = nodes
        self._node = node
        self._here = here
        self._told: dict[str, int] = {}
        self._is_held = False
        self._elsewhere: Counter[str] = Counter()

    def elsewhere(self, system_id: str) -> int:
        """Of the other nodes together."""
        return self._elsewhere[system_id]

    async def look(self, standing: Standing) -> None:
        """A job: tell ours, read theirs."""
        me = f"{BEGINNING}{self._node.fence.node}"
        here = dict(self._here())
        if here != self._told:
            if not self._is_held:
                self._is_held = bool(await self._nodes.take([me]))
            await self._nodes.tell(me, msgspec.json.encode(here).decode())
            self._told = here
            self._node.hint("binds")
        if len(standing.nodes) > 1:
            await self.read()

    async def read(self) -> None:
        """The others' have changed."""
        elsewhere: Counter[str] = Counter()
        for lease in await self._nodes.leases(BEGINNING):
            if lease.node != self._node.fence.node and lease.detail:
                elsewhere.update(_COUNTS.decode(lease.detail))
        self._elsewhere = elsewhere
