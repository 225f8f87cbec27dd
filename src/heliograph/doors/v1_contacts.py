"""Contacts and groups by `/v1`: the book's, of the account or of whose contacts it uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from heliograph.backoffice.contacts import ContactBook
from heliograph.backoffice.refusals import NothingFound
from heliograph.dialects import native_contacts as calls
from heliograph.dialects.native_call import NoAnswer, NoBody
from heliograph.dialects.native_contacts import (
    ContactBody,
    ContactPage,
    ContactQuery,
    ContactView,
    GroupBody,
    GroupList,
    GroupView,
    contact_of,
    contact_view,
    group_view,
    search_of,
)
from heliograph.dialects.native_views import NoQuery
from heliograph.doors.v1_work import Asked, Bound, bound, nothing
from heliograph.model.account import Account
from heliograph.model.contacts import AddressKind, Contact, Group, Search

_PHONE = AddressKind.PHONE


class Contacts:
    """The works of the calls about contacts."""

    def __init__(self, book: ContactBook) -> None:
        self._book = book

    def works(self) -> Iterable[Bound]:
        """Each call with its work."""
        yield bound(calls.CONTACTS, self._contacts)
        yield bound(calls.ADD, self._add)
        yield bound(calls.CONTACT, self._contact)
        yield bound(calls.CHANGE, self._change)
        yield bound(calls.REMOVE, self._remove)
        yield bound(calls.GROUPS, self._groups)
        yield bound(calls.ADD_GROUP, self._add_group)
        yield bound(calls.CHANGE_GROUP, self._change_group)
        yield bound(calls.REMOVE_GROUP, self._remove_group)

    async def _contacts(self, asked: Asked[NoBody, ContactQuery]) -> ContactPage:
        try:
            found = await self._book.search(search_of(asked.query, owner(asked.account)))
        except NothingFound:
            found = []
        more = str(found[-1].id) if len(found) == asked.query.limit else None
        return ContactPage([contact_view(one) for one in found], more)

    async def _add(self, asked: Asked[ContactBody, NoQuery]) -> ContactView:
        contact = contact_of(asked.body, 0, owner(asked.account))
        return contact_view(replace(contact, id=await self._book.add(contact)))

    async def _contact(self, asked: Asked[NoBody, NoQuery]) -> ContactView:
        return contact_view(await self._of(asked.account, asked.number))

    async def _change(self, asked: Asked[ContactBody, NoQuery]) -> ContactView:
        old = await self._of(asked.account, asked.number)
        new = contact_of(asked.body, old.id, old.account_id)
        await self._book.change(old.account_id, _PHONE, old.addresses[0], lambda _: new)
        return contact_view(new)

    async def _remove(self, asked: Asked[NoBody, NoQuery]) -> NoAnswer:
        contact = await self._of(asked.account, asked.number)
        await self._book.remove(contact.account_id, _PHONE, contact.addresses[0])
        return nothing()

    async def _of(self, account: Account, number: int) -> Contact:
        """The contact of an id. Raises `NothingFound`."""
        found = await self._book.search(Search(owner(account), _PHONE, 1, number - 1))
        if found[0].id != number:
            raise NothingFound
        return found[0]

    async def _groups(self, asked: Asked[NoBody, NoQuery]) -> GroupList:
        return GroupList(
            [group_view(group, size) for group, size in await self._book.groups(owner(asked.account), _PHONE)]
        )

    async def _add_group(self, asked: Asked[GroupBody, NoQuery]) -> GroupView:
        group = Group(0, owner(asked.account), _PHONE, asked.body.name)
        return group_view(replace(group, id=await self._book.add_group(group)), 0)

    async def _change_group(self, asked: Asked[GroupBody, NoQuery]) -> GroupView:
        name = asked.body.name
        await self._book.change_group(
            owner(asked.account), _PHONE, asked.number, lambda group: replace(group, name=name)
        )
        groups = await self._book.groups(owner(asked.account), _PHONE)
        return next(group_view(group, size) for group, size in groups if group.id == asked.number)

    async def _remove_group(self, asked: Asked[NoBody, NoQuery]) -> NoAnswer:
        await self._book.remove_group(owner(asked.account), _PHONE, asked.number)
        return nothing()


def owner(account: Account) -> int:
    """Whose contacts they are: a sub-client may use its owner's."""
    return account.contacts_of or account.id
