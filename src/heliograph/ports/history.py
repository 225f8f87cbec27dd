"""What looking back needs of a store: long looks off the loop give ids, short ones in it give rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from heliograph.model.figures import Figure, Question
from heliograph.model.history import IncomingSearch, SentSearch
from heliograph.model.message import MessageId
from heliograph.model.receipt import Incoming


class HistoryStore(Protocol):
    """Raises `StoreFailure`. The rows of `sent` are read with `Store.messages`."""

    async def sent(self, search: SentSearch) -> list[MessageId]:
        """Ids of the messages found, newest first; looked for off the loop."""

    async def counted(self, question: Question) -> list[Figure]:
        """Figures in order of day, account, sender, operator; added up off the loop."""

    async def received(self, search: IncomingSearch) -> list[int]:
        """Ids of the incoming messages found, newest first; looked for off the loop."""

    async def incoming(self, ids: Sequence[int]) -> list[Incoming]:
        """These incoming messages (≤ 500), in the order asked for."""
