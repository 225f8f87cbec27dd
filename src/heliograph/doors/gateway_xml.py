"""The door for programs written for SMS Club's XML gateway (smsclub.md 6): `/xml/` and the old scripts.

It lets the dialect read the document, finds out who calls, hands it to intake or looks it up, and lets the dialect
answer. Everything is answered with status 200 and a document, errors too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from heliograph.dialects.smsclub_gate import REASONS, UNKNOWN_PATH, WrongRequest
from heliograph.dialects.smsclub_gate_xml import (
    SEND,
    STATE,
    error_answer,
    read_document,
    read_send,
    read_state,
    send_answer,
    state_answer,
    value,
)
from heliograph.doors.smsclub_gates import Gates
from heliograph.doors.visitors import Visitor
from heliograph.model.refusal import Reason
from heliograph.ports import StoreFailure
from heliograph.protocols.http import Handler, HttpRequest, HttpResponse
from heliograph.protocols.xml import Element

NAME: Final = "gateway_xml"
"""The door's name: what `closed_doors` of an account and `Submission.door` say."""

_TYPE: Final = ("Content-Type", "text/xml; charset=utf-8")
_SENDS: Final = ("/xml", "/xml/", "/xml/index.php", "/xml/individual.php")
_OLD_SENDS: Final = ("/hfw_smpp_addon/xmlsendsmspost.php", "/hfw_smpp_addon/xmlsendindividual.php")
_STATES: Final = ("/xml/state.php", "/hfw_smpp_addon/xmlgetsmsstatepost.php")

_Work = Callable[[Visitor, Element, str], Awaitable[str]]


class GatewayXmlDoor:
    """The XML gateway as handlers for the HTTP shell."""

    name = NAME

    def __init__(self, gates: Gates) -> None:
        self._gate = gates.gate(NAME)

    def routes(self) -> Mapping[str, Handler]:
        """Path → handler; what stands below `/xml/` and is no script is an error."""
        send, state = self._handler(SEND, self._send), self._handler(STATE, self._state)

        def below(request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
            return send(request) if request.path == "/xml/" else _response(error_answer(UNKNOWN_PATH), 404)

        return {**dict.fromkeys((*_SENDS, *_OLD_SENDS), send), **dict.fromkeys(_STATES, state), "/xml/": below}

    def on_error(self) -> HttpResponse:
        """What a caller hears of a fault of ours."""
        return _response(error_answer(REASONS[Reason.INTERNAL]), 500)

    def _handler(self, root: str, work: _Work) -> Handler:
        is_state = root == STATE

        async def handle(request: HttpRequest) -> HttpResponse:
            try:
                return _response(await self._answer(root, work, request))
            except WrongRequest as wrong:
                return _response(error_answer(wrong.text, of_state=is_state))
            except StoreFailure:
                return _response(error_answer(REASONS[Reason.BUSY], of_state=is_state))

        return handle

    async def _answer(self, root: str, work: _Work, request: HttpRequest) -> str:
        if request.body_too_large:
            raise WrongRequest(REASONS[Reason.BAD_REQUEST])
        document = read_document(request.body or request.query, root)
        login, password = value(document, "username"), value(document, "password")
        visitor = await self._gate.visitors.by_password(login, password, request.peer, in_url=not request.body)
        if isinstance(visitor, Reason):
            raise WrongRequest(REASONS[visitor])
        return await work(visitor, document, request.peer)

    async def _send(self, visitor: Visitor, document: Element, peer: str) -> str:
        submissions = read_send(document, self._gate.caller(visitor.account, peer))
        return send_answer(submissions, await self._gate.send(submissions))

    async def _state(self, visitor: Visitor, document: Element, peer: str) -> str:
        asked = read_state(document)
        return state_answer(asked, await self._gate.messages(asked, visitor.account))


def _response(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(status, [_TYPE], text.encode())
