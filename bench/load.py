"""An HTTP client that does little but send: keep-alive connections, one request at a time on each, raw bytes.

It runs in its own process, pinned to a core of its own, so that what is measured is the gateway.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Measured:
    """Latencies in seconds, of requests in the order of their answers."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    def at(self, share: float) -> float:
        """The latency below which `share` of the requests lie, in ms."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds


class _Sender(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], measured: Measured, done: Callable[[], None], paced: bool) -> None:
        self._requests = requests
        self._measured = measured
        self._done = done
        self._paced = paced
        self._buffer = b""
        self._sent_at = 0.0
        self.is_idle = True

    def connection_made(self, transport) -> None:
        self._transport = transport
        if not self._paced:
            self.send()

    def send(self, due: float | None = None) -> bool:
        """Send the next request; latency counts from `due` if it is given."""
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            self._done()
            return False
        self.is_idle = False
        self._sent_at = due or time.perf_counter()
        self._transport.write(request)
        return True

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        start = self._buffer.find(b"Content-Length: ") + 16
        length = int(self._buffer[start : self._buffer.find(b"\r\n", start)])
        if len(self._buffer) < head + 4 + length:
            return
        status = int(self._buffer[9:12])
        self._measured.statuses[status] = self._measured.statuses.get(status, 0) + 1
        self._measured.latencies.append(time.perf_counter() - self._sent_at)
        self._buffer = b""
        self.is_idle = True
        if not self._paced:
            self.send()


async def flood(host: str, port: int, requests: Iterator[bytes], connections: int) -> Measured:
    """Send all requests as fast as they are answered."""
    measured = Measured()
    left = connections
    finished = asyncio.Event()

    def done() -> None:
        nonlocal left
        left -= 1
        if not left:
            finished.set()

    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Sender(requests, measured, done, False), host, port)
    await finished.wait()
    measured.seconds = time.perf_counter() - started
    return measured


async def pace(host: str, port: int, requests: Iterator[bytes], rate: float, seconds: float, connections: int):
    """Send `rate` requests a second whatever the answers do; one that finds no free connection waits, and its
    waiting counts."""
    measured = Measured()
    loop = asyncio.get_running_loop()
    senders = []
    for _ in range(connections):
        _, sender = await loop.create_connection(lambda: _Sender(requests, measured, lambda: None, True), host, port)
        senders.append(sender)
    started = time.perf_counter()
    number, total = 0, int(rate * seconds)
    while number < total:
        now = time.perf_counter()
        while number < total and started + number / rate <= now:
            free = next((sender for sender in senders if sender.is_idle), None)
            if free is None:
                break
            senders.remove(free)
            senders.append(free)  # in turn, or the last ones are never used and the gateway closes them
            free.send(started + number / rate)
            number += 1
        await asyncio.sleep(0.001)
    while not all(sender.is_idle for sender in senders):
        await asyncio.sleep(0.001)
    measured.seconds = time.perf_counter() - started
    return measured


def median(values: list[float]) -> float:
    """The median of several runs."""
    return statistics.median(values)
