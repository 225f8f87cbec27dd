"""The directory as rows: each change with its author, its old and its new value (decisions.md 20).

A row's whole value is a JSON text; what is looked up or must be unique is a column beside it. Secrets do not enter the
history: their digests are masked there.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import apsw
import msgspec

from heliograph.model.account import Account, Blocks, Credential, DirectoryRows, Endpoint, Sender, StopListed
from heliograph.model.money import Purse
from heliograph.ports import DirectoryChange, StoreFailure
from heliograph.store.sqlite.database import Reader

MASKED = "***"
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
NEWEST = 2**62
"""Above every revision."""

Kept = TypeVar("Kept", Account, Credential, Sender, Endpoint)


class _Table(NamedTuple):
    name: str
    columns: tuple[str, ...]

    @property
    def put(self) -> str:
        """Insert, or replace by id; a null id asks for a new one."""
        columns = ("id", *self.columns, "body")
        sets = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
        marks = ", ".join("?" * len(columns))
        return f"INSERT INTO {self.name} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {sets}"


TABLES: dict[type[Account | Credential | Sender | Endpoint], _Table] = {
    Account: _Table("account", ("login",)),
    Credential: _Table("credential", ("account_id", "kind", "name", "digest")),
    Sender: _Table("sender", ("account_id", "name")),
    Endpoint: _Table("endpoint", ("account_id",)),
}


def load(reader: Reader) -> DirectoryRows:
    """All of it, as it is now."""
    stop_list = [_stop_listed(row) for row in reader.rows(STOP_LIST)]
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
    return None if row is None else _stop_listed(row)


def stop_list_page(reader: Reader, account_id: int, after: int, limit: int) -> list[StopListed]:
    """Entries of an account's stop list with id > `after`, in order of id."""
    return [_stop_listed(row) for row in reader.rows(STOP_LIST_PAGE, (account_id, after, limit))]


def _stop_listed(row: Sequence[Any]) -> StopListed:
    account_id, recipient, blocks, id_ = row
    return StopListed(account_id, recipient, Blocks(blocks), id_)


def _all(reader: Reader, kind: type[Kept]) -> list[Kept]:
    """The column `id` is the truth about the id: a row's body was written before its id was known."""
    decoder = msgspec.json.Decoder(kind)
    return [replace(decoder.decode(body), id=row_id) for row_id, body in reader.rows(BODIES.format(TABLES[kind].name))]


def change(database: apsw.Connection, changes: Sequence[DirectoryChange], author: str, at: int) -> int:
    """Insert or replace each, in the open transaction, and note it; returns the newest revision."""
    for row in changes:
        try:
            _change(database, row, author, at)
        except apsw.ConstraintError as error:
            raise StoreFailure(f"this {_noun(row)} stands against another one: {error}") from error
    return int(database.execute(REVISION).get)


def _change(database: apsw.Connection, row: DirectoryChange, author: str, at: int) -> None:
    if isinstance(row, StopListed):
        found = database.execute(STOPPED, (row.account_id, row.recipient)).fetchone()
        before = None if found is None else _stop_listed(found)
        if before != row:
            database.execute(STOP, (row.account_id, row.recipient, row.blocks))
            _note(database, row, "" if before is None else _json(before), _json(row), author, at)
        return
    if isinstance(row, Purse):
        known = database.execute(GET_PURSE, (row.id,)).fetchone()
        database.execute(PUT_PURSE, (row.id or None, row.account_id, row.currency, row.credit))
        new = Purse(*database.execute(GET_PURSE, (row.id or database.last_insert_rowid(),)).get)
        _note(database, new, "" if known is None else _json(Purse(*known)), _json(new), author, at)
        return
    table = TABLES[type(row)]
    old = _kept(database, row)
    values = (row.id or None, *(getattr(row, column) for column in table.columns), _json(row))
    database.execute(table.put, values)
    new_row = row if row.id else replace(row, id=database.last_insert_rowid())
    _note(database, new_row, _masked(old), _masked(new_row), author, at)


def remove(database: apsw.Connection, row: DirectoryChange, author: str, at: int) -> int:
    """Remove a row and note what it was; what is not there is removed already."""
    if isinstance(row, Account | Purse):
        raise StoreFailure(f"{_noun(row)}s are closed, never removed: messages and ledger name them")
    if isinstance(row, StopListed):
        database.execute(UNSTOP, (row.account_id, row.recipient))
        if database.changes():
            _note(database, row, _json(row), "", author, at)
    else:
        old = _kept(database, row)
        if old is not None:
            database.execute(REMOVE.format(TABLES[type(row)].name), (row.id,))
            _note(database, old, _masked(old), "", author, at)
    return int(database.execute(REVISION).get)


def keep_document(database: apsw.Connection, name: str, body: str, author: str, at: int) -> int:
    """Keep a text under a new revision unless it is the newest already; returns the newest revision."""
    newest = int(database.execute(REVISION).get)
    known = database.execute(DOCUMENT, (name, NEWEST)).fetchone()
    if known is not None and known[0] == body:
        return newest
    old = "" if known is None else msgspec.json.encode({"revision": known[1]}).decode()
    new = msgspec.json.encode({"revision": newest + 1}).decode()
    database.execute(NOTE, (at, author, f"document {name}", old, new))
    revision = database.last_insert_rowid()
    database.execute(KEEP_DOCUMENT, (name, revision, body))
    return revision


def document(reader: Reader, name: str, revision: int) -> str | None:
    """The text that was in force at a revision."""
    row = reader.first(DOCUMENT, (name, revision))
    return None if row is None else str(row[0])


def _kept(
    database: apsw.Connection, row: Account | Credential | Sender | Endpoint
) -> Account | Credential | Sender | Endpoint | None:
    known = database.execute(BODY.format(TABLES[type(row)].name), (row.id,)).fetchone()
    return None if known is None else replace(msgspec.json.decode(known[0], type=type(row)), id=row.id)


def _note(database: apsw.Connection, row: DirectoryChange, old: str, new: str, author: str, at: int) -> None:
    subject = f"{_noun(row)} {row.recipient if isinstance(row, StopListed) else row.id}"
    database.execute(NOTE, (at, author, subject, old, new))


def _noun(row: DirectoryChange) -> str:
    return "stop-list entry" if isinstance(row, StopListed) else type(row).__name__.lower()


def _masked(row: Account | Credential | Sender | Endpoint | None) -> str:
    """The row for the history: what proves an identity or signs a call is not in it."""
    if row is None:
        return ""
    if isinstance(row, Credential):
        row = replace(row, digest=MASKED)
    if isinstance(row, Endpoint):
        row = replace(row, secret=MASKED)
    return _json(row)


def _json(row: DirectoryChange) -> str:
    return msgspec.json.encode(row).decode()
