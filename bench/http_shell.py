"""What the HTTP shell and the callback client cost by themselves: a trivial handler, a trivial sink, loopback.

    .venv/bin/python bench/http_shell.py [--seconds N] [--runs N]

The listener runs in a process of its own, pinned to one core; whoever calls it is pinned to the other. Prints
requests a second (medians of several runs) and CPU microseconds a request of the side that is measured, beside the
budgets: the shell more than 25,000 requests a second on one core with 50 connections, the client at least 5,000
callbacks a second; TLS and its handshakes are shown without one. Once on asyncio's own loop and, where it is
installed, once on uvloop, which `serve` uses.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import trustme

from heliograph.doors.http import HttpShell
from heliograph.doors.http_listener import Listener as Address
from heliograph.doors.http_listener import Mounted
from heliograph.doors.webhook import WebhookNotifier
from heliograph.model.account import Endpoint
from heliograph.model.message import State
from heliograph.model.receipt import Notice
from heliograph.net.guard import Guard
from heliograph.net.http_client import HttpClient
from heliograph.net.tls import server_context
from heliograph.ops.clock import SystemClock
from heliograph.protocols.http import HttpRequest, HttpResponse

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "doors"))
from smsclub_world import message_of

HOST = "127.0.0.1"
CONNECTIONS = 50
BODY = b'{"success_request":{"info":{"106":"380989361131"}}}'
JSON = [("Content-Type", "application/json; charset=UTF-8")]
STATE = State.DELIVERED
MESSAGE = message_of(100_000_001, state=STATE)
REQUEST = (
    b"POST /%b HTTP/1.1\r\nHost: im.smsclub.mobi\r\nAuthorization: Bearer 0123456789abcdef\r\n"
    b"User-Agent: bench\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: 67\r\n\r\n"
    b'{"src_addr":"VashZakaz","phone":["380989361131"],"message":"test!"}'
)


def direct(_: HttpRequest) -> HttpResponse:
    """Answers at once."""
    return HttpResponse(200, JSON, BODY)


async def awaited(_: HttpRequest) -> HttpResponse:
    """Answers after one turn of the loop, as a door does that waits for a commit."""
    await asyncio.sleep(0)
    return HttpResponse(200, JSON, BODY)


async def sink(_: HttpRequest) -> HttpResponse:
    """A customer's callback address."""
    return HttpResponse(204)


class Caller(asyncio.Protocol):
    """Sends the same request again as soon as it is answered."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.answered = 0

    def connection_made(self, transport) -> None:
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if not data.startswith(b"HTTP/1.1 200 OK\r\n") or not data.endswith(BODY):
            raise SystemExit(f"not the answer: {data[:200]!r}")
        self.answered += 1
        self.transport.write(self.request)


def runner(loop: str) -> asyncio.Runner:
    """A runner on asyncio's loop or uvloop's."""
    if loop == "asyncio":
        return asyncio.Runner()
    import uvloop

    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


async def serve() -> None:
    """Listen until standard input ends; the first line printed has the ports, without TLS and with it."""
    routes = {"/direct": direct, "/awaited": awaited, "/sink": sink}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "both.pem")
        trustme.CA().issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(path)
        context = server_context(str(path), "", "", protocols=["http/1.1"])
    shell = HttpShell(
        [Address(HOST, 0), Address(HOST, 0, context)],
        [Mounted(routes, lambda: HttpResponse(500))],
        clock=SystemClock(),
        max_body=1 << 20,
        on_fault=print,
    )
    await shell.start()
    print(*(port for _, port in shell.addresses), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await shell.stop(1.0)


class Listener:
    """The listener's process."""

    def __init__(self, loop: str) -> None:
        words = [sys.executable, str(Path(__file__)), "--listen", loop]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        os.sched_setaffinity(self._process.pid, {0})
        self.port, self.tls_port = map(int, self._process.stdout.readline().split())

    def cpu_s(self) -> float:
        """CPU seconds so far, user and system."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End it."""
        self._process.stdin.close()
        self._process.wait(10)


def believing() -> ssl.SSLContext:
    """For a caller that believes any certificate: what is measured is the listener."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def shake_hands(listener: Listener, seconds: float) -> tuple[float, float]:
    """Handshakes a second with new connections, none of them resumed, and the listener's CPU seconds for each."""
    context, done = believing(), 0
    end = time.perf_counter() + seconds

    async def go_on() -> None:
        nonlocal done
        while time.perf_counter() < end:
            _, writer = await asyncio.open_connection(HOST, listener.tls_port, ssl=context)
            writer.transport.abort()
            done += 1

    cpu, started = listener.cpu_s(), time.perf_counter()
    await asyncio.gather(*(go_on() for _ in range(CONNECTIONS)))
    return done / (time.perf_counter() - started), (listener.cpu_s() - cpu) / done


async def flood(listener: Listener, request: bytes, seconds: float, *, is_secure: bool = False) -> tuple[float, float]:
    """Requests a second, and the listener's CPU seconds for each."""
    loop = asyncio.get_running_loop()
    callers = []
    how = {"ssl": believing()} if is_secure else {}
    for _ in range(CONNECTIONS):
        port = listener.tls_port if is_secure else listener.port
        _, caller = await loop.create_connection(lambda: Caller(request), HOST, port, **how)
        callers.append(caller)
    await asyncio.sleep(0.2)
    before, cpu, started = sum(caller.answered for caller in callers), listener.cpu_s(), time.perf_counter()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - started
    answered = sum(caller.answered for caller in callers) - before
    used = listener.cpu_s() - cpu
    for caller in callers:
        caller.transport.abort()
    return answered / took, used / answered


class OneEndpoint:
    """What the notifier needs of a directory."""

    def __init__(self, url: str) -> None:
        self._endpoint = Endpoint(1, 7, url, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", window=CONNECTIONS)

    def endpoint(self, _: int) -> Endpoint:
        """The one."""
        return self._endpoint


async def notify(listener: Listener, seconds: float) -> tuple[float, float]:
    """Events told a second, made, signed and sent as a gateway does it, and our own CPU seconds for each."""
    client = HttpClient(Guard(["127.0.0.0/8"]), timeout_s=15)
    directory = OneEndpoint(f"http://{HOST}:{listener.port}/sink")
    notifier = WebhookNotifier(directory, client, SystemClock())  # type: ignore[arg-type]
    done, ended = 0, asyncio.Event()
    end = time.perf_counter() + seconds
    notices = [Notice(n, 7, "endpoint:1", 1_700_000_000_000, message=MESSAGE, state=STATE) for n in range(CONNECTIONS)]

    def settled(results) -> None:
        nonlocal done
        done += sum(result.delivered for _, result in results)
        if time.perf_counter() < end:
            notifier.notify([notice for notice, _ in results], settled)
        else:
            ended.set()

    cpu, started = time.process_time(), time.perf_counter()
    notifier.notify(notices, settled)
    await ended.wait()
    took, used = time.perf_counter() - started, time.process_time() - cpu
    await client.close(5)
    return done / took, used / done


async def call_back(listener: Listener, seconds: float) -> tuple[float, float]:
    """Callbacks a second, and our own CPU seconds for each."""
    client = HttpClient(Guard(["127.0.0.0/8"]), timeout_s=15)
    url = f"http://{HOST}:{listener.port}/sink"
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("webhook-id", "evt_100000001"),
        ("webhook-timestamp", "1700000000"),
        ("webhook-signature", "v1,MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
    ]
    done = 0
    end = time.perf_counter() + seconds

    async def one() -> None:
        nonlocal done
        response = await client.request("POST", url, headers, BODY)
        if response.status != 204:
            raise SystemExit(f"not the answer: {response.status}")
        done += 1

    async def go_on() -> None:
        while time.perf_counter() < end:
            await asyncio.create_task(one())  # a task per call, as the notifier makes them

    cpu, started = time.process_time(), time.perf_counter()
    await asyncio.gather(*(go_on() for _ in range(CONNECTIONS)))
    took, used = time.perf_counter() - started, time.process_time() - cpu
    await client.close()
    return done / took, used / done


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=2.0)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--listen", choices=("asyncio", "uvloop"))
    given = arguments.parse_args()
    if given.listen:
        with runner(given.listen) as listening:
            listening.run(serve())
        return
    os.sched_setaffinity(0, {1} if (os.cpu_count() or 1) > 1 else {0})
    loops = ["asyncio", *(["uvloop"] if importlib.util.find_spec("uvloop") else [])]
    print(f"{'':42}{'per second':>12}{'CPU each':>12}{'budget':>10}")
    for loop in loops:
        listener = Listener(loop)
        with runner(loops[-1]) as calling:
            for path in ("direct", "awaited"):
                request = REQUEST % path.encode()
                runs = [calling.run(flood(listener, request, given.seconds)) for _ in range(given.runs)]
                _show(f"shell, {path} handler, {loop}", runs, 25_000)
            request = REQUEST % b"direct"
            runs = [calling.run(flood(listener, request, given.seconds, is_secure=True)) for _ in range(given.runs)]
            _show(f"shell over TLS, direct handler, {loop}", runs)
            runs = [calling.run(shake_hands(listener, given.seconds)) for _ in range(given.runs)]
            _show(f"handshakes (P-256), {loop}", runs)
        with runner(loop) as calling:
            runs = [calling.run(call_back(listener, given.seconds)) for _ in range(given.runs)]
            _show(f"client, {loop}", runs, 5_000)
            runs = [calling.run(notify(listener, given.seconds)) for _ in range(given.runs)]
            _show(f"notifier and client, {loop}", runs, 5_000)
        listener.stop()


def _show(what: str, runs: list[tuple[float, float]], budget: int = 0) -> None:
    rate = statistics.median(rate for rate, _ in runs)
    each = statistics.median(cpu for _, cpu in runs) * 1e6
    print(f"{what:42}{rate:10,.0f}/s{each:9.1f} µs" + (f"{budget:8,}/s" if budget else ""), flush=True)


if __name__ == "__main__":
    main()
