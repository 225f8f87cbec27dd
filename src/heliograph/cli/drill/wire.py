"""A way to the database that can go dead: nothing passes, nothing is closed, as when a cable is pulled."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

HOST: Final = "127.0.0.1"
_USUAL_PORT: Final = 5432


class Wire:
    """`url` of the database; `own` the one that leads through the wire, once it is laid."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._options = dict(parse_qsl(self._url.query))
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.own = ""
        self._alive = asyncio.Event()
        self._alive.set()

    def die(self) -> None:
        """Let nothing pass from now on."""
        self._alive.clear()

    def mend(self) -> None:
        """Let what was said meanwhile pass, and all else."""
        self._alive.set()

    async def lay(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._carry, HOST, 0)
        port = self._server.sockets[0].getsockname()[1]
        options = {name: value for name, value in self._options.items() if name not in ("host", "port")}
        login = self._url.netloc.rpartition("@")[0]
        place = f"{login}@{HOST}:{port}" if login else f"{HOST}:{port}"
        query = urlencode({**options, "sslmode": "disable"})
        self.own = urlunsplit((self._url.scheme, place, self._url.path, query, ""))

    async def cut(self) -> None:
        """Take it away."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._alive.wait()
            from_server, to_server = await self._connect()
            await asyncio.gather(self._pass(reader, to_server), self._pass(from_server, writer))
        except (OSError, asyncio.CancelledError):
            writer.close()
        finally:
            self._tasks.discard(task)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host = self._options.get("host") or self._url.hostname or HOST
        port = int(self._options.get("port") or self._url.port or _USUAL_PORT)
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65_536):
                await self._alive.wait()
                writer.write(chunk)
                await writer.drain()
        finally:
            writer.close()
