"""Events as they happen, for whoever watches: nothing is made while nobody does.

A watcher that does not keep up loses events, never slows anything down, and is told how many it lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from heliograph.model.message import Message, MessageId
from heliograph.ports import Clock

QUEUE = 10_000


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """A message came to a state. `at` is ms since the epoch; `missed` counts events lost just before this one."""

    at: int
    message_id: MessageId
    account_id: int
    sender: str
    recipient: str
    state: str
    connector: str
    parts: int
    price: int
    error: int
    missed: int = 0


class _Watcher:
    def __init__(self) -> None:
        self.queue: asyncio.Queue[LiveEvent] = asyncio.Queue(QUEUE)
        self.missed = 0


class Live:
    """Tells watchers what intake accepted and what ended."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._watchers: set[_Watcher] = set()
        self._looks: list[Callable[[list[Message]], None]] = []

    def also(self, look: Callable[[list[Message]], None]) -> None:
        """One more who is told at once of all that happens; it neither waits nor raises."""
        self._looks.append(look)

    @property
    def watchers(self) -> int:
        """How many watch now."""
        return len(self._watchers)

    def happened(self, messages: list[Message]) -> None:
        """These messages have just come, durably, to the states they are in."""
        for look in self._looks:
            look(messages)
        if not self._watchers:
            return
        now = self._clock.now()
        for message in messages:
            for watcher in self._watchers:
                try:
                    watcher.queue.put_nowait(_event(message, now, watcher.missed))
                    watcher.missed = 0
                except asyncio.QueueFull:
                    watcher.missed += 1

    async def watch(self) -> AsyncIterator[LiveEvent]:
        """Every event from now on, until the caller stops."""
        watcher = _Watcher()
        self._watchers.add(watcher)
        try:
            while True:
                yield await watcher.queue.get()
        finally:
            self._watchers.discard(watcher)


def _event(message: Message, now: int, missed: int) -> LiveEvent:
    return LiveEvent(
        now,
        message.id,
        message.account_id,
        message.sender,
        message.recipient,
        message.state.name,
        message.connector,
        message.parts,
        message.price,
        message.error,
        missed,
    )
