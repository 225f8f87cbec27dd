"""Messages as rows: how one is written, how its standing changes, how it is read back.

`INSERT_PLAIN` leaves what an ordinary new message does not have to the columns' defaults: of a row's cost most is
handing over its values one by one, and None, bytes, bools and enums cost five times as much as plain numbers.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from typing import Any

from heliograph.model.message import (
    FINAL,
    MOVES,
    Content,
    Kind,
    Message,
    MessageId,
    Network,
    Priority,
    State,
)
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
from heliograph.store.sqlite.database import Reader

MOST_AT_ONCE = 500
"""Ids of one `IN` list."""
_LISTS = (1, 8, 64, MOST_AT_ONCE)
"""`IN` lists have one of these lengths, so that few statements need preparing."""

_PLAIN = (
    "id, account_id, state, priority, parts, tries, connector, node, epoch, accepted_at, due_at, expires_at, purse, "
    "price, request_id, revision, coding, sender, recipient, recipient_given, channel, door, dialect, peer, route_id, "
    "tariff_line, operator, targets, text"
)
_RARE = (
    "next_try_at, error, final_at, refunded, maybe_twice, kind, fixed_coding, refusal, integration_id, shown_id, "
    "data, udh, comment, network, hidden, pid, campaign, template, segments, part, own_parts, parameters"
)
COLUMNS = f"{_PLAIN}, {_RARE}"


def _marks(columns: str) -> str:
    return ", ".join("?" * len(columns.split(",")))


INSERT_PLAIN = f"INSERT INTO message ({_PLAIN}) VALUES ({_marks(_PLAIN)})"
INSERT = f"INSERT INTO message ({COLUMNS}) VALUES ({_marks(COLUMNS)})"
MOVE = """
    UPDATE message
    SET state = ?, connector = ?, tries = ?, next_try_at = ?, error = ?, final_at = ?, maybe_twice = ?,
        refunded = refunded + ?
    WHERE id = ? AND ((? >> state) & 1)
"""
"""The last value has a bit for each state the move may come from."""
FENCED_MOVE = """
    UPDATE message
    SET state = ?, connector = ?, tries = ?, next_try_at = ?, error = ?, final_at = ?, maybe_twice = ?,
        refunded = refunded + ?, node = ?, epoch = ?
    WHERE id = ? AND state = 3
"""
"""Who marks a message SENDING owns it from then on; it must still be QUEUED."""

WHOLE = """
    UPDATE message
    SET parts = ?, priority = ?, price = ?, due_at = ?, expires_at = ?, coding = ?, kind = ?, fixed_coding = ?,
        targets = ?, text = ?, segments = ?, part = '', own_parts = ?
    WHERE id = ? AND state = 1
"""
"""A HELD part becomes the message of all of them."""
JOINED_PART = "DELETE FROM message WHERE id = ? AND state = 1"
PART_OF = "INSERT INTO part_of (id, message_id) VALUES (?, ?)"
WHOLE_OF = "SELECT id, message_id FROM part_of WHERE id IN ({})"

SET_NETWORK = "UPDATE message SET network = ? WHERE id = ?"
HIDE = "UPDATE message SET hidden = 1 WHERE id = ?"

BY_IDS = f"SELECT {COLUMNS} FROM message WHERE id IN ({{}})"
LAST_BEFORE = f"SELECT {COLUMNS} FROM message WHERE id < ? ORDER BY id DESC LIMIT 1"

_STATE = {state.value: state for state in State}
_PRIORITY = {priority.value: priority for priority in Priority}
_KIND = {kind.value: kind for kind in Kind}
_FROM = {+new: sum(1 << old for old in State if old not in FINAL or old is new or new in MOVES[old]) for new in State}
"""For each state those it may come from: an end is left only as `MOVES` says (P5). What may follow what before the end
is core's business, which knows more than is written here."""


def insert_values(messages: Iterable[Message]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The values for `INSERT_PLAIN` and those for `INSERT`."""
    plain: list[tuple[Any, ...]] = []
    rest: list[tuple[Any, ...]] = []
    for message in messages:
        content = message.content
        values = (
            message.id,
            message.account_id,
            +message.state,
            +message.priority,
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
            +message.coding,
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
        or message.campaign
        or message.template
        or message.part is not None
        or message.own_parts
    )


def _rare_values(message: Message, content: Content) -> tuple[Any, ...]:
    return (
        message.next_try_at,
        +message.error,
        message.final_at,
        message.refunded,
        +message.maybe_twice,
        +content.kind,
        content.coding,
        message.refusal,
        message.integration_id,
        message.shown_id,
        content.data or None,
        content.udh or None,
        message.comment,
        network_text(message.network),
        +message.hidden,
        content.pid,
        message.campaign,
        message.template,
        segments_column(content.segments),
        part_text(message.part),
        own_parts_text(message.own_parts),
        parameters_column(content.parameters),
    )


def whole_values(whole: Whole) -> tuple[Any, ...]:
    """The values for `WHOLE`."""
    message = whole.message
    content = message.content
    return (
        message.parts,
        +message.priority,
        message.price,
        message.due_at,
        message.expires_at,
        +message.coding,
        +content.kind,
        content.coding,
        "\n".join(message.targets),
        content.text,
        segments_column(content.segments),
        own_parts_text(message.own_parts),
        message.id,
    )


def move_values(move: Move) -> tuple[Any, ...]:
    """The values for `MOVE`."""
    return (*_standing(move), move.message_id, _FROM[move.state])


def fenced_move_values(move: Move, fence: Fence) -> tuple[Any, ...]:
    """The values for `FENCED_MOVE`."""
    return (*_standing(move), fence.node, fence.epoch, move.message_id)


def _standing(move: Move) -> tuple[Any, ...]:
    return (
        +move.state,
        move.connector,
        move.tries,
        move.next_try_at,
        +move.error,
        move.final_at,
        +move.maybe_twice,
        move.refund,
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
            segments_of(row[47]),
            parameters_of(row[50]),
        ),
        next_try_at=row[29],
        error=row[30],
        final_at=row[31],
        refunded=row[32],
        maybe_twice=bool(row[33]),
        refusal=row[36],
        integration_id=row[37],
        shown_id=row[38],
        comment=row[41],
        network=None if row[42] is None else network_of(row[42]),
        hidden=bool(row[43]),
        campaign=row[45],
        template=row[46],
        part=part_of(row[48]),
        own_parts=own_parts_of(row[49]),
    )


def network_text(network: Network | None) -> str | None:
    """The result of an HLR query as a column: a JSON list of its fields in order."""
    return None if network is None else json.dumps(astuple(network), ensure_ascii=False)


def network_of(text: str) -> Network:
    """The result that stands in a column."""
    return Network(*json.loads(text))


def select(reader: Reader, sql: str, *values: int | str | None) -> list[Message]:
    """The messages a query of `COLUMNS` finds."""
    return [message_of(row) for row in reader.rows(sql, values)]


def by_ids(reader: Reader, ids: Sequence[MessageId]) -> dict[MessageId, Message]:
    """The messages with exactly these ids."""
    return {row[0]: message_of(row) for row in rows_in(reader, BY_IDS, (), ids)}


def owning(reader: Reader, ids: Sequence[MessageId], account_id: int | None) -> list[Message]:
    """The messages that own any of these part ids; another account's are absent."""
    asked = [one for one in dict.fromkeys(ids) if 0 < one < 2**53]
    found = by_ids(reader, asked)
    missing = [part_id for part_id in asked if part_id not in found]
    wholes: dict[MessageId, MessageId] = dict(rows_in(reader, WHOLE_OF, (), missing)) if missing else {}
    found |= by_ids(reader, sorted({message_id for message_id in wholes.values() if message_id not in found}))
    for part_id in missing:
        if part_id in wholes:
            continue
        row = reader.first(LAST_BEFORE, (part_id,))
        if row is not None and row[0] not in found and part_id < row[0] + row[4] and not row[49]:
            found[row[0]] = message_of(row)
    return [message for message in found.values() if account_id is None or message.account_id == account_id]


def rows_in(
    reader: Reader, sql: str, before: tuple[int | str, ...], values: Sequence[int | str]
) -> list[tuple[Any, ...]]:
    """Run a query whose `{}` is an `IN` list, in lists of a few lengths; `before` are the values that stand first."""
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(values), MOST_AT_ONCE):
        chunk = list(values[start : start + MOST_AT_ONCE])
        length = next(length for length in _LISTS if length >= len(chunk))
        chunk += chunk[-1:] * (length - len(chunk))
        found += reader.rows(sql.format(", ".join("?" * length)), (*before, *chunk))
    return found
