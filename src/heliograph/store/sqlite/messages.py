"""Messages as rows: how one is written, how its standing changes, how it is found."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heliograph.model.message import Message, MessageId
from heliograph.model.rows import Fence, Move
from heliograph.store.columns import messages as columns
from heliograph.store.sqlite.database import Reader

MOST_AT_ONCE = 500
"""Ids of one `IN` list."""
_LISTS = (1, 8, 64, MOST_AT_ONCE)
"""`IN` lists have one of these lengths, so that few statements need preparing."""

COLUMNS = columns.COLUMNS


def _marks(names: str) -> str:
    return ", ".join("?" * len(names.split(",")))


INSERT_PLAIN = f"INSERT INTO message ({columns.PLAIN}) VALUES ({_marks(columns.PLAIN)})"
INSERT = f"INSERT INTO message ({COLUMNS}) VALUES ({_marks(COLUMNS)})"
MOVE = """
    UPDATE message
    SET state = ?, connector = ?, tries = ?, next_try_at = ?, error = ?, final_at = ?, maybe_twice = ?,
        refunded = refunded + ?
    WHERE id = ? AND ((? >> state) & 1)
"""
"""The last value has a bit for each state the move may come from."""
FENCED_MOVE = """
    UPDATE message
    SET state = ?, connector = ?, tries = ?, next_try_at = ?, error = ?, final_at = ?, maybe_twice = ?,
        refunded = refunded + ?, node = ?, epoch = ?
    WHERE id = ? AND state = 3
"""
"""Who marks a message SENDING owns it from then on; it must still be QUEUED."""

WHOLE = """
    UPDATE message
    SET parts = ?, priority = ?, price = ?, due_at = ?, expires_at = ?, coding = ?, kind = ?, fixed_coding = ?,
        targets = ?, text = ?, segments = ?, part = '', own_parts = ?
    WHERE id = ? AND state = 1
"""
"""A HELD part becomes the message of all of them."""
REPLACE = f"""
    UPDATE message SET {", ".join(f"{name} = ?" for name in columns.REPLACED.split(", "))}
    WHERE id = ? AND state = ? AND purse = ? AND price = ? AND tries = 0
"""
JOINED_PART = "DELETE FROM message WHERE id = ? AND state = 1"
PART_OF = "INSERT INTO part_of (id, message_id) VALUES (?, ?)"
WHOLE_OF = "SELECT id, message_id FROM part_of WHERE id IN ({})"

SET_NETWORK = "UPDATE message SET network = ? WHERE id = ?"
HIDE = "UPDATE message SET hidden = 1 WHERE id = ?"

BY_IDS = f"SELECT {COLUMNS} FROM message WHERE id IN ({{}})"
LAST_BEFORE = f"SELECT {COLUMNS} FROM message WHERE id < ? ORDER BY id DESC LIMIT 1"


def move_values(move: Move) -> tuple[Any, ...]:
    """The values for `MOVE`."""
    return (*columns.standing(move), move.message_id, columns.origins(move))


def fenced_move_values(move: Move, fence: Fence) -> tuple[Any, ...]:
    """The values for `FENCED_MOVE`."""
    return (*columns.standing(move), fence.node, fence.epoch, move.message_id)


def select(reader: Reader, sql: str, *values: int | str | None) -> list[Message]:
    """The messages a query of `COLUMNS` finds."""
    return [columns.message_of(row) for row in reader.rows(sql, values)]


def by_ids(reader: Reader, ids: Sequence[MessageId]) -> dict[MessageId, Message]:
    """The messages with exactly these ids."""
    return {row[0]: columns.message_of(row) for row in rows_in(reader, BY_IDS, (), ids)}


def owning(reader: Reader, ids: Sequence[MessageId], account_id: int | None) -> list[Message]:
    """The messages that own any of these part ids; another account's are absent."""
    asked = [one for one in dict.fromkeys(ids) if 0 < one < 2**53]
    found = by_ids(reader, asked)
    missing = [part_id for part_id in asked if part_id not in found]
    wholes: dict[MessageId, MessageId] = dict(rows_in(reader, WHOLE_OF, (), missing)) if missing else {}
    found |= by_ids(reader, sorted({message_id for message_id in wholes.values() if message_id not in found}))
    for part_id in missing:
        if part_id in wholes:
            continue
        row = reader.first(LAST_BEFORE, (part_id,))
        if row is not None and row[0] not in found and part_id < row[0] + row[4] and not row[49]:
            found[row[0]] = columns.message_of(row)
    return [message for message in found.values() if account_id is None or message.account_id == account_id]


def rows_in(
    reader: Reader, sql: str, before: tuple[int | str, ...], values: Sequence[int | str]
) -> list[tuple[Any, ...]]:
    """Run a query whose `{}` is an `IN` list, in lists of a few lengths; `before` are the values that stand first."""
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(values), MOST_AT_ONCE):
        chunk = list(values[start : start + MOST_AT_ONCE])
        length = next(length for length in _LISTS if length >= len(chunk))
        chunk += chunk[-1:] * (length - len(chunk))
        found += reader.rows(sql.format(", ".join("?" * length)), (*before, *chunk))
    return found
