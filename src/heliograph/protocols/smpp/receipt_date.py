"""The dates of a delivery receipt: YYMMDDhhmm as SMPP 3.4, appendix B prints it, and what else is met there.

With seconds, with four digits of the year, with separators in either order, as SMPP's own absolute time, as seconds or
milliseconds since the epoch: digits alone often mean several of these. A receipt is young, so of all the times they can
mean the one nearest to now is taken. What no carrier says is its zone; the caller may know it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from heliograph.protocols.smpp.times import (
    DAY,
    MINUTE,
    QUARTER,
    SECOND,
    BadTime,
    at_time,
    century_of,
    civil,
    parse,
)

_GROUPS: Final = re.compile(r"\d+")
_SMPP_TIME: Final = re.compile(r"\d{15}[+-]")
_PLAUSIBLE: Final = 400 * DAY
"""How far from now seconds since the epoch may be; other digits are not taken for such."""
_FIELDS: Final = {
    6: ("2222",), 8: ("422", "2222"), 10: ("22222",), 12: ("222222", "42222"), 14: ("422222",),
}  # fmt: skip
"""How many digits → how they may be grouped: year, month, day, hour, minute, second."""


def read(text: str, now: int, *, quarters: int = 0) -> int | None:
    """Milliseconds since the epoch, UTC; None for what is no date. `now` is the same.

    `quarters` is the zone the carrier writes in, in quarters of an hour ahead of UTC.
    """
    text = text.strip()
    if _SMPP_TIME.fullmatch(text):
        try:
            return parse(text.encode("ascii"), now)
        except BadTime:
            return None
    candidates = list(_candidates(text, now, quarters * QUARTER))
    return min(candidates, key=lambda at: abs(at - now)) if candidates else None


def printed(at: int, *, quarters: int = 0, seconds: bool = False) -> str:
    """YYMMDDhhmm, with `seconds` YYMMDDhhmmss, in the zone `quarters` quarters of an hour ahead of UTC."""
    minutes, ms = divmod(at + quarters * QUARTER, MINUTE)
    return f"{_minute(minutes)}{ms // SECOND:02d}" if seconds else _minute(minutes)


@lru_cache(maxsize=1_024)
def _minute(minutes: int) -> str:
    """Of a minute, for the receipts of one speak of few."""
    days, of_day = divmod(minutes, DAY // MINUTE)
    year, month, day = civil(days)
    return f"{year % 100:02d}{month:02d}{day:02d}{of_day // 60:02d}{of_day % 60:02d}"


def _candidates(text: str, now: int, ahead: int) -> Iterator[int]:
    groups = _GROUPS.findall(text[:40])
    if len(groups) == 1:
        digits = groups[0]
        if len(digits) in (10, 13):
            at = int(digits) * (SECOND if len(digits) == 10 else 1)
            if abs(at - now) < _PLAUSIBLE:
                yield at
        for widths in _FIELDS.get(len(digits), ()):
            yield from _from(list(_split(digits, widths)), now, ahead)
    elif len(groups) == 2 and len(groups[0]) in (6, 8) and len(groups[1]) in (4, 6):
        yield from _candidates("".join(groups), now, ahead)
    elif len(groups) >= 3:
        yield from _from(groups, now, ahead)
        yield from _from([groups[2], groups[1], groups[0], *groups[3:]], now, ahead)


def _split(digits: str, widths: str) -> Iterator[str]:
    at = 0
    for width in widths:
        part = digits[at : at + int(width)]
        if part:
            yield part
        at += int(width)


def _from(groups: list[str], now: int, ahead: int) -> Iterator[int]:
    """The time of year, month, day and, where they are, hour, minute, second."""
    if any(len(group) > 2 for group in groups[1:6]) or len(groups[0]) not in (2, 4):
        return
    year, month, day, hour, minute, second = (int(group) for group in (groups + ["0"] * 3)[:6])
    if len(groups[0]) == 2:
        year = century_of(year, now)
    try:
        yield at_time(year, month, day, hour, minute, second) - ahead
    except BadTime:
        return
