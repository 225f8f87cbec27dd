"""A carrier inside this process: the connector and the carrier behind it in one (decisions.md 21).

Obeys `ports.Connector` like any other. What the carrier does is `simulator.carrier`, what it remembers
`simulator.memory`, what is due when `simulator.agenda`; here is only the way between them and core: one timer for
everything that is due, lists in and out, no task and no timer per message. A machine's clock that jumps moves nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NamedTuple

from heliograph.channels.sms.numbering import Operator
from heliograph.core.errors import NetworkError
from heliograph.model.message import Attempt, Kind, Network, State
from heliograph.model.outcome import Failed, InDoubt, Outcome, Taken
from heliograph.model.receipt import Incoming, Receipt
from heliograph.ports import Clock, Lift, Settled
from heliograph.simulator.agenda import Agenda
from heliograph.simulator.alarm import Alarm
from heliograph.simulator.carrier import Carrier, Share
from heliograph.simulator.lines import DueReceipt, OwedText, TakenPart
from heliograph.simulator.memory import CarrierMemory, OwedReceipts
from heliograph.simulator.network import answer
from heliograph.simulator.personality import PERSONALITIES, Answer, Fate, fate

NOT_KEPT_PAUSE_MS = 500
"""After this the carrier sends again what the gateway did not keep."""
REPLY_AFTER_MS = 200
MOST_RECEIPTS = 500
"""Receipts in one list."""
RECEIPT_WINDOW = 4 * MOST_RECEIPTS
"""Receipts under way to the gateway at once, so that a restart with many owed ones does not hold the loop."""
LATE_ANSWER_WAIT_S = 60.0
"""How long an answer is waited for on a living link (decisions.md 1)."""
OWN_NUMBER = "380440000000"
"""Whom a handset texts back when the sender was a name."""


@dataclass(slots=True)
class _Due:
    """What happens at one moment."""

    outcomes: list[Settled] = field(default_factory=list)
    receipts: list[OwedReceipts] = field(default_factory=list)
    texts: list[OwedText] = field(default_factory=list)
    turn: bool = False


class CarrierStatus(NamedTuple):
    """How a simulated carrier stands: counts since the start, and what is open now."""

    personality: str
    connected: bool
    unanswered: int
    """Parts handed over and not answered."""
    taken: int
    not_taken: int
    """Parts it refused or throttled."""
    receipts: int
    """Receipts the gateway has acknowledged."""
    receipts_owed: int
    """Receipts that are due later, wait, or are not yet acknowledged."""


SERIES = 10_000_000_000
"""Ids of one process."""


class SimulatedConnector:
    """`name` of the connector, `personality` one of `PERSONALITIES`, `memory` its file (None: forgets at the end).
    Carriers of one name in several processes have a `series` each, so that they never give the same id.

    `latency_ms` is added to each answer; `seed` and the name decide all choices of chance; `operator` is the numbering
    plan that HLR queries are answered by; `capture` is shown all that is handed over, with the time. Raises
    `ValueError` for a personality that does not exist; `start` raises `OSError` if the file cannot be opened.
    """

    def __init__(
        self,
        name: str,
        personality: str,
        memory: Path | None,
        clock: Clock,
        *,
        window: int = 1_000,
        late_answer_wait_s: float = LATE_ANSWER_WAIT_S,
        latency_ms: int = 0,
        seed: int = 0,
        series: int = 0,
        operator: Callable[[str], Operator | None] | None = None,
        capture: Callable[[list[Attempt], int], None] | None = None,
    ) -> None:
        if personality not in PERSONALITIES:
            raise ValueError(f"there is no personality {personality!r}; there are {', '.join(PERSONALITIES)}")
        self.name = name
        self._carrier = Carrier(PERSONALITIES[personality], Random(f"{name} {seed}"))  # noqa: S311 - repeatable
        # Without a file serials start from the time, so that they do not repeat after a restart either.
        self._memory = CarrierMemory(memory, series * SERIES + 1 if memory is not None else clock.now() * 1_000)
        self._clock = clock
        self._window = window
        self._late_answer_wait_ms = int(late_answer_wait_s * 1000)
        self._latency_ms = latency_ms
        self._operator = operator
        self._capture = capture
        self._lift: Lift
        self._is_started = False
        self._is_stopping = False
        self._unanswered = 0
        self._agenda = Agenda(_Due)
        self._alarm = Alarm(self._agenda, self._work)
        self._outgoing: deque[OwedReceipts] = deque()
        self._unacknowledged = 0
        self._drained = asyncio.Event()
        self._taken = self._not_taken = self._receipts = self._owed = 0

    # -- ports.Connector -----------------------------------------------------------------------------------------

    @property
    def free(self) -> int:
        return self._window - self._unanswered if self.connected and not self._is_stopping else 0

    @property
    def connected(self) -> bool:
        return self._is_started and self._carrier.is_up

    @property
    def under_way(self) -> int:
        return self._unanswered

    @property
    def status(self) -> CarrierStatus:
        """For metrics and people."""
        return CarrierStatus(
            self._carrier.personality.name,
            self.connected,
            self._unanswered,
            self._taken,
            self._not_taken,
            self._receipts,
            self._owed,
        )

    async def start(self, lift: Lift) -> None:
        """Open the memory and send what is owed."""
        self._lift = lift
        ledger = self._memory.open()
        self._is_started = True
        now, wall = self._now(), self._clock.now()
        for owed in ledger.owed():
            self._owed += 1
            self._agenda.at(now + owed.receipt.due_at - wall, now).receipts.append(owed)
        for text in ledger.owed_texts():
            self._agenda.at(now + text.due_at - wall, now).texts.append(text)
        if self._carrier.stays_ms:
            self._agenda.at(now + self._carrier.stays_ms, now).turn = True
        self._set_timer(now)

    def send(self, attempts: list[Attempt]) -> None:
        now, wall = self._now(), self._clock.now()
        if self._capture is not None:
            self._capture(attempts, wall)
        shares = self._carrier.submit([(attempt.message.recipient, attempt.try_no) for attempt in attempts], now)
        taken = [(share, self._take(share, attempts, wall)) for share in shares]
        is_kept = self._memory.take([part for _, parts in taken for part in parts])
        self._unanswered += len(attempts)
        for share, parts in taken:
            self._plan(share, [attempts[position] for position in share.positions], parts, now, is_kept=is_kept)
        self._set_timer(now)

    async def stop(self, grace_s: float) -> None:
        """Wait for answers that are due within the grace; the rest is in doubt. Receipts still owed stay owed."""
        if self._is_stopping:
            return
        self._is_stopping = True
        if self._unanswered and grace_s > 0:
            self._drained.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._drained.wait(), grace_s)
        self._doubt("the gateway stopped before the answer came")
        self._is_started = False
        self._alarm.cancel()
        self._close_if_quiet()

    # -- what else a carrier can do ------------------------------------------------------------------------------

    def incoming(self, sender: str, recipient: str, text: str) -> None:
        """A handset texts `recipient`, a number of ours."""
        self._owe_text(sender, recipient, text, 0)

    def report(self, upstream_id: str, state: State | None, error: int = 0, recipient: str = "") -> None:
        """Send a receipt now that nothing planned: late, foreign, or against what was said before. It is sent once."""
        receipt = Receipt(self.name, upstream_id, state, error, 0, self._clock.now(), recipient)
        self._lift.received([receipt], lambda _: None)

    # -- taking parts --------------------------------------------------------------------------------------------

    def _take(self, share: Share, attempts: list[Attempt], wall: int) -> list[TakenPart]:
        """The parts of a share as the carrier keeps them; none if it does not take them."""
        chosen, positions, after_ms = share
        if chosen.answer is not Answer.TAKEN and chosen.answer is not Answer.SILENT:
            return []
        receipts = tuple(
            [
                DueReceipt(wall + wait, receipt.state, receipt.error)
                for wait, receipt in zip(after_ms, chosen.receipts, strict=True)
            ]
        )
        parts: list[TakenPart] = []
        for serial, position in zip(self._memory.next_serials(len(positions)), positions, strict=True):
            attempt = attempts[position]
            message = attempt.message
            parts.append(
                TakenPart(
                    serial,
                    chosen.known_as or serial,
                    message.id,
                    attempt.part_first,
                    attempt.try_no,
                    message.sender,
                    message.recipient,
                    zlib.crc32(message.content.text.encode("utf-8", "replace")),
                    receipts,
                    message.content.kind is Kind.HLR,
                )
            )
        return parts

    def _plan(self, share: Share, attempts: list[Attempt], parts: list[TakenPart], now: int, *, is_kept: bool) -> None:
        """When the share is answered, reported and replied to."""
        chosen = share.fate
        if not is_kept and parts:
            self._not_taken += len(attempts)
            self._agenda.at(now, now).outcomes += [(attempt, _DISK_FULL) for attempt in attempts]
            return
        self._taken += len(parts)
        self._not_taken += len(attempts) - len(parts)
        after_ms = self._late_answer_wait_ms if chosen.answer is Answer.SILENT else chosen.answer_after_ms
        answers = self._agenda.at(now + after_ms + self._latency_ms, now).outcomes
        if chosen.answer is not Answer.TAKEN:
            outcome = _not_taken(chosen)
            answers += [(attempt, outcome) for attempt in attempts]
        elif chosen.known_as is None:
            answers += [(attempt, Taken(part.upstream_id)) for attempt, part in zip(attempts, parts, strict=True)]
        else:
            answers += [(attempt, Taken(chosen.known_as)) for attempt in attempts]
        if not parts:
            return
        for number, wait in enumerate(share.receipts_after_ms):
            self._owed += len(parts)
            self._agenda.at(now + wait, now).receipts.append(OwedReceipts(parts, number))
        if chosen.reply:
            for part, attempt in zip(parts, attempts, strict=True):
                if attempt.message.content.kind in (Kind.HLR, Kind.PING):
                    continue  # nobody saw it
                number_of_ours = part.sender.lstrip("+")
                recipient = number_of_ours if number_of_ours.isdigit() else OWN_NUMBER
                self._owe_text(part.recipient, recipient, chosen.reply, REPLY_AFTER_MS)

    def _owe_text(self, sender: str, recipient: str, text: str, after_ms: int) -> None:
        now = self._now()
        owed = OwedText(self._memory.next_serials(1)[0], self._clock.now() + after_ms, sender, recipient, text)
        self._memory.owe([owed])
        self._agenda.at(now + after_ms, now).texts.append(owed)
        self._set_timer(now)

    # -- time ----------------------------------------------------------------------------------------------------

    def _now(self) -> int:
        return int(self._clock.monotonic() * 1000)

    def _set_timer(self, now: int) -> None:
        if self._is_started:
            self._alarm.set(now)

    def _work(self) -> None:
        now = self._now()
        for due in self._agenda.take_due(now):
            if due.turn:
                self._turn(now)
            self._settle(due.outcomes)
            self._outgoing.extend(due.receipts)
            self._send_texts(due.texts, now)
        self._send_receipts()
        self._set_timer(now)

    def _settle(self, outcomes: list[Settled]) -> None:
        """Answers in one list."""
        if outcomes:
            self._unanswered -= len(outcomes)
            self._lift.settled(outcomes)
            if not self._unanswered:
                self._drained.set()

    def _turn(self, now: int) -> None:
        """The link goes or comes back; what was not answered when it went is in doubt."""
        self._carrier.turn()
        self._agenda.at(now + self._carrier.stays_ms, now).turn = True
        if not self._carrier.is_up:
            self._doubt("the link was lost before the answer came")
        self._lift.ready(self.name)

    def _doubt(self, why: str) -> None:
        doubtful: list[Settled] = []
        for due in self._agenda:
            doubtful += [(attempt, InDoubt(why)) for attempt, _ in due.outcomes]
            due.outcomes.clear()
        self._settle(doubtful)

    # -- the way back --------------------------------------------------------------------------------------------

    def _send_receipts(self) -> None:
        """As many as the window allows, in lists."""
        while self._outgoing and self._unacknowledged < RECEIPT_WINDOW and self.connected and not self._is_stopping:
            batch: list[OwedReceipts] = []
            count = 0
            while self._outgoing and count < MOST_RECEIPTS:
                owed = self._outgoing.popleft()
                room = MOST_RECEIPTS - count
                if len(owed.parts) > room:
                    self._outgoing.appendleft(OwedReceipts(owed.parts[room:], owed.number))
                    owed = OwedReceipts(owed.parts[:room], owed.number)
                batch.append(owed)
                count += len(owed.parts)
            self._unacknowledged += count
            self._lift.received(self._receipts_of(batch), lambda kept, batch=batch: self._heard(kept, batch))  # type: ignore[misc]

    def _receipts_of(self, batch: list[OwedReceipts]) -> list[Receipt | Incoming]:
        events: list[Receipt | Incoming] = []
        for owed in batch:
            due_at, state, error = owed.receipt
            detail = "" if state is not None else "on its way"
            for part in owed.parts:
                receipt = Receipt(self.name, part.upstream_id, state, error, 0, due_at, part.recipient, detail)
                if part.is_query:
                    receipt.network = self._network(part.recipient, state, error)
                events.append(receipt)
        return events

    def _network(self, recipient: str, state: State | None, error: int) -> Network | None:
        place = self._operator(recipient) if self._operator is not None else None
        roams = fate(self._carrier.personality, recipient, 1).roams
        return answer(recipient, place, state, error, roams=roams)

    def _heard(self, kept: bool, batch: list[OwedReceipts]) -> None:
        """The gateway has these receipts, or could not keep them: then they are sent again."""
        count = sum([len(owed.parts) for owed in batch])
        self._unacknowledged -= count
        if kept:
            self._receipts += count
            self._owed -= count
            self._memory.acknowledge(batch)
        if self._is_stopping:
            self._close_if_quiet()
            return
        now = self._now()
        if not kept:
            self._agenda.at(now + NOT_KEPT_PAUSE_MS, now).receipts.extend(batch)
        elif self._outgoing:
            self._agenda.at(now, now)
        self._set_timer(now)

    def _send_texts(self, texts: list[OwedText], now: int) -> None:
        if not texts or self._is_stopping:
            return
        if not self.connected:
            self._agenda.at(now + NOT_KEPT_PAUSE_MS, now).texts.extend(texts)
            return
        self._unacknowledged += len(texts)
        events: list[Receipt | Incoming] = [
            Incoming(0, self.name, text.sender, text.recipient, text.text, 0, text.due_at, upstream_id=text.serial)
            for text in texts
        ]
        self._lift.received(events, lambda kept: self._heard_texts(kept, texts))

    def _heard_texts(self, kept: bool, texts: list[OwedText]) -> None:
        self._unacknowledged -= len(texts)
        if kept:
            self._memory.acknowledge((), texts)
        if self._is_stopping:
            self._close_if_quiet()
        elif not kept:
            now = self._now()
            self._agenda.at(now + NOT_KEPT_PAUSE_MS, now).texts.extend(texts)
            self._set_timer(now)

    def _close_if_quiet(self) -> None:
        """The file stays open after a stop until the last word on what is under way was written down."""
        if not self._is_started and not self._unacknowledged:
            self._memory.close()


_DISK_FULL = Failed(
    NetworkError.OPERATOR_QUEUE_FULL, permanent=False, retry_after_ms=1_000, detail="the carrier's file takes no more"
)


def _not_taken(chosen: Fate) -> Outcome:
    match chosen.answer:
        case Answer.REFUSED:
            return Failed(chosen.error, permanent=True, detail="refused")
        case Answer.LATER:
            return Failed(chosen.error, permanent=False, retry_after_ms=chosen.retry_after_ms, detail="not now")
        case Answer.THROTTLED:
            return Failed(
                NetworkError.NONE,
                permanent=False,
                retry_after_ms=chosen.retry_after_ms,
                throttled=True,
                detail="throttled",
            )
        case _:
            return InDoubt("no answer came in time")
