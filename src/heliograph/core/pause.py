"""Holding back messages that have not left, and letting them go on in their order.

What is being handed over, or was, is not held. Validity goes on running: a message whose time is over while it is held
ends EXPIRED like any other that waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from heliograph.core.dispatch import Dispatch
from heliograph.core.endings import move_of
from heliograph.core.journal import Journal, Then, Verdict
from heliograph.model.message import Message, MessageId, State, may_move
from heliograph.model.rows import Row
from heliograph.ports import Clock, Store


class Pause:
    """Both calls take up to 500 ids, and return when it is durable. They raise `StoreFailure` when nothing can be
    read."""

    def __init__(self, *, store: Store, journal: Journal, dispatch: Dispatch, clock: Clock) -> None:
        self._store = store
        self._journal = journal
        self._dispatch = dispatch
        self._clock = clock

    async def hold(self, ids: Sequence[MessageId]) -> None:
        """QUEUED and SCHEDULED messages become PAUSED."""
        rows: list[Row] = []
        withdrawn: list[Message] = []
        for stored in await self._store.messages(ids, None):
            if not may_move(stored.state, State.PAUSED):
                continue
            message = self._dispatch.withdraw(stored)
            if message is None:
                continue
            withdrawn.append(message)
            if may_move(message.state, State.PAUSED):
                message.state = State.PAUSED
                rows.append(move_of(message, is_waiting=True))  # it may have left since it was read
        await self._write(rows, lambda _: self._dispatch.written(withdrawn))

    async def release(self, ids: Sequence[MessageId]) -> None:
        """PAUSED messages become QUEUED; or SCHEDULED where their time is yet to come, or came while they were held:
        upkeep looks whether and where those go."""
        now = self._clock.now()
        rows: list[Row] = []
        going: list[Message] = []
        for message in await self._store.messages(ids, None):
            if message.state is not State.PAUSED or message.id in self._dispatch.changing:
                continue
            if message.due_at > now or not message.connector:
                message.state = State.SCHEDULED
            else:
                message.state = State.QUEUED
                message.next_try_at = now  # what memory has seen of fresh ones may be past it
                going.append(message)
            rows.append(move_of(message, came_from=State.PAUSED))

        def released(verdict: Verdict) -> None:
            for message in going:
                if not message.tries and message.id not in verdict:
                    # of others the store knows what a carrier has: they are fetched from there
                    self._dispatch.requeued(message)
            for name in {message.connector for message in going}:
                self._dispatch.ready(name)

        await self._write(rows, released)

    async def _write(self, rows: list[Row], then: Then) -> None:
        if not rows:
            then({})
            return
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def committed(verdict: Verdict) -> None:
            then(verdict)
            written.set_result(None)

        self._journal.add(rows, committed)
        await asyncio.shield(written)
