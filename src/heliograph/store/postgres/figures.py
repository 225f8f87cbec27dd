"""The counters of statistics as rows: added to in every group, filled once for messages from before there were any.

Each node adds to rows of its own, so that no two wait for each other, nor for each other's end.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from heliograph.model.figures import Counted, Counts, Figure, Question
from heliograph.model.message import MessageId
from heliograph.model.rows import Fence
from heliograph.store.columns import figures as columns
from heliograph.store.postgres.database import Database, Reader
from heliograph.store.postgres.statements import Connection, Values, many, run

ADD: Final = many(
    f"""
    INSERT INTO figure ({columns.KEY}, node, {columns.SUMS}) SELECT * FROM {{rows}}
    ON CONFLICT ({columns.KEY}, node) {columns.ON_CONFLICT}
    """,
    "account_id integer, slot bigint, purse integer, sender text, operator text, node integer, messages bigint, "
    "parts bigint, delivered bigint, failed bigint, refused bigint, price bigint, refunded bigint",
)
_LOOK: Final = f"""
    INSERT INTO figure ({columns.KEY}, node, {columns.SUMS})
    SELECT {columns.OF_MESSAGE}, $1::integer, {{}} FROM message WHERE {{}}
    GROUP BY 1, 2, 3, 4, 5 ON CONFLICT ({columns.KEY}, node) {columns.ON_CONFLICT}
"""
_LOCK: Final = "SELECT id FROM message WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE"
_TAKE: Final = _LOOK.format(columns.TAKEN, "id = ANY($2::bigint[])")
_PUT: Final = _LOOK.format(columns.ADDED, "id = ANY($2::bigint[])")
_FILL: Final = _LOOK.format(columns.ADDED, "id >= $2::bigint AND id < $3::bigint")
_TO_FILL: Final = "SELECT next_id, end_id FROM figure_fill FOR UPDATE"
_FILLED: Final = "UPDATE figure_fill SET next_id = $1"
SLICE: Final = 50_000
"""Ids that are counted in one transaction when counters are filled."""


async def add(database: Connection, changes: Mapping[Counted, Counts], fence: Fence) -> None:
    """Add differences, within an open group."""
    await run(database, ADD, add_values(changes, fence))


def add_values(changes: Mapping[Counted, Counts], fence: Fence) -> list[Values]:
    """The values for `ADD`."""
    return [(*key, fence.node, *counts) for key, counts in changes.items()]


@asynccontextmanager
async def looking(database: Connection, ids: Sequence[MessageId], fence: Fence) -> AsyncIterator[None]:
    """Whatever the block changes of these messages, or of rows that become one of them, is counted."""
    if not ids:
        yield
        return
    await database.fetch(_LOCK, ids)  # another node may be changing them
    await database.execute(_TAKE, fence.node, ids)
    yield
    await database.execute(_PUT, fence.node, ids)


async def fill(database: Database) -> None:
    """Count the messages from before there were counters; what was interrupted goes on where it was, and of nodes that
    start together one counts and the others wait."""
    is_more = True
    while is_more:
        async with database.group() as connection:
            next_id, end_id = (await connection.fetch(_TO_FILL))[0]
            end = min(next_id + SLICE, end_id)
            is_more = end < end_id
            if next_id < end:
                await connection.execute(_FILL, 0, next_id, end)
                await connection.execute(_FILLED, end)


async def counted(reader: Reader, question: Question) -> list[Figure]:
    """Figures in order of day, account, sender, operator."""
    sql = columns.question(question).format("$1", "$2", "$3")
    values = columns.slots(question.since, question.until)
    more = (question.account_id,) if question.account_id else ()
    return [Figure(*row) for row in await reader.rows(sql, *values, *more)]
