"""The door of our own interface, `/v1`: who calls, how often, which call it is; the works do the rest.

Everything under `/v1` is answered in its words, also what does not exist. The document and the page to try it need no
token: they hold nothing but what the interface is.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final

from msgspec import Meta

from heliograph.core.directory import Directory
from heliograph.core.limits import FailedLogins, SlidingWindows
from heliograph.dialects.native import NOT_ALLOWED, READ_ONLY, problem_of
from heliograph.dialects.native_call import ROOT, Scope
from heliograph.dialects.native_openapi import document
from heliograph.doors.v1_page import is_read, pages
from heliograph.doors.v1_work import DOOR, Bound, Guest, Headers, guest_of, problem_response
from heliograph.model.refusal import Reason
from heliograph.ports import Clock
from heliograph.protocols.http import Handler, HttpRequest, HttpResponse

OPENAPI: Final = f"{ROOT}/openapi.json"

_READS: Final = {"GET": True, "HEAD": True}
_ID: Final = "{id}"
_LONGEST_ID: Final = 16
_STEPS: Final = 100
"""Of a high limit what is left is told rounded down to a hundredth, so that the heads of answers stay a few."""


@dataclass(frozen=True, slots=True)
class V1Settings:
    """Our own interface, `/v1`."""

    requests_per_second: Annotated[
        int, Meta(ge=1, le=100_000), "Requests of one account within any second; the next is answered 429."
    ] = 100
    failed_logins: Annotated[
        int, Meta(ge=1), "Wrong tokens of one address within failed_logins_window_s that block it."
    ] = 30
    failed_logins_window_s: Annotated[int, Meta(ge=1), "Seconds in which wrong tokens are counted."] = 600
    block_s: Annotated[int, Meta(ge=1), "Seconds for which such an address is not listened to."] = 600


class _Path:
    """What stands at one path: a call for each method, one way further for each segment, and one for any id."""

    def __init__(self) -> None:
        self.methods: dict[str, Bound] = {}
        self.below: dict[str, _Path] = {}

    def of(self, segment: str) -> _Path | None:
        """One segment further."""
        found = self.below.get(segment)
        if found is None and segment.isascii() and segment.isdigit() and len(segment) <= _LONGEST_ID:
            found = self.below.get(_ID)
        return found


class V1Door:
    """Handlers for the HTTP shell. `works` are the calls."""

    name = DOOR

    def __init__(
        self,
        *,
        works: Iterable[Bound],
        directory: Directory,
        clock: Clock,
        settings: V1Settings,
        version: str,
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._version = version
        self.rate: SlidingWindows[int] = SlidingWindows(settings.requests_per_second, 1.0)
        self.failed = FailedLogins(settings.failed_logins, settings.failed_logins_window_s, settings.block_s)
        self._limit = ("RateLimit-Limit", str(settings.requests_per_second))
        self._step = max(1, settings.requests_per_second // _STEPS)
        self._root = _Path()
        self.works = tuple(works)
        for work in self.works:
            self._add(work)

    def _add(self, work: Bound) -> None:
        place = self._root
        for segment in work.call.path.split("/")[1:]:
            place = place.below.setdefault(segment, _Path())
        place.methods[work.call.method] = work
        if work.call.method == "GET":
            place.methods["HEAD"] = work

    def routes(self) -> Mapping[str, Handler]:
        """Path → handler; everything below `/v1/` is this door's."""
        shown = {path: partial(self._shown, response) for path, response in pages().items()}
        return {ROOT: self._handle, f"{ROOT}/": self._handle, OPENAPI: self._document, **shown}

    def on_error(self) -> HttpResponse:
        """What a caller hears of a fault of ours: 500 and nothing about us."""
        return problem_response(problem_of(Reason.INTERNAL), [])

    @staticmethod
    def _shown(page: HttpResponse, request: HttpRequest) -> HttpResponse:
        return page if is_read(request) else _not_allowed(_READS, [])

    def _document(self, request: HttpRequest) -> HttpResponse:
        if not is_read(request):
            return _not_allowed(_READS, [])
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-cache")]
        return HttpResponse(200, headers, document(self._version))

    def _handle(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """The token first, so that a stranger learns nothing but that he is one."""
        now = self._clock.monotonic()
        guest = self._guest(request, now)
        if isinstance(guest, Reason):
            return _stranger(guest)
        account_id = guest.account.id
        has_room = self.rate.hit(account_id, now)
        left = self.rate.remaining(account_id, now)
        headers = [
            self._limit,
            ("RateLimit-Remaining", str(left - left % self._step)),
            ("RateLimit-Reset", "0" if left else str(math.ceil(self.rate.reset_in(account_id, now)))),
        ]
        if not has_room:
            return problem_response(problem_of(Reason.TOO_MANY_REQUESTS), [*headers, ("Retry-After", "1")])
        place, given = self._find(request.path)
        if place is None or not place.methods:
            return problem_response(problem_of(Reason.NOT_FOUND), headers)
        work = place.methods.get(request.method)
        if work is None:
            return _not_allowed(place.methods, headers)
        scope = work.call.scope
        if (scope is Scope.SEND and not guest.may_send) or (scope is Scope.MANAGE and not guest.may_manage):
            return problem_response(problem_of(READ_ONLY), headers)
        return work.run(guest, request, given, headers)

    def _find(self, path: str) -> tuple[_Path | None, str]:
        place: _Path | None = self._root
        given = ""
        for segment in path[len(ROOT) :].split("/")[1:]:
            assert place is not None
            further = place.of(segment)
            if further is None:
                return None, ""
            if segment not in place.below:
                given = segment
            place = further
        return place, given

    def _guest(self, request: HttpRequest, now: float) -> Guest | Reason:
        """Who calls; one answer for everybody who may not (B27)."""
        if self.failed.blocked(request.peer, now):
            return Reason.ADDRESS_BLOCKED
        guest = guest_of(self._directory, request)
        if guest is None:
            if request.header("authorization"):
                self.failed.failed(request.peer, now)
            return Reason.BAD_CREDENTIALS
        return guest


def _stranger(reason: Reason) -> HttpResponse:
    if reason is Reason.ADDRESS_BLOCKED:
        return problem_response(problem_of(reason), [("Retry-After", "60")])
    return problem_response(problem_of(reason), [("WWW-Authenticate", 'Bearer realm="heliograph"')])


def _not_allowed(methods: Mapping[str, object], headers: Headers) -> HttpResponse:
    allowed = ", ".join(sorted(methods))
    return problem_response(problem_of(NOT_ALLOWED, f"Allowed: {allowed}."), [*headers, ("Allow", allowed)])
