"""Contacts and groups in four tables: a row for the contact, one for each address and each membership.

A look that may go over all contacts of an account (a search by words, a group) finds the ids of its page off the loop,
as one value, and reads their rows in the loop.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import apsw

from heliograph.model.contacts import AddressKind, Contact, Group, Search
from heliograph.store.columns import contacts as columns
from heliograph.store.sqlite.database import Database

_SELECT: Final = f"SELECT {', '.join('c.' + column for column in columns.COLUMNS)} FROM contact c"
_PUT: Final = (
    f"INSERT OR REPLACE INTO contact ({', '.join(columns.WRITTEN)}) VALUES ({', '.join('?' * len(columns.WRITTEN))})"
)
_NEWEST: Final = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'contact'"
_TAKEN: Final = """
    SELECT address, contact_id FROM contact_address
    WHERE account_id = ? AND kind = ? AND address IN (SELECT value FROM json_each(?))
"""
_ADDRESS_ALIKE: Final = """
    INSERT INTO contact_address (account_id, kind, address, contact_id)
    SELECT account_id, kind, addresses, id FROM contact WHERE id BETWEEN ? AND ? ORDER BY addresses
"""
_MEMBER_ALIKE: Final = """
    INSERT INTO membership (group_id, contact_id) SELECT ?, id FROM contact WHERE id BETWEEN ? AND ?
"""
_TAKE_BACK: Final = "DELETE FROM contact WHERE id BETWEEN ? AND ?"
_ADD_ADDRESS: Final = "INSERT INTO contact_address (account_id, kind, address, contact_id) VALUES (?, ?, ?, ?)"
_ADD_MEMBER: Final = "INSERT INTO membership (group_id, contact_id) VALUES (?, ?)"
_DROP_ADDRESS: Final = "DELETE FROM contact_address WHERE account_id = ? AND kind = ? AND address = ?"
_DROP_MEMBERSHIP: Final = "DELETE FROM membership WHERE contact_id = ?"
_DROP: Final = "DELETE FROM contact WHERE id = ? AND account_id = ?"
_ADDRESSES: Final = "SELECT addresses FROM contact WHERE id = ? AND account_id = ?"
_MEMBERSHIPS: Final = """
    SELECT contact_id, group_id FROM membership
    WHERE contact_id IN (SELECT value FROM json_each(?)) ORDER BY contact_id, group_id
"""
_BELONGING: Final = """
    SELECT DISTINCT contact_id FROM membership
    WHERE group_id IN (SELECT value FROM json_each(?)) AND contact_id IN (SELECT value FROM json_each(?))
"""
_BY_ADDRESS: Final = f"""
    {_SELECT} JOIN contact_address a ON a.contact_id = c.id WHERE a.account_id = ? AND a.kind = ? AND a.address = ?
"""
_BY_IDS: Final = f"{_SELECT} WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY c.id"
_MEMBERS: Final = f"""
    {_SELECT} JOIN membership m ON m.contact_id = c.id WHERE m.group_id = ? AND m.contact_id > ?
    ORDER BY m.contact_id LIMIT ?
"""
_FOUND: Final = """
    SELECT json_group_array(id) FROM (
        SELECT c.id AS id FROM contact c WHERE c.account_id = ? AND c.kind = ? AND c.id > ?{} ORDER BY c.id LIMIT ?
    )
"""
_AT: Final = " AND c.id = (SELECT contact_id FROM contact_address WHERE account_id = ? AND kind = ? AND address = ?)"
_IN_GROUPS: Final = (
    " AND c.id IN (SELECT contact_id FROM membership WHERE group_id IN (SELECT value FROM json_each(?)))"
)
_NAMED: Final = " AND instr(c.folded_names, ?) > 0"
_HAVING: Final = " AND (instr(c.folded_names, ?) > 0 OR instr(c.folded_rest, ?) > 0)"

_GROUPS: Final = f"SELECT {columns.GROUP} FROM contact_group WHERE account_id = ? AND kind = ? ORDER BY id"
_SIZES: Final = """
    SELECT g.id, (SELECT count(*) FROM membership m WHERE m.group_id = g.id) FROM contact_group g
    WHERE g.account_id = ? AND g.kind = ?
"""
_HAS_BOOK: Final = "SELECT 1 FROM contact_book WHERE account_id = ? AND kind = ?"
_OPEN_BOOK: Final = "INSERT INTO contact_book (account_id, kind) VALUES (?, ?) ON CONFLICT DO NOTHING"
_NUMBERED: Final = "SELECT id FROM contact_group WHERE account_id = ? AND number = ? AND number <> ''"
_ADD_GROUP: Final = "INSERT INTO contact_group (account_id, kind, name, number) VALUES (?, ?, ?, ?)"
_SAVE_GROUP: Final = "UPDATE contact_group SET name = ?, number = ? WHERE id = ? AND account_id = ?"
_EMPTY_GROUP: Final = "DELETE FROM membership WHERE group_id = ?"
_DROP_GROUP: Final = "DELETE FROM contact_group WHERE id = ? AND account_id = ?"


class SqliteContacts:
    """`ports.contacts.ContactStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, contacts: Sequence[Contact]) -> list[int]:
        if not contacts:
            return []
        async with self._database.group() as database:
            following = int(database.execute(_NEWEST).get) + 1
            if columns.are_alike(contacts) and _write_alike(database, contacts, following):
                return list(range(following, following + len(contacts)))
            ids: list[int] = []
            kept: list[tuple[int, Contact]] = []
            for contact in columns.admitted(contacts, set(_taken(database, contacts))):
                ids.append(0 if contact is None else following)
                if contact is not None:
                    kept.append((following, contact))
                    following += 1
            _write(database, kept)
        return ids

    async def save(self, contact: Contact) -> bool:
        async with self._database.group() as database:
            before = database.execute(_ADDRESSES, (contact.id, contact.account_id)).get
            owners = set(_taken(database, [contact]).values())
            if before is None or owners - {contact.id}:
                return False
            _forget(database, contact, before)
            _write(database, [(contact.id, contact)])
        return True

    async def remove(self, contacts: Sequence[Contact]) -> None:
        async with self._database.group() as database:
            for contact in contacts:
                before = database.execute(_ADDRESSES, (contact.id, contact.account_id)).get
                if before is not None:
                    _forget(database, contact, before)
                    database.execute(_DROP, (contact.id, contact.account_id))

    async def by_address(self, account_id: int, kind: AddressKind, address: str) -> Contact | None:
        found = self._with_groups(self._database.reader.rows(_BY_ADDRESS, (account_id, kind, address)))
        return found[0] if found else None

    async def search(self, search: Search) -> list[Contact]:
        where, values = _conditions(search)
        sql, bound = _FOUND.format(where), (*values, search.limit)
        if search.groups or search.name or search.words:
            ids = await self._database.aside(lambda reader: reader.rows(sql, bound)[0][0])
        else:
            ids = self._database.reader.rows(sql, bound)[0][0]
        return self._with_groups(self._database.reader.rows(_BY_IDS, (ids,)))

    async def members(self, group_id: int, after: int, limit: int) -> list[Contact]:
        return [columns.contact_of(row) for row in self._database.reader.rows(_MEMBERS, (group_id, after, limit))]

    async def belonging(self, contacts: Sequence[int], groups: Sequence[int]) -> set[int]:
        values = (json.dumps(list(groups)), json.dumps(list(contacts)))
        return {row[0] for row in self._database.reader.rows(_BELONGING, values)}

    async def groups(self, account_id: int, kind: AddressKind) -> list[Group]:
        owner = (account_id, kind)
        if self._database.reader.first(_HAS_BOOK, owner) is None:
            async with self._database.group() as database:
                database.execute(_OPEN_BOOK, owner)
                if database.changes():
                    database.execute(_ADD_GROUP, (*owner, columns.FIRST_GROUP, ""))
        rows = self._database.reader.rows(_GROUPS, owner)
        return [columns.group_of(row) for row in rows]

    async def sizes(self, account_id: int, kind: AddressKind) -> dict[int, int]:
        rows = await self._database.aside(lambda reader: reader.rows(_SIZES, (account_id, kind)))
        return {int(group_id): int(size) for group_id, size in rows}

    async def add_group(self, group: Group) -> int:
        async with self._database.group() as database:
            if database.execute(_NUMBERED, (group.account_id, group.number)).fetchone() is not None:
                return 0
            database.execute(_ADD_GROUP, (group.account_id, group.kind, group.name, group.number))
            return int(database.last_insert_rowid())

    async def save_group(self, group: Group) -> bool:
        async with self._database.group() as database:
            owner = database.execute(_NUMBERED, (group.account_id, group.number)).get
            if owner not in (None, group.id):
                return False
            database.execute(_SAVE_GROUP, (group.name, group.number, group.id, group.account_id))
            return database.changes() > 0

    async def remove_group(self, group: Group) -> None:
        async with self._database.group() as database:
            database.execute(_DROP_GROUP, (group.id, group.account_id))
            if database.changes():
                database.execute(_EMPTY_GROUP, (group.id,))

    def _with_groups(self, rows: Sequence[tuple[Any, ...]]) -> list[Contact]:
        """Contacts of these rows with what they belong to."""
        groups: dict[int, list[int]] = {int(row[0]): [] for row in rows}
        for contact_id, group_id in self._database.reader.rows(_MEMBERSHIPS, (json.dumps(list(groups)),)):
            groups[contact_id].append(group_id)
        return [columns.contact_of(row, tuple(groups[row[0]])) for row in rows]


def _conditions(search: Search) -> tuple[str, list[int | str]]:
    """What a search asks, as SQL and its values."""
    where = ""
    values: list[int | str] = [search.account_id, search.kind, search.after]
    if search.address:
        where += _AT
        values += [search.account_id, search.kind, search.address]
    if search.groups:
        where += _IN_GROUPS
        values.append(json.dumps(search.groups))
    if search.name:
        where += _NAMED
        values.append(search.name.casefold())
    if search.words:
        where += _HAVING
        values += [search.words.casefold()] * 2
    return where, values


def _write_alike(database: apsw.Connection, contacts: Sequence[Contact], first: int) -> bool:
    """Every row of contacts that differ by address and texts alone: the database makes those of addresses and
    memberships itself. False, with nothing written, if an address is somebody's."""
    ids = (first, first + len(contacts) - 1)
    database.executemany(_PUT, [columns.values(id_, contact) for id_, contact in enumerate(contacts, first)])
    try:
        database.execute(_ADDRESS_ALIKE, ids)
    except apsw.ConstraintError:
        database.execute(_TAKE_BACK, ids)
        return False
    for group in contacts[0].groups:
        database.execute(_MEMBER_ALIKE, (group, *ids))
    return True


def _write(database: apsw.Connection, contacts: Sequence[tuple[int, Contact]]) -> None:
    """Every row of contacts that have none; each kind in the order of its key."""
    database.executemany(_PUT, [columns.values(id_, contact) for id_, contact in contacts])
    database.executemany(_ADD_ADDRESS, columns.address_rows(contacts))
    database.executemany(_ADD_MEMBER, columns.member_rows(contacts))


def _taken(database: apsw.Connection, contacts: Sequence[Contact]) -> dict[str, int]:
    """Which of these contacts' addresses have an owner, and whom."""
    addresses = json.dumps([address for contact in contacts for address in contact.addresses])
    rows: Iterable[Any] = database.execute(_TAKEN, (contacts[0].account_id, contacts[0].kind, addresses))
    return {str(address): int(contact_id) for address, contact_id in rows}


def _forget(database: apsw.Connection, contact: Contact, addresses: str) -> None:
    """Its membership, and the addresses it had."""
    owner = (contact.account_id, int(contact.kind))
    database.executemany(_DROP_ADDRESS, [(*owner, address) for address in addresses.split(",")])
    database.execute(_DROP_MEMBERSHIP, (contact.id,))
