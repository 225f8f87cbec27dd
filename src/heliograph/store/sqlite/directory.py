"""The directory as rows: each change with its author, its old and its new value (decisions.md 20).

A row's whole value is a JSON text; what is looked up or must be unique is a column beside it. Secrets do not enter the
history: their digests are masked there.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import apsw

from heliograph.model.account import Account, Credential, DirectoryRows, Endpoint, Sender, StopListed
from heliograph.model.money import Purse
from heliograph.ports import DirectoryChange, StoreFailure
from heliograph.store.columns import directory as columns
from heliograph.store.sqlite.database import Reader

REVISION = "SELECT coalesce(max(id), 0) FROM revision"
NOTE = "INSERT INTO revision (at, author, subject, old, new) VALUES (?, ?, ?, ?, ?)"
BODIES = "SELECT id, body FROM {} ORDER BY id"
BODY = "SELECT body FROM {} WHERE id = ?"
REMOVE = "DELETE FROM {} WHERE id = ?"
STOP_LIST = "SELECT account_id, recipient, blocks, id FROM stop_listed"
STOPPED = f"{STOP_LIST} WHERE account_id = ? AND recipient = ?"
STOP_LIST_PAGE = f"{STOP_LIST} WHERE account_id = ? AND id > ? ORDER BY id LIMIT ?"
STOP = """
    INSERT INTO stop_listed (account_id, recipient, blocks) VALUES (?, ?, ?)
    ON CONFLICT (account_id, recipient) DO UPDATE SET blocks = excluded.blocks
"""
UNSTOP = "DELETE FROM stop_listed WHERE account_id = ? AND recipient = ?"
GET_PURSE = "SELECT id, account_id, currency, balance, credit FROM purse WHERE id = ?"
PUT_PURSE = """
    INSERT INTO purse (id, account_id, currency, balance, credit) VALUES (?, ?, ?, 0, ?)
    ON CONFLICT (id) DO UPDATE
    SET account_id = excluded.account_id, currency = excluded.currency, credit = excluded.credit
"""
DOCUMENT = "SELECT body, revision FROM document WHERE name = ? AND revision <= ? ORDER BY revision DESC LIMIT 1"
KEEP_DOCUMENT = "INSERT INTO document (name, revision, body) VALUES (?, ?, ?)"


def load(reader: Reader) -> DirectoryRows:
    """All of it, as it is now."""
    stop_list = [columns.stop_listed_of(row) for row in reader.rows(STOP_LIST)]
    return DirectoryRows(
        reader.rows(REVISION)[0][0],
        _all(reader, Account),
        _all(reader, Credential),
        _all(reader, Sender),
        _all(reader, Endpoint),
        stop_list,
    )


def stop_listed(reader: Reader, account_id: int, recipient: str) -> StopListed | None:
    """The entry of a recipient on an account's stop list."""
    row = reader.first(STOPPED, (account_id, recipient))
    return None if row is None else columns.stop_listed_of(row)


def stop_list_page(reader: Reader, account_id: int, after: int, limit: int) -> list[StopListed]:
    """Entries of an account's stop list with id > `after`, in order of id."""
    return [columns.stop_listed_of(row) for row in reader.rows(STOP_LIST_PAGE, (account_id, after, limit))]


def _all(reader: Reader, kind: type[columns.Kept]) -> list[columns.Kept]:
    return columns.rows_of(kind, reader.rows(BODIES.format(columns.TABLES[kind].name)))


def change(database: apsw.Connection, changes: Sequence[DirectoryChange], author: str, at: int) -> int:
    """Insert or replace each, in the open transaction, and note it; returns the newest revision."""
    for row in changes:
        try:
            _change(database, row, author, at)
        except apsw.ConstraintError as error:
            raise StoreFailure(f"this {columns.noun_of(row)} stands against another one: {error}") from error
    return int(database.execute(REVISION).get)


def _change(database: apsw.Connection, row: DirectoryChange, author: str, at: int) -> None:
    if isinstance(row, StopListed):
        found = database.execute(STOPPED, (row.account_id, row.recipient)).fetchone()
        before = None if found is None else columns.stop_listed_of(found)
        if before != row:
            database.execute(STOP, (row.account_id, row.recipient, row.blocks))
            _note(database, row, "" if before is None else columns.text_of(before), columns.text_of(row), author, at)
        return
    if isinstance(row, Purse):
        known = database.execute(GET_PURSE, (row.id,)).fetchone()
        database.execute(PUT_PURSE, (row.id or None, row.account_id, row.currency, row.credit))
        new = Purse(*database.execute(GET_PURSE, (row.id or database.last_insert_rowid(),)).get)
        _note(database, new, "" if known is None else columns.text_of(Purse(*known)), columns.text_of(new), author, at)
        return
    old = _kept(database, row)
    database.execute(_put_sql(columns.TABLES[type(row)]), (row.id or None, *columns.values(row)))
    new_row = row if row.id else replace(row, id=database.last_insert_rowid())
    _note(database, new_row, columns.masked_text(old), columns.masked_text(new_row), author, at)


def remove(database: apsw.Connection, row: DirectoryChange, author: str, at: int) -> int:
    """Remove a row and note what it was; what is not there is removed already."""
    if isinstance(row, Account | Purse):
        raise StoreFailure(f"{columns.noun_of(row)}s are closed, never removed: messages and ledger name them")
    if isinstance(row, StopListed):
        database.execute(UNSTOP, (row.account_id, row.recipient))
        if database.changes():
            _note(database, row, columns.text_of(row), "", author, at)
    else:
        old = _kept(database, row)
        if old is not None:
            database.execute(REMOVE.format(columns.TABLES[type(row)].name), (row.id,))
            _note(database, old, columns.masked_text(old), "", author, at)
    return int(database.execute(REVISION).get)


def keep_document(database: apsw.Connection, name: str, body: str, author: str, at: int) -> int:
    """Keep a text under a new revision unless it is the newest already; returns the newest revision."""
    newest = int(database.execute(REVISION).get)
    known = database.execute(DOCUMENT, (name, columns.NEWEST)).fetchone()
    if known is not None and known[0] == body:
        return newest
    old = "" if known is None else columns.revision_text(known[1])
    new = columns.revision_text(newest + 1)
    database.execute(NOTE, (at, author, f"document {name}", old, new))
    revision = database.last_insert_rowid()
    database.execute(KEEP_DOCUMENT, (name, revision, body))
    return revision


def document(reader: Reader, name: str, revision: int) -> str | None:
    """The text that was in force at a revision."""
    row = reader.first(DOCUMENT, (name, revision))
    return None if row is None else str(row[0])


def _kept(database: apsw.Connection, row: columns.Bodied) -> columns.Bodied | None:
    known = database.execute(BODY.format(columns.TABLES[type(row)].name), (row.id,)).fetchone()
    return columns.again(row, None if known is None else known[0])


def _note(database: apsw.Connection, row: DirectoryChange, old: str, new: str, author: str, at: int) -> None:
    database.execute(NOTE, (at, author, columns.subject_of(row), old, new))


def _put_sql(table: columns.Table) -> str:
    """Insert, or replace by id; a null id asks for a new one."""
    names = ("id", *table.columns, "body")
    sets = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {sets}"
