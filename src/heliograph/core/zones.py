"""Time zones by name: how far east of UTC a clock on the wall is at a moment.

A zone is `UTC`, a fixed distance such as `UTC+3` or `UTC-3:30`, or a name of the IANA database, which the machine (or
the package `tzdata`) brings. The rest of the house knows only moments; dialects that show or read clocks get seconds.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

QUARTER_S: Final = 900
"""Clocks change at full quarters of an hour everywhere since 1972."""

_FIXED: Final = re.compile(r"UTC(?:([+-])(\d{1,2})(?::([0-5]\d))?)?")
_FARTHEST_S: Final = 14 * 3600


class UnknownZone(ValueError):
    """A name that is no zone, or none that this machine knows."""


def offset_s(zone: str, at: int) -> int:
    """Seconds east of UTC in `zone` at a moment (ms since the epoch). Raises `UnknownZone`."""
    fixed = _fixed(zone)
    return fixed if fixed is not None else _named(zone, at // 1000 // QUARTER_S)


@lru_cache(maxsize=256)
def _fixed(zone: str) -> int | None:
    found = _FIXED.fullmatch(zone)
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    seconds = int(hours or 0) * 3600 + int(minutes or 0) * 60
    if seconds > _FARTHEST_S:
        raise UnknownZone(f"there is no zone {zone!r}: none is more than 14 hours away from UTC")
    return -seconds if sign == "-" else seconds


@lru_cache(maxsize=4096)
def _named(zone: str, quarter: int) -> int:
    try:
        offset = datetime.fromtimestamp(quarter * QUARTER_S, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    except (KeyError, ValueError, OSError) as error:
        raise UnknownZone(f"there is no zone {zone!r}; write UTC+3, or a name such as Europe/Kyiv") from error
    assert offset is not None
    return int(offset.total_seconds())
