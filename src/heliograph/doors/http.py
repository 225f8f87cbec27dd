"""The HTTP listener that carries the HTTP doors: connections, requests, responses; nothing about their meaning.

An `asyncio.Protocol` over httptools (decisions.md 10): no framework, no task for what answers at once, one sweep for
all time limits. Whatever a caller does wrong below the doors is answered here and the connection closed; a body over
the limit goes to the door without the body, so that the refusal is in the door's own words.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple

from heliograph.doors.http_connection import HttpConnection
from heliograph.ports import Clock
from heliograph.protocols.http import Handler, HttpRequest, HttpResponse, Routes

SWEEP_S: Final = 1.0
Fault = Callable[[str, BaseException], None]


class Mounted(NamedTuple):
    """A door's routes, and what a caller hears when one of them fails."""

    routes: Routes
    on_error: Callable[[], HttpResponse]


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one connection may take of us. Times in seconds."""

    head: int = 64 * 1024
    headers: int = 200
    head_s: float = 10.0
    body_s: float = 30.0
    idle_s: float = 75.0
    linger_s: float = 2.0
    pipelined: int = 32
    connections: int = 20_000


class HttpShell:
    """`ports.Door` for all HTTP doors together. Port 0 takes any free one; `addresses` tells which."""

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
        self._trusted = [ip_network(network, strict=False) for network in trusted_proxies]
        self._exact: dict[str, tuple[Handler, Callable[[], HttpResponse]]] = {
            path: (handler, mount.on_error) for mount in mounts for path, handler in mount.routes.items()
        }
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._open: set[HttpConnection] = set()
        self._all_closed = asyncio.Event()
        self.limits = limits or HttpLimits()
        self.max_body = max_body
        self.date = b""
        self.is_stopping = False
        self.requests = 0
        self.malformed = 0
        self.faults = 0

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._open)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each socket listened on."""
        sockets = self._server.sockets if self._server is not None else ()
        return [(address[0], address[1]) for address in (listener.getsockname() for listener in sockets)]

    async def start(self) -> None:
        """Listen. Raises `OSError` when the address cannot be had."""
        loop = asyncio.get_running_loop()
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
        if self._open:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_closed.wait(), grace_s)
        for connection in list(self._open):
            connection.abort()
        if self._sweeper is not None:
            self._sweeper.cancel()

    # -- for the connections -------------------------------------------------------------------------------------

    def opened(self, connection: HttpConnection) -> bool:
        """Count a connection; False if there are too many."""
        if self.is_stopping or len(self._open) >= self.limits.connections:
            return False
        self._open.add(connection)
        return True

    def closed(self, connection: HttpConnection) -> None:
        """Forget a connection."""
        self._open.discard(connection)
        if self.is_stopping and not self._open:
            self._all_closed.set()

    def monotonic(self) -> float:
        """The clock of the time limits."""
        return self._clock.monotonic()

    def find(self, path: str) -> tuple[Handler, Callable[[], HttpResponse]]:
        """The handler of a path: its own, else the nearest that stands for everything below a path."""
        found = self._exact.get(path)
        while found is None:
            cut = path.rfind("/", 0, len(path) - 1)
            if cut < 0:
                return _nowhere, _broken
            path = path[: cut + 1]
            found = self._exact.get(path)
        return found

    def fault(self, error: BaseException) -> None:
        """A handler raised: a bug of ours."""
        self.faults += 1
        self._on_fault("http", error)

    def peer(self, address: str, request: HttpRequest) -> str:
        """Who calls: the nearest address of X-Forwarded-For that is no trusted proxy, if a trusted proxy calls."""
        if not self._trusted or not self._is_trusted(address):
            return address
        names = [
            name for given, value in request.headers if given.lower() == "x-forwarded-for" for name in value.split(",")
        ]
        for name in reversed(names):
            name = name.strip()
            try:
                ip_address(name)
            except ValueError:
                return address
            address = name
            if not self._is_trusted(name):
                break
        return address

    def _is_trusted(self, text: str) -> bool:
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return False
        return any(_holds(network, address.version, text) for network in self._trusted)

    def _sweep(self) -> None:
        now = self._clock.monotonic()
        self.date = formatdate(self._clock.now() / 1000, usegmt=True).encode("ascii")
        for connection in list(self._open):
            connection.check_time(now)
        self._sweeper = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep)


def _holds(network: IPv4Network | IPv6Network, version: int, text: str) -> bool:
    return network.version == version and ip_address(text.partition("%")[0]) in network


def _nowhere(_: HttpRequest) -> HttpResponse:
    return HttpResponse(404, [("Content-Type", "application/json")], b'{"error":"not found"}\n')


def _broken() -> HttpResponse:
    return HttpResponse(500, [("Content-Type", "application/json")], b'{"error":"internal error"}\n')
