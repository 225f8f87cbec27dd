"""Heliograph itself, as `heliograph serve` runs it: on SQLite, on PostgreSQL, and as two nodes on one PostgreSQL.

Everything is on (billing, encoding, guards, trace, metrics). Four accounts of one operator: one wants no receipts, one
is called back, two hear of them over SMPP sessions, one of these with a wide window. The carrier is asked for receipts
where the customer is owed one, as with the others.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from bench import postgres
from bench.peers.gateway import SENDER, http_words, smpp_words
from bench.peers.measures import WIDE
from bench.peers.processes import is_alive, wait_for
from bench.peers.rig import Words
from bench.running import HELIOGRAPH, command

from heliograph import __version__
from heliograph.net.free_ports import free_ports

CONFIG = """
{store}
[http]
port = {http}

[smsclub]
requests_per_second = 1000000

[callbacks]
allow_networks = ["127.0.0.0/8"]

[queue]
least_free_disk_mib = 16
grace_s = 5

[[smpp.listeners]]
port = {smpp}
flavour = "plain"

[[routes]]
id = "told"
accounts = ["called", "bound", "wide"]
connectors = ["told"]

[[routes]]
id = "quiet"
connectors = ["quiet"]

[[tariffs]]
id = "all"
tariff = "default"
price = "0.45"
"""
CONNECTOR = """
[[connectors]]
name = "{name}"
speed = 0
kind = "smpp"
smpp.host = "127.0.0.1"
smpp.port = {carrier}
smpp.system_id = "bench"
smpp.sessions = {sessions}
smpp.window = 500
smpp.registered_delivery = {receipts}
"""
BODY = '{"src_addr":"{src}","phone":["{dst}"],"message":"{text}"}'
CONNECTORS = ("quiet", "told")
ACCOUNTS = ("quiet", "called", "bound", "wide")
CALLS_AT_ONCE = 64


class Node:
    """One `heliograph serve` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.http, self.smpp = free_ports(2)
        self._process: subprocess.Popen | None = None

    @property
    def pids(self) -> list[int]:
        return [self._process.pid] if self._process is not None and self._process.poll() is None else []

    def configure(self, store: str, carrier: int, sessions: int) -> None:
        """Write its configuration."""
        self.folder.mkdir(parents=True, exist_ok=True)
        text = CONFIG.format(store=store, http=self.http, smpp=self.smpp)
        for name in CONNECTORS:
            text += CONNECTOR.format(name=name, carrier=carrier, sessions=sessions, receipts=int(name == "told"))
        (self.folder / "heliograph.toml").write_text(text)

    def start(self) -> None:
        """On return its doors are open."""
        read, write = os.pipe()
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [HELIOGRAPH, "serve", "--dir", self.folder, "--ready-fd", str(write)],
                pass_fds=[write], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        os.close(write)
        with os.fdopen(read) as ready:
            if not ready.readline():
                raise SystemExit(f"the gateway did not start: {(self.folder / 'log').read_text()[-2_000:]}")

    def reap(self) -> None:
        """Take note that it was killed. While its threads end its first one is a zombie, and it is not over yet."""
        if self._process is not None and not is_alive(self._process.pid):
            self._process.wait(60)

    def stop(self) -> None:
        if self.pids:
            self._process.terminate()
            self._process.wait(60)


class OnSqlite:
    """One process, one file."""

    name = "Heliograph, SQLite"
    about = f"{__version__}, Python {platform.python_version()}"
    messages = 20_000
    nodes_wanted = 1
    binds = 2
    settle_s = 5.0

    def missing(self) -> str:
        return ""

    def prepare(self, folder: Path, carrier: int, callbacks: int) -> None:
        self._callbacks = callbacks
        self.nodes = [Node(folder / f"node{number}") for number in range(self.nodes_wanted)]
        for node in self.nodes:
            node.configure(self.store(folder), carrier, self.nodes_wanted)
        first = self.nodes[0].folder
        command(first, "migrate")
        self._tokens, self._passwords = {}, {}
        for name in ACCOUNTS:
            made = json.loads(command(first, "account", "create", name, "--json"))
            self._tokens[name] = made["token"]
            command(first, "account", "sender", name, SENDER)
            command(first, "account", "top-up", name, "100000000")
            for number in range(self.nodes_wanted if name != "called" else 0):
                system_id = f"{name}{number}"
                bind = json.loads(command(first, "account", "smpp", name, system_id, "--json"))
                self._passwords[system_id] = bind["password"]
        url = f"http://127.0.0.1:{callbacks}/"
        command(first, "account", "smpp-limits", "wide", "--window", str(WIDE))
        command(first, "account", "callback", "called", url, "--event", "status", "--window", str(CALLS_AT_ONCE))
        for node in self.nodes[1:]:
            (node.folder / "secret.key").write_bytes((first / "secret.key").read_bytes())
            (node.folder / "secret.key").chmod(0o600)

    def store(self, folder: Path) -> str:
        """The section of the configuration."""
        return ""

    def start(self) -> None:
        for node in self.nodes:
            if not node.pids:
                node.start()

    def http(self, receipts: bool) -> list[Words]:
        name = "called" if receipts else "quiet"
        more = ["--method", "POST", "--body", BODY, "--header", "Content-Type: application/json"]
        more += ["--header", f"Authorization: Bearer {self._tokens[name]}", "--ok", "200"]
        if receipts:
            more += ["--cb-port", str(self._callbacks), "--id-after", '"info":{"', "--id-until", '"']
            more += ["--cb-id-after", '"data":{"id":"', "--cb-id-until", '"']
        return [http_words(f"http://127.0.0.1:{node.http}/sms/send", *more) for node in self.nodes]

    def smpp(self, receipts: bool, *, is_wide: bool = False) -> list[Words]:
        name = "quiet" if not receipts else "wide" if is_wide else "bound"
        # A system_id of its own on each node: its receipts go where it is bound.
        names = [f"{name}{number}" for number in range(len(self.nodes))]
        return [smpp_words(node.smpp, one, self._passwords[one]) for node, one in zip(self.nodes, names, strict=True)]

    def groups(self) -> Mapping[str, list[int]]:
        return {"gateway": [pid for node in self.nodes for pid in node.pids]}

    def reap(self) -> None:
        for node in self.nodes:
            node.reap()

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()


class OnPostgres(OnSqlite):
    """One process and a PostgreSQL server beside it."""

    name = "Heliograph, PostgreSQL"
    about = f"{OnSqlite.about}, PostgreSQL 18"

    def missing(self) -> str:
        return postgres.missing()

    def prepare(self, folder: Path, carrier: int, callbacks: int) -> None:
        (folder / "database").mkdir()
        self._server = postgres.Server(folder / "database")
        self._server.start()
        super().prepare(folder, carrier, callbacks)

    def store(self, folder: Path) -> str:
        return f'[store]\nkind = "postgres"\nurl = "{self._server.url()}"\n'

    def start(self) -> None:
        if not self._server.pids:
            self._server.start()
        super().start()

    def groups(self) -> Mapping[str, list[int]]:
        return {**super().groups(), "database": self._server.pids}

    def reap(self) -> None:
        super().reap()
        if not self._server.pids:
            self._server.reap()

    def stop(self) -> None:
        super().stop()
        self._server.stop()


class TwoNodes(OnPostgres):
    """Two processes on one PostgreSQL server, each with a session to the carrier; customers on both, one account."""

    name = "Heliograph, PostgreSQL, two nodes"
    nodes_wanted = 2
    binds = 4

    def start(self) -> None:
        super().start()
        wait_for(lambda: all(self._sessions(node) == len(CONNECTORS) for node in self.nodes), "a session on each node")

    def http(self, receipts: bool) -> list[Words]:
        # A callback's calls come from one of the nodes, for messages of both: two loads could not tell them apart.
        return [] if receipts else super().http(receipts)

    def _sessions(self, node: Node) -> int:
        """How many connectors have a session on this node."""
        with urllib.request.urlopen(f"http://127.0.0.1:{node.http}/metrics", timeout=30) as answer:
            return len(re.findall(r"^heliograph_connector_sessions{.*} 1", answer.read().decode(), re.MULTILINE))
