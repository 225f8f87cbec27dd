"""How a message ends: its last state, what is given back of its price, and who is told.

Every final state goes through `Endings.end`, so no end is silent (P2) and no refund is forgotten (P6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from heliograph.core.backlog import Backlog
from heliograph.core.directory import Directory
from heliograph.core.purses import Purses
from heliograph.core.standing import parts_taken
from heliograph.model.campaign import Undelivered
from heliograph.model.message import WAITING, AttemptState, Message, MessageId, State
from heliograph.model.money import Micro
from heliograph.model.receipt import Notice
from heliograph.model.refusal import Reason
from heliograph.model.rows import Move, Row, attempt_move

_UNKNOWN = State.UNKNOWN
_UNDELIVERED = frozenset({State.UNDELIVERABLE, State.EXPIRED, State.REJECTED})
_KEEP_THE_PRICE = frozenset({State.DELIVERED, State.READ, State.CLICKED, State.UNKNOWN})

MakeNotices = Callable[[Message, State, int, int], list[Notice]]
"""(message, state, error, now) → one notice per target of the message."""


@dataclass(slots=True)
class Ended:
    """What one group of endings owes after its commit."""

    refunds: list[tuple[MessageId, int, Micro]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    waited: list[Message] = field(default_factory=list)
    """Those of them that were counted as waiting until they ended."""


class Endings:
    """Turns final states into rows, and after the commit into money and notices."""

    def __init__(
        self,
        directory: Directory,
        purses: Purses,
        backlog: Backlog,
        make_notices: MakeNotices,
        push_notices: Callable[[list[Notice]], None],
        watch: Callable[[list[Message]], None],
    ) -> None:
        self._directory = directory
        self._purses = purses
        self._backlog = backlog
        self._make_notices = make_notices
        self._push_notices = push_notices
        self._watch = watch

    def end(self, message: Message, state: State, error: int, now: int, rows: list[Row], ended: Ended) -> None:
        """Plan the end of `message`: its move, refund and notices go into `rows`; `ended` gathers what follows."""
        refund = self._refund(message, state)
        was_waiting = message.state in WAITING
        self._backlog.moved(message, message.state, state)
        message.state = state
        message.error = error
        message.final_at = now
        message.refunded += refund
        rows.append(move_of(message, refund, is_waiting=was_waiting))
        ended.messages.append(message)
        if was_waiting:
            ended.waited.append(message)
        if message.campaign and state in _UNDELIVERED and message.tries:
            rows.append(Undelivered(message.campaign, message.id, message.recipient, message.recipient_given, now))
        if refund:
            ended.refunds.append((message.id, message.purse, refund))
        if message.targets or message.own_parts:
            notices = self._make_notices(message, state, error, now)
            rows.extend(notices)
            ended.notices.extend(notices)

    def back_to_carrier(self, message: Message, rows: list[Row]) -> bool:
        """A message that was to go another way for want of a receipt, and cannot, waits for that receipt again. False
        if it is none."""
        silent = [attempt for attempt in message.attempts if attempt.state is AttemptState.SILENT]
        if not silent:
            return False
        for attempt in silent:
            attempt.state, attempt.detail = AttemptState.TAKEN, ""
            rows.append(attempt_move(attempt))
        self._backlog.moved(message, message.state, State.SENDING)
        is_waiting = message.state in WAITING
        message.state, message.connector, message.next_try_at = State.SENDING, silent[-1].connector, 0
        rows.append(move_of(message, is_waiting=is_waiting))
        message.state = State.SENT  # which is not written
        return True

    def committed(self, ended: Ended, verdict: Mapping[MessageId, Reason]) -> None:
        """The group is durable: give the money back in memory and let the notices go. What another node was first to
        end (`verdict`) is no end of ours."""
        if verdict and any(message.id in verdict for message in ended.messages):
            for message in ended.waited:
                if message.id in verdict:  # whoever moved it has counted it
                    self._backlog.moved(message, None, State.QUEUED)
            ended = _without(ended, verdict)
        for _, purse, amount in ended.refunds:
            self._purses.refund(purse, amount)
        if ended.notices:
            self._push_notices(ended.notices)
        self._watch(ended.messages)
        for message in ended.messages:
            if message.state is not _UNKNOWN:  # of which a late receipt may yet tell
                message.attempts = []  # breaks the ring message → attempt → message: no garbage for the collector

    def _refund(self, message: Message, state: State) -> Micro:
        """Whole when no carrier took a part, else the parts not taken; after that only if the tariff charges for
        delivery; UNKNOWN never (decisions.md 7)."""
        due = message.price - message.refunded
        if due <= 0 or state in _KEEP_THE_PRICE:
            return 0
        taken = parts_taken(message)
        if taken == 0:
            return due
        line = self._directory.tariffs.line(message.tariff_line)
        if line is not None and line.charge == "delivered":
            return due
        return min(due, message.price * (message.parts - taken) // message.parts)


def _without(ended: Ended, verdict: Mapping[MessageId, Reason]) -> Ended:
    return Ended(
        [refund for refund in ended.refunds if refund[0] not in verdict],
        [notice for notice in ended.notices if notice.message is None or notice.message.id not in verdict],
        [message for message in ended.messages if message.id not in verdict],
    )


def move_of(
    message: Message,
    refund: Micro = 0,
    *,
    fenced: bool = False,
    is_waiting: bool = False,
    came_from: State | None = None,
) -> Move:
    """The row that writes a message's present standing; while it waits, also whose it is."""
    return Move(
        message.id,
        message.state,
        message.connector,
        message.tries,
        message.next_try_at,
        message.error,
        message.final_at,
        message.maybe_twice,
        message.purse,
        refund,
        fenced,
        message.node if message.state is State.QUEUED else -1,
        is_waiting,
        message,
        came_from,
    )
