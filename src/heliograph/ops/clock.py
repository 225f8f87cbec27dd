"""The time of this machine."""

from __future__ import annotations

import time


class SystemClock:
    """`ports.Clock` of a running gateway."""

    def now(self) -> int:
        """Milliseconds since the epoch, UTC; jumps when the machine's clock is set."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        return time.monotonic()
