"""SMSC's `ping.php` and `/rest/ping/`: event notifications (smsc-messages.md 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from heliograph.backoffice.alarms import Alarms, Event, accepted
from heliograph.backoffice.refusals import NothingFound
from heliograph.dialects.smsc_answer import CREDENTIALS, NOTHING_FOUND, PARAMETERS, Answer, ok
from heliograph.dialects.smsc_command import number_of
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import Windows
from heliograph.model.refusal import Reason, Refused

NOT_DELIVERABLE: Final = 8


class Ping:
    """The script `ping`."""

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms
        self.limits: Mapping[str, Windows] = {}

    async def answer(self, call: Call) -> Answer:
        """OK when somebody is told, or nobody is to be told of a recovery; an unknown `id` is error 1.

        If not one message could be accepted, that is said: error 3 without money, else 8.
        """
        request = call.request
        event = Event(request.get("name"), request.get("host"), request.get("info"), request.flag("ok"))
        alarm_id = number_of(request, "id")
        if not alarm_id:
            raise WrongRequest
        if not call.may_send:
            raise WrongRequest(CREDENTIALS)
        try:
            answers = await self._alarms.tell(call.account.id, alarm_id, event, call.peer)
        except NothingFound:
            raise WrongRequest(PARAMETERS) from None
        if answers and not accepted(answers):
            no_money = any(isinstance(one, Refused) and one.reason is Reason.NO_MONEY for one in answers)
            raise WrongRequest(NOTHING_FOUND, "no money") if no_money else WrongRequest(NOT_DELIVERABLE)
        return ok(call.style)
