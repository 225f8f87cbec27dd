"""Sends mailings: batches through intake, the cursor in the same group as their messages (decisions.md 15).

Nothing is remembered between two batches: each begins with what the store holds, so a kill at any point costs nobody a
message and gives nobody two. A mailing waits while 5,000 of its messages do, stops for what passes (a full queue, a
speed limit), and pauses when its money is used up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from heliograph.backoffice.campaigns import Locks
from heliograph.backoffice.links import ShortLinks
from heliograph.backoffice.recipients import PAGE, MessagesOf, Place, Recipients
from heliograph.backoffice.runs import LAST, next_run
from heliograph.core.directory import Directory
from heliograph.core.intake import Moving, decided
from heliograph.core.journal import Journal
from heliograph.model.campaign import Campaign, CampaignMove, CampaignState
from heliograph.model.message import Message, MessageId, State, Submission
from heliograph.model.refusal import Answer, Reason, Refused
from heliograph.model.rows import Row
from heliograph.ports import Clock, StoreFailure
from heliograph.ports.campaigns import CampaignStore
from heliograph.ports.contacts import ContactStore

BATCH: Final = 500
"""Recipients between two looks at how the mailing stands."""
AT_ONCE: Final = 100
"""Recipients read at once, who go in one group: what is accepted meanwhile waits until these have passed all stations,
0.1 ms for each."""
BACKLOG: Final = 5_000
LOOK_S: Final = 0.5
"""How often is looked for mailings whose time has come, or that waited."""


class Admits(Protocol):
    """What is needed of intake."""

    def submit_then(
        self, submissions: list[Submission], then: Callable[[list[Answer]], None], moving: Moving | None = None
    ) -> None:
        """One answer per submission; `moving` makes rows for the same group."""


class Releases(Protocol):
    """What is needed of `core.pause`."""

    async def release(self, ids: Sequence[MessageId]) -> None:
        """Let messages go on that are PAUSED."""


class Mailing:
    """The one task that sends all mailings, a batch of each in turn."""

    def __init__(
        self,
        *,
        store: CampaignStore,
        contacts: ContactStore,
        intake: Admits,
        directory: Directory,
        journal: Journal,
        pause: Releases,
        messages: MessagesOf,
        links: ShortLinks | None,
        clock: Clock,
        locks: Locks,
        on_fault: Callable[[str, BaseException], None],
    ) -> None:
        self._store = store
        self._contacts = contacts
        self._intake = intake
        self._directory = directory
        self._journal = journal
        self._pause = pause
        self._messages = messages
        self._links = links
        self._clock = clock
        self._locks = locks
        self._on_fault = on_fault
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._recipients: dict[int, Recipients] = {}
        self.is_first: Callable[[], bool] = lambda: True
        """Whether this node sends mailings, where nodes share the store."""

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    async def start(self) -> None:
        """Begin, or go on where the last life ended. A store that has no room for mailings sends none."""
        try:
            await self._store.under_way(0)
        except StoreFailure:
            return
        self._task = asyncio.create_task(self._run(), name="mailing")

    async def stop(self) -> None:
        """End after the batch that is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                going = self.is_first() and await self.step()
            except Exception as error:
                self._on_fault("mailing", error)
                going = False
            if not going:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_S)

    async def step(self) -> bool:
        """A batch of each mailing that is due; True if any may go on at once."""
        campaigns = await self._store.under_way(self._clock.now())
        self._recipients = {one.id: self._recipients[one.id] for one in campaigns if one.id in self._recipients}
        going = False
        for campaign in campaigns:
            async with self._locks.of(campaign.id):
                going |= await self._batch(campaign.id)
        return going

    async def _batch(self, campaign_id: int) -> bool:
        campaign = await self._store.get(campaign_id)
        if campaign is None or campaign.state not in (CampaignState.WAITING, CampaignState.RUNNING):
            return False
        if campaign.start_at > self._clock.now():
            return False  # its run ended, and the next was set, since somebody saw it was due
        account = self._directory.account(campaign.account_id)
        if account is None or not account.settings.active:
            return False
        if campaign.state is CampaignState.WAITING:
            await self._release(campaign_id)
            await self._store.move(campaign_id, CampaignState.RUNNING, [CampaignState.WAITING])
        most = min(BATCH, self._allowed(campaign), BACKLOG - len(await self._store.waiting(campaign_id, 0, BACKLOG)))
        if most <= 0:
            return False
        recipients, cursor = await self._recipients_of(campaign), campaign.cursor
        for start in range(0, most, AT_ONCE):
            places = await recipients.after(cursor, min(AT_ONCE, most - start))
            if not places:
                await self._finish(campaign)
                return False
            if not await self._send(campaign_id, places):
                return False
            cursor = places[-1].cursor
        return True

    async def _release(self, campaign_id: int) -> None:
        """What was held goes first, in its order."""
        after = 0
        while ids := await self._store.paused(campaign_id, after, PAGE):
            await self._pause.release(ids)
            after = ids[-1]

    def _allowed(self, campaign: Campaign) -> int:
        """How many recipients may be taken now: all of them, or those whose batch has come (`period`, `freq`)."""
        if not campaign.period_ms:
            return BATCH
        batches = min(max(1, campaign.recipients), max(1, -(-campaign.period_ms // campaign.every_ms)))
        size = -(-campaign.recipients // batches)
        begun = (self._clock.now() - campaign.start_at) // campaign.every_ms + 1
        return BATCH if begun >= batches else begun * size - campaign.done

    async def _recipients_of(self, campaign: Campaign) -> Recipients:
        found = self._recipients.get(campaign.id)
        if found is None:
            account = self._directory.account(campaign.account_id)
            owner = campaign.account_id if account is None else account.contacts_of or account.id
            found = Recipients(campaign, self._store, self._contacts, self._messages, owner)
            await found.open()
            self._recipients[campaign.id] = found
        return found

    async def _send(self, campaign_id: int, places: list[Place]) -> bool:
        """Submit what goes in one group. True if all of it was decided; what is not comes again."""
        submissions = [place.submission for place in places]
        for submission in submissions:
            submission.batch = len(submissions)
        moved = False

        def move(taken: int, messages: list[Message]) -> list[Row]:
            accepted = [message for message in messages if message.state is not State.REJECTED]
            parts, cost = sum(one.parts for one in accepted), sum(one.price for one in accepted)
            cursor = places[taken - 1].cursor
            return [CampaignMove(campaign_id, cursor, taken, taken - len(accepted), parts, cost)]

        def moving(answers: Sequence[Answer], messages: list[Message]) -> list[Row]:
            nonlocal moved
            moved = True
            return move(decided(answers), messages)

        short = [at for at, place in enumerate(places) if place.short_links] if self._links is not None else []
        codes = (
            await self._links.shorten(submissions[0].account_id, [submissions[at] for at in short])
            if self._links is not None and short
            else []
        )
        answered: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._intake.submit_then(submissions, answered.set_result, moving)
        answers = await asyncio.shield(answered)
        if self._links is not None and short:
            await self._links.sent(codes, [answers[at] for at in short])
        taken = decided(answers)
        if taken and not moved:  # refused for good, all of them, and nothing of it is kept
            self._journal.add(move(taken, []))
            await self._journal.settle()
        if taken < len(answers):
            stopped = answers[taken]
            if isinstance(stopped, Refused) and stopped.reason is Reason.NO_MONEY:
                await self._store.move(campaign_id, CampaignState.PAUSED, [CampaignState.RUNNING], stopped.reason.value)
            return False
        return True

    async def _finish(self, campaign: Campaign) -> None:
        """The run is over: there is another, or this was the last. What sends again waits for who was not reached."""
        if campaign.parent:
            await self._store.sleep(campaign.id)
            return
        start_at = next_run(campaign, self._clock.now())
        if start_at is None:
            await self._store.move(campaign.id, CampaignState.DONE, [CampaignState.RUNNING])
        else:
            left = LAST if campaign.repeats_left == 1 else max(0, campaign.repeats_left - 1)
            await self._store.repeat(replace(campaign, start_at=start_at, repeats_left=left))
