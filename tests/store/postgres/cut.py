"""A wire between a store and its server that can be cut at the moment that matters."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress

COMMIT = b"COMMIT\0"
READY = b"Z\0\0\0\5"
"""The server waits for the next question."""


class Wire:
    """Carries everything until `cut` says where to break: "before" a commit reaches the server, or "after" it did and
    before its answer comes back; it is known by the words `commit`. `is_down`: no new connection is taken. `turns` are
    the server's answers so far."""

    def __init__(self):
        self.cut = None
        self.commit = COMMIT
        self.is_down = False
        self.cuts = 0
        self.turns = 0
        self._tasks = set()

    async def carry(self, reader, writer, path):
        if self.is_down:
            writer.close()
            return
        from_server, to_server = await asyncio.open_unix_connection(path)
        back = asyncio.create_task(self._back(from_server, writer))
        try:
            while chunk := await reader.read(65536):
                if self.cut is not None and self.commit in chunk:
                    where, self.cut = self.cut, None
                    self.cuts += 1
                    back.cancel()
                    if where == "after":
                        to_server.write(chunk)
                        await to_server.drain()
                        await from_server.read(65536)  # the answer nobody hears
                    break
                to_server.write(chunk)
                await to_server.drain()
        except ConnectionError:
            pass
        finally:
            back.cancel()
            to_server.close()
            writer.close()

    async def _back(self, from_server, writer):
        with suppress(ConnectionError):
            while chunk := await from_server.read(65536):
                self.turns += chunk.count(READY)
                writer.write(chunk)
                await writer.drain()
            writer.close()


@asynccontextmanager
async def wire_to(server):
    """The wire and the URL to reach the server by it."""
    wire = Wire()
    path = f"{server.folder}/.s.PGSQL.5432"
    tasks = set()

    async def carry(reader, writer):
        tasks.add(asyncio.current_task())
        with suppress(asyncio.CancelledError):
            await wire.carry(reader, writer, path)

    listener = await asyncio.start_server(carry, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        yield wire, f"postgresql://heliograph@127.0.0.1:{port}/postgres?sslmode=disable"
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
