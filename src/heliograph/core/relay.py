"""What happens on other nodes, for whoever watches here: `heliograph tail` and the live stream of `/v1`.

Nothing is told between nodes while nobody watches. Who does says so to the others, again and again; they tell the ids
of what happens, gathered and numbered, and the watcher's node looks the messages up. A hint may be lost and a flood is
cut: the numbers show how many are missing, and the watchers are told.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, Protocol

from heliograph.model.message import Message, MessageId, State
from heliograph.model.receipt import Incoming
from heliograph.ports import Store, StoreFailure

ALL: Final = "*"
"""Wanted by who watches the whole gateway; else an account's id."""
WANTED_S: Final = 6.0
BEAT_S: Final = 2.0
GATHER_S: Final = 0.05
MOST: Final = 500
"""Events told within `GATHER_S`: ten thousand a second."""
OF_A_WORD: Final = 200
MOST_WAITING: Final = 10_000
READ: Final = 500
MOST_WANTED: Final = 1_000


class _Event(NamedTuple):
    """A message that came to a state, or (0) an incoming text."""

    node: int
    id: int
    account: str
    state: int


class Watched(Protocol):
    """Who shows what happens, and may show what happened elsewhere."""

    began: Callable[[], None]

    def wanted(self) -> Iterable[str]:
        """`ALL`, or ids of accounts."""

    def happened_elsewhere(self, node: int, message: Message, state: State) -> None:
        """On another node. The message is as it stands now."""

    def heard_elsewhere(self, text: Incoming) -> None:
        """An incoming text, kept by another node."""

    def missed_elsewhere(self, count: int) -> None:
        """So many events of other nodes, or some of them, will not be told."""


class Relay:
    """`hint` tells the other nodes a word; `watched` are asked what they want and told what came."""

    def __init__(
        self,
        *,
        hint: Callable[[str], None],
        node: int,
        store: Store,
        monotonic: Callable[[], float],
        watched: Sequence[Watched],
    ) -> None:
        self._hint = hint
        self._node = node
        self._store = store
        self._monotonic = monotonic
        self._watched = watched
        self._wanted: dict[str, float] = {}
        self._number = 0
        """Of the next event."""
        self._cut = 0
        self._items: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        self._next: dict[int, int] = {}
        self._waiting: deque[_Event] = deque()
        self._missed = 0
        self._task: asyncio.Task[None] | None = None
        for one in watched:
            one.began = self.say_what_is_wanted

    # -- what happens here -----------------------------------------------------------------------------------------

    def happened(self, messages: list[Message]) -> None:
        """These messages have just come, durably, to the states they are in."""
        if self._wanted:
            self._tell([(message.id, message.account_id, int(message.state)) for message in messages])

    def heard(self, texts: list[Incoming]) -> None:
        """These texts have just been kept."""
        if self._wanted:
            self._tell([(text.id, text.account_id, 0) for text in texts if not text.is_call])

    def _tell(self, events: list[tuple[int, int, int]]) -> None:
        is_all = ALL in self._wanted
        for id_, account_id, state in events:
            if not is_all and str(account_id) not in self._wanted:
                continue
            if len(self._items) >= MOST:
                self._cut += 1
                continue
            self._items.append(f"{id_}:{account_id}:{state}")
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._tell_gathered)

    def _tell_gathered(self) -> None:
        self._timer = None
        items, self._items = self._items, []
        for at in range(0, len(items), OF_A_WORD):
            some = items[at : at + OF_A_WORD]
            self._hint(f"happened {self._node} {self._number + at} {' '.join(some)}")
        self._number += len(items) + self._cut  # what was cut is seen to be missing
        self._cut = 0
        now = self._monotonic()
        self._wanted = {what: until for what, until in self._wanted.items() if until > now}

    # -- what is wanted --------------------------------------------------------------------------------------------

    def heard_wanted(self, told: str) -> None:
        """Another node shows these to somebody."""
        until = self._monotonic() + WANTED_S
        for what in told.split(" "):
            if what in self._wanted or len(self._wanted) < MOST_WANTED:
                self._wanted[what] = until

    def say_what_is_wanted(self) -> None:
        """Tell the others what is watched here, if anything is."""
        wanted = self._here()
        if wanted:
            self._hint(f"want {' '.join([ALL] if ALL in wanted else sorted(wanted)[:MOST_WANTED])}")
        else:
            self._next.clear()

    async def beat(self) -> None:
        """Say it again."""
        self.say_what_is_wanted()

    def _here(self) -> set[str]:
        return {what for one in self._watched for what in one.wanted()}

    # -- what happened elsewhere -----------------------------------------------------------------------------------

    def heard_happened(self, told: str) -> None:
        """Another node tells what happened there."""
        wanted = self._here()
        if not wanted:
            return
        node, first, *items = told.split(" ")
        sender, number = int(node), int(first)
        self._missed += max(0, number - self._next.get(sender, number))
        self._next[sender] = number + len(items)
        is_all = ALL in wanted
        for item in items:
            id_, account, state = item.split(":")
            if not is_all and account not in wanted:
                continue
            if len(self._waiting) >= MOST_WAITING:
                self._missed += 1
                continue
            self._waiting.append(_Event(sender, int(id_), account, int(state)))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._show(), name="relay")

    async def _show(self) -> None:
        while self._waiting or self._missed:
            some = [self._waiting.popleft() for _ in range(min(READ, len(self._waiting)))]
            try:
                await self._show_those(some)
            except StoreFailure:
                self._missed += len(some)
            missed, self._missed = self._missed, 0
            if missed:
                for one in self._watched:
                    one.missed_elsewhere(missed)
            await asyncio.sleep(0)

    async def _show_those(self, events: list[_Event]) -> None:
        ids = sorted({event.id for event in events if event.state})
        messages: dict[MessageId, Message] = {}
        if ids:
            messages = {message.id: message for message in await self._store.messages(ids, None)}
        kept = [event.id for event in events if not event.state]
        texts = {text.id: text for text in await self._store.history.incoming(kept)} if kept else {}
        for event in events:
            message, text = messages.get(event.id), texts.get(event.id)
            for one in self._watched:
                if event.state and message is not None:
                    one.happened_elsewhere(event.node, message, State(event.state))
                elif not event.state and text is not None:
                    one.heard_elsewhere(text)

    async def stop(self) -> None:
        """Tell and show nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
