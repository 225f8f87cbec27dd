"""Mails on their way out, to one server that takes them: plain text, one address each.

The standard library speaks the protocol, in a thread: such mails are few and nobody waits for them. What the server
says for good is told apart from what it says for now. Never does it send to anybody but the address it is given.
"""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Annotated, Final, Literal

from msgspec import Meta

_ADDRESS: Final = re.compile(r"[^@\s<>,;:\"\x00-\x1f\x7f]{1,64}@[A-Za-z0-9.-]{1,255}")
_AT_ONCE: Final = 4
"""Mails under way: more threads would only wait for one server."""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The server that takes mails of the gateway's own: incoming messages sent on, notices to customers."""

    host: Annotated[str, "Name of the server; empty = no mails are sent."] = ""
    port: Annotated[int, Meta(ge=1, le=65535), 'Its port: 25 or 587, with security = "tls" 465.'] = 25
    security: Annotated[Literal["none", "starttls", "tls"], "TLS: none, after STARTTLS, or from the start."] = (
        "starttls"
    )
    username: Annotated[str, "Who logs in; empty = nobody does."] = ""
    password: Annotated[str, "Password of that user; better: password_file, the name of a file with it."] = field(
        default="", repr=False
    )
    sender: Annotated[str, "From whom the mails are."] = "heliograph@localhost"
    timeout_s: Annotated[float, Meta(ge=0.1, le=600), "Seconds one step of the exchange may take."] = 30.0


class MailFailed(Exception):
    """A mail was not taken; `is_final` = it never will be. The text is the server's answer, or the fault's name."""

    def __init__(self, said: str, *, is_final: bool) -> None:
        super().__init__(said)
        self.is_final = is_final


class MailOut:
    """Sends. Without a host every mail fails for good."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def send(self, to: str, subject: str, text: str) -> None:
        """Returns once the server has taken it. Raises `MailFailed`."""
        if not self._settings.host:
            raise MailFailed("no mail server is set", is_final=True)
        if _ADDRESS.fullmatch(to) is None:
            raise MailFailed("no address", is_final=True)
        letter = EmailMessage()
        letter["From"], letter["To"] = self._settings.sender, to
        letter["Subject"] = " ".join(subject.split())[:200]
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no program shall answer
        letter.set_content(text)
        async with self._room:
            await asyncio.to_thread(self._send, letter, to)

    def _send(self, letter: EmailMessage, to: str) -> None:
        settings = self._settings
        try:
            with self._connected() as server:
                if settings.security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if settings.username:
                    server.login(settings.username, settings.password)
                server.send_message(letter, settings.sender, [to])
        except smtplib.SMTPRecipientsRefused as refused:
            code, _ = next(iter(refused.recipients.values()))
            raise MailFailed(f"SMTP {code}", is_final=code >= 500) from None
        except smtplib.SMTPResponseException as refused:
            is_of_mail = isinstance(refused, smtplib.SMTPDataError | smtplib.SMTPSenderRefused)
            raise MailFailed(f"SMTP {refused.smtp_code}", is_final=is_of_mail and refused.smtp_code >= 500) from None
        except (OSError, smtplib.SMTPException) as error:
            raise MailFailed(type(error).__name__, is_final=False) from None

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout_s, context=context)
        return smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
