"""Who calls, for the doors whose requests carry a login with a secret: token, password, or API key.

One answer for everybody who may not enter, whatever the reason (B27); an address with too many failures is not
listened to for a while. It knows no tongue: a visitor or a `Reason`, which each dialect has words for.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol

from heliograph.core.directory import Directory
from heliograph.core.limits import FailedLogins
from heliograph.core.passwords import Check, Done
from heliograph.model.account import Account, Credential, CredentialKind
from heliograph.model.refusal import Reason
from heliograph.ports import Clock

_LIVE: Final = "live"


class ChecksPasswords(Protocol):
    """What is needed of the password helper."""

    def check(self, account: Account | None, presented: str, done: Done, *, hashed_forms: bool = True) -> None:
        """Tell `done`, perhaps at once, whether it is the account's password."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody known. `may_send` is False for a secret that may only ask."""

    account: Account
    may_send: bool = True


class Visitors:
    """Lets in, for the door `door`: what `closed_doors` of an account may name."""

    def __init__(
        self, door: str, *, directory: Directory, passwords: ChecksPasswords, clock: Clock, failed: FailedLogins
    ) -> None:
        self._door = door
        self._directory = directory
        self._passwords = passwords
        self._clock = clock
        self._failed = failed

    def by_token(self, login: str, token: str, peer: str, *, in_url: bool = False) -> Visitor | Reason:
        """By a bearer token of the account of this login. `in_url`: it stood in the address of the request."""
        if self._is_blocked(peer):
            return Reason.ADDRESS_BLOCKED
        credential = self._directory.credential(CredentialKind.TOKEN, token)
        account = self._directory.by_login(login)
        if credential is None or account is None or credential.account_id != account.id:
            return self._stranger(peer)
        return self._enter(account, credential, peer, in_url)

    async def by_password(self, login: str, password: str, peer: str, *, in_url: bool = False) -> Visitor | Reason:
        """By the account's password in clear."""
        if self._is_blocked(peer):
            return Reason.ADDRESS_BLOCKED
        account = self._directory.by_login(login)
        check = await self._checked(account, password)
        if check is Check.BUSY:
            return Reason.BUSY
        if check is Check.WRONG or account is None:
            return self._stranger(peer)
        return self._enter(account, None, peer, in_url)

    async def _checked(self, account: Account | None, password: str) -> Check:
        """Mostly it is remembered and known at once."""
        checked: asyncio.Future[Check] = asyncio.get_running_loop().create_future()

        def done(check: Check) -> None:
            if not checked.done():
                checked.set_result(check)

        self._passwords.check(account, password, done, hashed_forms=False)
        return await checked

    def _is_blocked(self, peer: str) -> bool:
        return self._failed.blocked(peer, self._clock.monotonic())

    def _enter(self, account: Account, credential: Credential | None, peer: str, in_url: bool) -> Visitor | Reason:
        settings = account.settings
        if self._directory.is_closed(account) or self._door in settings.closed_doors:
            return self._stranger(peer)
        if in_url and not settings.secrets_in_url:
            return self._stranger(peer)
        if not self._directory.peer_allowed(account, peer):
            return self._stranger(peer)
        return Visitor(account, credential is None or credential.scope == _LIVE)

    def _stranger(self, peer: str) -> Reason:
        self._failed.failed(peer, self._clock.monotonic())
        return Reason.BAD_CREDENTIALS
