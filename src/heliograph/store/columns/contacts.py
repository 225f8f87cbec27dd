"""The rows of contacts and of their groups."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final

from heliograph.model.contacts import AddressKind, Contact, Group

FIRST_GROUP: Final = "Contacts"
"""The name of the group an account owns from the beginning."""

_PROPERTIES: Final = (
    "name", "last_name", "first_name", "middle_name", "birthday", "comments", "tags", "other_phones", "own_id",
    "most_messages",
)  # fmt: skip
_properties = attrgetter(*_PROPERTIES)
_KIND: Final = {kind.value: kind for kind in AddressKind}
COLUMNS: Final = ("id", "account_id", "kind", "addresses", *_PROPERTIES)
WRITTEN: Final = (*COLUMNS, "folded_names", "folded_rest")
GROUP: Final = "id, account_id, kind, name, number"


def values(id_: int, contact: Contact) -> tuple[int | str, ...]:
    """The values of `WRITTEN`."""
    properties: tuple[str, ...] = _properties(contact)
    addresses = ",".join(contact.addresses)
    name, last, first, middle, *rest = properties
    full_name = last if not first and not middle else contact.full_name
    names, others = f"{name}\n{full_name}".casefold(), "\n".join([addresses, *rest]).casefold()
    return (id_, contact.account_id, int(contact.kind), addresses, *properties, names, others)


def contact_of(row: Sequence[Any], groups: tuple[int, ...] = ()) -> Contact:
    """The contact that stands in a row of `COLUMNS`."""
    id_, account_id, kind, addresses, *properties = row
    return Contact(id_, account_id, _KIND[kind], tuple(addresses.split(",")), groups, *properties)


def group_of(row: Sequence[Any]) -> Group:
    """The group that stands in a row of `GROUP`."""
    id_, account_id, kind, name, number = row
    return Group(id_, account_id, AddressKind(kind), name, number)


def are_alike(contacts: Sequence[Contact]) -> bool:
    """True if all are of one book, have one address each and belong to the same groups."""
    first = contacts[0]
    same = (first.account_id, first.kind, 1, first.groups)
    return all((one.account_id, one.kind, len(one.addresses), one.groups) == same for one in contacts)


def address_rows(contacts: Sequence[tuple[int, Contact]]) -> list[tuple[int, int, str, int]]:
    """account_id, kind, address, contact_id of every address, in the order of their key."""
    return sorted((one.account_id, int(one.kind), to, id_) for id_, one in contacts for to in one.addresses)


def member_rows(contacts: Sequence[tuple[int, Contact]]) -> list[tuple[int, int]]:
    """group_id, contact_id of every membership, in the order of their key."""
    return sorted((group, id_) for id_, one in contacts for group in one.groups)


def admitted(contacts: Sequence[Contact], taken: set[str]) -> list[Contact | None]:
    """In order, each that may be kept: none of its addresses is taken, nor an earlier one's."""
    found: list[Contact | None] = []
    for contact in contacts:
        is_free = taken.isdisjoint(contact.addresses)
        taken.update(contact.addresses if is_free else ())
        found.append(contact if is_free else None)
    return found
