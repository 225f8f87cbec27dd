"""The door for mails: SMSC's `send@` with a command in the body, and addresses whose mails become messages.

What a mail asks goes to the `send` of SMSC's door (smsc-protocols.md 1); 250 is said once that is durable. A mail with
wrong credentials or a wrong command is taken and dropped without a word, as the original does, and counted; what should
be tried again is 451. Mail for anybody else is refused: nothing is ever relayed. `net.smtp_server` speaks the protocol.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from heliograph.core.directory import Directory
from heliograph.core.peers import is_within, network_of
from heliograph.core.zones import UnknownZone, offset_s
from heliograph.dialects.smsc_answer import BLOCKED, BUSY, CREDENTIALS, LIMIT, TOO_MANY_AT_ONCE
from heliograph.dialects.smsc_mail import COMMANDS, BadMail, Mail, read_command, read_mail, read_message
from heliograph.dialects.smsc_request import Request
from heliograph.doors.http_listener import CannotListen, Listener
from heliograph.doors.smtp_settings import NAME, MailboxSettings, SmtpDoorSettings, mailbox_of
from heliograph.model.account import Account, CredentialKind
from heliograph.model.receipt import NoticeResult
from heliograph.net.smtp_server import Reply, SmtpLimits, SmtpServer
from heliograph.ports import Clock
from heliograph.protocols.http import HttpResponse

Ask = Callable[[str, str, Request, str], HttpResponse | Awaitable[HttpResponse]]
SendMail = Callable[[str, str, str], Awaitable[NoticeResult]]
"""To whom, subject, text."""
AskFor = Callable[[str, str, Account, Request, str], HttpResponse | Awaitable[HttpResponse]]

_TAKEN: Final = Reply(250, "2.0.0 OK")
_LATER: Final = Reply(451, "4.3.0 try again later")
_UNKNOWN: Final = Reply(550, "5.1.1 no such address here, and nothing is relayed")
_FORBIDDEN: Final = Reply(550, "5.7.1 not allowed")
_CLOSED_NOW: Final = Reply(550, "5.7.1 not at this hour")
_ONE_AT_A_TIME: Final = Reply(452, "4.5.3 one address at a time")
_ADDRESS: Final = re.compile(r"([^@\s<>\x00-\x1f]{1,64})@([A-Za-z0-9.:\[\]-]{1,255})")
_HOUR_S: Final = 3600
_ERROR: Final = re.compile(r"ERROR = (\d+) \(([^)]*)\)")
_MOST_ANSWERS: Final = 100
"""Answers on their way by mail; who sends more hears nothing of the rest."""


class _Box(NamedTuple):
    """Where a mail goes: to the commands (no mailbox), or to numbers for an account."""

    mailbox: MailboxSettings | None = None
    account: Account | None = None
    numbers: tuple[str, ...] = ()


class SmtpDoor:
    """`ports.Door`. Raises `CannotListen` from `bind_addresses`. `mails` and `refused` are for the metrics. Each of
    `listeners` comes with whether it speaks TLS from the start; `send_mail` None: no answers are mailed."""

    name = NAME

    def __init__(
        self,
        listeners: Sequence[tuple[Listener, bool]],
        *,
        ask: Ask,
        ask_for: AskFor,
        directory: Directory,
        clock: Clock,
        settings: SmtpDoorSettings,
        usual_zone: str,
        send_mail: SendMail | None = None,
        on_fault: Callable[[str, BaseException], None],
    ) -> None:
        self._ask = ask
        self._ask_for = ask_for
        self._directory = directory
        self._clock = clock
        self._settings = settings
        self._usual_zone = usual_zone
        self._send_mail = send_mail
        self._answers: set[asyncio.Task[None]] = set()
        self._domains = frozenset(domain.lower() for domain in settings.domains)
        self.mails = 0
        self.refused = 0
        self.answered = 0
        limits = SmtpLimits(settings.max_size, settings.max_connections, settings.timeout_s)
        self._servers = [
            SmtpServer(
                listener.host,
                listener.port,
                listener.context,
                settings.hostname,
                limits,
                self,
                on_fault,
                tls_from_the_start=at_once,
            )
            for listener, at_once in listeners
        ]

    async def bind_addresses(self) -> None:
        """Take all addresses without listening yet."""
        for server, address in zip(self._servers, [server.address for server in self._servers], strict=True):
            try:
                await server.bind()
            except OSError as error:
                raise CannotListen(f"cannot listen on {address}: {error.strerror}") from None

    async def start(self) -> None:
        """Listen."""
        for server in self._servers:
            await server.start()

    async def stop(self, grace_s: float) -> None:
        """Listen no more, finish the mails that are being answered."""
        await asyncio.gather(*[server.stop(grace_s) for server in self._servers])

    @property
    def entrances(self) -> Sequence[SmtpServer]:
        """What listens, in the order of the settings."""
        return self._servers

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each socket listened on."""
        return [address for server in self._servers for address in server.addresses]

    # -- for the connections -----------------------------------------------------------------------------------------

    def accepts(self, sender: str, recipient: str, others: Sequence[str], peer: str) -> Reply | None:
        """Why a mail to this address is not taken; None if it is. A mail has one address: else a part of it could be
        done when the rest has to be tried again."""
        box = self._box(sender, recipient, peer)
        if isinstance(box, Reply):
            self.refused += 1
            return box
        return _ONE_AT_A_TIME if any(other.lower() != recipient.lower() for other in others) else None

    async def take(self, sender: str, recipient: str, octets: bytes, peer: str) -> Reply:
        """The answer to a whole mail, once what it asked for is durable."""
        self.mails += 1
        box = self._box(sender, recipient, peer)
        if isinstance(box, Reply):
            return box
        try:
            mail = read_mail(octets)
            if box.mailbox is None:
                request, account = read_command(mail), None
                asked = self._ask(NAME, peer, request, "send")
            else:
                assert box.account is not None
                request, account = _message(box, mail, sender), box.account
                asked = self._ask_for(NAME, peer, account, request, "send")
        except BadMail:
            self.refused += 1
            return _TAKEN
        response = asked if isinstance(asked, HttpResponse) else await asked
        line = response.body.decode()
        reply, is_known = await self._reply(line)
        if self._send_mail is not None and is_known and not mail.is_automatic:
            self._answer(self._send_mail, account or self._asker(request), sender, mail.subject, line)
        return reply

    async def _reply(self, line: str) -> tuple[Reply, bool]:
        """What is said to a line of send.php, and whether it was said to somebody known and is the last word."""
        found = _ERROR.match(line)
        if found is None:
            return _TAKEN, True
        self.refused += 1
        number, words = int(found[1]), found[2]
        if number == BLOCKED or (number == LIMIT and words in (BUSY, TOO_MANY_AT_ONCE)):
            return _LATER, False
        if number == CREDENTIALS:
            await asyncio.sleep(self._settings.failed_login_pause_s)
            return _TAKEN, False
        return _TAKEN, True

    # -- answers by mail ---------------------------------------------------------------------------------------------

    def _asker(self, request: Request) -> Account | None:
        """Whose command it was, after its credentials were found right."""
        login = request.get("login")
        if login:
            return self._directory.by_login(login)
        credential = self._directory.credential(CredentialKind.APIKEY, request.get("apikey"))
        return None if credential is None else self._directory.account(credential.account_id)

    def _answer(self, send_mail: SendMail, account: Account | None, sender: str, subject: str, line: str) -> None:
        """Mail the line to the sender where the account wants that. It is tried once: the message is what counts. Mails
        of programs get none, so two of them never write each other for ever."""
        wanted = account is not None and account.settings.mail_answers
        if not wanted or not sender or len(self._answers) >= _MOST_ANSWERS:
            return
        task = asyncio.get_running_loop().create_task(self._mail(send_mail, sender, f"Re: {subject}", line))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _mail(self, send_mail: SendMail, to: str, subject: str, text: str) -> None:
        if (await send_mail(to, subject, text)).delivered:
            self.answered += 1

    # -- addresses ---------------------------------------------------------------------------------------------------

    def _box(self, sender: str, recipient: str, peer: str) -> _Box | Reply:
        found = _ADDRESS.fullmatch(recipient)
        if found is None:
            return _UNKNOWN
        local, domain = found[1], found[2].lower()
        if local.lower() == COMMANDS:
            return _Box()
        if domain not in self._domains:
            return _UNKNOWN
        for mailbox in self._settings.mailboxes:
            numbers = _numbers(mailbox, local, sender)
            account = self._directory.by_login(mailbox.account) if numbers is not None else None
            if account is not None and numbers is not None:
                return self._allowed(_Box(mailbox, account, numbers), sender, peer)
        return self._owners_box(local, sender, peer)

    def _owners_box(self, local: str, sender: str, peer: str) -> _Box | Reply:
        """The mailbox that an owner set up for his sub-client."""
        account = self._directory.by_login(local.partition("+")[0])
        profile = account.profile if account is not None and not self._directory.is_closed(account) else None
        if account is None or profile is None:
            return _UNKNOWN
        mailbox = mailbox_of(account.login, profile, self._settings.owners_networks)
        numbers = _numbers(mailbox, local, sender) if mailbox is not None else None
        return _UNKNOWN if numbers is None else self._allowed(_Box(mailbox, account, numbers), sender, peer)

    def _allowed(self, box: _Box, sender: str, peer: str) -> _Box | Reply:
        mailbox, account = box.mailbox, box.account
        assert mailbox is not None
        assert account is not None
        if not _may_write(mailbox, sender) or not _is_near(mailbox, peer):
            return _FORBIDDEN
        now = self._clock.now()
        hour = (now // 1000 + self._offset_s(account, now)) % 86_400 // _HOUR_S
        return box if _is_open(mailbox.from_hour, mailbox.to_hour, hour) else _CLOSED_NOW

    def _offset_s(self, account: Account, now: int) -> int:
        try:
            return offset_s(account.settings.zone or self._usual_zone, now)
        except UnknownZone:
            return offset_s(self._usual_zone, now)


def _message(box: _Box, mail: Mail, sender: str) -> Request:
    assert box.mailbox is not None
    how = box.mailbox
    return read_message(
        mail,
        box.numbers,
        sender=sender,
        parts=how.parts,
        most=how.most_characters,
        translit=how.translit,
        numbers_in_body=how.numbers_in_body,
    )


def _is_open(first: int, end: int, hour: int) -> bool:
    """Whether mails become messages at this hour; from a later one to an earlier one is over midnight."""
    return first <= hour < end if first < end else hour >= first or hour < end


def _numbers(mailbox: MailboxSettings, local: str, sender: str) -> tuple[str, ...] | None:
    """Whom a mail to this local part reaches by this mailbox, but for those its text names; None if it is not its
    own."""
    login, _, number = local.partition("+")
    if login == mailbox.account:
        if not number:
            return mailbox.numbers or (() if mailbox.numbers_in_body else None)
        return (number,) if mailbox.any_number and number.isascii() and number.isdigit() else None
    bare = local.removeprefix("+")
    is_number = bare.isascii() and bare.isdigit()
    return (bare,) if mailbox.any_number and is_number and _may_write(mailbox, sender) else None


def _may_write(mailbox: MailboxSettings, sender: str) -> bool:
    """Whether the sender is one of those allowed. Anybody can claim to be him: hence `from_networks`."""
    given = sender.lower()
    allowed = {address.lower() for address in mailbox.from_addresses}
    return "@" in given and (given in allowed or "@" + given.rpartition("@")[2] in allowed)


def _is_near(mailbox: MailboxSettings, peer: str) -> bool:
    return not mailbox.from_networks or is_within(peer, tuple(map(network_of, mailbox.from_networks)))
