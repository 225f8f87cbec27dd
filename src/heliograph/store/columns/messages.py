"""A message's row.

`PLAIN` is what every message has; the rest an ordinary new one leaves to the columns' defaults, for of a row's cost
most is handing over its values one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from heliograph.model.message import FINAL, MOVES, WAITING, Content, Kind, Message, Priority, State
from heliograph.model.rows import Move, Replaced, Whole
from heliograph.ports import Recent
from heliograph.ports.subclients import SentOnce
from heliograph.store.held import (
    network_of,
    network_text,
    own_parts_of,
    own_parts_text,
    parameters_column,
    parameters_of,
    part_of,
    part_text,
    segments_column,
    segments_of,
)

PLAIN = (
    "id, account_id, state, priority, parts, tries, connector, node, epoch, accepted_at, due_at, expires_at, purse, "
    "price, request_id, revision, coding, sender, recipient, recipient_given, channel, door, dialect, peer, route_id, "
    "tariff_line, operator, targets, text, campaign"
)
RARE = (
    "next_try_at, error, final_at, refunded, maybe_twice, kind, fixed_coding, refusal, integration_id, shown_id, "
    "data, udh, comment, network, hidden, pid, template, segments, part, own_parts, parameters, "
    "sender_asked, replaced_at"
)
COLUMNS = f"{PLAIN}, {RARE}"

REPLACED = (
    "parts, connector, next_try_at, due_at, expires_at, purse, price, revision, coding, sender, sender_asked, "
    "route_id, tariff_line, operator, targets, text, kind, fixed_coding, data, udh, segments, own_parts, template, "
    "replaced_at"
)
"""What another text may change of a message that waits."""

_STATE = {state.value: state for state in State}
_PRIORITY = {priority.value: priority for priority in Priority}
_KIND = {kind.value: kind for kind in Kind}
_FROM = {+new: sum(1 << old for old in State if old not in FINAL or new in MOVES[old]) for new in State}
"""For each state those it may come from: an end is left only as `MOVES` says (P5), and come to once. What may follow
what before the end is core's business, which knows more than is written here."""
_FROM_QUEUED = 1 << State.QUEUED
_FROM_WAITING = sum(1 << old for old in WAITING)


def insert_values(messages: Iterable[Message]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The values of new messages: of `PLAIN` for those that have no more, of `COLUMNS` for the others."""
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
            message.campaign,
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
        or message.template
        or message.part is not None
        or message.own_parts
        or message.sender_asked
        or message.replaced_at
    )


def _rare_values(message: Message, content: Content) -> tuple[Any, ...]:
    return (
        message.next_try_at,
        +message.error,
        message.final_at,
        message.refunded,
        message.maybe_twice,
        +content.kind,
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
        message.template,
        segments_column(content.segments),
        part_text(message.part),
        own_parts_text(message.own_parts),
        parameters_column(content.parameters),
        message.sender_asked,
        message.replaced_at,
    )


def whole_values(whole: Whole) -> tuple[Any, ...]:
    """What a held part becomes, its id last: parts, priority, price, due_at, expires_at, coding, kind, fixed_coding,
    targets, text, segments, own_parts, id."""
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


def replaced_values(row: Replaced) -> tuple[Any, ...]:
    """What a replaced message becomes, as `REPLACED` names it; its id; the state, purse and price it must have."""
    message = row.message
    content = message.content
    return (
        message.parts,
        message.connector,
        message.next_try_at,
        message.due_at,
        message.expires_at,
        message.purse,
        message.price,
        message.revision,
        +message.coding,
        message.sender,
        message.sender_asked,
        message.route_id,
        message.tariff_line,
        message.operator,
        "\n".join(message.targets),
        content.text,
        +content.kind,
        content.coding,
        content.data or None,
        content.udh or None,
        segments_column(content.segments),
        own_parts_text(message.own_parts),
        message.template,
        message.replaced_at,
        message.id,
        +row.state,
        row.purse,
        row.price,
    )


def standing(move: Move) -> tuple[Any, ...]:
    """Where a message stands after a move: state, connector, tries, next_try_at, error, final_at, maybe_twice (0 or
    1), and by how much its refund grows."""
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


def origins(move: Move) -> int:
    """A bit for each state the move may come from; a fenced one comes from QUEUED only."""
    if move.fenced:
        return _FROM_QUEUED
    if move.came_from is not None:
        return 1 << move.came_from
    return _FROM[move.state] & _FROM_WAITING if move.is_waiting else _FROM[move.state]


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
            _KIND[row[35]],
            row[40] or b"",
            row[41] or b"",
            row[36],
            row[45],
            segments_of(row[47]),
            parameters_of(row[50]),
        ),
        next_try_at=row[30],
        error=row[31],
        final_at=row[32],
        refunded=row[33],
        maybe_twice=bool(row[34]),
        refusal=row[37],
        integration_id=row[38],
        shown_id=row[39],
        comment=row[42],
        network=None if row[43] is None else network_of(row[43]),
        hidden=bool(row[44]),
        campaign=row[29],
        template=row[46],
        part=part_of(row[48]),
        own_parts=own_parts_of(row[49]),
        sender_asked=row[51],
        replaced_at=row[52],
    )


def recent_of(row: tuple[Any, ...]) -> Recent:
    """What the duplicate rules remember, which is what was asked for, from a row of id, whether it was accepted,
    account_id, dialect, sender, recipient, text, accepted_at, kind, data, udh, sender_asked, part, connector."""
    _, _, account_id, dialect, sender, recipient, text, accepted_at, kind, data, udh, asked, part, connector = row
    if asked:
        sender, text = asked, text.removeprefix(f"{asked}: ")
    of = part_of(part) if part else None
    values = (account_id, dialect, sender, recipient, text, accepted_at, _KIND[kind], data, udh, of, connector)
    return tuple.__new__(Recent, values)  # past the constructor: a start makes a hundred thousand


def sent_once(row: tuple[Any, ...]) -> SentOnce:
    """What the limits of a day count, from a row of id, accepted_at, recipient, text or hex of data, peer,
    own_parts, and when it was let go."""
    message_id, accepted_at, recipient, text, peer, own_parts, let_go_at = row
    whole_at = max([part.accepted_at for part in own_parts_of(own_parts)], default=accepted_at)
    return SentOnce(message_id, accepted_at, recipient, text, peer, whole_at, let_go_at)
