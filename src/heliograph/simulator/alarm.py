"""The one timer over an agenda: set for its earliest bucket, and for no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from heliograph.simulator.agenda import Agenda

T = TypeVar("T")


class Alarm(Generic[T]):
    """One timer for the earliest bucket of an agenda; `work` is called when it is due, with nothing set any more."""

    def __init__(self, agenda: Agenda[T], work: Callable[[], None]) -> None:
        self._agenda = agenda
        self._work = work
        self._timer: asyncio.Handle | None = None
        self._at = 0

    def set(self, now: int) -> None:
        """Look what is due next; what is due now waits only for the loop's next turn."""
        wait_ms = self._agenda.wait_ms(now)
        if wait_ms is None:
            return
        if self._timer is not None:
            if self._at <= now + wait_ms:
                return
            self._timer.cancel()
        self._at = now + wait_ms
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(wait_ms / 1000, self._ring) if wait_ms else loop.call_soon(self._ring)

    def cancel(self) -> None:
        """Ring no more, until it is set again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        self._work()
