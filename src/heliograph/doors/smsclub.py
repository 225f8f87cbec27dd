"""The door for programs written for SMS Club's JSON interface (smsclub.md 3).

It finds out who calls, counts the request, lets the dialect read it, hands it to intake or looks it up, and lets the
dialect answer: in the order of smsclub.md 3.1. It decides nothing about messages, knows no socket, and never says
more to a stranger than that he is one.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, NamedTuple, Protocol

from msgspec import Meta

from heliograph.core.directory import Directory
from heliograph.core.limits import SlidingWindows
from heliograph.core.purses import Purses
from heliograph.dialects.smsclub_json import (
    Caller,
    Reply,
    WrongRequest,
    balance_reply,
    error_reply,
    message_id,
    originator_reply,
    read_ids,
    read_individual_send,
    read_nothing,
    read_send,
    send_reply,
    status_reply,
    wrong_reply,
)
from heliograph.doors.later import Later
from heliograph.model.account import Account, CredentialKind
from heliograph.model.message import Submission
from heliograph.model.refusal import Answer
from heliograph.ports import Clock, Store, StoreFailure
from heliograph.protocols.http import Handler, HttpRequest, HttpResponse

PREFIXES: Final = ("/sms", "/v2", "/vibers", "/originators")
"""Everything under them is answered in this interface's words, also what does not exist (smsclub.md 3.2)."""

_JSON: Final = ("Content-Type", "application/json; charset=UTF-8")
_LIVE: Final = "live"


class Submits(Protocol):
    """What the door needs of intake."""

    def submit_then(self, submissions: list[Submission], then: Callable[[list[Answer]], None]) -> None:
        """One answer per submission, in order, once what was accepted is durable."""


@dataclass(frozen=True, slots=True)
class SmsClubSettings:
    """What an operator may set for this door (smsclub.md 9)."""

    requests_per_second: Annotated[
        int, Meta(ge=1), "Requests of one account within any second; the next is answered 429."
    ] = 9
    duplicate_window_s: Annotated[
        int,
        Meta(ge=0, le=120),
        "Seconds for which the same text from the same sender to the same number is refused; 0 = never.",
    ] = 120
    failed_logins: Annotated[
        int, Meta(ge=1), "Failed logins of one address at the gateways within failed_logins_window_s that block it."
    ] = 30
    failed_logins_window_s: Annotated[int, Meta(ge=1), "Seconds in which failed logins are counted."] = 600
    block_s: Annotated[int, Meta(ge=1), "Seconds for which such an address is not listened to."] = 600
    no_money_is_error: Annotated[
        bool, "Answer 400 instead of naming the numbers in add_info when nothing of a request can be paid."
    ] = False


class Guest(NamedTuple):
    """Who was let in, and whether his token may do more than read."""

    account: Account
    may_send: bool


Work = Callable[[Guest, HttpRequest], HttpResponse | Awaitable[HttpResponse]]
"""What is done for a path, once it is known who asks."""


class SmsClubDoor:
    """`/sms/…`, `/v2/sms/send` and `more`, by path and only by POST, as handlers for the HTTP shell."""

    name = "smsclub"

    def __init__(
        self,
        *,
        directory: Directory,
        intake: Submits,
        store: Store,
        purses: Purses,
        clock: Clock,
        settings: SmsClubSettings,
        more: Mapping[str, Work] | None = None,
    ) -> None:
        self._more = more or {}
        self._directory = directory
        self._intake = intake
        self._store = store
        self._purses = purses
        self._clock = clock
        self._settings = settings
        self.rate: SlidingWindows[int] = SlidingWindows(settings.requests_per_second, 1.0)

    def routes(self) -> Mapping[str, Handler]:
        """Path → handler; a path that ends in "/" stands for everything below it that has no handler of its own."""
        calls: dict[str, Handler] = {
            "/sms/send": self._handler(("POST",), self._send),
            "/v2/sms/send": self._handler(("POST",), self._send_individually),
            "/sms/status": self._handler(("POST",), self._status),
            "/sms/originator": self._handler(("GET", "POST"), self._originator),
            "/sms/balance": self._handler(("GET", "POST"), self._balance),
            **{path: self._handler(("POST",), work) for path, work in self._more.items()},
        }
        nowhere = self._handler((), self._nowhere)
        return {
            **calls,
            **{f"{path}/": handler for path, handler in calls.items()},
            **dict.fromkeys(PREFIXES, nowhere),
            **{f"{prefix}/": nowhere for prefix in PREFIXES},
        }

    def on_error(self) -> HttpResponse:
        """What a caller hears of a fault of ours: 500 and nothing about us (architecture.md 5)."""
        return response_of(error_reply(500))

    # -- who calls, how often, by which method -----------------------------------------------------------------------

    def _handler(self, methods: tuple[str, ...], work: Work) -> Handler:
        """The checks before the body, in the order of smsclub.md 3.1. Without `methods` the path is unknown."""

        def handle(request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
            guest = self._guest(request)
            if guest is None:
                return stranger()
            now = self._clock.monotonic()
            if not self.rate.hit(guest.account.id, now):
                return self._too_many(guest, now)
            if methods and request.method not in methods:
                allowed = ", ".join(methods)
                return response_of(error_reply(405, f"Allowed methods: {allowed}."), ("Allow", allowed))
            if request.body_too_large:
                return response_of(error_reply(400, "The body is too large."))
            return work(guest, request)

        return handle

    def _guest(self, request: HttpRequest) -> Guest | None:
        """Who calls; None for everybody who may not, with the same answer for all of them (B27)."""
        scheme, _, token = request.header("authorization").partition(" ")
        if scheme.lower() != "bearer":
            return None
        credential = self._directory.credential(CredentialKind.TOKEN, token.strip())
        account = self._directory.account(credential.account_id) if credential is not None else None
        if account is None or credential is None or self._directory.is_closed(account):
            return None
        if self.name in account.settings.closed_doors or not self._directory.peer_allowed(account, request.peer):
            return None
        return Guest(account, may_send=credential.scope == _LIVE)

    def _too_many(self, guest: Guest, now: float) -> HttpResponse:
        """429, for the request rate of this interface as for the account's own speed (smsclub.md 3.2)."""
        account_id = guest.account.id
        return response_of(
            error_reply(429),
            ("X-Rate-Limit-Limit", str(self._settings.requests_per_second)),
            ("X-Rate-Limit-Remaining", str(self.rate.remaining(account_id, now))),
            ("X-Rate-Limit-Reset", str(max(1, math.ceil(self.rate.reset_in(account_id, now))))),
        )

    # -- the calls ---------------------------------------------------------------------------------------------------

    def _send(self, guest: Guest, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        return self._submit(guest, request, read_send)

    def _send_individually(self, guest: Guest, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        return self._submit(guest, request, read_individual_send)

    def _submit(
        self, guest: Guest, request: HttpRequest, read: Callable[[bytes, Caller], list[Submission]]
    ) -> HttpResponse | Awaitable[HttpResponse]:
        if not guest.may_send:
            return stranger()
        account = guest.account
        in_add_info = account.settings.parameter_errors_as_add_info
        try:
            submissions = read(
                request.body, Caller(account.id, self.name, request.peer, self._settings.duplicate_window_s)
            )
        except WrongRequest as wrong:
            return response_of(wrong_reply(wrong, errors_as_add_info=in_add_info))
        response: Later[HttpResponse] = Later()

        def then(answers: list[Answer]) -> None:
            try:
                told: HttpResponse | Exception = self._sent(guest, submissions, answers)
            except Exception as error:
                told = error
            response.tell(told)

        self._intake.submit_then(submissions, then)
        return response

    def _sent(self, guest: Guest, submissions: list[Submission], answers: list[Answer]) -> HttpResponse:
        reply = send_reply(
            submissions,
            answers,
            no_money_is_error=self._settings.no_money_is_error,
            errors_as_add_info=guest.account.settings.parameter_errors_as_add_info,
        )
        return response_of(reply) if reply.status != 429 else self._too_many(guest, self._clock.monotonic())

    async def _status(self, guest: Guest, request: HttpRequest) -> HttpResponse:
        try:
            asked = read_ids(request.body)
        except WrongRequest as wrong:
            return response_of(wrong_reply(wrong))
        ids = sorted({number for number in map(message_id, asked) if number})
        try:
            messages = await self._store.messages(ids, guest.account.id) if ids else []
        except StoreFailure:
            return response_of(error_reply(503))
        return response_of(status_reply(asked, messages))

    def _originator(self, guest: Guest, request: HttpRequest) -> HttpResponse:
        try:
            read_nothing(request.body)
        except WrongRequest as wrong:
            return response_of(wrong_reply(wrong))
        return response_of(originator_reply(self._directory.sender_names(guest.account)))

    def _balance(self, guest: Guest, request: HttpRequest) -> HttpResponse:
        try:
            read_nothing(request.body)
        except WrongRequest as wrong:
            return response_of(wrong_reply(wrong))
        purse = guest.account.purse
        return response_of(balance_reply(self._purses.balance(purse), self._purses.currency(purse)))

    def _nowhere(self, guest: Guest, request: HttpRequest) -> HttpResponse:
        return response_of(error_reply(404))


def stranger() -> HttpResponse:
    """The answer to everybody who may not (3.2)."""
    return response_of(error_reply(401), ("WWW-Authenticate", 'Bearer realm="api"'))


def response_of(reply: Reply, *headers: tuple[str, str]) -> HttpResponse:
    """A reply with the headers all of them have."""
    return HttpResponse(reply.status, [_JSON, *headers], reply.body)
