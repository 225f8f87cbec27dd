"""The directory as rows: each change with its author, its old and its new value (decisions.md 20).

A row's whole value is a JSON text; what is looked up or must be unique is a column beside it. Secrets do not enter the
history: their digests are masked there. One change is written at a time, on whatever node, so revisions are in the
order of their commits.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from asyncpg import IntegrityConstraintViolationError  # type: ignore[import-untyped]

from heliograph.model.account import Account, Credential, DirectoryRows, Endpoint, Sender, StopListed
from heliograph.model.money import Purse
from heliograph.ports import DirectoryChange, StoreFailure
from heliograph.store.columns import directory as columns
from heliograph.store.postgres.database import Reader
from heliograph.store.postgres.statements import Connection, Values
from heliograph.store.postgres.texts import kept, told

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('heliograph directory ' || current_schema(), 0))"
REVISION = "SELECT coalesce(max(id), 0) FROM revision"
NOTE = "INSERT INTO revision (id, at, author, subject, old, new) VALUES ($1, $2, $3, $4, $5, $6)"
BODIES = "SELECT id, body FROM {} ORDER BY id"
BODY = "SELECT body FROM {} WHERE id = $1"
REMOVE = "DELETE FROM {} WHERE id = $1"
GIVEN = "SELECT setval(pg_get_serial_sequence('{}', 'id'), greatest($1, last_value)) FROM {}_id_seq"
"""Ids that were given by hand are not given again."""
STOP_LIST = "SELECT account_id, recipient, blocks, id FROM stop_listed"
STOPPED = f"{STOP_LIST} WHERE account_id = $1 AND recipient = $2"
STOP_LIST_PAGE = f"{STOP_LIST} WHERE account_id = $1 AND id + 0 > $2 ORDER BY id + 0 LIMIT $3"
STOP = """
    INSERT INTO stop_listed (account_id, recipient, blocks) VALUES ($1, $2, $3)
    ON CONFLICT (account_id, recipient) DO UPDATE SET blocks = excluded.blocks
"""
UNSTOP = "DELETE FROM stop_listed WHERE account_id = $1 AND recipient = $2 RETURNING account_id"
GET_PURSE = "SELECT id, account_id, currency, balance, credit FROM purse WHERE id = $1"
NEW_PURSE = "INSERT INTO purse (account_id, currency, balance, credit) VALUES ($1, $2, 0, $3) RETURNING id"
PUT_PURSE = """
    INSERT INTO purse (account_id, currency, balance, credit, id) VALUES ($1, $2, 0, $3, $4)
    ON CONFLICT (id) DO UPDATE
    SET account_id = excluded.account_id, currency = excluded.currency, credit = excluded.credit RETURNING id
"""
DOCUMENT = "SELECT body, revision FROM document WHERE name = $1 AND revision <= $2 ORDER BY revision DESC LIMIT 1"
KEEP_DOCUMENT = "INSERT INTO document (name, revision, body) VALUES ($1, $2, $3)"


async def load(reader: Reader) -> DirectoryRows:
    """All of it, as it is now."""
    return DirectoryRows(
        (await reader.rows(REVISION))[0][0],
        await _all(reader, Account),
        await _all(reader, Credential),
        await _all(reader, Sender),
        await _all(reader, Endpoint),
        [columns.stop_listed_of(row) for row in await reader.rows(STOP_LIST)],
    )


async def _all(reader: Reader, kind: type[columns.Kept]) -> list[columns.Kept]:
    return columns.rows_of(kind, await reader.rows(BODIES.format(columns.TABLES[kind].name)))


async def stop_listed(reader: Reader, account_id: int, recipient: str) -> StopListed | None:
    """The entry of a recipient on an account's stop list."""
    row = await reader.first(STOPPED, account_id, recipient)
    return None if row is None else columns.stop_listed_of(row)


async def stop_list_page(reader: Reader, account_id: int, after: int, limit: int) -> list[StopListed]:
    """Entries of an account's stop list with id > `after`, in order of id."""
    return [columns.stop_listed_of(row) for row in await reader.rows(STOP_LIST_PAGE, account_id, after, limit)]


async def change(database: Connection, changes: Sequence[DirectoryChange], author: str, at: int) -> int:
    """Insert or replace each, in the open transaction, and note it; returns the newest revision."""
    await database.execute(LOCK)
    for row in changes:
        try:
            await _change(database, row, author, at)
        except IntegrityConstraintViolationError as error:
            what = f"this {columns.noun_of(row)} stands against another one: {error.constraint_name}"
            raise StoreFailure(what) from error
    return int(await database.fetchval(REVISION))


async def _change(database: Connection, row: DirectoryChange, author: str, at: int) -> None:
    if isinstance(row, StopListed):
        found = await _first(database, STOPPED, row.account_id, kept(row.recipient))
        before = None if found is None else columns.stop_listed_of(found)
        if before != row:
            await database.execute(STOP, row.account_id, kept(row.recipient), row.blocks)
            old = "" if before is None else columns.text_of(before)
            await _note(database, row, old, columns.text_of(row), author, at)
        return
    if isinstance(row, Purse):
        known = await _first(database, GET_PURSE, row.id)
        new_id = await _put(database, "purse", row.id, (row.account_id, kept(row.currency), row.credit))
        new = await _first(database, GET_PURSE, new_id)
        assert new is not None
        old_text = "" if known is None else columns.text_of(Purse(*known))
        await _note(database, Purse(*new), old_text, columns.text_of(Purse(*new)), author, at)
        return
    replaced = await _kept(database, row)
    values = tuple([kept(value) for value in columns.values(row)])
    new_row = replace(row, id=await _put(database, columns.TABLES[type(row)].name, row.id, values))
    await _note(database, new_row, columns.masked_text(replaced), columns.masked_text(new_row), author, at)


async def _put(database: Connection, table: str, row_id: int, values: Values) -> int:
    """Insert or replace one row; returns its id."""
    if table == "purse":
        sql = PUT_PURSE if row_id else NEW_PURSE
    else:
        sql = _put_sql(next(one for one in columns.TABLES.values() if one.name == table), has_id=bool(row_id))
    new_id = int(await database.fetchval(sql, *values, *((row_id,) if row_id else ())))
    if row_id:
        await database.execute(GIVEN.format(table, table), row_id)
    return new_id


async def remove(database: Connection, row: DirectoryChange, author: str, at: int) -> int:
    """Remove a row and note what it was; what is not there is removed already."""
    if isinstance(row, Account | Purse):
        raise StoreFailure(f"{columns.noun_of(row)}s are closed, never removed: messages and ledger name them")
    await database.execute(LOCK)
    if isinstance(row, StopListed):
        if await database.fetch(UNSTOP, row.account_id, kept(row.recipient)):
            await _note(database, row, columns.text_of(row), "", author, at)
    else:
        old = await _kept(database, row)
        if old is not None:
            await database.execute(REMOVE.format(columns.TABLES[type(row)].name), row.id)
            await _note(database, old, columns.masked_text(old), "", author, at)
    return int(await database.fetchval(REVISION))


async def keep_document(database: Connection, name: str, body: str, author: str, at: int) -> int:
    """Keep a text under a new revision unless it is the newest already; returns the newest revision."""
    await database.execute(LOCK)
    newest = int(await database.fetchval(REVISION))
    known = await _first(database, DOCUMENT, kept(name), columns.NEWEST)
    if known is not None and known[0] == body:
        return newest
    revision = newest + 1
    old = "" if known is None else columns.revision_text(known[1])
    new = columns.revision_text(revision)
    await database.execute(NOTE, revision, at, kept(author), kept(f"document {name}"), old, new)
    await database.execute(KEEP_DOCUMENT, kept(name), revision, kept(body))
    return revision


async def document(reader: Reader, name: str, revision: int) -> str | None:
    """The text that was in force at a revision."""
    row = await reader.first(DOCUMENT, name, revision)
    return None if row is None else str(row[0])


async def _kept(database: Connection, row: columns.Bodied) -> columns.Bodied | None:
    known = await _first(database, BODY.format(columns.TABLES[type(row)].name), row.id)
    return columns.again(row, None if known is None else known[0])


async def _first(database: Connection, sql: str, *values: object) -> Values | None:
    rows = await database.fetch(sql, *values)
    return told(rows[0]) if rows else None


async def _note(database: Connection, row: DirectoryChange, old: str, new: str, author: str, at: int) -> None:
    revision = int(await database.fetchval(REVISION)) + 1
    await database.execute(NOTE, revision, at, kept(author), kept(columns.subject_of(row)), old, new)


def _put_sql(table: columns.Table, *, has_id: bool) -> str:
    """Insert, or replace by id, which is the last value; returns the id."""
    names = (*table.columns, "body", *(("id",) if has_id else ()))
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    marks = ", ".join(f"${number}" for number in range(1, len(names) + 1))
    conflict = f"ON CONFLICT (id) DO UPDATE SET {sets}" if has_id else ""
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}) {conflict} RETURNING id"
