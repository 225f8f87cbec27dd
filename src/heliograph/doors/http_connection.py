"""One connection of the HTTP listener: bytes in, requests in their order, responses out in the same order.

At most one request is being answered, the others wait. Whatever ends the reading (a request that asks to close, a
body nobody wants, something that is no HTTP, the caller's own end) lets everything asked before be answered first.
It keeps no timer: the shell's sweep asks it whether its time is up.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import unquote

import httptools

from heliograph.core.peers import plain
from heliograph.doors.http_head import RepeatedHead, path_and_query, repeated_head
from heliograph.doors.http_phase import Phase
from heliograph.doors.http_response import CLOSE, CONTINUE, KEEP, KEEP_OLD, refusal
from heliograph.doors.http_stream import StreamOutlet
from heliograph.doors.later import Later
from heliograph.protocols.http import HttpRequest, HttpResponse, Stream

if TYPE_CHECKING:
    from heliograph.doors.http import HttpShell
    from heliograph.doors.http_listener import Entrance, Place

_NEVER: Final = math.inf
_MOST_WAITING: Final = 32
"""Times `pipelined`: what one read may bring beyond the mark at which reading stops."""

_Turn = tuple[HttpRequest | HttpResponse, bytes]
"""What waits to be answered and the Connection line of its answer; a refusal of ours waits as the response it is."""


class HttpConnection(asyncio.Protocol):
    """Lives in the loop's thread."""

    def __init__(self, shell: HttpShell, entrance: Entrance) -> None:
        self._shell = shell
        self._entrance = entrance
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._address = ""
        self._is_proxied = False
        # the request being read; `_body` grows as a bytearray from its second piece on
        self._url = b""
        self._headers: list[tuple[str, str]] = []
        self._body: bytes | bytearray = b""
        self._head_bytes = 0
        self._in_head = True
        self._has_begun = False
        self._is_old = False
        self._owes_continue = False
        # the head that may come again, and the request that was read to its end last
        self._known: RepeatedHead | None = None
        self._read: HttpRequest | None = None
        # what is being answered
        self._waiting: deque[_Turn] = deque()
        self._task: asyncio.Future[HttpResponse] | Later[HttpResponse] | None = None
        self._current: tuple[HttpRequest, bytes, Place]
        self._stream_gone: Callable[[], None] | None = None
        # how it stands
        self._is_deaf = False
        self._is_ended = False
        self._is_gone = False
        self._has_eof = False
        self._is_writing_paused = False
        self._is_reading_paused = False
        self._drained = 0
        # time
        self._phase = Phase.FRESH
        self._has_moved = True
        self._deadline = _NEVER

    # -- asyncio.Protocol ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A caller is there."""
        self._transport = cast(asyncio.Transport, transport)
        peer = self._transport.get_extra_info("peername")
        self._address = (plain(str(peer[0])) or str(peer[0])) if peer else ""
        self._is_proxied = self._shell.proxies.trusts(self._address)
        self._transport.set_write_buffer_limits(high=self._shell.limits.unread)
        if not self._shell.opened(self):
            self._transport.abort()
            return
        self._deadline = self._shell.now + self._shell.limits.head_s

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller is gone; what is being done for him goes on and is answered to nobody."""
        self._is_gone = self._is_deaf = self._is_ended = True
        self._deadline = _NEVER
        self._forget_body()
        self._forget_waiting()
        if self._stream_gone is not None:
            self._stream_gone()
        del self._parser  # which knows us: a ring would wait for the collector
        if self._task is None:
            self._shell.closed(self)

    def data_received(self, data: bytes) -> None:
        """Cut requests out of what came."""
        if self._is_deaf:
            self._drain(len(data))
            return
        is_between = not self._has_begun
        request = self._known.again(data) if is_between and self._known is not None else None
        if request is not None and self._is_welcome(len(request.body)):
            self._shell.buffered += len(request.body)
            self._has_moved = True
            self._take(request, KEEP)
            self._look_at_reading()
            self._look_at_time()
            return
        if self._in_head and self._has_begun:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._without_upgrade(data[upgrade.args[0] :])
            return
        except httptools.HttpParserCallbackError as error:
            self._shell.fault(error.__context__ or error)
            self.abort()
            return
        except httptools.HttpParserError:
            self._drained += 1
            self._refuse(400, "not understood as HTTP")
        if self._in_head and self._head_bytes > self._shell.limits.head:
            self._refuse(431, "the head of the request is too large")
        if self._read is not None:
            self._known = repeated_head(data, self._read) if is_between else None
            self._read = None
        self._look_at_reading()
        self._look_at_time()

    def eof_received(self) -> bool:
        """The caller sends no more; what it asked for is still answered."""
        self._has_eof = self._is_deaf = True
        return self._task is not None or bool(self._waiting)

    def pause_writing(self) -> None:
        """The caller does not read: we neither read from it nor answer more."""
        self._is_writing_paused = True
        self._look_at_reading()
        self._look_at_time()

    def resume_writing(self) -> None:
        """The caller reads again."""
        self._is_writing_paused = False
        self._go_on()

    # -- httptools -----------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._has_begun = True

    def on_url(self, url: bytes) -> None:
        """A piece of the request's target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A whole header. What comes after the body could pass for one a proxy wrote, and is left out."""
        if self._is_deaf or not self._in_head:
            return
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))
        if len(self._headers) > self._shell.limits.headers:
            self._refuse(431, "the request has too many headers")

    def on_headers_complete(self) -> None:
        """The head is read: is the body wanted?"""
        self._in_head = False
        if self._is_deaf or self._parser.should_upgrade():
            return
        length = expects = ""
        size = len(self._url)
        for name, value in self._headers:
            size += len(name) + len(value) + 4
            lower = name.lower()
            if lower == "content-length":
                length = value
            elif lower == "expect":
                expects = value.lower()
        version = self._parser.get_http_version()
        self._is_old = version != "1.1"
        if size > self._shell.limits.head:
            self._refuse(431, "the head of the request is too large")
        elif self._is_old and version != "1.0":
            self._refuse(505, "the version of HTTP is not supported")
        elif length and int(length) > self._shell.max_body:
            self._too_large()
        elif expects == "100-continue" and not self._is_old:
            self._owes_continue = True
            self._continue()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if self._is_deaf:
            return
        if not self._body:
            self._body = body
        elif isinstance(self._body, bytes):
            self._body = bytearray(self._body) + body
        else:
            self._body += body
        self._shell.buffered += len(body)
        if len(self._body) > self._shell.max_body:
            self._too_large()
        elif self._shell.buffered > self._shell.limits.buffered:
            self._refuse(503, "too much is being received")

    def on_message_complete(self) -> None:
        """A whole request."""
        if self._is_deaf or self._parser.should_upgrade():
            return
        connection = (KEEP_OLD if self._is_old else KEEP) if self._parser.should_keep_alive() else CLOSE
        request = self._request(self._body if isinstance(self._body, bytes) else bytes(self._body))
        self._begin()
        if request is not None:
            self._read = request if connection is KEEP else None
            self._take(request, connection)

    # -- requests ------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._url = b""
        self._headers = []
        self._body = b""
        self._head_bytes = 0
        self._in_head = True
        self._has_begun = False
        self._is_old = False
        self._owes_continue = False
        self._has_moved = True

    def _request(self, body: bytes) -> HttpRequest | None:
        target = self._url
        if not target.startswith(b"/"):
            target = path_and_query(target)
        if not target:
            self._refuse(400, "the address is not understood")
            return None
        raw, _, query = target.partition(b"?")
        path = raw.decode("latin-1")
        if "%" in path:
            path = unquote(path, errors="replace")
        method = self._parser.get_method().decode("latin-1")
        request = HttpRequest(method, path, query, self._headers, body, self._address, False, self._entrance.scheme)
        if self._is_proxied:
            proxies = self._shell.proxies
            request.peer = proxies.caller(self._address, self._headers)
            request.scheme = proxies.scheme(self._headers) or request.scheme
        return request

    def _is_welcome(self, size: int) -> bool:
        """Whether a body of this size needs no refusal."""
        shell = self._shell
        return size <= shell.max_body and shell.buffered + size <= shell.limits.buffered

    def _without_upgrade(self, rest: bytes) -> None:
        """Another protocol was asked for, which we may ignore. The parser will not read on, so a new one gets the
        head again without that wish."""
        if self._is_deaf:
            return
        method, version = self._parser.get_method(), self._parser.get_http_version()
        if method == b"CONNECT":
            self._refuse(400, "this is no proxy")
            return
        lines = [b"%b %b HTTP/%b" % (method, self._url, version.encode("ascii"))]
        lines += [
            f"{name}: {value}".encode("latin-1")
            for name, value in self._headers
            if name.lower() not in ("upgrade", "http2-settings")
        ]
        self._parser = httptools.HttpRequestParser(self)
        self._begin()
        self.data_received(b"\r\n".join([*lines, b"", rest]) if rest else b"\r\n".join([*lines, b"", b""]))

    def _too_large(self) -> None:
        """The door refuses it in its own words; the rest of the body is not wanted."""
        self._forget_body()
        request = self._request(b"")
        if request is not None:
            request.body_too_large = True
            self._take(request, CLOSE)

    def _refuse(self, status: int, why: str) -> None:
        """Not a request any door could read: say so after what was asked before, and close."""
        if self._is_deaf:
            return
        self._shell.malformed += 1
        self._forget_body()
        self._take(refusal(status, why), CLOSE)

    def _take(self, turn: HttpRequest | HttpResponse, connection: bytes) -> None:
        if connection is CLOSE:
            self._is_deaf = True
        elif len(self._waiting) >= _MOST_WAITING * self._shell.limits.pipelined:
            self._refuse(400, "too many requests at once")
            return
        self._waiting.append((turn, connection))
        if self._task is None:
            self._answer_waiting()

    def _forget_body(self) -> None:
        self._shell.buffered -= len(self._body)
        self._body = b""

    def _forget_waiting(self) -> None:
        self._shell.buffered -= sum(len(turn.body) for turn, _ in self._waiting if isinstance(turn, HttpRequest))
        self._waiting.clear()

    def _drain(self, size: int) -> None:
        self._drained += size
        self._look_at_reading()

    def _continue(self) -> None:
        """Tell who waits to be told that the body may come, once everything before it is answered."""
        if self._owes_continue and self._task is None and not self._waiting and not self._is_ended:
            self._owes_continue = False
            self._transport.write(CONTINUE)

    # -- answers -------------------------------------------------------------------------------------------------

    def _answer_waiting(self) -> None:
        """Answer in order until one has to be waited for, or until the caller does not read."""
        while self._waiting and self._task is None and not self._is_writing_paused:
            turn, connection = self._waiting.popleft()
            if isinstance(turn, HttpResponse):
                self._respond(turn, connection, with_body=True)
                continue
            self._shell.buffered -= len(turn.body)
            place = self._entrance.find(turn)
            try:
                answer = place.handler(turn)
            except Exception as error:
                answer = self._broken(place, error)
            if isinstance(answer, Later) and isinstance(answer.told, HttpResponse):
                answer = answer.told
            if isinstance(answer, HttpResponse):
                self._finish(turn, connection, answer)
                continue
            self._current = turn, connection, place
            if isinstance(answer, Later):
                self._task = answer
                answer.listen(self._told)
            else:
                self._task = asyncio.ensure_future(answer)
                self._task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Future[HttpResponse]) -> None:
        self._told(asyncio.CancelledError() if task.cancelled() else task.exception() or task.result())

    def _told(self, answer: HttpResponse | BaseException) -> None:
        """The answer, in the very moment it is there. What waits behind it has its turn later: whoever tells us has
        more to do."""
        self._task = None
        if isinstance(answer, asyncio.CancelledError):
            self._transport.abort()
        else:
            request, connection, place = self._current
            if not isinstance(answer, HttpResponse):
                answer = self._broken(place, answer)
            self._finish(request, connection, answer)
            if self._waiting or self._owes_continue:
                asyncio.get_running_loop().call_soon(self._go_on)
            else:
                self._look_at_reading()
                self._look_at_time()
        if self._is_gone:
            self._shell.closed(self)

    def _broken(self, place: Place, error: BaseException) -> HttpResponse:
        """The door's own words for a fault of ours."""
        self._shell.fault(error)
        try:
            return place.on_error()
        except Exception as worse:
            self._shell.fault(worse)
            return refusal(500, "internal error")

    def _finish(self, request: HttpRequest, connection: bytes, response: HttpResponse) -> None:
        with_body = request.method != "HEAD"
        try:
            self._respond(response, connection, with_body=with_body)
        except Exception as error:  # what the door made is no response
            self._shell.fault(error)
            self._respond(refusal(500, "internal error"), connection, with_body=with_body)

    def _respond(self, response: HttpResponse, connection: bytes, *, with_body: bool) -> None:
        shell = self._shell
        if response.stream is not None and with_body and not self._is_ended:
            self._begin_stream(response, response.stream)
            return
        if connection is not CLOSE and (self._has_eof or shell.is_stopping) and not self._waiting:
            connection = CLOSE
        if not self._is_ended:
            self._transport.write(shell.heads.encode(response, connection, with_body=with_body))
            if connection is CLOSE:
                self._end()
        shell.by_class[min(response.status // 100, 9)] += 1

    def _begin_stream(self, response: HttpResponse, stream: Stream) -> None:
        """Nothing is answered behind it; a stopping shell, and who does not read, ends it."""
        self._transport.write(self._shell.heads.begin(response))
        self._shell.by_class[min(response.status // 100, 9)] += 1
        self._is_deaf = True
        self._forget_waiting()
        if self._shell.is_stopping or self._transport.is_closing():
            self._transport.close()
            return
        self._stream_gone = stream(StreamOutlet(self._transport, lambda: self._is_writing_paused))
        self._look_at_time()

    def _end(self) -> None:
        """Say that no more comes and let the caller read it: closing at once would drop what is still on its way."""
        is_clean = self._in_head and not self._has_begun and not self._drained
        self._is_ended = self._is_deaf = True
        self._forget_waiting()
        self._look_at_time()
        if not is_clean and not self._has_eof and self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def _go_on(self) -> None:
        self._answer_waiting()
        self._continue()
        self._look_at_reading()
        self._look_at_time()

    def _look_at_reading(self) -> None:
        """Stop reading while too much waits, go on when it does not."""
        limits = self._shell.limits
        pause = self._is_writing_paused or len(self._waiting) >= limits.pipelined or self._drained > limits.drained
        if pause is not self._is_reading_paused and not self._transport.is_closing():
            self._is_reading_paused = pause
            if pause:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    # -- time ----------------------------------------------------------------------------------------------------

    def _look_at_time(self) -> None:
        """Set the limit that counts now. One that ran already runs on, unless a request was completed meanwhile."""
        limits = self._shell.limits
        if self._is_gone:
            return
        if self._is_ended:
            phase, patience = Phase.ENDED, limits.linger_s
        elif self._is_writing_paused:
            phase, patience = Phase.UNREAD, limits.write_s
        elif self._stream_gone is not None:
            phase, patience = Phase.STREAM, _NEVER
        elif self._task is not None or self._waiting:
            phase, patience = Phase.BUSY, _NEVER
        elif not self._in_head:
            phase, patience = Phase.BODY, limits.body_s
        elif self._has_begun:
            phase, patience = Phase.HEAD, limits.head_s
        else:
            phase, patience = Phase.IDLE, limits.idle_s
        if phase is not self._phase or self._has_moved:
            self._phase, self._has_moved = phase, False
            self._deadline = self._shell.now + patience

    def check_time(self, now: float) -> None:
        """Called by the sweep: close what has had its time."""
        if now < self._deadline:
            return
        if self._phase in (Phase.HEAD, Phase.BODY):
            self._refuse(408, "the request did not come to its end in time")
        elif self._phase in (Phase.FRESH, Phase.IDLE):
            self._deadline = now + self._shell.limits.linger_s
            self._phase = Phase.ENDED
            self._transport.close()
        else:
            self._transport.abort()

    def close_when_done(self) -> None:
        """The shell stops: close now if nothing is asked, soon if something is half read, else after the answers."""
        if self._phase in (Phase.FRESH, Phase.IDLE, Phase.STREAM):
            self._transport.close()
        elif self._phase in (Phase.HEAD, Phase.BODY):
            self._deadline = min(self._deadline, self._shell.now + self._shell.limits.linger_s)

    def abort(self) -> None:
        """Cut the connection off."""
        if self._task is not None:
            self._task.cancel()
        if isinstance(self._task, Later):
            self._told(asyncio.CancelledError())
        self._transport.abort()
