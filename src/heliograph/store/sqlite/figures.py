"""The counters of statistics as rows: added to in every group, filled once for messages from before there were any."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import apsw

from heliograph.model.figures import Counted, Counts, Figure, Question
from heliograph.model.message import MessageId
from heliograph.store.columns import figures as columns
from heliograph.store.sqlite.database import Reader

_ADD: Final = f"""
    INSERT INTO figure ({columns.KEY}, node, {columns.SUMS}) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT {columns.ON_CONFLICT}
"""
_LOOK: Final = f"""
    INSERT INTO figure ({columns.KEY}, node, {columns.SUMS})
    SELECT {columns.OF_MESSAGE}, 0, {{}} FROM message WHERE {{}}
    GROUP BY 1, 2, 3, 4, 5 ON CONFLICT {columns.ON_CONFLICT}
"""
_THESE: Final = "id IN (SELECT value FROM json_each(?))"
_TAKE: Final = _LOOK.format(columns.TAKEN, _THESE)
_PUT: Final = _LOOK.format(columns.ADDED, _THESE)
_FILL: Final = _LOOK.format(columns.ADDED, "id >= ? AND id < ?")
_TO_FILL: Final = "SELECT next_id, end_id FROM figure_fill"
_FILLED: Final = "UPDATE figure_fill SET next_id = ?"
SLICE: Final = 50_000
"""Ids that are counted in one transaction when counters are filled."""


def add(database: apsw.Connection, changes: Mapping[Counted, Counts]) -> None:
    """Add differences, within an open group."""
    if changes:
        database.executemany(_ADD, [(*key, *counts) for key, counts in changes.items()])


@contextmanager
def looking(database: apsw.Connection, ids: Sequence[MessageId]) -> Iterator[None]:
    """Whatever the block changes of these messages, or of rows that become one of them, is counted."""
    if not ids:
        yield
        return
    these = json.dumps(ids)
    database.execute(_TAKE, (these,))
    yield
    database.execute(_PUT, (these,))


def fill(database: apsw.Connection) -> None:
    """Count the messages from before there were counters; what was interrupted goes on where it was."""
    next_id, end_id = [int(str(value)) for value in database.execute(_TO_FILL).fetchall()[0]]
    for first in range(next_id, end_id, SLICE):
        end = min(first + SLICE, end_id)
        with database:
            database.execute(_FILL, (first, end))
            database.execute(_FILLED, (end,))


def counted(reader: Reader, question: Question) -> list[Figure]:
    """Figures in order of day, account, sender, operator."""
    sql = columns.question(question).format("?1", "?2", "?3")
    values = columns.slots(question.since, question.until)
    return [Figure(*row) for row in reader.rows(sql, (*values, question.account_id) if question.account_id else values)]
