"""A notice's row."""

from __future__ import annotations

from typing import Any

from heliograph.model.message import Message, State
from heliograph.model.receipt import Incoming, Notice, NoticeState
from heliograph.model.rows import NoticeMove

COLUMNS = (
    "id, progress, tries, next_try_at, settled_at, account_id, message_id, incoming_id, state, error, part, "
    "created_at, target, answer, carriers_word"
)

_STATE = {state.value: state for state in State}
_PROGRESS = {progress.value: progress for progress in NoticeState}


def insert_values(notice: Notice) -> tuple[Any, ...]:
    """The values of `COLUMNS`."""
    return (
        notice.id,
        +notice.progress,
        notice.tries,
        notice.next_try_at,
        notice.settled_at,
        notice.account_id,
        0 if notice.message is None else notice.message.id,
        0 if notice.incoming is None else notice.incoming.id,
        0 if notice.state is None else +notice.state,
        +notice.error,
        notice.part,
        notice.created_at,
        notice.target,
        notice.answer,
        notice.carriers_word,
    )


def move_values(move: NoticeMove) -> tuple[Any, ...]:
    """progress, tries, next_try_at, answer, settled_at, id."""
    return (+move.progress, move.tries, move.next_try_at, move.answer, move.settled_at, move.id)


def notice_of(row: tuple[Any, ...], message: Message | None, incoming: Incoming | None) -> Notice:
    """The notice that stands in a row of `COLUMNS`, with what it is about."""
    return Notice(
        id=row[0],
        progress=_PROGRESS[row[1]],
        tries=row[2],
        next_try_at=row[3],
        settled_at=row[4],
        account_id=row[5],
        message=message,
        incoming=incoming,
        state=_STATE.get(row[8]),
        error=row[9],
        part=row[10],
        created_at=row[11],
        target=row[12],
        answer=row[13],
        carriers_word=row[14],
    )
