"""Sender names: asked for by their owners, admitted by the operator, registered with networks (smsc-directory.md 5).

The directory holds the names, so whoever sends asks memory. Every change is a row with its author, durable before it is
in force. A name that nobody moderates is allowed at once; a number never is before it has proved itself
(`backoffice.number_proofs`) or the operator let it in.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Annotated, Final

from msgspec import Meta

from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.core.directory import Directory
from heliograph.model.account import Account, Sender, SenderState
from heliograph.model.senders import FLAGS, AtOperator, Document, OperatorState, SenderSearch, Wishes
from heliograph.ports import Clock, Store

MOST_DOCUMENTS: Final = 100
"""Papers of one account."""
OWNER: Final = "customer"
"""The author of what an account changes itself."""

_NAME: Final = re.compile(r"[ -~]{1,11}|\+?\d{3,15}")
_MAIL: Final = re.compile(r"[^@,;|\"<>()\s]{1,64}@[^@,;|\"<>()\s]{1,253}")
_ASKED_AGAIN: Final = (OperatorState.REFUSED, OperatorState.NO_MONEY, OperatorState.DOCUMENTS_NEEDED)
"""States that a new request brings back to waiting."""


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """Sender names that customers register themselves."""

    moderate: Annotated[bool, "A new name waits for your word (`senders approve`); else it may be used at once."] = True
    names_in_text: Annotated[
        bool, "Where a network shows a substitute, the text begins with the name asked for; `fl2[13]` leaves it out."
    ] = False
    most: Annotated[int, Meta(ge=1, le=10_000), "Names one account may have."] = 200
    code_login: Annotated[
        str, "Account that sends and pays for the codes by which numbers are proved; empty = no such service."
    ] = ""


def is_sender(name: str) -> bool:
    """Whether a name can be a sender at all: 1 to 11 printable Latin characters, or a number of 3 to 15 digits."""
    return _NAME.fullmatch(name) is not None and name == name.strip()


class Senders:
    """The names of all accounts. Every method that changes something raises `StoreFailure` when the store cannot."""

    def __init__(self, *, store: Store, directory: Directory, clock: Clock, settings: SenderSettings) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._settings = settings
        self._one_at_a_time = asyncio.Lock()

    # -- for the owner ---------------------------------------------------------------------------------------------

    def search(self, account: Account, search: SenderSearch) -> list[Sender]:
        """Names that the account may see: its own, or shared ones. Raises `NothingFound` for none."""
        found = [
            sender
            for sender in reversed(self._directory.senders(account.senders_of or account.id))
            if sender.mail == search.mail
            and (search.every or sender.state is SenderState.ACTIVE)
            and (not search.before or sender.id < search.before)
            and (not search.changed_since or any(at.changed_at >= search.changed_since for at in sender.operators))
        ]
        if not found:
            raise NothingFound
        return found[: search.most]

    def find(self, account_id: int, name: str, sender_id: int = 0) -> Sender:
        """A name of the account's own by its id, else by its letters. Raises `NothingFound`."""
        for sender in self._directory.senders(account_id):
            if sender.id == sender_id or (not sender_id and sender.name == name):
                return sender
        raise NothingFound

    async def add(self, account: Account, name: str, wishes: Wishes, *, mail: bool = False) -> Sender:
        """Register a name. Raises `NotSaved` for one that is none or is there already, or where there are too many."""
        is_one = _MAIL.fullmatch(name) if mail else is_sender(name)
        async with self._one_at_a_time:
            own = self._directory.senders(account.id)
            if not is_one or self._shares(account) or len(own) >= self._settings.most:
                raise NotSaved
            if any(sender.name == name for sender in own):
                raise NotSaved
            sender = Sender(0, account.id, name, mail=mail, created_at=self._clock.now())
            waits = self._settings.moderate or sender.is_number
            sender = replace(sender, state=SenderState.WAITING if waits else SenderState.ACTIVE)
            await self._must_have_room(account.id, wishes)
            sender = await self._save(self._wished(sender, wishes), OWNER)
            await self._keep(sender, wishes)
            return sender

    async def change(self, sender: Sender, wishes: Wishes) -> None:
        """Another comment, more registrations, more papers. Raises `NotSaved` for too many papers."""
        async with self._one_at_a_time:
            await self._must_have_room(sender.account_id, wishes)
            await self._save(self._wished(self._fresh(sender), wishes), OWNER)
            await self._keep(sender, wishes)

    async def remove(self, sender: Sender, author: str = OWNER) -> None:
        """The account may not send as this name any more; what waits goes out all the same."""
        async with self._one_at_a_time:
            revision = await self._store.senders.remove(sender, author, self._clock.now())
            self._directory.drop_sender(sender, revision)

    async def proved(self, account: Account, number: str) -> None:
        """The account answers at this number: it may send as it. Raises `NotSaved` if the operator disabled it."""
        async with self._one_at_a_time:
            known = [one for one in self._directory.senders(account.id) if one.name.removeprefix("+") == number]
            if any(one.state is SenderState.DISABLED for one in known) or self._shares(account):
                raise NotSaved
            if not known and len(self._directory.senders(account.id)) >= self._settings.most:
                raise NotSaved
            old = known[0] if known else Sender(0, account.id, number, created_at=self._clock.now())
            await self._save(replace(old, state=SenderState.ACTIVE), OWNER)

    @staticmethod
    def _shares(account: Account) -> bool:
        """Whether the account uses the names of another one, which it cannot change."""
        return account.senders_of not in (0, account.id)

    def _wished(self, sender: Sender, wishes: Wishes) -> Sender:
        now = self._clock.now()
        at = {one.flag: one for one in sender.operators}
        for flag in wishes.flags:
            if flag not in at or at[flag].state in _ASKED_AGAIN:
                at[flag] = AtOperator(flag, substitute=at[flag].substitute if flag in at else "", changed_at=now)
        return replace(
            sender,
            comment=sender.comment if wishes.comment is None else wishes.comment,
            operators=tuple(at.values()),
            requisites=tuple({**dict(sender.requisites), **dict(wishes.requisites)}.items()),
        )

    # -- for the operator ------------------------------------------------------------------------------------------

    def by_id(self, sender_id: int) -> Sender:
        """A name of any account. Raises `NothingFound`."""
        for account in self._directory.accounts():
            for sender in self._directory.senders(account.id):
                if sender.id == sender_id:
                    return sender
        raise NothingFound

    def every(self, states: Collection[SenderState], account_id: int = 0) -> list[Sender]:
        """The names of one account, or of all (0), that are in one of these states."""
        accounts = [account_id] if account_id else [account.id for account in self._directory.accounts()]
        return [one for number in accounts for one in self._directory.senders(number) if one.state in states]

    async def moderate(self, sender: Sender, state: SenderState, author: str) -> Sender:
        """Let a name in, or shut it out."""
        async with self._one_at_a_time:
            return await self._save(replace(self._fresh(sender), state=state), author)

    async def allow(self, account: Account, name: str, author: str) -> None:
        """Let the account send as `name`, whatever was before. Raises `NotSaved` if it may already."""
        async with self._one_at_a_time:
            known = [one for one in self._directory.senders(account.id) if one.name == name]
            if known and known[0].state is SenderState.ACTIVE:
                raise NotSaved
            old = known[0] if known else Sender(0, account.id, name, created_at=self._clock.now())
            await self._save(replace(old, state=SenderState.ACTIVE), author)

    async def set_operator(
        self, sender: Sender, flag: str, state: OperatorState | None, substitute: str | None, author: str
    ) -> Sender:
        """How an operator stands to a name, and what it shows instead ("" = the name itself); None leaves it."""
        async with self._one_at_a_time:
            sender = self._fresh(sender)
            old = sender.at(flag) or AtOperator(flag)
            new = AtOperator(
                flag,
                old.state if state is None else state,
                old.substitute if substitute is None else substitute,
                self._clock.now(),
            )
            others = [one for one in sender.operators if one.flag != flag]
            order = list(FLAGS)
            operators = sorted([*others, new], key=lambda one: order.index(one.flag))
            return await self._save(replace(sender, operators=tuple(operators)), author)

    # -- papers ----------------------------------------------------------------------------------------------------

    async def documents(self, sender: Sender) -> list[Document]:
        """The papers of a name."""
        return [one for one in await self._store.senders.documents(sender.account_id) if one.sender_id == sender.id]

    async def document(self, document_id: int) -> tuple[Document, bytes]:
        """One paper. Raises `NothingFound`."""
        found = await self._store.senders.document(document_id)
        if found is None:
            raise NothingFound
        return found

    async def _must_have_room(self, account_id: int, wishes: Wishes) -> None:
        if wishes.papers:
            kept = await self._store.senders.documents(account_id)
            if len(kept) + len(wishes.papers) > MOST_DOCUMENTS:
                raise NotSaved

    async def _keep(self, sender: Sender, wishes: Wishes) -> None:
        if wishes.papers:
            now, of = self._clock.now(), (sender.id, sender.account_id)
            await self._store.senders.add_documents(
                [
                    (Document(0, *of, paper.name, paper.kind, paper.remark, len(paper.data), now), paper.data)
                    for paper in wishes.papers
                ]
            )

    # -- rows ------------------------------------------------------------------------------------------------------

    def _fresh(self, sender: Sender) -> Sender:
        """The name as it is now. Raises `NothingFound` if it went meanwhile."""
        return self.find(sender.account_id, sender.name, sender.id)

    async def _save(self, sender: Sender, author: str) -> Sender:
        sender_id, revision = await self._store.senders.save(sender, author, self._clock.now())
        kept = replace(sender, id=sender_id)
        self._directory.put_sender(kept, revision)
        return kept
