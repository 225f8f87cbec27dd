"""Idempotency keys as rows: whoever inserts a key first has it, on whatever node (decisions.md 14)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from heliograph.model.message import MessageId
from heliograph.model.rows import Guard
from heliograph.store.postgres.database import Reader
from heliograph.store.postgres.statements import Connection, Values, many, run_telling
from heliograph.store.postgres.texts import kept, told

PUT = many(
    """
    INSERT INTO guard (account_id, key, body_hash, message_ids, until)
    SELECT account_id, key, body_hash, message_ids, until FROM {rows}
    ON CONFLICT (account_id, key) DO UPDATE
    SET body_hash = excluded.body_hash, message_ids = excluded.message_ids, until = excluded.until
    WHERE guard.until <= ($6)[1] OR guard.message_ids = excluded.message_ids
    RETURNING account_id, key
    """,
    "key text, message_ids text, account_id integer, body_hash text, until bigint, at bigint",
)
"""`at` is the clock's ms, in each row the same. The same key for the same messages is the same claim."""
FREE = "DELETE FROM guard WHERE account_id = $1 AND key = $2 AND message_ids = $3"
CORRECT = "UPDATE guard SET message_ids = $4 WHERE account_id = $1 AND key = $2 AND message_ids = $3"
GET = "SELECT body_hash, message_ids, until FROM guard WHERE account_id = $1 AND key = $2 AND until > $3"


def put_values(guards: Sequence[Guard], at: int) -> list[Values]:
    """The values for `PUT`, in the order of keys: nobody who waits for one holds one that others wait for."""
    return [
        (guard.key, _text(guard.message_ids), guard.account_id, guard.body_hash, guard.until, at)
        for guard in sorted(guards, key=lambda guard: (guard.account_id, guard.key))
    ]


async def put(database: Connection, guards: Sequence[Guard], at: int) -> list[Guard]:
    """Claim the keys and return those that somebody else has."""
    if not guards:
        return []
    claimed = {told(row) for row in await run_telling(database, PUT, put_values(guards, at))}
    return [guard for guard in guards if (guard.account_id, guard.key) not in claimed]


async def free(database: Connection, guards: Sequence[Guard], refused: Collection[MessageId]) -> None:
    """Give up the keys of messages that are not taken after all; a key of others, too, does not name them."""
    for guard in guards:
        place = (guard.account_id, kept(guard.key), _text(guard.message_ids))
        left = guard.without(refused)
        if all(one <= 0 for one in left):
            await database.execute(FREE, *place)
        elif left != guard.message_ids:
            await database.execute(CORRECT, *place, _text(left))


async def find(reader: Reader, account_id: int, key: str, now: int) -> Guard | None:
    """The key, if it is still in use."""
    row = await reader.first(GET, account_id, key, now)
    return None if row is None else Guard(account_id, key, row[0], tuple(map(int, row[1].split())), row[2])


def _text(message_ids: Sequence[MessageId]) -> str:
    return " ".join(map(str, message_ids))
