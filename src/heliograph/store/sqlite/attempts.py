"""Attempts as rows. They belong to their message: reading some means reading all of its attempts, in one query."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from heliograph.model.message import Attempt, AttemptState, Message
from heliograph.model.rows import AttemptMove
from heliograph.store.sqlite import messages
from heliograph.store.sqlite.database import Reader

COLUMNS = (
    "message_id, part_first, try_no, part_last, state, sent_at, answered_at, receipt_at, error, connector, "
    "upstream_id, detail"
)
INSERT = f"INSERT INTO attempt ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
MOVE = """
    UPDATE attempt SET state = ?, upstream_id = ?, answered_at = ?, receipt_at = ?, error = ?, detail = ?
    WHERE message_id = ? AND part_first = ? AND try_no = ?
"""
OF_MESSAGES = f"SELECT {COLUMNS} FROM attempt WHERE message_id IN ({{}}) ORDER BY message_id, try_no, part_first"
WAITING = """
    SELECT upstream_id, message_id, part_first, try_no FROM attempt INDEXED BY attempt_waiting
    WHERE (state = 2 OR state = 4) AND upstream_id <> '' AND connector = ? AND upstream_id IN ({})
"""

_STATE = {state.value: state for state in AttemptState}


def insert_values(attempt: Attempt) -> tuple[Any, ...]:
    """The values for `INSERT`."""
    return (
        attempt.message.id,
        attempt.part_first,
        attempt.try_no,
        attempt.part_last,
        +attempt.state,
        attempt.sent_at,
        attempt.answered_at,
        attempt.receipt_at,
        +attempt.error,
        attempt.connector,
        attempt.upstream_id,
        attempt.detail,
    )


def move_values(move: AttemptMove) -> tuple[Any, ...]:
    """The values for `MOVE`."""
    return (
        +move.state,
        move.upstream_id,
        move.answered_at,
        move.receipt_at,
        +move.error,
        move.detail,
        move.message_id,
        move.part_first,
        move.try_no,
    )


def load(reader: Reader, owners: Iterable[Message]) -> None:
    """Give each message all its attempts, in the order of tries and parts."""
    by_id = {message.id: message for message in owners}
    for row in messages.rows_in(reader, OF_MESSAGES, (), list(by_id)):
        message = by_id[row[0]]
        message.attempts.append(
            Attempt(
                message,
                row[1],
                row[3],
                row[2],
                row[9],
                _STATE[row[4]],
                row[10],
                row[5],
                row[6],
                row[7],
                row[8],
                row[11],
            )
        )


def awaiting(reader: Reader, keys: Sequence[tuple[str, str]]) -> list[Attempt]:
    """The attempts that wait for a receipt under these (connector, upstream id), newest first."""
    by_connector: dict[str, list[str]] = {}
    for connector, upstream_id in dict.fromkeys(keys):
        by_connector.setdefault(connector, []).append(upstream_id)
    places = {
        tuple(row[1:])
        for connector, upstream_ids in by_connector.items()
        for row in messages.rows_in(reader, WAITING, (connector,), upstream_ids)
    }
    owners = messages.by_ids(reader, sorted({place[0] for place in places}))
    load(reader, owners.values())
    found = [
        attempt
        for message in owners.values()
        for attempt in message.attempts
        if (message.id, attempt.part_first, attempt.try_no) in places
    ]
    found.sort(key=lambda attempt: (attempt.sent_at, attempt.message.id, attempt.try_no), reverse=True)
    return found
