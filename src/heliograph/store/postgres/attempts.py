"""Attempts as rows. They belong to their message: reading some means reading all of its attempts, in one query."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Iterable, Sequence

from heliograph.model.message import Attempt, Message
from heliograph.store.columns import attempts as columns
from heliograph.store.postgres import messages
from heliograph.store.postgres.database import Reader
from heliograph.store.postgres.statements import insert, many, names

_COLUMNS = (
    "message_id bigint, part_first smallint, try_no integer, part_last smallint, state smallint, sent_at bigint, "
    "answered_at bigint, receipt_at bigint, error integer, connector text, upstream_id text, detail text"
)
COLUMNS = names(_COLUMNS)
INSERT = insert("attempt", _COLUMNS)
MOVE = many(
    """
    UPDATE attempt
    SET state = new.state, upstream_id = new.upstream_id, answered_at = new.answered_at,
        receipt_at = new.receipt_at, error = new.error, detail = new.detail
    FROM {rows}
    WHERE attempt.message_id = new.message_id AND attempt.part_first = new.part_first
    AND attempt.try_no = new.try_no AND (new.state NOT IN (2, 8) OR attempt.state NOT IN (5, 6, 7))
    """,
    "state smallint, upstream_id text, answered_at bigint, receipt_at bigint, error integer, detail text, "
    "message_id bigint, part_first smallint, try_no integer",
)
"""What a receipt has said of an attempt, perhaps to another node, outlasts that none came."""
OF_MESSAGES = f"""
    SELECT {COLUMNS} FROM attempt WHERE message_id = ANY($1::bigint[]) ORDER BY message_id, try_no, part_first
"""
WAITING = """
    SELECT waiting.* FROM unnest($1::text[], $2::text[]) AS asked (connector, upstream_id),
    LATERAL (
        SELECT message_id, part_first, try_no FROM attempt
        WHERE state IN (2, 4, 8) AND upstream_id <> '' AND connector = asked.connector
        AND upstream_id = asked.upstream_id AND "left"(upstream_id, 100) = "left"(asked.upstream_id, 100)
        OFFSET 0
    ) AS waiting
"""
"""`OFFSET 0` keeps the planner from turning the question round: all that wait, then which of them were asked for."""


async def load(reader: Reader, owners: Iterable[Message]) -> None:
    """Give each message all its attempts, in the order of tries and parts."""
    by_id = {message.id: message for message in owners}
    if not by_id:
        return
    columns.give(await reader.rows(OF_MESSAGES, list(by_id)), by_id)


async def awaiting(reader: Reader, keys: Sequence[tuple[str, str]]) -> list[Attempt]:
    """The attempts that wait for a receipt under these (connector, upstream id), newest first."""
    asked = list(dict.fromkeys(keys))
    if not asked:
        return []
    rows = await reader.rows(WAITING, [key[0] for key in asked], [key[1] for key in asked])
    places = set(rows)
    owners = await messages.by_ids(reader, sorted({place[0] for place in places}))
    await load(reader, owners.values())
    return columns.at(places, owners.values())
