"""SMSC's `balance.php` and `/rest/balance/` (smsc-messages.md 4)."""

from __future__ import annotations

from heliograph.core.purses import Purses
from heliograph.dialects.smsc_answer import LIMIT, Answer
from heliograph.dialects.smsc_balance import balance_answer
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows
from heliograph.ports import Clock


class Balance:
    """The script `balance`."""

    def __init__(self, *, purses: Purses, clock: Clock, settings: SmscSettings) -> None:
        self._purses = purses
        self._clock = clock
        self._within_a_minute = Windows(settings.balances)
        self.limits = {"within_a_minute": self._within_a_minute}

    def answer(self, call: Call) -> Answer:
        """The balance of the account's purse; more than ten requests a minute are error 9."""
        if not self._within_a_minute.hit(str(call.account.id), self._clock.monotonic()):
            raise WrongRequest(LIMIT)
        with_currency = call.request.flag("cur")
        purse = call.account.purse
        balance = self._purses.balance(purse)
        credit = self._purses.spendable(purse) - balance
        return balance_answer(call.style, balance, credit, self._purses.currency(purse), with_currency=with_currency)
