"""Webhooks by `/v1`: where an account is called, what was given up, and once more."""

from __future__ import annotations

from collections.abc import Iterable

from heliograph.backoffice.accounts import Accounts
from heliograph.backoffice.refusals import NothingFound
from heliograph.core.directory import Directory
from heliograph.dialects import native_webhooks as calls
from heliograph.dialects.native_call import NoAnswer, NoBody
from heliograph.dialects.native_views import NoQuery, Paging
from heliograph.dialects.native_webhooks import (
    DeliveryPage,
    ReplayBody,
    ReplayedView,
    WebhookBody,
    WebhookList,
    WebhookView,
    delivery_view,
    notices_named,
    webhook_view,
)
from heliograph.doors.v1_work import Asked, Bound, bound, must_be_free, nothing
from heliograph.model.account import HANDLER
from heliograph.ports import Clock, Store


class Webhooks:
    """The works of the calls about webhooks."""

    def __init__(self, *, accounts: Accounts, directory: Directory, store: Store, clock: Clock) -> None:
        self._accounts = accounts
        self._directory = directory
        self._store = store
        self._clock = clock

    def works(self) -> Iterable[Bound]:
        """Each call with its work."""
        yield bound(calls.WEBHOOKS, self._webhooks)
        yield bound(calls.ADD, self._add)
        yield bound(calls.REMOVE, self._remove)
        yield bound(calls.FAILED, self._failed)
        yield bound(calls.REPLAY, self._replay)
        yield bound(calls.DELIVERIES, self._deliveries)

    def _webhooks(self, asked: Asked[NoBody, NoQuery]) -> WebhookList:
        endpoints = self._directory.endpoints(asked.account.id)
        return WebhookList([webhook_view(one) for one in endpoints if one.kind != HANDLER])

    async def _add(self, asked: Asked[WebhookBody, NoQuery]) -> WebhookView:
        must_be_free(asked.account)
        body, login = asked.body, asked.account.login
        events = tuple(dict.fromkeys(body.events))
        endpoint = await self._accounts.add_endpoint(login, body.url, events, author=login, window=body.window)
        return webhook_view(endpoint, with_secret=True)

    async def _remove(self, asked: Asked[NoBody, NoQuery]) -> NoAnswer:
        must_be_free(asked.account)
        endpoint = self._directory.endpoint(asked.number)
        if endpoint is None or endpoint.account_id != asked.account.id or endpoint.kind == HANDLER:
            raise NothingFound
        await self._accounts.remove_endpoint(asked.account.login, endpoint.id, author=asked.account.login)
        return nothing()

    async def _failed(self, asked: Asked[NoBody, Paging]) -> DeliveryPage:
        query = asked.query
        found = await self._store.notices_given_up(asked.account.id, int(query.cursor or 0), query.limit)
        more = str(found[-1].id) if len(found) == query.limit else None
        return DeliveryPage([delivery_view(one) for one in found], more)

    async def _replay(self, asked: Asked[ReplayBody, NoQuery]) -> ReplayedView:
        replayed = await self._accounts.replay(asked.account.login, notices_named(asked.body))
        return ReplayedView(replayed.again, replayed.gone)

    async def _deliveries(self, asked: Asked[NoBody, NoQuery]) -> DeliveryPage:
        story = await self._store.story(asked.number)
        account = asked.account
        if story is None or story.message.account_id != account.id:
            raise NothingFound
        if story.message.hidden or story.message.accepted_at < account.shown_since(self._clock.now()):
            raise NothingFound
        return DeliveryPage([delivery_view(one) for one in story.notices], None)
