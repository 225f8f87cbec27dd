"""Three gateways, processes of their own, on one database; a carrier they share; and a wire that can go dead."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress

from heliograph.net.free_ports import free_ports

HELIOGRAPH = [sys.executable, "-m", "heliograph"]
CONFIG = """
[http]
port = {http}
[store]
kind = "postgres"
url = "{url}"
[smsclub]
requests_per_second = 1000
[queue]
least_free_disk_mib = 0
grace_s = 5
[callbacks]
allow_networks = ["127.0.0.1/32"]
[[smpp.listeners]]
port = {smpp}
flavour = "plain"
[[connectors]]
name = "carrier"
kind = "smpp"
late_answer_wait_s = 5
smpp.host = "127.0.0.1"
smpp.port = {carrier}
smpp.system_id = "gateway"
smpp.window = {window}
smpp.sessions = {sessions}
smpp.reconnect_least_s = 0.05
smpp.reconnect_most_s = 0.5
[[routes]]
id = "all"
connectors = ["carrier"]
[[tariffs]]
id = "all"
tariff = "default"
price = "0.01"
"""


def until(look, seconds=30.0):
    """What `look` returns as soon as it is something."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def environ():
    """Ours, without what the gateway would take for settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}


def answer(*words):
    """What a command of the operator answers."""
    done = subprocess.run([*HELIOGRAPH, *words, "--json"], capture_output=True, text=True, timeout=60, env=environ())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Node:
    """One gateway; it may die and be started again in the same folder."""

    def __init__(self, folder, url, carrier, *, sessions=1, window=20, key=None):
        self.folder = folder
        self.http, self.smpp = free_ports(2)
        self.process = None
        folder.mkdir(parents=True)
        config = CONFIG.format(
            http=self.http, smpp=self.smpp, url=url, carrier=carrier, sessions=sessions, window=window
        )
        (folder / "heliograph.toml").write_text(config)
        if key is not None:
            (folder / "secret.key").write_text(key)
            (folder / "secret.key").chmod(0o600)

    def begin(self):
        """Start the process; `ready` waits for it."""
        read, write = os.pipe()
        words = [*HELIOGRAPH, "serve", "--dir", str(self.folder), "--ready-fd", str(write)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(words, pass_fds=[write], stderr=log, stdout=log, env=environ())
        os.close(write)
        self._ready = os.fdopen(read)

    def ready(self):
        with self._ready as ready:
            assert ready.readline(), (self.folder / "log").read_text()[-3_000:]
        return self

    def tell(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGKILL):
        """Let it end, and wait for that."""
        if self.process is not None and self.process.poll() is None:
            self.tell(number)
            if number == signal.SIGKILL:
                self.tell(signal.SIGCONT)
            self.process.wait(40)
        return self.process.returncode

    def get(self, path):
        """The status of an answer, 0 for none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", timeout=5) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def ask(self, *words):
        return answer(*words, "--dir", str(self.folder))

    def send(self, token, numbers, text="Hello", timeout=20):
        """Numbers that were promised; none if it is busy or away."""
        body = json.dumps({"src_addr": "Shop", "phone": numbers, "message": text}).encode()
        url = f"http://127.0.0.1:{self.http}/sms/send"
        request = urllib.request.Request(url, body, {"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return list(json.load(response)["success_request"]["info"].values())
        except (OSError, KeyError, ValueError):
            return []


class Town:
    """Nodes on one database, with a carrier and an account; the third reaches it over a wire."""

    def __init__(self, folder, url, carrier, wire, **settings):
        first = Node(folder / "node-1", url, carrier, **settings)
        self.token = first.ask("account", "create", "shop")["token"]
        first.ask("account", "sender", "shop", "Shop")
        key = (first.folder / "secret.key").read_text()
        more = [Node(folder / f"node-{n}", way, carrier, key=key, **settings) for n, way in ((2, url), (3, wire))]
        self.nodes = [first, *more]

    def start(self):
        for node in self.nodes:
            node.begin()
        for node in self.nodes:
            node.ready()

    def end(self):
        for node in self.nodes:
            if node.process is not None:
                with suppress(OSError):
                    node.end()


@contextmanager
def a_carrier(file):
    """A simulated carrier in a process of its own, and its port."""
    words = [*HELIOGRAPH, "simulate-carrier", "--port", "0", "--json", "--memory", str(file), "--personality", "hasty"]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=environ())
    try:
        yield json.loads(process.stdout.readline())["port"]
    finally:
        process.terminate()
        process.communicate(timeout=30)


class Wire:
    """A TCP way to a Unix socket; while `is_dead` nothing passes and nothing is closed."""

    def __init__(self, path):
        self.is_dead = False
        self.port = 0
        self._path = path
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._started.wait(10)

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        listener = self._loop.run_until_complete(asyncio.start_server(self._carry, "127.0.0.1", 0))
        self.port = listener.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        listener.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _carry(self, reader, writer):
        while self.is_dead:
            await asyncio.sleep(0.05)
        from_server, to_server = await asyncio.open_unix_connection(self._path)
        await asyncio.gather(self._pass(reader, to_server), self._pass(from_server, writer), return_exceptions=True)

    async def _pass(self, reader, writer):
        try:
            while chunk := await reader.read(65536):
                while self.is_dead:
                    await asyncio.sleep(0.05)
                writer.write(chunk)
                await writer.drain()
        finally:
            writer.close()


class Crowd:
    """Sends to some nodes, in turn, from a thread of its own, until it is told to stop; keeps what was promised."""

    def __init__(self, token, nodes, *, start=0, pause_s=0.02, size=5):
        self.promised = []
        self.nodes = list(nodes)
        self._token = token
        self._next = start
        self._pause_s = pause_s
        self._size = size
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        turn = 0
        while not self._is_over.is_set():
            turn += 1
            numbers = [f"38067{1_001_000 + self._next + n}" for n in range(self._size)]
            self._next += self._size
            self.promised += self.nodes[turn % len(self.nodes)].send(self._token, numbers, timeout=3)
            self._is_over.wait(self._pause_s)

    def stop(self):
        self._is_over.set()
        self._thread.join(30)
        return self.promised
