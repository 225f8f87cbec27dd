"""query_sm, cancel_sm, replace_sm and submit_multi: requests that are answered one by one (SMPP 3.4, 4.5, 4.8 to 4.10).

Those of one read are looked up together. Nobody learns anything of another account's message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from heliograph.core.cancel import Cancel
from heliograph.core.replace import Replace
from heliograph.dialects.smpp_deliver import read_id
from heliograph.dialects.smpp_replace import replacement
from heliograph.dialects.smpp_submit import Bound, NotTaken, submissions
from heliograph.doors.smpp_session import Request, SmppConnection
from heliograph.model.message import Message, Submission
from heliograph.model.refusal import Accepted, Answer, Reason, Refused
from heliograph.ports import Clock, Store, StoreFailure
from heliograph.protocols.smpp.fields import SmeAddress, UnsuccessfulSme
from heliograph.protocols.smpp.pdu import (
    CancelSm,
    CancelSmResp,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    SubmitMulti,
    SubmitMultiResp,
    answer_to,
)
from heliograph.protocols.smpp.status import Status
from heliograph.protocols.smpp.times import absolute

MOST: Final = 500
"""Messages looked up at once."""

_PASSING: Final = frozenset({Reason.BUSY, Reason.QUEUE_FULL, Reason.INTERNAL})
_TELLING: Final = frozenset(
    {
        Status.ESME_RINVMSGLEN,
        Status.ESME_RINVESMCLASS,
        Status.ESME_RINVSCHED,
        Status.ESME_RINVEXPIRY,
    }
)
"""What of a replace_sm may be named as wrong; anything else is 0x13."""

Fault = Callable[[str, BaseException], None]


class Submits(Protocol):
    """What is needed of intake."""

    def submit_then(self, submissions: list[Submission], then: Callable[[list[Answer]], None]) -> None: ...


class Requests:
    """Answers them, each read's look-ups in a task of their own."""

    def __init__(
        self, *, store: Store, cancel: Cancel, replace: Replace, intake: Submits, clock: Clock, on_fault: Fault
    ) -> None:
        self._store = store
        self._cancel = cancel
        self._replace = replace
        self._intake = intake
        self._clock = clock
        self._on_fault = on_fault
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, connection: SmppConnection, requests: list[Request]) -> None:
        """Answer these requests of a bound connection, sooner or later."""
        looked_up: list[QuerySm | CancelSm | ReplaceSm] = []
        for request in requests:
            if isinstance(request, SubmitMulti):
                self._submit_multi(connection, request)
            elif isinstance(request, ReplaceSm) and (status := _unsupported(connection)):
                connection.answer(answer_to(request, status))
            else:
                looked_up.append(request)
        for start in range(0, len(looked_up), MOST):
            task = asyncio.get_running_loop().create_task(self._look_up(connection, looked_up[start : start + MOST]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Wait for what is being looked up."""
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- query_sm, cancel_sm and replace_sm ----------------------------------------------------------------------

    async def _look_up(self, connection: SmppConnection, requests: list[QuerySm | CancelSm | ReplaceSm]) -> None:
        bound = connection.bound
        assert bound is not None
        left = list(requests)
        try:
            ids = {request.sequence_number: read_id(request.message_id) for request in requests}
            queries = [request for request in requests if isinstance(request, QuerySm)]
            found = await self._found([ids[query.sequence_number] for query in queries], bound)
            for query in queries:
                self._tell(connection, bound, query, found.get(ids[query.sequence_number]))
                left.remove(query)
            connection.flush()
            for request in requests:
                if isinstance(request, CancelSm):
                    await self._take_back(connection, bound, request, ids[request.sequence_number])
                    left.remove(request)
                elif isinstance(request, ReplaceSm):
                    await self._change(connection, bound, request, ids[request.sequence_number])
                    left.remove(request)
        except StoreFailure:
            for request in left:
                connection.answer(answer_to(request, bound.flavour.status_of(Reason.BUSY)))
        except Exception as error:
            self._on_fault("smpp", error)
            for request in left:
                connection.answer(answer_to(request, Status.ESME_RSYSERR))
        connection.flush()

    async def _found(self, ids: list[int], bound: Bound) -> dict[int, Message]:
        """The messages of these part ids, by the id that was asked for."""
        wanted = [message_id for message_id in ids if message_id]
        if not wanted:
            return {}
        messages = await self._store.messages(wanted, bound.account_id)
        return {part_id: message for message in messages for part_id in message.part_ids}

    def _tell(self, connection: SmppConnection, bound: Bound, query: QuerySm, message: Message | None) -> None:
        if message is None:
            connection.answer(answer_to(query, Status.ESME_RQUERYFAIL))
            return
        connection.answer(
            QuerySmResp(
                sequence_number=query.sequence_number,
                message_id=query.message_id,
                final_date=absolute(message.final_at) if message.final_at else b"",
                message_state=bound.flavour.word(message.state, message.error).number,
                error_code=message.error & 0xFF,
            )
        )

    async def _take_back(self, connection: SmppConnection, bound: Bound, request: CancelSm, message_id: int) -> None:
        """By id alone: without one all messages to a number are meant, which is not offered."""
        if not message_id:
            connection.answer(answer_to(request, Status.ESME_RCANCELFAIL))
            return

        def done(cancelled: list[Message]) -> None:
            status = Status.ESME_ROK if cancelled else Status.ESME_RCANCELFAIL
            connection.answer(CancelSmResp(sequence_number=request.sequence_number, command_status=status))
            connection.flush()

        await self._cancel.cancel([message_id], bound.account_id, done)

    async def _change(self, connection: SmppConnection, bound: Bound, request: ReplaceSm, message_id: int) -> None:
        def read(old: Message) -> Submission | None:
            return replacement(request, old, bound, self._clock.now())

        def done(answer: Answer) -> None:
            status = Status.ESME_ROK if isinstance(answer, Accepted) else _not_replaced(bound, answer)
            connection.answer(ReplaceSmResp(sequence_number=request.sequence_number, command_status=status))
            connection.flush()

        try:
            await self._replace.replace(message_id, bound.account_id, read, done)
        except NotTaken as refused:
            status = refused.status if refused.status in _TELLING else Status.ESME_RREPLACEFAIL
            connection.answer(answer_to(request, status))
            connection.flush()

    # -- submit_multi --------------------------------------------------------------------------------------------

    def _submit_multi(self, connection: SmppConnection, request: SubmitMulti) -> None:
        bound = connection.bound
        assert bound is not None
        refused = _unsupported(connection)
        if refused:
            connection.answer(answer_to(request, refused))
            return
        if not connection.pace(len(request.dest_address)):
            connection.answer(answer_to(request, bound.flavour.status_of(Reason.TOO_MANY_REQUESTS)))
            return
        try:
            wanted = submissions(request, bound, self._clock.now())
        except NotTaken as not_taken:
            connection.answer(answer_to(request, not_taken.status))
            return
        asked = [one for one in wanted if one is not None]

        def then(answers: list[Answer]) -> None:
            given = iter(answers)
            each = [next(given) if one is not None else None for one in wanted]
            connection.answer(_multi_answer(request, bound, each))
            connection.flush()

        if asked:
            self._intake.submit_then(asked, then)
        else:
            then([])


def _multi_answer(request: SubmitMulti, bound: Bound, answers: list[Answer | None]) -> SubmitMultiResp:
    """The id of the first that was accepted, and who was not; if nobody was, the first one's status."""
    failed: list[UnsuccessfulSme] = []
    accepted: list[Message] = []
    for address, answer in zip(request.dest_address, answers, strict=True):
        if isinstance(answer, Accepted):
            accepted.append(answer.message)
        elif isinstance(address, SmeAddress):
            assert isinstance(answer, Refused)
            failed.append(UnsuccessfulSme(*address, bound.flavour.status_of(answer.reason)))
        else:
            failed.append(UnsuccessfulSme(0, 0, address.dl_name, Status.ESME_RINVDLNAME))
    status = Status.ESME_ROK if accepted or not failed else failed[0].error_status_code
    return SubmitMultiResp(
        sequence_number=request.sequence_number,
        command_status=status if accepted or failed else Status.ESME_RINVNUMDESTS,
        message_id=str(accepted[0].request_id).encode("ascii") if accepted else b"",
        unsuccess_sme=tuple(failed),
    )


def _not_replaced(bound: Bound, refused: Refused) -> int:
    """That it may be tried again, or that it cannot be done."""
    return bound.flavour.status_of(refused.reason) if refused.reason in _PASSING else Status.ESME_RREPLACEFAIL


def _unsupported(connection: SmppConnection) -> int:
    """What SMSC answers to what it does not have (smsc-protocols.md 2.4); 0 elsewhere."""
    bound = connection.bound
    return Status.ESME_RINVCMDID if bound is not None and bound.flavour.name == "smsc" else 0
