"""Contacts and groups in four tables: a row for the contact, one for each address and each membership.

Who writes an account's contacts has the account's book to himself until he is done, on whatever node. A look that may
go over all of them (a search by words, a group) runs on a connection of its own.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from heliograph.model.contacts import AddressKind, Contact, Group, Search
from heliograph.store.columns import contacts as columns
from heliograph.store.postgres.database import Database, Reader
from heliograph.store.postgres.statements import Connection, insert, run
from heliograph.store.postgres.texts import kept, told

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('heliograph contacts ' || current_schema(), $1::integer))"
_SELECT: Final = f"SELECT {', '.join('c.' + column for column in columns.COLUMNS)} FROM contact c"
_INSERT: Final = insert(
    "contact",
    "id integer, account_id integer, kind smallint, "
    + ", ".join(f"{column} text" for column in columns.WRITTEN if column not in ("id", "account_id", "kind")),
)
_IDS: Final = "SELECT nextval(pg_get_serial_sequence('contact', 'id')) FROM generate_series(1, $1::integer)"
_TAKEN: Final = """
    SELECT address, contact_id FROM contact_address
    WHERE account_id = $1 AND kind = $2 AND address = ANY($3::text[])
"""
_ADD_ADDRESS: Final = insert("contact_address", "account_id integer, kind smallint, address text, contact_id integer")
_ADD_MEMBER: Final = insert("membership", "group_id integer, contact_id integer")
_DROP_ADDRESS: Final = "DELETE FROM contact_address WHERE account_id = $1 AND kind = $2 AND address = ANY($3::text[])"
_DROP_MEMBERSHIP: Final = "DELETE FROM membership WHERE contact_id = $1::bigint"
_DROP: Final = "DELETE FROM contact WHERE account_id = $1 AND id = $2::bigint"
_ADDRESSES: Final = "SELECT addresses FROM contact WHERE account_id = $1 AND id = $2::bigint"
_MEMBERSHIPS: Final = """
    SELECT contact_id, group_id FROM membership WHERE contact_id = ANY($1::integer[]) ORDER BY contact_id, group_id
"""
_BELONGING: Final = """
    SELECT DISTINCT contact_id FROM membership
    WHERE contact_id = ANY($1::bigint[]) AND group_id = ANY($2::bigint[])
"""
_BY_ADDRESS: Final = f"""
    {_SELECT} JOIN contact_address a ON a.contact_id = c.id WHERE a.account_id = $1 AND a.kind = $2 AND a.address = $3
"""
_MEMBERS: Final = f"""
    {_SELECT} JOIN membership m ON m.contact_id = c.id WHERE m.group_id = $1::bigint AND m.contact_id > $2::bigint
    ORDER BY m.contact_id LIMIT $3
"""
_FOUND: Final = f"""
    {_SELECT} WHERE c.account_id = $1 AND c.kind = $2 AND c.id + 0 > $3::bigint
    AND ($4 = '' OR c.id = (
        SELECT contact_id FROM contact_address WHERE account_id = $1 AND kind = $2 AND address = $4
    ))
    AND ($5::bigint[] IS NULL OR c.id IN (SELECT contact_id FROM membership WHERE group_id = ANY($5)))
    AND ($6 = '' OR strpos(c.folded_names, $6) > 0)
    AND ($7 = '' OR strpos(c.folded_names, $7) > 0 OR strpos(c.folded_rest, $7) > 0)
    ORDER BY c.id + 0 LIMIT $8
"""
_GROUPS: Final = f"SELECT {columns.GROUP} FROM contact_group WHERE account_id = $1 AND kind = $2 ORDER BY id"
_SIZES: Final = """
    SELECT g.id, (SELECT count(*) FROM membership m WHERE m.group_id = g.id) FROM contact_group g
    WHERE g.account_id = $1 AND g.kind = $2
"""
_HAS_BOOK: Final = "SELECT 1 FROM contact_book WHERE account_id = $1 AND kind = $2"
_OPEN_BOOK: Final = "INSERT INTO contact_book (account_id, kind) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING kind"
_NUMBERED: Final = "SELECT id FROM contact_group WHERE account_id = $1 AND number = $2 AND number <> ''"
_ADD_GROUP: Final = """
    INSERT INTO contact_group (account_id, kind, name, number) VALUES ($1, $2, $3, $4) RETURNING id
"""
_SAVE_GROUP: Final = """
    UPDATE contact_group SET name = $1, number = $2 WHERE account_id = $3 AND id = $4::bigint RETURNING id
"""
_EMPTY_GROUP: Final = "DELETE FROM membership WHERE group_id = $1::bigint"
_DROP_GROUP: Final = "DELETE FROM contact_group WHERE account_id = $1 AND id = $2::bigint RETURNING id"


class PostgresContacts:
    """`ports.contacts.ContactStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def _book(self, account_id: int) -> AsyncIterator[Connection]:
        """A transaction that has the account's contacts to itself."""
        async with self._database.group() as database:
            await database.execute(_LOCK, account_id)
            yield database

    async def add(self, contacts: Sequence[Contact]) -> list[int]:
        if not contacts:
            return []
        async with self._book(contacts[0].account_id) as database:
            admitted = columns.admitted(contacts, set(await _taken(database, contacts)))
            new = [contact for contact in admitted if contact is not None]
            given = iter([int(row[0]) for row in await database.fetch(_IDS, len(new))])
            ids = [0 if contact is None else next(given) for contact in admitted]
            await _write(database, [(id_, one) for id_, one in zip(ids, contacts, strict=True) if id_])
        return ids

    async def save(self, contact: Contact) -> bool:
        async with self._book(contact.account_id) as database:
            before = await database.fetchval(_ADDRESSES, contact.account_id, contact.id)
            owners = set((await _taken(database, [contact])).values())
            if before is None or owners - {contact.id}:
                return False
            await _forget(database, contact, before)
            await _write(database, [(contact.id, contact)])
        return True

    async def remove(self, contacts: Sequence[Contact]) -> None:
        async with self._database.group() as database:
            for account_id in sorted({contact.account_id for contact in contacts}):
                await database.execute(_LOCK, account_id)
            for contact in contacts:
                before = await database.fetchval(_ADDRESSES, contact.account_id, contact.id)
                if before is not None:
                    await _forget(database, contact, before)

    async def by_address(self, account_id: int, kind: AddressKind, address: str) -> Contact | None:
        async with self._database.reading() as reader:
            found = await _with_groups(reader, await reader.rows(_BY_ADDRESS, account_id, int(kind), address))
        return found[0] if found else None

    async def search(self, search: Search) -> list[Contact]:
        groups = list(search.groups) or None
        values = (search.account_id, int(search.kind), search.after, search.address, groups)
        words = (search.name.casefold(), search.words.casefold())
        is_long = bool(groups or search.name or search.words)
        async with self._database.aside() if is_long else self._database.reading() as reader:
            return await _with_groups(reader, await reader.rows(_FOUND, *values, *words, search.limit))

    async def members(self, group_id: int, after: int, limit: int) -> list[Contact]:
        return [columns.contact_of(row) for row in await self._database.rows(_MEMBERS, group_id, after, limit)]

    async def belonging(self, contacts: Sequence[int], groups: Sequence[int]) -> set[int]:
        return {row[0] for row in await self._database.rows(_BELONGING, list(contacts), list(groups))}

    async def groups(self, account_id: int, kind: AddressKind) -> list[Group]:
        owner = (account_id, int(kind))
        if not await self._database.rows(_HAS_BOOK, *owner):
            async with self._database.group() as database:
                if await database.fetch(_OPEN_BOOK, *owner):
                    await database.execute(_ADD_GROUP, *owner, columns.FIRST_GROUP, "")
        return [columns.group_of(row) for row in await self._database.rows(_GROUPS, *owner)]

    async def sizes(self, account_id: int, kind: AddressKind) -> dict[int, int]:
        async with self._database.aside() as reader:
            rows = await reader.rows(_SIZES, account_id, int(kind))
        return {int(group_id): int(size) for group_id, size in rows}

    async def add_group(self, group: Group) -> int:
        async with self._book(group.account_id) as database:
            if await database.fetch(_NUMBERED, group.account_id, kept(group.number)):
                return 0
            values = (group.account_id, int(group.kind), kept(group.name), kept(group.number))
            return int(await database.fetchval(_ADD_GROUP, *values))

    async def save_group(self, group: Group) -> bool:
        async with self._book(group.account_id) as database:
            owner = await database.fetchval(_NUMBERED, group.account_id, kept(group.number))
            if owner not in (None, group.id):
                return False
            values = (kept(group.name), kept(group.number), group.account_id, group.id)
            return bool(await database.fetch(_SAVE_GROUP, *values))

    async def remove_group(self, group: Group) -> None:
        async with self._book(group.account_id) as database:
            if await database.fetch(_DROP_GROUP, group.account_id, group.id):
                await database.execute(_EMPTY_GROUP, group.id)


async def _with_groups(reader: Reader, rows: Sequence[tuple[Any, ...]]) -> list[Contact]:
    """Contacts of these rows with what they belong to."""
    groups: dict[int, list[int]] = {int(row[0]): [] for row in rows}
    for contact_id, group_id in await reader.rows(_MEMBERSHIPS, list(groups)):
        groups[contact_id].append(group_id)
    return [columns.contact_of(row, tuple(groups[row[0]])) for row in rows]


async def _write(database: Connection, contacts: Sequence[tuple[int, Contact]]) -> None:
    """Every row of contacts that have none; each kind in the order of its key."""
    await run(database, _INSERT, [columns.values(id_, contact) for id_, contact in contacts])
    await run(database, _ADD_ADDRESS, columns.address_rows(contacts))
    await run(database, _ADD_MEMBER, columns.member_rows(contacts))


async def _taken(database: Connection, contacts: Sequence[Contact]) -> dict[str, int]:
    """Which of these contacts' addresses have an owner, and whom."""
    addresses = [kept(address) for contact in contacts for address in contact.addresses]
    rows = await database.fetch(_TAKEN, contacts[0].account_id, int(contacts[0].kind), addresses)
    return {str(address): int(contact_id) for address, contact_id in map(told, rows)}


async def _forget(database: Connection, contact: Contact, addresses: str) -> None:
    """Its row, its membership, and the addresses it had."""
    await database.execute(_DROP, contact.account_id, contact.id)
    await database.execute(_DROP_ADDRESS, contact.account_id, int(contact.kind), addresses.split(","))
    await database.execute(_DROP_MEMBERSHIP, contact.id)
