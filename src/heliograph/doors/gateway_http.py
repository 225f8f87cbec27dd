"""The door for programs written for SMS Club's HTTP gateway (smsclub.md 5): `/token/`, `/http/` and the old scripts.

It finds out who calls, lets the dialect read the parameters, hands them to intake or looks them up, and lets the
dialect answer. Everything is answered with status 200, errors too: clients take any other for a failed transport.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from heliograph.core.purses import Purses
from heliograph.dialects.smsclub_gate import REASONS, UNKNOWN_PATH, WrongRequest, read_ids
from heliograph.dialects.smsclub_gate_http import (
    BREAK,
    BREAK_AND_LINE,
    Fields,
    balance_answer,
    is_in_query,
    optional,
    parameter,
    read_fields,
    read_send,
    send_answer,
    state_answer,
)
from heliograph.doors.smsclub_gates import Gates
from heliograph.doors.visitors import Visitor
from heliograph.model.account import Account
from heliograph.model.refusal import Reason
from heliograph.ports import StoreFailure
from heliograph.protocols.http import Handler, HttpRequest, HttpResponse

NAME: Final = "gateway_http"
"""The door's name: what `closed_doors` of an account and `Submission.door` say."""

_TYPE: Final = ("Content-Type", "text/html; charset=utf-8")
_PACKED: Final = "httpsendsms.php"
"""Scripts of this name get their text as Base64 (5.1)."""

_Work = Callable[["_Call"], Awaitable[str]]


class _Call:
    """A request of somebody known."""

    __slots__ = ("fields", "request", "visitor")

    def __init__(self, visitor: Visitor, fields: Fields, request: HttpRequest) -> None:
        self.visitor = visitor
        self.fields = fields
        self.request = request

    @property
    def account(self) -> Account:
        return self.visitor.account

    @property
    def line_break(self) -> str:
        return BREAK_AND_LINE if self.account.settings.gateway_newlines else BREAK


class GatewayHttpDoor:
    """The HTTP gateway as handlers for the HTTP shell."""

    name = NAME

    def __init__(self, gates: Gates, *, purses: Purses) -> None:
        self._gate = gates.gate(NAME)
        self._purses = purses

    def routes(self) -> Mapping[str, Handler]:
        """Path → handler; what stands below `/token/`, `/http/` and `/hfw_smpp_addon/` and is no script is an error."""
        routes: dict[str, Handler] = {}
        for folder, secret in (("/token", "token"), ("/http", "password"), ("/hfw_smpp_addon", "password")):
            routes[f"{folder}/"] = self._below(folder, secret)
            for script, work in self._scripts().items():
                routes[f"{folder}/{script}"] = self._handler(secret, work)
        for folder, secret in (("/token", "token"), ("/http", "password")):
            routes[folder] = routes[f"{folder}/index.php"] = self._handler(secret, self._send)
        return routes

    def _scripts(self) -> dict[str, _Work]:
        return {
            _PACKED: self._send,
            "state.php": self._state,
            "getbalance.php": self._balance,
            "httpgetbalance.php": self._balance,
        }

    def on_error(self) -> HttpResponse:
        """What a caller hears of a fault of ours."""
        return HttpResponse(500, [_TYPE], REASONS[Reason.INTERNAL].encode())

    # -- who calls, and what for -------------------------------------------------------------------------------------

    def _below(self, folder: str, secret: str) -> Handler:
        """The folder itself is the script for sending, where there is one of that name."""
        send = self._handler(secret, self._send)

        def handle(request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
            if request.path == f"{folder}/" and folder != "/hfw_smpp_addon":
                return send(request)
            return _response(UNKNOWN_PATH, 404)

        return handle

    def _handler(self, secret: str, work: _Work) -> Handler:
        async def handle(request: HttpRequest) -> HttpResponse:
            try:
                return _response(await self._answer(secret, work, request))
            except WrongRequest as wrong:
                return _response(wrong.text)
            except StoreFailure:
                return _response(REASONS[Reason.BUSY])

        return handle

    async def _answer(self, secret: str, work: _Work, request: HttpRequest) -> str:
        if request.body_too_large:
            raise WrongRequest(REASONS[Reason.BAD_REQUEST])
        fields = read_fields(request.query, request.header("content-type"), request.body)
        login, presented = parameter(fields, "username"), parameter(fields, secret)
        in_url = is_in_query(request.query, secret)
        visitor = (
            self._gate.visitors.by_token(login, presented, request.peer, in_url=in_url)
            if secret == "token"  # noqa: S105 - the name of a parameter
            else await self._gate.visitors.by_password(login, presented, request.peer, in_url=in_url)
        )
        if isinstance(visitor, Reason):
            raise WrongRequest(REASONS[visitor])
        return await work(_Call(visitor, fields, request))

    # -- the scripts -------------------------------------------------------------------------------------------------

    async def _send(self, call: _Call) -> str:
        if not call.visitor.may_send:
            raise WrongRequest(REASONS[Reason.BAD_CREDENTIALS])
        account = call.account
        caller = self._gate.caller(account, call.request.peer)
        is_base64 = call.request.path.endswith(_PACKED) or account.settings.gateway_base64
        answers = await self._gate.send(read_send(call.fields, caller, is_base64=is_base64))
        return send_answer(answers, call.line_break)

    async def _state(self, call: _Call) -> str:
        asked = read_ids(optional(call.fields, "smscid"))
        return state_answer(asked, await self._gate.messages(asked, call.account), call.line_break)

    async def _balance(self, call: _Call) -> str:
        purse = call.account.purse
        balance = self._purses.balance(purse)
        return balance_answer(balance, self._purses.spendable(purse) - balance, call.line_break)


def _response(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(status, [_TYPE], text.encode())
