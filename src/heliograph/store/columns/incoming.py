"""The rows of messages from handsets, and of the parts of longer ones."""

from __future__ import annotations

from typing import Any

from heliograph.model.receipt import Incoming, IncomingPart
from heliograph.model.rows import PartGone, PartJoined
from heliograph.store.held import parameters_column, parameters_of

COLUMNS = (
    "id, account_id, answers, received_at, sent_at, missing, is_call, connector, upstream_id, sender, recipient, text, "
    "data, parameters"
)
PART_COLUMNS = (
    "id, incoming_id, received_at, total, number, data_coding, connector, sender, recipient, reference, header, octets"
)


def insert_values(incoming: Incoming) -> tuple[Any, ...]:
    """The values of `COLUMNS`."""
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
        parameters_column(incoming.parameters),
    )


def incoming_of(row: tuple[Any, ...]) -> Incoming:
    """The incoming message that stands in a row of `COLUMNS`."""
    return Incoming(
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
        parameters=parameters_of(row[13]),
    )


def part_values(part: IncomingPart) -> tuple[Any, ...]:
    """The values of `PART_COLUMNS`; it waits."""
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
    """incoming_id, id."""
    return (move.incoming_id, move.id)


def gone_values(move: PartGone) -> tuple[Any, ...]:
    """id."""
    return (move.id,)


def part_of(row: tuple[Any, ...]) -> tuple[IncomingPart, int]:
    """The part that stands in a row of `PART_COLUMNS`, and the incoming message it went into, 0 while it waits."""
    part = IncomingPart(
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
    )
    return part, row[1]
