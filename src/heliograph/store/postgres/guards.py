"""Idempotency keys as rows: whoever inserts a key first has it, on whatever node (decisions.md 14)."""

from __future__ import annotations

from collections.abc import Sequence

from heliograph.model.rows import Guard
from heliograph.store.postgres.database import Reader
from heliograph.store.postgres.statements import Connection, many
from heliograph.store.postgres.texts import kept, told

_COLUMNS = "account_id integer, key text, body_hash text, message_ids text, until bigint"
PUT = many(
    """
    INSERT INTO guard (account_id, key, body_hash, message_ids, until) SELECT * FROM {rows}
    ON CONFLICT (account_id, key) DO UPDATE
    SET body_hash = excluded.body_hash, message_ids = excluded.message_ids, until = excluded.until
    WHERE guard.until <= $6 OR guard.message_ids = excluded.message_ids
    RETURNING account_id, key
    """,
    _COLUMNS,
)
"""The last value is the clock's ms. The same key for the same messages is the same claim."""
FREE = "DELETE FROM guard WHERE account_id = $1 AND key = $2 AND message_ids = $3"
GET = "SELECT body_hash, message_ids, until FROM guard WHERE account_id = $1 AND key = $2 AND until > $3"


async def put(database: Connection, guards: Sequence[Guard], at: int) -> list[Guard]:
    """Claim the keys and return those that somebody else has."""
    if not guards:
        return []
    rows = [
        (guard.account_id, guard.key, guard.body_hash, " ".join(map(str, guard.message_ids)), guard.until)
        for guard in sorted(guards, key=lambda guard: (guard.account_id, guard.key))
    ]
    claimed = {told(row) for row in await database.fetch(PUT.sql, *PUT.columns(rows), at)}
    return [guard for guard in guards if (guard.account_id, guard.key) not in claimed]


async def free(database: Connection, guards: Sequence[Guard]) -> None:
    """Give up the keys of messages that are not taken after all."""
    for guard in guards:
        await database.execute(FREE, guard.account_id, kept(guard.key), " ".join(map(str, guard.message_ids)))


async def find(reader: Reader, account_id: int, key: str, now: int) -> Guard | None:
    """The key, if it is still in use."""
    row = await reader.first(GET, account_id, key, now)
    return None if row is None else Guard(account_id, key, row[0], tuple(map(int, row[1].split())), row[2])
