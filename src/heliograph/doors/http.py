"""The HTTP listener that carries the HTTP doors: connections, requests, responses; nothing about their meaning.

An `asyncio.Protocol` over httptools (decisions.md 10): no framework, no task for what answers at once, one sweep for
all time limits. Whatever a caller does wrong below the doors is answered here and the connection closed; a body over
the limit goes to the door without the body, so that the refusal is in the door's own words.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final, NamedTuple

from heliograph.doors.http_connection import HttpConnection
from heliograph.doors.http_peer import Proxies
from heliograph.doors.http_response import Heads
from heliograph.ports import Clock
from heliograph.protocols.http import Handler, HttpRequest, HttpResponse, Routes

Fault = Callable[[str, BaseException], None]
_CUT_OFF_S: Final = 1.0
"""How long a stop waits for handlers it has cancelled."""


class Mounted(NamedTuple):
    """A door's routes, and what a caller hears when one of them fails."""

    routes: Routes
    on_error: Callable[[], HttpResponse]


class Place(NamedTuple):
    """What stands at a path."""

    handler: Handler
    on_error: Callable[[], HttpResponse]


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What callers may take of us. Times in seconds, exact to `sweep_s`; sizes in bytes."""

    head: int = 64 * 1024
    headers: int = 200
    head_s: float = 10.0
    """From the first byte of a request, or from the connecting, to the end of its head."""
    body_s: float = 30.0
    idle_s: float = 75.0
    write_s: float = 30.0
    """How long a caller may leave our answers unread."""
    linger_s: float = 2.0
    """How long a caller is listened to after the last answer, so that it arrives."""
    drained: int = 16 << 20
    """How much of a body that nobody wants is read and thrown away."""
    pipelined: int = 32
    """Requests waiting on one connection above which it is not read; 32 times as many are refused."""
    unread: int = 256 * 1024
    """Answers waiting on one connection above which no more are made."""
    connections: int = 20_000
    buffered: int = 256 << 20
    """Bodies of all connections together that are not in a handler's hands yet."""
    sweep_s: float = 1.0


class HttpShell:
    """`ports.Door` for all HTTP doors together. Port 0 takes any free one; `addresses` tells which.

    `requests`, `by_class`, `connections`, `malformed` and `faults` are counters for the metrics.
    """

    name = "http"

    def __init__(
        self,
        host: str,
        port: int,
        mounts: Sequence[Mounted],
        *,
        clock: Clock,
        max_body: int,
        on_fault: Fault,
        trusted_proxies: Sequence[str] = (),
        limits: HttpLimits | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._clock = clock
        self._on_fault = on_fault
        self._places = {
            path: Place(handler, mount.on_error) for mount in mounts for path, handler in mount.routes.items()
        }
        self._longest = max(map(len, self._places), default=0)
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._open: set[HttpConnection] = set()
        self._all_closed = asyncio.Event()
        self.proxies = Proxies(trusted_proxies)
        self.limits = limits or HttpLimits()
        self._most_connections = self.limits.connections
        self.max_body = max_body
        self.heads = Heads()
        self.now = clock.monotonic()
        """The clock of the time limits, set by the sweep: a look at the machine's clock for each read costs more."""
        self.is_stopping = False
        self.buffered = 0
        self.by_class = [0] * 10
        """Responses by the hundred of their status."""
        self.malformed = 0
        self.faults = 0

    @property
    def requests(self) -> int:
        """How many requests were answered."""
        return sum(self.by_class)

    @property
    def connections(self) -> int:
        """How many connections are open, or closed with a handler still at work for them."""
        return len(self._open)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each socket listened on."""
        sockets = self._server.sockets if self._server is not None else ()
        return [(address[0], address[1]) for address in (listener.getsockname() for listener in sockets)]

    async def start(self) -> None:
        """Listen. Raises `OSError` when the address cannot be had."""
        loop = asyncio.get_running_loop()
        self._most_connections = _affordable(self.limits.connections)
        self._server = await loop.create_server(
            lambda: HttpConnection(self), self._host, self._port, backlog=1024, reuse_address=True
        )
        self._sweep()

    async def stop(self, grace_s: float) -> None:
        """Listen no more, close what is idle, finish what is under way for up to `grace_s`, then cut off the rest."""
        self.is_stopping = True
        if self._server is not None:
            self._server.close()
        for connection in list(self._open):
            connection.close_when_done()
        await self._wait(grace_s)
        for connection in list(self._open):
            connection.abort()
        await self._wait(_CUT_OFF_S)
        if self._sweeper is not None:
            self._sweeper.cancel()

    async def _wait(self, seconds: float) -> None:
        if self._open:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_closed.wait(), seconds)

    # -- for the connections -------------------------------------------------------------------------------------

    def opened(self, connection: HttpConnection) -> bool:
        """Count a connection; False if there are too many."""
        if self.is_stopping or len(self._open) >= self._most_connections:
            return False
        self._open.add(connection)
        return True

    def closed(self, connection: HttpConnection) -> None:
        """Forget a connection that is closed and for which no handler works any more."""
        self._open.discard(connection)
        if self.is_stopping and not self._open:
            self._all_closed.set()

    def find(self, path: str) -> Place:
        """What stands at a path: its own handler, else the nearest that stands for everything below a path."""
        found = self._places.get(path)
        if found is not None:
            return found
        end = min(len(path) - 1, self._longest)
        while (end := path.rfind("/", 0, end)) >= 0:
            found = self._places.get(path[: end + 1])
            if found is not None:
                return found
        return _NOWHERE

    def fault(self, error: BaseException) -> None:
        """A handler raised: a bug of ours."""
        self.faults += 1
        self._on_fault("http", error)

    # -- time ----------------------------------------------------------------------------------------------------

    def _sweep(self) -> None:
        self.now = now = self._clock.monotonic()
        self.heads.date = f"Date: {formatdate(self._clock.now() / 1000, usegmt=True)}\r\n".encode("ascii")
        for connection in list(self._open):
            connection.check_time(now)
        self._sweeper = asyncio.get_running_loop().call_later(self.limits.sweep_s, self._sweep)


def _nowhere(_: HttpRequest) -> HttpResponse:
    return HttpResponse(404, [("Content-Type", "application/json")], b'{"error":"not found"}\n')


def broken() -> HttpResponse:
    """What a caller hears when even the door's own words for a fault fail."""
    return HttpResponse(500, [("Content-Type", "application/json")], b'{"error":"internal error"}\n')


_NOWHERE: Final = Place(_nowhere, broken)


def _affordable(connections: int) -> int:
    """So many connections that a quarter of the descriptors is left for the store, the carriers and the callbacks."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return connections if soft == resource.RLIM_INFINITY else min(connections, soft * 3 // 4)
