"""SMS Club's two older gateways with a small world behind them, and a caller who speaks HTTP."""

from __future__ import annotations

import inspect
from dataclasses import replace

from smsclub_world import ACCOUNT, NEIGHBOUR, SmallIntake, message_of
from smsclub_world import World as SmsClubWorld

from heliograph.core.limits import FailedLogins
from heliograph.core.passwords import Check
from heliograph.core.purses import Purses
from heliograph.doors.gateway_http import GatewayHttpDoor
from heliograph.doors.gateway_xml import GatewayXmlDoor
from heliograph.doors.smsclub import SmsClubSettings
from heliograph.doors.smsclub_gates import Gates
from heliograph.model.message import State
from heliograph.model.money import Purse
from heliograph.model.refusal import Accepted, Refused
from heliograph.protocols.http import HttpRequest

LOGIN = "380671112233"


class SmallPasswords:
    """One password for everybody who may have one."""

    def __init__(self):
        self.checked = 0
        self.is_busy = False

    def check(self, account, presented, done, *, hashed_forms=True):
        self.checked += 1
        assert not hashed_forms
        if self.is_busy:
            done(Check.BUSY)
        else:
            done(Check.RIGHT if account is not None and presented == "secret" else Check.WRONG)


class KeepingIntake(SmallIntake):
    """As the small intake, with parts, and with ids for refusals that are to be kept."""

    parts = 1

    async def submit(self, submissions):
        answers = []
        for submission, answer in zip(submissions, self._answers(submissions), strict=True):
            if isinstance(answer, Accepted):
                answer.message.parts = self.parts
                self.next_id = answer.message.id + self.parts
            elif submission.keep_refused:
                kept = message_of(self.next_id, submission=submission, state=State.REJECTED)
                self.next_id += 1
                answer = Refused(answer.reason, message=kept)
            answers.append(answer)
        return answers

    def _answers(self, submissions):
        for submission in submissions:
            found = []
            self.submit_then([submission], found.extend)
            yield found[0]


class World(SmsClubWorld):
    """The accounts of the JSON world; the password of each is `secret`."""

    def __init__(self, **how):
        super().__init__(**how)
        self.intake = KeepingIntake(self.directory, self.clock, self.store.rows)
        self.passwords = SmallPasswords()
        settings, failed = SmsClubSettings(failed_logins=3), FailedLogins(3, 600, 600)
        purses = Purses([Purse(1, ACCOUNT, "UAH", 1_034_170_000), Purse(2, NEIGHBOUR, "UAH", 0)])
        given = {"directory": self.directory, "passwords": self.passwords, "intake": self.intake, "store": self.store}
        given |= {"clock": self.clock, "settings": settings, "failed": failed}
        gates = Gates(**given)
        doors = (GatewayHttpDoor(gates, purses=purses), GatewayXmlDoor(gates))
        self.routes = {path: handler for door in doors for path, handler in door.routes().items()}

    def set_up(self, case):
        """The state before an exchange of the vectors."""
        self.intake.next_id = case.get("first_id", 100_000_001)
        self.intake.parts = case.get("parts", 1)
        self.intake.affords = case.get("affords", 1_000_000)
        self.intake.stop_list = set(case.get("stop_list", ()))
        for owner, states in ((ACCOUNT, case.get("states", {})), (NEIGHBOUR, case.get("foreign", {}))):
            for message_id, state in states.items():
                row = message_of(int(message_id), state=State[state], account_id=owner)
                self.store.rows[int(message_id)] = replace(row, attempts=[])
        return self

    async def ask(self, path, query=b"", body=b"", *, content_type="", peer="192.0.2.1", too_large=False):
        """Status, content type and text of an answer."""
        method = "POST" if body else "GET"
        headers = [("Host", "gateway"), ("Content-Type", content_type)]
        response = self.handler(path)(HttpRequest(method, path, query, headers, body, peer, too_large))
        response = await response if inspect.isawaitable(response) else response
        return response.status, dict(response.headers)["Content-Type"], response.body.decode()
