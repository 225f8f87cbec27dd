"""Whom a customer writes to: contacts with their addresses and properties, and the groups they belong to.

A contact is one person or company; its addresses are numbers, or e-mail addresses, never both. The first address is the
one a message to the whole group goes to. No value is changed once it is made; ids come from the store, 0 = not kept
yet.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class AddressKind(enum.IntEnum):
    """What the addresses of contacts and the members of a group are; numbers as `type` of a group (1.2)."""

    PHONE = 0
    MAIL = 1


@dataclass(slots=True)
class Contact:
    """One contact of an account. Not frozen, as that makes one three times as dear, and a table brings a million.

    `addresses` are MSISDNs, or e-mail addresses in lower case; no two contacts of an account share one. `groups` are
    ids. `birthday` is `dd.mm.yyyy`, `own_id` what the customer calls the contact, `most_messages` a limit of old
    clients that is kept and has no effect; "" is nothing.
    """

    id: int
    account_id: int
    kind: AddressKind
    addresses: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()
    name: str = ""
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    birthday: str = ""
    comments: str = ""
    tags: str = ""
    other_phones: str = ""
    own_id: str = ""
    most_messages: str = ""

    @property
    def full_name(self) -> str:
        """Last, first and middle name, as they are said together."""
        return " ".join(part for part in (self.last_name, self.first_name, self.middle_name) if part)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of contacts of one kind. `number` addresses it in a send (`G17`), unique in the account, "" = none."""

    id: int
    account_id: int
    kind: AddressKind
    name: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """Which contacts of an account, in order of id: those with id > `after`, at most `limit`.

    In any of `groups`; with this very `address`; `name` stands in the name or the full name, `words` anywhere in the
    contact, both whatever their case. What is empty asks for nothing.
    """

    account_id: int
    kind: AddressKind
    limit: int
    after: int = 0
    groups: tuple[int, ...] = ()
    address: str = ""
    name: str = ""
    words: str = ""
