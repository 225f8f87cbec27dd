"""SMSC's `documents.php`: invoices and acts as PDF (smsc-directory.md 4).

Whoever calls asks about his sub-clients by `user` or `user_id`; a sub-client asks about itself without either.
"""

from __future__ import annotations

from heliograph.backoffice.papers import MOST_SERVICE, Papers
from heliograph.backoffice.refusals import NothingFound
from heliograph.backoffice.subclients import Subclients
from heliograph.dialects.smsc_answer import CREDENTIALS, LIMIT, Answer, created
from heliograph.dialects.smsc_command import command_of, number_of
from heliograph.dialects.smsc_documents import (
    COMMANDS,
    READING,
    paper_answer,
    read_invoice,
    read_month,
    read_paper_id,
)
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows
from heliograph.model.account import Account
from heliograph.model.subclient import PaperKind
from heliograph.ports import Clock


class Documents:
    """The script `documents`."""

    def __init__(self, *, subclients: Subclients, papers: Papers, clock: Clock, settings: SmscSettings) -> None:
        self._subclients = subclients
        self._papers = papers
        self._clock = clock
        self._within_a_minute = Windows(settings.same_users)
        self.limits = {"within_a_minute": self._within_a_minute}
        self._answers = {"add_account": self._invoice, "get_account": self._get_invoice, "get_act": self._get_act}

    async def answer(self, call: Call) -> Answer:
        """The answer to a command; more than three new invoices within a minute are error 9."""
        command = command_of(call.request, COMMANDS)
        if not call.may_send and command not in READING:
            raise WrongRequest(CREDENTIALS)
        return await self._answers[command](call)

    async def _invoice(self, call: Call) -> Answer:
        account = self._account(call)
        amount, service = read_invoice(call.request, MOST_SERVICE)
        if not self._within_a_minute.hit(str(call.account.id), self._clock.monotonic()):
            raise WrongRequest(LIMIT)
        made = await self._papers.invoice(call.account, account, amount, service)
        return created(call.style, "account", made)

    async def _get_invoice(self, call: Call) -> Answer:
        account = self._account(call)
        paper = await self._papers.of(account, PaperKind.INVOICE, read_paper_id(call.request))
        return paper_answer(paper, await self._papers.pdf(account, paper))

    async def _get_act(self, call: Call) -> Answer:
        account, month = self._account(call), read_month(call.request)
        if month is None:
            paper = await self._papers.of(account, PaperKind.ACT, read_paper_id(call.request))
        else:
            paper = await self._papers.act(account, month.year, month.month)
        return paper_answer(paper, await self._papers.pdf(account, paper))

    def _account(self, call: Call) -> Account:
        """Raises `NothingFound` for one that is not the caller's."""
        request, caller = call.request, call.account
        login, user_id = request.get("user").strip(), number_of(request, "user_id")
        owner = self._subclients.owner(caller)
        if owner.parent:
            if login not in ("", caller.login) or user_id not in (0, caller.id):
                raise NothingFound
            return caller
        if not login and not user_id:
            raise WrongRequest
        return self._subclients.of(owner, login, user_id)
