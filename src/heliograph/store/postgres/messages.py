"""Messages as rows: how they are written, how their standing changes, how they are found."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heliograph.model.message import Message, MessageId
from heliograph.model.rows import Fence, Move
from heliograph.store.columns import messages as columns
from heliograph.store.postgres.database import Reader
from heliograph.store.postgres.statements import insert, many, names

_PLAIN = (
    "id bigint, account_id integer, state smallint, priority smallint, parts smallint, tries integer, connector text, "
    "node integer, epoch integer, accepted_at bigint, due_at bigint, expires_at bigint, purse integer, price bigint, "
    "request_id bigint, revision integer, coding integer, sender text, recipient text, recipient_given text, "
    "channel text, door text, dialect text, peer text, route_id text, tariff_line text, operator text, targets text, "
    "text text, campaign integer"
)
_RARE = (
    "next_try_at bigint, error integer, final_at bigint, refunded bigint, maybe_twice boolean, kind smallint, "
    "fixed_coding integer?, refusal text, integration_id bigint?, shown_id text?, data bytea?, udh bytea?, "
    "comment text, network text?, hidden boolean, pid integer?, template integer, segments bytea?, "
    "part text, own_parts text, parameters bytea?, sender_asked text, replaced_at bigint"
)
COLUMNS = names(f"{_PLAIN}, {_RARE}")

INSERT_PLAIN = insert("message", _PLAIN)
INSERT = insert("message", f"{_PLAIN}, {_RARE}")
MOVE = many(
    """
    UPDATE message
    SET state = new.state, connector = new.connector, tries = new.tries, next_try_at = new.next_try_at,
        error = new.error, final_at = new.final_at, maybe_twice = new.maybe_twice = 1,
        refunded = message.refunded + new.refund,
        node = CASE WHEN new.node >= 0 THEN new.node ELSE message.node END,
        epoch = CASE WHEN new.fenced THEN new.epoch ELSE message.epoch END
    FROM {rows}
    WHERE message.id = new.id AND (new.origins >> message.state) & 1 = 1
    RETURNING message.id
    """,
    "state smallint, connector text, tries integer, next_try_at bigint, error integer, final_at bigint, "
    "maybe_twice smallint, refund bigint, id bigint, origins integer, fenced boolean, node integer, epoch integer",
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
    "fixed_coding integer?, targets text, text text, segments bytea?, own_parts text, id bigint",
)
"""A HELD part becomes the message of all of them."""
_TYPES = dict(pair.split() for pair in f"{_PLAIN}, {_RARE}".split(", "))
REPLACE = many(
    f"""
    UPDATE message SET {", ".join(f"{name} = new.{name}" for name in columns.REPLACED.split(", "))}
    FROM {{rows}}
    WHERE message.id = new.id AND message.state = new.old_state AND message.purse = new.old_purse
        AND message.price = new.old_price AND message.tries = 0
    RETURNING message.id
    """,
    ", ".join(f"{name} {_TYPES[name]}" for name in columns.REPLACED.split(", "))
    + ", id bigint, old_state smallint, old_purse integer, old_price bigint",
)
JOINED_PART = many("DELETE FROM message USING {rows} WHERE message.id = new.id AND message.state = 1", "id bigint")
PART_OF = insert("part_of", "id bigint, message_id bigint")
WHOLE_OF = "SELECT id, message_id FROM part_of WHERE id = ANY($1::bigint[])"

SET_NETWORK = many(
    "UPDATE message SET network = new.network FROM {rows} WHERE message.id = new.id", "id bigint, network text?"
)
HIDE = many("UPDATE message SET hidden = true FROM {rows} WHERE message.id = new.id", "id bigint")

MOST_PARTS = 1_000
"""More than a message has; so that only the range of an id is looked at."""
OF_ASKED = names(", ".join(f"message.{column}" for column in f"{_PLAIN}, {_RARE}".split(", ")))
BY_IDS = f"SELECT {OF_ASKED} FROM unnest($1::bigint[]) AS asked (id) JOIN message ON message.id = asked.id"
"""A join, because only of one id at a time the planner knows in which range it is."""
OWNING = f"""
    SELECT {OF_ASKED} FROM (
        SELECT DISTINCT (
            SELECT message.id FROM message WHERE message.id <= asked.id AND message.id > asked.id - {MOST_PARTS}
            ORDER BY message.id DESC LIMIT 1
        ) AS id
        FROM unnest($1::bigint[]) AS asked (id)
    ) AS owner JOIN message ON message.id = owner.id
"""
"""The messages at or next before each id."""
MOST_ID = 2**53


def move_values(move: Move, fence: Fence) -> tuple[Any, ...]:
    """The values for `MOVE`."""
    node = fence.node if move.fenced else move.node
    return (*columns.standing(move), move.message_id, columns.origins(move), move.fenced, node, fence.epoch)


async def select(reader: Reader, sql: str, *values: object) -> list[Message]:
    """The messages a query of `COLUMNS` finds."""
    return [columns.message_of(row) for row in await reader.rows(sql, *values)]


async def by_ids(reader: Reader, ids: Sequence[MessageId]) -> dict[MessageId, Message]:
    """The messages with exactly these ids."""
    return {row[0]: columns.message_of(row) for row in await reader.rows(BY_IDS, list(ids))} if ids else {}


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
