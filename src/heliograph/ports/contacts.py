"""What the room of contacts needs of a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from heliograph.model.contacts import AddressKind, Contact, Group, Search


class ContactStore(Protocol):
    """Contacts and groups. Each call is one transaction, durable on return; raises `StoreFailure`.

    What belongs to another account is not there. Lists are bounded by the caller, a few hundred each.
    """

    async def add(self, contacts: Sequence[Contact]) -> list[int]:
        """Keep new contacts of one account and kind; their ids, in order, 0 for one whose address is taken."""

    async def save(self, contact: Contact) -> bool:
        """Replace a contact, its addresses and its membership; False if another has one of the addresses, or there is
        no such contact."""

    async def remove(self, contacts: Sequence[Contact]) -> None:
        """Remove contacts from everywhere."""

    async def by_address(self, account_id: int, kind: AddressKind, address: str) -> Contact | None:
        """The contact that has this address."""

    async def search(self, search: Search) -> list[Contact]:
        """A page of contacts, in order of id."""

    async def members(self, group_id: int, after: int, limit: int) -> list[Contact]:
        """The contacts of a group with id > `after`, in order of id, without their membership."""

    async def belonging(self, contacts: Sequence[int], groups: Sequence[int]) -> set[int]:
        """Which of these contacts (ids) are in any of these groups."""

    async def groups(self, account_id: int, kind: AddressKind) -> list[Group]:
        """All groups, in order of id. An account that never had one gets its first."""

    async def sizes(self, account_id: int, kind: AddressKind) -> dict[int, int]:
        """How many contacts are in each group that has any, by its id; counted off the loop."""

    async def add_group(self, group: Group) -> int:
        """Keep a new group; its id, 0 if its number is taken."""

    async def save_group(self, group: Group) -> bool:
        """Replace name and number; False if the number is taken, or there is no such group."""

    async def remove_group(self, group: Group) -> None:
        """Remove a group; its contacts stay."""
