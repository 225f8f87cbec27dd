"""Numbers for an account's own incoming messages: offered by the operator, rented by the month (smsc-directory.md 9).

A rented number is a sender name of the account's, so the directory knows whose messages to it are. The row is written
before the money is taken: what a crash leaves unpaid is paid, or given up, by the next look at the months.
"""

from __future__ import annotations

import asyncio
import calendar
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Final

from msgspec import Meta

from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.backoffice.senders import Senders
from heliograph.core.directory import Directory
from heliograph.core.purses import Purses
from heliograph.model.account import Account
from heliograph.model.money import Entry, Micro, parse_amount
from heliograph.model.rents import RentedNumber
from heliograph.model.rows import Row
from heliograph.ports import Clock, Store

AUTHOR: Final = "rent"
Write = Callable[[Sequence[Row]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class OfferedNumber:
    """A number of yours that an account may have for itself."""

    number: Annotated[str, Meta(pattern="^[1-9][0-9]{6,14}$"), "The number, digits only."]
    cost: Annotated[
        str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$"), "What a month of it costs, in the currency of the account."
    ]

    @property
    def a_month(self) -> Micro:
        """The price of a month in 10⁻⁶ of the currency."""
        return parse_amount(self.cost)


class Rents:
    """The offer and who took it. `write` makes rows durable."""

    def __init__(
        self,
        *,
        store: Store,
        senders: Senders,
        directory: Directory,
        purses: Purses,
        clock: Clock,
        offered: Sequence[OfferedNumber],
        write: Write,
    ) -> None:
        self._store = store
        self._senders = senders
        self._directory = directory
        self._purses = purses
        self._clock = clock
        self._offered = {one.number: one for one in offered}
        self._write = write
        self._one_at_a_time = asyncio.Lock()

    async def available(self) -> list[OfferedNumber]:
        """Numbers that nobody has. Raises `NothingFound` if there are none."""
        taken = {rent.number for rent in await self._store.rents.all()}
        free = [
            one
            for one in self._offered.values()
            if one.number not in taken and not self._directory.owner_of_number(one.number)
        ]
        if not free:
            raise NothingFound
        return free

    async def of(self, account: Account) -> list[RentedNumber]:
        """The numbers of an account, in order of number; one not paid for yet is not its own yet."""
        return [rent for rent in await self._store.rents.all() if rent.account_id == account.id and rent.until]

    async def rent(self, account: Account, number: str, *, prolong: bool) -> None:
        """Take a number for the rest of the month. Raises `NothingFound`; `NotSaved`: it is taken, or too dear."""
        offer = self._offered.get(number)
        if offer is None:
            raise NothingFound
        async with self._one_at_a_time:
            taken = {rent.number for rent in await self._store.rents.all()}
            if number in taken or self._directory.owner_of_number(number):
                raise NotSaved
            now = self._clock.now()
            price = _rest_of_month(offer.a_month, now)
            if not self._purses.reserve(account.purse, price):
                raise NotSaved
            rent = RentedNumber(number, account.id, 0, prolong)
            try:
                await self._store.rents.save(rent)
                await self._charge(account, number, price, now)
            except BaseException:
                self._purses.give_back(account.purse, price)
                raise
            await self._store.rents.save(replace(rent, until=_next_month(now)))
            await self._senders.allow(account, number, AUTHOR)

    async def set_prolong(self, account: Account, number: str, *, prolong: bool) -> None:
        """Whether the next month is wanted, too. Raises `NothingFound`."""
        async with self._one_at_a_time:
            for rent in await self._store.rents.all():
                if (rent.number, rent.account_id) == (number, account.id):
                    await self._store.rents.save(replace(rent, prolong=prolong))
                    return
        raise NothingFound

    async def look_at_months(self) -> None:
        """Pay what is to go on, take back what is not, or cannot be paid."""
        if not self._offered and not await self._store.rents.all():
            return
        async with self._one_at_a_time:
            now = self._clock.now()
            for rent in await self._store.rents.all():
                if rent.until <= now:
                    await self._next(rent, now)

    async def _next(self, rent: RentedNumber, now: int) -> None:
        account, offer = self._directory.account(rent.account_id), self._offered.get(rent.number)
        if rent.prolong and account is not None and offer is not None and account.settings.active:
            price = _rest_of_month(offer.a_month, now)
            if self._purses.reserve(account.purse, price):
                try:
                    await self._charge(account, rent.number, price, now)
                except BaseException:
                    self._purses.give_back(account.purse, price)
                    raise
                await self._store.rents.save(replace(rent, until=_next_month(now)))
                if self._directory.owner_of_number(rent.number) != account.id:
                    await self._senders.allow(account, rent.number, AUTHOR)
                return
        await self._store.rents.remove(rent.number)
        for sender in self._directory.senders(rent.account_id):
            if sender.name == rent.number:
                await self._senders.remove(sender, AUTHOR)

    async def _charge(self, account: Account, number: str, price: Micro, now: int) -> None:
        if price:
            purse = account.purse
            await self._write([Entry(now, "rent", purse, f"purse:{purse}", "income", price, 1, 0, 0, number)])


def _rest_of_month(a_month: Micro, now: int) -> Micro:
    """The days from today on, of a month that costs so much."""
    today = datetime.fromtimestamp(now / 1000, UTC)
    days = calendar.monthrange(today.year, today.month)[1]
    return a_month * (days - today.day + 1) // days


def _next_month(now: int) -> int:
    """The beginning of the next month (ms)."""
    today = datetime.fromtimestamp(now / 1000, UTC)
    year, month = (today.year + 1, 1) if today.month == 12 else (today.year, today.month + 1)
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * 1000
