"""An attempt's row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from heliograph.model.message import Attempt, AttemptState, Message, MessageId
from heliograph.model.rows import AttemptMove

COLUMNS = (
    "message_id, part_first, try_no, part_last, state, sent_at, answered_at, receipt_at, error, connector, "
    "upstream_id, detail"
)

_STATE = {state.value: state for state in AttemptState}


_BY_RECEIPT = frozenset({AttemptState.DELIVERED, AttemptState.UNDELIVERABLE, AttemptState.EXPIRED})


def insert_values(attempt: Attempt) -> tuple[Any, ...]:
    """The values of `COLUMNS`, as its answer made it. What a receipt has said meanwhile comes by a move, perhaps in a
    later group that is lost with the process: then the carrier repeats the receipt, and must find it waiting."""
    state, receipt_at, error, detail = attempt.state, attempt.receipt_at, attempt.error, attempt.detail
    if state in _BY_RECEIPT:
        state, receipt_at, error, detail = AttemptState.TAKEN, 0, 0, ""
    return (
        attempt.message.id,
        attempt.part_first,
        attempt.try_no,
        attempt.part_last,
        +state,
        attempt.sent_at,
        attempt.answered_at,
        receipt_at,
        +error,
        attempt.connector,
        attempt.upstream_id,
        detail,
    )


def move_values(move: AttemptMove) -> tuple[Any, ...]:
    """state, upstream_id, answered_at, receipt_at, error, detail, and where: message_id, part_first, try_no."""
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


def give(rows: Iterable[tuple[Any, ...]], owners: Mapping[MessageId, Message]) -> None:
    """Give each message the attempts that stand in rows of `COLUMNS`, in their order."""
    for row in rows:
        message = owners[row[0]]
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


def at(places: set[tuple[int, ...]], owners: Iterable[Message]) -> list[Attempt]:
    """The attempts of these messages at (message id, first part, try), newest first."""
    found = [
        attempt
        for message in owners
        for attempt in message.attempts
        if (message.id, attempt.part_first, attempt.try_no) in places
    ]
    found.sort(key=lambda attempt: (attempt.sent_at, attempt.message.id, attempt.try_no), reverse=True)
    return found
