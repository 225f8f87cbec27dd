"""Templates by `/v1`: the account's own, and those it registers at operators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from heliograph.backoffice.refusals import NothingFound
from heliograph.backoffice.templates import Templates
from heliograph.dialects import native_templates as calls
from heliograph.dialects.native import wrong
from heliograph.dialects.native_call import NoAnswer, NoBody
from heliograph.dialects.native_templates import (
    OperatorTemplateBody,
    OperatorTemplateList,
    TemplateBody,
    TemplateList,
    TemplateView,
    registered_view,
    rows_of,
    template_of,
    template_view,
)
from heliograph.dialects.native_views import NoQuery
from heliograph.doors.v1_work import Asked, Bound, bound, nothing
from heliograph.model.refusal import Reason
from heliograph.model.templates import FLAGS


class TemplateWorks:
    """The works of the calls about templates."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def works(self) -> Iterable[Bound]:
        """Each call with its work."""
        yield bound(calls.TEMPLATES, self._all)
        yield bound(calls.ADD, self._add)
        yield bound(calls.TEMPLATE, self._one)
        yield bound(calls.CHANGE, self._change)
        yield bound(calls.REMOVE, self._remove)
        yield bound(calls.REGISTERED, self._registered)
        yield bound(calls.REGISTER, self._register)

    async def _all(self, asked: Asked[NoBody, NoQuery]) -> TemplateList:
        try:
            found = await self._templates.all(asked.account.id)
        except NothingFound:
            found = []
        return TemplateList([template_view(one) for one in found])

    async def _add(self, asked: Asked[TemplateBody, NoQuery]) -> TemplateView:
        template = template_of(asked.body, 0, asked.account.id)
        return template_view(replace(template, id=await self._templates.add(template)))

    async def _one(self, asked: Asked[NoBody, NoQuery]) -> TemplateView:
        return template_view(await self._templates.of(asked.account.id, asked.number))

    async def _change(self, asked: Asked[TemplateBody, NoQuery]) -> TemplateView:
        new = template_of(asked.body, asked.number, asked.account.id)
        await self._templates.change(asked.account.id, asked.number, lambda old: replace(new, signs=old.signs))
        return template_view(new)

    async def _remove(self, asked: Asked[NoBody, NoQuery]) -> NoAnswer:
        await self._templates.remove(asked.account.id, asked.number)
        return nothing()

    async def _registered(self, asked: Asked[NoBody, NoQuery]) -> OperatorTemplateList:
        try:
            found = await self._templates.registered(asked.account.id, "", "")
        except NothingFound:
            found = []
        return registered_view(found)

    async def _register(self, asked: Asked[OperatorTemplateBody, NoQuery]) -> OperatorTemplateList:
        for place, flag in enumerate(asked.body.registrations):
            if flag not in FLAGS:
                raise wrong(Reason.BAD_REQUEST, "There is no such registration.", f"/registrations/{place}")
        return registered_view(await self._templates.register(rows_of(asked.body, asked.account.id)))
