"""SMSC's `templates.php` and `op_templates.php` (smsc-messages.md 6, 7)."""

from __future__ import annotations

from heliograph.backoffice.templates import Templates
from heliograph.dialects.smsc_answer import CREDENTIALS, LIMIT, Answer, created, ok
from heliograph.dialects.smsc_command import command_of
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.dialects.smsc_templates import (
    COMMANDS,
    EFFECTIVE,
    OPERATOR_COMMANDS,
    READING,
    operator_templates_answer,
    read_change,
    read_filter,
    read_id,
    read_operator_templates,
    read_template,
    templates_answer,
)
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows, same
from heliograph.ports import Clock


class TemplateScripts:
    """The scripts `templates` and `op_templates`; a fourth identical request within a minute is error 9."""

    def __init__(self, templates: Templates, *, clock: Clock, settings: SmscSettings) -> None:
        self._templates = templates
        self._clock = clock
        self._same = Windows(settings.same_templates)

    async def templates(self, call: Call) -> Answer:
        """The script `templates`."""
        request, account_id = call.request, call.account.id
        command = self._command(call, "templates", COMMANDS)
        if command == "add":
            return created(call.style, "template", await self._templates.add(read_template(request, account_id)))
        if command == "get":
            return templates_answer(call.style, await self._templates.all(account_id))
        if command == "chg":
            await self._templates.change(account_id, read_id(request), read_change(request))
        else:
            await self._templates.remove(account_id, read_id(request))
        return ok(call.style)

    async def operator_templates(self, call: Call) -> Answer:
        """The script `op_templates`."""
        request, account_id = call.request, call.account.id
        if self._command(call, "op_templates", OPERATOR_COMMANDS) == "add":
            rows = await self._templates.register(read_operator_templates(request, account_id))
        else:
            rows = await self._templates.registered(account_id, *read_filter(request))
        return operator_templates_answer(call.style, rows)

    def _command(self, call: Call, script: str, commands: tuple[str, ...]) -> str:
        command = command_of(call.request, commands)
        if not call.may_send and command not in READING:
            raise WrongRequest(CREDENTIALS)
        if not self._same.hit(same(call.account.id, script, call.request, EFFECTIVE), self._clock.monotonic()):
            raise WrongRequest(LIMIT)
        return command
