"""SMSC's `jobs.php` (smsc-messages.md 5): a mailing is kept here, and sent by `backoffice.mailing`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from heliograph.backoffice.campaigns import FOREVER, Campaigns
from heliograph.backoffice.contacts import ContactBook
from heliograph.backoffice.refusals import NothingFound
from heliograph.core.zones import offset_s
from heliograph.dialects.smsc_answer import CREDENTIALS, LIMIT, PARAMETERS, Answer, ok
from heliograph.dialects.smsc_command import command_of
from heliograph.dialects.smsc_jobs import (
    COMMANDS,
    EFFECTIVE,
    READING,
    Order,
    Shown,
    added_answer,
    jobs_answer,
    read_days,
    read_id,
    read_mailing,
)
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.dialects.smsc_send import Caller
from heliograph.dialects.smsc_templates import template_named, with_template
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows, same
from heliograph.doors.smsc_send import TemplateOf
from heliograph.model.campaign import Campaign
from heliograph.ports import Clock

CANNOT_BE_SAVED: Final = 3


class Jobs:
    """The script `jobs`. `caller` knows of whoever calls what a send needs to know."""

    def __init__(
        self,
        *,
        campaigns: Campaigns,
        book: ContactBook,
        template: TemplateOf,
        caller: Callable[[Call], Caller],
        clock: Clock,
        settings: SmscSettings,
    ) -> None:
        self._campaigns = campaigns
        self._book = book
        self._template = template
        self._caller = caller
        self._clock = clock
        self._settings = settings
        self._same = Windows(settings.same_jobs)
        self.limits = {"same": self._same}

    async def answer(self, call: Call) -> Answer:
        """The answer to a command; a second identical one within a minute is error 9."""
        command = command_of(call.request, COMMANDS)
        if not call.may_send and command not in READING:
            raise WrongRequest(CREDENTIALS)
        if not self._same.hit(same(call.account.id, "jobs", call.request, EFFECTIVE), self._clock.monotonic()):
            raise WrongRequest(LIMIT)
        account_id = call.account.id
        if command == "add":
            return await self._add(call)
        if command == "get_all":
            since, until = read_days(call.request, self._offset_s(call), FOREVER)
            return await self._shown(call, await self._campaigns.all(account_id, since, until))
        campaign_id = read_id(call.request)
        if command == "get":
            return await self._shown(call, [await self._campaigns.of(account_id, campaign_id)], only=True)
        await (self._campaigns.remove if command == "del" else self._campaigns.cancel)(account_id, campaign_id)
        return ok(call.style)

    async def _add(self, call: Call) -> Answer:
        request = await self._request(call)
        order = await self._with_groups(call, read_mailing(request, self._caller(call), self._zone(call)))
        campaign_id = await self._campaigns.add(order.campaign, order.wordings, order.targets, order.again)
        cost = await self._campaigns.cost(campaign_id) if order.with_cost else None
        return added_answer(call.style, campaign_id, cost)

    async def _request(self, call: Call) -> Request:
        """The request, with the text of the template that it names."""
        template_id = template_named(call.request)
        if not template_id:
            return call.request
        try:
            return with_template(call.request, await self._template(call.account.id, template_id))
        except NothingFound:
            raise WrongRequest(PARAMETERS, "template not found") from None

    async def _with_groups(self, call: Call, order: Order) -> Order:
        """The ids of the groups in place of their names, and how many recipients that makes."""
        if not order.groups:
            return order
        owner = call.account.contacts_of or call.account.id
        groups = await self._book.named(owner, order.groups.values())
        targets, recipients = list(order.targets), len(order.targets) - len(order.groups)
        for ordinal, name in order.groups.items():
            if name not in groups:
                raise WrongRequest(PARAMETERS, "unknown group")
            group_id, size = groups[name]
            targets[ordinal] = replace(targets[ordinal], recipient="", recipient_given=f"G{name}", group_id=group_id)
            recipients += size
        if not recipients:
            raise WrongRequest(PARAMETERS, "the group is empty")
        return order._replace(campaign=replace(order.campaign, recipients=recipients), targets=targets)

    async def _shown(self, call: Call, campaigns: list[Campaign], *, only: bool = False) -> Answer:
        jobs = [Shown(one, await self._campaigns.first_wording(one.id)) for one in campaigns]
        return jobs_answer(call.style, jobs, self._offset_s(call), only=only)

    def _zone(self, call: Call) -> str:
        return call.account.settings.zone or self._settings.zone

    def _offset_s(self, call: Call) -> Callable[[int], int]:
        return functools.partial(offset_s, self._zone(call))
