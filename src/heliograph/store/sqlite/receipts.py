"""Receipts with a row of their own, as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence

from heliograph.model.message import MessageId
from heliograph.model.receipt import KeptReceipt
from heliograph.store.columns import receipts as columns
from heliograph.store.sqlite import messages
from heliograph.store.sqlite.database import Reader

COLUMNS = columns.COLUMNS
INSERT = f"INSERT INTO receipt ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
MOVE = "UPDATE receipt SET fate = ?, message_id = ?, part = ? WHERE id = ?"
OF_MESSAGE = f"SELECT {COLUMNS} FROM receipt INDEXED BY receipt_of_message WHERE message_id > 0 AND message_id = ?"
PARKED = f"""
    SELECT {COLUMNS} FROM receipt INDEXED BY receipt_parked
    WHERE fate = 1 AND connector = ? AND upstream_id IN ({{}})
"""
PARKED_PAGE = f"""
    SELECT {COLUMNS}, EXISTS (
        SELECT 1 FROM attempt INDEXED BY attempt_waiting
        WHERE (attempt.state = 2 OR attempt.state = 4 OR attempt.state = 8) AND attempt.upstream_id <> ''
        AND attempt.connector = receipt.connector AND attempt.upstream_id = receipt.upstream_id
    )
    FROM receipt INDEXED BY receipt_parked
    WHERE fate = 1 AND (connector, upstream_id, id) > (?, ?, ?) ORDER BY connector, upstream_id, id LIMIT ?
"""
FIRST_KEY: tuple[str, str, int] = ("", "", 0)
"""Before every parked receipt."""


def of_message(reader: Reader, message_id: MessageId) -> list[KeptReceipt]:
    """What was kept about a message, oldest first."""
    return [columns.kept_of(row) for row in reader.rows(OF_MESSAGE, (message_id,))]


def parked(reader: Reader, keys: Sequence[tuple[str, str]]) -> list[KeptReceipt]:
    """PARKED receipts under these keys, oldest first."""
    by_connector: dict[str, list[str]] = {}
    for connector, upstream_id in dict.fromkeys(keys):
        by_connector.setdefault(connector, []).append(upstream_id)
    found = {
        row[0]: columns.kept_of(row)
        for connector, upstream_ids in by_connector.items()
        for row in messages.rows_in(reader, PARKED, (connector,), upstream_ids)
    }
    return [found[kept_id] for kept_id in sorted(found)]


class ParkedSweep:
    """Walks the parked receipts a page a call, round and round: a carrier that sends thousands of receipts for
    messages we never saw must not stop the loop at every sweep. All are seen within (parked ÷ `page`) calls."""

    def __init__(self, page: int) -> None:
        self._page = page
        self._after = FIRST_KEY

    def step(self, reader: Reader, limit: int) -> list[KeptReceipt]:
        """Those of the next page that have an attempt by now, at most `limit`."""
        rows = reader.rows(PARKED_PAGE, (*self._after, self._page))
        if not rows and self._after != FIRST_KEY:
            rows = reader.rows(PARKED_PAGE, (*FIRST_KEY, self._page))
        self._after = FIRST_KEY
        found: list[KeptReceipt] = []
        for number, row in enumerate(rows, 1):
            if row[13]:
                found.append(columns.kept_of(row))
            if len(found) >= limit or number == self._page:
                self._after = (row[4], row[5], row[0])
                break
        return found
