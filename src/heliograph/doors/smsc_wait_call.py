"""SMSC's `wait_call.php` and `/rest/wait_call/` (smsc-directory.md 10)."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from heliograph.backoffice.confirmations import Confirmations, NoNumber, TooOften
from heliograph.core.purses import Purses
from heliograph.dialects.smsc_answer import BUSY, FAILED, LIMIT, NOTHING_FOUND, Answer
from heliograph.dialects.smsc_command import msisdn_of
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.dialects.smsc_wait_call import wait_call_answer
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows
from heliograph.ports import Clock

TOO_MANY_ATTEMPTS: Final = 6
"""Characters of the longest way to write a number."""


class WaitCall:
    """The script `wait_call`. It takes no money, but an account that has none is not served (error 3)."""

    def __init__(self, *, confirmations: Confirmations, purses: Purses, clock: Clock, settings: SmscSettings) -> None:
        self._confirmations = confirmations
        self._purses = purses
        self._clock = clock
        self._settings = settings
        self._within_a_minute = Windows(settings.confirmations)
        self.limits = {"within_a_minute": self._within_a_minute}

    def answer(self, call: Call) -> Awaitable[Answer]:
        """The number that the owner of `phone` is to call."""
        given = call.request.get("phone")
        if not given:
            raise WrongRequest
        phone = msisdn_of(given, self._settings.corrections)
        if not phone:
            raise WrongRequest(FAILED, "wrong number")
        if self._purses.spendable(call.account.purse) <= 0:
            raise WrongRequest(NOTHING_FOUND, "not enough money")
        if not self._within_a_minute.hit(str(call.account.id), self._clock.monotonic()):
            raise WrongRequest(LIMIT, "too many requests")
        return self._ask(call, phone)

    async def _ask(self, call: Call, phone: str) -> Answer:
        try:
            number = await self._confirmations.ask(call.account.id, phone)
        except TooOften:
            raise WrongRequest(TOO_MANY_ATTEMPTS, "daily limit of attempts for this number") from None
        except NoNumber:
            raise WrongRequest(LIMIT, BUSY) from None
        return wait_call_answer(call.style, number, self._settings.confirmation_numbers)
