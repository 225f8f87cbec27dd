"""Sub-clients as the owner of an account handles them: made, changed, paid, blocked, deleted.

A sub-client is an account that points: to its own or its owner's purse, tariff, sender names, contacts and limits
(decisions.md 7). What the owner says of it is kept as a profile; `_shaped` works into the account what of it must hold
while messages pass, anew at each change, so nothing is half in force. Money moves between purses only here, as two
lines of the ledger in one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from heliograph.backoffice.accounts import Accounts, Write, check_login
from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.backoffice.senders import is_sender
from heliograph.backoffice.verbs import NotPossible
from heliograph.core.directory import Directory
from heliograph.core.passwords import Check, Passwords, hash_password
from heliograph.core.purses import Purses
from heliograph.model.account import (
    HANDLER,
    NO_INCOMING,
    Account,
    Credential,
    CredentialKind,
    Endpoint,
    Sender,
    SenderState,
    Settings,
)
from heliograph.model.limits import Limits
from heliograph.model.money import Entry, Micro, Purse
from heliograph.model.subclient import UNSAID, Flag, Kind, Profile, Said
from heliograph.ports import Clock, DirectoryChange

Done = TypeVar("Done")

LONGEST_SYSTEM_ID: Final = 15
"""A login that is longer cannot be a system_id as well."""

BETWEEN: Final = "subclients"
"""The ledger's account that transfers between purses pass through; what it holds is always nothing."""

SMPP_DOOR: Final = "smpp"
ONE_BY_ONE, NOT_MASS = 1, 100
"""Most recipients of a request without mailings, and without mass mailings (a hundred are none, decisions.md 5)."""


class NoSuchSubclient(NothingFound):
    """The account has no sub-client of that login or id."""


class SharedBalance(NotSaved):
    """It has no balance of its own to move money to."""


class NotEnough(NotSaved):
    """The balance does not reach."""


Change = Callable[[Said], Said]


@dataclass(frozen=True, slots=True)
class Plans:
    """What the plans 1 to 9 stand for: names of tariffs, in their order; and the zone of accounts without one."""

    tariffs: tuple[str, ...]
    zone: str


class Subclients:
    """The sub-clients of all accounts. Every method raises `StoreFailure` when the store cannot."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        directory: Directory,
        purses: Purses,
        passwords: Passwords | None,
        clock: Clock,
        write: Write,
        plans: Plans,
    ) -> None:
        self._accounts = accounts
        self._directory = directory
        self._purses = purses
        self._passwords = passwords
        self._clock = clock
        self._write = write
        self._plans = plans

    # -- who is who ------------------------------------------------------------------------------------------------

    def owner(self, account: Account) -> Account:
        """The account whose sub-clients a caller handles: himself, or whom he is an additional login of."""
        if account.profile is not None and account.profile.kind is Kind.ADDITIONAL_LOGIN:
            return self._directory.account(account.parent) or account
        return account

    def owner_of(self, account: Account) -> Account:
        """Whose sub-client it is. Raises `NoSuchSubclient` if it is none."""
        owner = self._directory.account(account.parent)
        if owner is None or account.profile is None:
            raise NoSuchSubclient
        return owner

    def of(self, owner: Account, login: str = "", subclient_id: int = 0) -> Account:
        """A sub-client by login, else by id. Raises `NoSuchSubclient`, also for another account's."""
        account = self._directory.by_login(login) if login else self._directory.account(subclient_id)
        if account is None or account.parent != owner.id or account.profile is None:
            raise NoSuchSubclient
        return account

    def all_of(self, owner: Account) -> tuple[Account, ...]:
        """In order of id, deleted ones, too."""
        return self._directory.subclients(owner.id)

    # -- making and changing ---------------------------------------------------------------------------------------

    async def add(self, owner: Account, login: str, password: str, currency: str, change: Change, author: str) -> int:
        """A new sub-client; its id. `currency` "" is the owner's. Raises `NotSaved`: a login that is taken or none, a
        plan there is not, an owner that may have none."""
        if owner.parent:
            raise NotSaved
        hashes = await asyncio.to_thread(hash_password, password)
        now = self._clock.now()
        said = change(Said())
        currency = currency or self._purses.currency(owner.purse)

        def rows(account_id: int, purse_id: int) -> Sequence[DirectoryChange]:
            profile = said.profile
            blank = Account(account_id, login, 0, "", account_id, account_id, parent=owner.id, created_at=now)
            account = self._shaped(blank, said, owner, (purse_id, 0))
            made: list[DirectoryChange] = [
                account,
                Credential(0, account_id, CredentialKind.PASSWORD, hashes, created_at=now),
                *self._names(account, profile, owner),
                *self._handler(account, said),
                *self._smpp(account, hashes),
            ]
            if profile.kind.has_purse:
                made.insert(1, Purse(purse_id, account_id, currency, 0))
            return made

        return await _saved(self._accounts.enrol(_login(login), rows, author=author))

    async def change(
        self, owner: Account, account: Account, change: Change, author: str, *, login: str = "", password: str = ""
    ) -> None:
        """Put what `change` makes of it in its place; `login` and `password` are new ones, "" = as they are.

        Raises `NotSaved` as `add`.
        """
        hashes = await asyncio.to_thread(hash_password, password) if password else ""
        own = self._purses.of_account(account.id)
        login = _login(login) if login else account.login
        if login != account.login and self._directory.by_login(login) is not None:
            raise NotSaved

        def rows(purse_id: int) -> Sequence[DirectoryChange]:
            before = self._directory.account(account.id) or account
            said = change(self.said(before))
            profile = said.profile
            shaped = self._shaped(replace(before, login=login), said, owner, (*own, 0) if own else (purse_id, 0))
            made: list[DirectoryChange] = [shaped]
            if profile.kind.has_purse and not own:
                made.append(Purse(purse_id, account.id, self._purses.currency(owner.purse), 0))
            current = self._password_of(account)
            kept = hashes or (current.digest if current is not None else "")
            if hashes:
                old = current.id if current is not None else 0
                made.append(Credential(old, account.id, CredentialKind.PASSWORD, hashes, created_at=self._clock.now()))
            return [
                *made,
                *self._names(shaped, profile, owner),
                *self._handler(shaped, said),
                *self._smpp(shaped, kept),
            ]

        await _saved(self._accounts.amend(rows, author=author))

    async def delete(self, owner: Account, account: Account, author: str) -> None:
        """It may do nothing any more, for ever; its messages, its money and its login stay as they are."""

        def deleted(said: Said) -> Said:
            profile = said.profile
            return replace(said, profile=replace(profile, deleted_at=profile.deleted_at or self._clock.now()))

        await self.change(owner, account, deleted, author)

    async def is_password(self, account: Account, presented: str) -> bool:
        """Whether this is its password, blocked or not. Raises `NotSaved` if that cannot be found out now."""
        current = self._password_of(account)
        if self._passwords is None or current is None:
            raise NotSaved
        checked: asyncio.Future[Check] = asyncio.get_running_loop().create_future()

        def done(check: Check) -> None:
            if not checked.done():
                checked.set_result(check)

        self._passwords.check_against([current], presented, done, hashed_forms=False)
        check = await checked
        if check is Check.BUSY:
            raise NotSaved
        return check is Check.RIGHT

    def said(self, account: Account) -> Said:
        """What was said of a sub-client so far."""
        handler = self._directory.handler_of(account.id)
        address = (handler.url, handler.secret) if handler is not None else ("", "")
        return Said(account.profile or UNSAID, account.limits, account.settings.zone, address)

    def _password_of(self, account: Account) -> Credential | None:
        rows = (row for row in self._directory.credentials(account.id) if row.kind is CredentialKind.PASSWORD)
        return next(rows, None)

    # -- money -----------------------------------------------------------------------------------------------------

    async def pay(self, owner: Account, account: Account, amount: Micro, author: str, *, second: bool) -> None:
        """Move money from the owner's purse to the sub-client's, back if negative; `second` = between the second ones.

        Both lines are durable together or not at all. Raises `SharedBalance`, `NotEnough`, and `NotSaved` where the
        currencies differ.
        """
        if second:
            theirs, ours = await self._second_purse(owner, account, author), owner.second_purse
        else:
            theirs, ours = account.purse, owner.purse
        if theirs == ours:
            raise SharedBalance
        if self._purses.currency(theirs) != self._purses.currency(ours):
            raise NotSaved
        source, target = (ours, theirs) if amount > 0 else (theirs, ours)
        amount, now, note = abs(amount), self._clock.now(), f"{owner.login} and {account.login}"
        if not self._purses.reserve(source, amount):
            raise NotEnough
        try:
            await self._write(
                [
                    Entry(now, "transfer", source, f"purse:{source}", BETWEEN, amount, 1, 0, 0, note),
                    Entry(now, "transfer", target, BETWEEN, f"purse:{target}", amount, 1, 0, 0, note),
                ]
            )
        except BaseException:
            self._purses.give_back(source, amount)
            raise
        self._purses.top_up(target, amount)

    async def _second_purse(self, owner: Account, account: Account, author: str) -> int:
        """The second purse of a sub-client, made when money first comes to it."""
        profile = account.profile
        if profile is None or not profile.kind.has_purse:
            raise SharedBalance
        if not owner.second_purse:
            raise NotEnough
        if account.second_purse:
            return account.second_purse
        currency, made = self._purses.currency(owner.second_purse), [0]

        def rows(purse_id: int) -> Sequence[DirectoryChange]:
            made[0] = purse_id
            return [replace(account, second_purse=purse_id), Purse(purse_id, account.id, currency, 0)]

        await self._accounts.amend(rows, author=author)
        return made[0]

    # -- what takes effect -----------------------------------------------------------------------------------------

    def _shaped(self, account: Account, said: Said, owner: Account, own: Sequence[int]) -> Account:
        """The account as it must be for what was said; `own` are its own main and second purse. What an operator set
        for it besides stays."""
        profile, kind = said.profile, said.profile.kind
        is_login = kind is Kind.ADDITIONAL_LOGIN
        shares_senders = is_login or profile.has(Flag.OWNERS_SENDERS)
        shares_contacts = is_login or profile.has(Flag.OWNERS_CONTACTS)
        return replace(
            account,
            purse=own[0] if kind.has_purse else owner.purse,
            second_purse=own[1] if kind.has_purse else owner.second_purse,
            tariff=self._tariff(profile.plan, owner) if kind.has_tariff else "",
            senders_of=(owner.senders_of or owner.id) if shares_senders else account.id,
            contacts_of=(owner.contacts_of or owner.id) if shares_contacts else account.id,
            limits_of=(owner.limits_of or owner.id) if is_login else account.id,
            settings=self._settings(account.settings, said, owner),
            limits=self._limits(said),
            profile=profile,
        )

    def _settings(self, settings: Settings, said: Said, owner: Account) -> Settings:
        profile = said.profile
        closed = [door for door in settings.closed_doors if door != SMPP_DOOR]
        if not profile.has(Flag.SMPP):
            closed.append(SMPP_DOOR)
        return replace(
            settings,
            active=not profile.has(Flag.BLOCKED) and not profile.deleted_at,
            test_mode=profile.has(Flag.TEST_MODE),
            zone=said.zone or owner.settings.zone or self._plans.zone,
            language=settings.language or owner.settings.language,
            closed_doors=tuple(closed),
            default_sender=profile.sender,
        )

    def _limits(self, said: Said) -> Limits:
        profile = said.profile
        most = ONE_BY_ONE if profile.has(Flag.NO_MAILINGS) else NOT_MASS if profile.has(Flag.NO_MASS_MAILINGS) else 0
        return replace(
            said.limits,
            refused_outside=profile.has(Flag.REFUSED_OUTSIDE_HOURS),
            subscribers_hours=profile.has(Flag.SUBSCRIBERS_HOURS),
            most_recipients=most,
            least_tariff="" if profile.least_plan < 0 else self._plan(profile.least_plan),
        )

    def _tariff(self, plan: int, owner: Account) -> str:
        return self._directory.tariff(owner) if plan < 0 else self._plan(plan)

    def _plan(self, plan: int) -> str:
        """Raises `NotPossible` for a plan that does not exist here."""
        if plan >= len(self._plans.tariffs) or self._plans.tariffs[plan] not in self._directory.tariffs:
            raise NotPossible(f"there is no plan {plan + 1}")
        return self._plans.tariffs[plan]

    def _names(self, account: Account, profile: Profile, owner: Account) -> list[DirectoryChange]:
        """The sender names asked for that it has not: one of its owner's is granted, another waits for moderation."""
        rows: list[DirectoryChange] = []
        for name in dict.fromkeys((profile.sender, profile.second_sender)):
            if name and not self._directory.may_send_as(account, name) and not self._directory.has_name(account, name):
                if not is_sender(name):
                    raise NotPossible(f"{name!r} is no sender")
                granted = self._directory.may_send_as(owner, name)
                state = SenderState.ACTIVE if granted else SenderState.WAITING
                rows.append(Sender(0, account.id, name, state, created_at=self._clock.now()))
        return rows

    def _handler(self, account: Account, said: Said) -> list[DirectoryChange]:
        """The address that is called, with the events that are switched on."""
        known = self._directory.handler_of(account.id)
        url, signing = said.handler
        profile = said.profile
        events = tuple(
            event
            for event, flag in (("status", Flag.PUSH_STATUSES), ("incoming", Flag.PUSH_INCOMING))
            if profile.has(flag)
        )
        if not url and known is None:
            return []
        old = known.id if known is not None else 0
        endpoint = Endpoint(old, account.id, url, signing, HANDLER, events, active=bool(url and events))
        return [] if endpoint == known else [endpoint]

    def _smpp(self, account: Account, hashes: str) -> list[DirectoryChange]:
        """The credential to bind with: login and password are system_id and password, where they can be."""
        profile = account.profile
        if profile is None or not profile.has(Flag.SMPP) or len(account.login) > LONGEST_SYSTEM_ID:
            return []
        known = next((row for row in self._directory.system_ids(account.id)), None)
        taken = self._directory.by_system_id(account.login)
        if taken is not None and taken.account_id != account.id:
            raise NotPossible(f"the system_id {account.login!r} is taken")
        scope = "smsc" if profile.has(Flag.INCOMING_BY_SMPP) else f"smsc {NO_INCOMING}"
        row = Credential(
            known.id if known is not None else 0,
            account.id,
            CredentialKind.SMPP,
            hashes,
            account.login,
            scope,
            known.created_at if known is not None else self._clock.now(),
        )
        return [] if row == known else [row]


def _login(login: str) -> str:
    try:
        check_login(login)
    except NotPossible:
        raise NotSaved from None
    return login


async def _saved(work: Awaitable[Done]) -> Done:
    """The result, or `NotSaved` instead of a sentence."""
    try:
        return await work
    except NotPossible:
        raise NotSaved from None
