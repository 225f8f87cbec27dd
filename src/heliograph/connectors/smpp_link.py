"""One connection to a carrier: a socket, the session on it, and what its answers are waited for.

It binds as soon as it is connected and says upwards what came, in lists, as the session tells it. It decides nothing
about a message. Times are ms of a monotonic clock.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, cast

from heliograph.model.message import Attempt
from heliograph.net.capture import CaptureFile, Recorder, ends
from heliograph.protocols.smpp.events import Ended, Event
from heliograph.protocols.smpp.pdu import Bind, BindReceiver, Pdu
from heliograph.protocols.smpp.session import Limits, NotAllowed
from heliograph.protocols.smpp.sides import EsmeSession

MOST_UNSENT: Final = 256 * 1024
"""Octets that wait for the carrier to read them; above it nothing more is handed over."""

Heard = Callable[["SmppLink", list[Event[Attempt]]], None]


class SmppLink(asyncio.Protocol):
    """`heard` gets what came, never an empty list; after `Ended` in it nothing follows. What goes over the wire is
    written into `capture`."""

    def __init__(
        self,
        bind: Bind,
        limits: Limits,
        now: Callable[[], int],
        heard: Heard,
        capture: CaptureFile | None = None,
    ) -> None:
        self._bind = bind
        self._limits = limits
        self._now = now
        self._heard = heard
        self._capture = capture
        self._recorder: Recorder | None = None
        self._transport: asyncio.Transport | None = None
        self._is_paused = False
        self.session: EsmeSession[Attempt] = EsmeSession(limits, now())
        self.transmits = not isinstance(bind, BindReceiver)
        """False for a receiver."""
        self.late: dict[Attempt, int] = {}
        """What has no answer in time, and when it went; the oldest first."""
        self.is_bound = False
        self.is_leaving = False
        self.bound_at = 0
        self.over = asyncio.Event()
        self.is_hopeless = False
        """The bind was refused for a reason that will not go away soon."""

    @property
    def free(self) -> int:
        """How many submit_sm may go now."""
        return 0 if self._is_paused or not self.is_bound or self.is_leaving else self.session.free

    # -- asyncio.Protocol ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(MOST_UNSENT)
        if self._capture is not None:
            own, peer = (transport.get_extra_info(end) for end in ("sockname", "peername"))
            self._recorder = self._capture.recorder(*ends(own, peer))
        self.session = EsmeSession(self._limits, self._now())  # its timers begin with the connection
        self.session.bind(self._bind)
        self.flush()

    def data_received(self, data: bytes) -> None:
        if self._recorder is not None:
            self._recorder.centre_said(data)
        self._tell(self.session.receive(data, self._now()))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._tell(self.session.lost(f"the connection broke: {exc}" if exc else "the carrier closed the connection"))
        self.over.set()

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        self._heard(self, [])

    # -- for the connector ---------------------------------------------------------------------------------------

    def tick(self) -> None:
        """What time has brought."""
        if self._transport is not None:
            self._tell(self.session.tick(self._now()))

    def answer(self, responses: list[Pdu]) -> None:
        """Answer what the carrier sent, in one write; does nothing once it is over."""
        self._tell(self.session.answer_all(responses))

    async def answered(self, window: int) -> None:
        """Wait until nothing that was sent waits for its answer, or the session is over."""
        for _ in range(1_000):
            if not self.is_bound or self.session.window.free >= window:
                return
            await asyncio.sleep(0.05)

    def unbind(self) -> None:
        """Say goodbye; `over` is set when the carrier has said so too, or took too long."""
        if self.session.state.is_bound:
            with contextlib.suppress(NotAllowed):  # the carrier was first
                self.session.unbind(self._now())
            self.flush()
        else:
            self.close("not needed any more")

    def close(self, why: str) -> None:
        """End it now."""
        self._tell(self.session.lost(why))
        if self._transport is not None:
            self._transport.abort()

    def flush(self) -> None:
        """Write what is to be written."""
        data = self.session.take_out()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
            if self._recorder is not None:
                self._recorder.client_said(data)

    def _tell(self, events: list[Event[Attempt]]) -> None:
        ended = events[-1] if events and isinstance(events[-1], Ended) else None
        if ended is not None:
            self.is_bound = False
        if events:
            self._heard(self, events)
        self.flush()
        if ended is not None and self._transport is not None and not self._transport.is_closing():
            # What waits for a carrier that does not read, or whose TLS is dead, would keep the connection for long.
            if ended.clean and not self._transport.get_write_buffer_size():
                self._transport.close()
            else:
                self._transport.abort()
