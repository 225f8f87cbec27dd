"""Messages from handsets, and the parts of longer ones that wait for each other, as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heliograph.model.receipt import Incoming, IncomingPart
from heliograph.model.rows import PartGone, PartJoined
from heliograph.store.sqlite import messages
from heliograph.store.sqlite.database import Reader

COLUMNS = (
    "id, account_id, answers, received_at, sent_at, missing, is_call, connector, upstream_id, sender, recipient, text, "
    "data"
)
INSERT = f"INSERT INTO incoming ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
BY_IDS = f"SELECT {COLUMNS} FROM incoming WHERE id IN ({{}})"

PART_COLUMNS = (
    "id, incoming_id, received_at, total, number, data_coding, connector, sender, recipient, reference, header, octets"
)
INSERT_PART = f"INSERT INTO incoming_part ({PART_COLUMNS}) VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
PARTS = f"SELECT {PART_COLUMNS} FROM incoming_part WHERE id > ? ORDER BY id LIMIT ?"
PART_JOINED = "UPDATE incoming_part SET incoming_id = ? WHERE id = ?"
PART_GONE = "DELETE FROM incoming_part WHERE id = ?"


def insert_values(incoming: Incoming) -> tuple[Any, ...]:
    """The values for `INSERT`."""
    return (
        incoming.id,
        incoming.account_id,
        incoming.answers,
        incoming.received_at,
        incoming.sent_at,
        incoming.missing,
        +incoming.is_call,
        incoming.connector,
        incoming.upstream_id,
        incoming.sender,
        incoming.recipient,
        incoming.text,
        incoming.data,
    )


def by_ids(reader: Reader, ids: Sequence[int]) -> dict[int, Incoming]:
    """The incoming messages with these ids."""
    return {
        row[0]: Incoming(
            id=row[0],
            account_id=row[1],
            answers=row[2],
            received_at=row[3],
            sent_at=row[4],
            missing=row[5],
            is_call=bool(row[6]),
            connector=row[7],
            upstream_id=row[8],
            sender=row[9],
            recipient=row[10],
            text=row[11],
            data=row[12],
        )
        for row in messages.rows_in(reader, BY_IDS, (), ids)
    }


def part_values(part: IncomingPart) -> tuple[Any, ...]:
    """The values for `INSERT_PART`."""
    return (
        part.id,
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


def parts(reader: Reader, after: int, limit: int) -> list[tuple[IncomingPart, int]]:
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
        for row in reader.rows(PARTS, (after, limit))
    ]
