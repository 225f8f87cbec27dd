"""One connection of the HTTP listener: bytes in, requests in their order, responses out in the same order."""

from __future__ import annotations

import asyncio
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import unquote

import httptools

from heliograph.protocols.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from heliograph.doors.http import HttpShell

_STATUS: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode("ascii") for status in HTTPStatus
} | {453: b"HTTP/1.1 453 Repeated Message\r\n"}
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_JSON: Final = [("Content-Type", "application/json")]
_HIGH_WATER: Final = 1 << 20
"""Bytes the caller has not read yet above which we stop reading from him."""


class HttpConnection(asyncio.Protocol):
    """Lives in the loop's thread. At most one request is being answered, the others wait in order."""

    def __init__(self, shell: HttpShell) -> None:
        self._shell = shell
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._address = ""
        self._waiting: deque[tuple[HttpRequest, bool]] = deque()
        self._task: asyncio.Task[HttpResponse] | None = None
        self._keep_alive = True
        self._is_closing = False
        self._is_reading_paused = False
        self._discarding = False
        self._deadline: float | None = None
        self._begin()

    # -- asyncio.Protocol ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A caller is there."""
        self._transport = cast(asyncio.Transport, transport)
        peer = self._transport.get_extra_info("peername")
        self._address = str(peer[0]) if peer else ""
        self._transport.set_write_buffer_limits(high=_HIGH_WATER)
        if not self._shell.opened(self):
            self._transport.abort()
            return
        self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller is gone; what it asked for goes on and is answered to nobody."""
        self._is_closing = True
        self._shell.closed(self)

    def data_received(self, data: bytes) -> None:
        """Cut requests out of what came."""
        if self._discarding:
            return
        if self._in_head:
            if not self._head_bytes:
                self._deadline = self._shell.monotonic() + self._shell.limits.head_s
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._keep_alive = False
            self._discarding = True
        except httptools.HttpParserError:
            self._refuse(400, "not understood as HTTP")
        if self._in_head and self._head_bytes > self._shell.limits.head:
            self._refuse(431, "the head of the request is too large")

    def eof_received(self) -> bool:
        """The caller sends no more; what it asked for is still answered."""
        if self._task is None and not self._waiting:
            return False
        self._keep_alive = False
        return True

    def pause_writing(self) -> None:
        """The caller does not read: we do not read from it either."""
        self._is_reading_paused = True
        self._transport.pause_reading()
        self._deadline = self._shell.monotonic() + self._shell.limits.body_s

    def resume_writing(self) -> None:
        """The caller reads again."""
        self._is_reading_paused = False
        self._transport.resume_reading()
        self._rest()

    # -- httptools -----------------------------------------------------------------------------------------------

    def on_url(self, url: bytes) -> None:
        """A piece of the request's target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A whole header."""
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))
        if len(self._headers) > self._shell.limits.headers:
            self._refuse(431, "the request has too many headers")

    def on_headers_complete(self) -> None:
        """The head is read: is the body wanted?"""
        self._in_head = False
        self._deadline = self._shell.monotonic() + self._shell.limits.body_s
        if self._is_closing:
            return
        expects = length = ""
        for name, value in self._headers:
            lower = name.lower()
            if lower == "expect":
                expects = value.lower()
            elif lower == "content-length":
                length = value
        if length.isdigit() and int(length) > self._shell.max_body:
            self._too_large()
        elif expects == "100-continue" and self._task is None and not self._waiting:
            self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if self._discarding:
            return
        self._body.append(body)
        self._body_bytes += len(body)
        if self._body_bytes > self._shell.max_body:
            self._too_large()

    def on_message_complete(self) -> None:
        """A whole request."""
        if self._discarding or self._is_closing:
            return
        request = self._request(self._body[0] if len(self._body) == 1 else b"".join(self._body))
        keep_alive = self._parser.should_keep_alive()
        self._begin()
        if request is not None:
            self._take(request, keep_alive)

    # -- requests ------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._url = b""
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._head_bytes = 0
        self._in_head = True

    def _request(self, body: bytes) -> HttpRequest | None:
        try:
            url = httptools.parse_url(self._url)
            path = url.path.decode("latin-1") if url.path else "/"
            query = url.query or b""
        except httptools.HttpParserError:
            self._refuse(400, "the address is not understood")
            return None
        if "%" in path or not path.isascii():
            path = unquote(path.encode("latin-1").decode("utf-8", "replace"), errors="replace")
        method = self._parser.get_method().decode("ascii")
        request = HttpRequest(method, path, query, self._headers, body, self._address)
        request.peer = self._shell.peer(self._address, request)
        return request

    def _too_large(self) -> None:
        """The door refuses it in its own words; the rest of the body is not wanted."""
        self._body.clear()
        self._discarding = True
        request = self._request(b"")
        if request is not None:
            request.body_too_large = True
            self._take(request, keep_alive=False)

    def _take(self, request: HttpRequest, keep_alive: bool) -> None:
        self._waiting.append((request, keep_alive))
        if self._task is None and len(self._waiting) == 1:
            self._answer_waiting()
        elif len(self._waiting) >= self._shell.limits.pipelined and not self._is_reading_paused:
            self._is_reading_paused = True
            self._transport.pause_reading()

    def _answer_waiting(self) -> None:
        """Answer in order until one has to be waited for."""
        while self._waiting and self._task is None and not self._is_closing:
            request, keep_alive = self._waiting[0]
            handler, on_error = self._shell.find(request.path)
            self._deadline = None
            try:
                answer = handler(request)
            except Exception as error:
                self._shell.fault(error)
                answer = on_error()
            if isinstance(answer, HttpResponse):
                self._waiting.popleft()
                self._respond(request, answer, keep_alive)
                continue
            self._task = asyncio.ensure_future(answer)
            self._task.add_done_callback(self._answered)
            return
        if self._is_reading_paused and len(self._waiting) < self._shell.limits.pipelined and not self._is_closing:
            self._is_reading_paused = False
            self._transport.resume_reading()
        self._rest()

    def _answered(self, task: asyncio.Task[HttpResponse]) -> None:
        self._task = None
        request, keep_alive = self._waiting.popleft()
        if task.cancelled():
            self.abort()
            return
        error = task.exception()
        if error is not None:
            self._shell.fault(error)
            answer = self._shell.find(request.path)[1]()
        else:
            answer = task.result()
        self._respond(request, answer, keep_alive)
        self._answer_waiting()

    # -- responses -----------------------------------------------------------------------------------------------

    def _respond(self, request: HttpRequest, response: HttpResponse, keep_alive: bool) -> None:
        self._shell.requests += 1
        if self._is_closing:
            return
        stays = keep_alive and self._keep_alive and not self._shell.is_stopping
        head = "".join([f"{name}: {value}\r\n" for name, value in response.headers]).encode("latin-1")
        self._transport.write(
            b"%bDate: %b\r\n%bContent-Length: %d\r\n%b\r\n%b"
            % (
                _STATUS.get(response.status) or b"HTTP/1.1 %d Unknown\r\n" % response.status,
                self._shell.date,
                head,
                len(response.body),
                b"" if stays else b"Connection: close\r\n",
                b"" if request.method == "HEAD" else response.body,
            )
        )
        if not stays:
            self._end()

    def _refuse(self, status: int, why: str) -> None:
        """Not a request any door could read: say so after what was asked before, and close."""
        self._shell.malformed += 1
        if self._is_closing or self._discarding:
            return
        self._discarding = True
        if self._task is not None or self._waiting:
            self._keep_alive = False  # the answers before it come first, then the connection ends
            return
        body = b'{"error":"%b"}\n' % why.encode("ascii")
        self._respond(HttpRequest("", "", b"", (), b"", ""), HttpResponse(status, _JSON, body), keep_alive=False)

    def _end(self) -> None:
        """Say that no more comes and let the caller read it: closing at once would drop what is still on its way."""
        self._is_closing = True
        self._discarding = True
        self._waiting.clear()
        self._deadline = self._shell.monotonic() + self._shell.limits.linger_s
        if self._in_head and not self._head_bytes:
            self._transport.close()
        elif self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    # -- time ----------------------------------------------------------------------------------------------------

    def _rest(self) -> None:
        """Nothing is being answered: the idle limit, or the limit of what is half read, counts."""
        if self._task is None and not self._waiting and not self._is_closing:
            limits = self._shell.limits
            patience = limits.idle_s if self._in_head and not self._head_bytes else limits.body_s
            self._deadline = self._shell.monotonic() + patience

    def check_time(self, now: float) -> None:
        """Called by the sweep."""
        if self._deadline is None or now < self._deadline:
            return
        if not self._is_closing and self._head_bytes and self._task is None:
            self._deadline = now + self._shell.limits.linger_s
            self._refuse(408, "the request did not come to its end in time")
        else:
            self._transport.abort()

    def close_when_done(self) -> None:
        """The shell stops: close now if nothing is asked, else after the answer."""
        self._keep_alive = False
        if self._task is None and not self._waiting and not self._is_closing:
            self._transport.close()

    def abort(self) -> None:
        """Cut the connection off."""
        if self._task is not None:
            self._task.remove_done_callback(self._answered)
            self._task.cancel()
        self._transport.abort()
