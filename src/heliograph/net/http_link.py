"""One connection of the HTTP client: a request out, its answer in, then perhaps the next.

What it reads of an answer is bounded in every direction, and whatever comes unasked closes it: nothing of one answer
can pass for a part of another.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Final, cast

import httptools

from heliograph.protocols.http import HttpResponse, Unreachable

MOST_BODY: Final = 64 * 1024
"""Of an answer; the rest is cut off."""
MOST_HEAD: Final = 32 * 1024
MOST_RECEIVED: Final = 1 << 20
"""Of one answer in all, with the frames of its chunks and what follows them."""


class ClosedEarly(Exception):
    """The other side closed before a byte of an answer came."""


Answer = HttpResponse | Unreachable | ClosedEarly
"""What becomes of a request."""


class HttpLink(asyncio.Protocol):
    """`opened` and `lost` tell the client of its beginning and end. `deadline` is the loop's time at which the
    answer, or the next request, must be there."""

    def __init__(self, opened: Callable[[HttpLink], None], lost: Callable[[HttpLink], None]) -> None:
        self._opened = opened
        self._lost = lost
        self._transport: asyncio.Transport
        self._parser = httptools.HttpResponseParser(self)
        self._then: Callable[[HttpLink, Answer], None] | None = None
        self._answer: Answer | None = None
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._received = 0
        self._in_head = True
        self._is_head = False
        self.is_usable = True
        self.deadline = math.inf

    def start(
        self, request: bytes, deadline: float, then: Callable[[HttpLink, Answer], None], *, is_head: bool = False
    ) -> None:
        """Write. `then` is called once, after the last octet that came with the answer was looked at, so that the
        link may be used again from there. It must not raise."""
        self._begin()
        self._received = 0
        self._is_head = is_head
        self._then = then
        self.deadline = deadline
        self._transport.write(request)

    async def exchange(self, request: bytes, deadline: float, *, is_head: bool) -> HttpResponse:
        """Write and wait for the whole answer. Raises `ClosedEarly`, `Unreachable`."""
        answered: asyncio.Future[HttpResponse] = asyncio.get_running_loop().create_future()

        def then(_: HttpLink, answer: Answer) -> None:
            if answered.done():
                return  # nobody waits any more
            if isinstance(answer, HttpResponse):
                answered.set_result(answer)
            else:
                answered.set_exception(answer)

        self.start(request, deadline, then, is_head=is_head)
        return await answered

    def close(self) -> None:
        """Close; what was waited for fails."""
        self.is_usable = False
        self._transport.abort()

    def check_time(self, now: float) -> None:
        """Called by the sweep."""
        if now >= self.deadline:
            self._fail("no answer in time")
            self.close()
            self._deliver()

    # -- asyncio.Protocol ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected, and the certificate checked."""
        self._transport = cast(asyncio.Transport, transport)
        self._opened(self)

    def data_received(self, data: bytes) -> None:
        """A piece of the answer."""
        if self._then is None:
            self.close()  # nobody asked
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("the answer is not HTTP")
        if self._in_head and self._received > MOST_HEAD:
            self._fail("the head of the answer is too large")
        elif self._received > MOST_RECEIVED:
            self._fail("the answer is too large")
        self._deliver()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side closed, or we did."""
        self.is_usable = False
        self.deadline = math.inf
        self._lost(self)
        if self._then is not None:
            self._end_early()
        del self._parser  # which knows us: a ring would wait for the collector

    def _end_early(self) -> None:
        if not self._received:
            self._answer = ClosedEarly()
        elif not self._in_head and self._ends_with_connection():
            self._finish()
        else:
            self._fail("the connection was closed within the answer")
        self._deliver()

    # -- httptools -----------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """An answer begins; a second one was not asked for."""
        if self._answer is not None:
            self.is_usable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A whole header; one after the body is left out."""
        if self._in_head:
            self._headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """The head is read."""
        self._in_head = False
        if self._is_head:
            self.is_usable = False  # the parser waits for the body a GET would have
            self._finish()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if self._body_bytes < MOST_BODY:
            self._body.append(body[: MOST_BODY - self._body_bytes])
        self._body_bytes += len(body)
        if self._body_bytes > MOST_BODY:
            self.is_usable = False
            self._finish()

    def on_message_complete(self) -> None:
        """The answer is whole, unless it was one of those before the answer (100, 103)."""
        if self._parser.get_status_code() >= 200:
            if not self._parser.should_keep_alive():
                self.is_usable = False
            self._finish()
        self._begin()

    def _begin(self) -> None:
        self._headers, self._body, self._body_bytes = [], [], 0
        self._in_head = True

    def _ends_with_connection(self) -> bool:
        return not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in self._headers)

    def _finish(self) -> None:
        if self._answer is None:
            status = self._parser.get_status_code()
            self._answer = HttpResponse(status, self._headers, b"".join(self._body))

    def _fail(self, why: str) -> None:
        self.is_usable = False
        if self._answer is None:
            self._answer = Unreachable(why, sent=True)

    def _deliver(self) -> None:
        then, answer = self._then, self._answer
        if then is not None and answer is not None:
            self._then = self._answer = None
            then(self, answer)
