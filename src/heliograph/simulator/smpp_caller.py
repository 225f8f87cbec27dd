"""One connection of a client to a simulated message centre: a socket and the session on it, nothing of the carrier."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, cast

from heliograph.protocols.smpp.events import Ended, Event
from heliograph.protocols.smpp.pdu import Pdu
from heliograph.protocols.smpp.session import Limits
from heliograph.protocols.smpp.sides import McSession
from heliograph.protocols.smpp.states import State
from heliograph.simulator.lines import OwedText, TakenPart

if TYPE_CHECKING:
    from heliograph.simulator.message_centre import MessageCentre


class Due(NamedTuple):
    """A deliver_sm that is owed to a client: receipt `number` of a part, or part `number` of a text."""

    system_id: bytes
    """Whose it is; b"" = of whoever is there."""
    about: TakenPart | OwedText
    number: int
    pdu: Callable[[], Pdu]


class Caller(asyncio.Protocol):
    """Tells the centre what came, in lists."""

    def __init__(self, centre: MessageCentre, limits: Limits, now: Callable[[], int]) -> None:
        self._centre = centre
        self._now = now
        self._transport: asyncio.Transport
        self.session: McSession[Due] = McSession(limits, now())
        self.system_id = b""
        self.is_deaf = False
        """The link is half-open: nothing is heard or said any more."""

    @property
    def receives(self) -> bool:
        """True for a receiver or transceiver."""
        return not self.is_deaf and self.session.state in (State.BOUND_RX, State.BOUND_TRX)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._centre.called(self)

    def data_received(self, data: bytes) -> None:
        if not self.is_deaf:
            self._tell(self.session.receive(data, self._now()))

    def connection_lost(self, exc: Exception | None) -> None:
        self._tell(self.session.lost("the client is gone"))
        self._centre.gone(self)

    def tick(self) -> None:
        """What time has brought."""
        self._tell(self.session.tick(self._now()))

    def abort(self) -> None:
        """Vanish, as a link does."""
        self._transport.abort()

    def flush(self) -> None:
        """Write what is to be written."""
        data = self.session.take_out()
        if data and not self.is_deaf and not self._transport.is_closing():
            self._transport.write(data)

    def answer(self, response: Pdu) -> None:
        """Answer a request; `flush` writes it."""
        if not self.session.is_over:
            self._end(self.session.answer(response))

    def _tell(self, events: list[Event[Due]]) -> None:
        if events:
            self._centre.heard(self, events)
        self.flush()
        self._end(events)

    def _end(self, events: list[Event[Due]]) -> None:
        if events and isinstance(events[-1], Ended):
            self.flush()
            self._transport.close()
