"""Messages from handsets, and the parts of longer ones that wait for each other, as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence

from heliograph.model.receipt import Incoming, IncomingPart
from heliograph.store.columns import incoming as columns
from heliograph.store.sqlite import messages
from heliograph.store.sqlite.database import Reader

COLUMNS = columns.COLUMNS
INSERT = f"INSERT INTO incoming ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
BY_IDS = f"SELECT {COLUMNS} FROM incoming WHERE id IN ({{}})"

PART_COLUMNS = columns.PART_COLUMNS
INSERT_PART = f"INSERT INTO incoming_part ({PART_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
PARTS = f"SELECT {PART_COLUMNS} FROM incoming_part WHERE id > ? ORDER BY id LIMIT ?"
PART_JOINED = "UPDATE incoming_part SET incoming_id = ? WHERE id = ?"
PART_GONE = "DELETE FROM incoming_part WHERE id = ?"


def by_ids(reader: Reader, ids: Sequence[int]) -> dict[int, Incoming]:
    """The incoming messages with these ids."""
    return {row[0]: columns.incoming_of(row) for row in messages.rows_in(reader, BY_IDS, (), ids)}


def parts(reader: Reader, after: int, limit: int) -> list[tuple[IncomingPart, int]]:
    """Parts with id > `after`, in id order, each with the incoming message it went into, 0 while it waits."""
    return [columns.part_of(row) for row in reader.rows(PARTS, (after, limit))]
