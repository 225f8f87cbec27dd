"""Mailings as their owner handles them: made, looked at, stopped, taken up again, forgotten.

What they send is `mailing`'s. A change of state and a batch on its way never cross: each mailing has a lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol
from weakref import WeakValueDictionary

from heliograph.backoffice.recipients import PAGE, Recipients
from heliograph.backoffice.refusals import NothingFound
from heliograph.model.campaign import Campaign, CampaignState, Cursor, Target, Wording
from heliograph.model.message import Message, MessageId, Submission
from heliograph.model.money import Micro
from heliograph.model.refusal import Refused
from heliograph.model.rows import Guard
from heliograph.ports.campaigns import CampaignStore
from heliograph.ports.contacts import ContactStore

_OPEN: Final = (CampaignState.WAITING, CampaignState.RUNNING, CampaignState.PAUSED)
FOREVER: Final = 2**53

Find = Callable[[int, MessageId, int], Awaitable[list[MessageId]]]


class Cancels(Protocol):
    """What is needed of `core.cancel`."""

    async def cancel(
        self, ids: Sequence[MessageId], account_id: int | None, done: Callable[[list[Message]], None]
    ) -> None:
        """End waiting messages; `done` hears which."""


class Holds(Protocol):
    """What is needed of `core.pause`."""

    async def hold(self, ids: Sequence[MessageId]) -> None:
        """Let waiting messages be PAUSED."""


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
        shorten: Callable[[list[Submission]], None] | None,
        cancel: Cancels,
        pause: Holds,
        locks: Locks,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._contacts = contacts
        self._quote = quote
        self._shorten = shorten
        self._cancel = cancel
        self._pause = pause
        self._locks = locks
        self._wake = wake

    async def add(
        self,
        campaign: Campaign,
        wordings: Sequence[Wording],
        targets: Sequence[Target],
        again: Wording | None = None,
        guard: Guard | None = None,
    ) -> int:
        """Keep a new mailing, to begin at its time; its id. `again` is said to whom the first text does not reach: the
        same text where it has none, from the same sender where it names none.
        `guard` is the idempotency key it is made with."""
        campaign_id = await self._store.add(campaign, wordings, targets, again, guard)
        self._wake()
        return campaign_id

    async def cost(self, campaign_id: int) -> Micro:
        """What a whole run would cost now."""
        recipients = Recipients(await self._existing(campaign_id), self._store, self._contacts)
        await recipients.open()
        cost, cursor = 0, Cursor()
        while places := await recipients.after(cursor, PAGE):
            if self._shorten is not None:
                self._shorten([place.submission for place in places if place.short_links])
            quotes = self._quote([place.submission for place in places])
            cost += sum(quote.price for quote in quotes if isinstance(quote, Message))
            cursor = places[-1].cursor
            await asyncio.sleep(0)
        return cost

    async def of(self, account_id: int, campaign_id: int) -> Campaign:
        """A mailing of an account. Raises `NothingFound`."""
        campaign = await self._store.get(campaign_id)
        if campaign is None or campaign.account_id != account_id or campaign.parent:
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
        that is over and of which nothing waits. One that was cut off in it is taken up where it stands."""
        campaign = await self.of(account_id, campaign_id)
        is_off = await self._switch_off(account_id, campaign_id)
        if is_off or campaign.state is CampaignState.CANCELLED:
            again = await self._store.again(campaign_id)
            is_off |= again > 0 and await self._switch_off(account_id, again)
        if not is_off:
            raise NothingFound

    async def pause(self, account_id: int, campaign_id: int) -> None:
        """Send nothing more for a while: what waits is held. Raises `NothingFound`, also for one that has nothing to
        send. One that was cut off in it is taken up where it stands."""
        campaign = await self.of(account_id, campaign_id)
        is_held = await self._hold(campaign_id)
        if is_held or campaign.state is CampaignState.PAUSED:
            again = await self._store.again(campaign_id)
            is_held |= again > 0 and await self._hold(again)
        if not is_held:
            raise NothingFound

    async def resume(self, account_id: int, campaign_id: int) -> None:
        """Go on where it stopped; what was held goes first. Raises `NothingFound`, also for one that is not paused."""
        await self.of(account_id, campaign_id)
        both = [campaign_id, await self._store.again(campaign_id)]
        moved = [await self._store.move(one, CampaignState.WAITING, [CampaignState.PAUSED]) for one in both]
        if not any(moved):
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

    async def _waits(self, campaign_id: int) -> bool:
        return bool(await self._store.waiting(campaign_id, 0, 1) or await self._store.paused(campaign_id, 0, 1))

    async def _hold(self, campaign_id: int) -> bool:
        async with self._locks.of(campaign_id):
            waits = bool(await self._store.waiting(campaign_id, 0, 1))
            sources = (*_OPEN, CampaignState.DONE) if waits else _OPEN[:2]
            if not await self._store.move(campaign_id, CampaignState.PAUSED, sources):
                return False
            after = 0
            while ids := await self._store.waiting(campaign_id, after, PAGE):
                await self._pause.hold(ids)
                after = ids[-1]
            return True

    async def _switch_off(self, account_id: int, campaign_id: int) -> bool:
        async with self._locks.of(campaign_id):
            waits = await self._waits(campaign_id)
            sources = (*_OPEN, CampaignState.DONE, CampaignState.CANCELLED) if waits else _OPEN
            if not await self._store.move(campaign_id, CampaignState.CANCELLED, sources):
                return False
            for find in (self._store.waiting, self._store.paused):
                await self._end(account_id, campaign_id, find)
            return True

    async def _end(self, account_id: int, campaign_id: int, find: Find) -> None:
        after = 0
        while ids := await find(campaign_id, after, PAGE):
            done: asyncio.Future[list[Message]] = asyncio.get_running_loop().create_future()
            await self._cancel.cancel(ids, account_id, done.set_result)
            await done
            after = ids[-1]
