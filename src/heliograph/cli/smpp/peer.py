"""How a tool reaches a message centre: address, login, TLS; and a bound connection to it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from cyclopts import Parameter

from heliograph.backoffice.verbs import NotPossible
from heliograph.net.smpp_esme import Delivered, Esme
from heliograph.net.tls_client import client_context
from heliograph.protocols.smpp.pdu import Bind, BindReceiver, BindTransceiver, BindTransmitter
from heliograph.protocols.smpp.session import Limits
from heliograph.protocols.smpp.status import named
from heliograph.protocols.smpp.timers import Spans

if TYPE_CHECKING:
    import ssl

How = Literal["trx", "tx", "rx"]

BINDS: Final[dict[How, type[Bind]]] = {"trx": BindTransceiver, "tx": BindTransmitter, "rx": BindReceiver}

PASSWORD_VARIABLE: Final = "HELIOGRAPH_SMPP_PASSWORD"  # noqa: S105 - the name of a variable
USUAL_PORT: Final = 2775

Address = Annotated[str, Parameter(help="HOST:PORT of the message centre; the port is 2775 if it is left out.")]
SystemId = Annotated[str, Parameter(help="Login of the bind.")]
Password = Annotated[str, Parameter(help=f"Its password; better not on a command line: in ${PASSWORD_VARIABLE}.")]
SystemType = Annotated[str, Parameter(help="system_type of the bind; mostly nothing.")]
Tls = Annotated[bool, Parameter(negative="", help="Speak TLS; the certificate is checked against the host's name.")]
Authorities = Annotated[Path | None, Parameter(help="PEM file of the authorities trusted; none = the system's.")]


@dataclass(frozen=True, slots=True)
class Peer:
    """A message centre, and who we say we are."""

    host: str
    port: int
    system_id: str
    password: str
    system_type: str = ""
    tls: bool = False
    authorities: Path | None = None
    answer_s: float = 10.0
    """How long an answer is waited for."""

    @property
    def address(self) -> str:
        """In one word."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def bind(self, how: How) -> Bind:
        """The PDU. Raises `NotPossible` for a login that has no form in it."""
        try:
            system_id, password = self.system_id.encode("latin-1"), self.password.encode("latin-1")
            system_type = self.system_type.encode("latin-1")
        except UnicodeEncodeError:
            raise NotPossible("system_id, password and system_type are Latin letters") from None
        return BINDS[how](system_id=system_id, password=password, system_type=system_type)

    async def connect(self, delivered: Delivered, window: int = 10) -> Esme:
        """A connection that is not bound. Raises `NotPossible`."""
        answer_ms = int(self.answer_s * 1000)
        limits = Limits(window=window, owed=10_000, spans=Spans(session_init_ms=0, response_ms=answer_ms))
        try:
            return await Esme.connect(self.host, self.port, limits, delivered, self._context())
        except (OSError, TimeoutError, UnicodeError) as error:
            raise NotPossible(f"{self.address} cannot be reached: {error or type(error).__name__}") from None

    async def bound(self, how: How, delivered: Delivered, window: int = 10) -> Esme:
        """A bound connection. Raises `NotPossible` with what the other side said."""
        esme = await self.connect(delivered, window)
        answer = await esme.bind(self.bind(how))
        if not esme.is_bound:
            esme.abort()
            said = named(answer.command_status) if answer is not None else esme.why or "no answer in time"
            raise NotPossible(f"{self.address} refused the bind: {said}")
        return esme

    def _context(self) -> ssl.SSLContext | None:
        if not self.tls:
            return None
        return client_context(str(self.authorities or ""), "", "", "")


def peer_of(
    address: str, system_id: str, password: str, system_type: str, *, tls: bool, authorities: Path | None
) -> Peer:
    """The peer of a command line. Raises `NotPossible`."""
    host, port = _split(address)
    password = password or os.environ.get(PASSWORD_VARIABLE, "")
    return Peer(host, port, system_id, password, system_type, tls or authorities is not None, authorities)


def _split(address: str) -> tuple[str, int]:
    host, separator, port = address.rpartition(":")
    if not separator or address.endswith("]"):
        host, port = address, str(USUAL_PORT)
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536 or not host:
        raise NotPossible(f"{address!r} is no HOST:PORT")
    return host.removeprefix("[").removesuffix("]"), int(port)
