"""Writing a group: keys first, all inserts before all moves, one statement a kind of row, money last.

The caller has begun a transaction and commits it, or rolls it back whole when this raises. What single items a group
does not take is said at the end: a key somebody else has, a purse that is empty, a move that came too late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from heliograph.model.account import StopListed
from heliograph.model.message import Attempt, Message, MessageId
from heliograph.model.money import Entry
from heliograph.model.receipt import Incoming, IncomingPart, KeptReceipt, Notice
from heliograph.model.refusal import Reason
from heliograph.model.rows import (
    AttemptMove,
    ConfirmationMove,
    Fence,
    Guard,
    HiddenMove,
    Move,
    NetworkMove,
    NoticeMove,
    PartGone,
    PartJoined,
    ReceiptMove,
    Row,
    Whole,
    ledger_lines,
)
from heliograph.store.postgres import (
    attempts,
    confirmations,
    directory,
    guards,
    incoming,
    messages,
    money,
    notices,
    receipts,
)
from heliograph.store.postgres.statements import Connection, run, run_telling

Verdict = dict[MessageId, Reason]
OPT_OUT = "opt-out"
"""The author of stop-list entries that come with a group."""
Moved = TypeVar("Moved")


@dataclass(slots=True)
class Group:
    """The rows of a group by kind."""

    messages: list[Message] = field(default_factory=list)
    wholes: list[Whole] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    receipts: list[KeptReceipt] = field(default_factory=list)
    incoming: list[Incoming] = field(default_factory=list)
    parts: list[IncomingPart] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    stops: list[StopListed] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    attempt_moves: list[AttemptMove] = field(default_factory=list)
    receipt_moves: list[ReceiptMove] = field(default_factory=list)
    notice_moves: list[NoticeMove] = field(default_factory=list)
    network_moves: list[NetworkMove] = field(default_factory=list)
    hidden_moves: list[HiddenMove] = field(default_factory=list)
    confirmation_moves: list[ConfirmationMove] = field(default_factory=list)
    parts_joined: list[PartJoined] = field(default_factory=list)
    parts_gone: list[PartGone] = field(default_factory=list)

    def without(self, refused: set[MessageId]) -> Group:
        """What is left when these new messages are not taken, nor what hangs on them."""
        return replace(
            self,
            messages=[message for message in self.messages if message.id not in refused],
            attempts=[attempt for attempt in self.attempts if attempt.message.id not in refused],
            receipts=[kept for kept in self.receipts if kept.message_id not in refused],
            notices=[one for one in self.notices if one.message is None or one.message.id not in refused],
            guards=[guard for guard in self.guards if refused.isdisjoint(guard.message_ids)],
            moves=[move for move in self.moves if move.message_id not in refused],
            attempt_moves=[move for move in self.attempt_moves if move.message_id not in refused],
            receipt_moves=[move for move in self.receipt_moves if move.message_id not in refused],
            network_moves=[move for move in self.network_moves if move.message_id not in refused],
            hidden_moves=[move for move in self.hidden_moves if move.message_id not in refused],
        )


def sort(rows: Sequence[Row]) -> Group:
    """Sort the rows by kind, keeping the order within each; `KeyError` for what is no row."""
    group = Group()
    place: dict[type, Callable[[Any], None]] = {
        Message: group.messages.append,
        Whole: group.wholes.append,
        Attempt: group.attempts.append,
        KeptReceipt: group.receipts.append,
        Incoming: group.incoming.append,
        IncomingPart: group.parts.append,
        Notice: group.notices.append,
        Guard: group.guards.append,
        StopListed: group.stops.append,
        Entry: group.entries.append,
        Move: group.moves.append,
        AttemptMove: group.attempt_moves.append,
        ReceiptMove: group.receipt_moves.append,
        NoticeMove: group.notice_moves.append,
        NetworkMove: group.network_moves.append,
        HiddenMove: group.hidden_moves.append,
        ConfirmationMove: group.confirmation_moves.append,
        PartJoined: group.parts_joined.append,
        PartGone: group.parts_gone.append,
    }
    for row in rows:
        place[type(row)](row)
    return group


async def write(database: Connection, group: Group, fence: Fence, at: int) -> Verdict:
    """Write it all at once and return what was not taken; `money.NoMoney` if a purse is too empty for all of it."""
    verdict, group = await _claim(database, group, at)
    return await _write(database, group, fence, at, verdict)


async def write_while_there_is_money(database: Connection, group: Group, fence: Fence, at: int) -> Verdict:
    """Lock the purses, then admit the messages in order until their purse is empty (decisions.md 7)."""
    verdict, group = await _claim(database, group, at)
    others = ledger_lines((), group.moves, at) + group.entries
    purses = {message.purse for message in group.messages if message.price} | set(money.changes(others))
    spendable = await money.spendable(database, purses)
    for purse, amount in money.changes(group.entries).items():
        spendable[purse] += amount
    refused = money.too_dear(group.messages, spendable)
    verdict.update(dict.fromkeys(refused, Reason.NO_MONEY))
    return await _write(database, group.without(refused), fence, at, verdict, is_counted=True)


async def _claim(database: Connection, group: Group, at: int) -> tuple[Verdict, Group]:
    taken = await guards.put(database, group.guards, at)
    if not taken:
        return {}, group
    ours = {message.id for message in group.messages}
    refused = {message_id for guard in taken for message_id in guard.message_ids if message_id in ours}
    return dict.fromkeys(refused, Reason.DUPLICATE), group.without(refused)


async def _write(
    database: Connection, group: Group, fence: Fence, at: int, verdict: Verdict, *, is_counted: bool = False
) -> Verdict:
    plain, rest = messages.insert_values(group.messages)
    await run(database, messages.INSERT_PLAIN, plain)
    await run(database, messages.INSERT, rest)
    later = [(part.id, whole.message.id) for whole in group.wholes for part in whole.message.own_parts[1:]]
    await run(database, messages.WHOLE, [messages.whole_values(whole) for whole in group.wholes])
    await run(database, messages.JOINED_PART, [(part_id,) for part_id, _ in later])
    await run(database, messages.PART_OF, later)
    await run(database, attempts.INSERT, [attempts.insert_values(attempt) for attempt in group.attempts])
    await run(database, receipts.INSERT, [receipts.insert_values(kept) for kept in group.receipts])
    await run(database, incoming.INSERT, [incoming.insert_values(one) for one in group.incoming])
    await run(database, incoming.INSERT_PART, [incoming.part_values(part) for part in group.parts])
    await run(database, notices.INSERT, [notices.insert_values(notice) for notice in group.notices])
    kept: list[Move] = []
    for moves in _rounds(group.moves, lambda move: move.message_id):
        rows = await run_telling(database, messages.MOVE, [messages.move_values(move, fence) for move in moves])
        found = {row[0] for row in rows}
        kept += [move for move in moves if move.message_id in found]
        verdict.update({move.message_id: Reason.BUSY for move in moves if move.message_id not in found})
    await _move_the_rest(database, group)
    if group.stops:
        await directory.change(database, group.stops, OPT_OUT, at)
    charged = set() if is_counted else {message.purse for message in group.messages if message.price}
    await money.write_entries(database, ledger_lines(group.messages, kept, at) + group.entries, charged)
    return verdict


async def _move_the_rest(database: Connection, group: Group) -> None:
    for attempt_moves in _rounds(group.attempt_moves, lambda move: (move.message_id, move.part_first, move.try_no)):
        await run(database, attempts.MOVE, [attempts.move_values(move) for move in attempt_moves])
    for receipt_moves in _rounds(group.receipt_moves, lambda move: move.id):
        await run(database, receipts.MOVE, [receipts.move_values(move) for move in receipt_moves])
    for notice_moves in _rounds(group.notice_moves, lambda move: move.id):
        await run(database, notices.MOVE, [notices.move_values(move) for move in notice_moves])
    for network_moves in _rounds(group.network_moves, lambda move: move.message_id):
        rows = [(move.message_id, messages.network_text(move.network)) for move in network_moves]
        await run(database, messages.SET_NETWORK, rows)
    hidden = {move.message_id for move in group.hidden_moves}
    await run(database, messages.HIDE, [(message_id,) for message_id in hidden])
    calls = {move.id: confirmations.move_values(move) for move in reversed(group.confirmation_moves)}
    await run(database, confirmations.MOVE, list(calls.values()))
    for joined in _rounds(group.parts_joined, lambda move: move.id):
        await run(database, incoming.PART_JOINED, [incoming.joined_values(move) for move in joined])
    await run(database, incoming.PART_GONE, [incoming.gone_values(move) for move in group.parts_gone])


def _rounds(moves: Iterable[Moved], key: Callable[[Moved], object]) -> Iterator[list[Moved]]:
    """The moves in order, cut before any that moves again what is in its round: one statement changes a row once."""
    now: list[Moved] = []
    seen: set[object] = set()
    for move in moves:
        if key(move) in seen:
            yield now
            now, seen = [], set()
        now.append(move)
        seen.add(key(move))
    if now:
        yield now
