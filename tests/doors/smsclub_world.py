"""A door with a world behind it that is small but real in what the door can see: accounts, money, ids, duplicates."""

from __future__ import annotations

import inspect

from heliograph.channels.sms.numbering import NumberingPlan
from heliograph.core.directory import Directory, secret_digest
from heliograph.core.purses import Purses
from heliograph.doors.smsclub import SmsClubDoor, SmsClubSettings
from heliograph.model.account import (
    Account,
    Credential,
    CredentialKind,
    DirectoryRows,
    Sender,
    SenderState,
    Settings,
)
from heliograph.model.message import Content, Message, Priority, State
from heliograph.model.money import Purse
from heliograph.model.refusal import Accepted, Reason, Refused
from heliograph.ports import StoreFailure
from heliograph.protocols.http import HttpRequest

SECRET = b"installation key of the tests"
TOKEN = "good-token"
NEIGHBOURS_TOKEN = "neighbours-token"
ACCOUNT = 7
NEIGHBOUR = 8


class ManualClock:
    """Time that passes when the test says so."""

    def __init__(self):
        self.seconds = 1_000.0

    def now(self):
        return 1_700_000_000_000 + int(self.seconds * 1000)

    def monotonic(self):
        return self.seconds

    def sleep(self, seconds):
        self.seconds += seconds


class SmallIntake:
    """Admits what the door submits by the rules the door's answers depend on, in the order of core's intake."""

    def __init__(self, directory, clock, messages):
        self.directory = directory
        self.clock = clock
        self.messages = messages
        self.next_id = 100_000_001
        self.stop_list = set()
        self.affords = 1_000_000
        self.refuses_all_with = None
        self.submitted = []
        self._accepted = {}

    def remember(self, sender, recipient, text):
        self._accepted[sender, recipient, text] = self.clock.now()

    def submit_then(self, submissions, then):
        self.submitted += submissions
        then([self._admit(submission) for submission in submissions])

    def _admit(self, submission):
        account = self.directory.account(submission.account_id)
        what = (submission.sender, submission.recipient, submission.content.text)
        accepted_at = self._accepted.get(what)
        window_ms = submission.duplicate_window_s * 1000
        if self.refuses_all_with is not None:
            return Refused(self.refuses_all_with)
        if not self.directory.may_send_as(account, submission.sender):
            return Refused(Reason.BAD_SENDER)
        if not submission.recipient:
            return Refused(Reason.BAD_RECIPIENT)
        if submission.recipient in self.stop_list:
            return Refused(Reason.STOP_LISTED)
        if accepted_at is not None and self.clock.now() - accepted_at < window_ms:
            return Refused(Reason.DUPLICATE)
        if self.affords < 1:
            return Refused(Reason.NO_MONEY)
        self.affords -= 1
        self.remember(*what)
        message = message_of(self.next_id, submission=submission)
        self.next_id += 1
        self.messages[message.id] = message
        return Accepted(message)


class SmallStore:
    """The one question the door asks."""

    def __init__(self):
        self.rows = {}
        self.is_broken = False

    async def messages(self, ids, account_id):
        if self.is_broken:
            raise StoreFailure("the disk is gone")
        return [self.rows[i] for i in ids if i in self.rows and self.rows[i].account_id == account_id]


class World:
    """An account with a token, a neighbour with another, and the door."""

    def __init__(
        self, *, senders=("VashZakaz", "test1"), settings=None, balance=8_111_170_000, intake=None, **door_settings
    ):
        self.clock = ManualClock()
        names = [Sender(n, ACCOUNT, name) for n, name in enumerate(senders, 1)]
        names.append(Sender(50, ACCOUNT, "waiting", SenderState.WAITING))
        names.append(Sender(51, NEIGHBOUR, "Stranger"))
        rows = DirectoryRows(
            revision=1,
            accounts=[
                Account(ACCOUNT, "380671112233", 1, "main", ACCOUNT, ACCOUNT, settings or Settings()),
                Account(NEIGHBOUR, "380671112244", 2, "main", NEIGHBOUR, NEIGHBOUR),
                Account(9, "380671112255", 3, "main", 9, 9, Settings(active=False)),
            ],
            credentials=[
                self._token(1, ACCOUNT, TOKEN),
                self._token(2, NEIGHBOUR, NEIGHBOURS_TOKEN),
                self._token(3, 9, "token-of-a-closed-account"),
                self._token(4, ACCOUNT, "reading-token", scope="read"),
            ],
            senders=names,
        )
        self.directory = Directory(rows, [], [], NumberingPlan(), SECRET)
        self.store = SmallStore()
        self.intake = intake or SmallIntake(self.directory, self.clock, self.store.rows)
        self.door = SmsClubDoor(
            directory=self.directory,
            intake=self.intake,
            store=self.store,
            purses=Purses([Purse(1, ACCOUNT, "UAH", balance), Purse(2, NEIGHBOUR, "UAH", 0)]),
            clock=self.clock,
            settings=SmsClubSettings(**door_settings),
        )
        self.routes = self.door.routes()

    @staticmethod
    def _token(credential_id, account_id, clear, scope="live"):
        return Credential(credential_id, account_id, CredentialKind.TOKEN, secret_digest(SECRET, clear), scope=scope)

    async def call(self, path, body=b"", *, method="POST", token=TOKEN, headers=(), peer="192.0.2.1", too_large=False):
        """One request; the response as the HTTP shell would get it."""
        given = [("Host", "gateway"), *headers]
        if token is not None:
            given.append(("Authorization", f"Bearer {token}"))
        request = HttpRequest(
            method=method,
            path=path,
            query=b"",
            headers=given,
            body=body.encode() if isinstance(body, str) else body,
            peer=peer,
            body_too_large=too_large,
        )
        response = self.handler(path)(request)
        return await response if inspect.isawaitable(response) else response

    def handler(self, path):
        """The longest route, as the shell finds it: the path itself, else the nearest prefix that ends in "/"."""
        if path in self.routes:
            return self.routes[path]
        prefixes = [route for route in self.routes if route.endswith("/") and path.startswith(route)]
        return self.routes[max(prefixes, key=len)]


def message_of(message_id, *, submission=None, state=State.QUEUED, account_id=ACCOUNT):
    """A stored message, as intake makes it of a submission, or any message of an account."""
    recipient = submission.recipient if submission is not None else "380989361131"
    return Message(
        id=message_id,
        account_id=account_id,
        channel="sms",
        sender="VashZakaz",
        recipient=recipient,
        recipient_given=submission.recipient_given if submission is not None else recipient,
        content=submission.content if submission is not None else Content("test"),
        coding=0,
        parts=1,
        state=state,
        priority=Priority.NORMAL,
        door="smsclub",
        dialect="smsclub_json",
        peer="",
        request_id=message_id,
        accepted_at=0,
        due_at=0,
        expires_at=0,
        connector="",
        route_id="",
        tariff_line="",
        purse=1,
        price=0,
        revision=1,
        integration_id=submission.integration_id if submission is not None else None,
    )
