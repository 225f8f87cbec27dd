"""SMSC's door with a world behind it: accounts, money and ids as the door sees them, and passwords without waiting."""

from __future__ import annotations

import hashlib
import inspect
from urllib.parse import urlencode

from smsclub_world import ManualClock

from heliograph.channels.sms.numbering import NumberingPlan
from heliograph.core.directory import Directory, secret_digest
from heliograph.core.passwords import Check
from heliograph.core.purses import Purses
from heliograph.doors.smsc import SmscDoor
from heliograph.doors.smsc_balance import Balance
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.model.account import Account, Credential, CredentialKind, DirectoryRows, Sender, Settings
from heliograph.model.money import Purse
from heliograph.protocols.http import HttpRequest

SECRET = b"installation key of the tests"
ACCOUNT, NEIGHBOUR, CLOSED, OFFICE, STRICT = 7, 8, 9, 10, 11
PASSWORDS = {ACCOUNT: "secret", NEIGHBOUR: "neighbours", CLOSED: "closed", OFFICE: "office", STRICT: "strict"}


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


class World:
    """Accounts `shop`, `neighbour`, `closed` (inactive), `office` (one network), `strict` (no hashed passwords)."""

    def __init__(self, *, scripts=None, balance=250_809_999, credit=0, currency="RUB", settings=None, **door_settings):
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
            senders=[Sender(1, ACCOUNT, "Shop"), Sender(2, ACCOUNT, "Second"), Sender(3, NEIGHBOUR, "Other")],
        )
        self.directory = Directory(rows, [], [], NumberingPlan.builtin(), SECRET)
        self.passwords = SmallPasswords()
        self.settings = SmscSettings(**door_settings)
        self.purses = Purses([Purse(ACCOUNT, ACCOUNT, currency, balance, credit), Purse(OFFICE, OFFICE, "RUB", 0)])
        self.calls = []
        self.door = SmscDoor(
            scripts=scripts or self._scripts(),
            directory=self.directory,
            passwords=self.passwords,
            clock=self.clock,
            settings=self.settings,
        )
        self.routes = self.door.routes()

    def _scripts(self):
        return {"balance": Balance(purses=self.purses, clock=self.clock, settings=self.settings).answer}

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
