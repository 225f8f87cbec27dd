"""An SMTP server without opinions: one listening address, whose mails go to a `Postman`. Over aiosmtpd.

Only CR LF . CR LF ends a mail, so that nobody smuggles a second one into the first (B28). What a mail, a line, a
connection and a wait may take is bounded; nothing of a mail reaches a log; a fault of ours is 451 and nothing more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import ssl
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

MOST_OVER: Final = 64
"""A mail so many times longer than allowed is not listened to until its end: the connection is closed."""
MOST_RECIPIENTS: Final = 100
_HANDSHAKE_S: Final = 10.0
_PLAIN: Final = re.compile(r"<([A-Za-z0-9][\w.+-]{0,62}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>(?: +(\S.*)?)?", re.ASCII)
_SILENCE: Final = logging.CRITICAL + 1


class Reply(NamedTuple):
    """What is answered: a code of RFC 5321, and words."""

    code: int
    words: str

    def __str__(self) -> str:
        return f"{self.code} {self.words}"


class SmtpLimits(NamedTuple):
    """Bytes of a mail, connections of a listener, seconds from one command to the next."""

    size: int
    connections: int
    timeout_s: float


class Postman(Protocol):
    """Whoever takes the mails."""

    def accepts(self, sender: str, recipient: str, others: Sequence[str], peer: str) -> Reply | None:
        """Why a recipient is refused; None if he is not. `others` are those accepted before, of the same mail."""

    async def take(self, sender: str, recipient: str, octets: bytes, peer: str) -> Reply:
        """The answer to a whole mail."""


class SmtpServer:
    """One address. `bind`, `start`, then `stop`, once each. With a `context` it offers STARTTLS, or speaks TLS from the
    start."""

    def __init__(
        self,
        host: str,
        port: int,
        context: ssl.SSLContext | None,
        hostname: str,
        limits: SmtpLimits,
        postman: Postman,
        on_fault: Callable[[str, BaseException], None],
        *,
        tls_from_the_start: bool = False,
    ) -> None:
        self._host, self._port, self._context, self._hostname = host, port, context, hostname
        self._first = context if tls_from_the_start else None
        """What TLS from the start begins with; asyncio holds it for good."""
        self.limits = limits
        self.postman = postman
        self.on_fault = on_fault
        self.open: set[_Connection] = set()
        self.is_stopping = False
        self._server: asyncio.Server | None = None
        self._answered = asyncio.Event()
        logging.getLogger("mail.log").setLevel(_SILENCE)  # it would write commands and mails

    @property
    def address(self) -> str:
        """As an operator writes it."""
        return f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each socket listened on."""
        sockets = self._server.sockets if self._server is not None else ()
        return [(name[0], name[1]) for name in (one.getsockname() for one in sockets)]

    async def bind(self) -> None:
        """Take the address without listening yet. Raises OSError."""
        loop = asyncio.get_running_loop()
        first = self._first
        self._server = await loop.create_server(
            lambda: _Connection(self, self._context if first is None else None, self._hostname, loop),
            self._host,
            self._port,
            ssl=first,
            ssl_handshake_timeout=None if first is None else _HANDSHAKE_S,
            start_serving=False,
        )

    @property
    def has_tls(self) -> bool:
        """Whether there is a certificate to renew."""
        return self._context is not None

    def renew(self, context: ssl.SSLContext) -> None:
        """New connections get another certificate; open ones go on with theirs."""
        self._context = context
        if self._first is not None:
            self._first.sni_callback = self._choose

    def _choose(self, link: ssl.SSLObject, name: str | None, first: ssl.SSLContext) -> None:
        """Asked in each handshake, also of a caller who names no host."""
        assert self._context is not None
        link.context = self._context

    async def start(self) -> None:
        """Listen."""
        assert self._server is not None
        await self._server.start_serving()

    def answered(self) -> None:
        """A mail was answered."""
        if self.is_stopping and not any(connection.is_busy for connection in self.open):
            self._answered.set()

    async def stop(self, grace_s: float) -> None:
        """Listen no more; whose mail is being answered gets his answer for up to `grace_s`."""
        self.is_stopping = True
        if self._server is not None:
            self._server.close()
        for connection in list(self.open):
            if not connection.is_busy:
                connection.cut()
        if any(connection.is_busy for connection in self.open):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._answered.wait(), grace_s)
        for connection in list(self.open):
            connection.cut()
        await asyncio.sleep(0)


def plain_address(words: str) -> tuple[str, str] | None:
    """Address and parameters behind `MAIL FROM:` and `RCPT TO:`, as aiosmtpd reads them; None for one that is not
    plain. Its reader of mail headers takes 0.13 ms for each."""
    found = _PLAIN.fullmatch(words)
    return None if found is None else (found[1], found[2] or "")


class _Connection(SMTP):
    """One caller, and the hooks aiosmtpd asks of a handler."""

    def __init__(
        self, server: SmtpServer, context: ssl.SSLContext | None, hostname: str, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.line_length_limit = server.limits.size
        self.server = server
        self.is_busy = False
        self._heard = 0
        super().__init__(
            self,
            data_size_limit=server.limits.size,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident="ESMTP",
            tls_context=context,
            timeout=server.limits.timeout_s,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            loop=loop,
        )

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        return plain_address(arg) or super()._getaddr(arg)

    # -- what aiosmtpd asks ------------------------------------------------------------------------------------------

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, _: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Whether the address is one of ours."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        refusal = self.server.postman.accepts(envelope.mail_from or "", address, envelope.rcpt_tos, self._peer(session))
        if refusal is not None:
            return str(refusal)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """A whole mail."""
        if self.server.is_stopping:
            return "421 4.3.2 closing"
        self.is_busy = True
        try:
            content = envelope.original_content or b""
            sender, recipient = envelope.mail_from or "", envelope.rcpt_tos[0]
            return str(await self.server.postman.take(sender, recipient, bytes(content), self._peer(session)))
        finally:
            self.is_busy = False
            asyncio.get_running_loop().call_soon(self.server.answered)

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours; nothing of it is told."""
        self.server.on_fault("smtp", error)
        return "451 4.3.0 try again later"

    # -- what it does otherwise --------------------------------------------------------------------------------------

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        """As RFC 3207 asks: whatever was said before the handshake is forgotten, also what is still unread."""
        if arg:
            await self.push("501 Syntax: STARTTLS")
            return
        if self.tls_context is None or self._tls_protocol is not None:
            await self.push("454 TLS not available")
            return
        if self._reader._buffer:  # type: ignore[attr-defined]
            await self.push("503 5.5.1 nothing may follow STARTTLS")
            self.cut()
            return
        await self.push("220 Ready to start TLS")
        plain = cast(asyncio.WriteTransport, self.transport)  # of whichever loop: uvloop's have no class of asyncio's
        try:
            transport = await self.loop.start_tls(
                plain, self, self.tls_context, server_side=True, ssl_handshake_timeout=_HANDSHAKE_S
            )
        except (OSError, ssl.SSLError):
            self.cut()
            return
        assert transport is not None
        self.transport = transport
        self._reader._transport = transport  # type: ignore[attr-defined]
        self._writer._transport = transport  # type: ignore[attr-defined]
        self._over_ssl = True
        self._tls_protocol = transport.get_extra_info("ssl_object")
        peer = self.session.peer if self.session is not None else None
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self.session = self._create_session()
        self.session.peer = peer
        self.session.ssl = {"ssl_object": self._tls_protocol}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.server.is_stopping or len(self.server.open) >= self.server.limits.connections:
            crowded = cast(asyncio.WriteTransport, transport)
            crowded.write(b"421 4.3.2 too many connections\r\n")
            crowded.close()
            self.transport = None
            return
        self.server.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self in self.server.open:
            self.server.open.discard(self)
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        return super().eof_received() if self in self.server.open else None

    def data_received(self, data: bytes) -> None:
        """A mail is heard to its end even when it is too long, so that 552 arrives; but not for ever."""
        if self not in self.server.open:
            return
        self._heard += len(data)
        if self._heard > self.server.limits.size * MOST_OVER:
            self.cut()
            return
        super().data_received(data)

    def _set_post_data_state(self) -> None:
        self._heard = 0
        super()._set_post_data_state()  # type: ignore[no-untyped-call]

    def cut(self) -> None:
        """End the connection now."""
        if self.transport is not None:
            cast(asyncio.WriteTransport, self.transport).abort()

    @staticmethod
    def _peer(session: Session) -> str:
        peer: Any = session.peer
        return str(peer[0]) if peer else ""
