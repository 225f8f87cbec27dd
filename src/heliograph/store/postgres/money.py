"""Purses and the ledger: every change of a balance is a line, written in the transaction that causes it.

A purse's row is the truth about it, and every group that costs money has to pass through it: so it is changed by the
last statement before COMMIT, together with the lines, and locked no longer than that (decisions.md 7).
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from heliograph.model.message import Message, MessageId
from heliograph.model.money import Entry, Micro, Purse
from heliograph.model.rows import Replaced
from heliograph.store.columns import ledger as columns
from heliograph.store.postgres.database import Reader
from heliograph.store.postgres.statements import Connection, insert, many, names, run

_ENTRY = (
    "at bigint, kind text, purse integer, debit text, credit text, amount bigint, count integer, first_id bigint, "
    "last_id bigint, note text"
)
ENTRY_COLUMNS = names(_ENTRY)
INSERT_ENTRY = insert("ledger", _ENTRY)
CHANGE = many(
    """
    UPDATE purse SET balance = balance + new.amount FROM {rows}
    WHERE purse.id = new.id AND (NOT new.guarded OR balance + credit + new.amount >= 0)
    RETURNING purse.id
    """,
    "id integer, amount bigint, guarded boolean",
)
LOCK = "SELECT id, balance + credit FROM purse WHERE id = ANY($1::integer[]) ORDER BY id FOR NO KEY UPDATE"
PURSES = "SELECT id, account_id, currency, balance, credit FROM purse ORDER BY id"
ENTRIES = f"""
    SELECT id, {ENTRY_COLUMNS} FROM ledger WHERE purse = $1 AND id + 0 < $2
    ORDER BY id + 0 DESC LIMIT $3
"""
COVERING = f"""
    SELECT {ENTRY_COLUMNS} FROM (
        SELECT * FROM ledger WHERE purse = $1 AND kind = $2 AND at >= $3 ORDER BY at LIMIT 5000
    ) AS line WHERE first_id <= $4 AND last_id >= $4 ORDER BY at LIMIT 1
"""
"""Its line is among the first ones written from the message's time on; if the clock was set back in between there may
be none, and all the rest of the ledger must not be read to learn that."""
NEWEST = 2**62
"""Above every ledger id."""


class NoMoney(Exception):
    """A purse has not got what a group charges it: the group has to be written again, item by item."""


async def write_entries(database: Connection, entries: Sequence[Entry], charged: Collection[int]) -> None:
    """Write the lines and move the balances by them; `charged` purses must not fall below their credit. The last
    thing a group does. Raises `NoMoney`, which may also mean that a purse does not exist (`spendable` knows)."""
    if not entries:
        return
    await run(database, INSERT_ENTRY, entries)
    moves = changes(entries, charged)
    if moves and len(await database.fetch(CHANGE.sql, *CHANGE.columns(moves))) < len(moves):
        raise NoMoney


def changes(entries: Sequence[Entry], charged: Collection[int]) -> list[tuple[int, Micro, bool]]:
    """The values for `CHANGE`, in the order of purses."""
    return [(purse, amount, purse in charged) for purse, amount in sorted(columns.changes(entries).items())]


async def spendable(database: Connection, purses: Iterable[int]) -> dict[int, Micro]:
    """What each purse can spend; nobody else can from now on, until this transaction ends."""
    asked = sorted(set(purses))
    found = {row[0]: row[1] for row in await database.fetch(LOCK, asked)}
    for purse in asked:
        if purse not in found:
            raise columns.NoSuchPurse(f"there is no purse {purse}")
    return found


def too_dear(messages: Sequence[Message], spendable: dict[int, Micro]) -> set[MessageId]:
    """The messages there is no money for when they are admitted in order, each while its purse can pay it."""
    refused = set()
    for message in messages:
        if message.price:
            left = spendable.get(message.purse, 0) - message.price
            if left < 0:
                refused.add(message.id)
            else:
                spendable[message.purse] = left
    return refused


def too_dear_anew(replaced: Sequence[Replaced], spendable: dict[int, Micro]) -> set[MessageId]:
    """The replaced messages whose purse cannot pay what they cost by now, with what they cost before given back."""
    refused = set()
    for row in replaced:
        message = row.message
        back = row.price if row.purse == message.purse else 0
        left = spendable.get(message.purse, 0) + back - message.price
        if left < 0 and message.price > back:
            refused.add(message.id)
            continue
        spendable[message.purse] = left
        if row.purse != message.purse:
            spendable[row.purse] = spendable.get(row.purse, 0) + row.price
    return refused


async def purses(reader: Reader) -> list[Purse]:
    """All purses, by id."""
    return [Purse(*row) for row in await reader.rows(PURSES)]


async def entries_of(reader: Reader, purse: int, before: int, limit: int) -> list[tuple[int, Entry]]:
    """Ledger lines of a purse with their ids, newest first."""
    return [(row[0], Entry(*row[1:])) for row in await reader.rows(ENTRIES, purse, before or NEWEST, limit)]


async def entries_covering(reader: Reader, message: Message) -> list[Entry]:
    """The charge and the refund that speak of a message: the first of either kind, from its time on, whose range of
    ids holds it."""
    found = []
    for kind, since in columns.speaking_of(message):
        row = await reader.first(COVERING, message.purse, kind, since, message.id)
        if row is not None:
            found.append(Entry(*row))
    return found
