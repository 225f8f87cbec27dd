"""A whole SMPP session, either side of it: bytes in, events out; calls in, bytes out. No socket, no clock.

    events = session.receive(data, now)      what the peer asked and answered, in order
    session.send(request, tag, now)          a request of ours; its answer comes back with the tag
    session.answer(response)                 what the peer's request gets; `send_all` and `answer_all` take lists
    data = session.take_out()                what is to be written, after each of these
    events = session.tick(now)               once a second: what time has brought

The session keeps order by itself: it numbers requests, answers enquire_link and unbind, refuses what may not come now
or cannot be read, and ends a stream that makes no sense. It never decides about a bind or a message. Times are
milliseconds of a monotonic clock. What only one side does is in `sides`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from heliograph.protocols.smpp.codec import CannotEncode, Unreadable, decode, encode
from heliograph.protocols.smpp.events import Answered, Ended, Event, GaveUp, Odd
from heliograph.protocols.smpp.framing import MOST, Framer
from heliograph.protocols.smpp.pdu import (
    BY_ID,
    RESPONSE,
    AlertNotification,
    Bind,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Pdu,
    Unbind,
    UnbindResp,
    answer_to,
)
from heliograph.protocols.smpp.states import BINDS, REQUESTS, Side, State, carried, may_send
from heliograph.protocols.smpp.status import Status
from heliograph.protocols.smpp.timers import Due, Spans, Timers
from heliograph.protocols.smpp.window import Window

Tag = TypeVar("Tag")

VERSION: Final = 0x34
"""The interface_version we speak (3.4, 5.2.4); optional parameters began with it."""

UNBIND_MS: Final = 5_000
"""How long we wait for the answer to our unbind where no response_timer runs."""

_UNANSWERED: Final = (Outbind, AlertNotification)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a session may hold. `window` counts our requests without an answer, `owed` the peer's; what the peer sends
    beyond that is answered with `overrun`. `octets` is the largest command_length."""

    window: int = 10
    owed: int = 1_000
    overrun: int = Status.ESME_RTHROTTLED
    octets: int = MOST
    spans: Spans = field(default_factory=Spans)


class NotAllowed(Exception):
    """We were about to break the protocol: a bug on this side."""


class Session(Generic[Tag]):
    """What both sides have in common; `side` is ours. `sides` has the two to use."""

    def __init__(self, side: Side, limits: Limits, now: int) -> None:
        self.state = State.OPEN
        self.version: int | None = None
        """The peer's interface_version, once it said so."""
        self.owed = 0
        """Requests of the peer that wait for our answer."""
        self.window: Window[Tag] = Window(limits.window, limits.spans.response_ms)
        self._side = side
        self._peer = Side.BOTH & ~side
        self._limits = limits
        self._timers = Timers(limits.spans, now)
        self._framer = Framer(limits.octets)
        self._out: list[bytes] = []
        self._over = False
        self._binding: Bind | None = None
        self._unbinding: tuple[int, int] | None = None
        """The number of our unbind, and until when we wait for its answer."""
        self._unbound_by: int | None = None
        """The number of the peer's unbind, while it waits for our last answers."""
        self._ours: frozenset[type[Pdu]] = frozenset()
        self._expected: frozenset[type[Pdu]] = frozenset()
        """What either side may send of what goes through the windows."""
        self._enter(State.OPEN)

    @property
    def is_over(self) -> bool:
        """True after `Ended`: nothing comes in or goes out any more."""
        return self._over

    @property
    def free(self) -> int:
        """How many requests may be sent now."""
        return self.window.free if self._ours else 0

    @property
    def takes_tlvs(self) -> bool:
        """True if the peer speaks 3.4 or later; an earlier one may choke on optional parameters (3.4, 3.3)."""
        return self.version is not None and self.version >= VERSION

    def receive(self, data: bytes, now: int) -> list[Event[Tag]]:
        """What came in with these bytes, in order. Never raises, whatever they are."""
        events: list[Event[Tag]] = []
        if self.is_over:
            return events
        frames = self._framer.feed(data)
        if frames:
            self._timers.heard(now)
        answered = self.window.answered
        for octets in frames:
            pdu = decode(octets)
            if isinstance(pdu, Unreadable):
                self._unreadable(pdu, now, events)
            elif pdu.command_id & RESPONSE:
                found = answered(pdu.sequence_number, pdu.command_id)
                if found is not None:
                    events.append(Answered(pdu, *found))
                else:
                    self._answered(pdu, now, events)
            elif pdu.__class__ in self._expected and self.owed < self._limits.owed:
                self.owed += 1
                events.append(pdu)
            else:
                self._asked(pdu, events)
            if self._over:
                return events
        broken = self._framer.broken
        if broken is not None:
            if not broken.answers_a_response:
                self._write(GenericNack(sequence_number=broken.sequence_number, command_status=broken.status))
            events.append(self._end(broken.why))
        return events

    def send(self, request: Pdu, tag: Tag, now: int) -> int:
        """Send a request in the window; its number, which it also gets. Raises `NotAllowed`, and `CannotEncode`."""
        for _, error in self.send_all([(request, tag)], now):
            raise error
        return request.sequence_number

    def send_all(self, requests: Sequence[tuple[Pdu, Tag]], now: int) -> list[tuple[Tag, CannotEncode]]:
        """Send requests in the window, in order; back come the tags of those that have no form on the wire. Raises
        `NotAllowed`."""
        ours, out, window = self._ours, self._out, self.window
        if len(requests) > window.free:
            raise NotAllowed("the window is full")
        failed: list[tuple[Tag, CannotEncode]] = []
        for request, tag in requests:
            if request.__class__ not in ours:
                raise NotAllowed(f"{request.name} is not to be sent: the session is {self.state.value}")
            number = request.sequence_number = window.take_number()
            try:
                out.append(encode(request))
            except CannotEncode as error:
                failed.append((tag, error))
            else:
                window.sent(number, request.command_id, now, tag)
        return failed

    def answer(self, response: Pdu) -> list[Event[Tag]]:
        """Answer a request of the peer, once; the response bears its number. The last answer before an unbind ends the
        session. Raises `NotAllowed` when nothing is owed, and `CannotEncode`, with the answer still owed."""
        return self.answer_all([response])

    def answer_all(self, responses: Sequence[Pdu]) -> list[Event[Tag]]:
        """The same for several: all of them, or none."""
        if self._over:
            return []
        if self.owed < len(responses):
            raise NotAllowed(f"{responses[self.owed].name} answers nothing")
        self._out += [encode(response) for response in responses]
        self.owed -= len(responses)
        return [] if self._unbound_by is None else self._leave_if_done()

    def unbind(self, now: int) -> None:
        """Say goodbye: nothing more is sent, answers still come in, and `Ended` follows. Raises `NotAllowed`."""
        if self._is_leaving or not may_send(Unbind, self._side, self.state):
            raise NotAllowed(f"nothing to unbind: the session is {self.state.value}")
        self._ours = frozenset()
        self._unbinding = self._numbered(Unbind()), now + (self._limits.spans.response_ms or UNBIND_MS)

    def tick(self, now: int) -> list[Event[Tag]]:
        """What time has brought: requests given up, an enquire_link to write, the end."""
        events: list[Event[Tag]] = []
        if self.is_over:
            return events
        given_up = self.window.overdue(now)
        if given_up:
            events.append(GaveUp(given_up))
        if self._unbinding is not None and now >= self._unbinding[1]:
            events.append(self._end("our unbind had no answer in time"))
            return events
        due = self._timers.due(now)
        if due is Due.ENQUIRE:
            self._numbered(EnquireLink())
            self._timers.enquired(now)
        elif due is not Due.NOTHING:
            events.append(self._end(due.value))
        return events

    def next_tick(self) -> int | None:
        """When `tick` will have something to do; None if nothing is due."""
        dues = [self._timers.next_due(), self.window.next_due()]
        if self._unbinding is not None:
            dues.append(self._unbinding[1])
        return min((due for due in dues if due is not None), default=None)

    def lost(self, why: str) -> list[Event[Tag]]:
        """The connection is gone. [] if the session had ended before."""
        return [] if self.is_over else [self._end(why)]

    def take_out(self) -> bytes:
        """What is to be written; b"" for nothing. Each byte is handed out once."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    @property
    def _is_leaving(self) -> bool:
        return self._unbinding is not None or self._unbound_by is not None

    def _write(self, pdu: Pdu) -> None:
        self._out.append(encode(pdu))

    def _numbered(self, request: Pdu) -> int:
        number = request.sequence_number = self.window.take_number()
        self._write(request)
        return number

    def _enter(self, state: State) -> None:
        self.state = state
        self._ours = carried(self._side, state)
        self._expected = carried(self._peer, state)

    def _end(self, why: str, *, clean: bool = False) -> Ended[Tag]:
        self._over = True
        self._enter(State.CLOSED)
        return Ended(why, self.window.abandon(), clean)

    def _asked(self, request: Pdu, events: list[Event[Tag]]) -> None:
        """A request that is not simply handed on."""
        kind = request.__class__
        if kind in self._expected:
            self._refuse(request, self._limits.overrun, "more requests than the window allows", events)
        elif kind is EnquireLink:
            self._write(EnquireLinkResp(sequence_number=request.sequence_number))
        elif not may_send(kind, self._peer, self.state) or self._unbound_by is not None:
            self._refuse(request, *self._breach(kind), events)
        elif kind is Unbind:
            self._unbound_by = request.sequence_number
            self._ours = self._expected = frozenset()
            events += self._leave_if_done()
        elif kind is Outbind:
            self._enter(State.OUTBOUND)
            events.append(request)
        elif isinstance(request, Bind):
            self._asked_to_bind(request, events)
        else:
            events.append(request)

    def _asked_to_bind(self, request: Bind, events: list[Event[Tag]]) -> None:
        if self._binding is not None:
            self._refuse(request, Status.ESME_RALYBND, "a second bind before the first was answered", events)
            return
        self._binding = request
        events.append(request)

    def _breach(self, kind: type[Pdu]) -> tuple[int, str]:
        """What is wrong with a request that may not come: its status and a sentence."""
        if kind in BINDS and self._peer is Side.ESME:
            return Status.ESME_RALYBND, "a bind on a session that is bound"
        if self._peer not in REQUESTS.get(kind, {}):
            return Status.ESME_RINVCMDID, "a request this side does not take"
        return Status.ESME_RINVBNDSTS, f"not while the session is {self.state.value}"

    def _refuse(self, request: Pdu, status: int, why: str, events: list[Event[Tag]]) -> None:
        if request.__class__ in _UNANSWERED:
            events.append(Odd(request, why, None))
            return
        self._write(answer_to(request, status))
        events.append(Odd(request, why, status))

    def _unreadable(self, pdu: Unreadable, now: int, events: list[Event[Tag]]) -> None:
        """A request is answered by its own response, an unknown one by generic_nack (4.3); a response by nothing."""
        kind = BY_ID.get(pdu.command_id)
        if pdu.is_response:
            events.append(Odd(pdu, pdu.why, None))
            if kind is not None:
                # Its header still says what became of the request: better an answer without an id than none.
                status = int.from_bytes(pdu.octets[8:12], "big")
                self._answered(kind(sequence_number=pdu.sequence_number, command_status=status), now, events)
            return
        response = BY_ID.get(pdu.command_id | RESPONSE, GenericNack)
        self._write(response(sequence_number=pdu.sequence_number, command_status=pdu.status))
        events.append(Odd(pdu, pdu.why, pdu.status))

    def _answered(self, response: Pdu, now: int, events: list[Event[Tag]]) -> None:
        number = response.sequence_number
        found = self.window.answered(number, response.command_id)
        if found is not None:
            events.append(Answered(response, *found))
        elif self._unbinding is not None and number == self._unbinding[0] and _is(response, UnbindResp, GenericNack):
            events.append(self._end("unbound", clean=True))
        elif not self._bind_answered(response, now, events) and not _is(response, EnquireLinkResp):
            events.append(Odd(response, "the answer to nothing we asked", None))

    def _bind_answered(self, response: Pdu, now: int, events: list[Event[Tag]]) -> bool:
        """True if it was the answer to our bind; only an ESME has one."""
        return False

    def _leave_if_done(self) -> list[Event[Tag]]:
        if self._unbound_by is None or self.owed:
            return []
        self._write(UnbindResp(sequence_number=self._unbound_by))
        return [self._end("unbound by the peer", clean=True)]

    def _bound(self, bind: Bind, now: int) -> None:
        self._binding = None
        self._enter(BINDS[bind.__class__])
        self._timers.bound(now)


def _is(pdu: Pdu, *kinds: type[Pdu]) -> bool:
    return pdu.__class__ in kinds
