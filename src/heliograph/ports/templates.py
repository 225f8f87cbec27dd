"""What the room of templates needs of a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from heliograph.model.templates import OperatorTemplate, Template, TemplateStatus


class TemplateStore(Protocol):
    """Templates by account. Each call is one transaction, durable on return; raises `StoreFailure`."""

    async def add(self, template: Template) -> int:
        """Keep a new template; its id."""

    async def save(self, template: Template) -> None:
        """Replace a template of the account by id."""

    async def remove(self, template: Template) -> None: ...

    async def of_account(self, account_id: int) -> list[Template]:
        """All templates of an account, in order of id."""

    async def register(self, templates: Sequence[OperatorTemplate]) -> None:
        """Keep what is not kept yet; what is stays as it stands."""

    async def moderate(self, template_id: int, status: TemplateStatus) -> OperatorTemplate | None:
        """Say how a registered text stands; the row as it is now, None if there is none."""

    async def registered(self, account_id: int | None) -> list[OperatorTemplate]:
        """What an account (None: anybody) has registered at operators, in order of id."""
