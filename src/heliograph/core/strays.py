"""Messages that wait for a connector which is no more: it was renamed, or taken out of the configuration, while they
waited. They go over the one their route has now.

One of which a carrier has a part stays: the other parts mean nothing elsewhere (decisions.md 2). So does one that no
route fits, until one does. What stays ends with its validity, and is paid back.
"""

from __future__ import annotations

from typing import Final

from heliograph.core.dispatch import Dispatch
from heliograph.core.endings import move_of
from heliograph.core.journal import Journal
from heliograph.core.release import Release
from heliograph.core.standing import parts_taken
from heliograph.model.message import Message, Priority, State
from heliograph.model.refusal import Reason
from heliograph.model.rows import Fence, Row
from heliograph.ports import Clock, Store

BATCH: Final = 500
AGAIN_MS: Final = 5 * 60_000
"""So long after it is looked again at what stays: meanwhile it is not in the way of the others."""


class Strays:
    """A job of upkeep, of each node for its own messages and for nobody's."""

    def __init__(
        self, *, release: Release, dispatch: Dispatch, journal: Journal, store: Store, clock: Clock, fence: Fence
    ) -> None:
        self._release = release
        self._dispatch = dispatch
        self._journal = journal
        self._store = store
        self._clock = clock
        self._fence = fence

    async def look(self) -> None:
        """Lead on what waits for a name that no connector has."""
        for name in await self._store.waited_for(self._fence):
            if name in self._dispatch.lines:
                continue
            nodes = self._dispatch.waiting.nodes
            while nodes is not None and await nodes.claim(name, BATCH) == BATCH:
                pass
            for priority in Priority:
                while await self._lead_on(await self._store.heads(name, priority, 0, BATCH, self._fence)):
                    pass
            while await self._lead_on(await self._store.retries(name, self._clock.now(), BATCH, self._fence)):
                pass

    async def _lead_on(self, found: list[Message]) -> bool:
        """True if there may be more behind these."""
        now = self._clock.now()
        rows: list[Row] = []
        withdrawn: list[Message] = []
        for stored in found:
            message = self._dispatch.withdraw(stored)
            if message is None:
                continue
            withdrawn.append(message)
            name = "" if parts_taken(message) else self._connector_of(message, now)
            message.next_try_at = now if name else now + AGAIN_MS
            if name:
                message.connector, message.node = name, self._dispatch.owner_of(name)
            rows.append(move_of(message, came_from=State.QUEUED))
        if rows:
            self._journal.add(rows, lambda _: self._dispatch.written(withdrawn))
            await self._journal.settle()  # its connector fetches it from the store, as it does what is due
        return len(rows) == BATCH

    def _connector_of(self, message: Message, now: int) -> str:
        """Where its route leads now; "" for nowhere."""
        way = self._release.way(message, now)
        if isinstance(way, Reason):
            return ""
        return way.connector or self._dispatch.connector_for(message.route_id)
