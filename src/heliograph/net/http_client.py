"""Our own HTTP client for callbacks: keep-alive, one request at a time on a connection, guarded, bounded in all.

It follows no redirect, reads at most 64 KiB of an answer, dials only addresses the guard allows and checks
certificates. Cheaper than a general client by what it leaves out (decisions.md 10). One sweep keeps all time limits
and closes what has been idle for long.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from heliograph.net.guard import Forbidden, Guard
from heliograph.net.http_link import Answer, ClosedEarly, HttpLink
from heliograph.net.names import Names
from heliograph.protocols.http import Headers, HttpResponse, Unreachable

MOST_IDLE: Final = 64
"""Idle connections kept for one origin."""
IDLE_S: Final = 30.0
"""Receivers commonly close after 60 s or later; a connection closed just as we use it costs a second try."""
_SWEEPS: Final = 10
"""Sweeps within the shortest limit: how exactly it is kept."""


class Resolver(Protocol):
    """Which addresses a name has (`net.names`)."""

    def addresses(self, host: str) -> Awaitable[Sequence[str]]:
        """At least one, in the order to try them. Raises `OSError`."""


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int


class _Target(NamedTuple):
    origin: _Origin
    path: str
    host: str
    """As the Host header has it."""


class Prepared(NamedTuple):
    """What all requests to one address begin with: made once by `prepare`, sent often by `HttpClient.send`."""

    origin: _Origin
    head: bytes


Then = Callable[[HttpResponse | Unreachable], None]


class HttpClient:
    """`timeout_s` bounds a whole exchange, name look-up and connecting included; `connect_timeout_s` each address.

    A connection that had nothing to do for `idle_s` is closed.
    Use from one event loop. `requests` counts for the metrics.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        timeout_s: float,
        connect_timeout_s: float = 5.0,
        idle_s: float = IDLE_S,
        tls: ssl.SSLContext | None = None,
        names: Resolver | None = None,
    ) -> None:
        self._guard = guard
        self._timeout_s = timeout_s
        self._connect_timeout_s = connect_timeout_s
        self._idle_s = idle_s
        self._sweep_s = min(1.0, timeout_s / _SWEEPS, idle_s / _SWEEPS)
        self._tls = tls
        self._names: Resolver = names or Names()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._idle: dict[_Origin, list[HttpLink]] = {}
        self._open: set[HttpLink] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._connecting: set[asyncio.Timeout] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self._is_quiet = asyncio.Event()
        self._is_closed = False
        self.requests = 0

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._open)

    async def request(self, method: str, url: str, headers: Headers, body: bytes) -> HttpResponse:
        """One exchange. Raises `Unreachable` when no whole answer came, with `Forbidden` as its cause if the guard
        said no, and `ValueError` for a header that no request can carry.

        A connection that was kept may have been closed by the other side just now: then, and only if nothing of an
        answer came, the request goes out once more on a new one. An answer longer than 64 KiB is cut off there.
        """
        target = _target(url)
        request = _request(method, target, headers, body)
        if self._is_closed:
            raise Unreachable("the gateway is stopping", sent=False)
        self.requests += 1
        self._under_way += 1
        try:
            return await self._ask(target.origin, request, is_head=method == "HEAD")
        finally:
            self._under_way -= 1
            self._look_whether_quiet()

    def send(self, call: Prepared, fields: bytes, body: bytes, then: Then) -> None:
        """The same as `request` without a task or a future while a connection is kept: for callers who send thousands
        a second. `then` is called once, later than this returns, and must not raise.

        `fields` are header lines of this request alone, each with its end; nothing checks them here.
        """
        request = b"%b%bContent-Length: %d\r\n\r\n%b" % (call.head, fields, len(body), body)
        loop = self._loop or self._own_loop()
        if self._is_closed:
            loop.call_soon(then, Unreachable("the gateway is stopping", sent=False))
            return
        self.requests += 1
        self._under_way += 1
        deadline = loop.time() + self._timeout_s
        link = self._kept(call.origin)
        if link is None:
            self._begin(self._send_anew(call.origin, request, deadline, then, sent=False))
            return

        def answered(link: HttpLink, answer: Answer) -> None:
            if isinstance(answer, ClosedEarly):
                self._begin(self._send_anew(call.origin, request, deadline, then, sent=True))
                return
            self._put_back(link, call.origin)
            self._end(then, answer)

        link.start(request, deadline, answered)

    async def close(self, grace_s: float = 0.0) -> None:
        """Begin nothing more, let what is under way end for up to `grace_s`, then cut it off.

        On return every `request` has returned or raised.
        """
        self._is_closed = True
        self._look_whether_quiet()
        await self._quiet(grace_s)
        for link in list(self._open):
            link.close()
        now = asyncio.get_running_loop().time()
        for connecting in list(self._connecting):
            connecting.reschedule(now)
        await self._quiet(self._timeout_s)
        await asyncio.sleep(0)
        self._idle.clear()
        if self._sweeper is not None:
            self._sweeper.cancel()

    def _look_whether_quiet(self) -> None:
        if self._is_closed and not self._under_way:
            self._is_quiet.set()

    async def _quiet(self, seconds: float) -> None:
        if not self._is_quiet.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_quiet.wait(), seconds)

    # -- one exchange --------------------------------------------------------------------------------------------

    async def _ask(self, origin: _Origin, request: bytes, *, is_head: bool) -> HttpResponse:
        deadline = asyncio.get_running_loop().time() + self._timeout_s
        kept = self._kept(origin)
        if kept is not None:
            try:
                return await self._exchange(kept, origin, request, deadline, is_head=is_head)
            except ClosedEarly:
                pass
        return await self._ask_anew(origin, request, deadline, sent=kept is not None, is_head=is_head)

    async def _ask_anew(
        self, origin: _Origin, request: bytes, deadline: float, *, sent: bool, is_head: bool = False
    ) -> HttpResponse:
        """On a connection of its own; `sent` tells whether the request may have gone out before."""
        link = await self._connect(origin, deadline, sent=sent)
        try:
            return await self._exchange(link, origin, request, deadline, is_head=is_head)
        except ClosedEarly:
            raise Unreachable("the connection was closed without an answer", sent=True) from None

    async def _send_anew(self, origin: _Origin, request: bytes, deadline: float, then: Then, *, sent: bool) -> None:
        try:
            answer: HttpResponse | Unreachable = await self._ask_anew(origin, request, deadline, sent=sent)
        except Unreachable as error:
            answer = error
        except Exception as error:  # whatever it is, somebody waits for `then`
            answer = Unreachable(f"cannot be asked: {type(error).__name__}", sent=True)
        self._end(then, answer)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _end(self, then: Then, answer: HttpResponse | Unreachable) -> None:
        try:
            then(answer)
        finally:
            self._under_way -= 1
            self._look_whether_quiet()

    async def _exchange(
        self, link: HttpLink, origin: _Origin, request: bytes, deadline: float, *, is_head: bool
    ) -> HttpResponse:
        try:
            response = await link.exchange(request, deadline, is_head=is_head)
        except BaseException:
            link.close()
            raise
        self._put_back(link, origin)
        return response

    def _own_loop(self) -> asyncio.AbstractEventLoop:
        """The loop, remembered: asking for the running one is a system call on some versions."""
        self._loop = asyncio.get_running_loop()
        return self._loop

    def _put_back(self, link: HttpLink, origin: _Origin) -> None:
        """Keep the connection for the next request, or close it."""
        idle = self._idle.setdefault(origin, [])
        if link.is_usable and len(idle) < MOST_IDLE and not self._is_closed:
            link.deadline = (self._loop or self._own_loop()).time() + self._idle_s
            idle.append(link)
        else:
            link.close()

    def _kept(self, origin: _Origin) -> HttpLink | None:
        idle = self._idle.get(origin)
        while idle:
            link = idle.pop()
            if link.is_usable:
                return link
        return None

    async def _connect(self, origin: _Origin, deadline: float, *, sent: bool) -> HttpLink:
        """Look the name up, ask the guard for every address, dial the first that is allowed and answers."""
        if self._is_closed:
            raise Unreachable("the gateway is stopping", sent=sent)
        limit = asyncio.timeout_at(deadline)
        self._connecting.add(limit)
        try:
            async with limit:
                return await self._dial(origin, self._allowed(await self._names.addresses(origin.host)))
        except Forbidden as error:
            raise Unreachable(str(error), sent=sent) from error
        except TimeoutError:
            raise Unreachable("no connection in time", sent=sent) from None
        except OSError as error:  # ssl.SSLError is one
            raise Unreachable(_words(error), sent=sent) from error
        finally:
            self._connecting.discard(limit)

    def _allowed(self, addresses: Sequence[str]) -> list[str]:
        """Those the guard allows. Raises `Forbidden` when it allows none."""
        allowed: list[str] = []
        refusal: Forbidden | None = None
        for address in addresses:
            try:
                self._guard.check(address)
            except Forbidden as forbidden:
                refusal = forbidden
            else:
                allowed.append(address)
        if refusal is not None and not allowed:
            raise refusal
        return allowed

    async def _dial(self, origin: _Origin, addresses: Sequence[str]) -> HttpLink:
        loop = asyncio.get_running_loop()
        tls = self._context() if origin.scheme == "https" else None
        failure: Exception = OSError("the name has no address")
        for address in addresses:
            try:
                async with asyncio.timeout(self._connect_timeout_s):
                    _, link = await loop.create_connection(
                        lambda: HttpLink(self._opened, self._lost),
                        address,
                        origin.port,
                        ssl=tls,
                        server_hostname=origin.host if tls is not None else None,
                    )
            except (OSError, TimeoutError) as error:
                failure = error
            else:
                return link
        raise failure

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    # -- all connections -----------------------------------------------------------------------------------------

    def _opened(self, link: HttpLink) -> None:
        self._open.add(link)
        if self._sweeper is None:
            self._sweep()

    def _lost(self, link: HttpLink) -> None:
        self._open.discard(link)

    def _sweep(self) -> None:
        """End what has had its time; forget origins nobody calls any more."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for link in list(self._open):
            link.check_time(now)
        self._idle = {
            origin: usable
            for origin, links in self._idle.items()
            if (usable := [link for link in links if link.is_usable])
        }
        self._sweeper = None
        if self._open:
            self._sweeper = loop.call_later(self._sweep_s, self._sweep)


@functools.lru_cache(maxsize=1024)
def _target(url: str) -> _Target:
    """Raises `Unreachable` for an address that cannot be asked."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Unreachable(f"not an address: {error}", sent=False) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii():
        raise Unreachable("not an http or https address", sent=False)
    if any(character <= " " or character == "\x7f" for character in url):
        raise Unreachable("the address has a control character", sent=False)
    if parts.username is not None or parts.password is not None:
        raise Unreachable("the address has a name before its host; a callback is proved by its signature", sent=False)
    usual = 443 if parts.scheme == "https" else 80
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    host = host if port in (None, usual) else f"{host}:{port}"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(_Origin(parts.scheme, parts.hostname, port or usual), path, host)


def prepare(method: str, url: str, headers: Headers) -> Prepared:
    """Everything of a request that is always the same. Raises `Unreachable` for an address that cannot be asked,
    `ValueError` for a header that no request can carry."""
    target = _target(url)
    return Prepared(target.origin, _head(method, target, headers))


def _request(method: str, target: _Target, headers: Headers, body: bytes) -> bytes:
    return b"%bContent-Length: %d\r\n\r\n%b" % (_head(method, target, headers), len(body), body)


def _head(method: str, target: _Target, headers: Headers) -> bytes:
    lines = [
        f"{method} {target.path} HTTP/1.1",
        f"Host: {target.host}",
        *(f"{name}: {value}" for name, value in headers),
        "",
    ]
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise ValueError("a header would end its line")
    return head.encode("latin-1")


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate does not hold: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {error.reason or error}".lower().replace("_", " ")
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno).lower()  # the loops word it each in their own way
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__
