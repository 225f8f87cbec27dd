"""A receiver of callbacks that does what the test says, byte by byte."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
CLOSE = object()
"""Close the connection."""
HANG = object()
"""Say nothing more until the test is over."""


class Receiver:
    """`script` holds what is done per connection: for each request in turn a list of steps. A step is bytes to send,
    CLOSE, HANG, or an event to wait for. A connection beyond the script answers OK to everything."""

    def __init__(self, script):
        self.script = list(script)
        self.requests = []
        self.connections = 0
        self.over = asyncio.Event()
        self.tasks = set()
        self.writers = []
        self.port = 0
        self.host = ""

    @property
    def url(self):
        return f"http://{self.host}:{self.port}/"

    async def serve(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        self.writers.append(writer)
        number, self.connections = self.connections, self.connections + 1
        turns = self.script[number] if number < len(self.script) else None
        try:
            await self.converse(turns, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def converse(self, turns, reader, writer):
        at = 0
        while turns is None or at < len(turns):
            await self.read(reader)
            for step in turns[at] if turns is not None else [OK]:
                if step is CLOSE:
                    return
                await self.do(step, writer)
            at += 1
        await self.over.wait()

    async def do(self, step, writer):
        if step is HANG:
            await self.over.wait()
        elif isinstance(step, asyncio.Event):
            await step.wait()
        else:
            writer.write(step)
            await writer.drain()

    async def read(self, reader):
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")[1:-2]
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append((head.decode("latin-1").split("\r\n")[0], headers, body))


@asynccontextmanager
async def receiving(*script, host="127.0.0.1", tls=None):
    """A receiver that listens; `tls` is a server's context."""
    receiver = Receiver(script)
    server = await asyncio.start_server(receiver.serve, host, 0, ssl=tls)
    receiver.host, receiver.port = server.sockets[0].getsockname()[:2]
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.close()
        for writer in receiver.writers:
            writer.transport.abort()
        await asyncio.gather(*receiver.tasks, return_exceptions=True)
        await asyncio.sleep(0.01)
