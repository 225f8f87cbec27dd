"""Writing a group: all inserts before all moves, each kind with one prepared statement, money last.

The caller has begun a transaction and commits it, or rolls it back whole when this raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import apsw

from heliograph.model.refusal import Reason
from heliograph.model.rows import Fence, Move, Replaced, Whole, counted, ledger_lines, must_look
from heliograph.store import columns
from heliograph.store.group import OPT_OUT, Group, Verdict, all_parts, joined_parts
from heliograph.store.held import network_text
from heliograph.store.sqlite import (
    attempts,
    campaigns,
    confirmations,
    directory,
    figures,
    guards,
    incoming,
    messages,
    money,
    notices,
    receipts,
    subclients,
)


class LostRow(Exception):
    """A move found its row gone on: the group has to be written again, looking at each of them."""


def write(database: apsw.Connection, group: Group, fence: Fence, at: int) -> None:
    """Write it all at once; `LostRow` if a move met no row it may change."""
    _insert(database, group)
    if group.replaced and len(_replaced(database, group.replaced)) < len(group.replaced):
        raise LostRow
    with figures.looking(database, must_look(group.moves)):
        for is_fenced, run in groupby(group.moves, key=lambda move: move.fenced):
            moves = list(run)
            if _moved(database, moves, fence, is_fenced=is_fenced) < len(moves):
                raise LostRow
    _finish(database, group, group.moves, group.replaced, at)


def write_looking(database: apsw.Connection, group: Group, fence: Fence, at: int) -> Verdict:
    """Write it move by move and return the messages whose move was too late: fenced and no longer QUEUED, or against
    the way out of an end, or of no message at all."""
    _insert(database, group)
    kept: list[Move] = []
    replaced = _replaced(database, group.replaced)
    verdict: Verdict = {row.message.id: Reason.BUSY for row in group.replaced if row not in replaced}
    with figures.looking(database, must_look(group.moves)):
        for move in group.moves:
            if _moved(database, [move], fence, is_fenced=move.fenced):
                kept.append(move)
            else:
                verdict[move.message_id] = Reason.BUSY
    if verdict:
        group = group.without_ends(group.moves, kept)
    _finish(database, group, kept, replaced, at)
    return verdict


def _insert(database: apsw.Connection, group: Group) -> None:
    plain, rest = columns.messages.insert_values(group.messages)
    _many(database, messages.INSERT_PLAIN, plain)
    _many(database, messages.INSERT, rest)
    _join(database, group.wholes)
    _many(database, attempts.INSERT, [columns.attempts.insert_values(attempt) for attempt in group.attempts])
    _many(database, receipts.INSERT, [columns.receipts.insert_values(kept) for kept in group.receipts])
    _many(database, incoming.INSERT, [columns.incoming.insert_values(text) for text in group.incoming])
    _many(database, incoming.INSERT_PART, [columns.incoming.part_values(part) for part in group.parts])
    _many(database, guards.PUT, [guards.values(guard) for guard in group.guards])


def _join(database: apsw.Connection, wholes: Sequence[Whole]) -> None:
    later = joined_parts(wholes)
    with figures.looking(database, all_parts(wholes)):
        _many(database, messages.WHOLE, [columns.messages.whole_values(whole) for whole in wholes])
        _many(database, messages.JOINED_PART, [(part_id,) for part_id, _ in later])
    _many(database, messages.PART_OF, later)


def _replaced(database: apsw.Connection, rows: Sequence[Replaced]) -> list[Replaced]:
    """Those that still stood as they did, and are replaced now."""
    done: list[Replaced] = []
    with figures.looking(database, [row.message.id for row in rows]):
        for row in rows:
            database.execute(messages.REPLACE, columns.messages.replaced_values(row))
            if database.changes():
                _many(database, messages.PART_OF, [(part_id, row.message.id) for part_id in row.part_ids])
                done.append(row)
    return done


def _finish(
    database: apsw.Connection, group: Group, moves: Sequence[Move], replaced: Sequence[Replaced], at: int
) -> None:
    _many(database, notices.INSERT, [columns.notices.insert_values(notice) for notice in group.notices])
    _many(database, attempts.MOVE, [columns.attempts.move_values(move) for move in group.attempt_moves])
    _many(database, receipts.MOVE, [columns.receipts.move_values(move) for move in group.receipt_moves])
    _many(database, confirmations.MOVE, [confirmations.move_values(move) for move in group.confirmation_moves])
    _many(database, notices.MOVE, [columns.notices.move_values(move) for move in group.notice_moves])
    _many(
        database,
        messages.SET_NETWORK,
        [(network_text(move.network), move.message_id) for move in group.network_moves],
    )
    _many(database, subclients.LET_GO, list(group.let_go))
    _many(database, messages.HIDE, [(move.message_id,) for move in group.hidden_moves])
    _many(database, incoming.PART_JOINED, [columns.incoming.joined_values(move) for move in group.parts_joined])
    _many(database, incoming.PART_GONE, [columns.incoming.gone_values(move) for move in group.parts_gone])
    _many(database, campaigns.ADVANCE, [columns.campaigns.advance_values(move) for move in group.campaign_moves])
    campaigns.send_again(database, group.undelivered)
    if group.stops:
        directory.change(database, group.stops, OPT_OUT, at)
    figures.add(database, counted(group.messages, moves))
    money.write_entries(database, ledger_lines(group.messages, moves, at, replaced) + group.entries)


def _moved(database: apsw.Connection, moves: Sequence[Move], fence: Fence, *, is_fenced: bool) -> int:
    before = database.total_changes()
    if is_fenced:
        database.executemany(messages.FENCED_MOVE, [messages.fenced_move_values(move, fence) for move in moves])
    else:
        database.executemany(messages.MOVE, [messages.move_values(move) for move in moves])
    return database.total_changes() - before


def _many(database: apsw.Connection, sql: str, values: list[tuple[Any, ...]]) -> None:
    if values:
        database.executemany(sql, values)
