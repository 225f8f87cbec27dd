"""Messages as rows: how they are written, how their standing changes, how they are read back.

`INSERT_PLAIN` leaves what an ordinary new message does not have to the columns' defaults: every value costs on both
sides of the wire.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from typing import Any

from heliograph.model.message import FINAL, MOVES, Content, Kind, Message, MessageId, Network, Priority, State
from heliograph.model.rows import Fence, Move, Whole
from heliograph.store.held import (
    own_parts_of,
    own_parts_text,
    parameters_column,
    parameters_of,
    part_of,
    part_text,
    segments_column,
    segments_of,
)
from heliograph.store.postgres.database import Reader
from heliograph.store.postgres.statements import insert, many, names

_PLAIN = (
    "id bigint, account_id integer, state smallint, priority smallint, parts smallint, tries integer, connector text, "
    "node integer, epoch integer, accepted_at bigint, due_at bigint, expires_at bigint, purse integer, price bigint, "
    "request_id bigint, revision integer, coding integer, sender text, recipient text, recipient_given text, "
    "channel text, door text, dialect text, peer text, route_id text, tariff_line text, operator text, targets text, "
    "text text"
)
_RARE = (
    "next_try_at bigint, error integer, final_at bigint, refunded bigint, maybe_twice boolean, kind smallint, "
    "fixed_coding integer, refusal text, integration_id bigint, shown_id text?, data bytea, udh bytea, comment text, "
    "network text?, hidden boolean, pid integer, segments bytea, part text, own_parts text, "
    "campaign integer, template integer, parameters bytea"
)
COLUMNS = names(f"{_PLAIN}, {_RARE}")

INSERT_PLAIN = insert("message", _PLAIN)
INSERT = insert("message", f"{_PLAIN}, {_RARE}")
MOVE = many(
    """
    UPDATE message
    SET state = new.state, connector = new.connector, tries = new.tries, next_try_at = new.next_try_at,
        error = new.error, final_at = new.final_at, maybe_twice = new.maybe_twice,
        refunded = message.refunded + new.refund,
        node = CASE WHEN new.fenced THEN new.node ELSE message.node END,
        epoch = CASE WHEN new.fenced THEN new.epoch ELSE message.epoch END
    FROM {rows}
    WHERE message.id = new.id AND (new.origins >> message.state) & 1 = 1
    RETURNING message.id
    """,
    "id bigint, state smallint, connector text, tries integer, next_try_at bigint, error integer, final_at bigint, "
    "maybe_twice boolean, refund bigint, origins integer, fenced boolean, node integer, epoch integer",
)
"""`origins` has a bit for each state the move may come from. Who marks a message SENDING owns it from then on."""

WHOLE = many(
    """
    UPDATE message
    SET parts = new.parts, priority = new.priority, price = new.price, due_at = new.due_at, expires_at = new.expires_at,
        coding = new.coding, kind = new.kind, fixed_coding = new.fixed_coding, targets = new.targets, text = new.text,
        segments = new.segments, part = '', own_parts = new.own_parts
    FROM {rows} WHERE message.id = new.id AND message.state = 1
    """,
    "parts smallint, priority smallint, price bigint, due_at bigint, expires_at bigint, coding integer, kind smallint, "
    "fixed_coding integer, targets text, text text, segments bytea, own_parts text, id bigint",
)
"""A HELD part becomes the message of all of them."""
JOINED_PART = many("DELETE FROM message USING {rows} WHERE message.id = new.id AND message.state = 1", "id bigint")
PART_OF = insert("part_of", "id bigint, message_id bigint")
WHOLE_OF = "SELECT id, message_id FROM part_of WHERE id = ANY($1::bigint[])"

SET_NETWORK = many(
    "UPDATE message SET network = new.network FROM {rows} WHERE message.id = new.id", "id bigint, network text?"
)
HIDE = many("UPDATE message SET hidden = true FROM {rows} WHERE message.id = new.id", "id bigint")

BY_IDS = f"SELECT {COLUMNS} FROM message WHERE id = ANY($1::bigint[])"
OWNING = f"""
    SELECT {COLUMNS} FROM message WHERE id = ANY(ARRAY(
        SELECT (SELECT message.id FROM message WHERE message.id <= asked.id ORDER BY message.id DESC LIMIT 1)
        FROM unnest($1::bigint[]) AS asked (id)
    ))
"""
"""The messages at or next before each id."""
MOST_ID = 2**53

_STATE = {state.value: state for state in State}
_PRIORITY = {priority.value: priority for priority in Priority}
_KIND = {kind.value: kind for kind in Kind}
_FROM = {+new: sum(1 << old for old in State if old not in FINAL or old is new or new in MOVES[old]) for new in State}
"""For each state those it may come from: an end is left only as `MOVES` says (P5)."""
_FROM_QUEUED = 1 << State.QUEUED


def insert_values(messages: Iterable[Message]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The values for `INSERT_PLAIN` and those for `INSERT`."""
    plain: list[tuple[Any, ...]] = []
    rest: list[tuple[Any, ...]] = []
    for message in messages:
        content = message.content
        values = (
            message.id,
            message.account_id,
            message.state,
            message.priority,
            message.parts,
            message.tries,
            message.connector,
            message.node,
            message.epoch,
            message.accepted_at,
            message.due_at,
            message.expires_at,
            message.purse,
            message.price,
            message.request_id,
            message.revision,
            message.coding,
            message.sender,
            message.recipient,
            message.recipient_given,
            message.channel,
            message.door,
            message.dialect,
            message.peer,
            message.route_id,
            message.tariff_line,
            message.operator,
            "\n".join(message.targets),
            content.text,
        )
        if _is_plain(message, content):
            plain.append(values)
        else:
            rest.append(values + _rare_values(message, content))
    return plain, rest


def _is_plain(message: Message, content: Content) -> bool:
    return not (
        message.next_try_at
        or message.error
        or message.final_at
        or message.refunded
        or message.maybe_twice
        or content.kind
        or message.refusal
        or content.data
        or content.udh
        or content.coding is not None
        or content.pid is not None
        or content.segments
        or content.parameters
        or message.integration_id is not None
        or message.shown_id is not None
        or message.comment
        or message.network is not None
        or message.hidden
        or message.part is not None
        or message.own_parts
        or message.campaign
        or message.template
    )


def _rare_values(message: Message, content: Content) -> tuple[Any, ...]:
    return (
        message.next_try_at,
        message.error,
        message.final_at,
        message.refunded,
        message.maybe_twice,
        content.kind,
        content.coding,
        message.refusal,
        message.integration_id,
        message.shown_id,
        content.data or None,
        content.udh or None,
        message.comment,
        network_text(message.network),
        message.hidden,
        content.pid,
        segments_column(content.segments),
        part_text(message.part),
        own_parts_text(message.own_parts),
        message.campaign,
        message.template,
        parameters_column(content.parameters),
    )


def whole_values(whole: Whole) -> tuple[Any, ...]:
    """The values for `WHOLE`."""
    message = whole.message
    content = message.content
    return (
        message.parts,
        message.priority,
        message.price,
        message.due_at,
        message.expires_at,
        message.coding,
        content.kind,
        content.coding,
        "\n".join(message.targets),
        content.text,
        segments_column(content.segments),
        own_parts_text(message.own_parts),
        message.id,
    )


def move_values(move: Move, fence: Fence) -> tuple[Any, ...]:
    """The values for `MOVE`."""
    node, epoch = fence
    return (
        move.message_id,
        move.state,
        move.connector,
        move.tries,
        move.next_try_at,
        move.error,
        move.final_at,
        move.maybe_twice,
        move.refund,
        _FROM_QUEUED if move.fenced else _FROM[move.state],
        move.fenced,
        node,
        epoch,
    )


def message_of(row: tuple[Any, ...]) -> Message:
    """The message that stands in a row of `COLUMNS`, without attempts."""
    return Message(
        id=row[0],
        account_id=row[1],
        state=_STATE[row[2]],
        priority=_PRIORITY[row[3]],
        parts=row[4],
        tries=row[5],
        connector=row[6],
        node=row[7],
        epoch=row[8],
        accepted_at=row[9],
        due_at=row[10],
        expires_at=row[11],
        purse=row[12],
        price=row[13],
        request_id=row[14],
        revision=row[15],
        coding=row[16],
        sender=row[17],
        recipient=row[18],
        recipient_given=row[19],
        channel=row[20],
        door=row[21],
        dialect=row[22],
        peer=row[23],
        route_id=row[24],
        tariff_line=row[25],
        operator=row[26],
        targets=tuple(row[27].split("\n")) if row[27] else (),
        content=Content(
            row[28],
            _KIND[row[34]],
            row[39] or b"",
            row[40] or b"",
            row[35],
            row[44],
            segments_of(row[45]),
            parameters_of(row[50]),
        ),
        next_try_at=row[29],
        error=row[30],
        final_at=row[31],
        refunded=row[32],
        maybe_twice=row[33],
        refusal=row[36],
        integration_id=row[37],
        shown_id=row[38],
        comment=row[41],
        network=None if row[42] is None else network_of(row[42]),
        hidden=row[43],
        part=part_of(row[46]),
        own_parts=own_parts_of(row[47]),
        campaign=row[48],
        template=row[49],
    )


def network_text(network: Network | None) -> str | None:
    """The result of an HLR query as a column: a JSON list of its fields in order."""
    return None if network is None else json.dumps(astuple(network), ensure_ascii=False)


def network_of(text: str) -> Network:
    """The result that stands in a column."""
    return Network(*json.loads(text))


async def select(reader: Reader, sql: str, *values: object) -> list[Message]:
    """The messages a query of `COLUMNS` finds."""
    return [message_of(row) for row in await reader.rows(sql, *values)]


async def by_ids(reader: Reader, ids: Sequence[MessageId]) -> dict[MessageId, Message]:
    """The messages with exactly these ids."""
    return {row[0]: message_of(row) for row in await reader.rows(BY_IDS, list(ids))} if ids else {}


async def owning(reader: Reader, ids: Sequence[MessageId], account_id: int | None) -> list[Message]:
    """The messages that own any of these part ids; another account's are absent."""
    asked = {one for one in ids if 0 < one < MOST_ID}
    if not asked:
        return []
    wholes: dict[MessageId, MessageId] = dict(await reader.rows(WHOLE_OF, sorted(asked)))
    looked_for = {wholes.get(one, one) for one in asked}
    found = await select(reader, OWNING, sorted(looked_for))
    return [
        message
        for message in found
        if account_id in (None, message.account_id)
        and (message.id in looked_for or not asked.isdisjoint(message.part_ids))
    ]
