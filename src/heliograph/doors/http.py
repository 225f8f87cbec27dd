"""The HTTP shell that carries the HTTP doors: connections, requests, responses; nothing about their meaning.

An `asyncio.Protocol` over httptools (decisions.md 10): no framework, no task for what answers at once, one sweep for
all time limits. Any number of listeners, with TLS or without, share the doors and the limits. Whatever a caller does
wrong below the doors is answered here and the connection closed; a body over the limit goes to the door without the
body, so that the refusal is in the door's own words.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from functools import partial

from heliograph.doors.http_connection import HttpConnection
from heliograph.doors.http_listener import Entrance, Listener, Mounted
from heliograph.doors.http_peer import Proxies
from heliograph.doors.http_response import Heads
from heliograph.doors.reception import Reception
from heliograph.ports import Clock

Fault = Callable[[str, BaseException], None]


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
    handshakes: int = 5_000
    """Handshakes of TLS under way on one listener; a further one takes the place of the oldest, or is cut off."""
    handshake_s: float = 2.0
    """How long a handshake may take when others need its place; when nobody does, `head_s`."""
    buffered: int = 256 << 20
    """Bodies of all connections together that are not in a handler's hands yet."""
    sweep_s: float = 1.0


class HttpShell:
    """`ports.Door` for all HTTP doors together. `addresses` and `urls` tell where, once it is started.

    `requests`, `by_class`, `connections`, `malformed` and `faults` are counters for the metrics.
    """

    name = "http"

    def __init__(
        self,
        listeners: Sequence[Listener],
        mounts: Sequence[Mounted],
        *,
        clock: Clock,
        max_body: int,
        on_fault: Fault,
        trusted_proxies: Sequence[str] = (),
        limits: HttpLimits | None = None,
    ) -> None:
        self._clock = clock
        self._on_fault = on_fault
        self._sweeper: asyncio.TimerHandle | None = None
        self.proxies = Proxies(trusted_proxies)
        self.limits = limits or HttpLimits()
        self._most_connections = self.limits.connections
        self.max_body = max_body
        self.heads = Heads()
        self.now = clock.monotonic()
        """The clock of the time limits, set by the sweep: a look at the machine's clock for each read costs more."""
        self._reception = Reception[HttpConnection](
            [
                Entrance(
                    listener,
                    mounts,
                    now=clock.monotonic,
                    handshakes=self.limits.handshakes,
                    handshake_s=self.limits.handshake_s,
                )
                for listener in listeners
            ]
        )
        self.is_stopping = False
        self.buffered = 0
        self.by_class = [0] * 10
        """Responses by the hundred of their status."""
        self.malformed = 0
        self.faults = 0

    @property
    def entrances(self) -> list[Entrance]:
        """The listeners at work."""
        return self._reception.entrances

    @property
    def requests(self) -> int:
        """How many requests were answered."""
        return sum(self.by_class)

    @property
    def connections(self) -> int:
        """How many connections are open, or closed with a handler still at work for them."""
        return len(self._reception)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each socket listened on, in the order of the listeners."""
        return self._reception.addresses

    @property
    def urls(self) -> list[str]:
        """The same as callers write them."""
        return [url for entrance in self.entrances for url in entrance.urls]

    @property
    def described(self) -> list[str]:
        """The same for people, with what an address alone does not tell."""
        return [text for entrance in self.entrances for text in entrance.described]

    async def bind(self) -> None:
        """Take all addresses, or none, without listening yet. Raises `CannotListen`."""
        await self._reception.bind()

    async def start(self) -> None:
        """Listen everywhere, or nowhere; `bind` comes first or is done here. Raises `CannotListen`."""
        self._most_connections = _affordable(self.limits.connections)
        await self._reception.serve([partial(HttpConnection, self, entrance) for entrance in self.entrances])
        self._sweep()

    async def stop(self, grace_s: float) -> None:
        """Listen no more, close what is idle, finish what is under way for up to `grace_s`, then cut off the rest."""
        self.is_stopping = True
        await self._reception.stop(grace_s, HttpConnection.close_when_done)
        if self._sweeper is not None:
            self._sweeper.cancel()

    # -- for the connections -------------------------------------------------------------------------------------

    def opened(self, connection: HttpConnection) -> bool:
        """Count a connection; False if there are too many."""
        return self._reception.enter(connection, self._most_connections)

    def closed(self, connection: HttpConnection) -> None:
        """Forget a connection that is closed and for which no handler works any more."""
        self._reception.left(connection)

    def fault(self, error: BaseException) -> None:
        """A handler raised: a bug of ours."""
        self.faults += 1
        self._on_fault("http", error)

    # -- time ----------------------------------------------------------------------------------------------------

    def _sweep(self) -> None:
        self.now = now = self._clock.monotonic()
        self.heads.date = f"Date: {formatdate(self._clock.now() / 1000, usegmt=True)}\r\n".encode("ascii")
        for connection in self._reception:
            connection.check_time(now)
        self._sweeper = asyncio.get_running_loop().call_later(self.limits.sweep_s, self._sweep)


def _affordable(connections: int) -> int:
    """So many connections that a quarter of the descriptors is left for the store, the carriers and the callbacks."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return connections if soft == resource.RLIM_INFINITY else min(connections, soft * 3 // 4)
