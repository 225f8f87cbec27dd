"""The one way back: receipts find their attempts, incoming messages find their customers.

A receipt is matched by (connector, upstream id), in memory first, then in the store; one that matches nothing is
parked as a row and matched later (P3). Whatever it says, it is acknowledged upstream only after its rows are
committed. A message moves only forward: a receipt that repeats or contradicts is kept as a row and changes nothing
(P5).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from weakref import WeakValueDictionary

from heliograph.core.awaiting import Awaiting, choose
from heliograph.core.endings import Ended, Endings
from heliograph.core.errors import NetworkError
from heliograph.core.joining import Joining
from heliograph.core.journal import Journal, Verdict
from heliograph.core.mo import OwnerOfIncoming
from heliograph.core.standing import result
from heliograph.core.upstream_ids import UpstreamIds
from heliograph.model.message import Attempt, AttemptState, Message, MessageId, State, may_move
from heliograph.model.receipt import Heard, Incoming, IncomingPart, KeptReceipt, Notice, Receipt, ReceiptFate
from heliograph.model.rows import NetworkMove, ReceiptMove, Row, attempt_move
from heliograph.ports import Clock, Store

Then = Callable[[bool], None]

SWEEP = 500
GUESS_AFTER_MS = 5_000
"""How long a receipt waits for an answer with its very id before another spelling is tried."""
_STATES = {
    State.DELIVERED: AttemptState.DELIVERED,
    State.UNDELIVERABLE: AttemptState.UNDELIVERABLE,
    State.REJECTED: AttemptState.UNDELIVERABLE,
    State.EXPIRED: AttemptState.EXPIRED,
}
_SENDING, _SENT, _DELIVERED = State.SENDING, State.SENT, AttemptState.DELIVERED
_TEST_MODE = int(NetworkError.TEST_MODE)
_GOES_AGAIN = frozenset({State.QUEUED, State.PAUSED})
_ENDED = frozenset({AttemptState.DELIVERED, AttemptState.UNDELIVERABLE, AttemptState.EXPIRED})


class Inbound:
    """Receives lists from connectors; journals one work a list."""

    def __init__(
        self,
        *,
        journal: Journal,
        store: Store,
        clock: Clock,
        endings: Endings,
        awaiting: Awaiting,
        owners: OwnerOfIncoming,
        joining: Joining,
        ids: UpstreamIds,
        withdraw: Callable[[Message], Message | None],
        written: Callable[[list[Message]], None],
        on_the_way: Callable[[Message, int, int], list[Notice]],
        on_fault: Callable[[str, BaseException], None],
        heard: Callable[[list[Incoming]], None] = lambda _: None,
    ) -> None:
        self._journal = journal
        self._heard = heard
        self._store = store
        self._clock = clock
        self._endings = endings
        self._awaiting = awaiting
        self._owners = owners
        self.joining = joining
        self._ids = ids
        self._withdraw = withdraw
        self._written = written
        self._on_the_way = on_the_way
        self._on_fault = on_fault
        self._loaded: WeakValueDictionary[MessageId, Message] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        self.receipts = 0
        self.parked = 0
        self._texts = 0
        self.apart: dict[MessageId, Message] | None = None
        """Messages of which a receipt has ended a part and not the whole, since that was last looked at; None where no
        other node hears receipts."""

    @property
    def incoming(self) -> int:
        """Messages from handsets."""
        return self._texts + self.joining.joined

    def received(self, events: Sequence[Heard], then: Then) -> None:
        """Take what a connector heard; `then(True)` once all of it is durable, `then(False)` if it was not kept."""
        if self._journal.is_full:
            then(False)
            return
        now = self._clock.now()
        hits: list[tuple[Attempt, Receipt]] = []
        rest: list[Heard] = []
        for event in events:
            event.received_at = event.received_at or now
            attempt = self._awaiting.find(event) if isinstance(event, Receipt) else None
            if attempt is not None and isinstance(event, Receipt):
                if event.upstream_id:
                    self._ids.fitted(event.connector, event.upstream_id)
                hits.append((attempt, event))
            else:
                rest.append(event)
        if not rest:
            self._apply(hits, [], lambda: then(True))
            return
        self._apply(hits, [], None)
        self._spawn(self._look_up(rest, then))

    def match_early(self, attempts: list[Attempt]) -> None:
        """Attempts were taken whose receipts came before the answer: apply those receipts now."""
        found = [(attempt, kept) for attempt in attempts for kept in self._awaiting.take_parked(attempt)]
        for attempt, _ in found:
            self._ids.fitted(attempt.connector, attempt.upstream_id)
        moves: list[Row] = [
            ReceiptMove(kept.id, ReceiptFate.MATCHED, attempt.message.id, attempt.part_first) for attempt, kept in found
        ]
        self._apply([(attempt, kept.receipt) for attempt, kept in found], moves, None)

    async def sweep(self) -> int:
        """Match parked receipts with attempts that exist by now; returns how many it found (decisions.md 8)."""
        parked = await self._store.parked_with_attempt(SWEEP)
        attempts = await self._attempts_of(kept.receipt for kept in parked)
        hits: list[tuple[Attempt, Receipt]] = []
        moves: list[Row] = []
        for kept in parked:
            attempt = self._choose_loaded(attempts, kept.receipt, hits)
            if attempt is not None:
                self._awaiting.unpark(kept)
                hits.append((attempt, kept.receipt))
                moves.append(ReceiptMove(kept.id, ReceiptFate.MATCHED, attempt.message.id, attempt.part_first))
        self._apply(hits, moves, None)
        return len(hits) + await self._sweep_bent()

    async def _sweep_bent(self) -> int:
        """Receipts that have waited for their answer in vain: perhaps the carrier spells its ids in two ways."""
        before = self._clock.now() - GUESS_AFTER_MS
        waiting = [
            kept
            for kept in self._awaiting.parked_before(before, SWEEP)
            if self._ids.may_be_bent(kept.receipt.connector)
        ]
        found = await self._otherwise_spelled([kept.receipt for kept in waiting])
        hits: list[tuple[Attempt, Receipt]] = []
        moves: list[Row] = []
        for kept in waiting:
            attempt = found.get(id(kept.receipt))
            if attempt is not None:
                self._awaiting.unpark(kept)
                hits.append((attempt, kept.receipt))
                moves.append(ReceiptMove(kept.id, ReceiptFate.MATCHED, attempt.message.id, attempt.part_first))
        self._apply(hits, moves, None)
        return len(hits)

    async def stop(self) -> None:
        """Wait for the look-ups under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.joining.stop()

    # -- matching --------------------------------------------------------------------------------------------------

    async def _look_up(self, events: list[Heard], then: Then) -> None:
        receipts = [event for event in events if isinstance(event, Receipt)]
        texts = [event for event in events if isinstance(event, Incoming)]
        parts = [event for event in events if isinstance(event, IncomingPart)]
        try:
            attempts = await self._attempts_of(receipts)
            rows = await self._owners.rows(texts)
        except Exception as error:
            self._on_fault("inbound", error)
            then(False)
            return
        hits: list[tuple[Attempt, Receipt]] = []
        bent = [receipt for receipt in receipts if self._ids.is_bent(receipt.connector)]
        guessed = await self._otherwise_spelled(bent)
        for receipt in receipts:
            attempt = (
                self._awaiting.find(receipt) or self._choose_loaded(attempts, receipt, hits) or guessed.get(id(receipt))
            )
            if attempt is not None:
                hits.append((attempt, receipt))
            elif not self._park(receipt, rows):
                then(False)
                return
        kept = self.joining.take(parts)
        if kept is None:
            then(False)
            return
        self._texts += len(texts)
        if parts and not hits and not rows and not kept:
            self._journal.add((), lambda _: then(True))  # a part that came again: after the row of the first
            return

        def committed() -> None:
            then(True)
            if texts:
                self._heard(texts)
            if kept and self.joining.elsewhere is not None:
                self.joining.elsewhere()

        self._apply(hits, rows + kept, committed)

    async def _otherwise_spelled(self, receipts: list[Receipt]) -> dict[int, Attempt]:
        """The attempts that have a receipt's id in another spelling, by `id()` of the receipt (R14)."""
        spellings = [self._ids.spellings(receipt.connector, receipt.upstream_id) for receipt in receipts]
        keys = [
            (receipt.connector, spelled)
            for receipt, others in zip(receipts, spellings, strict=True)
            for spelled in others
        ]
        stored = await self._attempts_by(keys)
        found: dict[int, Attempt] = {}
        for receipt, others in zip(receipts, spellings, strict=True):
            for spelled in others:
                same = replace(receipt, upstream_id=spelled)
                attempt = self._awaiting.find(same) or self._choose_loaded(stored, same)
                if attempt is not None and receipt.recipient in ("", attempt.message.recipient):
                    self._ids.led(receipt.connector, receipt.upstream_id, spelled)
                    found[id(receipt)] = attempt
                    break  # and never a guess at another number's message
        return found

    def _park(self, receipt: Receipt, rows: list[Row]) -> bool:
        kept = self._kept(receipt, ReceiptFate.PARKED, None)
        if kept is None:
            return False
        self.parked += 1
        self._awaiting.park(kept)
        rows.append(kept)
        return True

    async def _attempts_of(self, receipts: Iterable[Receipt]) -> dict[tuple[str, str], list[Attempt]]:
        return await self._attempts_by(
            list({(receipt.connector, receipt.upstream_id) for receipt in receipts if receipt.upstream_id})
        )

    async def _attempts_by(self, keys: list[tuple[str, str]]) -> dict[tuple[str, str], list[Attempt]]:
        found: dict[tuple[str, str], list[Attempt]] = {}
        if not keys:
            return found
        for attempt in await self._store.attempts_awaiting(keys):
            mine = self._same_object(attempt)
            found.setdefault((mine.connector, mine.upstream_id), []).insert(0, mine)
        return found

    def _same_object(self, attempt: Attempt) -> Attempt:
        """The attempt of the message object that is already in hand, so that two loads never plan apart."""
        known = self._loaded.setdefault(attempt.message.id, attempt.message)
        if known is attempt.message:
            return attempt
        for mine in known.attempts:
            if mine.part_first == attempt.part_first and mine.try_no == attempt.try_no:
                return mine
        return attempt

    def _choose_loaded(
        self,
        attempts: dict[tuple[str, str], list[Attempt]],
        receipt: Receipt,
        hits: Sequence[tuple[Attempt, Receipt]] = (),
    ) -> Attempt | None:
        """`hits` are those of the same list, of which no attempt knows yet."""
        same = attempts.get((receipt.connector, receipt.upstream_id)) or ()
        spoken_of = {attempt for attempt, said in hits if said.state is not None} if len(same) > 1 else frozenset()
        return choose(same, receipt.recipient, spoken_of)

    def in_hand(self, stored: Message) -> Message:
        """The object of a message that receipts find, with all attempts the store has; else `stored`, which they find
        from now on."""
        known = self._loaded.get(stored.id)
        for attempt in stored.attempts if known is None else ():
            waiting = self._awaiting.find(
                Receipt(attempt.connector, attempt.upstream_id, None, recipient=stored.recipient)
            )
            if waiting is not None and waiting.message.id == stored.id:
                known = waiting.message
                break
        if known is None:
            self._loaded[stored.id] = known = stored
        have = {(attempt.part_first, attempt.try_no) for attempt in known.attempts}
        for attempt in stored.attempts if known is not stored else ():
            if (attempt.part_first, attempt.try_no) not in have:
                attempt.message = known
                known.attempts.append(attempt)
        return known

    def goes_again(self, stored: Message) -> Message:
        """The object by which a waiting message of which a carrier has seen something goes on: receipts find the same,
        so that what they say of one part and what becomes of another come together."""
        known = self.in_hand(stored) if stored.attempts else stored
        if known is stored or known.state is not State.QUEUED:
            return stored
        known.tries = max(known.tries, stored.tries)
        known.maybe_twice = known.maybe_twice or stored.maybe_twice
        known.next_try_at, known.connector, known.node = stored.next_try_at, stored.connector, stored.node
        return known

    # -- applying --------------------------------------------------------------------------------------------------

    def _apply(self, hits: list[tuple[Attempt, Receipt]], rows: list[Row], durable: Callable[[], None] | None) -> None:
        if not hits and not rows:
            if durable is not None:
                durable()
            return
        ended = Ended()
        self.receipts += len(hits)
        for attempt, receipt in hits:
            self._apply_one(attempt, receipt, rows, ended)
        self._write(rows, ended, durable)

    def _write(self, rows: list[Row], ended: Ended, durable: Callable[[], None] | None) -> None:
        def then(verdict: Verdict) -> None:
            if durable is not None:
                durable()
            self._written(ended.messages)
            self._endings.committed(ended, verdict)

        self._journal.add(rows, then)

    def _apply_one(self, attempt: Attempt, receipt: Receipt, rows: list[Row], ended: Ended) -> None:
        state = _STATES.get(receipt.state) if receipt.state is not None else None
        if state is None:
            self._keep(receipt, ReceiptFate.INTERMEDIATE, attempt, rows)
            if attempt.state not in _ENDED and not attempt.message.is_final:
                notices = self._on_the_way(attempt.message, attempt.part_first, self._clock.now())
                rows += notices
                ended.notices += notices
            return
        if attempt.state in _ENDED:
            other = self._awaiting.find(receipt)  # of parts that all got one id
            if other is not None and other.state in (AttemptState.TAKEN, AttemptState.SILENT):
                self._apply_one(other, receipt, rows, ended)
                return
            fate = ReceiptFate.REPEATED if attempt.state is state else ReceiptFate.CONTRADICTED
            self._keep(receipt, fate, attempt, rows)
            return
        attempt.state = state
        attempt.receipt_at = receipt.received_at
        is_said = state is not _DELIVERED or receipt.error == _TEST_MODE
        attempt.error = receipt.error if is_said else 0
        attempt.detail = receipt.detail
        rows.append(attempt_move(attempt))
        self._awaiting.forget(attempt)
        message = attempt.message
        if receipt.network is not None:
            message.network = receipt.network
            rows.append(NetworkMove(message.id, receipt.network))
        end = result(message)
        if end is None:
            if self.apart is not None and message.parts > 1:
                self.apart[message.id] = message
            return
        is_over = message.is_final
        if not self._end(message, end, rows, ended) and is_over and message.state is not end[0]:
            self._keep(receipt, ReceiptFate.CONTRADICTED, attempt, rows)

    async def put_together(self) -> None:
        """A job of upkeep, where nodes share a store: receipts for the parts of a message come to any of them, and
        perhaps none has heard of all. Whoever wrote the last one finds the others in the store."""
        noted = self.apart
        if not noted:
            return
        self.apart = {}
        await self._journal.settle()
        ids = [message.id for message in noted.values() if _is_open(message)]
        for first in range(0, len(ids), SWEEP):
            try:
                found = await self._store.with_attempts(ids[first : first + SWEEP])
            except Exception:
                self.apart = {**noted, **self.apart}
                raise
            rows: list[Row] = []
            ended = Ended()
            for message in found:
                end = result(message) if _is_open(noted[message.id]) else None
                if end is not None:
                    self._end(message, end, rows, ended)
            if rows:
                self._write(rows, ended, None)

    def _end(self, message: Message, end: tuple[State, int], rows: list[Row], ended: Ended) -> bool:
        """Plan that end, if it may come to it."""
        if not self._may_end(message, end[0]) or not may_move(_sent(message.state), end[0]):
            return False
        self._endings.end(message, end[0], end[1], self._clock.now(), rows, ended)
        return True

    def _may_end(self, message: Message, state: State) -> bool:
        """False while it waits for a second way and this leaves it its chance; what came after all stops it."""
        return message.state not in _GOES_AGAIN or (state is State.DELIVERED and self._withdraw(message) is not None)

    def _keep(self, receipt: Receipt, fate: ReceiptFate, attempt: Attempt, rows: list[Row]) -> None:
        kept = self._kept(receipt, fate, attempt)
        if kept is not None:
            rows.append(kept)

    def _kept(self, receipt: Receipt, fate: ReceiptFate, attempt: Attempt | None) -> KeptReceipt | None:
        event_id = self._store.take_event_ids(1)
        if event_id is None:
            return None
        if attempt is None:
            return KeptReceipt(event_id, receipt, fate)
        return KeptReceipt(event_id, receipt, fate, attempt.message.id, attempt.part_first)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_open(message: Message) -> bool:
    """True while a receipt can end it."""
    return may_move(_sent(message.state), State.DELIVERED)


def _sent(state: State) -> State:
    """SENDING with a receipt in hand is SENT: the store does not write the difference. So is what was to go another way
    because its receipt did not come."""
    return _SENT if state is _SENDING or state in _GOES_AGAIN else state
