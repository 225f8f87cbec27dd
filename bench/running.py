"""A gateway as a user starts it (`heliograph serve` in a folder of its own), for measuring from outside."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CONFIG = """
[http]
port = 0

[smsclub]
requests_per_second = 1000000

[queue]
least_free_disk_mib = 16
grace_s = 5

[[connectors]]
name = "carrier"
speed = {speed}
{carrier}

[[routes]]
id = "all"
connectors = ["carrier"]

[[tariffs]]
id = "all"
tariff = "default"
price = "0.45"
"""
SIMULATED = """kind = "simulated"
personality = "{personality}"
window = {window}"""
BY_SMPP = """kind = "smpp"
smpp.host = "127.0.0.1"
smpp.port = {port}
smpp.system_id = "bench"
smpp.sessions = {sessions}
smpp.window = {window}"""
HELIOGRAPH = str(Path(sys.executable).parent / "heliograph")


@dataclass
class Running:
    """A started gateway."""

    process: subprocess.Popen
    folder: Path
    host: str
    port: int
    token: str
    started_s: float

    def metrics(self) -> dict[str, float]:
        """The counters without labels."""
        with urllib.request.urlopen(f"http://{self.host}:{self.port}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        return {name: float(value) for name, value in re.findall(r"^(heliograph_\w+) (\S+)$", text, re.MULTILINE)}

    def cpu_s(self) -> float:
        """CPU seconds of the process so far, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mib(self) -> float:
        """Highest resident memory so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024

    def resident_mib(self) -> float:
        """Resident memory now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self) -> None:
        """Drain and end."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def kill(self) -> None:
        """End at once, as by `kill -9`."""
        self.process.kill()
        self.process.wait(60)


def start(
    folder: Path,
    *,
    personality: str = "instant",
    window: int = 2_000,
    speed: float = 0,
    core: int | None = 0,
    more: str = "",
    account: Sequence[Sequence[str]] = (),
    profile: str = "",
    smpp_port: int = 0,
    sessions: int = 1,
    carrier_more: str = "",
) -> Running:
    """Start a gateway in `folder`; the account `bench` is made at the first start. `more` is added to the
    configuration, `account` are further commands (`heliograph account …`) at the first start; `profile` is a file for
    what cProfile finds. With `smpp_port` the carrier speaks SMPP there, over so many sessions, each with
    `window` and what `carrier_more` adds to its section; else it is a simulated one in the gateway's process."""
    folder.mkdir(parents=True, exist_ok=True)
    if smpp_port:
        carrier = f"{BY_SMPP.format(port=smpp_port, sessions=sessions, window=window)}\n{carrier_more}"
    else:
        carrier = SIMULATED.format(personality=personality, window=window)
    config = CONFIG.format(carrier=carrier, speed=speed)
    (folder / "heliograph.toml").write_text(config + more)
    secrets = folder / "bench.json"
    if not secrets.exists():
        command(folder, "migrate")
        secrets.write_text(command(folder, "account", "create", "bench", "--json"))
        command(folder, "account", "sender", "bench", "Heliograph")
        command(folder, "account", "top-up", "bench", "100000000")
        for words in account:
            command(folder, "account", *words)
    before = time.monotonic()
    read, write = os.pipe()
    pin = ["taskset", "-c", str(core)] if core is not None else []
    program = [sys.executable, "-m", "cProfile", "-o", profile, HELIOGRAPH] if profile else [HELIOGRAPH]
    process = subprocess.Popen(
        [*pin, *program, "serve", "--dir", str(folder), "--ready-fd", str(write)], pass_fds=[write]
    )
    os.close(write)
    with os.fdopen(read) as ready:
        url = ready.readline().strip()
    if not url:
        raise SystemExit(f"the gateway did not start: {process.wait()}")
    host, _, port = url.removeprefix("http://").partition(":")
    token = json.loads(secrets.read_text())["token"]
    return Running(process, folder, host, int(port), token, time.monotonic() - before)


@dataclass
class Carrier:
    """`heliograph simulate-carrier` in a process of its own."""

    process: subprocess.Popen
    port: int

    def stop(self) -> dict[str, int]:
        """End it; how it stood."""
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=30)
        return json.loads(said)


def carrier(*, personality: str = "instant", core: int | None = 1, window: int = 500) -> Carrier:
    """A carrier by SMPP that forgets."""
    pin = ["taskset", "-c", str(core)] if core is not None else []
    words = ["simulate-carrier", "--port", "0", "--personality", personality, "--window", str(window), "--json"]
    process = subprocess.Popen([*pin, HELIOGRAPH, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    return Carrier(process, json.loads(process.stdout.readline())["port"])


def command(folder: Path, *words: str) -> str:
    """What a command prints."""
    return subprocess.run([HELIOGRAPH, *words, "--dir", str(folder)], check=True, capture_output=True, text=True).stdout
