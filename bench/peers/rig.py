"""The rig (`bench/rig`): compiled when its sources are newer than the program, and its three tools started.

It is one program of its own, so that load and carrier cost next to nothing of the two cores they share with what is
measured: 300,000 messages a second go straight from one to the other.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from heliograph.net.free_ports import free_ports

SOURCES = Path(__file__).parent.parent / "rig"
PROGRAM = Path(sys.prefix) / "rig"
COMPILER = ("rustc", "/root/.cargo/bin/rustc")
Words = Sequence[str]


def missing() -> str:
    """Why it cannot be had; empty: it can."""
    if _is_built() or _compiler():
        return ""
    return "the rig needs a Rust compiler: bench/peers/install"


def build() -> None:
    """Compile it, if that is needed."""
    if not _is_built():
        subprocess.run([_compiler(), "-O", "-o", PROGRAM, SOURCES / "main.rs"], check=True)


def _is_built() -> bool:
    return PROGRAM.exists() and all(
        source.stat().st_mtime <= PROGRAM.stat().st_mtime for source in SOURCES.glob("*.rs")
    )


def _compiler() -> str:
    return next((found for found in map(shutil.which, COMPILER) if found), "")


class Carrier:
    """The carrier behind a gateway: answers at once, sends receipts `receipt_ms` later."""

    def __init__(self, receipt_ms: float) -> None:
        self.port, self._control = free_ports(2)
        self._process = subprocess.Popen(
            [PROGRAM, "sim", "--port", str(self.port), "--control-port", str(self._control),
             "--dlr-delay-ms", str(receipt_ms)], stdout=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + 10
        while True:
            try:
                self.forget()
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    @property
    def pid(self) -> int:
        return self._process.pid

    def _ask(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._control}{path}", timeout=30) as answer:
            return answer.read().decode()

    def stats(self, run: str) -> dict:
        """What came of a run: unique, duplicates, first_ns, last_ns, latency; `all`: of everything."""
        return json.loads(self._ask(f"/stats?run={run}"))

    def counts(self, run: str) -> str:
        """How often each message of a run came, a digit each."""
        return self._ask(f"/counts?run={run}")

    def limit(self, rate: float) -> None:
        """Answer at most so many submits a second; 0: all at once."""
        self._ask(f"/set?rate={rate}")

    def forget(self) -> None:
        """Forget all runs."""
        self._ask("/forget")

    def until_bound(self, binds: int, patience_s: float = 60) -> bool:
        """Wait for so many sessions; False if they do not come."""
        end = time.monotonic() + patience_s
        while self.stats("none")["all"]["binds_now"] < binds:
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def drained(self, runs: Sequence[str], wanted: int, idle_s: float) -> list[dict]:
        """Wait until so many different messages came, or nothing new for `idle_s`; how each run stood then."""
        last, since = -1, time.monotonic()
        while True:
            stood = [self.stats(run) for run in runs]
            unique = sum(one["unique"] for one in stood)
            if unique != last:
                last, since = unique, time.monotonic()
            if unique >= wanted or time.monotonic() - since > idle_s:
                return stood
            time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)


def begin(words: Words) -> subprocess.Popen:
    """Start a load."""
    return subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, text=True)


def told(load: subprocess.Popen, patience_s: float = 600) -> dict:
    """What a load says at its end."""
    try:
        said, _ = load.communicate(timeout=patience_s)
    except subprocess.TimeoutExpired:
        load.kill()
        raise
    if load.returncode or not said.strip():
        raise SystemExit(f"the load failed: {' '.join(map(str, load.args))}")
    return json.loads(said)
