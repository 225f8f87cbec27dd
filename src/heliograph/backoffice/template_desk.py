"""The operator's side of texts that customers register at operators: who waits, and how each stands."""

from __future__ import annotations

from typing import Final

from heliograph.backoffice.accounts import Accounts
from heliograph.backoffice.refusals import NothingFound
from heliograph.backoffice.templates import Templates
from heliograph.backoffice.verbs import NotPossible, TemplateList, TemplateModerate, Verb
from heliograph.core.directory import Directory
from heliograph.model.templates import OperatorTemplate, TemplateStatus


class TemplateDesk:
    """Carries the verbs out."""

    verbs: Final[tuple[type[Verb], ...]] = (TemplateList, TemplateModerate)

    def __init__(self, *, templates: Templates, accounts: Accounts, directory: Directory) -> None:
        self._templates = templates
        self._accounts = accounts
        self._directory = directory

    async def do(self, verb: Verb, author: str) -> object:
        """Carry out and answer. Raises `NotPossible` with a sentence, `StoreFailure`."""
        match verb:
            case TemplateList():
                statuses = (TemplateStatus.WAITING,) if verb.waiting else tuple(TemplateStatus)
                account_id = self._accounts.of(verb.login).id if verb.login else None
                return [self._shown(one) for one in await self._templates.every(account_id, statuses)]
            case TemplateModerate():
                try:
                    return self._shown(await self._templates.moderate(verb.id, TemplateStatus(verb.status)))
                except NothingFound:
                    raise NotPossible(f"there is no template {verb.id}; `heliograph templates list` has them") from None
            case _:
                raise NotPossible("this is no verb about templates")

    def _shown(self, template: OperatorTemplate) -> dict[str, object]:
        account = self._directory.account(template.account_id)
        return {
            "id": template.id,
            "login": account.login if account is not None else "",
            "sender": template.sender,
            "operator": template.flag,
            "status": int(template.status),
            "means": template.status.name.lower(),
            "text": template.text,
        }
