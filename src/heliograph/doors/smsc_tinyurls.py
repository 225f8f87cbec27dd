"""SMSC's `tinyurls.php` (smsc-directory.md 8)."""

from __future__ import annotations

from heliograph.backoffice.links import ShortLinks
from heliograph.dialects.smsc_answer import LIMIT, Answer
from heliograph.dialects.smsc_command import command_of
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.dialects.smsc_tinyurls import COMMANDS, EFFECTIVE, clicks_answer, days_at, read_link
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows, same
from heliograph.doors.smsc_zone import offset_of
from heliograph.ports import Clock


class TinyUrls:
    """The script `tinyurls`."""

    def __init__(self, *, links: ShortLinks, clock: Clock, settings: SmscSettings) -> None:
        self._links = links
        self._clock = clock
        self._settings = settings
        self._same = Windows(settings.same_data)
        self.limits = {"same": self._same}

    async def answer(self, call: Call) -> Answer:
        """How often people followed one of the account's links."""
        command_of(call.request, COMMANDS)
        asked = read_link(call.request)
        if not self._same.hit(same(call.account.id, "tinyurls", call.request, EFFECTIVE), self._clock.monotonic()):
            raise WrongRequest(LIMIT)
        now = self._clock.now()
        days = days_at(now, offset_of(call.account, self._settings, now))
        return clicks_answer(call.style, await self._links.clicks(call.account.id, asked.target, asked.target_id, days))
