"""What happens because time passes: due messages are released, overdue ones expire, silence becomes UNKNOWN.

Every job is bounded, reads the store, and goes through the same journal and the same endings as everything else. Jobs
run one after another in one task; a fault in one is reported and the next runs all the same.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable

from heliograph.core.backlog import Backlog
from heliograph.core.dispatch import Dispatch
from heliograph.core.endings import Ended, Endings, move_of
from heliograph.core.errors import OF_REASON, NetworkError
from heliograph.core.holding import Holding
from heliograph.core.inbound import Inbound
from heliograph.core.journal import Journal, Verdict
from heliograph.core.notify import Notify
from heliograph.core.outcomes import Outcomes
from heliograph.core.release import Release
from heliograph.core.standing import result, result_of_shared_ids
from heliograph.core.terms import DAY_MS
from heliograph.model.message import Attempt, AttemptState, Message, State
from heliograph.model.refusal import Reason
from heliograph.model.rows import Fence, Row
from heliograph.ports import Clock, Store

BATCH = 500
MOST_FILINGS = 25
"""Groups of shown ids filed in one round: ten thousand messages a second."""
MOST_PRUNINGS = 20
"""Groups of keys removed in one round: two thousand keys a second."""
SILENT_AFTER_MS = 24 * 3600 * 1000
"""A message without a receipt is UNKNOWN this long after its validity (decisions.md 1)."""

Job = Callable[[], Awaitable[None]]


class Upkeep:
    """The housekeeping task. `free_disk` answers bytes; below `least_disk` nothing new is accepted."""

    def __init__(
        self,
        *,
        release: Release,
        journal: Journal,
        store: Store,
        clock: Clock,
        fence: Fence,
        dispatch: Dispatch,
        outcomes: Outcomes,
        inbound: Inbound,
        holding: Holding,
        notify: Notify,
        endings: Endings,
        backlog: Backlog,
        free_disk: Callable[[], int],
        least_disk: int,
        silent_after_ms: int,
        on_fault: Callable[[str, BaseException], None],
    ) -> None:
        self._release = release
        self._journal = journal
        self._store = store
        self._clock = clock
        self._fence = fence
        self._dispatch = dispatch
        self._outcomes = outcomes
        self._inbound = inbound
        self._notify = notify
        self._endings = endings
        self._backlog = backlog
        self._free_disk = free_disk
        self._least_disk = least_disk
        self._silent_after_ms = silent_after_ms
        self._on_fault = on_fault
        self._task: asyncio.Task[None] | None = None
        self.is_first: Callable[[], bool] = lambda: True
        """Whether this node does what only one does, where nodes share the store."""
        self._due: dict[str, float] = {}
        self._jobs: tuple[tuple[str, float, Job], ...] = (
            ("disk", 1.0, self._watch_disk),
            ("scheduled", 1.0, self._by_one(self.release_scheduled)),
            ("overdue", 1.0, self._by_one(self.expire_overdue)),
            ("retries", 1.0, dispatch.poll),
            ("notices", 1.0, notify.poll),
            ("parked", 5.0, self._by_one(self._sweep_parked)),
            ("held parts", 1.0, holding.sweep),
            ("incoming parts", 1.0, inbound.joining.sweep),
            ("shown ids", 1.0, self._file_shown),
            ("guards", 5.0, self._by_one(self._prune_guards)),
            ("days", 3600.0, self._by_one(self._forget_days)),
            ("silent", min(60.0, silent_after_ms / 1000), self._by_one(self.give_up_silent)),
        )

    def add(self, name: str, every_s: float, job: Job) -> None:
        """One more job, from the next start on; of several nodes one does it."""
        self._jobs = (*self._jobs, (name, every_s, self._by_one(job)))

    def add_everywhere(self, name: str, every_s: float, job: Job) -> None:
        """One more job, from the next start on, of each node."""
        self._jobs = (*self._jobs, (name, every_s, job))

    def _by_one(self, job: Job) -> Job:
        async def if_first() -> None:
            if self.is_first():
                await job()

        return if_first

    async def start(self) -> None:
        """Begin; recovery has run before."""
        self._task = asyncio.create_task(self._run(), name="upkeep")

    async def stop(self) -> None:
        """End between two jobs or at the next wait."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def recover(self, fence: Fence | None = None) -> int:
        """After a start: what was SENDING with an unanswered part is in doubt; the route's policy decides. The same for
        what another node left, if its `fence` is given.

        Returns how many messages that were. QUEUED ones are fetched as their lines are filled.
        """
        found, after = 0, 0
        while True:
            messages = await self._store.undecided(after, BATCH, fence or self._fence)
            rows: list[Row] = []
            requeued: list[Message] = []
            for message in messages:
                after = message.id
                if message.state is State.IN_DOUBT:
                    continue
                found += 1
                self._doubt(self._inbound.in_hand(message), rows, requeued)
            if rows:
                self._journal.add(rows, functools.partial(self._decided, requeued))
            if len(messages) < BATCH:
                break
        await self._journal.settle()
        return found

    def _doubt(self, message: Message, rows: list[Row], requeued: list[Message]) -> None:
        now = self._clock.now()
        message.tries = max(message.tries, *(attempt.try_no for attempt in message.attempts), 1)
        answered = {
            number
            for attempt in message.attempts
            if attempt.state not in (AttemptState.FAILED, AttemptState.SILENT) or attempt.try_no == message.tries
            for number in range(attempt.part_first, attempt.part_last + 1)
        }
        for number in range(1, message.parts + 1):
            if number in answered:
                continue
            attempt = Attempt(message, number, number, message.tries, message.connector, AttemptState.IN_DOUBT)
            attempt.answered_at = now
            attempt.detail = "the gateway ended before the answer was known"
            message.attempts.append(attempt)
            rows.append(attempt)
        self._outcomes.decide_doubt(message, now, rows, requeued)

    def _decided(self, requeued: list[Message], verdict: Verdict) -> None:
        self._requeue(self._dispatch.going_again(requeued, verdict))

    def _requeue(self, messages: list[Message]) -> None:
        for message in messages:
            self._dispatch.requeued(message)

    # -- jobs ------------------------------------------------------------------------------------------------------

    async def release_scheduled(self) -> None:
        """SCHEDULED → QUEUED when due; whether it may go is asked again (decisions.md 15)."""
        now = self._clock.now()
        due = await self._store.scheduled(now, BATCH)
        messages = [message for message in due if message.id not in self._dispatch.changing]
        rows: list[Row] = []
        ended = Ended()
        released: list[Message] = []
        for message in messages:
            way = self._release.look(message, now)
            if isinstance(way, Reason):
                error = OF_REASON.get(way, NetworkError.REJECTED_BY_OPERATOR)
                self._endings.end(message, State.REJECTED, error, now, rows, ended)
                continue
            message.state = State.QUEUED
            message.connector = way.connector or self._dispatch.connector_for(message.route_id)
            message.node = self._dispatch.owner_of(message.connector)
            message.next_try_at = way.at
            rows += [move_of(message, came_from=State.SCHEDULED), *way.rows]
            released.append(message)

        def then(verdict: Verdict) -> None:
            self._endings.committed(ended, verdict)
            self._requeue([message for message in released if message.id not in verdict])
            for line in self._dispatch.lines.values():
                self._dispatch.pump(line)

        if rows:
            self._journal.add(rows, then)
            await self._journal.settle()

    async def expire_overdue(self) -> None:
        """Waiting messages whose validity is over end EXPIRED, wherever they wait (P2)."""
        now = self._clock.now()
        messages = await self._when_written(lambda: self._store.overdue(now, BATCH))
        await self._end_all(messages, State.EXPIRED, NetworkError.NONE, waiting=True)

    async def give_up_silent(self) -> None:
        """Handed over, never heard of again: UNKNOWN, visible, never refunded (decisions.md 1), unless the receipt
        for one part spoke for all."""
        before = self._clock.now() - self._silent_after_ms
        messages = await self._when_written(lambda: self._store.silent(before, BATCH))
        for message in messages:
            message.state = State.SENT if message.state is State.SENDING else message.state
        ends: dict[tuple[State, int], list[Message]] = {}
        for message in messages:
            end = result(message) or (result_of_shared_ids(message) if message.parts > 1 else None)
            ends.setdefault(end or (State.UNKNOWN, NetworkError.NO_STATUS), []).append(message)
        for (state, error), theirs in ends.items():
            await self._end_all(theirs, state, error, waiting=False)

    async def _when_written(self, ask: Callable[[], Awaitable[list[Message]]]) -> list[Message]:
        """What the store shows once everything planned so far is in it: an end that waits to be written, because the
        store fails, must not come to its message a second time."""
        if not await ask():
            return []
        await self._journal.settle()
        return await ask()

    async def _end_all(self, messages: list[Message], state: State, error: int, *, waiting: bool) -> None:
        rows: list[Row] = []
        ended = Ended()
        withdrawn: list[Message] = []
        now = self._clock.now()
        for stored in messages:
            message = self._dispatch.withdraw(self._inbound.goes_again(stored)) if waiting else stored
            if message is None:
                continue
            if waiting:
                withdrawn.append(message)
            if not (waiting and self._endings.back_to_carrier(message, rows)):
                self._endings.end(message, state, error, now, rows, ended)

        def then(verdict: Verdict) -> None:
            self._dispatch.written(withdrawn)
            self._endings.committed(ended, verdict)

        if rows:
            self._journal.add(rows, then)
            await self._journal.settle()

    async def _file_shown(self) -> None:
        """A bounded number of groups, each as short as any other."""
        for _ in range(MOST_FILINGS):
            if not await self._store.file_shown():
                return

    async def _prune_guards(self) -> None:
        """Idempotency keys whose time is over, in groups as short as any other."""
        for _ in range(MOST_PRUNINGS):
            if await self._store.prune_guards(self._clock.now(), BATCH) < BATCH:
                return

    async def _forget_days(self) -> None:
        """What was let go the day before yesterday counts on no day any more, in whatever zone."""
        await self._store.subclients.forget_released(self._clock.now() - 3 * DAY_MS)

    async def _sweep_parked(self) -> None:
        await self._inbound.sweep()

    async def _watch_disk(self) -> None:
        self._backlog.is_disk_full = self._free_disk() < self._least_disk

    async def _run(self) -> None:
        while True:
            for name, every_s, job in self._jobs:
                monotonic = self._clock.monotonic()
                if monotonic < self._due.get(name, 0.0):
                    continue
                self._due[name] = monotonic + every_s
                try:
                    await job()
                except Exception as error:
                    self._on_fault(f"upkeep {name}", error)
            await asyncio.sleep(0.25)
