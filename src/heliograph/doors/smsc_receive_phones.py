"""SMSC's `receive_phones.php`: numbers of one's own for incoming messages (smsc-directory.md 9)."""

from __future__ import annotations

from heliograph.backoffice.rents import Rents
from heliograph.dialects.smsc_answer import CREDENTIALS, LIMIT, Answer, listing, ok
from heliograph.dialects.smsc_command import command_of, msisdn_of
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.dialects.smsc_words import show_money
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows, same
from heliograph.ports import Clock

COMMANDS = ("get", "gets", "buy", "chg")
"""One client library says `gets`."""
EFFECTIVE = frozenset({*COMMANDS, "phone", "noprolong"})


class ReceivePhones:
    """The script `receive_phones`."""

    def __init__(self, *, rents: Rents, clock: Clock, settings: SmscSettings) -> None:
        self._rents = rents
        self._clock = clock
        self._settings = settings
        self._same = Windows(settings.same_data)
        self.limits = {"same": self._same}

    async def answer(self, call: Call) -> Answer:
        """The numbers that may be rented, one rented, or its renewal changed."""
        command = command_of(call.request, COMMANDS)
        is_reading = command in ("get", "gets")
        if not is_reading and not call.may_send:
            raise WrongRequest(CREDENTIALS)
        asked = same(call.account.id, "receive_phones", call.request, EFFECTIVE)
        if not self._same.hit(asked, self._clock.monotonic()):
            raise WrongRequest(LIMIT)
        if is_reading:
            free = await self._rents.available()
            records = [[("phone", one.number), ("cost", show_money(one.a_month))] for one in free]
            return listing(call.style, "phone", "phone", records)
        given, prolong = call.request.get("phone"), not call.request.flag("noprolong")
        number = msisdn_of(given, self._settings.corrections)
        if not number:
            raise WrongRequest
        if command == "buy":
            await self._rents.rent(call.account, number, prolong=prolong)
        else:
            await self._rents.set_prolong(call.account, number, prolong=prolong)
        return ok(call.style)
