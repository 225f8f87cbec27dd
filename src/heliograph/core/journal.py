"""The one way anything becomes durable: work is collected while a commit runs, and the whole of it is the next group.

Two sorts of work. An *accept* brings new messages: its caller still owes somebody an answer, so when its group fails
it is answered BUSY and forgotten. Everything else is *kept*: an outcome, a receipt or a notice is a fact that already
happened, so the journal repeats it, in order, until it is committed. Because of that, core may change a message in
memory when it adds kept work; what the outside sees (answers, acknowledgements, notices) waits for `then`.

While the store is at work on a group, whoever waits for the one before is told that it is durable: that is half of our
own work, and store and loop need not wait for each other (`Store.writes_aside`, docs/decisions/0027).

The journal commits at once when idle; only what nobody waits for (`may_wait`) lets itself be taken along by the next
work, and goes alone after `LONGEST_WAIT_S`. Groups are bounded so that an answer never waits behind a mountain: live
accepts are in the next group whatever else waits, kept work has the larger share of it (what is finished makes room),
bulk accepts fill what is left, and go first once they were passed over. One poisoned item never harms its neighbours:
a group that raises anything but `StoreFailure` is repeated work by work. (decisions.md 4, docs/decisions/0019, 0025)
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from heliograph.core.company import Company
from heliograph.model.message import Message, MessageId
from heliograph.model.money import Entry
from heliograph.model.refusal import Reason
from heliograph.model.rows import Fence, Move, Replaced, Row
from heliograph.ports import Clock, Store, StoreFailure

Verdict = Mapping[MessageId, Reason]
"""The messages of a work that were not taken, and why. Empty: all of it is durable."""

Then = Callable[[Verdict], None]
Fault = Callable[[str, BaseException], None]
Failpoint = Callable[[str], None]

GROUP_ROWS = 1_000
"""About 5 ms of row writing."""
GROUP_BYTES = 256 * 1024
KEPT_SHARE = 750
"""Of a group's rows, what kept work may fill while accepts wait."""
MOST_PASSED = 4
"""Groups in a row in which bulk accepts find no room: the next one has their first work, room or not."""
KEPT_HIGH = 200_000
"""Rows of kept work above which nothing new may be started (receipts are not acknowledged, accepts are BUSY)."""
LONGEST_WAIT_S = 0.01
"""How long work that nobody waits for looks for company. After a crash so much more may be in doubt."""
FAILURES_TO_CLOSE = 2
PROBE_PAUSES_S = (0.1, 0.2, 0.4, 0.8, 1.0)

TAKEN_ALL: Verdict = {}


@dataclass(slots=True)
class _Work:
    rows: Sequence[Row]
    then: Then | None
    is_accept: bool
    size: int
    may_wait: bool = False


def _no_failpoint(_: str) -> None:
    return None


def _nothing() -> None:
    return None


class Journal:
    """Group commit over a `Store`. All methods belong to the event loop's thread; none of them waits but `stop`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        fence: Fence,
        *,
        on_fault: Fault,
        failpoint: Failpoint = _no_failpoint,
    ) -> None:
        self._store = store
        self._clock = clock
        self._fence = fence
        self._on_fault = on_fault
        self._failpoint = failpoint
        self._kept: deque[_Work] = deque()
        self._accepts: deque[_Work] = deque()
        self._bulk: deque[_Work] = deque()
        self._kept_rows = 0
        self._passed = 0
        """Groups in a row that had no room for the bulk accepts that waited."""
        self._committing: list[_Work] = []
        self._untold: list[_Work] = []
        """What is durable, and nobody has heard of it."""
        self._telling: list[_Work] = []
        self._verdict: Verdict = TAKEN_ALL
        self._pressing = 0
        """Works that do not wait for others."""
        self._is_due = False
        """True once those that do have waited long enough."""
        self._timer: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None
        self._company = Company()
        self._failures = 0
        self.after_group: Callable[[], None] = _nothing
        """Called once all works of a group, or some that were refused, have heard what became of them."""
        self.groups = 0
        self.rows = 0
        self.poisoned = 0

    @property
    def is_open(self) -> bool:
        """False after two failed groups in a row, until a probe commit succeeds: doors answer BUSY, /readyz is red."""
        return self._failures < FAILURES_TO_CLOSE

    @property
    def is_full(self) -> bool:
        """True while so much kept work waits for the store that nothing new may be started."""
        return self._kept_rows >= KEPT_HIGH

    def purses_under_way(self) -> set[int]:
        """The purses of messages that are neither accepted nor refused yet, and of refunds and payments that are being
        written, until whoever waits for them was told."""
        writing = [*self._telling, *self._untold, *self._committing]
        works = [*self._accepts, *self._bulk, *writing]
        asked = {row.purse for work in works if work.is_accept for row in work.rows if isinstance(row, Message)}
        rows = [row for work in writing for row in work.rows]
        refunded = {row.purse for row in rows if isinstance(row, Move) and row.refund}
        return asked | refunded | {row.purse for row in rows if isinstance(row, Entry)}

    async def start(self) -> None:
        """Begin to commit."""
        self._task = asyncio.create_task(self._run(), name="journal")

    async def stop(self) -> None:
        """Commit what was added and end. Work that the store refuses to the last is lost with the process: it was
        never acknowledged."""
        if self._task is None:
            return
        self._due()
        if self.is_open:
            await self._idle.wait()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    def abandon(self) -> None:
        """Write nothing more, ever: another node has taken over. Whoever waits for an answer hears BUSY."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._tell()
        self._rest()
        self._failures = FAILURES_TO_CLOSE
        waiting = [work for work in (*self._committing, *self._accepts, *self._bulk) if work.is_accept]
        self._accepts.clear()
        self._bulk.clear()
        for work in waiting:
            self._answer(work, _all_refused(work.rows, Reason.BUSY))
        self._all_answered()

    async def settle(self) -> None:
        """Wait until everything added so far is committed. Under load there is always more to come: that is not
        waited for."""
        committed = asyncio.Event()
        self.add((), lambda _: committed.set())
        await committed.wait()

    def add(self, rows: Sequence[Row], then: Then | None = None, *, may_wait: bool = False) -> None:
        """Keep these rows; `then` is called once they are durable. `may_wait`: nobody waits for that."""
        self._kept.append(_Work(rows, then, False, 0, may_wait))
        self._kept_rows += len(rows)
        self._idle.clear()
        if not may_wait:
            self._pressing += 1
            self._wake.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LONGEST_WAIT_S, self._due)

    def accept(self, rows: Sequence[Row], then: Then, *, size: int, bulk: bool = False) -> None:
        """Try to take new messages; `then` hears per item what was not taken. `size` is their bytes of text."""
        work = _Work(rows, then, True, size)
        if not self.is_open or self.is_full:
            self._answer(work, _all_refused(rows, Reason.BUSY))
            return
        (self._bulk if bulk else self._accepts).append(work)
        self._company.came(rows)
        self._pressing += 1
        self._idle.clear()
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._pressing or self._is_due:
                began = self._clock.monotonic()
                if not (group := await self._commit_next()):
                    break
                self._committing = []
                took_s = self._clock.monotonic() - began
                rows = sum([len(work.rows) for work in group])
                answered = sum([len(work.rows) for work in group if work.is_accept])
                if self._store.writes_aside and self._pressing and self._company.may_take_turns(rows, answered):
                    continue
                self._tell()
                await self._company.look(rows, answered, took_s)
            self._tell()
            if not self._kept:
                self._rest()

    def _due(self) -> None:
        self._is_due = True
        self._wake.set()

    def _rest(self) -> None:
        """Nothing is left to be written."""
        self._is_due = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._wake.is_set():
            self._idle.set()

    def _next_group(self) -> list[_Work]:
        """Live accepts first, so far as they leave kept work its share; the first of them goes whatever its size."""
        if not self._pressing and not self._is_due:
            return []
        live: list[_Work] = []
        others_wait = bool(self._accepts or self._bulk)
        rows, size = _fill(live, self._accepts, GROUP_ROWS - min(self._kept_rows, KEPT_SHARE), 0, 0)
        group: list[_Work] = []
        kept = 0
        while self._kept and kept < (KEPT_SHARE if others_wait else GROUP_ROWS):
            work = self._kept.popleft()
            group.append(work)
            kept += len(work.rows)
        self._kept_rows -= kept
        group += live
        rows, size = _fill(group, self._accepts, GROUP_ROWS, rows + kept, size)
        if self._bulk:
            before = len(self._bulk)
            if self._passed >= MOST_PASSED:
                group.append(self._bulk.popleft())
            else:
                _fill(group, self._bulk, GROUP_ROWS, rows, size)
            self._passed = 0 if len(self._bulk) < before else self._passed + 1
        self._pressing -= sum([not work.may_wait for work in group])
        return group

    async def _commit_next(self) -> list[_Work]:
        """Write the next group; it, or nothing if nothing has to be written. It is chosen when the store would write it
        at once: others write there, too, and what comes meanwhile goes along."""
        group: list[_Work] = []
        try:
            async with self._store.turn():
                self._committing = group = self._next_group()
                if not group:
                    return group
                rows: Sequence[Row] = [row for work in group for row in work.rows] if len(group) > 1 else group[0].rows
                self._failpoint("before_store")
                verdict = await self._write(rows)
        except StoreFailure as failure:
            await self._after_failure(group, failure)
            return group
        except Exception as error:
            self._on_fault("journal group", error)
            await self._commit_one_by_one(group)
            return group
        self._failpoint("after_store")
        self._failures = 0
        self.groups += 1
        self.rows += len(rows)
        self._untold, self._verdict = group, verdict
        return group

    async def _write(self, rows: Sequence[Row]) -> Verdict:
        """Write them. Whoever waits for the group before hears of that once the store has these, and is at work."""
        if self._untold:
            asyncio.get_running_loop().call_soon(self._tell)
        try:
            return await self._store.write(rows, self._fence, self._clock.now())
        finally:
            self._tell()

    def _tell(self) -> None:
        """Tell whoever waits for the last group that it is durable, unless they have heard."""
        if not self._untold:
            return
        self._telling, self._untold = self._untold, []
        for work in self._telling:
            self._answer(work, self._verdict)
        self._telling = []
        self._all_answered()

    async def _commit_one_by_one(self, group: list[_Work]) -> None:
        for index, work in enumerate(group):
            try:
                verdict = await self._write(work.rows)
            except StoreFailure as failure:
                await self._after_failure(group[index:], failure)
                return
            except Exception as error:
                self.poisoned += 1
                self._on_fault("poisoned work", error)
                verdict = _all_refused(work.rows, Reason.INTERNAL)
            self._answer(work, verdict)
        self._all_answered()

    async def _after_failure(self, group: list[_Work], failure: StoreFailure) -> None:
        self._on_fault("store", failure)
        self._failures += 1
        kept = [work for work in group if not work.is_accept]
        self._kept.extendleft(reversed(kept))
        self._kept_rows += sum(len(work.rows) for work in kept)
        self._pressing += sum(not work.may_wait for work in kept)
        refused = [work for work in group if work.is_accept]
        if not self.is_open:
            self._pressing -= len(self._accepts) + len(self._bulk)
            refused += [*self._accepts, *self._bulk]
            self._accepts.clear()
            self._bulk.clear()
        for work in refused:
            self._answer(work, _all_refused(work.rows, Reason.BUSY))
        self._all_answered()
        await self._wait_for_store()

    async def _wait_for_store(self) -> None:
        """Come back when a probe commit succeeded; after a single failure the next group itself is the probe."""
        tries = 0
        while not self.is_open:
            await asyncio.sleep(PROBE_PAUSES_S[min(tries, len(PROBE_PAUSES_S) - 1)])
            tries += 1
            try:
                await self._store.probe()
            except StoreFailure:
                continue
            self._failures = 0

    def _answer(self, work: _Work, verdict: Verdict) -> None:
        if work.then is None:
            return
        try:
            work.then(verdict)
        except Exception as error:  # a bug in one `then` must not stop the journal
            self._on_fault("after commit", error)

    def _all_answered(self) -> None:
        try:
            self.after_group()
        except Exception as error:
            self._on_fault("after group", error)


def _fill(group: list[_Work], queue: deque[_Work], most: int, rows: int, size: int) -> tuple[int, int]:
    """Move works from the queue into the group while it has room; its rows and bytes then. An empty group has room for
    any work."""
    while queue and (not group or (rows + len(queue[0].rows) <= most and size < GROUP_BYTES)):
        work = queue.popleft()
        group.append(work)
        rows += len(work.rows)
        size += work.size
    return rows, size


def _all_refused(rows: Sequence[Row], reason: Reason) -> Verdict:
    refused: dict[MessageId, Reason] = {}
    for row in rows:
        if isinstance(row, Message):
            refused[row.id] = reason
        elif isinstance(row, Move):
            refused[row.message_id] = reason
        elif isinstance(row, Replaced):
            refused[row.message.id] = reason
    return refused
