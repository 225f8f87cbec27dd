"""Receipts with a row of their own, as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence

from heliograph.model.message import MessageId
from heliograph.model.receipt import KeptReceipt
from heliograph.store.columns import receipts as columns
from heliograph.store.postgres.database import Reader
from heliograph.store.postgres.statements import insert, many, names

_COLUMNS = (
    "id bigint, fate smallint, message_id bigint, part integer, connector text, upstream_id text, state smallint?, "
    "error integer, received_at bigint, done_at bigint, recipient text, detail text, network text?"
)
COLUMNS = names(_COLUMNS)
INSERT = insert("receipt", _COLUMNS)
MOVE = many(
    "UPDATE receipt SET fate = new.fate, message_id = new.message_id, part = new.part FROM {rows} "
    "WHERE receipt.id = new.id",
    "fate smallint, message_id bigint, part integer, id bigint",
)
OF_MESSAGE = f"SELECT {COLUMNS} FROM receipt WHERE message_id > 0 AND message_id = $1 ORDER BY id"
PARKED = f"""
    SELECT parked.* FROM unnest($1::text[], $2::text[]) AS asked (connector, upstream_id),
    LATERAL (
        SELECT {COLUMNS} FROM receipt
        WHERE fate = 1 AND connector = asked.connector AND upstream_id = asked.upstream_id
        AND "left"(upstream_id, 100) = "left"(asked.upstream_id, 100)
        OFFSET 0
    ) AS parked
    ORDER BY parked.id
"""
"""`OFFSET 0` keeps the planner from turning the question round: all that is parked, then which of it was asked for."""
PARKED_PAGE = f"""
    SELECT {COLUMNS}, EXISTS (
        SELECT 1 FROM attempt
        WHERE attempt.state IN (2, 4, 8) AND attempt.upstream_id <> '' AND attempt.connector = receipt.connector
        AND "left"(attempt.upstream_id, 100) = "left"(receipt.upstream_id, 100)
        AND attempt.upstream_id = receipt.upstream_id
    )
    FROM receipt WHERE fate = 1 AND id + 0 > $1 ORDER BY id + 0 LIMIT $2
"""


async def of_message(reader: Reader, message_id: MessageId) -> list[KeptReceipt]:
    """What was kept about a message, oldest first."""
    return [columns.kept_of(row) for row in await reader.rows(OF_MESSAGE, message_id)]


async def parked(reader: Reader, keys: Sequence[tuple[str, str]]) -> list[KeptReceipt]:
    """PARKED receipts by (connector, upstream id), oldest first."""
    asked = list(dict.fromkeys(keys))
    if not asked:
        return []
    return [
        columns.kept_of(row) for row in await reader.rows(PARKED, [key[0] for key in asked], [key[1] for key in asked])
    ]


class ParkedSweep:
    """Walks the parked receipts a page a call, round and round, so that thousands of foreign ones cost each sweep no
    more than a page. All are seen within (parked ÷ `page`) calls."""

    def __init__(self, page: int) -> None:
        self._page = page
        self._after = 0

    async def step(self, reader: Reader, limit: int) -> list[KeptReceipt]:
        """Those of the next page that have an attempt by now, at most `limit`."""
        rows = await reader.rows(PARKED_PAGE, self._after, self._page)
        if not rows and self._after:
            rows = await reader.rows(PARKED_PAGE, 0, self._page)
        self._after = 0
        found: list[KeptReceipt] = []
        for number, row in enumerate(rows, 1):
            if row[13]:
                found.append(columns.kept_of(row))
            if len(found) >= limit or number == self._page:
                self._after = row[0]
                break
        return found
