"""A common group as one statement, taking for granted that all of it is taken.

Nearly every group is: what flows all day, every move in time, money for all of it. What turns out otherwise is rolled
back whole and written again by `group`, step by step, where each item hears what became of it. Rows that are both
written and moved in a group, or moved twice, take a statement more, and the group a transaction around them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import fields
from typing import Final, TypeVar

from heliograph.model.message import Attempt, MessageId
from heliograph.model.rows import AttemptMove, Fence, Move, NoticeMove, counted, ledger_lines, must_look
from heliograph.store import columns
from heliograph.store.group import Group
from heliograph.store.postgres import attempts, figures, guards, messages, money, notices, receipts
from heliograph.store.postgres.statements import Together

Moved = TypeVar("Moved")

_FLOWS: Final = frozenset(
    {"messages", "attempts", "receipts", "notices", "guards", "entries", "moves", "attempt_moves", "notice_moves"}
)
"""What `turns` knows. All else of a group, also what is yet to come, is rare."""
_RARE: Final = tuple(field.name for field in fields(Group) if field.name not in _FLOWS)


def is_common(group: Group) -> bool:
    """True if it has only what flows all day, and its moves say all that is to be counted."""
    return not (any(getattr(group, name) for name in _RARE) or must_look(group.moves))


def turns(group: Group, fence: Fence, at: int) -> list[Together]:
    """What writes all of a group that `is_common`, or nothing; one for each turn to the server, nearly always one."""
    moves = _turns(group.moves, _message, {message.id for message in group.messages})
    attempt_moves = _turns(group.attempt_moves, _attempt, {_of(attempt) for attempt in group.attempts})
    notice_moves = _turns(group.notice_moves, _notice, {notice.id for notice in group.notices})
    every = [Together() for _ in range(max(len(moves), len(attempt_moves), len(notice_moves)))]
    every[0].add(guards.PUT, guards.put_values(group.guards, at), whole=True)
    for turn, together in enumerate(every):
        together.add(messages.MOVE, [messages.move_values(move, fence) for move in _at(moves, turn)], whole=True)
        if turn == 0:
            _insert(together, group)
        together.add(attempts.MOVE, [columns.attempts.move_values(move) for move in _at(attempt_moves, turn)])
        together.add(notices.MOVE, [columns.notices.move_values(move) for move in _at(notice_moves, turn)])
    entries = ledger_lines(group.messages, group.moves, at) + group.entries
    changes = money.changes(entries, {message.purse for message in group.messages if message.price})
    every[-1].add(figures.ADD, figures.add_values(counted(group.messages, group.moves), fence))
    every[-1].add(money.INSERT_ENTRY, entries)
    every[-1].add(money.CHANGE, changes, whole=True)
    return every


def _insert(together: Together, group: Group) -> None:
    plain, rest = columns.messages.insert_values(group.messages)
    together.add(messages.INSERT_PLAIN, plain)
    together.add(messages.INSERT, rest)
    together.add(attempts.INSERT, [columns.attempts.insert_values(attempt) for attempt in group.attempts])
    together.add(receipts.INSERT, [columns.receipts.insert_values(kept) for kept in group.receipts])
    together.add(notices.INSERT, [columns.notices.insert_values(notice) for notice in group.notices])


def _turns(moves: Sequence[Moved], key: Callable[[Moved], object], new: Collection[object]) -> list[list[Moved]]:
    """The moves of each turn: a statement moves a row once, and only what was there before it. At least one turn."""
    turns: list[list[Moved]] = [[]]
    next_turn: dict[object, int] = {}
    for move in moves:
        turn = next_turn.get(row := key(move), int(row in new))
        next_turn[row] = turn + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(move)
    return turns


def _at(turns: Sequence[list[Moved]], turn: int) -> list[Moved]:
    return turns[turn] if turn < len(turns) else []


def _message(move: Move) -> MessageId:
    return move.message_id


def _attempt(move: AttemptMove) -> tuple[MessageId, int, int]:
    return move.message_id, move.part_first, move.try_no


def _of(attempt: Attempt) -> tuple[MessageId, int, int]:
    return attempt.message.id, attempt.part_first, attempt.try_no


def _notice(move: NoticeMove) -> int:
    return move.id
