"""What the journal writes: a closed set of row values, and the ledger lines that follow from them.

Inserting is said by the noun itself (`Message`, `Attempt`, `KeptReceipt`, `Incoming`, `IncomingPart`, `Notice`,
`Entry`, `Guard`, `DayCount`, `LetGo`, `StopListed`), changing by a `…Move` or `Replaced`, the way of a part by a
`Part…`. A group of rows is one transaction; the store applies all inserts before all moves, each kind in the order
given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from heliograph.model.account import StopListed
from heliograph.model.campaign import CampaignMove, Undelivered
from heliograph.model.figures import SLOT_MS, Counted, Counts
from heliograph.model.message import Attempt, AttemptState, Message, MessageId, Network, State
from heliograph.model.money import REPRICED, Entry, Micro
from heliograph.model.receipt import Incoming, IncomingPart, KeptReceipt, Notice, NoticeState, ReceiptFate
from heliograph.model.refusal import Reason


class Move(NamedTuple):
    """The new standing of one message; `refund` is what goes back to `purse` in the same group (≥ 0, a difference)."""

    message_id: MessageId
    state: State
    connector: str
    tries: int
    next_try_at: int
    error: int
    final_at: int
    maybe_twice: bool
    purse: int = 0
    refund: Micro = 0
    fenced: bool = False
    """True for QUEUED → SENDING: applied only while the row is QUEUED; the fence owns it from then on (decisions.md
    8)."""
    node: int = -1
    """Whose it is from now on, 0 for nobody's; −1 leaves that as it is."""
    is_waiting: bool = False
    """Applied only while the row waits (`model.message.WAITING`), where nodes share a store: another may have handed
    the message over meanwhile."""
    message: Message | None = None
    """What is moved, so that its end is counted; without it the store looks what it was."""
    came_from: State | None = None
    """Applied only while the row is in this very state, if given: what was read may be of before."""


class Whole(NamedTuple):
    """A message takes the place of the HELD parts it was joined of: the row of part 1 becomes it, still HELD, the other
    parts' rows go, and their ids lead to it (`Message.own_parts`). A `Move` says what becomes of it."""

    message: Message


class Replaced(NamedTuple):
    """A waiting message whose customer gave it another text: its row becomes `message`, if it still stands as it did,
    in `state` and paid with `price` from `purse`, and was never handed over. `lines` is how many charges that price
    was. What it cost goes back and is charged anew in the same group. `part_ids` lead to it from now on, too."""

    message: Message
    state: State
    purse: int
    price: Micro
    lines: int
    part_ids: tuple[MessageId, ...] = ()


class NetworkMove(NamedTuple):
    """The result of an HLR query."""

    message_id: MessageId
    network: Network


class HiddenMove(NamedTuple):
    """The customer deleted a message from his sight."""

    message_id: MessageId


class AttemptMove(NamedTuple):
    """The new standing of one attempt, keyed by (message id, first part, try)."""

    message_id: MessageId
    part_first: int
    try_no: int
    state: AttemptState
    upstream_id: str
    answered_at: int
    receipt_at: int
    error: int
    detail: str


def attempt_move(attempt: Attempt) -> AttemptMove:
    """The row that writes an attempt's present standing."""
    return AttemptMove(
        attempt.message.id,
        attempt.part_first,
        attempt.try_no,
        attempt.state,
        attempt.upstream_id,
        attempt.answered_at,
        attempt.receipt_at,
        attempt.error,
        attempt.detail,
    )


class ReceiptMove(NamedTuple):
    """A parked receipt has found its message."""

    id: int
    fate: ReceiptFate
    message_id: MessageId
    part: int


class ConfirmationMove(NamedTuple):
    """The call that an account waits for has come."""

    id: int
    called_at: int


class PartJoined(NamedTuple):
    """A part of an incoming message has become part of this one; it stays a while, to know its repetitions."""

    id: int
    incoming_id: int


class PartGone(NamedTuple):
    """A part that was joined is not needed any more."""

    id: int


class NoticeMove(NamedTuple):
    """The new standing of one notice."""

    id: int
    progress: NoticeState
    tries: int
    next_try_at: int
    answer: str
    settled_at: int


class Guard(NamedTuple):
    """An idempotency key in use: the hash of the request's body and the message ids it was answered with. `not_taken`
    (≤ 0) stands for a message that the store does not take while it takes others of the request."""

    account_id: int
    key: str
    body_hash: str
    message_ids: tuple[MessageId, ...]
    until: int
    not_taken: int = 0

    def without(self, refused: Collection[MessageId]) -> tuple[int, ...]:
        """What is kept when these messages are not taken."""
        return tuple(self.not_taken if one in refused else one for one in self.message_ids)


class DayLimit(NamedTuple):
    """At most so many under `key` on a day; the reason for which one more is refused."""

    key: str
    most: int
    reason: Reason


class DayCount(NamedTuple):
    """A new message of an account with limits of a day, where nodes share a store; it is taken only if each of them has
    room for it. `day` is a number on the account's calendar."""

    message_id: MessageId
    account_id: int
    day: int
    limits: tuple[DayLimit, ...]


class LetGo(NamedTuple):
    """A message that waited until another day than the one it came on, and is let go at this moment (ms): it counts
    among that day's, too."""

    account_id: int
    at: int
    message_id: MessageId


Row = (
    Message
    | Whole
    | Replaced
    | Move
    | NetworkMove
    | HiddenMove
    | Attempt
    | AttemptMove
    | KeptReceipt
    | ReceiptMove
    | Incoming
    | ConfirmationMove
    | IncomingPart
    | PartJoined
    | PartGone
    | Notice
    | NoticeMove
    | Entry
    | Guard
    | DayCount
    | LetGo
    | StopListed
    | CampaignMove
    | Undelivered
)


class Fence(NamedTuple):
    """Who writes: a node and the epoch of its lease. SQLite has one node and checks nothing (decisions.md 8)."""

    node: int
    epoch: int


@dataclass(slots=True)
class Story:
    """All that is stored about one message, for `trace`. `entries` are the ledger lines whose group covers it."""

    message: Message
    attempts: list[Attempt] = field(default_factory=list)
    receipts: list[KeptReceipt] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def charges_of(message: Message) -> int:
    """How many charges its price is: parts with ids of their own were charged one by one."""
    return (len(message.own_parts) or 1) if message.price else 0


def ledger_lines(
    messages: Iterable[Message], moves: Iterable[Move], at: int, replaced: Iterable[Replaced] = ()
) -> list[Entry]:
    """Sum what a group charges and refunds: one entry per purse and kind (decisions.md 7), and what goes back and is
    charged anew for each replaced message that costs something else by now.

    `messages` are those inserted and kept by the store. A message that is born REJECTED carries no charge.
    """
    charges: dict[int, list[int]] = {}
    for message in messages:
        if message.price:
            _add(charges, message.purse, message.price, message.id)
    refunds: dict[int, list[int]] = {}
    for move in moves:
        if move.refund:
            _add(refunds, move.purse, move.refund, move.message_id)
    return (
        [
            Entry(at, "charge", purse, f"purse:{purse}", "income", amount, count, first, last)
            for purse, (amount, count, first, last) in charges.items()
        ]
        + [
            Entry(at, "refund", purse, "income", f"purse:{purse}", amount, count, first, last)
            for purse, (amount, count, first, last) in refunds.items()
        ]
        + [entry for row in replaced for entry in _repriced(row, at)]
    )


def _repriced(row: Replaced, at: int) -> list[Entry]:
    message, lines = row.message, charges_of(row.message)
    if (row.purse, row.price, row.lines) == (message.purse, message.price, lines):
        return []
    one = message.id
    back = Entry(at, REPRICED, row.purse, "income", f"purse:{row.purse}", row.price, row.lines, one, one)
    anew = Entry(at, REPRICED, message.purse, f"purse:{message.purse}", "income", message.price, lines, one, one)
    return [entry for entry in (back, anew) if entry.amount]


def _add(sums: dict[int, list[int]], purse: int, amount: Micro, message_id: MessageId) -> None:
    known = sums.get(purse)
    if known is None:
        sums[purse] = [amount, 1, message_id, message_id]
        return
    known[0] += amount
    known[1] += 1
    known[2] = min(known[2], message_id)
    known[3] = max(known[3], message_id)


_DELIVERED = frozenset({State.DELIVERED, State.READ, State.CLICKED})
_FAILED = frozenset({State.UNDELIVERABLE, State.EXPIRED, State.REJECTED})
_COUNTED_AS: dict[State, int] = dict.fromkeys(_FAILED, 3) | {State.DELIVERED: 2}
"""The place in `Counts` of an end that only a message comes to which is counted in neither yet (`model.message.MOVES`).
"""
_LOOKED_AT = frozenset({State.READ, State.CLICKED})


def must_look(moves: Iterable[Move]) -> list[MessageId]:
    """Of these moves the messages whose change only their rows can tell: what was delivered may have been read, and a
    move that brings no message says not whose it is."""
    return [
        move.message_id
        for move in moves
        if move.state in _LOOKED_AT or (move.message is None and (move.state in _COUNTED_AS or move.refund))
    ]


def counted(messages: Iterable[Message], moves: Iterable[Move]) -> dict[Counted, Counts]:
    """What a group changes in the counters of statistics, as far as no row has to be looked at for it (`must_look`).

    `messages` are those inserted and kept by the store, `moves` those applied.
    """
    sums: dict[tuple[int, int, int, str, str], list[int]] = {}
    for message in messages:
        of = _sum_of(sums, message)
        if message.refusal:
            of[4] += 1
        else:
            of[0] += 1
            of[1] += message.parts
            of[3] += message.state in _FAILED
        of[2] += message.state in _DELIVERED
        of[5] += message.price
        of[6] += message.refunded
    for move in moves:
        place = _COUNTED_AS.get(move.state, 0)
        if (place or move.refund) and move.message is not None and move.state not in _LOOKED_AT:
            of = _sum_of(sums, move.message)
            of[place] += 1 if place else 0
            of[6] += move.refund
    return {Counted(*key): Counts(*of) for key, of in sums.items()}


def _sum_of(sums: dict[tuple[int, int, int, str, str], list[int]], message: Message) -> list[int]:
    """By the values of a `Counted`, which is made once and not for every message."""
    key = (message.account_id, message.accepted_at // SLOT_MS, message.purse, message.sender, message.operator)
    of = sums.get(key)
    if of is None:
        of = sums[key] = [0] * len(Counts._fields)
    return of
