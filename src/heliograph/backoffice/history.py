"""Looking back, for the account whose past it is: messages it sent, answers it got, what it spent.

What may be a long look is taken off the loop and gives ids; rows are read in small lists with room between them, so
that nobody waits for somebody else's history.
"""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple

from heliograph.backoffice.refusals import NothingFound
from heliograph.model.history import IncomingSearch, SentSearch
from heliograph.model.message import Message
from heliograph.model.money import Micro
from heliograph.model.receipt import Incoming
from heliograph.ports import Store

AT_ONCE: Final = 100
"""Rows of one look in the loop: some 5 ms; between two of them others have their turn."""


class Sum(NamedTuple):
    """What an account did in some time: messages, money paid in, money spent."""

    messages: int
    paid_in: Micro
    spent: Micro


class History:
    """The past of all accounts. Raises `NothingFound` rather than giving nothing, and `StoreFailure`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def sent(self, search: SentSearch) -> list[Message]:
        """Messages, newest first, without attempts."""
        ids = await self._store.history.sent(search)
        found: list[Message] = []
        for start in range(0, len(ids), AT_ONCE):
            found += await self._store.messages(ids[start : start + AT_ONCE], search.account_id)
            await asyncio.sleep(0)
        if not found:
            raise NothingFound
        return sorted(found, key=lambda message: message.id, reverse=True)

    async def received(self, search: IncomingSearch) -> list[Incoming]:
        """Incoming messages, newest first."""
        ids = await self._store.history.received(search)
        found: list[Incoming] = []
        for start in range(0, len(ids), AT_ONCE):
            found += await self._store.history.incoming(ids[start : start + AT_ONCE])
            await asyncio.sleep(0)
        if not found:
            raise NothingFound
        return found

    async def summed(self, account_id: int, purse: int, since: int, until: int) -> Sum:
        """What was sent, paid in and spent from `since` to before `until` (ms), from and into one purse."""
        spent = await self._store.subclients.spent([account_id], [purse], since, until, 0)
        paid_in = await self._store.subclients.paid_in([purse], since, until, 0)
        if not spent and not paid_in:
            raise NothingFound
        count = sum(day.messages for day in spent)
        amount = sum(day.amount for day in spent) + sum(day.spent for day in paid_in)
        return Sum(count, sum(day.amount for day in paid_in), amount)
