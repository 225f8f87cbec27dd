"""Deleting messages from their customer's sight (smsc-messages.md 3.7): his history and his status no longer know them.

What waits is cancelled and paid back first. What a carrier has, or may have, cannot be deleted before it has ended.
Nothing is taken out of the store: the operator, the ledger and the trace see everything as before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from heliograph.core.cancel import Cancel
from heliograph.core.journal import Journal
from heliograph.model.message import FINAL, Message, MessageId, State, may_move
from heliograph.model.rows import HiddenMove


class Deletion:
    """Hides messages at their customer's wish."""

    def __init__(self, *, cancel: Cancel, journal: Journal) -> None:
        self._cancel = cancel
        self._journal = journal

    async def delete(self, messages: Sequence[Message]) -> bool:
        """Delete messages of one account (≤ 500); True once that is durable for all of them.

        False if a carrier has one of them: known beforehand, nothing has changed; one that left meanwhile stays as it
        is, the others are deleted. Raises `StoreFailure` when they cannot be read.
        """
        waiting = [message for message in messages if message.state not in FINAL]
        if any(not may_move(message.state, State.CANCELLED) for message in waiting):
            return False
        gone = {message.id for message in messages if message.state in FINAL} | await self._cancelled(waiting)
        if gone:
            self._journal.add([HiddenMove(message_id) for message_id in sorted(gone)])
            await self._journal.settle()
        return len(gone) == len({message.id for message in messages})

    async def _cancelled(self, messages: Sequence[Message]) -> set[MessageId]:
        """Which of these messages were still here to be cancelled."""
        if not messages:
            return set()
        done: asyncio.Future[list[Message]] = asyncio.get_running_loop().create_future()
        await self._cancel.cancel([message.id for message in messages], messages[0].account_id, done.set_result)
        return {message.id for message in await done}
