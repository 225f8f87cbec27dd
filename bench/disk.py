"""What the disk takes by itself: 4 KiB appended and `fdatasync`, one after the other. No durable answer can be quicker.

    python -m bench.disk [SECONDS]

A latency means little without it: the disk of a rented machine wanders by a factor of ten from hour to hour.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from typing import NamedTuple

_PAGE = b"\0" * 4096


class Floor(NamedTuple):
    """Milliseconds of one append."""

    p50: float
    p99: float

    def __str__(self) -> str:
        return f"p50 {self.p50:.1f}, p99 {self.p99:.1f} ms"


def floor(seconds: float = 2.0) -> Floor:
    """Measure where the gateways of a benchmark have their folders; for while none of them runs."""
    took: list[float] = []
    with tempfile.TemporaryFile(prefix="heliograph-bench-", buffering=0) as file:
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            file.write(_PAGE)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    took.sort()
    return Floor(took[len(took) // 2] * 1000, took[int(len(took) * 0.99)] * 1000)


def beside(before: Floor, after: Floor) -> str:
    """A line to stand below a latency."""
    return f"         the disk's own fdatasync of 4 KiB: {before} just before; {after} just after"


if __name__ == "__main__":
    print(floor(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0))
