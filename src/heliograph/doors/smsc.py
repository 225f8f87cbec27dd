"""The door for programs written for SMSC's HTTP scripts (smsc-messages.md 1).

It reads the request, finds out who calls, and lets the script of that name answer: `/sys/<name>.php`, and
`/rest/<name>/` for JSON. What all scripts have in common is done here and nowhere else: blocked addresses, the three
forms of a password, API keys, the list of allowed addresses, how much may be under way at once, and errors as answers
with status 200. A new script is a name and a `Script` in the table given to the door.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple, Protocol

from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.core.directory import Directory
from heliograph.core.limits import FailedLogins
from heliograph.core.passwords import Check, Passwords
from heliograph.dialects.smsc_answer import (
    BLOCKED,
    BUSY,
    CREDENTIALS,
    FAILED,
    LIMIT,
    NOTHING_FOUND,
    TOO_MANY_AT_ONCE,
    Answer,
    Style,
    error,
)
from heliograph.dialects.smsc_request import Request, Unreadable, WrongRequest, read, read_rest
from heliograph.doors.later import Later
from heliograph.doors.smsc_limits import AtOnce, SmscSettings, Windows
from heliograph.model.account import Account, Credential, CredentialKind
from heliograph.ports import Clock, StoreFailure
from heliograph.protocols.http import Handler, HttpRequest, HttpResponse

NAME: Final = "smsc"
"""The door's name: what `closed_doors` of an account and `Submission.door` say."""

_LIVE: Final = "live"


class Call(NamedTuple):
    """A request of somebody known. `may_send` is False for a key that may only ask; `peer` is the caller's address,
    `door` the one he came in by."""

    account: Account
    request: Request
    peer: str
    may_send: bool = True
    door: str = NAME

    @property
    def style(self) -> Style:
        """How the caller wants his answer."""
        return self.request.style


class Script(Protocol):
    """What answers below one name. `limits` are its limits within a minute, by names that are the same in every
    process, for nodes count them together."""

    @property
    def limits(self) -> Mapping[str, Windows]: ...

    def answer(self, call: Call) -> Answer | Awaitable[Answer]:
        """The answer. It may raise `WrongRequest` for an error, `StoreFailure` for "later" (error 9), and what a room
        of the back office raises: `NothingFound` (error 3), `NotSaved` (error 5)."""


Tell = Callable[[Answer], HttpResponse]
"""How a door answers what a script said: SMSC's own as it is, the others in their envelopes."""

_Refusal = WrongRequest | StoreFailure | NothingFound | NotSaved

_Read = Callable[[HttpRequest], Request]


class _Asked(NamedTuple):
    """A request of somebody not yet known."""

    peer: str
    request: Request
    script: Script
    tell: Tell
    door: str = NAME


class SmscDoor:
    """`scripts` by name, as handlers for the HTTP shell: `send` is `/sys/send.php` and `/rest/send/`."""

    name = NAME

    def __init__(
        self,
        *,
        scripts: Mapping[str, Script],
        directory: Directory,
        passwords: Passwords,
        clock: Clock,
        settings: SmscSettings,
    ) -> None:
        self._scripts = scripts
        self._directory = directory
        self._passwords = passwords
        self._clock = clock
        self.failed = FailedLogins(settings.failed_logins, settings.failed_logins_window_s, settings.block_s)
        self.at_once = AtOnce(settings.at_once)

    def routes(self) -> Mapping[str, Handler]:
        """Path → handler. What stands below `/sys` and `/rest` and is no script is 404 (1.2)."""
        routes: dict[str, Handler] = {"/sys": _nowhere, "/sys/": _nowhere, "/rest": _nowhere, "/rest/": _nowhere}
        for name, script in self._scripts.items():
            routes[f"/sys/{name}.php"] = self._handler(script, _read_script)
            routes[f"/rest/{name}"] = routes[f"/rest/{name}/"] = self._handler(script, _read_rest)
        return routes

    def windows(self) -> dict[str, Windows]:
        """The limits within a minute of all scripts, by names that are the same in every process."""
        return {
            f"{name}_{limit}": windows
            for name, script in self._scripts.items()
            for limit, windows in script.limits.items()
        }

    def on_error(self) -> HttpResponse:
        """What a caller hears of a fault of ours. Not 200: nobody may take it for an answer."""
        return HttpResponse(500, [("Content-Type", "text/plain; charset=windows-1251")], f"ERROR = 9 ({BUSY})".encode())

    def _handler(self, script: Script, reader: _Read) -> Handler:
        def handle(http: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
            try:
                request = reader(http)
            except Unreadable as wrong:
                return _response(error(wrong.style, wrong.number))
            return self._identify(_Asked(http.peer, request, script, _response))

        return handle

    def ask(
        self, door: str, peer: str, request: Request, script: str, tell: Tell | None = None
    ) -> HttpResponse | Awaitable[HttpResponse]:
        """What `tell` makes of the answer of a script to a request that came in by another door of this provider: its
        rules are the same."""
        return self._identify(_Asked(peer, request, self._scripts[script], tell or _response, door))

    def ask_for(
        self, door: str, peer: str, account: Account, request: Request, script: str
    ) -> HttpResponse | Awaitable[HttpResponse]:
        """The same for somebody whom the other door knows already."""
        return self._enter(_Asked(peer, request, self._scripts[script], _response, door), account, None)

    # -- who calls -----------------------------------------------------------------------------------------------

    def _identify(self, asked: _Asked) -> HttpResponse | Awaitable[HttpResponse]:
        """Key, password or stranger (1.3). `apikey` replaces the pair; a key may also stand in for the password."""
        if self.failed.blocked(asked.peer, self._clock.monotonic()):
            return asked.tell(error(asked.request.style, BLOCKED))
        request = asked.request
        login, password, apikey = request.get("login"), request.get("psw"), request.get("apikey")
        secret = apikey or password
        if not secret:
            return asked.tell(error(asked.request.style, CREDENTIALS))
        credential = self._directory.credential(CredentialKind.APIKEY, secret)
        if apikey or not login:
            account = None if credential is None else self._directory.account(credential.account_id)
            return self._enter(asked, account, credential)
        account = self._directory.by_login(login)
        if credential is not None and account is not None and credential.account_id == account.id:
            return self._enter(asked, account, credential)
        return self._check_password(asked, account, password)

    def _check_password(
        self, asked: _Asked, account: Account | None, password: str
    ) -> HttpResponse | Awaitable[HttpResponse]:
        """Mostly it is remembered and known at once; else the answer waits for the helper."""
        at_once: list[Check] = []
        checked: asyncio.Future[Check] | None = None

        def done(check: Check) -> None:
            if checked is None:
                at_once.append(check)
            elif not checked.done():
                checked.set_result(check)

        hashed_forms = account is None or account.settings.hashed_passwords
        self._passwords.check(account, password, done, hashed_forms=hashed_forms)
        if at_once:
            return self._checked(at_once[0], asked, account)
        checked = asyncio.get_running_loop().create_future()
        return self._when_checked(checked, asked, account)

    async def _when_checked(
        self, checked: asyncio.Future[Check], asked: _Asked, account: Account | None
    ) -> HttpResponse:
        response = self._checked(await checked, asked, account)
        return response if isinstance(response, HttpResponse) else await response

    def _checked(self, check: Check, asked: _Asked, account: Account | None) -> HttpResponse | Awaitable[HttpResponse]:
        if check is Check.BUSY:
            return asked.tell(error(asked.request.style, BLOCKED))
        return self._enter(asked, account if check is Check.RIGHT else None, None)

    def _enter(
        self, asked: _Asked, account: Account | None, credential: Credential | None
    ) -> HttpResponse | Awaitable[HttpResponse]:
        """Let in whom `account` names; everybody who may not is told the same (B27)."""
        if (
            account is None
            or self._directory.is_closed(account)
            or asked.door in account.settings.closed_doors
            or (asked.request.secret_in_url and not account.settings.secrets_in_url)
            or not self._directory.peer_allowed(account, asked.peer)
        ):
            self.failed.failed(asked.peer, self._clock.monotonic())
            return asked.tell(error(asked.request.style, CREDENTIALS))
        may_send = credential is None or credential.scope == _LIVE
        return self._run(Call(account, asked.request, asked.peer, may_send, asked.door), asked)

    # -- the script ----------------------------------------------------------------------------------------------

    def _run(self, call: Call, asked: _Asked) -> HttpResponse | Awaitable[HttpResponse]:
        account_id = call.account.id
        if not self.at_once.enter(account_id):
            return asked.tell(error(call.style, LIMIT, TOO_MANY_AT_ONCE))
        waits = False
        try:
            answer = asked.script.answer(call)
            if isinstance(answer, Answer):
                return asked.tell(answer)
            waits = True
            return self._when_answered(answer, call, asked.tell)
        except (WrongRequest, StoreFailure, NothingFound, NotSaved) as wrong:
            return asked.tell(_error(call.style, wrong))
        finally:
            if not waits:
                self.at_once.leave(account_id)

    def _when_answered(self, answer: Awaitable[Answer], call: Call, tell: Tell) -> Awaitable[HttpResponse]:
        """The response of an answer that comes later. A caller who goes away ends only his own waiting."""
        response: Later[HttpResponse] = Later()

        def told(answer: Answer | BaseException) -> None:
            self.at_once.leave(call.account.id)
            try:
                if isinstance(answer, _Refusal):
                    answer = _error(call.style, answer)
                response.tell(tell(answer) if isinstance(answer, Answer) else answer)
            except Exception as error:
                response.tell(error)

        if isinstance(answer, Later):
            answer.listen(told)
        else:
            asyncio.ensure_future(answer).add_done_callback(lambda task: told(_outcome(task)))
        return response


def _outcome(task: asyncio.Future[Answer]) -> Answer | BaseException:
    if task.cancelled():
        return asyncio.CancelledError()
    return task.exception() or task.result()


def _error(style: Style, wrong: _Refusal) -> Answer:
    if isinstance(wrong, StoreFailure):
        return error(style, LIMIT, BUSY)
    if isinstance(wrong, NothingFound | NotSaved):
        return error(style, NOTHING_FOUND if isinstance(wrong, NothingFound) else FAILED)
    return error(style, wrong.number, wrong.text)


def _read_script(http: HttpRequest) -> Request:
    """A body that is too large is as if it could not be read; the query still tells how to answer."""
    request = read(http.query, http.header("content-type"), http.body)
    if http.body_too_large:
        raise Unreadable(request.style)
    return request


def _read_rest(http: HttpRequest) -> Request:
    return read_rest(http.query, http.body if http.method == "POST" and not http.body_too_large else b"")


def _response(answer: Answer) -> HttpResponse:
    headers = [("Content-Type", answer.content_type)]
    if answer.filename:
        headers.append(("Content-Disposition", f'attachment; filename="{answer.filename}"'))
    return HttpResponse(200, headers, answer.body)


def _nowhere(_: HttpRequest) -> HttpResponse:
    return HttpResponse(404, [("Content-Type", "text/plain; charset=windows-1251")], b"ERROR = 1 (unknown script)")
