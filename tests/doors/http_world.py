"""A listener on a real socket with a clock in the test's hand, and a caller who writes raw bytes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import NamedTuple

from heliograph.doors.http import HttpLimits, HttpShell
from heliograph.doors.http_listener import Listener, Mounted
from heliograph.protocols.http import HttpResponse

PATIENCE = 10
"""Seconds after which a test has failed; nothing here takes so long."""
SWEEP_S = 0.01
MAX_BODY = 1000
OWN_WORDS = b"the door's own words"


class ManualClock:
    """Time that passes when the test says so."""

    def __init__(self):
        self.seconds = 1_000.0

    def now(self):
        return 784_111_777_000  # RFC 9110 5.6.7: Sun, 06 Nov 1994 08:49:37 GMT

    def monotonic(self):
        return self.seconds


class Answer(NamedTuple):
    """What came back."""

    status: int
    line: str
    headers: dict
    body: bytes


class Caller:
    """One connection to the listener."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    def send(self, data):
        self.writer.write(data)

    async def answer(self, *, without_body=False):
        """The next response."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
        line, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = 0 if without_body else int(headers.get("content-length", 0))
        body = await asyncio.wait_for(self.reader.readexactly(length), PATIENCE)
        return Answer(int(line.split(" ")[1]), line, headers, body)

    async def rest(self):
        """All that comes until the listener closes."""
        return await asyncio.wait_for(self.reader.read(), PATIENCE)

    async def ask(self, data):
        """Send and read one response."""
        self.send(data)
        return await self.answer()

    async def is_closed(self):
        """Wait for the end of the connection: True once it is there, with nothing before it."""
        try:
            return await self.rest() == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.writer.transport.abort()


class World:
    """A listener with handlers that keep what they were asked."""

    def __init__(self, clock):
        self.clock = clock
        self.asked = []
        self.faults = []
        self.gates = {}
        self.callers = []
        self.shell = None

    def routes(self):
        return {
            "/echo": self.echo,
            "/later": self.later,
            "/held/": self.held,
            "/big": self.big,
            "/bad": self.bad,
            "/bad-later": self.bad_later,
            "/bad-header": self.bad_header,
            "/empty": self.empty,
            "/below/": self.below,
        }

    def echo(self, request):
        self.asked.append(request)
        return HttpResponse(200, [("Content-Type", "text/plain")], b"%d:%b" % (len(self.asked), request.body))

    async def later(self, request):
        await asyncio.sleep(0)
        return self.echo(request)

    async def held(self, request):
        """Waits until the test opens the gate of this path."""
        await self.gate(request.path).wait()
        return self.echo(request)

    def gate(self, path):
        return self.gates.setdefault(path, asyncio.Event())

    def big(self, request):
        self.asked.append(request)
        return HttpResponse(200, [], b"x" * 100_000)

    def bad(self, request):
        raise LookupError("secret words of ours")

    async def bad_later(self, request):
        raise LookupError("secret words of ours")

    def bad_header(self, request):
        return HttpResponse(200, [("X-Sender", "Shop\r\nSet-Cookie: stolen=1")], b"ok")

    def empty(self, request):
        return HttpResponse(204)

    def below(self, request):
        return HttpResponse(200, [], f"below {request.path}".encode())

    async def connect(self, *, at=0, limit=1 << 26, **how):
        """To listener number `at`; `how` goes to asyncio, such as `ssl`."""
        host, port = self.shell.addresses[at]
        caller = Caller(*await asyncio.open_connection(host, port, limit=limit, **how))
        self.callers.append(caller)
        return caller

    async def ask(self, data, **how):
        """One request on a connection of its own."""
        return await (await self.connect(**how)).ask(data)

    async def until(self, condition):
        """Wait for something the listener does by itself."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.005)

    def pass_time(self, seconds):
        self.clock.seconds += seconds


@asynccontextmanager
async def listening(*, listeners=(), trusted_proxies=(), extra_routes=None, extra_on_error=None, **limits):
    """A `World` whose listener listens; at the end it is stopped at once."""
    world = World(ManualClock())
    world.shell = HttpShell(
        listeners or [Listener("127.0.0.1", 0)],
        [
            Mounted(world.routes(), lambda: HttpResponse(500, [("Content-Type", "text/plain")], OWN_WORDS)),
            Mounted(extra_routes or {}, extra_on_error or (lambda: HttpResponse(500, [], b"other words"))),
        ],
        clock=world.clock,
        max_body=MAX_BODY,
        on_fault=lambda where, error: world.faults.append((where, error)),
        trusted_proxies=trusted_proxies,
        limits=HttpLimits(sweep_s=SWEEP_S, **limits),
    )
    await world.shell.start()
    try:
        yield world
    finally:
        await world.shell.stop(0)
        for caller in world.callers:
            caller.close()
        await asyncio.sleep(0)


def get(path, *headers):
    return b"\r\n".join([b"GET %b HTTP/1.1" % path, b"Host: gateway", *headers, b"", b""])


def post(path, body, *headers):
    return get(path, b"Content-Length: %d" % len(body), *headers).replace(b"GET", b"POST", 1) + body


def chunked(path, *pieces, last=b"0\r\n\r\n", headers=()):
    head = get(path, b"Transfer-Encoding: chunked", *headers).replace(b"GET", b"POST", 1)
    return head + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + last
