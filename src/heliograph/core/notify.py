"""Notices on their way home: a window per destination, the store behind it, a schedule per form.

Each destination has its own bounded queue and its own window, so one slow or dead endpoint never delays another (P7).
A notice that failed leaves memory with its next time written; upkeep fetches it when that has come. Nothing is sent
before the row that announces it is committed, and the event id never changes (P4).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from heliograph.core.destinations import Destinations
from heliograph.core.directory import Directory
from heliograph.core.event_ids import next_event_id
from heliograph.core.journal import Failpoint, Journal, Verdict
from heliograph.core.standing import carriers_word, part_result
from heliograph.model.account import HANDLER, NO_INCOMING
from heliograph.model.message import Message, Priority, State
from heliograph.model.receipt import INTERMEDIATE, Incoming, Notice, NoticeState
from heliograph.model.rows import NoticeMove, Row
from heliograph.model.subclient import Flag
from heliograph.ports import Clock, Delivered, Notifier, Store, StoreFailure

QUEUE = 2_000
"""Notices of one destination in memory; what is beyond stays in the store."""
SPARE = 20_000
"""While all destinations together have fewer in memory, one that takes what it is given may have more than `QUEUE`: to
read a notice and its message again costs a seventh of the message's whole way."""
FETCH = 500
PHONE, MAIL, ANSWER = "phone", "mail", "answer"
"""Schemes of targets by which incoming messages go on to a sub-client itself, or are answered for it."""
_URGENT = Priority.URGENT
HANDLER_PAUSE_MS = 4 * 60_000
HANDLER_TRIES = 50
"""The provider's own schedule for `handler` targets (smsc-messages.md 10.1)."""
EVENT_PAUSES_MS = tuple(seconds * 1000 for seconds in (5, 30, 120, 300, 900, 1800, 3600))
EVENT_LIFETIME_MS = 3 * 24 * 3600 * 1000
"""Our own form: growing pauses, three days in all (decisions.md 12)."""


@runtime_checkable
class _Recalls(Protocol):
    """A notifier that keeps notices of who is away."""

    def recall(self, target: str) -> list[Notice]:
        """Give back those it has not sent; empty while it can send."""


class _Destination:
    """What waits for one target, those of urgent messages before the others (decisions.md 12). `behind` is True while
    the store holds due notices that memory does not."""

    def __init__(self, notifier: Notifier) -> None:
        self.notifier = notifier
        self.urgent: deque[Notice] = deque()
        self.waiting: deque[Notice] = deque()
        self.known: set[int] = set()
        self.left: set[int] = set()
        """What was written while the store was asked: its answer may be of before."""
        self.under_way = 0
        self.behind = False
        self.is_fetching = False

    def put(self, notice: Notice, most: int) -> int:
        """Let one wait that memory has not got yet, if fewer than `most` do; else the store has it. How many it took,
        0 or 1."""
        is_urgent = notice.message is not None and notice.message.priority is _URGENT
        queue = self.urgent if is_urgent else self.waiting
        if len(queue) >= most or (self.behind and not is_urgent):
            self.behind = True
        elif notice.id not in self.known:
            self.known.add(notice.id)
            queue.append(notice)
            return 1
        return 0

    def take(self, most: int) -> list[Notice]:
        """Up to `most` that go next."""
        urgent, waiting = self.urgent, self.waiting
        batch = [urgent.popleft() for _ in range(min(most, len(urgent)))]
        batch += [waiting.popleft() for _ in range(min(most - len(batch), len(waiting)))]
        return batch


class Notify:
    """Makes notices, hands them to the doors' notifiers, writes what became of them."""

    def __init__(
        self, *, directory: Directory, journal: Journal, store: Store, clock: Clock, failpoint: Failpoint
    ) -> None:
        self._directory = directory
        self._journal = journal
        self._store = store
        self._clock = clock
        self._failpoint = failpoint
        self._notifiers: dict[str, Notifier] = {}
        self._destinations: dict[str, _Destination] = {}
        self._fetching: set[asyncio.Task[None]] = set()
        self._waiting = 0
        """Notices that wait in memory, of all destinations."""
        self.is_stopping = False
        self.places: Destinations | None = None
        """Which destinations are this node's, where nodes share the store."""
        self.may_send: Callable[[], bool] | None = None
        """Asked before anything is sent."""
        self.delivered = 0
        self.failed = 0
        self.given_up = 0

    def add(self, scheme: str, notifier: Notifier) -> None:
        """Let `notifier` bring home what goes to targets of this scheme (`endpoint`, `smpp`, `handler`)."""
        self._notifiers[scheme] = notifier

    # -- making ----------------------------------------------------------------------------------------------------

    def of_message(self, message: Message, state: State, error: int, now: int) -> list[Notice]:
        """One notice per target of the message, and one per part of it of which a receipt was asked for."""
        if message.parts > 1 and not message.own_parts and self._tracks_parts(message.account_id):
            return self._of_each_part(message, state, error, now)
        word = carriers_word(message, state) if error else ""
        made = [
            Notice(
                next_event_id(self._store),
                message.account_id,
                target,
                now,
                message=message,
                state=state,
                error=error,
                carriers_word=word,
            )
            for target in message.targets
        ]
        return made + self._of_parts(message, state, error, now) if message.own_parts else made

    def _tracks_parts(self, account_id: int) -> bool:
        account = self._directory.account(account_id)
        return account is not None and account.profile is not None and account.profile.has(Flag.TRACK_PARTS)

    def _of_each_part(self, message: Message, state: State, error: int, now: int) -> list[Notice]:
        """A handler is told of each part, where the owner wants that (fl[23]); everybody else of the whole."""
        made: list[Notice] = []
        for target in message.targets:
            numbers = range(1, message.parts + 1) if target.startswith(HANDLER) else (0,)
            for number in numbers:
                part_state, part_error = (part_result(message, number) if number else None) or (state, error)
                made.append(
                    Notice(
                        next_event_id(self._store),
                        message.account_id,
                        target,
                        now,
                        message=message,
                        state=part_state,
                        error=part_error,
                        part=number,
                        carriers_word=carriers_word(message, part_state, number) if part_error else "",
                    )
                )
        return made

    def _of_parts(self, message: Message, state: State, error: int, now: int) -> list[Notice]:
        """Each has its part's own state; if of one alone a receipt was asked for, that one speaks for the whole."""
        asked = [(number, part) for number, part in enumerate(message.own_parts, 1) if part.target]
        made: list[Notice] = []
        for number, part in asked:
            told = part_result(message, number) if len(asked) > 1 else None
            part_state, part_error = told or (state, error)
            made.append(
                Notice(
                    next_event_id(self._store),
                    message.account_id,
                    part.target,
                    now,
                    message=message,
                    state=part_state,
                    error=part_error,
                    part=number,
                )
            )
        return made

    def on_the_way(self, message: Message, part: int, now: int) -> list[Notice]:
        """A carrier says that a part (from 1) is still on its way: one notice per target that wants to hear so."""
        wanted = [(target, 0) for target in message.targets if target.endswith(INTERMEDIATE)]
        if part <= len(message.own_parts) and (own := message.own_parts[part - 1]).target.endswith(INTERMEDIATE):
            wanted.append((own.target, part))
        return [
            Notice(
                next_event_id(self._store),
                message.account_id,
                target,
                now,
                message=message,
                state=State.SENT,
                part=number,
            )
            for target, number in wanted
        ]

    def of_incoming(self, incoming: Incoming, now: int) -> list[Notice]:
        """One notice per endpoint, and per system_id, of the account that wants incoming messages, and per way its
        owner wants them to go on; of calls that confirm a number, for which SMPP has no words, per endpoint."""
        targets = [
            endpoint.target
            for endpoint in self._directory.endpoints(incoming.account_id)
            if endpoint.active and "incoming" in endpoint.events
        ]
        targets += [
            f"smpp:{credential.name}"
            for credential in self._directory.system_ids(incoming.account_id)
            if NO_INCOMING not in credential.scope.split() and not incoming.is_call
        ]
        if not incoming.is_call:
            targets += self._owners_ways(incoming)
        return self._of(incoming, targets, now)

    def of_call(self, call: Incoming, now: int) -> list[Notice]:
        """One notice per way an owner wants calls to his sub-client's number to go on."""
        return self._of(call, self._owners_ways(call), now)

    def _owners_ways(self, incoming: Incoming) -> list[str]:
        """Whither a sub-client's incoming message or call goes besides (smsc-directory.md 3.2)."""
        account = self._directory.account(incoming.account_id)
        profile = account.profile if account is not None else None
        if profile is None:
            return []
        is_told = not (incoming.is_call and profile.has(Flag.CALLS_NOT_FORWARDED))
        ways = (
            (PHONE, is_told and profile.has(Flag.INCOMING_TO_PHONE) and (profile.phone or profile.second_phone)),
            (MAIL, is_told and profile.has(Flag.INCOMING_TO_MAIL) and (profile.email or profile.second_email)),
            (ANSWER, profile.call_answer if incoming.is_call else profile.answer),
        )
        return [f"{scheme}:{incoming.account_id}" for scheme, is_wanted in ways if is_wanted]

    def _of(self, incoming: Incoming, targets: list[str], now: int) -> list[Notice]:
        return [
            Notice(next_event_id(self._store), incoming.account_id, target, now, incoming=incoming)
            for target in targets
        ]

    def of_command(self, incoming: Incoming, now: int) -> Notice:
        """The notice by which a command is carried out."""
        target = f"commands:{incoming.account_id}"
        return Notice(next_event_id(self._store), incoming.account_id, target, now, incoming=incoming)

    # -- sending ---------------------------------------------------------------------------------------------------

    def push(self, notices: list[Notice]) -> None:
        """Committed notices go to their destinations; what finds no room is fetched from the store later."""
        touched: dict[str, _Destination] = {}
        mosts: dict[str, int] = {}
        for notice in notices:
            destination = self._destination(notice.target)
            if destination is None:
                continue
            if self.places is not None and not self.places.has(notice.target):
                self._leave_to_others(notice.target, destination)
                continue
            if notice.target not in touched:
                touched[notice.target] = destination
                mosts[notice.target] = self._most(notice.target, destination)
            self._waiting += destination.put(notice, mosts[notice.target])
        for target, destination in touched.items():
            if self.places is not None:
                self.places.used(target)
            self._pump(target, destination)

    def _most(self, target: str, destination: _Destination) -> int:
        """How many of a list may wait for a target in memory."""
        if self._waiting >= SPARE or len(destination.waiting) < QUEUE // 2:
            return QUEUE
        return SPARE if destination.notifier.window(target) > 0 else QUEUE

    def _leave_to_others(self, target: str, destination: _Destination) -> None:
        """It is no destination of ours: it may become one, or another node is told; the store has the notice."""
        assert self.places is not None
        if destination.notifier.window(target) > 0:
            self.places.want(target)
        self.places.tell(target)

    def notice_came(self, target: str) -> None:
        """Another node says that something waits for this target."""
        destination = self._destination(target)
        if self.places is None or destination is None or self.is_stopping:
            return
        if not self.places.has(target):
            if destination.notifier.window(target) > 0:
                self.places.want(target)
        elif destination.is_fetching:
            destination.behind = True
        else:
            self._refill(target, destination)

    async def fetch(self, target: str) -> None:
        """What waits in the store for a target that has become ours."""
        destination = self._destination(target)
        if destination is not None and not self.is_stopping:
            await self._fetch(target, destination, self._clock.now())

    def ready(self, target: str) -> None:
        """A destination can be reached again."""
        if self.places is not None and not self.places.has(target):
            self.places.want(target)
            return
        destination = self._destinations.get(target)
        if destination is not None:
            self._pump(target, destination)

    async def poll(self) -> None:
        """Fetch what is due: first tries that had no room, and retries."""
        if self.is_stopping or self._journal.is_full:
            return
        now = self._clock.now()
        for target in await self._store.notice_targets(now):
            destination = self._destination(target)
            if destination is None or destination.is_fetching:
                continue
            if self.places is not None and not self.places.has(target):
                if destination.notifier.window(target) > 0:
                    self.places.want(target)
                continue
            await self._fetch(target, destination, now)
        if self.places is not None:
            await self._let_go(self.places)

    async def _let_go(self, places: Destinations) -> None:
        """Destinations whose customer is not here any more, and quiet ones, may be another node's."""
        gone: list[str] = []
        for target in places.held():
            destination = self._destination(target)
            if destination is None or destination.is_fetching:
                continue
            is_away = destination.notifier.window(target) <= 0
            if is_away and isinstance(destination.notifier, _Recalls):
                recalled = destination.notifier.recall(target)
                destination.under_way -= len(recalled)
                destination.known.difference_update(notice.id for notice in recalled)
            waiting = len(destination.waiting) + len(destination.urgent)
            is_settled = len(destination.known) == waiting  # else a result is not written yet
            if not is_settled or not (is_away or (not waiting and places.is_quiet(target))):
                continue
            del self._destinations[target]
            self._waiting -= waiting
            gone.append(target)
        await places.give_back(gone)

    async def _fetch(self, target: str, destination: _Destination, now: int) -> None:
        if destination.is_fetching or len(destination.waiting) * 4 >= QUEUE:
            return
        destination.is_fetching = True
        try:
            after = 0
            while len(destination.waiting) < QUEUE:
                destination.left.clear()
                found = await self._store.notices(target, after, now, FETCH, destination.known)
                known, left = destination.known, destination.left
                fresh = [notice for notice in found if notice.id not in known and notice.id not in left]
                destination.known.update(notice.id for notice in fresh)
                destination.waiting.extend(fresh)
                self._waiting += len(fresh)
                if len(found) < FETCH:
                    destination.behind = False
                    break
                after = found[-1].id
        finally:
            destination.is_fetching = False
        self._pump(target, destination)

    def _destination(self, target: str) -> _Destination | None:
        destination = self._destinations.get(target)
        if destination is None:
            notifier = self._notifiers.get(target.partition(":")[0])
            if notifier is None:
                return None
            destination = self._destinations[target] = _Destination(notifier)
        return destination

    def _pump(self, target: str, destination: _Destination) -> None:
        if self.is_stopping or not (destination.waiting or destination.urgent) or self._journal.is_full:
            return
        if self.may_send is not None and not self.may_send():
            return
        room = destination.notifier.window(target) - destination.under_way
        if room <= 0:
            return
        batch = destination.take(room)
        self._waiting -= len(batch)
        destination.under_way += len(batch)
        if destination.behind and not destination.is_fetching and len(destination.waiting) * 4 < QUEUE:
            self._refill(target, destination)
        self._failpoint("during_callback")
        destination.notifier.notify(batch, self._settled)

    def _refill(self, target: str, destination: _Destination) -> None:
        """Fetch now what found no room: a busy destination must not wait for the next poll."""

        async def fetch() -> None:
            with contextlib.suppress(StoreFailure):  # the next poll tries again
                await self._fetch(target, destination, self._clock.now())

        task = asyncio.get_running_loop().create_task(fetch(), name="notices")
        self._fetching.add(task)
        task.add_done_callback(self._fetching.discard)

    def _settled(self, results: list[Delivered]) -> None:
        now = self._clock.now()
        rows: list[Row] = []
        touched: dict[str, _Destination] = {}
        done: list[tuple[_Destination, int]] = []
        for notice, result in results:
            destination = self._destinations[notice.target]
            touched[notice.target] = destination
            destination.under_way -= 1
            done.append((destination, notice.id))
            notice.tries += 1
            notice.answer = result.answer
            if result.delivered:
                self.delivered += 1
                notice.progress, notice.settled_at = NoticeState.DELIVERED, now
            else:
                self.failed += 1
                self._after_failure(notice, result.final, now)
            rows.append(
                NoticeMove(
                    notice.id, notice.progress, notice.tries, notice.next_try_at, notice.answer, notice.settled_at
                )
            )

        def then(_: Verdict) -> None:
            for destination, notice_id in done:
                destination.known.discard(notice_id)
                if destination.is_fetching:
                    destination.left.add(notice_id)

        self._journal.add(rows, then, may_wait=True)  # without them the customer hears it twice
        for target, destination in touched.items():
            self._pump(target, destination)

    def _after_failure(self, notice: Notice, final: bool, now: int) -> None:
        pause = next_pause_ms(notice.target, notice.tries, now - notice.created_at)
        if final or pause is None:
            self.given_up += 1
            notice.progress, notice.settled_at = NoticeState.GIVEN_UP, now
        else:
            notice.next_try_at = now + pause

    def depth(self) -> dict[str, int]:
        """Notices in memory per destination, for metrics and the console."""
        return {
            target: len(destination.waiting) + len(destination.urgent) + destination.under_way
            for target, destination in self._destinations.items()
        }


def next_pause_ms(target: str, tries: int, age_ms: int) -> int | None:
    """How long after the `tries`-th failure to try again; None = no more."""
    if target.startswith("handler"):
        return HANDLER_PAUSE_MS if tries < HANDLER_TRIES else None
    if age_ms >= EVENT_LIFETIME_MS:
        return None
    return EVENT_PAUSES_MS[min(tries - 1, len(EVENT_PAUSES_MS) - 1)]
