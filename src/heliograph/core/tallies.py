"""What doors count within a minute, counted on every node that shares the store: exact but for the moment a hint takes.

Each node counts what it allowed and tells the others, gathered for a moment; what they told counts as its own. It is
for limits so small that a node's share of them would be none (five of these within a minute). A hint may be lost, and
of a flood only the first are told: then a little more is allowed than one node alone would allow, never less.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import quote, unquote

from heliograph.core.limits import SlidingWindows

GATHER_S: Final = 0.02
MOST: Final = 1_000
"""Keys told at once; each is a few dozen octets of a hint."""
LONGEST_KEY: Final = 200


class Tallies:
    """`hint` tells the other nodes a word that `heard` understands, less its beginning."""

    def __init__(self, hint: Callable[[str], None], monotonic: Callable[[], float]) -> None:
        self._hint = hint
        self._monotonic = monotonic
        self._windows: dict[str, SlidingWindows[str]] = {}
        self._hits: Counter[tuple[str, str]] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, name: str, windows: SlidingWindows[str]) -> None:
        """Count these windows on all nodes, where they have the same name."""
        self._windows[name] = windows
        windows.told = partial(self._counted, name)

    def _counted(self, name: str, key: str) -> None:
        place = (name, key)
        if place not in self._hits and (len(self._hits) >= MOST or len(key) > LONGEST_KEY):
            return
        self._hits[place] += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._tell)

    def _tell(self) -> None:
        self._timer = None
        hits, self._hits = self._hits, Counter()
        for (name, key), count in hits.items():
            self._hint(f"tally {name} {count} {quote(key)}")

    def heard(self, told: str) -> None:
        """Another node has allowed so many."""
        name, _, rest = told.partition(" ")
        count, _, key = rest.partition(" ")
        windows = self._windows.get(name)
        if windows is not None:
            windows.count(unquote(key), min(int(count), windows.limit), self._monotonic())

    def stop(self) -> None:
        """Tell nothing more."""
        if self._timer is not None:
            self._timer.cancel()
