"""Whom an incoming message answers: the newest messages, by recipient.

There is no index by recipient on the accept path (decisions.md 6), and reading fifty thousand rows for each incoming
message would stop the loop. So the numbers of the newest messages are kept in memory: read from the table when
somebody asks for the first time, and told by every group from then on. Who answers an older message than those reaches
the operator's inbox. Costs nothing until it is asked, and about 250 bytes a message then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from heliograph.model.message import Message, MessageId, State
from heliograph.store.sqlite import messages
from heliograph.store.sqlite.database import Reader

NEWEST = "SELECT id, recipient FROM message ORDER BY id DESC LIMIT ?"
LOOKED_AT = (slice(0, 8), slice(8, 500))
"""Of the messages to one number the newest few are looked at, then more of them, then no more."""


class Recipients:
    """Knows the last `most` messages that were written. Belongs to the loop's thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._is_loaded = False
        self._in_order: deque[tuple[MessageId, str]] = deque()
        self._by_number: dict[str, deque[MessageId]] = {}

    def written(self, kept: Sequence[Message]) -> None:
        """These messages have just become durable."""
        if self._is_loaded and kept:
            self._add((message.id, message.recipient) for message in kept)

    def newest_to(
        self, reader: Reader, recipient: str, connector: str | None, sender: str | None, since: int
    ) -> Message | None:
        """The newest message to a number that was not refused; over `connector` and from `sender` where given."""
        if not self._is_loaded:
            self._add(reversed(reader.rows(NEWEST, (self._most,))))
            self._is_loaded = True
        ids = sorted(self._by_number.get(recipient, ()), reverse=True)
        for some in LOOKED_AT:
            found = messages.by_ids(reader, ids[some])
            fitting = [
                message
                for message in found.values()
                if message.state is not State.REJECTED
                and message.accepted_at >= since
                and connector in (None, message.connector)
                and sender in (None, message.sender)
            ]
            if fitting:
                return max(fitting, key=lambda message: message.id)
        return None

    def _add(self, new: Iterable[tuple[MessageId, str]]) -> None:
        for message_id, number in new:
            self._in_order.append((message_id, number))
            self._by_number.setdefault(number, deque()).append(message_id)
        while len(self._in_order) > self._most:
            message_id, number = self._in_order.popleft()
            ids = self._by_number[number]
            ids.remove(message_id)
            if not ids:
                del self._by_number[number]
