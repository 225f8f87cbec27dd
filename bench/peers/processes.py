"""What processes cost: CPU seconds and memory of whole families, from `/proc`, while something runs."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
Groups = Mapping[str, list[int]]
"""The first processes of each kind: `gateway`, `database`, `broker`."""


def _fields(pid: str | int) -> list[str]:
    """Those of `/proc/PID/stat` behind the program's name; none if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def family(pids: Iterable[int]) -> set[int]:
    """The processes, and all their children's children."""
    children: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        if fields := _fields(place.name):
            children.setdefault(int(fields[1]), []).append(int(place.name))
    found: set[int] = set()
    left = list(pids)
    while left:
        pid = left.pop()
        if pid not in found:
            found.add(pid)
            left += children.get(pid, [])
    return found


def cpu_s(pids: Iterable[int]) -> float:
    """CPU seconds so far, with those of children that have ended."""
    return sum(sum(map(int, fields[11:15])) for pid in family(pids) if (fields := _fields(pid))) / TICK


def resident_mib(pids: Iterable[int]) -> float:
    """Resident memory of the families. What they share counts once: in each child only what is its own does."""
    total = 0.0
    roots = set(pids)
    for pid in family(roots):
        try:
            words = Path(f"/proc/{pid}/statm").read_text().split()
        except OSError:
            continue
        total += int(words[1]) - (0 if pid in roots else int(words[2]))
    return total * PAGE / 2**20


def is_alive(pid: int) -> bool:
    """True unless it is gone, or waits to be taken note of."""
    return _fields(pid)[:1] not in ([], ["Z"])


def kill(pids: Iterable[int]) -> None:
    """End the families at once, as `kill -9` does, and wait until they are gone. Only ours are ever given here."""
    those = family(pids)
    for pid in those:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    wait_for(lambda: not any(map(is_alive, those)), "a killed process to be gone")


def wait_for(is_so: Callable[[], bool], what: str, patience_s: float = 60, pause_s: float = 0.01) -> None:
    """Wait until it is so; `SystemExit` naming `what` if it takes too long."""
    end = time.monotonic() + patience_s
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit(f"waited {patience_s:.0f} s in vain for {what}")
        time.sleep(pause_s)


def _busy_s() -> float:
    words = [int(word) for word in Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]]
    return (words[0] + words[1] + words[2] + words[5] + words[6]) / TICK


class Watch:
    """CPU and peak memory of groups between its making and `stop`; `foreign` is what others used, in cores."""

    def __init__(self, groups: Groups, ours: Iterable[int]) -> None:
        self._groups = {name: list(pids) for name, pids in groups.items()}
        self._ours = list(ours)
        self._peaks = dict.fromkeys(groups, 0.0)
        self._started, self._busy = time.monotonic(), _busy_s()
        self._before = {name: cpu_s(pids) for name, pids in self._groups.items()}
        self._own = self._own_s()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _own_s(self) -> float:
        return sum(os.times()[:4]) + cpu_s(self._ours)

    def _look(self) -> None:
        while True:
            for name, pids in self._groups.items():
                self._peaks[name] = max(self._peaks[name], resident_mib(pids))
            if self._ended.wait(0.5):
                return

    def stop(self) -> dict[str, tuple[float, float]]:
        """CPU seconds and peak MiB of each group."""
        self._ended.set()
        self._thread.join()
        used = {name: cpu_s(pids) - self._before[name] for name, pids in self._groups.items()}
        others = _busy_s() - self._busy - (self._own_s() - self._own) - sum(used.values())
        self.foreign = max(0.0, others) / max(0.1, time.monotonic() - self._started)
        return {name: (used[name], self._peaks[name]) for name in used}
