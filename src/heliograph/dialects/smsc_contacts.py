"""SMSC's `phones.php` and `mails.php`: contacts, groups, the stop list (smsc-directory.md 1, 2).

Both scripts are one tongue with different words for an address (`Words`). Reading gives nouns, or functions that change
one, so that what a request does not name stays as it is. Numbers become MSISDNs here; whether anything exists, and
whose it is, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from heliograph.channels.sms.numbering import SMSC_CORRECTIONS, Correction, normalise_smsc
from heliograph.dialects.smsc_answer import Answer, Record, Style, listing
from heliograph.dialects.smsc_command import MOST_TEXT, is_mail, number_of, numbers_of, text_of
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.dialects.smsc_words import json_id
from heliograph.model.account import Blocks, StopListed
from heliograph.model.contacts import AddressKind, Contact, Group, Search

COMMANDS: Final = (
    "add", "add_group", "chg", "chg_group", "move_group", "del", "del_group", "get", "get_group", "add_black",
    "del_black", "get_black",
)  # fmt: skip
"""In the order in which they count if a request has several."""
MOST: Final = {"move_group": 3}
"""The command that has more values than 1."""
READING: Final = frozenset({"get", "get_group", "get_black"})
"""Commands that change nothing."""

MOST_ADDRESSES: Final = 20
"""Addresses of one contact."""
MOST_COMMENT: Final = 1_000

EFFECTIVE: Final = frozenset({
    *COMMANDS, "phone", "new_phone", "mail", "new_mail", "name", "grp", "num", "type", "lnm", "fnm", "mnm", "fio",
    "search", "after_id", "bd", "myid", "cmt", "tags", "pho", "lmt",
})  # fmt: skip
"""Parameters that make a difference: two requests with the same are identical (1.4)."""

_DATE: Final = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})", re.ASCII)
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NUMBERS: Final = re.compile(r"[^\d+()\-.\s]+|(?=\+)", re.ASCII)
"""What stands between numbers; a plus begins one."""
_MAILS: Final = re.compile(r"[\s,;|]+")
_GROUP_NUMBER: Final = re.compile(r"\d{1,9}", re.ASCII)


class Words(NamedTuple):
    """How a script names an address: the parameter, that of the new one, and the element and member of answers."""

    kind: AddressKind
    address: str
    new_address: str


PHONES: Final = Words(AddressKind.PHONE, "phone", "new_phone")
MAILS: Final = Words(AddressKind.MAIL, "mail", "new_mail")


# -- reading -----------------------------------------------------------------------------------------------------------


def read_new(request: Request, account_id: int, words: Words, corrections: Sequence[Correction]) -> Contact:
    """The contact of `add`. Raises `WrongRequest`."""
    addresses = _addresses(request, words.address, words, corrections)
    contact = _changed(request, Contact(0, account_id, words.kind, addresses, numbers_of(request, "grp")))
    if not contact.name:
        contact = replace(contact, name=contact.full_name)
    if not contact.name:
        raise WrongRequest
    return contact


def read_change(request: Request, words: Words, corrections: Sequence[Correction]) -> Callable[[Contact], Contact]:
    """What `chg` makes of a contact: only what the request names. Raises `WrongRequest`."""
    addresses: tuple[str, ...] = ()
    if request.get(words.new_address):
        addresses = _addresses(request, words.new_address, words, corrections)
    groups = numbers_of(request, "grp")

    def changed(contact: Contact) -> Contact:
        contact = replace(contact, addresses=addresses or contact.addresses)
        return _changed(request, replace(contact, groups=groups) if "grp" in request.fields else contact)

    changed(Contact(0, 0, words.kind))  # complains of what cannot be kept, before anything is looked up
    return changed


def read_address(request: Request, words: Words, corrections: Sequence[Correction] = SMSC_CORRECTIONS) -> str:
    """The one address that names a contact. Raises `WrongRequest`, also for several."""
    addresses = _addresses(request, words.address, words, corrections)
    if len(addresses) > 1:
        raise WrongRequest
    return addresses[0]


def read_search(
    request: Request, account_id: int, words: Words, limit: int, corrections: Sequence[Correction] = SMSC_CORRECTIONS
) -> Search:
    """What `get` asks for. Raises `WrongRequest`."""
    return Search(
        account_id,
        words.kind,
        limit,
        number_of(request, "after_id"),
        numbers_of(request, "grp"),
        read_address(request, words, corrections) if request.get(words.address).strip() else "",
        text_of(request, "fio"),
        text_of(request, "search"),
    )


def read_group(request: Request, account_id: int, words: Words) -> Group:
    """The group of `add_group`. Raises `WrongRequest`."""
    kind = AddressKind(request.choice("type", 1)) if request.get("type") else words.kind
    name = text_of(request, "name")
    if not name:
        raise WrongRequest
    return Group(0, account_id, kind, name, _group_number(request))


def read_group_change(request: Request) -> Callable[[Group], Group]:
    """What `chg_group` makes of a group. Raises `WrongRequest` if it names nothing."""
    name, number = text_of(request, "name"), _group_number(request)
    if not (name or number):
        raise WrongRequest
    return lambda group: replace(group, name=name or group.name, number=number or group.number)


def read_stop(
    request: Request, account_id: int, words: Words, corrections: Sequence[Correction] = SMSC_CORRECTIONS
) -> StopListed:
    """The entry of `add_black`. Raises `WrongRequest`."""
    blocks = Blocks(request.choice("type", max(Blocks)))
    return StopListed(account_id, read_address(request, words, corrections), blocks)


def _group_number(request: Request) -> str:
    number = request.get("num").strip()
    if number and _GROUP_NUMBER.fullmatch(number) is None:
        raise WrongRequest
    return str(int(number)) if number else ""


def _changed(request: Request, contact: Contact) -> Contact:
    """The contact with the properties a request names; `fio` says three of them at once."""

    def said(parameter: str, before: str, most: int = MOST_TEXT) -> str:
        return text_of(request, parameter, most) or before

    birthday = said("bd", contact.birthday)
    if not _is_date(birthday):
        raise WrongRequest
    last, first, middle = (contact.last_name, contact.first_name, contact.middle_name)
    fio = text_of(request, "fio").split(maxsplit=2)
    if fio:
        last, first, middle = (*fio, "", "")[:3]
    return replace(
        contact,
        name=said("name", contact.name),
        last_name=said("lnm", last),
        first_name=said("fnm", first),
        middle_name=said("mnm", middle),
        birthday=birthday,
        comments=said("cmt", contact.comments, MOST_COMMENT),
        tags=said("tags", contact.tags, MOST_COMMENT),
        other_phones=said("pho", contact.other_phones, MOST_COMMENT),
        own_id=said("myid", contact.own_id),
        most_messages=said("lmt", contact.most_messages),
    )


def _is_date(text: str) -> bool:
    """A day `dd.mm.yyyy`, or nothing. A leap day is one of every year: people are born on it."""
    if not text:
        return True
    found = _DATE.fullmatch(text)
    return found is not None and 1 <= int(found[2]) <= len(_DAYS) and 1 <= int(found[1]) <= _DAYS[int(found[2]) - 1]


def _addresses(request: Request, name: str, words: Words, corrections: Sequence[Correction]) -> tuple[str, ...]:
    """The addresses of a parameter, each of them once. Raises `WrongRequest` for none, too many, and what is none."""
    given = request.get(name)
    found = tuple(dict.fromkeys(_numbers(given, corrections) if words.kind is AddressKind.PHONE else _mails(given)))
    if not found or "" in found or len(found) > MOST_ADDRESSES:
        raise WrongRequest
    return found


def _numbers(given: str, corrections: Sequence[Correction]) -> Iterable[str]:
    """MSISDNs from a list with any separator, "" for what is none.

    Blanks stand within a number (a plus that arrived as a blank, too), unless what they join is too long for one.
    """
    for piece in _NUMBERS.split(given):
        if not any(map(str.isdigit, piece)):
            continue
        number = normalise_smsc(piece, corrections)
        if number:
            yield number
        else:
            yield from (normalise_smsc(part, corrections) for part in piece.split())


def _mails(given: str) -> Iterable[str]:
    for piece in _MAILS.split(given):
        if piece:
            yield piece.lower() if is_mail(piece) else ""


# -- answering ---------------------------------------------------------------------------------------------------------


def contacts_answer(style: Style, contacts: Iterable[Contact], words: Words) -> Answer:
    """The answer of `get`, exactly the twelve members of 1.3."""
    return listing(style, words.address, "name", [_contact(contact, words) for contact in contacts])


def groups_answer(style: Style, groups: Iterable[tuple[Group, int]]) -> Answer:
    """The answer of `get_group`; number and size are strings."""
    records: list[Record] = [
        [("id", group.id), ("name", group.name), ("number", group.number), ("cnt", str(size))] for group, size in groups
    ]
    return listing(style, "group", "name", records)


def stop_list_answer(style: Style, entries: Iterable[StopListed], words: Words) -> Answer:
    """The answer of `get_black`."""
    records: list[Record] = [
        [("id", one.id), (words.address, one.recipient), ("type", int(one.blocks))] for one in entries
    ]
    return listing(style, words.address, words.address, records)


def _contact(contact: Contact, words: Words) -> Record:
    return [
        ("id", json_id(contact.own_id) if contact.own_id else 0),
        ("name", contact.name),
        (words.address, ",".join(contact.addresses)),
        ("group", "|".join(map(str, contact.groups)) or "0"),
        ("last_name", contact.last_name),
        ("first_name", contact.first_name),
        ("middle_name", contact.middle_name),
        ("birthday", contact.birthday),
        ("comments", contact.comments),
        ("tags", contact.tags),
        ("phone_other", contact.other_phones),
        ("int_id", contact.id),
    ]
