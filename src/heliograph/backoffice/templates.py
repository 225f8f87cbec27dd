"""Templates as their owner handles them: his own texts, and those he registers at operators."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal

from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.core.operator_templates import OperatorTemplates
from heliograph.model.templates import OperatorTemplate, Template, TemplateStatus
from heliograph.ports.templates import TemplateStore

MOST_TEMPLATES: Final = 1_000
"""Of one account: a list is answered whole."""


@dataclass(frozen=True, slots=True)
class TemplateSettings:
    """Texts that customers register at operators."""

    moderate: Annotated[bool, "A new one waits for your word (`templates set`); else it counts at once."] = False
    required: Annotated[
        tuple[Literal["mts", "mega", "bee", "tele2", "motiv"], ...],
        "Operators at whose networks a text that fits no template ends with error 238; empty = none.",
    ] = ()


class Templates:
    """The templates of all accounts. Every method raises `StoreFailure` when the store cannot."""

    def __init__(self, store: TemplateStore, admitted: OperatorTemplates, *, moderate: bool = False) -> None:
        self._store = store
        self._first = TemplateStatus.WAITING if moderate else TemplateStatus.ADMITTED
        self._admitted = admitted
        self._one_at_a_time = asyncio.Lock()

    async def add(self, template: Template) -> int:
        """Keep a new template; its id. Raises `NotSaved` if there are too many."""
        async with self._one_at_a_time:
            if len(await self._store.of_account(template.account_id)) >= MOST_TEMPLATES:
                raise NotSaved
            return await self._store.add(template)

    async def change(self, account_id: int, template_id: int, changed: Callable[[Template], Template]) -> None:
        """Put what `changed` makes of a template in its place. Raises `NothingFound`."""
        async with self._one_at_a_time:
            await self._store.save(changed(await self.of(account_id, template_id)))

    async def remove(self, account_id: int, template_id: int) -> None:
        """Remove a template. Raises `NothingFound`."""
        async with self._one_at_a_time:
            await self._store.remove(await self.of(account_id, template_id))

    async def of(self, account_id: int, template_id: int) -> Template:
        """The template of an account by id. Raises `NothingFound`."""
        for template in await self._store.of_account(account_id):
            if template.id == template_id:
                return template
        raise NothingFound

    async def all(self, account_id: int) -> list[Template]:
        """All templates of an account. Raises `NothingFound` rather than giving none."""
        found = await self._store.of_account(account_id)
        if not found:
            raise NothingFound
        return found

    # -- at operators ----------------------------------------------------------------------------------------------

    async def register(self, templates: Sequence[OperatorTemplate]) -> list[OperatorTemplate]:
        """Keep these rows of one text, and give them back as they stand. Raises `NotSaved` if there are too many. A new
        one waits where somebody moderates, else it counts at once."""
        templates = [replace(one, status=self._first) for one in templates]
        account_id, sender, text = templates[0].account_id, templates[0].sender, templates[0].text
        async with self._one_at_a_time:
            before = {one.id for one in await self._store.registered(account_id)}
            if len(before) + len(templates) > MOST_TEMPLATES:
                raise NotSaved
            await self._store.register(templates)
            kept = await self._store.registered(account_id)
        for one in kept:
            if one.id not in before:
                self._admitted.put(one)
        flags = {one.flag for one in templates}
        return [one for one in kept if one.flag in flags and (one.sender, one.text) == (sender, text)]

    async def every(self, account_id: int | None, statuses: Collection[TemplateStatus]) -> list[OperatorTemplate]:
        """The rows of an account (None: of all) that stand so, in order of id."""
        return [one for one in await self._store.registered(account_id) if one.status in statuses]

    async def moderate(self, template_id: int, status: TemplateStatus) -> OperatorTemplate:
        """Say how a row stands at its operator; it counts from now on, or no more. Raises `NothingFound`."""
        async with self._one_at_a_time:
            template = await self._store.moderate(template_id, status)
            if template is None:
                raise NothingFound
            self._admitted.put(template)
            return template

    async def registered(self, account_id: int, sender: str, text: str) -> list[OperatorTemplate]:
        """The rows of an account, of a sender and a text where they are given. Raises `NothingFound` for none."""
        rows = await self._store.registered(account_id)
        found = [one for one in rows if sender in ("", one.sender) and text in ("", one.text)]
        if not found:
            raise NothingFound
        return found
