"""Contacts and mailings as an operator handles them: lists imported in portions, pages, a mailing paused or resumed.

A row that cannot be kept is refused with a sentence, and the others are kept: whoever brings the rows writes the
refused ones down. Texts are taken as they are; whoever writes a table sees to what begins with a sign there.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from heliograph.backoffice.accounts import Accounts
from heliograph.backoffice.campaigns import Campaigns
from heliograph.backoffice.refusals import NothingFound
from heliograph.backoffice.table_columns import MOST_LONG_TEXT, MOST_ROWS, OF_CONTACTS, OF_MAILS
from heliograph.backoffice.verbs import ContactAdd, ContactList, JobChange, JobList, NotPossible, Verb
from heliograph.model.account import Account
from heliograph.model.campaign import Campaign
from heliograph.model.contacts import AddressKind, Contact, Group, Search
from heliograph.model.money import show_balance
from heliograph.ports import Store

AT_ONCE: Final = 250
"""Rows of one group of the store: about 5 ms, after which others have their turn."""
MOST_NUMBERS: Final = 20
MOST_TEXT: Final = 255
_LONG: Final = frozenset({"phone", "mail", "comments", "tags", "other_phones"})
_BIRTHDAY: Final = re.compile(r"(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])\.\d{4}", re.ASCII)
_MAIL: Final = re.compile(r"[^@\s<>,;:=\"\x00-\x1f\x7f]{1,64}@[A-Za-z0-9.-]{1,255}")
_KINDS: Final = {"phone": AddressKind.PHONE, "mail": AddressKind.MAIL}
_DECIMALS: Final = 6
_FOREVER: Final = 2**53

_KNOWN: Final = {AddressKind.PHONE: frozenset(OF_CONTACTS), AddressKind.MAIL: frozenset(OF_MAILS)}

_BIRTHDAY_AT: Final = 3
"""Its place among the texts behind the name."""

Normalise = Callable[[str], str]


class ContactDesk:
    """The verbs of contacts and mailings. `campaigns` is None where no gateway runs."""

    verbs: tuple[type[Verb], ...] = (ContactAdd, ContactList, JobList, JobChange)

    def __init__(
        self, *, accounts: Accounts, store: Store, normalise: Normalise, campaigns: Campaigns | None = None
    ) -> None:
        self._accounts = accounts
        self._store = store
        self._normalise = normalise
        self._campaigns = campaigns

    async def do(self, verb: Verb, author: str) -> object:
        """Carry out and answer. Raises `NotPossible` with a sentence."""
        match verb:
            case ContactAdd():
                return {"refused": await self._add(verb)}
            case ContactList():
                account, most = self._accounts.of(verb.login), min(max(verb.most, 1), MOST_ROWS)
                search = Search(_owner(account), _KINDS[verb.kind], most, verb.after, words=verb.search)
                return [_shown(contact) for contact in await self._store.contacts.search(search)]
            case JobList():
                account = self._accounts.of(verb.login)
                return [_job(one) for one in await self._store.campaigns.of_account(account.id, 0, _FOREVER)]
            case JobChange():
                return await self._change(verb)
            case _:
                raise NotPossible("this is no verb of contacts")

    async def _add(self, verb: ContactAdd) -> list[str]:
        """Why each row was refused, "" for one that is kept (or would be, if this is only a preview)."""
        if not 0 < len(verb.rows) <= MOST_ROWS:
            raise NotPossible(f"bring 1 to {MOST_ROWS} rows at a time")
        owner = _owner(self._accounts.of(verb.login))
        kind = _KINDS[verb.kind]
        groups = (await self._group(owner, kind, verb.group),) if verb.group and not verb.preview else ()
        said: list[str] = []
        for start in range(0, len(verb.rows), AT_ONCE):
            made = self._contacts(owner, kind, groups, verb.rows[start : start + AT_ONCE])
            await asyncio.sleep(0)  # others have their turn
            if not verb.preview:
                made = await self._keep(made)
            said += [one if isinstance(one, str) else "" for one in made]
            await asyncio.sleep(0)  # others have their turn
        return said

    async def _keep(self, made: Sequence[Contact | str]) -> list[Contact | str]:
        """What was made, and why one of them is somebody's already."""
        kept = iter(await self._store.contacts.add([one for one in made if not isinstance(one, str)]))
        return [one if isinstance(one, str) or next(kept) else _TAKEN for one in made]

    def _contacts(
        self, owner: int, kind: AddressKind, groups: tuple[int, ...], rows: Sequence[Mapping[str, str]]
    ) -> list[Contact | str]:
        """The contact of each row, or what is wrong with it. A whole column is looked at together: of a million rows
        nearly all are in order."""
        columns = OF_MAILS if kind is AddressKind.MAIL else OF_CONTACTS
        named = set[str]().union(*rows)
        nothing = [""] * len(rows)
        cells = [[row.get(name, "").strip() for row in rows] if name in named else nothing for name in columns]
        is_sound = named <= _KNOWN[kind] and not any(
            max(map(len, column)) > MOST_TEXT or "\0" in "".join(column) for column in cells if column is not nothing
        )
        if is_sound and kind is AddressKind.PHONE and all(cells[1]) and not any(cells[_BIRTHDAY_AT + 2]):
            numbers = [self._normalise(given) if given.isdigit() else "" for given in cells[0]]
            if all(numbers):
                made = [(number,) for number in numbers]
                return [Contact(0, owner, kind, *of) for of in zip(made, [groups] * len(rows), *cells[1:], strict=True)]
        return [
            (not is_sound and _wrong(row, _KNOWN[kind])) or self._contact(owner, kind, groups, *said)
            for row, said in zip(rows, zip(*cells, strict=True), strict=True)
        ]

    def _contact(
        self, owner: int, kind: AddressKind, groups: tuple[int, ...], given: str, name: str, *texts: str
    ) -> Contact | str:
        """The contact that a row says, or what is wrong with it."""
        addresses = self._addresses(kind, given)
        if not addresses or "" in addresses or len(addresses) > MOST_NUMBERS:
            wrong = "mail is no address" if kind is AddressKind.MAIL else "phone is no international number"
            return f"{wrong}, or too many of them"
        birthday = texts[_BIRTHDAY_AT]
        if birthday and _BIRTHDAY.fullmatch(birthday) is None:
            return "birthday is dd.mm.yyyy"
        name = name or " ".join(filter(None, texts[:_BIRTHDAY_AT]))
        if not name:
            return "there is no name"
        return Contact(0, owner, kind, addresses, groups, name, *texts)

    def _addresses(self, kind: AddressKind, given: str) -> tuple[str, ...]:
        """Numbers as they are kept, or addresses in lower case, each once; "" for what is none."""
        if kind is AddressKind.PHONE and given.isdigit():
            return (self._normalise(given),)
        pieces = [one.strip() for one in re.split(r"[,;]", given) if one.strip()]
        if kind is AddressKind.PHONE:
            return tuple(dict.fromkeys(map(self._normalise, pieces)))
        return tuple(dict.fromkeys(piece.lower() if _MAIL.fullmatch(piece) else "" for piece in pieces))

    async def _group(self, owner: int, kind: AddressKind, name: str) -> int:
        """The group of this name, made if there is none."""
        for group in await self._store.contacts.groups(owner, kind):
            if group.name == name:
                return group.id
        return await self._store.contacts.add_group(Group(0, owner, kind, name[:MOST_TEXT]))

    async def _change(self, verb: JobChange) -> object:
        if self._campaigns is None:
            raise NotPossible("no gateway is running here; start one with `heliograph serve` or `heliograph demo`")
        account = self._accounts.of(verb.login)
        changes = {"pause": self._campaigns.pause, "resume": self._campaigns.resume, "cancel": self._campaigns.cancel}
        try:
            before = await self._campaigns.of(account.id, verb.id)
        except NothingFound:
            raise NotPossible(f"the account has no mailing {verb.id}") from None
        try:
            await changes[verb.change](account.id, verb.id)
            return _job(await self._campaigns.of(account.id, verb.id))
        except NothingFound:
            state = before.state.name.lower()
            raise NotPossible(f"the account has no mailing {verb.id} to {verb.change}: it is {state}") from None


def _wrong(row: Mapping[str, str], known: frozenset[str]) -> str:
    """What a table does not have, or cannot keep, of a row; "" if it can."""
    if not row.keys() <= known:
        return f"there is no column {min(row.keys() - known)!r}"
    for name, value in row.items():
        if len(value.strip()) > (MOST_LONG_TEXT if name in _LONG else MOST_TEXT):
            return f"{name} is too long"
        if "\0" in value:
            return f"{name} has a NUL character"
    return ""


_TAKEN: Final = "a number of it belongs to another contact"


def _owner(account: Account) -> int:
    return account.contacts_of or account.id


def _shown(contact: Contact) -> dict[str, object]:
    texts: Sequence[str] = OF_CONTACTS[1:]
    return {
        "id": contact.id,
        "mail" if contact.kind is AddressKind.MAIL else "phone": ",".join(contact.addresses),
        "groups": list(contact.groups),
        **{column: getattr(contact, column) for column in texts},
    }


def _job(campaign: Campaign) -> dict[str, object]:
    return {
        "id": campaign.id,
        "name": campaign.name,
        "state": campaign.state.name.lower(),
        "stopped_by": campaign.stopped_by,
        "start_at": campaign.start_at,
        "recipients": campaign.recipients,
        "done": campaign.done,
        "refused": campaign.refused,
        "parts": campaign.parts,
        "cost": show_balance(campaign.cost, _DECIMALS),
    }
