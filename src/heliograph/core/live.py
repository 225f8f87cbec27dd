"""Events as they happen, for whoever watches: nothing is made while nobody does.

A watcher that does not keep up loses events, never slows anything down, and is told how many it lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from heliograph.core.relay import ALL
from heliograph.model.message import Message, MessageId, State
from heliograph.model.receipt import Incoming
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
    node: int = 0
    """Where it happened; 0 where one process owns the store."""


class _Watcher:
    def __init__(self, *, is_local: bool) -> None:
        self.queue: asyncio.Queue[LiveEvent] = asyncio.Queue(QUEUE)
        self.missed = 0
        self.is_local = is_local

    def put(self, event: LiveEvent) -> None:
        """One more; whoever does not keep up loses it."""
        try:
            self.queue.put_nowait(replace(event, missed=self.missed) if self.missed else event)
            self.missed = 0
        except asyncio.QueueFull:
            self.missed += 1


class Live:
    """Tells watchers what intake accepted and what ended."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._watchers: set[_Watcher] = set()
        self._looks: list[Callable[[list[Message]], None]] = []
        self.node = 0
        """This one, where nodes share the store."""
        self.began: Callable[[], None] = lambda: None
        """Called when somebody begins to watch all nodes."""

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
            event = _event(message, message.state, now, self.node)
            for watcher in self._watchers:
                watcher.put(event)

    # -- other nodes -----------------------------------------------------------------------------------------------

    def wanted(self) -> list[str]:
        """What the other nodes are to tell."""
        return [ALL] if any(not watcher.is_local for watcher in self._watchers) else []

    def happened_elsewhere(self, node: int, message: Message, state: State) -> None:
        """Another node tells of a message."""
        event = _event(message, state, self._clock.now(), node)
        for watcher in self._watchers:
            if not watcher.is_local:
                watcher.put(event)

    def heard_elsewhere(self, text: Incoming) -> None:
        """Of incoming texts nobody is told here."""

    def missed_elsewhere(self, count: int) -> None:
        """So many will not be told."""
        for watcher in self._watchers:
            if not watcher.is_local:
                watcher.missed += count

    # --------------------------------------------------------------------------------------------------------------

    async def watch(self, *, is_local: bool = False) -> AsyncIterator[LiveEvent]:
        """Every event from now on, until the caller stops. `is_local`: of this node alone."""
        watcher = _Watcher(is_local=is_local)
        self._watchers.add(watcher)
        if not is_local:
            self.began()
        try:
            while True:
                yield await watcher.queue.get()
        finally:
            self._watchers.discard(watcher)


def _event(message: Message, state: State, now: int, node: int) -> LiveEvent:
    return LiveEvent(
        now,
        message.id,
        message.account_id,
        message.sender,
        message.recipient,
        state.name,
        message.connector,
        message.parts,
        message.price,
        message.error,
        0,
        node,
    )
