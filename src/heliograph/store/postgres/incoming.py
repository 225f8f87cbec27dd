"""Messages from handsets, and the parts of longer ones that wait for each other, as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heliograph.model.receipt import Incoming, IncomingPart
from heliograph.model.rows import PartGone, PartJoined
from heliograph.store.postgres.database import Reader
from heliograph.store.postgres.statements import insert, many, names

_COLUMNS = (
    "id bigint, account_id integer, answers bigint, received_at bigint, sent_at bigint, missing smallint, "
    "is_call boolean, connector text, upstream_id text, sender text, recipient text, text text, data bytea"
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


def insert_values(incoming: Incoming) -> tuple[Any, ...]:
    """The values for `INSERT`."""
    return (
        incoming.id,
        incoming.account_id,
        incoming.answers,
        incoming.received_at,
        incoming.sent_at,
        incoming.missing,
        incoming.is_call,
        incoming.connector,
        incoming.upstream_id,
        incoming.sender,
        incoming.recipient,
        incoming.text,
        incoming.data,
    )


async def by_ids(reader: Reader, ids: Sequence[int]) -> dict[int, Incoming]:
    """The incoming messages with these ids."""
    if not ids:
        return {}
    return {
        row[0]: Incoming(
            id=row[0],
            account_id=row[1],
            answers=row[2],
            received_at=row[3],
            sent_at=row[4],
            missing=row[5],
            is_call=row[6],
            connector=row[7],
            upstream_id=row[8],
            sender=row[9],
            recipient=row[10],
            text=row[11],
            data=row[12],
        )
        for row in await reader.rows(BY_IDS, list(ids))
    }


def part_values(part: IncomingPart) -> tuple[Any, ...]:
    """The values for `INSERT_PART`."""
    return (
        part.id,
        0,
        part.received_at,
        part.total,
        part.number,
        part.data_coding,
        part.connector,
        part.sender,
        part.recipient,
        part.reference,
        part.header,
        part.octets,
    )


def joined_values(move: PartJoined) -> tuple[Any, ...]:
    """The values for `PART_JOINED`."""
    return (move.incoming_id, move.id)


def gone_values(move: PartGone) -> tuple[Any, ...]:
    """The values for `PART_GONE`."""
    return (move.id,)


async def parts(reader: Reader, after: int, limit: int) -> list[tuple[IncomingPart, int]]:
    """Parts with id > `after`, in id order, each with the incoming message it went into, 0 while it waits."""
    return [
        (
            IncomingPart(
                id=row[0],
                connector=row[6],
                sender=row[7],
                recipient=row[8],
                reference=row[9],
                total=row[3],
                number=row[4],
                received_at=row[2],
                data_coding=row[5],
                header=row[10],
                octets=row[11],
            ),
            row[1],
        )
        for row in await reader.rows(PARTS, after, limit)
    ]
