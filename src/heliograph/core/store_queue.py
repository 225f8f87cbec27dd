"""What waits in the store for a connector and is not in memory: its heads, retries that are due, what was nobody's.

The store is the queue, memory a window on it (decisions.md 5). A page takes its time to come, from a server at least:
meanwhile messages are accepted and left to the store, sessions go to other nodes and come back. So a page moves a
line's cursor only while it answers what the line would ask now, and what was left to the store since is asked for
again. What a page shows as waiting may be on its way by then, or be back from there: what has left meanwhile is not
taken from it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from heliograph.core.line import Line
from heliograph.model.message import Message, MessageId, Priority
from heliograph.model.rows import Fence
from heliograph.ports import Clock, Store
from heliograph.ports.nodes import NodeStore

REFILL = 500
"""Messages fetched at once, so that the loop is never held for more than a few milliseconds."""
LOOK_AGAIN = 10
"""Of so many polls of a line, each a second, one asks what waits though memory says that nothing does."""


class StoreQueue:
    """Fills the lanes of lines. `is_known` is asked whether memory has a message already, or has it under way."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        fence: Fence,
        *,
        is_known: Callable[[Line, MessageId], bool],
        pump: Callable[[Line], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._fence = fence
        self._is_known = is_known
        self._pump = pump
        self.nodes: NodeStore | None = None
        """The others, where nodes share the store."""
        self.goes_again: Callable[[Message], Message] = lambda stored: stored
        """Of a waiting message as it was read, the object that receipts of its earlier tries find."""

    async def refill(self, line: Line) -> None:
        """Fetch the heads of what the store holds and memory does not, in id order, urgent first."""
        line.is_refilling = True
        try:
            for priority in line.refill_priorities():
                await self._refill_priority(line, priority)
        finally:
            line.is_refilling = False
        if line.lanes or any(line.behind):
            self._pump(line)

    async def _refill_priority(self, line: Line, priority: Priority) -> None:
        while line.behind[priority] and line.lanes.has_room:
            after, turn = line.cursors[priority], line.turn
            line.left[priority] = None
            with line.asking():
                heads = await self._store.heads(line.name, priority, after, REFILL, self._fence)
            if line.turn == turn:  # else the sessions came or went meanwhile, and the cursor is another one
                for message in heads:
                    line.cursors[priority] = message.id
                    if not self._is_ours_already(line, message.id):
                        line.lanes.push(message)
                left = line.left[priority]
                if left is not None:  # meanwhile, so it may be missing among these
                    line.cursors[priority] = min(line.cursors[priority], left - 1)
                elif len(heads) < REFILL:
                    line.behind[priority] = False
            await asyncio.sleep(0)

    async def poll(self, line: Line, now: int) -> None:
        """Once a second: retries that are due, and now and then a look at the store itself."""
        if not line.lanes.has_room:
            return
        await self._fetch(line, now)
        line.polls += 1
        if line.polls % LOOK_AGAIN == 0:
            await self._look_again(line)

    async def _look_again(self, line: Line) -> None:
        """Memory says that nothing waits. What the store holds is fetched all the same, whatever made us miss it."""
        for priority in Priority:
            if line.lanes or not line.is_here or line.behind[priority]:
                continue
            turn = line.turn
            heads = await self._store.heads(line.name, priority, 0, 1, self._fence)
            if line.turn == turn and heads and not self._is_known(line, heads[0].id):
                line.behind[priority], line.cursors[priority] = True, 0

    async def fetch_more(self, line: Line) -> None:
        """There were more retries, or more of what was nobody's, than one look brings."""
        line.is_refilling = True
        try:
            await self._fetch(line, self._clock.now())
        finally:
            line.is_refilling = False
        if line.lanes:
            self._pump(line)

    async def _fetch(self, line: Line, now: int) -> None:
        """Retries that are due, and among them what was nobody's until now."""
        is_full, turn = False, line.turn
        if self.nodes is not None and line.is_here:
            is_full = await self.nodes.claim(line.name, REFILL) == REFILL
        most = REFILL + min(line.lanes.parts, REFILL)
        with line.asking():
            found = await self._store.retries(line.name, now, most, self._fence)
        if line.turn != turn:
            return
        line.has_more = is_full or len(found) == most
        for message in found:
            if line.is_here and not self._is_ours_already(line, message.id):
                line.lanes.push(self.goes_again(message))

    def _is_ours_already(self, line: Line, message_id: MessageId) -> bool:
        """True for what a page shows that memory has, or had while the page was on its way: that may have left and
        waits for another try by now, so that the store would let it go as the page shows it."""
        return message_id in line.left_since or self._is_known(line, message_id)
