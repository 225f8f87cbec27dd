"""SMSC's `info.php`: whose a number is, by the numbering plan (smsc-directory.md 7)."""

from __future__ import annotations

from heliograph.backoffice.refusals import NothingFound
from heliograph.core.directory import Directory
from heliograph.dialects.smsc_answer import LIMIT, Answer
from heliograph.dialects.smsc_command import command_of
from heliograph.dialects.smsc_info import COMMANDS, EFFECTIVE, info_answer, read_numbers
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows, same
from heliograph.ports import Clock


class Info:
    """The script `info`. Nothing is asked of a network: it is memory that answers."""

    def __init__(self, *, directory: Directory, clock: Clock, settings: SmscSettings) -> None:
        self._directory = directory
        self._clock = clock
        self._settings = settings
        self._same = Windows(settings.same_data)
        self._any = Windows(settings.infos)
        self.limits = {"same": self._same, "any": self._any}

    def answer(self, call: Call) -> Answer:
        """Operator and region of each number; error 3 if none of them is known."""
        command_of(call.request, COMMANDS)
        numbers, now = read_numbers(call.request, self._settings.corrections), self._clock.monotonic()
        asked = same(call.account.id, "info", call.request, EFFECTIVE)
        if not self._same.hit(asked, now) or not self._any.hit(str(call.account.id), now):
            raise WrongRequest(LIMIT)
        found = [(number, self._directory.operator(number)) for number in numbers]
        if not any(operator for _, operator in found):
            raise NothingFound
        return info_answer(call.style, found)
