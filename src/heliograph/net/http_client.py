"""Our own HTTP client for callbacks: keep-alive, one request at a time on a connection, guarded, bounded in all.

It follows no redirect, reads at most 64 KiB of an answer, dials only addresses the guard allows and checks
certificates. Cheaper than a general client by what it leaves out (decisions.md 10).
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from typing import Final, NamedTuple, cast
from urllib.parse import urlsplit

import httptools

from heliograph.net.guard import Forbidden, Guard
from heliograph.protocols.http import Headers, HttpResponse, Unreachable

MOST_BODY: Final = 64 * 1024
MOST_HEAD: Final = 32 * 1024
MOST_IDLE: Final = 64
"""Idle connections kept for one origin."""
IDLE_S: Final = 30.0


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int


class HttpClient:
    """`timeout_s` bounds a whole exchange, name look-up and connecting included."""

    def __init__(self, guard: Guard, *, timeout_s: float, tls: ssl.SSLContext | None = None) -> None:
        self._guard = guard
        self._timeout_s = timeout_s
        self._tls = tls
        self._idle: dict[_Origin, list[_Connection]] = defaultdict(list)
        self._open: set[_Connection] = set()
        self.requests = 0

    async def request(self, method: str, url: str, headers: Headers, body: bytes) -> HttpResponse:
        """One exchange. Raises `Unreachable` when no whole answer came, `Forbidden` as its cause if the guard said no.

        A connection that was kept may have been closed by the other side just now: then, and only if nothing of an
        answer came, the request goes out once more on a new one.
        """
        origin, target, host = _target(url)
        self.requests += 1
        request = _request(method, target, host, headers, body)
        sent = False
        try:
            async with asyncio.timeout(self._timeout_s):
                kept = self._kept(origin)
                if kept is not None:
                    sent = True
                    try:
                        return await self._exchange(kept, origin, request)
                    except _ClosedEarly:
                        pass
                connection = await self._connect(origin)
                sent = True
                return await self._exchange(connection, origin, request)
        except Unreachable:
            raise
        except TimeoutError:
            raise Unreachable("no answer in time", sent=sent) from None
        except _ClosedEarly:
            raise Unreachable("the connection was closed without an answer", sent=True) from None
        except Forbidden as error:
            raise Unreachable(str(error), sent=False) from error
        except (OSError, ssl.SSLError) as error:
            raise Unreachable(_words(error), sent=sent) from error

    async def close(self) -> None:
        """Close every connection; requests under way fail."""
        for connection in list(self._open):
            connection.close()
        self._idle.clear()
        await asyncio.sleep(0)

    def _kept(self, origin: _Origin) -> _Connection | None:
        idle = self._idle[origin]
        now = asyncio.get_running_loop().time()
        while idle:
            connection = idle.pop()
            if connection.is_usable and now - connection.idle_since < IDLE_S:
                return connection
            connection.close()
        return None

    async def _exchange(self, connection: _Connection, origin: _Origin, request: bytes) -> HttpResponse:
        try:
            response = await connection.exchange(request)
        except BaseException:
            connection.close()
            raise
        if connection.is_usable and len(self._idle[origin]) < MOST_IDLE:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle[origin].append(connection)
        else:
            connection.close()
        return response

    async def _connect(self, origin: _Origin) -> _Connection:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(origin.host, origin.port, type=1)  # SOCK_STREAM
        failure: Exception | None = None
        for address in dict.fromkeys(str(place[0]) for *_, place in found):
            try:
                self._guard.check(address)
                tls = self._context() if origin.scheme == "https" else None
                _, connection = await loop.create_connection(
                    lambda: _Connection(self._open),
                    address,
                    origin.port,
                    ssl=tls,
                    server_hostname=origin.host if tls is not None else None,
                )
            except (Forbidden, OSError) as error:
                failure = error
            else:
                return connection
        raise failure or OSError("the name has no address")

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls


class _ClosedEarly(Exception):
    """The other side closed before a byte of an answer came."""


class _Connection(asyncio.Protocol):
    def __init__(self, open_ones: set[_Connection]) -> None:
        self._open = open_ones
        self._transport: asyncio.Transport
        self._parser: httptools.HttpResponseParser
        self._answered: asyncio.Future[HttpResponse] | None = None
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._received = 0
        self._body_bytes = 0
        self._keeps_alive = True
        self.is_usable = True
        self.idle_since = 0.0

    async def exchange(self, request: bytes) -> HttpResponse:
        """Write and wait for the whole answer."""
        self._parser = httptools.HttpResponseParser(self)
        self._headers, self._body, self._received, self._body_bytes = [], [], 0, 0
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        """Close; what was waited for fails."""
        self.is_usable = False
        self._transport.abort()

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._open.add(self)

    def data_received(self, data: bytes) -> None:
        if self._answered is None or self._answered.done():
            self.close()  # nobody asked
            return
        self._received += len(data)
        if not self._headers and self._received > MOST_HEAD:
            self._fail("the head of the answer is too large")
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail("the answer is not HTTP")

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_usable = False
        self._open.discard(self)
        waiting = self._answered
        if waiting is None or waiting.done():
            return
        if not self._received:
            waiting.set_exception(_ClosedEarly())
        elif self._headers and self._ends_with_connection():
            self._finish()
        else:
            waiting.set_exception(Unreachable("the connection was closed within the answer", sent=True))

    # -- httptools

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_body(self, body: bytes) -> None:
        if self._body_bytes < MOST_BODY:
            self._body.append(body[: MOST_BODY - self._body_bytes])
        self._body_bytes += len(body)
        if self._body_bytes > MOST_BODY:
            self.is_usable = False
            self._finish()

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() >= 200:
            self.is_usable = self.is_usable and self._parser.should_keep_alive()
            self._finish()

    def _ends_with_connection(self) -> bool:
        return not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in self._headers)

    def _finish(self) -> None:
        if self._answered is not None and not self._answered.done():
            status = self._parser.get_status_code()
            self._answered.set_result(HttpResponse(status, self._headers, b"".join(self._body)))

    def _fail(self, why: str) -> None:
        self.is_usable = False
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(Unreachable(why, sent=True))


def _target(url: str) -> tuple[_Origin, str, str]:
    """Origin, request target and Host header of a URL. Raises `Unreachable` for one that cannot be asked."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Unreachable(f"not an address: {error}", sent=False) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii():
        raise Unreachable("not an http or https address", sent=False)
    if any(character <= " " for character in url):
        raise Unreachable("the address has a control character", sent=False)
    usual = 443 if parts.scheme == "https" else 80
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    host = host if port in (None, usual) else f"{host}:{port}"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Origin(parts.scheme, parts.hostname, port or usual), target, host


def _request(method: str, target: str, host: str, headers: Headers, body: bytes) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers)]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate does not hold: {error.verify_message}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__
