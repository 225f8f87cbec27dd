"""SMSC's `downloads.php`: files of sent messages, made in the background (smsc-directory.md 11)."""

from __future__ import annotations

from heliograph.backoffice.exports import Exports
from heliograph.dialects.smsc_answer import CREDENTIALS, LIMIT, Answer, created
from heliograph.dialects.smsc_command import command_of
from heliograph.dialects.smsc_downloads import (
    COMMANDS,
    EFFECTIVE,
    READING,
    exports_answer,
    file_answer,
    name_of,
    read_file,
    read_page,
)
from heliograph.dialects.smsc_get import read_period
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows, same
from heliograph.doors.smsc_zone import offset_of
from heliograph.ports import Clock


class Downloads:
    """The script `downloads`; a fourth identical request within a minute is error 9."""

    def __init__(self, exports: Exports, *, clock: Clock, settings: SmscSettings) -> None:
        self._exports = exports
        self._clock = clock
        self._settings = settings
        self._same = Windows(settings.same_data)
        self.limits = {"same": self._same}

    async def answer(self, call: Call) -> Answer:
        """The answer to a command."""
        request, account, now = call.request, call.account, self._clock.now()
        command = command_of(request, COMMANDS)
        if not call.may_send and command not in READING:
            raise WrongRequest(CREDENTIALS)
        if not self._same.hit(same(account.id, "downloads", request, EFFECTIVE), self._clock.monotonic()):
            raise WrongRequest(LIMIT)
        offset_s = offset_of(account, self._settings, now)
        if command == "get_list":
            return exports_answer(call.style, await self._exports.all(account, *read_page(request)), offset_s)
        if command == "get_file":
            return file_answer(call.style, *await self._exports.file(account, *read_file(request)))
        since, until = read_period(request, now, offset_s)
        made = await self._exports.ask(account, since, until, name_of(since, until, offset_s))
        return created(call.style, "task", made)
