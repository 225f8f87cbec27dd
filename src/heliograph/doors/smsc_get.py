"""SMSC's `get.php`: what an account sent, received, spent, and what it would pay (smsc-directory.md 6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from heliograph.backoffice.history import History
from heliograph.backoffice.refusals import NothingFound
from heliograph.core.directory import Directory
from heliograph.core.price_list import zones
from heliograph.core.purses import Purses
from heliograph.dialects.smsc_answer import LIMIT, Answer
from heliograph.dialects.smsc_command import command_of
from heliograph.dialects.smsc_get import (
    COMMANDS,
    EFFECTIVE,
    price_answer,
    read_period,
    read_received,
    read_sent,
    received_answer,
    sent_answer,
    stat_answer,
)
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.dialects.smsc_status import View
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows, same
from heliograph.doors.smsc_zone import offset_of
from heliograph.ports import Clock


class Get:
    """The script `get`."""

    def __init__(
        self, *, history: History, directory: Directory, purses: Purses, clock: Clock, settings: SmscSettings
    ) -> None:
        self._history = history
        self._directory = directory
        self._purses = purses
        self._clock = clock
        self._settings = settings
        self._same = Windows(settings.same_data)
        self.limits = {"same": self._same}
        self._answers: dict[str, Callable[[Call], Awaitable[Answer]]] = {
            "get_messages": self._sent,
            "get_answers": self._received,
            "get_stat": self._sums,
            "get_price": self._prices,
        }

    async def answer(self, call: Call) -> Answer:
        """The answer to a command; a fourth identical request within a minute is error 9."""
        command = command_of(call.request, COMMANDS)
        if not self._same.hit(same(call.account.id, "get", call.request, EFFECTIVE), self._clock.monotonic()):
            raise WrongRequest(LIMIT)
        if command not in self._answers:
            raise NothingFound
        return await self._answers[command](call)

    async def _sent(self, call: Call) -> Answer:
        now, offset_s = self._now(call)
        search = read_sent(call.request, call.account.id, now, offset_s, self._settings.corrections)
        search = replace(search, since=max(search.since, call.account.shown_since(now)))
        language = call.account.settings.language or self._settings.language
        view = View(offset_s, language, call.account.second_purse, self._directory.operator)
        return sent_answer(call.style, await self._history.sent(search), view)

    async def _received(self, call: Call) -> Answer:
        now, offset_s = self._now(call)
        search = read_received(call.request, call.account.id, now, self._settings.corrections)
        return received_answer(call.style, await self._history.received(search), offset_s)

    async def _sums(self, call: Call) -> Answer:
        now, offset_s = self._now(call)
        since, until = read_period(call.request, now, offset_s)
        account = call.account
        purse = account.second_purse if call.request.flag("balance2") else account.purse
        if not purse:
            raise NothingFound
        found = await self._history.summed(account.id, purse, since, until)
        currency = self._purses.currency(purse)
        return stat_answer(call.style, [(account.login, found.messages, found.paid_in, found.spent, currency)])

    async def _prices(self, call: Call) -> Answer:
        directory, account = self._directory, call.account
        found = zones(directory.tariffs.lines, directory.tariff(account), directory.limits(account).least_tariff)
        if not found:
            raise NothingFound
        return price_answer(call.style, found)

    def _now(self, call: Call) -> tuple[int, Callable[[int], int]]:
        now = self._clock.now()
        return now, offset_of(call.account, self._settings, now)
