"""Idempotency keys as rows."""

from __future__ import annotations

from typing import Any

from heliograph.model.rows import Guard
from heliograph.store.sqlite.database import Reader

PUT = """
    INSERT INTO guard (account_id, key, body_hash, message_ids, until) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (account_id, key) DO UPDATE
    SET body_hash = excluded.body_hash, message_ids = excluded.message_ids, until = excluded.until
"""
"""A key whose time is over may be used anew; that it is over was seen by whoever claimed it."""
GET = "SELECT body_hash, message_ids, until FROM guard WHERE account_id = ? AND key = ? AND until > ?"

ANY_OVER = "SELECT 1 FROM guard WHERE until <= ? LIMIT 1"
PRUNE = """
    DELETE FROM guard WHERE (account_id, key) IN (SELECT account_id, key FROM guard WHERE until <= ? LIMIT ?)
"""


def values(guard: Guard) -> tuple[Any, ...]:
    """The values for `PUT`."""
    return (guard.account_id, guard.key, guard.body_hash, " ".join(map(str, guard.message_ids)), guard.until)


def find(reader: Reader, account_id: int, key: str, now: int) -> Guard | None:
    """The key, if it is still in use."""
    row = reader.first(GET, (account_id, key, now))
    return None if row is None else Guard(account_id, key, row[0], tuple(map(int, row[1].split())), row[2])
