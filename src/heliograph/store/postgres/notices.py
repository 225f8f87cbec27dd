"""Notices as rows: what waits for a target, what is due, what became of each."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from heliograph.model.message import Message
from heliograph.model.receipt import Notice
from heliograph.store.columns import notices as columns
from heliograph.store.postgres import incoming as incoming_rows
from heliograph.store.postgres import messages
from heliograph.store.postgres.database import Reader
from heliograph.store.postgres.statements import insert, many, names

_COLUMNS = (
    "id bigint, progress smallint, tries integer, next_try_at bigint, settled_at bigint, account_id integer, "
    "message_id bigint, incoming_id bigint, state smallint, error integer, part integer, created_at bigint, "
    "target text, answer text, carriers_word text"
)
COLUMNS = names(_COLUMNS)
INSERT = insert("notice", _COLUMNS)
MOVE = many(
    """
    UPDATE notice
    SET progress = new.progress, tries = new.tries, next_try_at = new.next_try_at, answer = new.answer,
        settled_at = new.settled_at
    FROM {rows} WHERE notice.id = new.id
    """,
    "progress smallint, tries integer, next_try_at bigint, answer text, settled_at bigint, id bigint",
)
OF_MESSAGE = f"SELECT {COLUMNS} FROM notice WHERE message_id > 0 AND message_id = $1 ORDER BY id"
FRESH = f"""
    SELECT {COLUMNS} FROM notice WHERE progress = 1 AND next_try_at = 0 AND target = $1 AND id + 0 > $2
    ORDER BY id + 0 LIMIT $3
"""
DUE = f"""
    SELECT {COLUMNS} FROM notice WHERE id = ANY(ARRAY(
        SELECT id FROM notice
        WHERE progress = 1 AND next_try_at > 0 AND target = $1 AND next_try_at <= $2 AND id > $3
        ORDER BY next_try_at LIMIT $4
    )) ORDER BY id LIMIT $5
"""
GIVEN_UP = f"""
    SELECT {COLUMNS} FROM notice WHERE progress = 3 AND account_id = $1 AND id + 0 > $2
    ORDER BY id + 0 LIMIT $3
"""
DUE_AT_ONCE = 10_000
"""Of more retries of one target that are due at once, those due first are put in order; the rest come later."""

TARGETS = """
    WITH RECURSIVE fresh (target) AS (
        (SELECT target FROM notice WHERE progress = 1 AND next_try_at = 0 ORDER BY target LIMIT 1)
        UNION ALL
        SELECT (
            SELECT notice.target FROM notice
            WHERE progress = 1 AND next_try_at = 0 AND notice.target > fresh.target ORDER BY notice.target LIMIT 1
        ) FROM fresh WHERE target IS NOT NULL
    ), retry (target) AS (
        (SELECT target FROM notice WHERE progress = 1 AND next_try_at > 0 ORDER BY target LIMIT 1)
        UNION ALL
        SELECT (
            SELECT notice.target FROM notice
            WHERE progress = 1 AND next_try_at > 0 AND notice.target > retry.target ORDER BY notice.target LIMIT 1
        ) FROM retry WHERE target IS NOT NULL
    )
    SELECT target FROM fresh WHERE target IS NOT NULL
    UNION
    SELECT target FROM retry WHERE EXISTS (
        SELECT 1 FROM notice
        WHERE progress = 1 AND next_try_at > 0 AND notice.target = retry.target AND next_try_at <= $1
    )
    ORDER BY target
"""
"""From one target to the next: one look at an index each, however many notices wait for it."""


async def targets(reader: Reader, now: int) -> list[str]:
    """Targets with a notice that is due."""
    return [row[0] for row in await reader.rows(TARGETS, now)]


async def due(
    reader: Reader, target: str, after: int, now: int, limit: int, known: Collection[int] = ()
) -> list[Notice]:
    """WAITING notices of a target that are due, id > `after`, in id order; those `known` without their subject."""
    rows = await reader.rows(FRESH, target, after, limit)
    rows += await reader.rows(DUE, target, now, after, DUE_AT_ONCE, limit)
    rows.sort(key=lambda row: row[0])
    return await _with_subjects(reader, rows[:limit], known)


async def given_up(reader: Reader, account_id: int, after: int, limit: int) -> list[Notice]:
    """GIVEN_UP notices of an account, id > `after`, in id order."""
    return await _with_subjects(reader, await reader.rows(GIVEN_UP, account_id, after, limit))


async def _with_subjects(reader: Reader, rows: list[tuple[Any, ...]], known: Collection[int] = ()) -> list[Notice]:
    new = [row for row in rows if row[0] not in known]
    owners = await messages.by_ids(reader, sorted({row[6] for row in new if row[6]}))
    incoming = await incoming_rows.by_ids(reader, sorted({row[7] for row in new if row[7]}))
    return [columns.notice_of(row, owners.get(row[6]), incoming.get(row[7])) for row in rows]


async def of_message(reader: Reader, message: Message) -> list[Notice]:
    """All notices about a message, oldest first."""
    return [columns.notice_of(row, message, None) for row in await reader.rows(OF_MESSAGE, message.id)]
