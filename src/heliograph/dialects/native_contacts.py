"""Contacts and groups by `/v1`: whom an account writes to."""

from __future__ import annotations

import re
from typing import Annotated, Final

from msgspec import Meta, Struct

from heliograph.channels.sms.numbering import normalise_smsc
from heliograph.dialects.native import CONFLICT, wrong
from heliograph.dialects.native_call import AnyCall, Call, NoAnswer, NoBody, Scope
from heliograph.dialects.native_messages import Number
from heliograph.dialects.native_views import Limit, NoQuery
from heliograph.model.contacts import AddressKind, Contact, Group, Search
from heliograph.model.refusal import Reason

MOST_PHONES: Final = 20
MOST_GROUPS: Final = 100

Name = Annotated[str, Meta(max_length=200)]
RoomId = Annotated[str, Meta(pattern="^[0-9]{1,16}$")]
After = Annotated[
    str, Meta(pattern="^[0-9]{1,16}$", description="`next` of the page before; without it from the first on.")
]
_BIRTHDAY: Final = "^[0-9]{2}\\.[0-9]{2}\\.[0-9]{4}$"


class ContactBody(Struct, forbid_unknown_fields=True, frozen=True):
    """A contact. Its first number is the one a message to a group goes to; `{NAME}` and its like in a mailing's text
    stand for its names."""

    phones: Annotated[list[Number], Meta(min_length=1, max_length=MOST_PHONES)]
    name: Name = ""
    last_name: Name = ""
    first_name: Name = ""
    middle_name: Name = ""
    birthday: Annotated[str, Meta(pattern=_BIRTHDAY, description="`dd.mm.yyyy`.")] | None = None
    comments: Annotated[str, Meta(max_length=2_000)] = ""
    tags: Annotated[str, Meta(max_length=500)] = ""
    own_id: Annotated[str, Meta(max_length=100, description="What you call it.")] = ""
    groups: Annotated[list[RoomId], Meta(max_length=MOST_GROUPS, description="Ids of the groups it belongs to.")] = []


class ContactView(Struct, frozen=True):
    """A contact as it is kept."""

    id: RoomId
    phones: Annotated[list[str], Meta(description="Numbers in digits.")]
    name: str
    last_name: str
    first_name: str
    middle_name: str
    birthday: str | None
    comments: str
    tags: str
    own_id: str
    groups: list[RoomId]


class ContactPage(Struct, frozen=True):
    """A page of contacts, in the order in which they were made."""

    contacts: list[ContactView]
    next: Annotated[str | None, Meta(description="The `cursor` of the next page; null on the last.")]


class ContactQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """Which contacts."""

    limit: Limit = 50
    cursor: After | None = None
    group: Annotated[str, Meta(pattern="^[0-9]{1,16}$", description="Of this group only.")] | None = None
    phone: Annotated[str, Meta(max_length=40, description="The one with this number.")] | None = None
    search: Annotated[str, Meta(max_length=100, description="Words that stand anywhere in it.")] | None = None


class GroupBody(Struct, forbid_unknown_fields=True, frozen=True):
    """A group."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]


class GroupView(Struct, frozen=True):
    """A group with how many contacts it has."""

    id: RoomId
    name: str
    contacts: int


class GroupList(Struct, frozen=True):
    """All groups of the account."""

    groups: list[GroupView]


_READ, _MANAGE = Scope.READ, Scope.MANAGE
_HERE: Final = "contacts"
_GONE: Final = (Reason.NOT_FOUND,)
_TAKEN: Final = (Reason.NOT_FOUND, CONFLICT)

CONTACTS = Call(
    "listContacts", "GET", "/contacts", _HERE, "Contacts, the oldest first", NoBody, ContactQuery, ContactPage, _READ
)
ADD = Call(
    "createContact",
    "POST",
    "/contacts",
    _HERE,
    "A new contact",
    ContactBody,
    NoQuery,
    ContactView,
    _MANAGE,
    201,
    errors=_TAKEN,
    tells="No two contacts share a number: 409. A group that is not there: 404.",
)
CONTACT = Call(
    "getContact", "GET", "/contacts/{id}", _HERE, "One contact", NoBody, NoQuery, ContactView, _READ, errors=_GONE
)
CHANGE = Call(
    "replaceContact",
    "PUT",
    "/contacts/{id}",
    _HERE,
    "Put another in its place",
    ContactBody,
    NoQuery,
    ContactView,
    _MANAGE,
    errors=_TAKEN,
)
REMOVE = Call(
    "deleteContact",
    "DELETE",
    "/contacts/{id}",
    _HERE,
    "Remove it",
    NoBody,
    NoQuery,
    NoAnswer,
    _MANAGE,
    204,
    errors=_GONE,
)
GROUPS = Call("listGroups", "GET", "/groups", _HERE, "All groups", NoBody, NoQuery, GroupList, _READ)
ADD_GROUP = Call("createGroup", "POST", "/groups", _HERE, "A new group", GroupBody, NoQuery, GroupView, _MANAGE, 201)
CHANGE_GROUP = Call(
    "renameGroup", "PUT", "/groups/{id}", _HERE, "Another name", GroupBody, NoQuery, GroupView, _MANAGE, errors=_GONE
)
REMOVE_GROUP = Call(
    "deleteGroup",
    "DELETE",
    "/groups/{id}",
    _HERE,
    "Remove it; its contacts stay",
    NoBody,
    NoQuery,
    NoAnswer,
    _MANAGE,
    204,
    errors=_GONE,
)
CALLS: Final[tuple[AnyCall, ...]] = (
    CONTACTS,
    ADD,
    CONTACT,
    CHANGE,
    REMOVE,
    GROUPS,
    ADD_GROUP,
    CHANGE_GROUP,
    REMOVE_GROUP,
)


def contact_of(body: ContactBody, contact_id: int, account_id: int) -> Contact:
    """A contact as it will be kept. Raises `Wrong` for a number that is none."""
    phones = tuple(dict.fromkeys(msisdn(one, f"/phones/{place}") for place, one in enumerate(body.phones)))
    return Contact(
        contact_id,
        account_id,
        AddressKind.PHONE,
        phones,
        tuple(dict.fromkeys(int(group) for group in body.groups)),
        body.name,
        body.last_name,
        body.first_name,
        body.middle_name,
        body.birthday or "",
        body.comments,
        body.tags,
        own_id=body.own_id,
    )


def search_of(query: ContactQuery, account_id: int) -> Search:
    """What a list asks for. Raises `Wrong`."""
    return Search(
        account_id,
        AddressKind.PHONE,
        query.limit,
        int(query.cursor or 0),
        (int(query.group),) if query.group is not None else (),
        msisdn(query.phone, "phone") if query.phone is not None else "",
        words=query.search or "",
    )


def msisdn(given: str, field: str) -> str:
    """A number in digits. Raises `Wrong`."""
    number = normalise_smsc(given, ()) if re.search("[0-9]", given) else ""
    if not number:
        raise wrong(Reason.BAD_RECIPIENT, "", field)
    return number


def contact_view(contact: Contact) -> ContactView:
    """A contact as its owner sees it."""
    return ContactView(
        str(contact.id),
        list(contact.addresses),
        contact.name,
        contact.last_name,
        contact.first_name,
        contact.middle_name,
        contact.birthday or None,
        contact.comments,
        contact.tags,
        contact.own_id,
        [str(group) for group in contact.groups],
    )


def group_view(group: Group, size: int) -> GroupView:
    """A group as its owner sees it."""
    return GroupView(str(group.id), group.name, size)
