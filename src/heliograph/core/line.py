"""One connector as core sees it: its lanes, what is reserved, what waits to be written, how fast it may go."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from heliograph.core.lanes import Lanes
from heliograph.core.limits import TokenBucket
from heliograph.core.pace import Pace
from heliograph.model.message import Attempt, Message, MessageId, Priority
from heliograph.ports import Connector

THROTTLED_PAUSE_S = 0.25
LONGEST_THROTTLED_PAUSE_S = 5.0
AHEAD_S = 0.05
MOST_AHEAD = 500
"""Parts that may be SENDING beyond the free slots: what the carrier takes in so long, at most a group of them. Their
slots are free by the time the group is committed, and a message that has one when it comes costs one write less."""
FAST = 1_000
"""Parts a second: of what a slower carrier takes nothing goes ahead, so that what waits for it may still change."""
LATELY_S = 0.1
"""Over so long, at least, it is counted what the carrier takes."""


class Line:
    """A connector with its window on the queue.

    `reserved` counts parts that are being written as SENDING, `outbox` holds attempts that are SENDING and wait for
    a free slot. `behind` tells, per priority, that the store holds fresh messages memory does not; `cursors` is the
    id up to which memory has seen them, `left` the least id that was left to the store since it was last asked (None:
    nothing was). With `takes_whole` all parts of a message go in one attempt. `is_here` is False while other nodes hold
    all sessions to the carrier; `is_up_elsewhere` while one of theirs is up. `turn` is another one each time the
    sessions come or go: what the store was asked before that answers nothing any more.
    """

    def __init__(self, connector: Connector, *, capacity: int, speed: float, takes_whole: bool = False) -> None:
        self.connector = connector
        self.takes_whole = takes_whole
        self._capacity = capacity
        self.lanes = Lanes(capacity)
        self.outbox: deque[Attempt] = deque()
        self.moving: set[MessageId] = set()
        self.reserved = 0
        self.bucket = TokenBucket(speed, max(1.0, speed / 10)) if speed > 0 else None
        self._speed = speed
        self.pace = Pace()
        self.behind = [True, True, True]
        self.cursors: list[MessageId] = [0, 0, 0]
        self.left: list[MessageId | None] = [None, None, None]
        self.is_refilling = False
        self.has_more = False
        """The store had more retries, or more of what was nobody's, than were fetched."""
        self.polls = 0
        self.asked = 0
        """Pages of the store that are on their way."""
        self.left_since: set[MessageId] = set()
        """What was marked SENDING or given another text meanwhile: a page may show it as it was before."""
        self.is_here = True
        self.turn = 0
        self.is_up_elsewhere = False
        self.paused_until = 0.0
        self.throttles_in_row = 0
        self._throttled = 0
        self.lost_since: float | None = None
        self.has_timer = False
        self._settled = 0
        self._since = 0.0
        self._ahead = 0

    @property
    def name(self) -> str:
        """The connector's name."""
        return self.connector.name

    @property
    def connected(self) -> bool:
        """True if the carrier can be reached, from here or from another node."""
        return self.connector.connected or self.is_up_elsewhere

    def share(self, part: float) -> None:
        """Grant so much of the speed, 0 < part ≤ 1: the rest is other nodes'."""
        if self.bucket is not None and self.bucket.rate != self._speed * part:
            self.bucket.set_rate(self._speed * part, max(1.0, self._speed * part / 10))

    def come_here(self) -> None:
        """The first session is ours: what waits for it is in the store."""
        self.is_here = True
        self.turn += 1
        self.behind = [True, True, True]
        self.cursors = [0, 0, 0]

    def go_away(self) -> None:
        """No session is ours any more: what waits for it is in the store, for others."""
        self.is_here = False
        self.turn += 1
        self.behind = [False, False, False]
        self.has_more = False
        self.lanes = Lanes(self._capacity)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While a page of what waits is on its way. What it shows is compared with `left_since` before anything else is
        waited for."""
        if not self.asked:
            self.left_since.clear()
        self.asked += 1
        try:
            yield
        finally:
            self.asked -= 1

    def has_left(self, messages: Iterable[MessageId]) -> None:
        """These are not what they were in the store."""
        if self.asked:
            self.left_since.update(messages)

    def budget(self, monotonic: float) -> int:
        """How many parts may be started now: slots that are free or about to be, less what is on its way to them, and
        the speed limit."""
        if monotonic < self.paused_until:
            return 0
        room = self.connector.free + self._soon_free(monotonic) - self.reserved - len(self.outbox)
        if room <= 0:
            return 0
        room = min(room, self.pace.available(monotonic))
        return room if self.bucket is None else min(room, self.bucket.available(monotonic))

    def _soon_free(self, monotonic: float) -> int:
        """None while the carrier is away or takes nothing."""
        is_going = monotonic - self._since < 3 * LATELY_S and self.connector.connected
        return self._ahead if is_going else 0

    def spend(self, parts: int, monotonic: float) -> None:
        """Count parts against the speed limit; a long message may overdraw it, the next ones wait longer."""
        self.pace.spend(parts, monotonic)
        if self.bucket is not None:
            self.bucket.spend(monotonic, parts)

    def room_now(self, monotonic: float) -> int:
        """How many parts of fresh messages may go at once; none while anything waits before them."""
        return 0 if self.lanes or any(self.behind) else self.budget(monotonic)

    def push(self, message: Message) -> bool:
        """Let a committed QUEUED message wait in memory; False when it has to be fetched from the store later.

        An account that has nothing waiting here always gets a place, so that one customer's mountain in the store
        never hides another's message; nor is one left to the store whose id memory has passed there already.
        """
        if not self.is_here:
            return False
        priority = message.priority
        is_fresh = message.next_try_at == 0
        if is_fresh and (self.behind[priority] or not self.lanes.has_room):
            if message.id > self.cursors[priority] and self.lanes.waits_for(message.account_id, priority):
                self.behind[priority] = True
                left = self.left[priority]
                self.left[priority] = message.id if left is None else min(left, message.id)
                return False
            self.lanes.push(message)
            return True
        if not self.lanes.has_room:
            return False
        if is_fresh:
            self.cursors[priority] = max(self.cursors[priority], message.id)
        self.lanes.push(message)
        return True

    def knows(self, message_id: MessageId) -> bool:
        """True for a message that waits in memory or is being marked SENDING."""
        return message_id in self.moving or message_id in self.lanes

    def throttled(self, monotonic: float, retry_after_ms: int | None) -> None:
        """The carrier said "slower": pause, longer each time in a row, and go on at a lower pace."""
        pause = min(LONGEST_THROTTLED_PAUSE_S, THROTTLED_PAUSE_S * 2**self.throttles_in_row)
        if retry_after_ms is not None:
            pause = max(pause, retry_after_ms / 1000)
        self._throttled += 1
        if monotonic >= self.paused_until:
            self.throttles_in_row = min(self.throttles_in_row + 1, 10)
        self.paused_until = max(self.paused_until, monotonic + pause)

    def settled(self, taken: int, monotonic: float) -> None:
        """The carrier took so many parts of a list; its pace follows from these and from what it throttled of it."""
        self.pace.taken(taken, monotonic)
        self._settled += taken
        span = monotonic - self._since
        if span >= LATELY_S:
            rate = self._settled / span
            self._ahead = min(int(rate * AHEAD_S), MOST_AHEAD) if rate >= FAST else 0
            self._settled, self._since = 0, monotonic
        if self._throttled:
            self.pace.throttled(self._throttled, monotonic)
            self._throttled = 0

    def refill_priorities(self) -> list[Priority]:
        """The priorities of which the store may hold more than memory does."""
        return [priority for priority in Priority if self.behind[priority]]
