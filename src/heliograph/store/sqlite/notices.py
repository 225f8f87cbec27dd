"""Notices as rows: what waits for a target, what is due, what became of each."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from heliograph.model.message import Message
from heliograph.model.receipt import Notice
from heliograph.store.columns import notices as columns
from heliograph.store.sqlite import incoming as incoming_rows
from heliograph.store.sqlite import messages
from heliograph.store.sqlite.database import Reader

COLUMNS = columns.COLUMNS
INSERT = f"INSERT INTO notice ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
MOVE = "UPDATE notice SET progress = ?, tries = ?, next_try_at = ?, answer = ?, settled_at = ? WHERE id = ?"
OF_MESSAGE = f"SELECT {COLUMNS} FROM notice INDEXED BY notice_of_message WHERE message_id > 0 AND message_id = ?"
FRESH = f"""
    SELECT {COLUMNS} FROM notice INDEXED BY notice_fresh
    WHERE progress = 1 AND next_try_at = 0 AND target = ? AND id > ? ORDER BY id LIMIT ?
"""
DUE = f"""
    SELECT {COLUMNS} FROM notice WHERE id IN (
        SELECT id FROM notice INDEXED BY notice_retry
        WHERE progress = 1 AND next_try_at > 0 AND target = ? AND next_try_at <= ? AND id > ?
        ORDER BY next_try_at LIMIT ?
    ) ORDER BY id LIMIT ?
"""
GIVEN_UP = f"""
    SELECT {COLUMNS} FROM notice INDEXED BY notice_given_up
    WHERE progress = 3 AND account_id = ? AND id > ? ORDER BY id LIMIT ?
"""
DUE_AT_ONCE = 10_000
"""Of more retries of one target that are due at once, those due first are put in order; the rest come later."""

TARGETS = """
    WITH RECURSIVE fresh (target) AS (
        SELECT min(target) FROM notice INDEXED BY notice_fresh WHERE progress = 1 AND next_try_at = 0
        UNION ALL
        SELECT (
            SELECT min(target) FROM notice INDEXED BY notice_fresh
            WHERE progress = 1 AND next_try_at = 0 AND target > fresh.target
        ) FROM fresh WHERE target IS NOT NULL
    ), retry (target) AS (
        SELECT min(target) FROM notice INDEXED BY notice_retry WHERE progress = 1 AND next_try_at > 0
        UNION ALL
        SELECT (
            SELECT min(target) FROM notice INDEXED BY notice_retry
            WHERE progress = 1 AND next_try_at > 0 AND target > retry.target
        ) FROM retry WHERE target IS NOT NULL
    )
    SELECT target FROM fresh WHERE target IS NOT NULL
    UNION
    SELECT target FROM retry WHERE EXISTS (
        SELECT 1 FROM notice INDEXED BY notice_retry
        WHERE progress = 1 AND next_try_at > 0 AND target = retry.target AND next_try_at <= ?
    )
    ORDER BY target
"""
"""From one target to the next: one look at an index each, however many notices wait for it."""


def targets(reader: Reader, now: int) -> list[str]:
    """Targets with a notice that is due."""
    return [row[0] for row in reader.rows(TARGETS, (now,))]


def due(reader: Reader, target: str, after: int, now: int, limit: int, known: Collection[int] = ()) -> list[Notice]:
    """WAITING notices of a target that are due, id > `after`, in id order; those `known` without their subject."""
    rows = reader.rows(FRESH, (target, after, limit)) + reader.rows(DUE, (target, now, after, DUE_AT_ONCE, limit))
    rows.sort(key=lambda row: row[0])
    return _with_subjects(reader, rows[:limit], known)


def given_up(reader: Reader, account_id: int, after: int, limit: int) -> list[Notice]:
    """GIVEN_UP notices of an account, id > `after`, in id order."""
    return _with_subjects(reader, reader.rows(GIVEN_UP, (account_id, after, limit)))


def _with_subjects(reader: Reader, rows: list[tuple[Any, ...]], known: Collection[int] = ()) -> list[Notice]:
    new = [row for row in rows if row[0] not in known]
    owners = messages.by_ids(reader, sorted({row[6] for row in new if row[6]}))
    incoming = incoming_rows.by_ids(reader, sorted({row[7] for row in new if row[7]}))
    return [columns.notice_of(row, owners.get(row[6]), incoming.get(row[7])) for row in rows]


def of_message(reader: Reader, message: Message) -> list[Notice]:
    """All notices about a message, oldest first."""
    return [columns.notice_of(row, message, None) for row in reader.rows(OF_MESSAGE, (message.id,))]
