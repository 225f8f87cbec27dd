"""A carrier inside this process: the connector and the carrier behind it in one (decisions.md 21).

Obeys `ports.Connector` like any other. What the carrier does is `simulator.personality`, what it remembers
`simulator.memory`; here is only the time between: one timer for everything that is due, lists in and out, no task and
no timer per message.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from heliograph.core.errors import NetworkError
from heliograph.core.limits import TokenBucket
from heliograph.model.message import Attempt
from heliograph.model.outcome import Failed, InDoubt, Outcome, Taken
from heliograph.model.receipt import Incoming, Receipt
from heliograph.ports import Clock, Lift, Settled
from heliograph.simulator.memory import CarrierMemory, Owed, TakenPart
from heliograph.simulator.personality import PERSONALITIES, Answer, Fate, Personality, fate

BUCKET_MS = 10
"""What is due within so many ms is done together."""
NOT_KEPT_PAUSE_MS = 500
"""After this the carrier sends again what the gateway did not keep."""
MOST_RECEIPTS = 500
"""Receipts in one list, so that a restart with many owed ones does not hold the loop."""
LATE_ANSWER_WAIT_S = 60.0
"""How long an answer is waited for on a living link (decisions.md 1)."""
OWN_NUMBER = "380440000000"
"""Whom a handset texts back when the sender was a name."""


@dataclass(slots=True)
class _Due:
    """What happens at one moment."""

    outcomes: list[Settled] = field(default_factory=list)
    receipts: list[Owed] = field(default_factory=list)
    incoming: list[Incoming] = field(default_factory=list)
    turn: bool = False


class SimulatedConnector:
    """`name` of the connector, `personality` one of `PERSONALITIES`, `memory` its file (None: forgets at the end)."""

    def __init__(
        self,
        name: str,
        personality: str,
        memory: Path | None,
        clock: Clock,
        *,
        window: int = 1_000,
        late_answer_wait_s: float = LATE_ANSWER_WAIT_S,
    ) -> None:
        self.name = name
        self._personality: Personality = PERSONALITIES[personality]
        self._memory = CarrierMemory(memory)
        self._clock = clock
        self._window = window
        self._late_answer_wait_ms = int(late_answer_wait_s * 1000)
        self._lift: Lift
        self._connected = False
        self._is_stopping = False
        self._under_way: dict[Attempt, None] = {}
        self._due: dict[int, _Due] = defaultdict(_Due)
        self._buckets: list[int] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0
        self._drained = asyncio.Event()
        per_second = self._personality.per_second
        self._speed = TokenBucket(per_second, per_second) if per_second else None

    # -- ports.Connector -----------------------------------------------------------------------------------------

    @property
    def free(self) -> int:
        return self._window - len(self._under_way) if self._connected and not self._is_stopping else 0

    @property
    def connected(self) -> bool:
        return self._connected

    async def start(self, lift: Lift) -> None:
        """Open the memory and send the receipts that are owed."""
        self._lift = lift
        owed = self._memory.open()
        self._connected = True
        now = self._clock.now()
        for receipt in owed:
            self._at(max(now, receipt.due_at)).receipts.append(receipt)
        if self._personality.up_s:
            self._at(now + int(self._personality.up_s * 1000)).turn = True
        self._set_timer()

    def send(self, attempts: list[Attempt]) -> None:
        now = self._clock.now()
        ids = self._memory.next_ids(len(attempts))
        fates = [self._fate(attempt) for attempt in attempts]
        taken = [
            _taken(attempt, chosen, upstream_id, now)
            for attempt, chosen, upstream_id in zip(attempts, fates, ids, strict=True)
            if chosen.answer is Answer.TAKEN or chosen.answer is Answer.SILENT
        ]
        if taken:
            self._memory.take(taken)
        self._under_way.update(dict.fromkeys(attempts))
        for attempt, chosen, upstream_id in zip(attempts, fates, ids, strict=True):
            after_ms = self._late_answer_wait_ms if chosen.answer is Answer.SILENT else chosen.answer_after_ms
            self._at(now + after_ms).outcomes.append((attempt, _outcome(chosen, str(upstream_id))))
            if chosen.reply:
                self._at(now + 200).incoming.append(self._reply(attempt, chosen.reply))
        for part in taken:
            for receipt in part.owed():
                self._at(receipt.due_at).receipts.append(receipt)
        self._set_timer()

    async def stop(self, grace_s: float) -> None:
        """Wait for answers that are due within the grace; the rest is in doubt. Receipts still owed stay owed."""
        if self._is_stopping:
            return
        self._is_stopping = True
        if self._under_way and grace_s > 0:
            self._drained.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._drained.wait(), grace_s)
        self._doubt("the gateway stopped before the answer came")
        self._connected = False
        if self._timer is not None:
            self._timer.cancel()
        self._memory.close()

    # -- what else a carrier can do ------------------------------------------------------------------------------

    def incoming(self, sender: str, recipient: str, text: str) -> None:
        """A handset texts `recipient`, a number of ours."""
        now = self._clock.now()
        self._at(now).incoming.append(Incoming(0, self.name, sender, recipient, text, now, sent_at=now))
        self._set_timer()

    def _fate(self, attempt: Attempt) -> Fate:
        if self._speed is not None and self._speed.take(self._clock.monotonic(), 1) < 1:
            return _THROTTLED
        return fate(self._personality, attempt.message.recipient, attempt.try_no)

    def _reply(self, attempt: Attempt, text: str) -> Incoming:
        message = attempt.message
        number = message.sender.lstrip("+")
        now = self._clock.now()
        return Incoming(
            0, self.name, message.recipient, number if number.isdigit() else OWN_NUMBER, text, now, sent_at=now
        )

    # -- time ----------------------------------------------------------------------------------------------------

    def _at(self, moment: int) -> _Due:
        bucket = moment // BUCKET_MS
        due = self._due.get(bucket)
        if due is None:
            due = self._due[bucket]
            heapq.heappush(self._buckets, bucket)
        return due

    def _set_timer(self) -> None:
        """One timer, for the earliest bucket; what is due now waits only for the loop's next turn."""
        if not self._buckets:
            return
        moment = self._buckets[0] * BUCKET_MS
        if self._timer is not None:
            if self._timer_at <= moment:
                return
            self._timer.cancel()
        self._timer_at = moment
        wait_s = max(0.0, (moment - self._clock.now()) / 1000)
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._work)

    def _work(self) -> None:
        self._timer = None
        now = self._clock.now()
        while self._buckets and self._buckets[0] * BUCKET_MS <= now:
            due = self._due.pop(heapq.heappop(self._buckets))
            self._settle(due.outcomes)
            self._send_receipts(due.receipts)
            if due.incoming:
                self._lift.received(list(due.incoming), lambda kept, texts=due.incoming: self._kept(kept, texts))  # type: ignore[misc]
            if due.turn:
                self._turn(now)
        self._set_timer()

    def _settle(self, outcomes: list[Settled]) -> None:
        """Answers to what is still waited for, in one list."""
        answers = [(attempt, outcome) for attempt, outcome in outcomes if attempt in self._under_way]
        for attempt, _ in answers:
            del self._under_way[attempt]
        if answers:
            self._lift.settled(answers)
        if not self._under_way:
            self._drained.set()

    def _send_receipts(self, owed: list[Owed]) -> None:
        if not self._connected or self._is_stopping:
            if owed and not self._is_stopping:
                self._at(self._clock.now() + NOT_KEPT_PAUSE_MS).receipts.extend(owed)
            return
        for start in range(0, len(owed), MOST_RECEIPTS):
            batch = owed[start : start + MOST_RECEIPTS]

            def then(kept: bool, batch: list[Owed] = batch) -> None:
                if kept:
                    self._memory.acknowledge(batch)
                elif not self._is_stopping:
                    self._at(self._clock.now() + NOT_KEPT_PAUSE_MS).receipts.extend(batch)
                    self._set_timer()

            self._lift.received([self._receipt(receipt) for receipt in batch], then)

    def _receipt(self, owed: Owed) -> Receipt:
        return Receipt(
            self.name,
            owed.upstream_id,
            owed.state,
            owed.error,
            done_at=owed.due_at,
            recipient=owed.recipient,
            detail="" if owed.state is not None else "on its way",
        )

    def _kept(self, kept: bool, texts: list[Incoming]) -> None:
        if not kept and not self._is_stopping:
            self._at(self._clock.now() + NOT_KEPT_PAUSE_MS).incoming.extend(texts)
            self._set_timer()

    def _turn(self, now: int) -> None:
        """The link goes or comes back; what was not answered when it went is in doubt."""
        self._connected = not self._connected
        stays_s = self._personality.up_s if self._connected else self._personality.down_s
        self._at(now + int(stays_s * 1000)).turn = True
        if not self._connected:
            self._doubt("the link was lost before the answer came")
        self._lift.ready(self.name)

    def _doubt(self, why: str) -> None:
        doubtful: list[Settled] = [(attempt, InDoubt(why)) for attempt in self._under_way]
        self._under_way.clear()
        if doubtful:
            self._lift.settled(doubtful)


_THROTTLED = Fate(Answer.THROTTLED)


def _outcome(chosen: Fate, upstream_id: str) -> Outcome:
    match chosen.answer:
        case Answer.TAKEN:
            return Taken(upstream_id)
        case Answer.REFUSED:
            return Failed(chosen.error, permanent=True, detail="refused")
        case Answer.LATER:
            return Failed(chosen.error, permanent=False, retry_after_ms=1_000, detail="not now")
        case Answer.THROTTLED:
            return Failed(NetworkError.NONE, permanent=False, throttled=True, retry_after_ms=500, detail="throttled")
        case Answer.SILENT:
            return InDoubt("no answer came in time")


def _taken(attempt: Attempt, chosen: Fate, upstream_id: int, now: int) -> TakenPart:
    message = attempt.message
    receipts = tuple([(now + receipt.after_ms, receipt.state, receipt.error) for receipt in chosen.receipts])
    return TakenPart(str(upstream_id), message.id, attempt.part_first, attempt.try_no, message.recipient, receipts)
