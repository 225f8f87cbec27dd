"""Messages from handsets, and the parts of longer ones that wait for each other, as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence

from heliograph.model.receipt import Incoming, IncomingPart
from heliograph.store.columns import incoming as columns
from heliograph.store.postgres.database import Reader
from heliograph.store.postgres.statements import insert, many, names

_COLUMNS = (
    "id bigint, account_id integer, answers bigint, received_at bigint, sent_at bigint, missing smallint, "
    "is_call boolean, connector text, upstream_id text, sender text, recipient text, text text, data bytea, "
    "parameters bytea?"
)
COLUMNS = names(_COLUMNS)
INSERT = insert("incoming", _COLUMNS)
BY_IDS = f"SELECT {COLUMNS} FROM incoming WHERE id = ANY($1::bigint[])"

_PART_COLUMNS = (
    "id bigint, incoming_id bigint, received_at bigint, total smallint, number smallint, data_coding smallint, "
    "connector text, sender text, recipient text, reference text, header bytea, octets bytea"
)
PART_COLUMNS = names(_PART_COLUMNS)
INSERT_PART = insert("incoming_part", _PART_COLUMNS)
PARTS = f"SELECT {PART_COLUMNS} FROM incoming_part WHERE id > $1 ORDER BY id LIMIT $2"
PART_JOINED = many(
    "UPDATE incoming_part SET incoming_id = new.incoming_id FROM {rows} WHERE incoming_part.id = new.id",
    "incoming_id bigint, id bigint",
)
PART_GONE = many("DELETE FROM incoming_part USING {rows} WHERE incoming_part.id = new.id", "id bigint")


async def by_ids(reader: Reader, ids: Sequence[int]) -> dict[int, Incoming]:
    """The incoming messages with these ids."""
    if not ids:
        return {}
    return {row[0]: columns.incoming_of(row) for row in await reader.rows(BY_IDS, list(ids))}


async def parts(reader: Reader, after: int, limit: int) -> list[tuple[IncomingPart, int]]:
    """Parts with id > `after`, in id order, each with the incoming message it went into, 0 while it waits."""
    return [columns.part_of(row) for row in await reader.rows(PARTS, after, limit)]
