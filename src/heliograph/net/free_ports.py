"""Ports for those who must know an address before they listen on it, and come back to it after a restart.

The kernel gives a port to everybody who asks for any (`bind` to 0) and to every connection that goes out, from one
range; what it gave and got back may be somebody else's a moment later, and stays taken for a minute by each connection
that ended. So these are taken from below that range, where nobody is who did not choose to be.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path
from typing import Final

LOWEST: Final = 10_000
USUAL_FIRST: Final = 32_768
TRIES: Final = 1_000
_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """`count` different ports of `host` on which nobody listens, chosen at random.

    Raises OSError if none are found.
    """
    highest = _first_given() - 1
    chosen: list[int] = []
    for _ in range(TRIES):
        if len(chosen) == count:
            return chosen
        port = random.randint(LOWEST, highest)  # noqa: S311 - no secret
        if port not in chosen and _is_free(host, port):
            chosen.append(port)
    raise OSError(f"no {count} free ports between {LOWEST} and {highest} of {host}")


def _first_given() -> int:
    """Where the range begins from which the kernel gives ports."""
    try:
        first = int(_RANGE.read_text("ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return USUAL_FIRST
    # Where it begins too low to leave room below it, a port from inside is better than none.
    return first if first >= LOWEST + TRIES else USUAL_FIRST


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
