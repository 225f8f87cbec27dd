"""The SMPP door: listeners, who may bind, how fast, and what belongs to all connections together (SMPP 3.4).

A connection asks here whom it may let in and hands on what came; one sweep a second looks at all their timers. Three
flavours of the same protocol are spoken (decisions.md 13): a credential names its own, else the listener does.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from heliograph.channels.sms.numbering import Correction, normalise_smsc
from heliograph.core.directory import Directory
from heliograph.core.limits import FailedLogins, TokenBucket
from heliograph.core.passwords import Check, Passwords
from heliograph.dialects.smpp import FLAVOURS, PORTS, Flavour
from heliograph.dialects.smpp_submit import ISO, Bound
from heliograph.doors.http_listener import Entrance, Listener
from heliograph.doors.reception import Reception
from heliograph.doors.smpp_limits import NAME, SmppDoorSettings
from heliograph.doors.smpp_notices import SmppNotifier, target_of
from heliograph.doors.smpp_requests import Requests
from heliograph.doors.smpp_session import Request, SmppConnection
from heliograph.model.account import Account, Credential, CredentialKind, Settings
from heliograph.model.message import Submission
from heliograph.model.receipt import Notice
from heliograph.model.refusal import Answer, Reason, Refused
from heliograph.net.capture import CaptureFile
from heliograph.ports import Clock
from heliograph.protocols.smpp.pdu import Bind
from heliograph.protocols.smpp.session import Limits
from heliograph.protocols.smpp.status import Status
from heliograph.protocols.smpp.timers import Spans

SWEEP_S: Final = 1.0
_HANDSHAKES: Final = 500
_HANDSHAKE_S: Final = 2.0

Fault = Callable[[str, BaseException], None]


class Admits(Protocol):
    """What the door needs of intake."""

    def submit_then(self, submissions: list[Submission], then: Callable[[list[Answer]], None]) -> None:
        """One answer per submission, in order, once what was accepted is durable."""


class SmppDoor:
    """`ports.Door`. `listeners` come with the flavour of their settings, "" for the usual one of their port.

    `binds`, `refused_binds` and `connections` are for the metrics.
    """

    name = NAME

    def __init__(
        self,
        listeners: Sequence[tuple[Listener, str]],
        *,
        directory: Directory,
        intake: Admits,
        passwords: Passwords,
        notifier: SmppNotifier,
        requests: Requests,
        clock: Clock,
        settings: SmppDoorSettings,
        corrections: Sequence[Correction],
        on_fault: Fault,
        captures: Mapping[str, CaptureFile] | None = None,
    ) -> None:
        self._directory = directory
        self._intake = intake
        self._passwords = passwords
        self._notifier = notifier
        self._requests = requests
        self._clock = clock
        self._settings = settings
        self._on_fault = on_fault
        self._captures = captures or {}
        corrected = replace(FLAVOURS["smsc"], normalise=partial(normalise_smsc, corrections=corrections))
        self._of_name = {**FLAVOURS, "smsc": corrected}
        self._flavours = [self._of_name[name or PORTS.get(listener.port, "plain")] for listener, name in listeners]
        self._reception = Reception[SmppConnection](
            [
                Entrance(listener, (), now=clock.monotonic, handshakes=_HANDSHAKES, handshake_s=_HANDSHAKE_S)
                for listener, _ in listeners
            ]
        )
        self._sweeper: asyncio.TimerHandle | None = None
        self.failed = FailedLogins(settings.failed_logins, settings.failed_logins_window_s, settings.block_s)
        self._speeds: dict[int, TokenBucket] = {}
        self._revision = directory.revision
        self.here: Counter[str] = Counter()
        """Binds of each system_id."""
        self.elsewhere: Callable[[str], int] = lambda _: 0
        """Binds of a system_id on other nodes."""
        self.binds = 0
        self.refused_binds = 0

    # -- ports.Door ----------------------------------------------------------------------------------------------

    async def bind_addresses(self) -> None:
        """Take all addresses, or none, without listening yet. Raises `CannotListen`."""
        await self._reception.bind()

    async def start(self) -> None:
        """Listen everywhere, or nowhere. Raises `CannotListen`."""
        await self._reception.serve(
            [partial(SmppConnection, self, flavour, self._limits(flavour)) for flavour in self._flavours]
        )
        if self.entrances:
            self._sweep()

    async def stop(self, grace_s: float) -> None:
        """Listen no more; answer what was asked and unbind everybody for up to `grace_s`, then cut off the rest."""
        await self._reception.stop(grace_s, SmppConnection.leave)
        await self._requests.stop()
        if self._sweeper is not None:
            self._sweeper.cancel()

    @property
    def entrances(self) -> list[Entrance]:
        """The listeners at work."""
        return self._reception.entrances

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each socket listened on, in the order of the listeners."""
        return self._reception.addresses

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._reception)

    def _limits(self, flavour: Flavour) -> Limits:
        settings = self._settings
        spans = Spans(
            session_init_ms=settings.bind_s * 1000,
            enquire_link_ms=settings.enquire_link_s * 1000,
            inactivity_ms=flavour.inactivity_s * 1000,
            response_ms=settings.response_s * 1000,
        )
        overrun = flavour.status_of(Reason.TOO_MANY_REQUESTS)
        return Limits(owed=settings.max_pending, overrun=overrun, spans=spans)

    # -- for the connections -------------------------------------------------------------------------------------

    def monotonic(self) -> int:
        return int(self._clock.monotonic() * 1000)

    def now(self) -> int:
        return self._clock.now()

    def opened(self, connection: SmppConnection) -> bool:
        return self._reception.enter(connection, self._settings.max_connections)

    def closed(self, connection: SmppConnection) -> None:
        self._notifier.went(connection)
        self._reception.left(connection)
        if connection.bound is not None:
            self.here[connection.system_id] -= 1
            if not self.here[connection.system_id]:
                del self.here[connection.system_id]

    def submit(self, submissions: list[Submission], then: Callable[[list[Answer]], None]) -> None:
        try:
            self._intake.submit_then(submissions, then)
        except Exception as error:
            self.fault(error)
            then([Refused(Reason.INTERNAL) for _ in submissions])

    def fault(self, error: Exception) -> None:
        self._on_fault("smpp", error)

    def ask(self, connection: SmppConnection, requests: list[Request]) -> None:
        self._requests.ask(connection, requests)

    def answered(self, connection: SmppConnection, answers: list[tuple[Notice, int]]) -> None:
        self._notifier.answered(connection, answers)

    def unanswered(self, connection: SmppConnection, notices: list[Notice], *, lost: bool) -> None:
        self._notifier.unanswered(connection, notices, lost=lost)

    def pace(self, connection: SmppConnection, count: int) -> tuple[int, float]:
        bound = connection.bound
        assert bound is not None
        account = self._directory.account(bound.account_id)
        own = account.settings if account is not None else Settings()
        rate: float = own.smpp_speed or self._settings.speed(bound.flavour.name)
        if not rate:
            return count, 0.0
        elsewhere = self.elsewhere(connection.system_id)
        if elsewhere:  # each node grants as much as it has binds
            here = self.here[connection.system_id]
            rate = max(1.0, rate * here / (here + elsewhere))
        bucket = self._speeds.get(bound.account_id)
        if bucket is None:
            bucket = self._speeds[bound.account_id] = TokenBucket(rate, rate)
        elif bucket.rate != rate:
            bucket.set_rate(rate, rate)
        now = self._clock.monotonic()
        if (own.smpp_overspeed or self._settings.overspeed) == "refuse":
            return bucket.take(now, count), 0.0
        bucket.spend(now, count)
        return count, bucket.wait(now)

    # -- who may bind --------------------------------------------------------------------------------------------

    def bind(self, connection: SmppConnection, bind: Bind) -> None:
        """Look at the address, then at the password; an unknown login costs the same work as a known one (B27)."""
        if self._reception.is_stopping or self.failed.blocked(connection.peer, self._clock.monotonic()):
            self._refuse(connection, bind, connection.flavour.not_here)
            return
        system_id = bind.system_id.decode("latin-1")
        credentials, account = self._known(system_id)

        def checked(check: Check) -> None:
            if connection.is_over:
                return
            if check is Check.BUSY:
                self._refuse(connection, bind, Status.ESME_RSYSERR)
            elif check is Check.WRONG or account is None:
                self._wrong(connection, bind, is_known=account is not None)
            else:
                self._right(connection, bind, system_id)

        self._passwords.check_against(credentials, bind.password.decode("latin-1"), checked, hashed_forms=False)

    def _known(self, system_id: str) -> tuple[list[Credential], Account | None]:
        """A system_id of its own; else the login, with the account's password (smsc-protocols.md 2.1)."""
        own = self._directory.by_system_id(system_id)
        if own is not None:
            return [own], self._directory.account(own.account_id)
        account = self._directory.by_login(system_id)
        if account is None:
            return [], None
        rows = self._directory.credentials(account.id)
        return [row for row in rows if row.kind is CredentialKind.PASSWORD], account

    def _wrong(self, connection: SmppConnection, bind: Bind, *, is_known: bool) -> None:
        """Answered late, so that guessing takes its time; the address is blocked after too many."""
        self.failed.failed(connection.peer, self._clock.monotonic())
        flavour = connection.flavour
        status = flavour.wrong_password if is_known else flavour.unknown_login
        loop = asyncio.get_running_loop()
        loop.call_later(self._settings.failed_login_pause_s, self._refuse, connection, bind, status)

    def _refuse(self, connection: SmppConnection, bind: Bind, status: int) -> None:
        self.refused_binds += 1
        connection.refuse(bind, status)

    def _right(self, connection: SmppConnection, bind: Bind, system_id: str) -> None:
        """The password is right: may he come in from there, now, once more?"""
        flavour = self._flavour(connection, system_id)
        account = self._welcome(connection, system_id)
        if account is None:
            self._refuse(connection, bind, flavour.not_here)
            return
        others = sum(other.system_id == system_id and not other.is_over for other in self._reception)
        settings = account.settings
        if others + self.elsewhere(system_id) >= (settings.smpp_binds or self._settings.max_binds):
            self._refuse(connection, bind, flavour.too_many_binds)
            return
        bound = Bound(
            account_id=account.id,
            door=NAME,
            peer=connection.peer,
            target=target_of(system_id),
            flavour=flavour,
            senders=self._directory.names_usual_first(account),
            is_iso=bind.system_type == ISO,
            quarters=self._notifier.quarters(settings.zone, flavour.name, self._clock.now()),
        )
        self.binds += 1
        self.here[system_id] += 1
        if system_id in self._captures:
            connection.record(bind, self._captures[system_id])
        window = settings.smpp_window or self._settings.window or flavour.window
        connection.let_in(bind, system_id, bound, window)
        if connection.is_receiver:
            self._notifier.came(connection)

    def _flavour(self, connection: SmppConnection, system_id: str) -> Flavour:
        own = self._directory.by_system_id(system_id)
        words = own.scope.split() if own is not None else []
        return next((self._of_name[word] for word in words if word in self._of_name), connection.flavour)

    def _welcome(self, connection: SmppConnection, system_id: str) -> Account | None:
        """The account of a system_id, if it may use SMPP from this address; the allow-list fails closed (B26)."""
        credentials, account = self._known(system_id)
        if account is None or not credentials or self._directory.is_closed(account):
            return None
        if NAME in account.settings.closed_doors or not self._directory.peer_allowed(account, connection.peer):
            return None
        return account

    # -- time ----------------------------------------------------------------------------------------------------

    def _sweep(self) -> None:
        now = self.monotonic()
        for connection in self._reception:
            connection.tick(now)
        if self._revision != self._directory.revision:
            self._revision = self._directory.revision
            self._look_again()
        self._sweeper = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep)

    def _look_again(self) -> None:
        """The directory has changed: who may not be here any more is shown out, what nobody can get is given up."""
        for connection in self._reception:
            bound = connection.bound
            if bound is None or connection.is_over:
                continue
            account = self._welcome(connection, connection.system_id)
            if account is None or account.id != bound.account_id:
                connection.leave()
        self._notifier.look_again()
