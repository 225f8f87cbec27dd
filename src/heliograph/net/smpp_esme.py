"""One connection to a message centre as a client of it (ESME): for tools, which ask and look at the answers.

A socket, the session on it, one timer a second. It answers what is delivered, tells who asked what was answered, and
decides nothing. Times are ms of the machine's monotonic clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from heliograph.protocols.smpp.events import Answered, BindRefused, Bound, Ended, Event, GaveUp
from heliograph.protocols.smpp.pdu import Bind, DataSm, DeliverSm, Pdu, answer_to
from heliograph.protocols.smpp.session import Limits, NotAllowed
from heliograph.protocols.smpp.sides import EsmeSession
from heliograph.protocols.smpp.states import State

if TYPE_CHECKING:
    import ssl

TICK_S: Final = 1.0
_BARE: Final = struct.Struct(">4I")

Told = Callable[[Pdu | None], None]
"""Called once with the answer; None = there is none: too late, or the connection is gone."""
Delivered = Callable[[DeliverSm | DataSm], None]


def now_ms() -> int:
    """Milliseconds of a clock that never goes back."""
    return time.monotonic_ns() // 1_000_000


class Esme(asyncio.Protocol):
    """`delivered` gets what comes in; it is answered ESME_ROK after that. `over` is set once nothing follows, `why`
    says why in a few words."""

    def __init__(self, limits: Limits, delivered: Delivered) -> None:
        self.session: EsmeSession[Told] = EsmeSession(limits, now_ms())
        self.over = asyncio.Event()
        self.why = ""
        self.ready: Callable[[], None] | None = None
        """Called after answers have made room in the window."""
        self._limits = limits
        self._delivered = delivered
        self._transport: asyncio.Transport | None = None
        self._binding: asyncio.Future[Pdu | None] | None = None
        self._timer: asyncio.Handle | None = None
        self._poked = b""
        self._echo: asyncio.Future[int] | None = None

    @classmethod
    async def connect(
        cls, host: str, port: int, limits: Limits, delivered: Delivered, tls: ssl.SSLContext | None = None
    ) -> Esme:
        """A connection that is not bound yet. Raises `OSError`, `TimeoutError`."""
        async with asyncio.timeout(limits.spans.response_ms / 1000):
            loop = asyncio.get_running_loop()
            _, made = await loop.create_connection(lambda: cls(limits, delivered), host, port, ssl=tls)
        return made

    @property
    def is_bound(self) -> bool:
        """True between the answer to the bind and the end."""
        return self.session.state.is_bound

    @property
    def transmits(self) -> bool:
        """True while messages may be submitted."""
        return self.session.state in (State.BOUND_TX, State.BOUND_TRX)

    # -- asking --------------------------------------------------------------------------------------------------

    async def bind(self, bind: Bind) -> Pdu | None:
        """Ask to be bound; the answer, whatever it says, None for none in time."""
        self._binding = asyncio.get_running_loop().create_future()
        self.session.bind(bind)
        self.flush()
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(self._binding, self._limits.spans.response_ms / 1000)
        return None

    async def ask(self, request: Pdu) -> Pdu | None:
        """One request and its answer. Raises `NotAllowed` while the window is full or no such request may go, and
        `CannotEncode`."""
        waiter: asyncio.Future[Pdu | None] = asyncio.get_running_loop().create_future()

        def told(answer: Pdu | None) -> None:
            if not waiter.done():
                waiter.set_result(answer)

        self.send(request, told)
        self.flush()
        return await waiter

    def send(self, request: Pdu, told: Told) -> None:
        """Put a request into the window; `flush` writes it. Raises as `ask`."""
        self.session.send(request, told, now_ms())

    def flush(self) -> None:
        """Write what is to be written."""
        data = self.session.take_out()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def poke(self, command_id: int, patience_s: float) -> tuple[float, int] | None:
        """Say a bare command beside the window while all is quiet; ms to its answer, and the status in that. None for
        no answer in time."""
        number = self.session.window.take_number()
        self._poked = number.to_bytes(4, "big")
        self._echo = asyncio.get_running_loop().create_future()
        started = time.perf_counter()
        if self._transport is not None and not self.over.is_set():
            self._transport.write(_BARE.pack(_BARE.size, command_id, 0, number))
        with contextlib.suppress(TimeoutError):
            status = await asyncio.wait_for(self._echo, patience_s)
            return (time.perf_counter() - started) * 1000, status
        return None

    async def leave(self, patience_s: float = 2.0) -> bool:
        """Unbind and wait for the end; True if the other side said goodbye too. The connection is closed then."""
        is_polite = False
        with contextlib.suppress(NotAllowed):
            self.session.unbind(now_ms())
            self.flush()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), patience_s)
                is_polite = self.why == "unbound"
        self.abort()
        return is_polite

    def abort(self) -> None:
        """Go without a word."""
        if self._transport is not None:
            self._transport.abort()
        self._tell(self.session.lost("closed"))

    # -- asyncio.Protocol ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def data_received(self, data: bytes) -> None:
        if self._echo is not None and not self._echo.done() and data[12:16] == self._poked:
            self._echo.set_result(int.from_bytes(data[8:12], "big"))
        self._tell(self.session.receive(data, now_ms()))

    def connection_lost(self, exc: Exception | None) -> None:
        self._tell(self.session.lost(f"the connection broke: {exc}" if exc else "the other side closed the connection"))

    # -- what comes ----------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        if not self.over.is_set():
            self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)
            self._tell(self.session.tick(now_ms()))

    def _tell(self, events: list[Event[Told]]) -> None:
        for event in events:
            if isinstance(event, Answered):
                if not event.late:
                    event.tag(event.pdu)
            elif isinstance(event, DeliverSm | DataSm):
                self._delivered(event)
                self.session.answer(answer_to(event))
            elif isinstance(event, Bound | BindRefused):
                self._bound(event.pdu)
            elif isinstance(event, GaveUp):
                for told in event.tags:
                    told(None)
            elif isinstance(event, Ended):
                self._ended(event)
        if events and self.ready is not None:
            self.ready()
        self.flush()

    def _bound(self, answer: Pdu | None) -> None:
        if self._binding is not None and not self._binding.done():
            self._binding.set_result(answer)

    def _ended(self, ended: Ended[Told]) -> None:
        self.why = ended.why
        for told in ended.left:
            told(None)
        self._bound(None)
        self.flush()
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.close()
        self.over.set()
