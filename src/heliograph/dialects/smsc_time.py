"""When a message goes and how long it lives: `time`, `tz`, `period`, `freq`, `valid` (smsc-messages.md 2.4).

Local times are of the account's zone, or, with `tz`, of a zone so many hours east of Moscow. Zones come in as a
function, now as a number: nothing here knows a calendar beyond days and hours, nor looks at a clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from heliograph.dialects.smsc_request import Request, WrongRequest

OffsetS = Callable[[int], int]
"""Seconds east of UTC at a moment (ms since the epoch)."""

BAD_DATE: Final = 5

MOSCOW_S: Final = 3 * 3600
LONGEST_AHEAD_MS: Final = 366 * 86_400_000
"""Nobody plans further; a message must end before its row may go."""

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS

_COMPACT: Final = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", re.ASCII)
_DOTTED: Final = re.compile(r"(\d\d)\.(\d\d)\.(\d\d) (\d\d):(\d\d)", re.ASCII)
_DAY: Final = re.compile(r"(\d\d)\.(\d\d)\.20(\d\d)", re.ASCII)
_HOURS: Final = re.compile(r"(\d{1,2})-(\d{1,2})", re.ASCII)
_UNIX: Final = re.compile(r"0(\d{10})", re.ASCII)
_MINUTES: Final = re.compile(r"[+ ](\d{1,6})", re.ASCII)
_TZ: Final = re.compile(r"[+-]?\d{1,2}", re.ASCII)
_DECIMAL: Final = re.compile(r"\d{1,4}(?:\.\d{1,3})?", re.ASCII)
_CLOCK: Final = re.compile(r"(\d\d):(\d\d)", re.ASCII)


class When(NamedTuple):
    """What a request says of time. `due_at` (ms) is None for at once; the rest spreads recipients, 0 = not."""

    due_at: int | None
    period_ms: int = 0
    every_ms: int = 0

    def of(self, place: int, count: int, now: int) -> int | None:
        """When the recipient at `place` of `count` is due: batches of one size, `every_ms` apart, within the period."""
        if not self.period_ms or count < 2:
            return self.due_at
        batches = min(count, max(1, -(-self.period_ms // self.every_ms)))
        batch = place // -(-count // batches)
        return (self.due_at or now) + batch * self.every_ms if batch else self.due_at


_PARAMETERS: Final = frozenset({"time", "tz", "period", "freq"})
_AT_ONCE: Final = When(None)


def read_when(request: Request, now: int, offset_s: OffsetS) -> When:
    """Read `time`, `tz`, `period` and `freq`. Raises `WrongRequest`: error 5 for the time, 1 for the others."""
    if _PARAMETERS.isdisjoint(request.fields):
        return _AT_ONCE
    zone = read_zone(request.get("tz"), offset_s)
    due_at = read_time(request.get("time"), now, zone)
    period = _number(request.get("period"), 0.1, 720)
    every = _number(request.get("freq"), 1, 1440) if period else 0.0
    return When(due_at, round(period * _HOUR_MS), round((every or 1) * 60_000) if period else 0)


def read_zone(tz: str, offset_s: OffsetS) -> OffsetS:
    """The zone that `tz` names, in hours from Moscow; the account's own if it is absent."""
    if not tz:
        return offset_s
    tz = tz.strip()
    if _TZ.fullmatch(tz) is None or not -15 <= int(tz) <= 11:
        raise WrongRequest
    east = MOSCOW_S + int(tz) * 3600
    return lambda _: east


def is_absolute(time: str) -> bool:
    """Whether `time` is a date of some zone, the only form for which the zone of a line of `list` counts (2.11)."""
    time = time.strip()
    return _COMPACT.fullmatch(time) is not None or _DOTTED.fullmatch(time) is not None


def read_time(time: str, now: int, offset_s: OffsetS) -> int | None:
    """When to send (ms), None for at once. Raises `WrongRequest` with error 5.

    Ten digits are a date, `0` and ten digits Unix time. The blank before minutes is a plus that was not encoded.
    """
    minutes = _MINUTES.fullmatch(time)
    time = time.strip()
    if not time or time == "0":
        return None
    if minutes is not None:
        due_at = now + int(minutes[1]) * 60_000
    elif (unix := _UNIX.fullmatch(time)) is not None:
        due_at = int(unix[1]) * 1000
    elif (hours := _HOURS.fullmatch(time)) is not None:
        due_at = _within(int(hours[1]), int(hours[2]), now, offset_s)
    else:
        date = _COMPACT.fullmatch(time) or _DOTTED.fullmatch(time)
        if date is None:
            raise WrongRequest(BAD_DATE)
        day, month, year, hour, minute = map(int, date.groups())
        due_at = _to_utc(_moment(day, month, year, hour, minute), offset_s)
    if due_at > now + LONGEST_AHEAD_MS:
        raise WrongRequest(BAD_DATE)
    return due_at if due_at > now else None


def read_day(text: str, offset_s: OffsetS, days: int = 0) -> int:
    """The beginning (ms) of the day `dd.mm.yyyy`, or of the one so many days later. Raises `WrongRequest`."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise WrongRequest
    day, month, year = map(int, found.groups())
    try:
        return _to_utc(_moment(day, month, year, 0, 0) + days * _DAY_MS, offset_s)
    except WrongRequest:
        raise WrongRequest from None


def read_valid(valid: str) -> int | None:
    """The lifetime in seconds, None if it is absent: 1 to 24 hours, or hh:mm. Raises `WrongRequest`."""
    valid = valid.strip()
    if not valid or valid == "0":
        return None
    clock = _CLOCK.fullmatch(valid)
    if clock is not None:
        minutes = int(clock[1]) * 60 + int(clock[2])
        if int(clock[2]) > 59 or not 1 <= minutes <= 24 * 60:
            raise WrongRequest
        return minutes * 60
    if not (valid.isascii() and valid.isdigit() and len(valid) <= 2 and 1 <= int(valid) <= 24):
        raise WrongRequest
    return int(valid) * 3600


def _within(first: int, last: int, now: int, offset_s: OffsetS) -> int:
    """From hour `first` to hour `last` of a day; over midnight if the first is the later."""
    if first == last or first > 23 or last > 24:
        raise WrongRequest(BAD_DATE)
    local = now + offset_s(now) * 1000
    midnight, since = local - local % _DAY_MS, local % _DAY_MS
    starts, ends = first * _HOUR_MS, last * _HOUR_MS
    is_inside = starts <= since < ends if starts < ends else since >= starts or since < ends
    if is_inside:
        return now
    return _to_utc(midnight + starts + (_DAY_MS if since >= starts else 0), offset_s)


def _moment(day: int, month: int, year: int, hour: int, minute: int) -> int:
    """A date of this century, as ms since the epoch as if it were UTC's."""
    lengths = (31, 29 if year % 4 == 0 else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if not (1 <= month <= 12 and 1 <= day <= lengths[month - 1] and hour <= 23 and minute <= 59):
        raise WrongRequest(BAD_DATE)
    days = 10_957 + 365 * year + (year + 3) // 4 + sum(lengths[: month - 1]) + day - 1
    return days * _DAY_MS + hour * _HOUR_MS + minute * 60_000


def _to_utc(local: int, offset_s: OffsetS) -> int:
    """A wall clock's time in a zone; what a change of the clocks skips or repeats is taken as after the change."""
    guess = local - offset_s(local) * 1000
    return local - offset_s(guess) * 1000


def _number(text: str, least: float, most: float) -> float:
    text = text.strip()
    if not text or text == "0":
        return 0.0
    if _DECIMAL.fullmatch(text) is None or not least <= float(text) <= most:
        raise WrongRequest
    return float(text)
