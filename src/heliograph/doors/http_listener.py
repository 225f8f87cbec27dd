"""Where callers come in: one address of the HTTP listener, what is served there and under which names.

An entrance binds its sockets first and serves them later, so that a port that is taken is found before anything else
has begun. Over TLS the same connections run above `net.tls`.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from heliograph.doors.http_response import CLOSE, Heads, refusal
from heliograph.net.tls import TlsGate, TlsLink
from heliograph.protocols.http import Handler, HttpRequest, HttpResponse, Routes

_BACKLOG: Final = 1024
_NOT_HERE: Final = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})
"""One address of a name cannot be had on this machine, as `::1` of localhost without IPv6; the others may."""


class CannotListen(OSError):
    """An address cannot be had; the text names it and says why."""


class Mounted(NamedTuple):
    """A door's routes, and what a caller hears when one of them fails."""

    routes: Routes
    on_error: Callable[[], HttpResponse]
    door: str = ""
    """By which listeners that do not carry every door choose it."""


class Place(NamedTuple):
    """What stands at a path."""

    handler: Handler
    on_error: Callable[[], HttpResponse]


@dataclass(frozen=True, slots=True)
class Listener:
    """One address to listen on. Port 0 takes any free one; host `::` takes IPv4 callers too."""

    host: str
    port: int
    context: ssl.SSLContext | None = None
    """None = without TLS."""
    names: tuple[str, ...] = ()
    """Host names answered to; empty = all."""
    doors: tuple[str, ...] = ()
    """Doors that are open here; empty = all."""

    @property
    def address(self) -> str:
        """As an operator writes it: `192.0.2.1:8080`, `[::]:8443`."""
        return written(self.host, self.port)


class Entrance:
    """A listener at work. `gate` has the TLS of it, to be given another context; None without TLS."""

    def __init__(
        self,
        listener: Listener,
        mounts: Sequence[Mounted],
        *,
        now: Callable[[], float],
        handshakes: int,
        handshake_s: float,
    ) -> None:
        self.listener = listener
        self.scheme = "http" if listener.context is None else "https"
        self.gate: TlsGate | None = None
        if listener.context is not None:
            self.gate = TlsGate(listener.context, now, most=handshakes, patience_s=handshake_s, in_plain=_in_plain())
        self.find: Callable[[HttpRequest], Place] = self._find_named if listener.names else self._find
        """What stands at the path of a request."""
        self._names = frozenset(name.lower() for name in listener.names)
        self._places = {
            path: Place(handler, mount.on_error)
            for mount in mounts
            if not listener.doors or mount.door in listener.doors
            for path, handler in mount.routes.items()
        }
        self._longest = max(map(len, self._places), default=0)
        self._sockets: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []

    # -- listening -----------------------------------------------------------------------------------------------

    async def bind(self) -> None:
        """Take the address without listening yet. Raises `CannotListen`."""
        host, port = _bare(self.listener.host), self.listener.port
        failed: OSError | None = None
        try:
            infos = await asyncio.get_running_loop().getaddrinfo(
                host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
        except OSError as error:
            raise CannotListen(f"cannot listen on {self.listener.address}: {error.strerror}") from None
        for family, kind, protocol, _, address in dict.fromkeys(infos):
            is_dual = bool(host) and address[0] == "::"
            try:
                self._sockets.append(_bound(family, kind, protocol, address, is_dual=is_dual))
            except OSError as error:
                failed = error
                if error.errno not in _NOT_HERE:
                    break
        if failed is not None and (not self._sockets or failed.errno not in _NOT_HERE):
            self.close()
            raise self._cannot(failed)

    async def serve(self, connection: Callable[[], asyncio.Protocol]) -> None:
        """Listen on what is bound; each caller gets a `connection`. Raises `CannotListen`."""
        loop, gate = asyncio.get_running_loop(), self.gate
        made = connection if gate is None else lambda: TlsLink(gate, connection())
        while self._sockets:
            listening = self._sockets.pop(0)
            try:
                self._servers.append(await loop.create_server(made, sock=listening, backlog=_BACKLOG))
            except OSError as error:
                listening.close()
                raise self._cannot(error) from None

    @property
    def has_tls(self) -> bool:
        """Whether there is a certificate to renew."""
        return self.gate is not None

    def renew(self, context: ssl.SSLContext) -> None:
        """New connections get another certificate; open ones go on with theirs."""
        assert self.gate is not None
        self.gate.context = context

    @property
    def is_bound(self) -> bool:
        """Whether the address is ours but not served yet."""
        return bool(self._sockets)

    def close(self) -> None:
        """Listen no more, let go of what is bound."""
        for server in self._servers:
            server.close()
        for bound in self._sockets:
            bound.close()
        self._sockets.clear()

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each socket listened on."""
        sockets = [listening for server in self._servers for listening in server.sockets]
        return [(name[0], name[1]) for name in (listening.getsockname() for listening in sockets)]

    @property
    def urls(self) -> list[str]:
        """The same as callers write them."""
        return [f"{self.scheme}://{written(host, port)}" for host, port in self.addresses]

    @property
    def described(self) -> list[str]:
        """The same for people: who listens on `::` is called by IPv4 too."""
        is_dual = {"::": " (IPv6 and IPv4)"} if _bare(self.listener.host) else {}
        return [url + is_dual.get(host, "") for url, (host, _) in zip(self.urls, self.addresses, strict=True)]

    def _cannot(self, error: OSError) -> CannotListen:
        return CannotListen(f"cannot listen on {self.listener.address}: {error.strerror}")

    # -- finding -------------------------------------------------------------------------------------------------

    def _find(self, request: HttpRequest) -> Place:
        """The path's own handler, else the nearest that stands for everything below a path."""
        path = request.path
        found = self._places.get(path)
        if found is not None:
            return found
        end = min(len(path) - 1, self._longest)
        while (end := path.rfind("/", 0, end)) >= 0:
            found = self._places.get(path[: end + 1])
            if found is not None:
                return found
        return _NOWHERE

    def _find_named(self, request: HttpRequest) -> Place:
        host = request.header("host").lower()
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0].removesuffix(".")
        return self._find(request) if name in self._names else _ELSEWHERE


def written(host: str, port: int) -> str:
    """Host and port in one word, an IPv6 address in brackets."""
    bare = _bare(host)
    return f"[{bare}]:{port}" if ":" in bare else f"{bare}:{port}"


def _bare(host: str) -> str:
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def _bound(family: int, kind: int, protocol: int, address: tuple[object, ...], *, is_dual: bool) -> socket.socket:
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            with contextlib.suppress(OSError):  # a system with IPv6 alone has nothing to switch
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not is_dual)
        made.setblocking(False)
        made.bind(address)
    except BaseException:
        made.close()
        raise
    return made


def _in_plain() -> bytes:
    """What somebody hears who speaks plain HTTP where TLS is spoken."""
    return Heads().encode(refusal(400, "this port speaks https"), CLOSE, with_body=True)


def broken() -> HttpResponse:
    """What a caller hears when even the door's own words for a fault fail."""
    return refusal(500, "internal error")


def _nowhere(_: HttpRequest) -> HttpResponse:
    return refusal(404, "not found")


def _elsewhere(_: HttpRequest) -> HttpResponse:
    return refusal(421, "this name is not served here")


_NOWHERE: Final = Place(_nowhere, broken)
_ELSEWHERE: Final = Place(_elsewhere, broken)
