"""What is measured of a gateway: how fast each way is, what it costs, how long one message takes, and what a kill does.

One `Round` is one gateway from its empty folder to its end: started (timed), the ways at full speed, 50 messages a
second, killed under load and started again. Everything comes back as figures by name; `table` makes medians of rounds.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.peers import processes, rig
from bench.peers.gateway import Gateway
from bench.peers.processes import Watch
from bench.peers.rig import Carrier, Words

from heliograph.net.free_ports import free_ports

RECEIPT_MS = 50
TEXT = 100
CONNECTIONS = 50
WINDOW = 100
WIDE = 500
"""Of a customer who has agreed to more, both ways."""
RATE = 50
WARM_UP = 300
IDLE_S = 4.0
"""So long nothing new must come before what has not come is called missing."""
KILL_RATE = 600
"""What the carrier takes a second while a gateway is about to be killed, so that a backlog waits in it."""
KILL_LOAD = 3_000
KILL_AFTER_S = 1.5
KILL_SEEN = 300
"""So long at least, and until so many have reached the carrier."""
Figures = dict[str, float]


class Round:
    """One gateway, once."""

    def __init__(self, gateway: Gateway, *, share: float = 1.0) -> None:
        self._gateway = gateway
        self._share = share
        self._runs = 0

    def measure(self, parts: frozenset[str], say: Callable[[str], None]) -> Figures:
        """The figures of the parts (`speed`, `latency`, `kill`) by name; `start` comes with each of them."""
        folder = Path(tempfile.mkdtemp(prefix="heliograph-peers-"))
        folder.chmod(0o755)
        self._carrier = Carrier(RECEIPT_MS)
        try:
            self._gateway.prepare(folder, self._carrier.port, *free_ports(1))
            figures = self._start()
            for name, part in (("speed", self._speed), ("latency", self._latency), ("kill", self._kill)):
                if name in parts:
                    say(name)
                    figures.update(part())
            return figures
        finally:
            self._gateway.stop()
            self._carrier.stop()
            shutil.rmtree(folder, ignore_errors=True)

    def _start(self) -> Figures:
        """From the first process to the doors, and to the first message at the carrier."""
        began = time.monotonic()
        self._gateway.start()
        doors = time.monotonic() - began
        if not self._carrier.until_bound(self._gateway.binds):
            raise SystemExit(f"{self._gateway.name} did not bind to the carrier")
        self._one_through()
        return {"start_doors_s": doors, "start_through_s": time.monotonic() - began}

    def _one_through(self) -> None:
        for _ in range(100):
            load = self._loads(self._gateway.http(False), 1, "--conns", "1", "--drain-s", "1")
            if load.ended()["arrived"]:
                return
        raise SystemExit(f"nothing went through {self._gateway.name}")

    def _speed(self) -> Figures:
        figures: Figures = {}
        self._peak: dict[str, float] = {}
        for way, receipts, words in self._ways():
            count = max(200, int(self._gateway.messages * self._share))
            open_at_once = self._open(way)
            self._loads(words, WARM_UP, *open_at_once, "--dlr", str(int(receipts)), "--drain-s", "2").ended()
            watch = Watch(self._gateway.groups(), [self._carrier.pid])
            load = self._loads(words, count, *open_at_once, "--dlr", str(int(receipts)), "--drain-s", str(IDLE_S))
            seen = load.ended()
            used = watch.stop()
            name = f"{way}{'_receipts' if receipts else ''}"
            figures |= {f"{name}_{key}": seen[key] for key in ("accepted", "through", "missing", "twice", "refused")}
            if receipts:
                figures |= {f"{name}_told": seen["told"], f"{name}_untold": seen["untold"]}
            for group, (cpu_s, mib) in used.items():
                figures[f"{name}_{group}_cpu"] = cpu_s / count * 1000
                self._peak[group] = max(self._peak.get(group, 0.0), mib)
            figures[f"{name}_foreign"] = watch.foreign
        return figures | {f"{group}_peak_mib": mib for group, mib in self._peak.items()}

    def _latency(self) -> Figures:
        figures: Figures = {}
        count = max(50, int(400 * self._share))
        for way, receipts, words in self._ways():
            # With receipts where the gateway has them: so it is used.
            if receipts != bool(self._gateway.http(True)) or way == "wide":
                continue
            more = [*self._open(way), "--rate", str(RATE), "--dlr", str(int(receipts)), "--drain-s", str(IDLE_S)]
            seen = self._loads(words[:1], count, *more).ended()
            figures |= {f"{way}_{key}": seen[key] for key in seen if key.endswith("_ms")}
        return figures

    def _kill(self) -> Figures:
        """SIGKILL with a backlog: of the gateway alone, and of all its processes where it has others."""
        groups = self._gateway.groups()
        figures = self._killed("kill", groups["gateway"])
        if len(groups) > 1:
            everything = [pid for pids in self._gateway.groups().values() for pid in pids]
            figures |= self._killed("kill_all", everything)
        return figures

    def _killed(self, name: str, pids: list[int]) -> Figures:
        self._carrier.forget()
        self._carrier.limit(KILL_RATE)
        outcomes = Path(tempfile.mkstemp(prefix="heliograph-outcomes-")[1])
        words = self._gateway.http(False)[:1]
        more = ["--conns", "10", "--stay", "1", "--stay-s", "1", "--drain-s", "1", "--outcome-file", str(outcomes)]
        load = self._loads(words, max(500, int(KILL_LOAD * self._share)), *more)
        time.sleep(KILL_AFTER_S)
        processes.wait_for(lambda: self._carrier.stats(load.runs[0])["unique"] >= KILL_SEEN * self._share, "messages")
        before = self._carrier.stats(load.runs[0])["unique"]
        processes.kill(pids)
        self._gateway.reap()
        load.wait()
        self._carrier.limit(0)
        began = time.monotonic()
        self._gateway.start()
        self._carrier.until_bound(self._gateway.binds)
        ready = time.monotonic() - began
        said = outcomes.read_text()
        outcomes.unlink()
        accepted = [place for place, letter in enumerate(said) if letter == "A"]
        came = self._settled(load.runs[0], accepted)
        return {
            f"{name}_accepted": len(accepted),
            f"{name}_waiting": len(accepted) - before,
            f"{name}_lost": sum(came[place] == "0" for place in accepted),
            f"{name}_twice": sum(int(came[place]) > 1 for place in accepted),
            f"{name}_back_s": ready,
        }

    def _settled(self, run: str, accepted: list[int]) -> str:
        """How often each message came, when all that were accepted have, or nothing came for `settle_s`."""
        last, since = "", time.monotonic()
        while True:
            came = self._carrier.counts(run).ljust(KILL_LOAD, "0")
            if came != last:
                last, since = came, time.monotonic()
            quiet_s = time.monotonic() - since
            if quiet_s > self._gateway.settle_s or (quiet_s > 1 and all(came[place] != "0" for place in accepted)):
                return came
            time.sleep(0.05)

    def _ways(self) -> Iterator[tuple[str, bool, list[Words]]]:
        gateway = self._gateway
        found = (
            ("http", False, gateway.http(False)),
            ("http", True, gateway.http(True)),
            ("smpp", False, gateway.smpp(False)),
            ("smpp", True, gateway.smpp(True)),
            ("wide", True, gateway.smpp(True, is_wide=True)),
        )
        return ((way, receipts, words) for way, receipts, words in found if words)

    def _open(self, way: str) -> list[str]:
        """How many messages may wait for their answer at once; of many nodes each has its share."""
        shares = len(self._gateway.http(False))
        if way == "http":
            return ["--conns", str(CONNECTIONS // shares)]
        return ["--window", str((WIDE if way == "wide" else WINDOW) // shares)]

    def _loads(self, words: list[Words], count: int, *more: str) -> Loads:
        self._runs += 1
        runs = [f"{self._runs:04d}{number}" for number in range(len(words))]
        asked = max(1, count // len(words))
        started = [
            rig.begin([*one, "--count", str(asked), "--text-len", str(TEXT), "--run", run, *more])
            for one, run in zip(words, runs, strict=True)
        ]
        return Loads(self._carrier, [run.zfill(8) for run in runs], started)


class Loads:
    """Loads that run at the same time, one for each node."""

    def __init__(self, carrier: Carrier, runs: list[str], started: list) -> None:
        self.runs = runs
        self._carrier = carrier
        self._started = started

    def wait(self) -> list[dict]:
        """What each says at its end."""
        return [rig.told(one) for one in self._started]

    def ended(self) -> Figures:
        """All of them as one: rates from the first message to the last answer, arrival and receipt of any."""
        said = self.wait()
        accepted = sum(one["accepted"] for one in said)
        came = self._carrier.drained(self.runs, accepted, IDLE_S)
        arrived = sum(one["unique"] for one in came)
        first = min(one["first_ns"] for one in said)
        answered = max(one["last_resp_ns"] for one in said)
        told = sum(one["dlr_unique"] for one in said)
        told_at = max(one["first_ns"] + one["dlr_s"] * 1e9 for one in said)
        latencies = (("answer", [one["resp_latency"] for one in said]), ("upstream", [one["latency"] for one in came]))
        return {
            "accepted": _rate(accepted, answered - first),
            "through": _rate(arrived, max(one["last_ns"] for one in came) - first),
            "told": _rate(told, told_at - first),
            "arrived": arrived,
            "refused": sum(one["errors"] + one["unanswered"] for one in said),
            "missing": accepted - arrived,
            "untold": accepted - told,
            "twice": sum(one["duplicates"] for one in came) + sum(one["dlr_dup_msgs"] for one in said),
        } | {
            f"{what}_{share}_ms": max(one[f"{share}_ms"] for one in found)
            for what, found in latencies
            for share in ("p50", "p99")
            if all(found)
        }


def _rate(count: int, ns: float) -> float:
    return count / (ns / 1e9) if ns > 0 else 0.0
