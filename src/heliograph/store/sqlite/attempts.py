"""Attempts as rows. They belong to their message: reading some means reading all of its attempts, in one query."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Iterable, Sequence

from heliograph.model.message import Attempt, Message
from heliograph.store.columns import attempts as columns
from heliograph.store.sqlite import messages
from heliograph.store.sqlite.database import Reader

COLUMNS = columns.COLUMNS
INSERT = f"INSERT INTO attempt ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
MOVE = """
    UPDATE attempt SET state = ?1, upstream_id = ?2, answered_at = ?3, receipt_at = ?4, error = ?5, detail = ?6
    WHERE message_id = ?7 AND part_first = ?8 AND try_no = ?9 AND (?1 NOT IN (2, 8) OR state NOT IN (5, 6, 7))
"""
"""What a receipt has said of an attempt outlasts that none came."""
OF_MESSAGES = f"SELECT {COLUMNS} FROM attempt WHERE message_id IN ({{}}) ORDER BY message_id, try_no, part_first"
WAITING = """
    SELECT upstream_id, message_id, part_first, try_no FROM attempt INDEXED BY attempt_waiting
    WHERE (state = 2 OR state = 4 OR state = 8) AND upstream_id <> '' AND connector = ? AND upstream_id IN ({})
"""


def load(reader: Reader, owners: Iterable[Message]) -> None:
    """Give each message all its attempts, in the order of tries and parts."""
    by_id = {message.id: message for message in owners}
    columns.give(messages.rows_in(reader, OF_MESSAGES, (), list(by_id)), by_id)


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
    return columns.at(places, owners.values())
