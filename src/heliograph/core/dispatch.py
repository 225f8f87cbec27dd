"""Messages to connectors: who goes now, who waits in memory, who waits in the store.

A fresh message whose connector has a slot free, or soon (docs/decisions/0023), is inserted as SENDING with it reserved,
so it costs no second write; any other waits QUEUED and is marked SENDING in a group that commits before it is handed
out (decisions.md 1).
Lists everywhere: one pump takes what fits, one row list marks it, one `send` hands it over. What came of it is the
business of `outcomes`.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress

from heliograph.core.backlog import Backlog
from heliograph.core.directory import Directory
from heliograph.core.endings import Ended, Endings, move_of
from heliograph.core.errors import NetworkError
from heliograph.core.journal import Failpoint, Journal, Verdict
from heliograph.core.line import Line
from heliograph.core.standing import parts_to_send
from heliograph.core.store_queue import REFILL, StoreQueue
from heliograph.model.message import Attempt, AttemptState, Message, MessageId, State
from heliograph.model.rows import Fence, Row
from heliograph.ports import Clock, Connector, Store

_QUEUED, _SENDING = State.QUEUED, State.SENDING
_UNCLEAR = frozenset({AttemptState.OPEN, AttemptState.IN_DOUBT})

LOST_GRACE_S = 5.0
"""How long a connector may be away before what waits for it goes to another one of its route."""


class Dispatch:
    """Owns the lines. Everything runs in the loop's thread; nothing here raises for a connector's fault."""

    def __init__(
        self,
        *,
        directory: Directory,
        journal: Journal,
        store: Store,
        clock: Clock,
        fence: Fence,
        endings: Endings,
        backlog: Backlog,
        failpoint: Failpoint,
        on_fault: Callable[[str, BaseException], None],
    ) -> None:
        self._directory = directory
        self._journal = journal
        self._store = store
        self._clock = clock
        self._fence = fence
        self._endings = endings
        self._backlog = backlog
        self._failpoint = failpoint
        self._on_fault = on_fault
        self._tasks: set[asyncio.Task[None]] = set()
        self._soon: dict[str, Line] = {}
        self.lines: dict[str, Line] = {}
        self.waiting = StoreQueue(store, clock, fence, is_known=self._is_known, pump=self.pump)
        """What waits in the store, and is fetched from there."""
        self.may_send: Callable[[], bool] | None = None
        """Asked before anything is written to a carrier."""
        self.changing: set[MessageId] = set()
        """Waiting messages that are being replaced, ended or held back: they are not released, handed over, or ended by
        anybody else meanwhile."""
        self.is_stopping = False
        self.handed_over = 0

    def add(self, connector: Connector, *, capacity: int, speed: float, takes_whole: bool = False) -> None:
        """Open a line for `connector`; `speed` is parts a second, 0 = as fast as it takes them. One that `takes_whole`
        is given all parts of a message in one attempt."""
        self.lines[connector.name] = Line(connector, capacity=capacity, speed=speed, takes_whole=takes_whole)

    def connector_for(self, route_id: str) -> str:
        """The connector a message of this route would go to now."""
        return self._choose(route_id).name

    def is_connected(self, name: str) -> bool:
        """True if the connector exists and has its link."""
        line = self.lines.get(name)
        return line is not None and line.connected

    def owner_of(self, name: str) -> int:
        """Whose a message is that waits for this connector: this node's, or (0) nobody's yet."""
        line = self.lines.get(name)
        return self._fence.node if line is None or line.is_here else 0

    # -- fresh messages ------------------------------------------------------------------------------------------

    def place(self, messages: list[Message]) -> None:
        """Choose each one's connector and reserve slots: it becomes SENDING if it may go at once, else stays QUEUED."""
        monotonic = self._clock.monotonic()
        rooms: dict[str, int] = {}
        route_id: str | None = None
        for message in messages:
            if message.connector in self.lines:  # of a part: where the one before it went
                line, route_id = self.lines[message.connector], None
                name = line.name
                rooms.setdefault(name, 0 if self.is_stopping else line.room_now(monotonic))
            elif message.route_id != route_id:
                route_id = message.route_id
                line = self._choose(route_id)
                name = line.name
                if name not in rooms:
                    rooms[name] = 0 if self.is_stopping else line.room_now(monotonic)
            message.connector = name
            parts = message.parts
            if parts > rooms[name]:
                rooms[name] = 0  # what comes after it must not overtake it
                if not line.is_here:
                    message.node = 0
                continue
            rooms[name] -= parts
            message.state = _SENDING
            message.tries = 1
            line.reserved += parts
            line.spend(parts, monotonic)
            if self._directory.routing.impatient:
                self._await_receipt(message, self._clock.now())

    def _await_receipt(self, message: Message, now: int) -> None:
        """The message goes out: note when it goes another way if no receipt comes, once, by its route's policy."""
        rule = self._directory.routing.rule(message.route_id)
        if rule is not None and rule.failover_on_missing_receipt_s and message.part is None:
            wait = rule.failover_on_missing_receipt_s * 1000
            message.next_try_at = 0 if message.maybe_twice else now + wait

    def release(self, message: Message) -> None:
        """Give the slot of a placed message back: the store did not take it. It is as if it never was placed."""
        if message.state is _SENDING:
            self.lines[message.connector].reserved -= message.parts
            message.state, message.tries = _QUEUED, 0
        message.connector = ""

    def committed(self, messages: list[Message]) -> None:
        """Placed messages are durable: those that are SENDING go out, the QUEUED ones wait in their lanes."""
        now = self._clock.now()
        touched: dict[str, Line] = {}
        for message in messages:
            line = self.lines[message.connector]
            touched[line.name] = line
            if message.state is _SENDING:
                line.reserved -= message.parts
                self._to_outbox(line, message, now)
            else:
                line.push(message)
        for line in touched.values():
            if line.is_here:
                self._pump_soon(line)
            else:
                self._hint(line)

    def going_again(self, requeued: list[Message], verdict: Verdict) -> list[Message]:
        """Those of which another try is durable; the others had ended meanwhile, and do not wait."""
        for message in requeued:
            if message.id in verdict:
                self._backlog.moved(message, _QUEUED, None)
        return [message for message in requeued if message.id not in verdict] if verdict else requeued

    def requeued(self, message: Message) -> None:
        """A message is durably QUEUED again; it waits in memory if it is due and there is room, else in the store."""
        line = self.lines.get(message.connector)
        if line is not None and not line.is_here:
            self._hint(line)
        elif line is not None and message.next_try_at <= self._clock.now() and not self._is_known(line, message.id):
            line.push(message)

    def _choose(self, route_id: str) -> Line:
        rule = self._directory.routing.rule(route_id)
        assert rule is not None
        first = self.lines[rule.connectors[0]]
        if first.connected or not rule.failover_on_disconnect:
            return first
        for name in rule.connectors[1:]:
            if self.lines[name].connected:
                return self.lines[name]
        return first

    # -- the pump ------------------------------------------------------------------------------------------------

    def ready(self, name: str) -> None:
        """A connector has room again, or its link came or went."""
        line = self.lines.get(name)
        if line is None:
            return
        line.lost_since = None if line.connector.connected else (line.lost_since or self._clock.monotonic())
        self.pump(line)

    def pump(self, line: Line) -> None:
        """Write what the window allows, then mark as many waiting messages SENDING as fit."""
        self._flush(line)
        if self.is_stopping or self._journal.is_full:
            return
        if line.lanes:
            monotonic = self._clock.monotonic()
            budget = line.budget(monotonic)
            if budget > 0:
                self._mark(line, line.lanes.take(budget), monotonic)
            elif line.connector.connected:
                self._pump_later(line, monotonic)
        if line.lanes.is_low and any(line.behind) and not line.is_refilling:
            self._spawn(self.waiting.refill(line))
        elif line.has_more and line.lanes.parts < REFILL and not line.is_refilling:
            self._spawn(self.waiting.fetch_more(line))

    def _pump_soon(self, line: Line) -> None:
        """Pump in the loop's next turn: the works of one group are told one by one, and hand over one list."""
        if not self._soon:
            asyncio.get_running_loop().call_soon(self._pump_those)
        self._soon[line.name] = line

    def _pump_those(self) -> None:
        lines, self._soon = list(self._soon.values()), {}
        for line in lines:
            self.pump(line)

    def _mark(self, line: Line, messages: list[Message], monotonic: float) -> None:
        now = self._clock.now()
        rows: list[Row] = []
        going: list[Message] = []
        ended = Ended()
        for message in messages:
            if message.state is not _QUEUED:
                continue
            if message.expires_at <= now:
                if not self._endings.back_to_carrier(message, rows):
                    self._endings.end(message, State.EXPIRED, NetworkError.NONE, now, rows, ended)
                continue
            message.state = _SENDING
            self._await_receipt(message, now)
            message.tries += 1
            rows.append(move_of(message, fenced=True))
            going.append(message)
        parts = sum(message.parts for message in going)
        line.reserved += parts
        line.spend(parts, monotonic)
        moving = [message.id for message in (*going, *ended.messages)]
        line.moving.update(moving)  # until it is durable the store still shows them waiting: nobody may end them twice

        def then(verdict: Verdict) -> None:
            now = self._clock.now()
            line.reserved -= parts
            line.moving.difference_update(moving)
            line.has_left(moving)
            for message in going:
                if message.id not in verdict:
                    self._backlog.moved(message, _QUEUED, _SENDING)
                    if not message.is_final:
                        self._to_outbox(line, message, now)
            self._endings.committed(ended, verdict)
            self.pump(line)

        if rows:
            self._journal.add(rows, then)

    def _to_outbox(self, line: Line, message: Message, now: int) -> None:
        if message.parts == 1:
            numbers = [1]
        else:
            numbers = parts_to_send(message) if message.attempts else list(range(1, message.parts + 1))
        is_whole = line.takes_whole and len(numbers) == message.parts and not message.content.segments
        for number in numbers[:1] if is_whole else numbers:
            attempt = Attempt(
                message, number, message.parts if is_whole else number, message.tries, line.name, sent_at=now
            )
            message.attempts.append(attempt)
            line.outbox.append(attempt)

    def _flush(self, line: Line) -> None:
        outbox = line.outbox
        if not outbox or self.is_stopping or (self.may_send is not None and not self.may_send()):
            return
        if line.paused_until and (monotonic := self._clock.monotonic()) < line.paused_until:
            self._pump_later(line, monotonic)
            return
        free = line.connector.free
        if free <= 0:
            return
        if free >= len(outbox):
            batch = list(outbox)
            outbox.clear()
        else:
            batch = [outbox.popleft() for _ in range(free)]
        self.handed_over += len(batch)
        line.connector.send(batch)
        self._failpoint("after_submit")

    def _pump_later(self, line: Line, monotonic: float) -> None:
        """The speed limit or a throttled carrier holds us back: look again when it may be over."""
        if line.has_timer:
            return
        wait = line.paused_until - monotonic
        wait = max(wait, line.pace.wait(monotonic))
        if line.bucket is not None:
            wait = max(wait, line.bucket.wait(monotonic))
        if wait <= 0:
            return

        def look_again() -> None:
            line.has_timer = False
            self.pump(line)

        line.has_timer = True
        asyncio.get_running_loop().call_later(max(wait, 0.005), look_again)

    # -- what the store holds --------------------------------------------------------------------------------------

    async def poll(self) -> None:
        """Once a second: fetch retries that are due, and move what waits for a connector that stays away."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        for line in list(self.lines.values()):
            if not self.is_stopping:
                await self.waiting.poll(line, now)
            if line.lost_since is not None and monotonic - line.lost_since >= LOST_GRACE_S:
                self._fail_over(line, now)
            self.pump(line)

    def work_came(self, name: str) -> None:
        """Another node says that something waits for this connector which nobody owns."""
        line = self.lines.get(name)
        if line is None or not line.is_here or self.is_stopping:
            return
        if line.is_refilling or line.lanes.parts >= REFILL:
            line.has_more = True
        else:
            self._spawn(self.waiting.fetch_more(line))

    def _is_known(self, line: Line, message_id: MessageId) -> bool:
        """True for what the store shows waiting and memory holds already, or has taken out of its lane."""
        return message_id in self.changing or line.knows(message_id)

    def _hint(self, line: Line) -> None:
        if self.waiting.nodes is not None:
            self.waiting.nodes.hint(f"work {line.name}")

    def _fail_over(self, line: Line, now: int) -> None:
        rows: list[Row] = []
        moved: list[Message] = []
        for message in line.lanes.take(REFILL):
            other = self._other_connector(message)
            if other is None or message.state is not _QUEUED:
                line.lanes.push(message)
                continue
            message.connector = other
            message.node = self.owner_of(other)
            message.next_try_at = now
            rows.append(move_of(message, came_from=_QUEUED))
            moved.append(message)
        unsent = self._fail_over_unsent(line, now, rows)
        moved += unsent
        line.moving.update(message.id for message in moved)

        def then(verdict: Verdict) -> None:
            line.moving.difference_update(message.id for message in moved)
            self.going_again(unsent, verdict)
            for message in moved:
                if message.id not in verdict:
                    self.requeued(message)
            for name in {message.connector for message in moved}:
                self.pump(self.lines[name])

        if rows:
            self._journal.add(rows, then)

    def _fail_over_unsent(self, line: Line, now: int, rows: list[Row]) -> list[Message]:
        """What is SENDING and of which nothing was ever written can go another way as well."""
        unsent = Counter([attempt.message for attempt in line.outbox])
        gone: set[Attempt] = set()
        moved: list[Message] = []
        for message, count in unsent.items():
            attempts = message.attempts
            if count < len(attempts) or message.state is not _SENDING:
                continue
            message.attempts = []
            other = self._other_connector(message)
            if other is None:
                message.attempts = attempts
                continue
            gone.update(attempts)
            self._backlog.moved(message, _SENDING, _QUEUED)
            message.state, message.connector, message.node = _QUEUED, other, self.owner_of(other)
            message.next_try_at = now
            rows.append(move_of(message))
            moved.append(message)
        if gone:
            line.outbox = deque([attempt for attempt in line.outbox if attempt not in gone])
        return moved

    def _other_connector(self, message: Message) -> str | None:
        """A connected connector of the message's route; a message of which a part is out stays where it is."""
        rule = self._directory.routing.rule(message.route_id)
        if rule is None or not rule.failover_on_disconnect or message.attempts:
            return None
        for name in rule.connectors:
            if name != message.connector and self.is_connected(name):
                return name
        return None

    async def leave(self, name: str) -> list[Attempt]:
        """All our sessions to a carrier go to other nodes: forget what waits here. Returns what was to be written and
        was not."""
        line = self.lines[name]
        line.go_away()
        await self._journal.settle()  # what is being marked comes into the outbox
        while line.reserved:  # and what is being accepted as SENDING: a mailing's may be passed over
            await self._journal.settle()
        unsent = list(line.outbox)
        line.outbox.clear()
        return unsent

    # -- the end -------------------------------------------------------------------------------------------------

    async def drain(self, grace_s: float) -> None:
        """What was marked SENDING but not written to a connector is QUEUED again (decisions.md 1), the rest of a long
        message, too, unless a part of it is in doubt."""
        if self._journal.is_open:
            with suppress(TimeoutError):
                async with asyncio.timeout(grace_s):
                    await self._journal.settle()  # what is being marked comes into the outbox
        now = self._clock.now()
        rows: list[Row] = []
        for line in self.lines.values():
            unsent: dict[MessageId, Message] = {}
            for attempt in line.outbox:
                attempt.message.attempts.remove(attempt)
                unsent[attempt.message.id] = attempt.message
            line.outbox.clear()
            for message in unsent.values():
                if message.state is _SENDING and not any(attempt.state in _UNCLEAR for attempt in message.attempts):
                    message.state = _QUEUED
                    self._backlog.moved(message, _SENDING, _QUEUED)
                    message.next_try_at = now
                    rows.append(move_of(message))
        if rows:
            self._journal.add(rows)

    def withdraw(self, stored: Message) -> Message | None:
        """Take a waiting message out of its lane to end it or to hold it back, until it is `written`; None if it is
        being marked SENDING this very moment, or is somebody else's already."""
        if stored.id in self.changing:
            return None
        line = self.lines.get(stored.connector)
        if line is not None and stored.id in line.moving:
            return None
        self.changing.add(stored.id)
        return (line.lanes.discard(stored.id) if line is not None else None) or stored

    def written(self, messages: Iterable[Message]) -> None:
        """What became of those that were withdrawn is durable, or stays as it was."""
        if self.changing:
            self.changing.difference_update([message.id for message in messages])

    # -- another text ----------------------------------------------------------------------------------------------

    def is_ours(self, message: Message) -> bool:
        """True if a QUEUED message waits for a connector of this node."""
        line = self.lines.get(message.connector)
        return line is not None and line.is_here and message.node == self._fence.node

    def hold(self, stored: Message) -> bool | None:
        """Take a waiting message out to change it, until `changed`; whether it was in memory, None if it goes now."""
        message = self.withdraw(stored)
        if message is None:
            return None
        line = self.lines.get(stored.connector)
        if line is not None:
            line.moving.add(stored.id)
        return message is not stored

    def changed(self, old: Message, new: Message | None, *, was_in_memory: bool) -> None:
        """It is durable that `old` is `new` by now, or (None) that it stays as it was."""
        self.changing.discard(old.id)
        line = self.lines.get(old.connector)
        if line is not None:
            line.moving.discard(old.id)
            line.has_left([old.id])
            if new is None and was_in_memory:
                line.lanes.push(old)
        message = new or old
        if message.state is _QUEUED:
            if new is not None:
                self.requeued(new)
            self.ready(message.connector)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_fault("dispatch", error)
