"""SMSC's door with a world behind it: accounts, money and ids as the door sees them, and passwords without waiting."""

from __future__ import annotations

import hashlib
import inspect
from urllib.parse import urlencode

from smsclub_world import ManualClock, message_of

from heliograph.backoffice.refusals import NothingFound
from heliograph.channels.sms.content import weigh
from heliograph.channels.sms.numbering import NumberingPlan
from heliograph.core.directory import Directory, secret_digest
from heliograph.core.errors import OF_REASON
from heliograph.core.guards import Duplicates
from heliograph.core.passwords import Check
from heliograph.core.purses import Purses
from heliograph.doors.smsc import SmscDoor
from heliograph.doors.smsc_balance import Balance
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.doors.smsc_send import Send
from heliograph.model.account import Account, Credential, CredentialKind, DirectoryRows, Sender, Settings
from heliograph.model.message import Kind, Message, State
from heliograph.model.money import Purse
from heliograph.model.refusal import Accepted, Reason, Refused
from heliograph.protocols.http import HttpRequest

SECRET = b"installation key of the tests"
ACCOUNT, NEIGHBOUR, CLOSED, OFFICE, STRICT = 7, 8, 9, 10, 11
PASSWORDS = {ACCOUNT: "secret", NEIGHBOUR: "neighbours", CLOSED: "closed", OFFICE: "office", STRICT: "strict"}


class SmallIntake:
    """Admits by the rules the answers depend on. A part costs 1.40; ids go up from `next_id`."""

    def __init__(self, directory, purses, clock):
        self.directory, self.purses, self.clock = directory, purses, clock
        self.next_id = 1234
        self.stop_list = set()
        self.refuses_all_with = None
        self.submitted = []
        self.lists = []
        self.held_back = None
        """A list to hold lists back in until the test lets them go."""

    def submit_then(self, submissions, then):
        self.submitted += submissions
        self.lists.append(len(submissions))
        request_id = self.next_id
        answers = [self._admit(submission, request_id) for submission in submissions]
        if self.held_back is None:
            then(answers)
        else:
            self.held_back.append(lambda: then(answers))

    def quote(self, submissions):
        return [self._checked(submission) for submission in submissions]

    def _admit(self, submission, request_id):
        message = self._checked(submission)
        if isinstance(message, Message) and not self.purses.reserve(ACCOUNT, message.price):
            message = Refused(Reason.NO_MONEY)
        if isinstance(message, Refused):
            if not submission.keep_refused or message.reason not in OF_REASON:
                return message
            kept = self._named(self._blank(submission, 1, 0, State.REJECTED), request_id)
            return Refused(message.reason, message=kept)
        return Accepted(self._named(message, request_id))

    def _checked(self, submission):
        account = self.directory.account(submission.account_id)
        if self.refuses_all_with is not None:
            return Refused(self.refuses_all_with)
        content = submission.content
        if content.kind is not Kind.HLR and not self.directory.may_send_as(account, submission.sender):
            return Refused(Reason.BAD_SENDER)
        if not submission.recipient:
            return Refused(Reason.BAD_RECIPIENT)
        if submission.recipient in self.stop_list:
            return Refused(Reason.STOP_LISTED)
        if submission.recipient.startswith("999"):
            return Refused(Reason.NO_ROUTE)
        parts = weigh(content).parts
        price = 0 if account.settings.test_mode else 1_400_000 * parts
        return self._blank(submission, parts, price, State.QUEUED)

    def _named(self, message, request_id):
        message.id, message.request_id = self.next_id, request_id
        self.next_id += message.parts
        if message.shown_id == "":
            message.shown_id = None if message.id == request_id else str(request_id)
        return message

    def _blank(self, submission, parts, price, state):
        message = message_of(0, submission=submission, state=state)
        operator = self.directory.operator(submission.recipient)
        message.parts, message.price, message.shown_id = parts, price, submission.shown_id
        message.operator = f"{operator.mcc}{operator.mnc}" if operator is not None else ""
        return message


class SmallPasswords:
    """Knows every password at once; `is_busy` as if too many waited, `later` as if the helper had to be asked."""

    def __init__(self):
        self.is_busy = False
        self.later = None

    def check(self, account, presented, done, *, hashed_forms=True):
        verdict = self._verdict(account, presented, hashed_forms)
        if self.later is None:
            done(verdict)
        else:
            self.later.append(lambda: done(verdict))

    def _verdict(self, account, presented, hashed_forms):
        if self.is_busy:
            return Check.BUSY
        clear = PASSWORDS[account.id].encode() if account is not None and account.settings.active else b"nobody's"
        forms = {clear.decode()}
        if hashed_forms:
            forms |= {hashlib.md5(clear).hexdigest(), hashlib.sha1(clear).hexdigest()}
        return Check.RIGHT if presented in forms and clear != b"nobody's" else Check.WRONG


class Plain:
    """A script without limits: a function."""

    def __init__(self, answer):
        self.answer = answer
        self.limits = {}


class World:
    """Accounts `shop`, `neighbour`, `closed` (inactive), `office` (one network), `strict` (no hashed passwords)."""

    def __init__(
        self,
        *,
        scripts=None,
        balance=250_809_999,
        credit=0,
        currency="RUB",
        settings=None,
        senders=("Shop", "Second"),
        recent=(),
        **door_settings,
    ):
        self.clock = ManualClock()
        given = {
            ACCOUNT: ("shop", settings or Settings()),
            NEIGHBOUR: ("neighbour", Settings()),
            CLOSED: ("closed", Settings(active=False)),
            OFFICE: ("office", Settings(allowed_peers=("203.0.113.0/24",))),
            STRICT: ("strict", Settings(hashed_passwords=False)),
        }
        rows = DirectoryRows(
            revision=1,
            accounts=[
                Account(number, login, number, "main", number, number, its) for number, (login, its) in given.items()
            ],
            credentials=[
                self._apikey(1, ACCOUNT, "shops-key"),
                self._apikey(2, NEIGHBOUR, "neighbours-key"),
                self._apikey(3, CLOSED, "key-of-a-closed-account"),
                self._apikey(4, ACCOUNT, "reading-key", scope="read"),
            ],
            senders=[
                Sender(1, NEIGHBOUR, "Other"),
                *(Sender(number, ACCOUNT, name) for number, name in enumerate(senders, 2)),
            ],
        )
        self.directory = Directory(rows, [], [], NumberingPlan.builtin(), SECRET)
        self.passwords = SmallPasswords()
        self.settings = SmscSettings(**door_settings)
        self.purses = Purses([Purse(ACCOUNT, ACCOUNT, currency, balance, credit), Purse(OFFICE, OFFICE, "RUB", 0)])
        self.intake = SmallIntake(self.directory, self.purses, self.clock)
        self.recent = recent
        self.door = SmscDoor(
            scripts=scripts or self._scripts(),
            directory=self.directory,
            passwords=self.passwords,
            clock=self.clock,
            settings=self.settings,
        )
        self.routes = self.door.routes()

    def _scripts(self):
        send = Send(
            directory=self.directory,
            intake=self.intake,
            purses=self.purses,
            duplicates=Duplicates(),
            recent=self.recent,
            groups=self.groups_of,
            template=self.template_of,
            clock=self.clock,
            settings=self.settings,
        )
        balance = Balance(purses=self.purses, clock=self.clock, settings=self.settings)
        return {"send": send, "balance": balance}

    async def groups_of(self, account_id, named, most):
        """There are no groups; a world with contacts knows more."""
        return {}

    async def template_of(self, account_id, template_id):
        """There are no templates."""
        raise NothingFound

    @staticmethod
    def _apikey(credential_id, account_id, clear, scope="live"):
        digest = secret_digest(SECRET, clear)
        return Credential(credential_id, account_id, CredentialKind.APIKEY, digest, scope=scope)

    def start(self, path, query=b"", body=b"", *, method="GET", content_type="", peer="192.0.2.1", too_large=False):
        """One request; what the handler gives the HTTP shell."""
        headers = [("Host", "any.example"), ("Content-Type", content_type)]
        request = HttpRequest(method, path, query, headers, body, peer, too_large)
        return self.handler(path)(request)

    async def call(self, path, query=b"", body=b"", **how):
        """The response of one request."""
        response = self.start(path, query, body, **how)
        return await response if inspect.isawaitable(response) else response

    async def ask(self, script, *, login="shop", psw="secret", peer="192.0.2.1", charset=None, **fields):
        """The body of a script's answer to these parameters, sent in the query; None leaves one out."""
        given = {"login": login, "psw": psw, "charset": charset, **fields}
        query = urlencode({k: v for k, v in given.items() if v is not None}, encoding=charset or "cp1251").encode()
        response = await self.call(f"/sys/{script}.php", query, peer=peer)
        assert response.status == 200
        return response.body.decode(charset or "cp1251")

    def handler(self, path):
        """The longest route, as the shell finds it."""
        if path in self.routes:
            return self.routes[path]
        prefixes = [route for route in self.routes if route.endswith("/") and path.startswith(route)]
        return self.routes[max(prefixes, key=len)]
