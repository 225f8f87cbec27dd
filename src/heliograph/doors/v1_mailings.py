"""Mailings by `/v1`: made, looked at, stopped, taken up again; what they send is the room's."""

from __future__ import annotations

from collections.abc import Iterable

from heliograph.backoffice.campaigns import Campaigns
from heliograph.backoffice.contacts import ContactBook
from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.core.directory import Directory
from heliograph.core.purses import Purses
from heliograph.dialects import native_mailings as calls
from heliograph.dialects.native_call import NoAnswer, NoBody
from heliograph.dialects.native_mailings import (
    CostView,
    MailingBody,
    MailingPage,
    MailingQuery,
    MailingView,
    cost_view,
    mailing_view,
    order_of,
)
from heliograph.dialects.native_messages import Caller
from heliograph.dialects.native_views import NoQuery
from heliograph.doors.v1_contacts import owner
from heliograph.doors.v1_work import DOOR, Asked, Bound, bound, nothing
from heliograph.model.campaign import Campaign
from heliograph.model.contacts import AddressKind
from heliograph.ports import Clock


class Mailings:
    """The works of the calls about mailings. `zone` is that of accounts without one."""

    def __init__(
        self,
        *,
        campaigns: Campaigns,
        book: ContactBook,
        directory: Directory,
        purses: Purses,
        clock: Clock,
        zone: str,
    ) -> None:
        self._campaigns = campaigns
        self._book = book
        self._directory = directory
        self._purses = purses
        self._clock = clock
        self._zone = zone

    def works(self) -> Iterable[Bound]:
        """Each call with its work."""
        yield bound(calls.MAILINGS, self._mailings)
        yield bound(calls.ADD, self._add)
        yield bound(calls.MAILING, self._mailing)
        yield bound(calls.COST, self._cost)
        yield bound(calls.PAUSE, self._pause)
        yield bound(calls.RESUME, self._resume)
        yield bound(calls.CANCEL, self._cancel)
        yield bound(calls.REMOVE, self._remove)

    async def _mailings(self, asked: Asked[NoBody, MailingQuery]) -> MailingPage:
        query = asked.query
        try:
            found = await self._campaigns.all(asked.account.id)
        except NothingFound:
            found = []
        before = int(query.cursor) if query.cursor is not None else None
        page = [one for one in reversed(found) if before is None or one.id < before][: query.limit]
        more = str(page[-1].id) if len(page) == query.limit else None
        return MailingPage([await self._shown(one) for one in page], more)

    async def _add(self, asked: Asked[MailingBody, NoQuery]) -> MailingView:
        account, sizes = asked.account, dict[int, int]()
        if asked.body.groups:
            groups = await self._book.groups(owner(account), AddressKind.PHONE)
            sizes = {group.id: size for group, size in groups}
        caller = Caller(account.id, DOOR, asked.request.peer, self._directory.usual_name(account), is_test=False)
        zone = account.settings.zone or self._zone
        order = order_of(asked.body, caller, zone, self._clock.now(), sizes)
        campaign_id = await self._campaigns.add(order.campaign, order.wordings, order.targets)
        return await self._shown(await self._campaigns.of(account.id, campaign_id))

    async def _mailing(self, asked: Asked[NoBody, NoQuery]) -> MailingView:
        return await self._shown(await self._campaigns.of(asked.account.id, asked.number))

    async def _cost(self, asked: Asked[NoBody, NoQuery]) -> CostView:
        campaign = await self._campaigns.of(asked.account.id, asked.number)
        return cost_view(await self._campaigns.cost(campaign.id), self._purses.currency(asked.account.purse))

    async def _pause(self, asked: Asked[NoBody, NoQuery]) -> MailingView:
        await self._campaigns.of(asked.account.id, asked.number)
        try:
            await self._campaigns.pause(asked.account.id, asked.number)
        except NothingFound:
            raise NotSaved from None
        return await self._mailing(asked)

    async def _resume(self, asked: Asked[NoBody, NoQuery]) -> MailingView:
        await self._campaigns.of(asked.account.id, asked.number)
        try:
            await self._campaigns.resume(asked.account.id, asked.number)
        except NothingFound:
            raise NotSaved from None
        return await self._mailing(asked)

    async def _cancel(self, asked: Asked[NoBody, NoQuery]) -> MailingView:
        await self._campaigns.of(asked.account.id, asked.number)
        try:
            await self._campaigns.cancel(asked.account.id, asked.number)
        except NothingFound:
            raise NotSaved from None
        return await self._mailing(asked)

    async def _remove(self, asked: Asked[NoBody, NoQuery]) -> NoAnswer:
        await self._campaigns.remove(asked.account.id, asked.number)
        return nothing()

    async def _shown(self, campaign: Campaign) -> MailingView:
        return mailing_view(campaign, await self._campaigns.first_wording(campaign.id))
