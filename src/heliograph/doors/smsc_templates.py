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


class MessageTemplates:
    """The script `templates`; a fourth identical request within a minute is error 9."""

    def __init__(self, templates: Templates, *, clock: Clock, settings: SmscSettings) -> None:
        self._templates = templates
        self._clock = clock
        self._same = Windows(settings.same_templates)
        self.limits = {"same": self._same}

    async def answer(self, call: Call) -> Answer:
        """The answer to a command."""
        request, account_id = call.request, call.account.id
        command = _command(call, COMMANDS)
        _count(self._same, call, "templates", self._clock)
        if command == "add":
            return created(call.style, "template", await self._templates.add(read_template(request, account_id)))
        if command == "get":
            return templates_answer(call.style, await self._templates.all(account_id))
        if command == "chg":
            await self._templates.change(account_id, read_id(request), read_change(request))
        else:
            await self._templates.remove(account_id, read_id(request))
        return ok(call.style)


class OperatorTemplates:
    """The script `op_templates`; a fourth identical request within a minute is error 9."""

    def __init__(self, templates: Templates, *, clock: Clock, settings: SmscSettings) -> None:
        self._templates = templates
        self._clock = clock
        self._same = Windows(settings.same_templates)
        self.limits = {"same": self._same}

    async def answer(self, call: Call) -> Answer:
        """The answer to a command."""
        request, account_id = call.request, call.account.id
        command = _command(call, OPERATOR_COMMANDS)
        _count(self._same, call, "op_templates", self._clock)
        if command == "add":
            rows = await self._templates.register(read_operator_templates(request, account_id))
        else:
            rows = await self._templates.registered(account_id, *read_filter(request))
        return operator_templates_answer(call.style, rows)


def _command(call: Call, commands: tuple[str, ...]) -> str:
    """The command of a caller who may give it."""
    command = command_of(call.request, commands)
    if not call.may_send and command not in READING:
        raise WrongRequest(CREDENTIALS)
    return command


def _count(windows: Windows, call: Call, script: str, clock: Clock) -> None:
    """One request more that asks for the same; error 9 if there are too many."""
    if not windows.hit(same(call.account.id, script, call.request, EFFECTIVE), clock.monotonic()):
        raise WrongRequest(LIMIT)
