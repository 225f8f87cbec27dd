"""Kannel as Debian packages it: a bearerbox, a smsbox with its HTTP interface, and no SMPP door.

Twice: as it is set up by default, which keeps what it accepted in memory, and with `store-type = file`, which writes it
to a file first. 100 submits may be open to the carrier (its own default of 10 halves it).
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bench.peers.gateway import http_words, installed, listens
from bench.peers.processes import wait_for
from bench.peers.rig import Words

from heliograph.net.free_ports import free_ports

CONFIG = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = bench
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
dlr-storage = internal
{store}
group = smsc
smsc = smpp
smsc-id = carrier
host = 127.0.0.1
port = {carrier}
smsc-username = "bench"
smsc-password = "bench"
system-type = ""
transceiver-mode = true
reconnect-delay = 1
max-pending-submits = 100

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = bench
password = bench
concatenation = true
max-messages = 10

group = sms-service
keyword = default
text = "No service"
max-messages = 0
"""
PROGRAMS = [Path(shutil.which(name) or f"/usr/sbin/{name}") for name in ("bearerbox", "smsbox")]
QUERY = "username=bench&password=bench&from={src}&to={dst}&text={text_q}"
CALLED_BACK = "&dlr-mask=1&dlr-url=http%3A%2F%2F{cb}%2Fdlr%3Fseq%3D{seq}"


class Kannel:
    """Both boxes; what is accepted is kept in memory."""

    name = "Kannel"
    about = ""
    messages = 20_000
    binds = 1
    settle_s = 5.0

    def missing(self) -> str:
        return installed(PROGRAMS, "Kannel")

    def prepare(self, folder: Path, carrier: int, callbacks: int) -> None:
        self._folder, self._callbacks = folder, callbacks
        self._processes: list[subprocess.Popen] = []
        self._admin, self._boxes, self._sendsms = free_ports(3)
        self._config = folder / "kannel.conf"
        ports = {"admin": self._admin, "boxes": self._boxes, "sendsms": self._sendsms, "carrier": carrier}
        self._config.write_text(CONFIG.format(store=self.store(folder), **ports))
        said = subprocess.run([PROGRAMS[0], "--version"], capture_output=True, text=True, check=False)
        found = re.search(r"version `?([\d.]+)", said.stdout + said.stderr)
        self.about = f"{found[1] if found else ''} of Debian"

    def store(self, folder: Path) -> str:
        """What the core's group says of a store."""
        return ""

    def start(self) -> None:
        self._processes = []
        for program, port in zip(PROGRAMS, (self._boxes, self._sendsms), strict=True):
            with (self._folder / f"{program.name}.log").open("ab") as log:
                words = [program, "-v", "2", self._config]
                self._processes.append(
                    subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder)
                )
            wait_for(lambda port=port: listens(port), f"{program.name}, see {self._folder}", 20)

    def http(self, receipts: bool) -> list[Words]:
        url = f"http://127.0.0.1:{self._sendsms}/cgi-bin/sendsms?{QUERY}"
        if not receipts:
            return [http_words(url, "--ok", "202")]
        return [http_words(url + CALLED_BACK, "--ok", "202", "--cb-port", str(self._callbacks))]

    def smpp(self, receipts: bool, *, is_wide: bool = False) -> list[Words]:
        return []

    def groups(self) -> Mapping[str, list[int]]:
        return {"gateway": [process.pid for process in self._processes if process.poll() is None]}

    def reap(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.wait(10)

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


class KannelWithFile(Kannel):
    """What is accepted is written to a file."""

    name = "Kannel, store-type = file"

    def store(self, folder: Path) -> str:
        return f'store-type = file\nstore-location = "{folder / "kannel.store"}"\n'
