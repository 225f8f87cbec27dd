"""The operator's verbs about sub-clients: whose they are, what they have and spent, money between them and owners."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from heliograph.backoffice.accounts import Accounts
from heliograph.backoffice.days import day_of, shown_day
from heliograph.backoffice.refusals import NotSaved
from heliograph.backoffice.subclient_figures import SubclientFigures
from heliograph.backoffice.subclients import NoSuchSubclient, NotEnough, SharedBalance, Subclients
from heliograph.backoffice.verbs import (
    NotPossible,
    SubclientAdd,
    SubclientBlock,
    SubclientList,
    SubclientPay,
    SubclientShow,
    SubclientStats,
    Verb,
)
from heliograph.core.purses import Purses
from heliograph.model.account import Account
from heliograph.model.money import NotMoney, parse_amount, show_balance
from heliograph.model.subclient import Flag, Kind, Said

DECIMALS: Final = 6
SHORTEST_PASSWORD: Final = 8


class SubclientDesk:
    """Carries the verbs out. `author` names who asked."""

    verbs: Final[tuple[type[Verb], ...]] = (
        SubclientAdd,
        SubclientBlock,
        SubclientList,
        SubclientPay,
        SubclientShow,
        SubclientStats,
    )

    def __init__(
        self, *, subclients: Subclients, figures: SubclientFigures, accounts: Accounts, purses: Purses
    ) -> None:
        self._subclients = subclients
        self._figures = figures
        self._accounts = accounts
        self._purses = purses

    async def do(self, verb: Verb, author: str) -> object:
        """Carry out and answer. Raises `NotPossible` with a sentence, `StoreFailure`."""
        match verb:
            case SubclientList():
                owner = self._accounts.of(verb.owner)
                return [self._short(account) for account in self._subclients.all_of(owner)]
            case SubclientShow():
                return self._long(self._of(verb.owner, verb.login))
            case SubclientAdd():
                return await self._add(verb, author)
            case SubclientPay():
                return await self._pay(verb, author)
            case SubclientBlock():
                return await self._block(verb, author)
            case SubclientStats():
                return await self._stats(verb)
            case _:
                raise NotPossible("this is no verb about sub-clients")

    def _of(self, owner: str, login: str) -> Account:
        try:
            return self._subclients.of(self._accounts.of(owner), login)
        except NoSuchSubclient:
            raise NotPossible(f"{owner!r} has no sub-client {login!r}") from None

    async def _add(self, verb: SubclientAdd, author: str) -> object:
        owner = self._accounts.of(verb.owner)
        if len(verb.password) < SHORTEST_PASSWORD:
            raise NotPossible(f"a password has at least {SHORTEST_PASSWORD} characters")
        flags = (Flag.OWNERS_SENDERS,) if verb.owners_senders else ()

        def change(said: Said) -> Said:
            return replace(said, profile=replace(said.profile, kind=Kind(verb.kind), flags=flags))

        try:
            await self._subclients.add(owner, verb.login, verb.password, verb.currency, change, author)
        except NotSaved:
            raise NotPossible(
                f"{verb.login!r} cannot be made: the login is taken or none, or {verb.owner!r} is a sub-client itself"
            ) from None
        return self._short(self._of(verb.owner, verb.login))

    async def _pay(self, verb: SubclientPay, author: str) -> object:
        account = self._of(verb.owner, verb.login)
        try:
            amount = parse_amount(verb.amount)
        except NotMoney:
            raise NotPossible(f"{verb.amount!r} is no amount") from None
        if not amount:
            raise NotPossible("an amount is not nothing")
        try:
            await self._subclients.pay(self._accounts.of(verb.owner), account, amount, author, second=False)
        except SharedBalance:
            raise NotPossible(f"{verb.login!r} pays from the balance of {verb.owner!r}") from None
        except NotEnough:
            raise NotPossible("the balance does not reach") from None
        except NotSaved:
            raise NotPossible("the balances have different currencies") from None
        return self._short(account)

    async def _block(self, verb: SubclientBlock, author: str) -> object:
        account = self._of(verb.owner, verb.login)

        def change(said: Said) -> Said:
            kept = {*said.profile.flags} - {Flag.BLOCKED} | ({Flag.BLOCKED} if verb.blocked else set())
            return replace(said, profile=replace(said.profile, flags=tuple(flag for flag in Flag if flag in kept)))

        await self._subclients.change(self._accounts.of(verb.owner), account, change, author)
        return self._short(self._of(verb.owner, verb.login))

    async def _stats(self, verb: SubclientStats) -> object:
        owner = self._accounts.of(verb.owner)
        first, last = day_of(verb.first), day_of(verb.last) if verb.last else None
        accounts = list(self._subclients.all_of(owner))
        zone = owner.settings.zone or "UTC"
        rows = await (self._figures.daily if verb.daily else self._figures.in_all)(accounts, zone, first, last)
        return [
            {
                **({} if row.day is None else {"day": shown_day(row.day)}),
                "login": row.account.login,
                "messages": row.messages,
                "got": show_balance(row.got, DECIMALS),
                "spent": show_balance(row.spent, DECIMALS),
                "currency": row.currency,
            }
            for row in rows
        ]

    def _short(self, account: Account) -> dict[str, object]:
        profile = account.profile
        assert profile is not None
        return {
            "id": account.id,
            "login": account.login,
            "type": int(profile.kind),
            "balance": show_balance(self._purses.balance(account.purse), DECIMALS),
            "currency": self._purses.currency(account.purse),
            "blocked": profile.has(Flag.BLOCKED),
            "deleted": profile.deleted_at > 0,
        }

    def _long(self, account: Account) -> dict[str, object]:
        profile, limits = account.profile, account.limits
        assert profile is not None
        made = datetime.fromtimestamp(account.created_at / 1000, UTC)
        return {
            **self._short(account),
            "created": f"{made:%Y-%m-%dT%H:%M:%SZ}",
            "person": profile.person,
            "notes": profile.notes,
            "flags": [flag.value for flag in profile.flags],
            "per_day": limits.per_day,
            "per_number": limits.per_number,
            "per_text": limits.per_text,
            "per_address": limits.per_address,
            "prefixes": list(limits.prefixes),
            "hours": list(limits.hours) if limits.hours is not None else None,
        }
