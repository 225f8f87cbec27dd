"""Mailings by `/v1`: made, looked at, stopped, taken up again; what they send is the room's."""

from __future__ import annotations

from collections.abc import Iterable

from heliograph.backoffice.campaigns import Campaigns
from heliograph.backoffice.contacts import ContactBook
from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.core.directory import Directory
from heliograph.core.guards import Claim, Idempotency, KeyReused, Replay
from heliograph.core.purses import Purses
from heliograph.dialects import native_mailings as calls
from heliograph.dialects.native import wrong
from heliograph.dialects.native_call import NoAnswer, NoBody
from heliograph.dialects.native_mailings import (
    CostView,
    MailingBody,
    MailingPage,
    MailingQuery,
    MailingView,
    Order,
    cost_view,
    mailing_view,
    order_of,
)
from heliograph.dialects.native_messages import Caller
from heliograph.dialects.native_views import NoQuery
from heliograph.doors.v1_contacts import owner
from heliograph.doors.v1_keys import REPLAYED, digest_of, key_of
from heliograph.doors.v1_work import DOOR, Asked, Bound, bound, nothing
from heliograph.model.campaign import Campaign
from heliograph.model.contacts import AddressKind
from heliograph.model.refusal import Reason
from heliograph.ports import Clock


class Mailings:
    """The works of the calls about mailings. `zone` is that of accounts without one; `has_links`: links can be
    shortened."""

    def __init__(
        self,
        *,
        campaigns: Campaigns,
        book: ContactBook,
        directory: Directory,
        purses: Purses,
        idempotency: Idempotency,
        clock: Clock,
        zone: str,
        has_links: bool,
    ) -> None:
        self._campaigns = campaigns
        self._book = book
        self._directory = directory
        self._purses = purses
        self._idempotency = idempotency
        self._clock = clock
        self._zone = zone
        self._has_links = has_links

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
        if asked.body.short_links and not self._has_links:
            raise wrong(Reason.UNSUPPORTED, "This gateway has no address for short links.", "/short_links")
        order, key = await self._order(asked), key_of(asked)
        if not key:
            return await self._made(asked, order, None)
        digest = digest_of(asked, "/mailings")
        claim = await self._idempotency.claim(asked.account.id, key, digest, self._clock.now())
        if isinstance(claim, KeyReused):
            raise wrong(Reason.KEY_REUSED)
        if isinstance(claim, Replay):
            asked.headers = [*asked.headers, REPLAYED]
            return await self._shown(await self._campaigns.of(asked.account.id, claim.message_ids[0]))
        try:
            return await self._made(asked, order, claim)
        finally:
            claim.release()

    async def _made(self, asked: Asked[MailingBody, NoQuery], order: Order, claim: Claim | None) -> MailingView:
        """The mailing and its key in one transaction."""
        guard = claim.row((), self._clock.now()) if claim is not None else None
        campaign_id = await self._campaigns.add(order.campaign, order.wordings, order.targets, guard=guard)
        if claim is not None:
            claim.done((campaign_id,))
        return await self._shown(await self._campaigns.of(asked.account.id, campaign_id))

    async def _order(self, asked: Asked[MailingBody, NoQuery]) -> Order:
        account, sizes = asked.account, dict[int, int]()
        if asked.body.groups:
            groups = await self._book.groups(owner(account), AddressKind.PHONE)
            sizes = {group.id: size for group, size in groups}
        caller = Caller(account.id, DOOR, asked.request.peer, self._directory.usual_name(account), is_test=False)
        zone = account.settings.zone or self._zone
        return order_of(asked.body, caller, zone, self._clock.now(), sizes)

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
