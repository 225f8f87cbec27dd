"""One SMPP connection over the byte machine of `protocols.smpp`: what one read brings is handed on as lists.

Of each read the submissions go to intake as one list, and their answers go out in one write after the commit. It makes
no task, timer or log line for a message. Who may bind, and what a request gets, is the door's to decide.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, Protocol, cast

from heliograph.dialects.smpp import Flavour
from heliograph.dialects.smpp_deliver import message_id
from heliograph.dialects.smpp_submit import Bound, NotTaken, submission
from heliograph.model.message import Submission
from heliograph.model.receipt import Notice
from heliograph.model.refusal import Accepted, Answer, Reason
from heliograph.net.capture import CaptureFile, Recorder, ends
from heliograph.protocols.smpp.codec import encode
from heliograph.protocols.smpp.events import Answered, Ended, Event, GaveUp
from heliograph.protocols.smpp.pdu import (
    Bind,
    CancelSm,
    DataSm,
    DataSmResp,
    DeliverSm,
    Pdu,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    SubmitSmResp,
    answer_to,
)
from heliograph.protocols.smpp.session import Limits, NotAllowed
from heliograph.protocols.smpp.sides import McSession
from heliograph.protocols.smpp.states import State

Request = QuerySm | CancelSm | ReplaceSm | SubmitMulti
"""Requests that are answered one by one."""

UNREAD_MS: Final = 30_000
"""How long a peer may leave our bytes unread."""

_SUBMITS: Final = (SubmitSm, DataSm)
_RECEIVING: Final = frozenset({State.BOUND_RX, State.BOUND_TRX})
_OURSELVES: Final = b"Heliograph"


class House(Protocol):
    """What a connection needs of its door. `monotonic` is in ms, `now` in ms since the epoch."""

    def monotonic(self) -> int: ...

    def now(self) -> int: ...

    def opened(self, connection: SmppConnection) -> bool:
        """Count a connection; False if there are too many."""

    def closed(self, connection: SmppConnection) -> None: ...

    def bind(self, connection: SmppConnection, bind: Bind) -> None:
        """Decide about a bind, now or later: `let_in` or `refuse` follows."""

    def pace(self, connection: SmppConnection, count: int) -> tuple[int, float]:
        """How many of `count` messages may come in now, and for how many seconds nothing more is to be read."""

    def submit(self, submissions: list[Submission], then: Callable[[list[Answer]], None]) -> None: ...

    def ask(self, connection: SmppConnection, requests: list[Request]) -> None:
        """Answer requests that are looked at one by one."""

    def answered(self, connection: SmppConnection, answers: list[tuple[Notice, int]]) -> None:
        """The customer's command_status for what was delivered to him."""

    def fault(self, error: Exception) -> None:
        """Something that cannot be."""

    def unanswered(self, connection: SmppConnection, notices: list[Notice], *, lost: bool) -> None:
        """No answer came in time, or (`lost`) the connection went before it."""


class SmppConnection(asyncio.Protocol):
    """Lives in the loop's thread. `bound` says whose it is, once it is bound."""

    def __init__(self, house: House, flavour: Flavour, limits: Limits) -> None:
        self.flavour = flavour
        """Of the listener; `bound.flavour` counts once it is bound."""
        self.bound: Bound | None = None
        self.system_id = ""
        self.peer = ""
        self._house = house
        self._session: McSession[Notice] = McSession(limits, house.monotonic())
        self._transport: asyncio.Transport | None = None
        self._is_leaving = False
        self._is_crowded = False
        self._full_since: int | None = None
        self._pacing: asyncio.TimerHandle | None = None
        self._recorder: Recorder | None = None

    # -- protocol of the socket ----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.peer = str((transport.get_extra_info("peername") or ("",))[0])
        if not self._house.opened(self):
            self._is_crowded = True
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._recorder is not None:
            self._recorder.client_said(data)
        if not self._is_crowded:
            self._handle(self._session.receive(data, self._house.monotonic()))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._is_crowded:
            return
        self._handle(self._session.lost("the connection was lost"))
        if self._pacing is not None:
            self._pacing.cancel()
        self._house.closed(self)

    def pause_writing(self) -> None:
        self._full_since = self._house.monotonic()
        self._look_at_reading()

    def resume_writing(self) -> None:
        self._full_since = None
        self._look_at_reading()

    def _look_at_reading(self) -> None:
        """Nothing is read from a peer that does not read, or sends faster than it may."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        wanted = self._full_since is None and self._pacing is None
        if wanted != transport.is_reading():
            (transport.resume_reading if wanted else transport.pause_reading)()

    def _hold_back(self, seconds: float) -> None:
        def over() -> None:
            self._pacing = None
            self._look_at_reading()

        if self._pacing is None:
            self._pacing = asyncio.get_running_loop().call_later(seconds, over)
            self._look_at_reading()

    # -- what the peer asks and answers --------------------------------------------------------------------------

    def _handle(self, events: list[Event[Notice]]) -> None:
        submits: list[SubmitSm | DataSm] = []
        requests: list[Request] = []
        answers: list[tuple[Notice, int]] = []
        for event in events:
            if isinstance(event, _SUBMITS):
                submits.append(event)
            elif isinstance(event, Answered):
                if not event.late:
                    answers.append((event.tag, event.pdu.command_status))
            elif isinstance(event, QuerySm | CancelSm | ReplaceSm | SubmitMulti):
                requests.append(event)
            elif isinstance(event, Bind):
                self._house.bind(self, event)
            elif isinstance(event, GaveUp):
                self._house.unanswered(self, event.tags, lost=False)
            elif isinstance(event, Ended):
                self._house.unanswered(self, event.left, lost=True)
        if answers:
            self._house.answered(self, answers)
        if submits:
            self._submit(submits)
        if requests:
            self._house.ask(self, requests)
        self.flush()

    def _submit(self, pdus: list[SubmitSm | DataSm]) -> None:
        """One list for intake out of one read."""
        bound = self.bound
        assert bound is not None
        allowed, pause_s = self._house.pace(self, len(pdus))
        if pause_s:
            self._hold_back(pause_s)
        flavour, now = bound.flavour, self._house.now()
        for pdu in pdus[allowed:]:
            self.answer(answer_to(pdu, flavour.status_of(Reason.TOO_MANY_REQUESTS)))
        taken: list[SubmitSm | DataSm] = []
        submissions: list[Submission] = []
        for pdu in pdus[:allowed]:
            try:
                submissions.append(submission(pdu, bound, now))
            except NotTaken as refused:
                self.answer(answer_to(pdu, refused.status))
            except Exception as error:  # a bug of ours must not end the bind
                self._house.fault(error)
                self.answer(answer_to(pdu, flavour.status_of(Reason.INTERNAL)))
            else:
                taken.append(pdu)
        if not taken:
            return

        def then(answers: list[Answer]) -> None:
            responses: list[Pdu] = []
            for pdu, answer in zip(taken, answers, strict=True):
                response = DataSmResp if pdu.__class__ is DataSm else SubmitSmResp
                if isinstance(answer, Accepted):
                    told = message_id(answer.message)
                    responses.append(response(sequence_number=pdu.sequence_number, message_id=told))
                else:
                    status = flavour.status_of(answer.reason)
                    responses.append(response(sequence_number=pdu.sequence_number, command_status=status))
            self._answer_all(responses)
            self.flush()

        self._house.submit(submissions, then)

    def answer(self, response: Pdu) -> None:
        """Answer a request; nothing is written before `flush`. Who has gone gets no answer."""
        self._answer_all([response])

    def _answer_all(self, responses: list[Pdu]) -> None:
        for event in self._session.answer_all(responses):
            if isinstance(event, Ended):
                self._house.unanswered(self, event.left, lost=True)

    # -- the door's decisions ------------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """True once the session has ended."""
        return self._session.is_over

    @property
    def is_receiver(self) -> bool:
        """True if deliver_sm may go over it."""
        return self._session.state in _RECEIVING and not self._is_leaving

    @property
    def window(self) -> int:
        """deliver_sm it may have without an answer."""
        return self._session.window.size

    @property
    def free(self) -> int:
        """How many of them may go now."""
        return self._session.free if not self._is_leaving and self._full_since is None else 0

    @property
    def takes_tlvs(self) -> bool:
        """True if the peer knows optional parameters."""
        return self._session.takes_tlvs

    def pace(self, count: int) -> bool:
        """Whether so many messages more are within the account's speed."""
        allowed, pause_s = self._house.pace(self, count)
        if pause_s:
            self._hold_back(pause_s)
        return allowed >= count

    def record(self, bind: Bind, file: CaptureFile) -> None:
        """Write down what is said, from the bind on, which comes without its password."""
        assert self._transport is not None
        peer, own = (self._transport.get_extra_info(end) for end in ("peername", "sockname"))
        self._recorder = file.recorder(*ends(peer, own))
        self._recorder.client_said(encode(bind))

    def let_in(self, bind: Bind, system_id: str, bound: Bound, window: int) -> None:
        """Answer a bind with yes."""
        self.system_id, self.bound = system_id, bound
        self._session.window.size = window
        self._session.accept(bind, _OURSELVES, self._house.monotonic())
        self.flush()

    def refuse(self, bind: Bind, status: int) -> None:
        """Answer a bind with no, and close: who guesses begins anew each time."""
        self._session.refuse(bind, status)
        self.flush()
        self.close()

    def deliver(self, pdus: list[tuple[DeliverSm, Notice]]) -> list[Notice]:
        """Send each in the window; back come those that cannot be written at all. Raises `NotAllowed` when there is not
        so much room."""
        failed = self._session.send_all(pdus, self._house.monotonic())
        self.flush()
        return [notice for notice, _ in failed]

    def leave(self) -> None:
        """Answer what was asked, then say goodbye; who is not bound is simply gone."""
        self._is_leaving = True
        if self.bound is None:
            self.close()
        else:
            self.flush()

    def close(self) -> None:
        """Send what is to be sent, then the end."""
        self._handle(self._session.lost("we closed the connection"))

    def abort(self) -> None:
        """Cut it off."""
        if self._transport is not None:
            self._transport.abort()

    def tick(self, now: int) -> None:
        """Once a second."""
        if self._full_since is not None and now - self._full_since >= UNREAD_MS:
            self.abort()
            return
        due = self._session.next_tick()
        if due is not None and due <= now:
            self._handle(self._session.tick(now))

    def flush(self) -> None:
        """Write what there is; close what is over."""
        session, transport = self._session, self._transport
        if self._is_leaving and not session.owed and not session.is_over:
            with contextlib.suppress(NotAllowed):  # the goodbye is said, or the peer's is being answered
                session.unbind(self._house.monotonic())
        data = session.take_out()
        if transport is None or transport.is_closing():
            return
        if data:
            transport.write(data)
            if self._recorder is not None:
                self._recorder.centre_said(data)
        if session.is_over:
            transport.close()
