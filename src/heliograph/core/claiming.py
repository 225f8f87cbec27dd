"""Parts of long messages, customers' and handsets', come to the first node, wherever they were accepted or heard.

They are claimed in the store and then in the memory of `holding` and `joining`. The store may fail between the two, and
the answer to a claim may be lost though the claim was made: such parts are this node's and nobody would ask for them
again. So a look that failed is followed by one at everything that is ours, and by another when the server must have
done what it was asked.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final

from heliograph.core.holding import Holding
from heliograph.core.joining import Joining
from heliograph.core.node import Node
from heliograph.model.node import Standing
from heliograph.ports import Store
from heliograph.ports.nodes import NodeStore

CLAIM: Final = 500
PAGE: Final = 1_000
LATE_S: Final = 30.0
"""So long after its connection was dropped a statement may still be carried out."""


class Claiming:
    """A job of `Node`. `joining` and `holding` have their parts from here alone, where nodes share the store."""

    def __init__(
        self,
        *,
        store: Store,
        nodes: NodeStore,
        node: Node,
        holding: Holding,
        joining: Joining,
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._nodes = nodes
        self._node = node
        self._holding = holding
        self._joining = joining
        self._monotonic = monotonic
        self._missed: list[float] = []
        """When to look at what is ours already, by the monotonic clock."""
        holding.elsewhere = joining.elsewhere = self._waits

    async def look(self, _: Standing) -> None:
        """The first node has all parts that wait for each other. Raises `StoreFailure`."""
        if not self._node.is_first:
            return
        self._holding.elsewhere = None
        try:
            while ids := await self._nodes.claim_held(CLAIM):
                await self._holding.take_in(functools.partial(self._store.messages, ids, None))
            while parts := await self._nodes.claim_parts(CLAIM):
                self._joining.take_in(parts)
            if self._missed and self._monotonic() >= self._missed[0]:
                await self._look_at_ours()
                del self._missed[0]
        except Exception:
            now = self._monotonic()
            self._missed = [now, now + LATE_S]
            raise

    async def _look_at_ours(self) -> None:
        """Memory has all of it but what was claimed by a look that failed."""
        after, found = 0, PAGE
        while found == PAGE:
            page = await self._holding.take_in(functools.partial(self._store.held, after, PAGE, self._node.fence))
            after, found = page[-1].id if page else 0, len(page)
        after, found = 0, PAGE
        while found == PAGE:
            parts = await self._joining.take_in_ours(functools.partial(self._nodes.parts, after, PAGE))
            after, found = parts[-1][0].id if parts else 0, len(parts)

    def _waits(self) -> None:
        """A part of a long message is a row: the first node has it, perhaps this one."""
        if self._node.is_first:
            self._node.look_soon()
        else:
            self._node.hint("parts")
