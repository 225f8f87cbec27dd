"""Taking messages back that have not left: scheduled, paused or queued ones end CANCELLED, and are paid back; so do
parts that wait for others of their message.

What is being handed over, or was, stays: no carrier gives a short message back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from heliograph.core.dispatch import Dispatch
from heliograph.core.endings import Ended, Endings
from heliograph.core.errors import NetworkError
from heliograph.core.holding import Holding
from heliograph.core.journal import Journal, Verdict
from heliograph.core.standing import parts_taken
from heliograph.model.message import Message, MessageId, State, may_move
from heliograph.model.rows import Row
from heliograph.ports import Clock, Store

Done = Callable[[list[Message]], None]


class Cancel:
    """Ends waiting messages at somebody's wish."""

    def __init__(
        self,
        *,
        store: Store,
        journal: Journal,
        dispatch: Dispatch,
        holding: Holding,
        endings: Endings,
        clock: Clock,
    ) -> None:
        self._store = store
        self._holding = holding
        self._journal = journal
        self._dispatch = dispatch
        self._endings = endings
        self._clock = clock

    async def cancel(self, ids: Sequence[MessageId], account_id: int | None, done: Done) -> None:
        """Cancel the messages of these ids (≤ 500), of one account or (None) of any; `done` hears, after the commit,
        which were. Raises `StoreFailure` when they cannot be read."""
        rows: list[Row] = []
        ended = Ended()
        withdrawn: list[Message] = []
        waiting = [
            stored
            for stored in await self._store.messages(ids, account_id)
            if may_move(stored.state, State.CANCELLED) and not await self._has_left(stored)
        ]  # all that can fail comes before the first one is withdrawn
        for stored in waiting:
            is_held = stored.state is State.HELD
            message = self._holding.withdraw(stored) if is_held else self._dispatch.withdraw(stored)
            if message is not None and not is_held:
                withdrawn.append(message)
            if message is not None and may_move(message.state, State.CANCELLED):
                self._endings.end(message, State.CANCELLED, NetworkError.NONE, self._clock.now(), rows, ended)

        def then(verdict: Verdict) -> None:
            self._dispatch.written(withdrawn)
            self._endings.committed(ended, verdict)
            done([message for message in ended.messages if message.id not in verdict])

        if not rows:
            self._dispatch.written(withdrawn)
            done([])
            return
        self._journal.add(rows, then)

    async def _has_left(self, message: Message) -> bool:
        """True if a carrier has a part of a message that waits for another try."""
        story = await self._store.story(message.id) if message.tries else None
        return story is not None and parts_taken(story.message) > 0
