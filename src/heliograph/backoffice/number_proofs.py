"""Proving that an account answers at a number it wants to send as: a code goes there, and comes back.

The code goes out through intake like any message, in the name of an account of the operator's, so the asking customer
finds it in no history of his own. Within eight hours a number gets one code, whoever asks; five wrong ones end it. What
is kept is a digest. A restart forgets nothing.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
from dataclasses import replace
from typing import Final

from heliograph.backoffice.own_messages import OwnMessages
from heliograph.backoffice.senders import Senders
from heliograph.core.directory import Directory, secret_digest
from heliograph.model.account import Account
from heliograph.model.refusal import Accepted, Reason
from heliograph.model.senders import CodeSent
from heliograph.ports import Clock, StoreFailure
from heliograph.ports.senders import SenderStore

WAIT_MS: Final = 8 * 3_600_000
MOST_TRIES: Final = 5
DIGITS: Final = 6

_SITE: Final = re.compile(r"[\w.-]{1,60}")
_CODE: Final = re.compile(r"\d{1,12}", re.ASCII)


class CannotDeliver(Exception):
    """The code cannot be sent to the number."""


class SentAlready(Exception):
    """The number got a code within the last eight hours."""


class WrongCode(Exception):
    """It is not the code, or the code is worth nothing any more."""


class NumberProofs:
    """`login` is the account that sends the codes, "" = nobody does."""

    def __init__(
        self,
        *,
        senders: Senders,
        store: SenderStore,
        directory: Directory,
        clock: Clock,
        messages: OwnMessages,
        secret: bytes,
        login: str,
    ) -> None:
        self._senders = senders
        self._store = store
        self._directory = directory
        self._clock = clock
        self._messages = messages
        self._secret = secret
        self._login = login
        self._one_at_a_time = asyncio.Lock()

    @staticmethod
    def is_site(name: str) -> bool:
        """Whether a site may be named in the message: a host name, so that nobody writes a text of his own."""
        return _SITE.fullmatch(name) is not None

    async def send_code(self, account: Account, number: str, site: str) -> None:
        """Send a code to `number`, an MSISDN. Raises `SentAlready`, `CannotDeliver`, `StoreFailure`."""
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        async with self._one_at_a_time:
            now = self._clock.now()
            known = await self._store.code(number)
            if known is not None and now - known.sent_at < WAIT_MS:
                raise SentAlready
            # Kept first: a code that is on its way must be known, and a number is not to be flooded after a crash.
            await self._store.save_code(CodeSent(number, account.id, self._digest(number, code), now), now - WAIT_MS)
            try:
                await self._send(number, f"{site}: code {code}" if site else f"Code {code}")
            except BaseException:
                await self._store.remove_code(number)
                raise

    async def check_code(self, account: Account, number: str, code: str) -> None:
        """The account may send as `number` from now on. Raises `WrongCode`, `NotSaved`, `StoreFailure`."""
        async with self._one_at_a_time:
            known = await self._store.code(number)
            if known is None or known.account_id != account.id or known.tries >= MOST_TRIES:
                raise WrongCode
            if not known.digest or self._clock.now() - known.sent_at >= WAIT_MS:
                raise WrongCode
            if _CODE.fullmatch(code) is None or not hmac.compare_digest(known.digest, self._digest(number, code)):
                await self._store.save_code(replace(known, tries=known.tries + 1), 0)
                raise WrongCode
            await self._senders.proved(account, number)
            await self._store.save_code(replace(known, digest=""), 0)  # the eight hours go on

    def _digest(self, number: str, code: str) -> str:
        return secret_digest(self._secret, f"sender code {number} {code}")

    async def _send(self, number: str, text: str) -> None:
        payer = self._directory.by_login(self._login) if self._login else None
        if payer is None:
            raise CannotDeliver
        answer = await self._messages.send(payer, number, text, validity_s=WAIT_MS // 1000)
        if not isinstance(answer, Accepted):
            if answer.reason is Reason.BUSY:
                raise StoreFailure("the code was not taken")
            raise CannotDeliver
