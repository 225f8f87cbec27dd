"""Receipts with a row of their own, and incoming messages, as rows."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heliograph.model.message import MessageId, State
from heliograph.model.receipt import Incoming, KeptReceipt, Receipt, ReceiptFate
from heliograph.model.rows import ReceiptMove
from heliograph.store.postgres import messages
from heliograph.store.postgres.database import Reader
from heliograph.store.postgres.statements import insert, many, names

_COLUMNS = (
    "id bigint, fate smallint, message_id bigint, part integer, connector text, upstream_id text, state smallint, "
    "error integer, received_at bigint, done_at bigint, recipient text, detail text, network text?"
)
COLUMNS = names(_COLUMNS)
INSERT = insert("receipt", _COLUMNS)
MOVE = many(
    "UPDATE receipt SET fate = new.fate, message_id = new.message_id, part = new.part FROM {rows} "
    "WHERE receipt.id = new.id",
    "fate smallint, message_id bigint, part integer, id bigint",
)
OF_MESSAGE = f"SELECT {COLUMNS} FROM receipt WHERE message_id > 0 AND message_id = $1 ORDER BY id"
PARKED = f"""
    SELECT {", ".join(f"receipt.{name}" for name in COLUMNS.split(", "))}
    FROM unnest($1::text[], $2::text[]) AS asked (connector, upstream_id)
    JOIN receipt ON receipt.connector = asked.connector
        AND "left"(receipt.upstream_id, 100) = "left"(asked.upstream_id, 100)
        AND receipt.upstream_id = asked.upstream_id
    WHERE receipt.fate = 1 ORDER BY receipt.id
"""
PARKED_PAGE = f"""
    SELECT {COLUMNS}, EXISTS (
        SELECT 1 FROM attempt
        WHERE attempt.state IN (2, 4) AND attempt.upstream_id <> '' AND attempt.connector = receipt.connector
        AND "left"(attempt.upstream_id, 100) = "left"(receipt.upstream_id, 100)
        AND attempt.upstream_id = receipt.upstream_id
    )
    FROM receipt WHERE fate = 1 AND id > $1 ORDER BY id LIMIT $2
"""

_INCOMING_COLUMNS = (
    "id bigint, account_id integer, answers bigint, received_at bigint, sent_at bigint, connector text, "
    "upstream_id text, sender text, recipient text, text text, data bytea"
)
INCOMING_COLUMNS = names(_INCOMING_COLUMNS)
INSERT_INCOMING = insert("incoming", _INCOMING_COLUMNS)
INCOMING_BY_IDS = f"SELECT {INCOMING_COLUMNS} FROM incoming WHERE id = ANY($1::bigint[])"

_STATE = {state.value: state for state in State}
_FATE = {fate.value: fate for fate in ReceiptFate}


def insert_values(kept: KeptReceipt) -> tuple[Any, ...]:
    """The values for `INSERT`."""
    receipt = kept.receipt
    return (
        kept.id,
        kept.fate,
        kept.message_id,
        kept.part,
        receipt.connector,
        receipt.upstream_id,
        receipt.state,
        receipt.error,
        receipt.received_at,
        receipt.done_at,
        receipt.recipient,
        receipt.detail,
        messages.network_text(receipt.network),
    )


def move_values(move: ReceiptMove) -> tuple[Any, ...]:
    """The values for `MOVE`."""
    return (move.fate, move.message_id, move.part, move.id)


def incoming_values(incoming: Incoming) -> tuple[Any, ...]:
    """The values for `INSERT_INCOMING`."""
    return (
        incoming.id,
        incoming.account_id,
        incoming.answers,
        incoming.received_at,
        incoming.sent_at,
        incoming.connector,
        incoming.upstream_id,
        incoming.sender,
        incoming.recipient,
        incoming.text,
        incoming.data,
    )


async def incoming_by_ids(reader: Reader, ids: Sequence[int]) -> dict[int, Incoming]:
    """The incoming messages with these ids."""
    if not ids:
        return {}
    return {
        row[0]: Incoming(row[0], row[5], row[7], row[8], row[9], row[3], row[4], row[10], row[1], row[2], row[6])
        for row in await reader.rows(INCOMING_BY_IDS, list(ids))
    }


async def of_message(reader: Reader, message_id: MessageId) -> list[KeptReceipt]:
    """What was kept about a message, oldest first."""
    return [_kept(row) for row in await reader.rows(OF_MESSAGE, message_id)]


async def parked(reader: Reader, keys: Sequence[tuple[str, str]]) -> list[KeptReceipt]:
    """PARKED receipts by (connector, upstream id), oldest first."""
    asked = list(dict.fromkeys(keys))
    if not asked:
        return []
    return [_kept(row) for row in await reader.rows(PARKED, [key[0] for key in asked], [key[1] for key in asked])]


class ParkedSweep:
    """Walks the parked receipts a page a call, round and round, so that thousands of foreign ones cost each sweep no
    more than a page. All are seen within (parked ÷ `page`) calls."""

    def __init__(self, page: int) -> None:
        self._page = page
        self._after = 0

    async def step(self, reader: Reader, limit: int) -> list[KeptReceipt]:
        """Those of the next page that have an attempt by now, at most `limit`."""
        rows = await reader.rows(PARKED_PAGE, self._after, self._page)
        if not rows and self._after:
            rows = await reader.rows(PARKED_PAGE, 0, self._page)
        self._after = 0
        found: list[KeptReceipt] = []
        for number, row in enumerate(rows, 1):
            if row[13]:
                found.append(_kept(row))
            if len(found) >= limit or number == self._page:
                self._after = row[0]
                break
        return found


def _kept(row: tuple[Any, ...]) -> KeptReceipt:
    state = None if row[6] is None else _STATE[row[6]]
    receipt = Receipt(row[4], row[5], state, row[7], row[8], row[9], row[10], row[11])
    if row[12] is not None:
        receipt.network = messages.network_of(row[12])
    return KeptReceipt(row[0], receipt, _FATE[row[1]], row[2], row[3])
