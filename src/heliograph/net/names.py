"""Which addresses a host name has. One look-up per name at a time, in a thread of its own.

The system's resolver cannot be interrupted, and a dead name server keeps it busy for half a minute: in a shared pool
a few such names would stop everybody's look-ups (P7). Here a name that hangs holds one thread and nobody else, and a
thread that hangs at the end does not keep the process alive.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Final

MOST_AT_ONCE: Final = 64
"""Names looked up at the same time; more fail at once and are tried again later, like any call that failed."""


def of_system(host: str) -> Sequence[str]:
    """What this machine's resolver says, each address once. Waits; raises `OSError`, `UnicodeError`."""
    return tuple(dict.fromkeys(str(place[0]) for *_, place in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)))


class Names:
    """Use from one event loop. `look_up` is called in a thread."""

    def __init__(self, look_up: Callable[[str], Sequence[str]] = of_system) -> None:
        self._look_up = look_up
        self._pending: dict[str, asyncio.Future[Sequence[str]]] = {}

    async def addresses(self, host: str) -> Sequence[str]:
        """Addresses of the name in the order of the system's preference, at least one. Raises `OSError`."""
        try:
            return (str(ip_address(host)),)
        except ValueError:
            pass
        pending = self._pending.get(host)
        if pending is None:
            if len(self._pending) >= MOST_AT_ONCE:
                raise OSError("too many names are being looked up")
            loop = asyncio.get_running_loop()
            pending = self._pending[host] = loop.create_future()
            pending.add_done_callback(_retrieved)
            threading.Thread(target=self._run, args=(loop, host), name="names", daemon=True).start()
        return await asyncio.shield(pending)

    def _run(self, loop: asyncio.AbstractEventLoop, host: str) -> None:
        """In its thread."""
        found: Sequence[str] | Exception
        try:
            found = self._look_up(host)
        except (OSError, UnicodeError) as error:  # a label that is too long is a UnicodeError
            found = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(self._found, host, found)

    def _found(self, host: str, found: Sequence[str] | Exception) -> None:
        pending = self._pending.pop(host)
        if isinstance(found, Exception):
            pending.set_exception(found if isinstance(found, OSError) else OSError("the name is none"))
        elif found:
            pending.set_result(found)
        else:
            pending.set_exception(OSError("the name has no address"))


def _retrieved(pending: asyncio.Future[Sequence[str]]) -> None:
    """Whoever waited may have given up: then nobody else looks at the failure."""
    if not pending.cancelled():
        pending.exception()
