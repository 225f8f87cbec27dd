"""Mailings as their owner handles them: made, looked at, stopped, taken up again, forgotten.

What they send is `mailing`'s. A change of state and a batch on its way never cross: each mailing has a lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol
from weakref import WeakValueDictionary

from heliograph.backoffice.recipients import PAGE, Recipients
from heliograph.backoffice.refusals import NothingFound
from heliograph.model.campaign import Campaign, CampaignState, Cursor, Target, Wording
from heliograph.model.message import Message, MessageId, Submission
from heliograph.model.money import Micro
from heliograph.model.refusal import Refused
from heliograph.ports.campaigns import CampaignStore
from heliograph.ports.contacts import ContactStore

_OPEN: Final = (CampaignState.WAITING, CampaignState.RUNNING, CampaignState.PAUSED)
FOREVER: Final = 2**53


class Cancels(Protocol):
    """What is needed of `core.cancel`."""

    async def cancel(
        self, ids: Sequence[MessageId], account_id: int | None, done: Callable[[list[Message]], None]
    ) -> None:
        """End waiting messages; `done` hears which."""


class Locks:
    """One lock for each mailing that somebody is at."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def of(self, campaign_id: int) -> asyncio.Lock:
        """The lock of a mailing."""
        return self._locks.setdefault(campaign_id, asyncio.Lock())


class Campaigns:
    """The mailings of all accounts. Every method raises `StoreFailure` when the store cannot."""

    def __init__(
        self,
        *,
        store: CampaignStore,
        contacts: ContactStore,
        quote: Callable[[list[Submission]], list[Message | Refused]],
        cancel: Cancels,
        locks: Locks,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._contacts = contacts
        self._quote = quote
        self._cancel = cancel
        self._locks = locks
        self._wake = wake

    async def add(self, campaign: Campaign, wordings: Sequence[Wording], targets: Sequence[Target]) -> int:
        """Keep a new mailing, to begin at its time; its id."""
        campaign_id = await self._store.add(campaign, wordings, targets)
        self._wake()
        return campaign_id

    async def cost(self, campaign_id: int) -> Micro:
        """What a whole run would cost now."""
        recipients = Recipients(await self._existing(campaign_id), self._store, self._contacts)
        await recipients.open()
        cost, cursor = 0, Cursor()
        while places := await recipients.after(cursor, PAGE):
            quotes = self._quote([place.submission for place in places])
            cost += sum(quote.price for quote in quotes if isinstance(quote, Message))
            cursor = places[-1].cursor
            await asyncio.sleep(0)
        return cost

    async def of(self, account_id: int, campaign_id: int) -> Campaign:
        """A mailing of an account. Raises `NothingFound`."""
        campaign = await self._store.get(campaign_id)
        if campaign is None or campaign.account_id != account_id:
            raise NothingFound
        return campaign

    async def first_wording(self, campaign_id: int) -> Wording:
        """What it says first. Raises `NothingFound`."""
        wordings = await self._store.wordings(campaign_id)
        if not wordings:
            raise NothingFound
        return wordings[0]

    async def all(self, account_id: int, since: int = 0, until: int = FOREVER) -> list[Campaign]:
        """The mailings of an account made within a time. Raises `NothingFound` rather than giving none."""
        found = await self._store.of_account(account_id, since, until)
        if not found:
            raise NothingFound
        return found

    async def cancel(self, account_id: int, campaign_id: int) -> None:
        """Switch a mailing off: nothing more is sent, and what waits is taken back. Raises `NothingFound`, also for one
        that is over and of which nothing waits."""
        await self.of(account_id, campaign_id)
        async with self._locks.of(campaign_id):
            sources = (*_OPEN, CampaignState.DONE) if await self._store.waiting(campaign_id, 0, 1) else _OPEN
            if not await self._store.move(campaign_id, CampaignState.CANCELLED, sources):
                raise NothingFound
            await self._take_back(account_id, campaign_id)

    async def pause(self, account_id: int, campaign_id: int) -> None:
        """Send nothing more for a while. Raises `NothingFound`, also for one that has nothing to send."""
        await self.of(account_id, campaign_id)
        async with self._locks.of(campaign_id):
            if not await self._store.move(campaign_id, CampaignState.PAUSED, _OPEN[:2]):
                raise NothingFound

    async def resume(self, account_id: int, campaign_id: int) -> None:
        """Go on where it stopped. Raises `NothingFound`, also for one that is not paused."""
        await self.of(account_id, campaign_id)
        if not await self._store.move(campaign_id, CampaignState.WAITING, [CampaignState.PAUSED]):
            raise NothingFound
        self._wake()

    async def remove(self, account_id: int, campaign_id: int) -> None:
        """Forget a mailing; one that is not over is cancelled before. Raises `NothingFound`."""
        campaign = await self.of(account_id, campaign_id)
        if campaign.state in _OPEN:
            await self.cancel(account_id, campaign_id)
        await self._store.remove(campaign_id)

    async def _existing(self, campaign_id: int) -> Campaign:
        campaign = await self._store.get(campaign_id)
        if campaign is None:
            raise NothingFound
        return campaign

    async def _take_back(self, account_id: int, campaign_id: int) -> None:
        after = 0
        while ids := await self._store.waiting(campaign_id, after, PAGE):
            done: asyncio.Future[list[Message]] = asyncio.get_running_loop().create_future()
            await self._cancel.cancel(ids, account_id, done.set_result)
            await done
            after = ids[-1]
