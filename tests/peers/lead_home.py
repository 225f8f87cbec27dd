"""A proxy that leads a client, whatever host it names, to the gateway under test and to nobody else."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager


async def _pass_on(reader, writer):
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def lead_home(plain_port, tls_port):
    """Yields the proxy's address and the list of the requests it was asked for."""
    asked = []
    tasks = set()

    async def serve(reader, writer):
        tasks.add(asyncio.current_task())
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.split(b"\r\n")[0].decode())
        is_tunnel = head.startswith(b"CONNECT ")
        back, forth = await asyncio.open_connection("127.0.0.1", tls_port if is_tunnel else plain_port)
        if is_tunnel:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            forth.write(head)
        await asyncio.gather(_pass_on(reader, forth), _pass_on(back, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}", asked
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
