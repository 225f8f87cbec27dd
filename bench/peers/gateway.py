"""What is measured: one gateway as its users install it, between the rig's customers and the rig's carrier.

Each gateway has a file of its own beside this one. It is started and killed like any service, binds to one carrier on
loopback, and is asked for nothing but what its doors understand.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bench.peers.rig import Words

SENDER = "Heliograph"
PREFIX = "38067"
"""Numbers are this and seven digits."""


class Gateway(Protocol):
    """One column of the table."""

    name: str
    about: str
    """Version, and what else to know of the column; known once it is `prepared`."""
    messages: int
    """How many a run has: as many as it takes in a few seconds."""
    binds: int
    """Sessions it has to the carrier when it is ready."""
    settle_s: float
    """After a kill: so long nothing came when what has not come is lost."""

    def missing(self) -> str:
        """What is not installed, with the remedy; empty: nothing."""
        ...

    def prepare(self, folder: Path, carrier: int, callbacks: int) -> None:
        """Make its configuration in an empty folder, and start what it needs running before itself."""
        ...

    def start(self) -> None:
        """Start it; on return its doors are open. What it needs is started again if it was killed."""
        ...

    def http(self, receipts: bool) -> list[Words]:
        """The words of `rig http-load` for each of its nodes; none: not measured."""
        ...

    def smpp(self, receipts: bool, *, is_wide: bool = False) -> list[Words]:
        """The words of `rig smpp-load` for each of its nodes; none: it has no such door. `is_wide`: of the customer
        whose window is `measures.WIDE`."""
        ...

    def groups(self) -> Mapping[str, list[int]]:
        """The first processes of `gateway`, and of what it needs: `database`, `broker`."""
        ...

    def reap(self) -> None:
        """Take note that processes of its own were killed."""
        ...

    def stop(self) -> None:
        """End all of it."""
        ...


def listens(port: int) -> bool:
    """True if somebody does on loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def http_words(url: str, *more: str) -> list[str]:
    """Words all `http-load`s share."""
    return ["http-load", "--url", url, "--src", SENDER, "--dst-prefix", PREFIX, *more]


def smpp_words(port: int, system_id: str, password: str, *more: str) -> list[str]:
    """Words all `smpp-load`s share."""
    named = ["--port", str(port), "--system-id", system_id, "--password", password]
    return ["smpp-load", *named, "--src", SENDER, "--src-ton", "5", "--dst-prefix", PREFIX, *more]


def installed(programs: Sequence[Path], name: str) -> str:
    """What to say if any of these is not there."""
    absent = [program.name for program in programs if not program.exists()]
    return f"{name}: {', '.join(absent)} not installed: bench/peers/install" if absent else ""
