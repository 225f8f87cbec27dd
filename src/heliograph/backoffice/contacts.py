"""Contacts and groups as their owner handles them: whose number it is, who belongs where.

Of an account's contacts none share an address, and a group that is named exists. One change at a time is made, so what
was looked up is still so when it is written. Numbers come here normalised, texts as they were given.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import replace
from typing import Final

from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.model.contacts import AddressKind, Contact, Group, Search
from heliograph.ports.contacts import ContactStore

PAGE: Final = 500
"""Contacts read at once."""


class Membership(enum.IntEnum):
    """What `move_group` does (smsc-directory.md 1.1)."""

    ONLY = 1
    ALSO = 2
    NO_MORE = 3


class ContactBook:
    """The contacts of all accounts. Every method raises `StoreFailure` when the store cannot."""

    def __init__(self, store: ContactStore) -> None:
        self._store = store
        self._one_at_a_time = asyncio.Lock()

    # -- contacts --------------------------------------------------------------------------------------------------

    async def add(self, contact: Contact) -> int:
        """Keep a new contact; its id. Raises `NothingFound` (a group), `NotSaved` (an address is somebody's)."""
        async with self._one_at_a_time:
            await self._must_exist(contact.account_id, contact.kind, contact.groups)
            (contact_id,) = await self._store.add([contact])
        if not contact_id:
            raise NotSaved
        return contact_id

    async def change(
        self, account_id: int, kind: AddressKind, address: str, changed: Callable[[Contact], Contact]
    ) -> None:
        """Put what `changed` makes of the contact with this address in its place. Raises as `add`."""
        async with self._one_at_a_time:
            contact = changed(await self._of(account_id, kind, address))
            await self._must_exist(account_id, kind, contact.groups)
            if not await self._store.save(contact):
                raise NotSaved

    async def move(
        self, account_id: int, kind: AddressKind, address: str, groups: Sequence[int], how: Membership
    ) -> None:
        """Let the contact belong to these groups only, to them as well, or to them no more. Raises `NothingFound`."""
        await self._must_exist(account_id, kind, groups)
        await self.change(
            account_id, kind, address, lambda contact: replace(contact, groups=_moved(contact.groups, groups, how))
        )

    async def remove(self, account_id: int, kind: AddressKind, address: str) -> None:
        """Remove the contact with this address. Raises `NothingFound`."""
        async with self._one_at_a_time:
            await self._store.remove([await self._of(account_id, kind, address)])

    async def search(self, search: Search) -> list[Contact]:
        """A page of contacts. Raises `NothingFound` rather than giving none."""
        found = await self._store.search(search)
        if not found:
            raise NothingFound
        return found

    async def _of(self, account_id: int, kind: AddressKind, address: str) -> Contact:
        contact = await self._store.by_address(account_id, kind, address)
        if contact is None:
            raise NothingFound
        return contact

    # -- groups ----------------------------------------------------------------------------------------------------

    async def groups(self, account_id: int, kind: AddressKind) -> list[tuple[Group, int]]:
        """All groups with how many contacts each has. Raises `NothingFound` rather than giving none."""
        groups = await self._store.groups(account_id, kind)
        if not groups:
            raise NothingFound
        sizes = await self._store.sizes(account_id, kind)
        return [(group, sizes.get(group.id, 0)) for group in groups]

    async def add_group(self, group: Group) -> int:
        """Keep a new group; its id. Raises `NotSaved` if its number is taken."""
        async with self._one_at_a_time:
            await self._store.groups(group.account_id, group.kind)  # the first one is there before any other
            group_id = await self._store.add_group(group)
        if not group_id:
            raise NotSaved
        return group_id

    async def change_group(
        self, account_id: int, kind: AddressKind, group_id: int, changed: Callable[[Group], Group]
    ) -> None:
        """Put what `changed` makes of a group in its place. Raises as `add_group`, and `NothingFound`."""
        async with self._one_at_a_time:
            if not await self._store.save_group(changed(await self._group(account_id, kind, group_id))):
                raise NotSaved

    async def remove_group(self, account_id: int, kind: AddressKind, group_id: int) -> None:
        """Remove a group; its contacts stay. Raises `NothingFound`."""
        async with self._one_at_a_time:
            await self._store.remove_group(await self._group(account_id, kind, group_id))

    async def phones(self, account_id: int, named: Collection[str], most: int) -> dict[str, list[str]]:
        """The first number of each contact in groups named by number, else by id (smsc-messages.md 2.12).

        A name that is no group's is absent. Of all groups together a little more than `most` numbers at most.
        """
        found: dict[str, list[str]] = {}
        left = most
        for name, group in (await self._called(account_id, named)).items():
            found[name] = [contact.addresses[0] async for contact in self.members(group.id, left)]
            left -= len(found[name])
        return found

    async def named(self, account_id: int, named: Collection[str]) -> dict[str, tuple[int, int]]:
        """Id and size of groups of phones named by number, else by id. A name that is no group's is absent."""
        sizes = await self._store.sizes(account_id, AddressKind.PHONE)
        groups = await self._called(account_id, named)
        return {name: (group.id, sizes.get(group.id, 0)) for name, group in groups.items()}

    async def _called(self, account_id: int, named: Collection[str]) -> dict[str, Group]:
        groups = await self._store.groups(account_id, AddressKind.PHONE)
        by_name = {str(group.id): group for group in groups} | {group.number: group for group in groups}
        return {name: group for name in named if (group := by_name.get(str(int(name)))) is not None}

    async def members(self, group_id: int, most: int, after: int = 0) -> AsyncIterator[Contact]:
        """The contacts of a group in order of id, `most` of them rounded up to a page; others have their turn between
        two pages."""
        while most > 0:
            page = await self._store.members(group_id, after, PAGE)
            for contact in page:
                yield contact
            if len(page) < PAGE:
                return
            most -= PAGE
            after = page[-1].id
            await asyncio.sleep(0)

    async def _group(self, account_id: int, kind: AddressKind, group_id: int) -> Group:
        for group in await self._store.groups(account_id, kind):
            if group.id == group_id:
                return group
        raise NothingFound

    async def _must_exist(self, account_id: int, kind: AddressKind, groups: Collection[int]) -> None:
        if groups and not {group.id for group in await self._store.groups(account_id, kind)}.issuperset(groups):
            raise NothingFound


def _moved(before: Sequence[int], groups: Sequence[int], how: Membership) -> tuple[int, ...]:
    if how is Membership.ONLY:
        return tuple(groups)
    if how is Membership.ALSO:
        return tuple(dict.fromkeys([*before, *groups]))
    return tuple(group for group in before if group not in groups)
