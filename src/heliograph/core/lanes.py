"""The bounded window of one connector on the store's queue: lanes of priority × account, served round robin.

Urgent goes first but takes at most four fifths of what is handed out while others wait, so nobody starves; within a
priority every account gets its turn, so a mailing never stands before another customer's message. Only memory: what
does not fit stays in the store and is fetched again (decisions.md 5).
"""

from __future__ import annotations

from collections import deque

from heliograph.model.message import Message, MessageId, Priority

URGENT_SHARE = 0.8


class Lanes:
    """Waiting messages of one connector. `parts` counts parts, `capacity` bounds them softly (see `has_room`)."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._queues: tuple[dict[int, deque[Message]], ...] = ({}, {}, {})
        self._turns: tuple[deque[int], ...] = (deque(), deque(), deque())
        self._ids: dict[MessageId, Message] = {}
        self.parts = 0

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, message_id: MessageId) -> bool:
        return message_id in self._ids

    def get(self, message_id: MessageId) -> Message | None:
        """The waiting message of this id."""
        return self._ids.get(message_id)

    @property
    def has_room(self) -> bool:
        """True while the window is not full."""
        return self.parts < self._capacity

    @property
    def is_low(self) -> bool:
        """True below a quarter: time to fetch more from the store."""
        return self.parts * 4 < self._capacity

    def waits_for(self, account_id: int, priority: Priority) -> bool:
        """True if the account has a message waiting in this priority."""
        return account_id in self._queues[priority]

    def push(self, message: Message) -> None:
        """Put a message at the end of its lane; one that waits already is left where it is."""
        if message.id in self._ids:
            return
        self._ids[message.id] = message
        self.parts += message.parts
        queues = self._queues[message.priority]
        queue = queues.get(message.account_id)
        if queue is None:
            queues[message.account_id] = deque((message,))
            self._turns[message.priority].append(message.account_id)
        else:
            queue.append(message)

    def discard(self, message_id: MessageId) -> Message | None:
        """Take a message out wherever it waits (cancelled, expired); its place in the lane is skipped later."""
        message = self._ids.pop(message_id, None)
        if message is not None:
            self.parts -= message.parts
        return message

    def take(self, budget: int) -> list[Message]:
        """Take messages of about `budget` parts, in fair order; the last may exceed it, never by another message."""
        taken: list[Message] = []
        urgent, rest = Priority.URGENT, (Priority.NORMAL, Priority.BULK)
        others_wait = any(self._turns[priority] for priority in rest)
        first = max(1, int(budget * URGENT_SHARE)) if others_wait else budget
        used = self._take_from(urgent, min(first, budget), taken)
        for priority in (*rest, urgent):
            if used < budget:
                used += self._take_from(priority, budget - used, taken)
        return taken

    def _take_from(self, priority: Priority, budget: int, taken: list[Message]) -> int:
        queues, turns = self._queues[priority], self._turns[priority]
        used = 0
        while turns and used < budget:
            account_id = turns.popleft()
            queue = queues[account_id]
            message = queue.popleft()
            if queue:
                turns.append(account_id)
            else:
                del queues[account_id]
            if self._ids.pop(message.id, None) is message:
                used += message.parts
                self.parts -= message.parts
                taken.append(message)
        return used
