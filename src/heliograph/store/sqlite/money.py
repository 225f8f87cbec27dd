"""Purses and the ledger: every change of a balance is a line, written in the transaction that causes it."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence

import apsw

from heliograph.model.message import Message
from heliograph.model.money import Entry, Purse
from heliograph.store.columns import ledger as columns
from heliograph.store.sqlite.database import Reader

ENTRY_COLUMNS = columns.COLUMNS
INSERT_ENTRY = f"INSERT INTO ledger ({ENTRY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
CHANGE_BALANCE = "UPDATE purse SET balance = balance + ? WHERE id = ?"
PURSES = "SELECT id, account_id, currency, balance, credit FROM purse ORDER BY id"
ENTRIES = f"""
    SELECT id, {ENTRY_COLUMNS} FROM ledger INDEXED BY ledger_of_purse
    WHERE purse = ? AND id < ? ORDER BY id DESC LIMIT ?
"""
COVERING = f"""
    SELECT {ENTRY_COLUMNS} FROM (
        SELECT * FROM ledger INDEXED BY ledger_by_time
        WHERE purse = ? AND kind = ? AND at >= ? ORDER BY at LIMIT 5000
    ) WHERE first_id <= ? AND last_id >= ? ORDER BY at LIMIT 1
"""
"""Its line is among the first ones written from the message's time on; if the clock was set back in between there may
be none, and all the rest of the ledger must not be read to learn that."""
NEWEST = 2**62
"""Above every ledger id."""


def write_entries(database: apsw.Connection, entries: Sequence[Entry]) -> None:
    """Write the lines and move the balances by them. The last thing a group does."""
    if not entries:
        return
    database.executemany(INSERT_ENTRY, [tuple(entry) for entry in entries])
    for purse, amount in sorted(columns.changes(entries).items()):
        database.execute(CHANGE_BALANCE, (amount, purse))
        if database.changes() != 1:
            raise columns.NoSuchPurse(f"there is no purse {purse}")


def purses(reader: Reader) -> list[Purse]:
    """All purses, by id."""
    return [Purse(*row) for row in reader.rows(PURSES)]


def entries_of(reader: Reader, purse: int, before: int, limit: int) -> list[tuple[int, Entry]]:
    """Ledger lines of a purse with their ids, newest first."""
    return [(row[0], Entry(*row[1:])) for row in reader.rows(ENTRIES, (purse, before or NEWEST, limit))]


def entries_covering(reader: Reader, message: Message) -> list[Entry]:
    """The charge and the refund that speak of a message: the first of either kind, from its time on, whose range of
    ids holds it."""
    found = []
    for kind, since in columns.speaking_of(message):
        row = reader.first(COVERING, (message.purse, kind, since, message.id, message.id))
        if row is not None:
            found.append(Entry(*row))
    return found
