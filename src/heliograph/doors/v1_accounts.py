"""Tokens and sub-clients by `/v1`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from heliograph.backoffice.accounts import Accounts
from heliograph.backoffice.refusals import NothingFound
from heliograph.backoffice.subclients import NotEnough, Subclients
from heliograph.core.directory import Directory
from heliograph.core.purses import Purses
from heliograph.dialects import native_accounts as calls
from heliograph.dialects.native import wrong
from heliograph.dialects.native_accounts import (
    KINDS,
    AccountBody,
    AccountList,
    AccountView,
    PaymentBody,
    TokenBody,
    TokenList,
    TokenView,
    account_view,
    amount_of,
    token_view,
)
from heliograph.dialects.native_call import NoAnswer, NoBody
from heliograph.dialects.native_views import NoQuery
from heliograph.doors.v1_work import Asked, Bound, bound, must_be_free, nothing
from heliograph.model.account import Account, Credential, CredentialKind
from heliograph.model.refusal import Reason
from heliograph.model.subclient import Flag, Said

MOST_TOKENS = 100


class AccountWorks:
    """The works of the calls about tokens and sub-clients."""

    def __init__(self, *, accounts: Accounts, subclients: Subclients, directory: Directory, purses: Purses) -> None:
        self._accounts = accounts
        self._subclients = subclients
        self._directory = directory
        self._purses = purses

    def works(self) -> Iterable[Bound]:
        """Each call with its work."""
        yield bound(calls.TOKENS, self._tokens)
        yield bound(calls.ADD_TOKEN, self._add_token)
        yield bound(calls.REMOVE_TOKEN, self._remove_token)
        yield bound(calls.ACCOUNTS, self._all)
        yield bound(calls.ADD_ACCOUNT, self._add)
        yield bound(calls.ACCOUNT, self._one)
        yield bound(calls.BLOCK, self._block)
        yield bound(calls.UNBLOCK, self._unblock)
        yield bound(calls.PAY, self._pay)
        yield bound(calls.REMOVE_ACCOUNT, self._remove)
        yield bound(calls.ADD_ACCOUNT_TOKEN, self._add_their_token)

    # -- tokens ----------------------------------------------------------------------------------------------------

    def _tokens(self, asked: Asked[NoBody, NoQuery]) -> TokenList:
        return TokenList([token_view(one) for one in self._of(asked.account)])

    async def _add_token(self, asked: Asked[TokenBody, NoQuery]) -> TokenView:
        must_be_free(asked.account)
        return await self._made(asked.account, asked.body, asked.account.login)

    async def _add_their_token(self, asked: Asked[TokenBody, NoQuery]) -> TokenView:
        return await self._made(self._subclient(asked.account, asked.number), asked.body, asked.account.login)

    async def _made(self, account: Account, body: TokenBody, author: str) -> TokenView:
        if len(self._of(account)) >= MOST_TOKENS:
            raise wrong(Reason.TOO_MANY_ITEMS, f"An account has at most {MOST_TOKENS} tokens.")
        clear = await self._accounts.add_token(account.login, scope=body.scope, label=body.name, author=author)
        made = self._directory.credential(CredentialKind.TOKEN, clear)
        if made is None:
            raise NothingFound
        return token_view(made, clear)

    async def _remove_token(self, asked: Asked[NoBody, NoQuery]) -> NoAnswer:
        must_be_free(asked.account)
        if not any(one.id == asked.number for one in self._of(asked.account)):
            raise NothingFound
        await self._accounts.revoke(asked.account.login, asked.number, author=asked.account.login)
        return nothing()

    def _of(self, account: Account) -> list[Credential]:
        credentials = self._directory.credentials(account.id)
        return [one for one in credentials if one.kind is CredentialKind.TOKEN]

    # -- sub-clients -----------------------------------------------------------------------------------------------

    def _all(self, asked: Asked[NoBody, NoQuery]) -> AccountList:
        owner = self._subclients.owner(asked.account)
        return AccountList([self._shown(one) for one in self._subclients.all_of(owner) if one.profile is not None])

    async def _add(self, asked: Asked[AccountBody, NoQuery]) -> AccountView:
        body, owner = asked.body, self._subclients.owner(asked.account)
        wanted = {Flag.OWNERS_SENDERS: body.owners_senders, Flag.OWNERS_CONTACTS: body.owners_contacts}
        flags = tuple(flag for flag, is_set in wanted.items() if is_set)

        def change(said: Said) -> Said:
            return replace(said, profile=replace(said.profile, kind=KINDS[body.kind], flags=flags))

        made = await self._subclients.add(owner, body.login, body.password, "", change, asked.account.login)
        return self._shown(self._subclients.of(owner, subclient_id=made))

    def _one(self, asked: Asked[NoBody, NoQuery]) -> AccountView:
        return self._shown(self._subclient(asked.account, asked.number))

    async def _block(self, asked: Asked[NoBody, NoQuery]) -> AccountView:
        return await self._let(asked, is_blocked=True)

    async def _unblock(self, asked: Asked[NoBody, NoQuery]) -> AccountView:
        return await self._let(asked, is_blocked=False)

    async def _let(self, asked: Asked[NoBody, NoQuery], *, is_blocked: bool) -> AccountView:
        def change(said: Said) -> Said:
            kept = {*said.profile.flags} - {Flag.BLOCKED} | ({Flag.BLOCKED} if is_blocked else set())
            return replace(said, profile=replace(said.profile, flags=tuple(flag for flag in Flag if flag in kept)))

        account, owner = self._subclient(asked.account, asked.number), self._subclients.owner(asked.account)
        await self._subclients.change(owner, account, change, asked.account.login)
        return self._one(asked)

    async def _pay(self, asked: Asked[PaymentBody, NoQuery]) -> AccountView:
        account, owner = self._subclient(asked.account, asked.number), self._subclients.owner(asked.account)
        try:
            await self._subclients.pay(owner, account, amount_of(asked.body), asked.account.login, second=False)
        except NotEnough:
            raise wrong(Reason.NO_MONEY) from None
        return self._shown(self._subclient(asked.account, asked.number))

    async def _remove(self, asked: Asked[NoBody, NoQuery]) -> NoAnswer:
        account = self._subclient(asked.account, asked.number)
        await self._subclients.delete(self._subclients.owner(asked.account), account, asked.account.login)
        return nothing()

    def _subclient(self, account: Account, number: int) -> Account:
        """The sub-client of an id. Raises `NothingFound`."""
        return self._subclients.of(self._subclients.owner(account), subclient_id=number)

    def _shown(self, account: Account) -> AccountView:
        return account_view(account, self._purses.balance(account.purse), self._purses.currency(account.purse))
