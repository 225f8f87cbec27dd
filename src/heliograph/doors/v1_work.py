"""How a call of `/v1` is carried out: read by its structs, done by its work, answered by its struct or by a problem.

What goes wrong in whatever room is said here once, as a problem; a work only says what is right.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.backoffice.verbs import NotPossible
from heliograph.core.directory import Directory
from heliograph.dialects.native import CONFLICT, READ_ONLY, TOO_LARGE, Problem, Wrong, problem_of, wrong
from heliograph.dialects.native_body import read_body, read_query
from heliograph.dialects.native_call import AnyCall, Call, NoAnswer, NoBody
from heliograph.doors.later import Later
from heliograph.model.account import Account, CredentialKind
from heliograph.model.refusal import Reason
from heliograph.model.subclient import Flag
from heliograph.ports import StoreFailure
from heliograph.protocols.http import HttpRequest, HttpResponse

B = TypeVar("B", bound=Struct)
Q = TypeVar("Q", bound=Struct)
A = TypeVar("A", bound=Struct)

Headers = list[tuple[str, str]]

_JSON: Final = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
_PROBLEM: Final = (("Content-Type", "application/problem+json"), ("Cache-Control", "no-store"))
_NOTHING: Final = NoAnswer()
_LIVE: Final = "live"
_TEST: Final = "test"

DOOR: Final = "v1"
"""The door's name: what `closed_doors` of an account and `Submission.door` say."""


class Guest(NamedTuple):
    """Who was let in. `is_test`: nothing he sends leaves; `may_send`, `may_manage` as his token says."""

    account: Account
    may_send: bool
    may_manage: bool
    is_test: bool


@dataclass(slots=True)
class Asked(Generic[B, Q]):
    """One request, read. `headers` are those every answer to it has; `id` is what stands for `{id}` in the path."""

    guest: Guest
    request: HttpRequest
    body: B
    query: Q
    id: str
    status: int
    headers: Headers

    @property
    def account(self) -> Account:
        """Who asks."""
        return self.guest.account

    @property
    def number(self) -> int:
        """The id in the path."""
        return int(self.id)

    def answer(self, answer: Struct) -> HttpResponse:
        """The response with this body."""
        if answer is _NOTHING:
            return HttpResponse(204, self.headers)
        return HttpResponse(self.status, [*_JSON, *self.headers], msgspec.json.encode(answer))

    def problem(self, problem: Problem) -> HttpResponse:
        """The response that says what went wrong."""
        return problem_response(problem, self.headers)


Work = Callable[[Asked[B, Q]], A | HttpResponse | Awaitable[A | HttpResponse]]
"""What a call does. It raises `Wrong`, or what the rooms raise. A future is of the response as it is: it costs no
task."""


class Bound(NamedTuple):
    """A call with its work."""

    call: AnyCall
    run: Callable[[Guest, HttpRequest, str, Headers], HttpResponse | Awaitable[HttpResponse]]


def bound(call: Call[B, Q, A], work: Work[B, Q, A]) -> Bound:
    """The call and what does it, with the reading before and the answering behind."""
    takes_body = call.body is not NoBody
    no_body = None if takes_body else call.body()

    def run(guest: Guest, request: HttpRequest, given: str, headers: Headers) -> HttpResponse | Awaitable[HttpResponse]:
        try:
            if request.body_too_large and takes_body:
                raise Wrong(problem_of(TOO_LARGE))
            body = read_body(request.body, call.body) if no_body is None else no_body
            query = read_query(request.query, call.query)
        except Wrong as wrong:
            return problem_response(wrong.problem, headers)
        asked = Asked(guest, request, body, query, given, call.status, headers)
        try:
            answer = work(asked)
        except Exception as error:
            return asked.problem(_said(error))
        if isinstance(answer, HttpResponse | Later):
            return answer
        if inspect.isawaitable(answer):
            return _answered(asked, answer)
        return asked.answer(answer)

    return Bound(call, run)


def nothing() -> NoAnswer:
    """The answer of a call that has none."""
    return _NOTHING


async def _answered(asked: Asked[B, Q], answer: Awaitable[Struct | HttpResponse]) -> HttpResponse:
    try:
        found = await answer
    except Exception as error:
        return asked.problem(_said(error))
    return found if isinstance(found, HttpResponse) else asked.answer(found)


def _said(error: Exception) -> Problem:
    """What a room could not do, in our words. Raises what is a fault of ours."""
    match error:
        case Wrong():
            return error.problem
        case NothingFound():
            return problem_of(Reason.NOT_FOUND)
        case NotSaved():
            return problem_of(CONFLICT)
        case NotPossible():
            return problem_of(Reason.BAD_REQUEST, str(error))
        case StoreFailure():
            return problem_of(Reason.BUSY)
    raise error


def problem_response(problem: Problem, headers: Headers) -> HttpResponse:
    """A problem as a response."""
    return HttpResponse(problem.status, [*_PROBLEM, *headers], msgspec.json.encode(problem))


def guest_of(directory: Directory, request: HttpRequest) -> Guest | None:
    """Who calls, by the token of the request; None for everybody who may not (B27)."""
    scheme, _, token = request.header("authorization").partition(" ")
    credential = directory.credential(CredentialKind.TOKEN, token.strip()) if scheme.lower() == "bearer" else None
    account = directory.account(credential.account_id) if credential is not None else None
    if account is None or credential is None or directory.is_closed(account):
        return None
    if DOOR in account.settings.closed_doors or not directory.peer_allowed(account, request.peer):
        return None
    is_live, is_test = credential.scope == _LIVE, credential.scope == _TEST
    return Guest(account, is_live or is_test, is_live, is_test)


def must_be_free(account: Account) -> None:
    """Raises `Wrong` for a sub-client whose owner keeps its settings."""
    if account.profile is not None and account.profile.has(Flag.SETTINGS_FIXED):
        raise wrong(READ_ONLY, "The owner of this account keeps its settings.")
