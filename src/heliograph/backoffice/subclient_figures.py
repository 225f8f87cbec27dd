"""What sub-clients sent, got and spent: statistics by day or in all, for their owner.

Sums come from the store, off the loop; here is whose they are. What was spent are the prices of messages less what was
given back, by the day a message was accepted, and rents of numbers; what was got is what came into a purse of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from heliograph.core.purses import Purses
from heliograph.core.zones import offset_s
from heliograph.model.account import Account
from heliograph.model.money import Micro
from heliograph.ports import Clock
from heliograph.ports.subclients import SubclientStore

DAY_MS: Final = 86_400_000


class Figures(NamedTuple):
    """One sub-client's, of one day (since the epoch, in the zone asked for) or, with `day` None, in all."""

    account: Account
    day: int | None
    messages: int
    got: Micro
    spent: Micro
    currency: str


@dataclass(slots=True)
class _Sum:
    messages: int = 0
    got: Micro = 0
    spent: Micro = 0


class SubclientFigures:
    """Adds up. Raises `StoreFailure`."""

    def __init__(self, store: SubclientStore, purses: Purses, clock: Clock) -> None:
        self._store = store
        self._purses = purses
        self._clock = clock

    async def in_all(
        self, accounts: Sequence[Account], zone: str, first: int, last: int | None, *, second: bool = False
    ) -> list[Figures]:
        """One for each account, in their order, from the day `first` to the end of `last` (None = until now).

        `second` asks for the second purses.
        """
        daily = await self.daily(accounts, zone, first, last, second=second)
        sums: defaultdict[int, _Sum] = defaultdict(_Sum)
        for row in daily:
            of = sums[row.account.id]
            of.messages += row.messages
            of.got += row.got
            of.spent += row.spent
        return [self._figures(account, None, sums[account.id], second) for account in accounts]

    async def daily(
        self, accounts: Sequence[Account], zone: str, first: int, last: int | None, *, second: bool = False
    ) -> list[Figures]:
        """The same for each day on which something happened, in order of day, then of account."""
        offset = offset_s(zone, self._clock.now())
        since = first * DAY_MS - offset * 1000
        until = self._clock.now() + 1 if last is None else (last + 1) * DAY_MS - offset * 1000
        purses = {account.id: account.second_purse if second else account.purse for account in accounts}
        own = {purse: account_id for account_id, purse in purses.items() if self._is_own(account_id, purse)}
        sums: defaultdict[tuple[int, int], _Sum] = defaultdict(_Sum)
        for spent in await self._store.spent(list(purses), sorted(set(purses.values())), since, until, offset):
            of = sums[spent.day, spent.account_id]
            of.messages, of.spent = spent.messages, spent.amount
        for paid in await self._store.paid_in(sorted(own), since, until, offset):
            of = sums[paid.day, own[paid.purse]]
            of.got, of.spent = paid.amount, of.spent + paid.spent
        by_id = {account.id: account for account in accounts}
        return [self._figures(by_id[account_id], day, of, second) for (day, account_id), of in sorted(sums.items())]

    def _is_own(self, account_id: int, purse: int) -> bool:
        return purse in self._purses.of_account(account_id)

    def _figures(self, account: Account, day: int | None, of: _Sum, second: bool) -> Figures:
        currency = self._purses.currency(account.second_purse if second else account.purse)
        return Figures(account, day, of.messages, of.got, of.spent, currency)
