"""Writing a common group in one turn to the server, taking for granted that all of it is taken.

Nearly every group is: what flows all day, every move in time, money for all of it. What turns out otherwise is rolled
back whole and written again by `group`, step by step, where each item hears what became of it.
"""

from __future__ import annotations

from heliograph.model.rows import Fence, counted, ledger_lines, must_look
from heliograph.store import columns
from heliograph.store.group import Group
from heliograph.store.postgres import attempts, figures, messages, money, notices, receipts
from heliograph.store.postgres.database import Database
from heliograph.store.postgres.statements import COPIED, Connection, Together, run


class TooLate(Exception):
    """A move of a group found its message moved by somebody else."""


def is_common(group: Group) -> bool:
    """True if it has only what flows all day, and nothing in it needs other rows of it to be written before."""
    rare = (
        group.wholes,
        group.replaced,
        group.incoming,
        group.parts,
        group.guards,
        group.day_counts,
        group.receipt_moves,
        group.confirmation_moves,
        group.network_moves,
        group.hidden_moves,
        group.parts_joined,
        group.parts_gone,
        group.stops,
        group.campaign_moves,
        group.undelivered,
    )
    return not (
        any(rare)
        or must_look(group.moves)
        or _is_twice([*[message.id for message in group.messages], *[move.message_id for move in group.moves]])
        or _is_twice([*[notice.id for notice in group.notices], *[move.id for move in group.notice_moves]])
        or _is_twice(
            [
                *[(one.message.id, one.part_first, one.try_no) for one in group.attempts],
                *[(move.message_id, move.part_first, move.try_no) for move in group.attempt_moves],
            ]
        )
    )


def _is_twice(keys: list[object]) -> bool:
    """True if one row is written and moved, or moved twice: a statement changes what was there, and once."""
    return len(set(keys)) < len(keys)


async def write(database: Database, writer: Connection, group: Group, fence: Fence, at: int) -> None:
    """Write all of a group that `is_common`. Raises `TooLate` or `money.NoMoney` if some of it cannot be taken."""
    entries = ledger_lines(group.messages, group.moves, at) + group.entries
    changes = money.changes(entries, {message.purse for message in group.messages if message.price})
    together = Together()
    together.add(messages.MOVE, [messages.move_values(move, fence) for move in group.moves])
    plain, rest = columns.messages.insert_values(group.messages)
    for statement, rows in (
        (messages.INSERT_PLAIN, plain),
        (messages.INSERT, rest),
        (attempts.INSERT, [columns.attempts.insert_values(attempt) for attempt in group.attempts]),
        (receipts.INSERT, [columns.receipts.insert_values(kept) for kept in group.receipts]),
        (notices.INSERT, [columns.notices.insert_values(notice) for notice in group.notices]),
    ):
        if len(rows) >= COPIED:
            await run(writer, statement, rows)
        else:
            together.add(statement, rows)
    together.add(attempts.MOVE, [columns.attempts.move_values(move) for move in group.attempt_moves])
    together.add(notices.MOVE, [columns.notices.move_values(move) for move in group.notice_moves])
    together.add(figures.ADD, figures.add_values(counted(group.messages, group.moves), fence))
    together.add(money.INSERT_ENTRY, entries)
    together.add(money.CHANGE, changes)
    counts = await database.together(writer, together)
    if group.moves and counts[0] < len(group.moves):
        raise TooLate
    if changes and counts[-1] < len(changes):
        raise money.NoMoney
