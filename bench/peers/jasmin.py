"""Jasmin as PyPI has it, in an environment of its own, with Debian's RabbitMQ and Redis.

Its release returns no receipts (`'SubmitSM' object has no attribute 'response'`), so it is measured without them. Its
connectors send one message a second until `submit_throughput` is 0, as here.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.peers import processes
from bench.peers.gateway import http_words, installed, listens, smpp_words
from bench.peers.processes import wait_for
from bench.peers.rig import Words

from heliograph.net.free_ports import free_ports

HOME = Path(sys.prefix) / "peers" / "jasmin"
JASMIN = HOME / "bin" / "jasmind.py"
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
REDIS = Path(shutil.which("redis-server") or "/usr/bin/redis-server")
EPMD = Path(shutil.which("epmd") or "/usr/bin/epmd")
LOCK = Path("/tmp/jasmind.lock")
"""Where Jasmin has it; a killed one leaves it, and no other starts then."""
SECTIONS = {
    "smpp-server": {}, "http-api": {}, "jcli": {"bind": "127.0.0.1"}, "router": {}, "client-management": {},
    "smpp-server-pb": {}, "interceptor": {}, "amqp-broker": {}, "redis-client": {}, "service-smppclient": {},
    "sm-listener": {}, "dlr": {}, "dlr-thrower": {}, "deliversm-thrower": {},
}  # fmt: skip
CONSOLE = """smppccm -a
cid carrier
host 127.0.0.1
port {carrier}
username bench
password bench
bind transceiver
submit_throughput 0
con_fail_delay 1
con_loss_delay 1
ok
smppccm -1 carrier
group -a
gid bench
ok
user -a
uid bench
gid bench
username bench
password bench
ok
mtrouter -a
type DefaultRoute
connector smppc(carrier)
rate 0.0
ok
persist
quit
"""
QUERY = "username=bench&password=bench&from={src}&to={dst}&content={text_q}"
BROKER_S = 90


class Jasmin:
    """`jasmind`; RabbitMQ and Redis are its brokers."""

    name = "Jasmin"
    about = ""
    messages = 3_000
    binds = 1
    settle_s = 30.0

    def missing(self) -> str:
        return installed([JASMIN, RABBITMQ, REDIS], "Jasmin")

    def prepare(self, folder: Path, carrier: int, callbacks: int) -> None:
        self._folder = folder
        self._brokers: list[subprocess.Popen] = []
        self._process: subprocess.Popen | None = None
        names = ("smpp", "http", "console", "router", "clients", "smpp_pb", "amqp", "distribution", "epmd", "redis")
        self._ports = dict(zip(names, free_ports(len(names)), strict=True))
        (folder / "etc/jasmin/store").mkdir(parents=True)
        self._write_config()
        said = subprocess.run([HOME / "bin" / "pip", "show", "jasmin"], capture_output=True, text=True, check=True)
        self.about = f"{said.stdout.split('Version: ')[1].split()[0]} of PyPI, RabbitMQ and Redis of Debian"
        self._start_brokers()
        self.start()
        self._by_console(CONSOLE.format(carrier=carrier))
        processes.kill(self._pids())
        self.reap()

    def _write_config(self) -> None:
        """All it would put into /etc, /var and /tmp stays in the folder."""
        package = next((HOME / "lib").glob("python3*/site-packages"))
        specification = package / "txamqp/specs/standard/amqp0-9-1.stripped.xml"
        ports = self._ports
        given = {
            "smpp-server": {"port": ports["smpp"]}, "http-api": {"port": ports["http"]},
            "jcli": {"port": ports["console"], "authentication": "False"}, "router": {"port": ports["router"]},
            "client-management": {"port": ports["clients"]}, "smpp-server-pb": {"port": ports["smpp_pb"]},
            "amqp-broker": {"port": ports["amqp"], "spec": specification}, "redis-client": {"port": ports["redis"]},
        }  # fmt: skip
        lines = []
        for section, more in SECTIONS.items():
            lines.append(f"[{section}]")
            fields = {"bind": "127.0.0.1", "store_path": self._folder, "log_level": "ERROR", **more}
            fields["log_file"] = self._folder / f"{section}.log"
            lines += [f"{name} = {value}" for name, value in {**fields, **given.get(section, {})}.items()]
        (self._folder / "jasmin.cfg").write_text("\n".join(lines) + "\n")

    def _start_brokers(self) -> None:
        ports, folder = self._ports, self._folder
        loopback = {"ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(ports["epmd"])}
        rabbit = {
            **os.environ, **loopback, "HOME": str(folder),
            "RABBITMQ_NODENAME": "bench@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(ports["amqp"]),
            "RABBITMQ_DIST_PORT": str(ports["distribution"]),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "rabbitmq"),
            "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        }  # fmt: skip
        (folder / "plugins").write_text("[].\n")
        redis = [REDIS, "--port", str(ports["redis"]), "--bind", "127.0.0.1", "--dir", folder]
        with (folder / "brokers.log").open("ab") as log:
            how = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "cwd": folder}
            self._brokers = [
                subprocess.Popen([EPMD, "-address", "127.0.0.1", "-port", str(ports["epmd"])], **how),
                subprocess.Popen(redis, **how),
                subprocess.Popen([RABBITMQ], env=rabbit, **how),
            ]
        for port in (ports["redis"], ports["amqp"]):
            wait_for(lambda port=port: listens(port), f"the brokers, see {folder}", BROKER_S, 0.05)

    def _by_console(self, lines: str) -> None:
        """The commands of its console, each after the prompt of the one before."""
        with socket.create_connection(("127.0.0.1", self._ports["console"]), 10) as console:
            console.settimeout(15)
            _until(console, b"Session ref: ")
            for line in lines.splitlines():
                console.sendall(line.encode() + b"\r\n")
                if line != "quit":
                    _until(console, b"> ", b"jcli : ")

    def start(self) -> None:
        if not self.groups()["broker"]:
            self._start_brokers()
        LOCK.unlink(missing_ok=True)
        places = {"LOG_PATH": str(self._folder), "ROOT_PATH": str(self._folder), "PYTHONWARNINGS": "ignore"}
        with (self._folder / "jasmind.log").open("ab") as log:
            self._process = subprocess.Popen(
                [HOME / "bin" / "python", JASMIN, "--config", self._folder / "jasmin.cfg", *self._profile()],
                env={**os.environ, **places}, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder,
            )  # fmt: skip
        for port in ("http", "smpp", "console"):
            wait_for(lambda port=port: listens(self._ports[port]), f"Jasmin, see {self._folder}", 60)

    def _profile(self) -> list[str]:
        """What it needs to load what its console was told, once that is there."""
        return ["--username", "jcliadmin", "--password", "jclipwd"]

    def http(self, receipts: bool) -> list[Words]:
        url = f"http://127.0.0.1:{self._ports['http']}/send?{QUERY}"
        return [] if receipts else [http_words(url, "--ok", "200", "--ok-text", "Success")]

    def smpp(self, receipts: bool, *, is_wide: bool = False) -> list[Words]:
        return [] if receipts else [smpp_words(self._ports["smpp"], "bench", "bench")]

    def _pids(self) -> list[int]:
        return [self._process.pid] if self._process is not None and self._process.poll() is None else []

    def groups(self) -> Mapping[str, list[int]]:
        return {"gateway": self._pids(), "broker": [broker.pid for broker in self._brokers if broker.poll() is None]}

    def reap(self) -> None:
        for process in [self._process, *self._brokers]:
            if process is not None and not processes.is_alive(process.pid):
                process.wait(10)

    def stop(self) -> None:
        those = [*self._pids(), *self.groups()["broker"]]
        processes.kill(those)
        for process in [self._process, *self._brokers]:
            if process is not None:
                process.wait(10)
        LOCK.unlink(missing_ok=True)


def _until(console: socket.socket, *ends: bytes) -> None:
    """Read until one of these was said."""
    heard = b""
    while not any(end in heard[-40:] for end in ends):
        part = console.recv(65_536)
        if not part:
            raise SystemExit(f"Jasmin's console ended: {heard.decode(errors='replace')}")
        heard += part
