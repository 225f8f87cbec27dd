"""SMPP's time format, absolute and relative (3.4, 7.1.1), to and from milliseconds since the epoch, UTC.

    YYMMDDhhmmsstnnp    t tenths, nn quarters of an hour from UTC (00 to 48), p "+" ahead of UTC, "-" behind
    YYMMDDhhmmsstnnR    so many years, months, days, hours, minutes, seconds from now; t and nn say nothing

Now is an argument: it resolves relative times and tells the century of an absolute one. What is taken beyond the
specification: a lower-case "r", and absolute times that stop after the minutes, the seconds or the tenths, as 3.3 and
careless peers write them; these are in UTC unless the caller knows better.
"""

from __future__ import annotations

from typing import Final

MS: Final = 1
SECOND: Final = 1_000 * MS
MINUTE: Final = 60 * SECOND
QUARTER: Final = 15 * MINUTE
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

MOST_QUARTERS: Final = 48
MOST_RELATIVE_S: Final = 99 * 86_400 + 23 * 3_600 + 59 * 60 + 59
"""The longest span that has a relative form with no months, whose length nobody knows."""

_DAYS_TO_EPOCH: Final = 719_468
_DAYS_IN_400_YEARS: Final = 146_097


class BadTime(ValueError):
    """These octets are no time. Who asked knows which status answers it: ESME_RINVSCHED or ESME_RINVEXPIRY."""


def parse(text: bytes, now: int, *, quarters: int = 0) -> int | None:
    """The time a field names; None for an empty field. Raises `BadTime`.

    `quarters` is the zone, in quarters of an hour ahead of UTC, of a time that does not say its own.
    """
    if not text:
        return None
    if text[-1:] in (b"R", b"r"):
        return _relative_to(text[:-1], now)
    if text[-1:] in (b"+", b"-"):
        digits = _digits(text[:-1], 15)
        ahead = int(digits[13:15])
        if ahead > MOST_QUARTERS:
            raise BadTime("more than 48 quarters of an hour from UTC")
        return _absolute_of(digits, now) - (ahead if text[-1:] == b"+" else -ahead) * QUARTER
    if len(text) not in (10, 12, 13):
        raise BadTime("neither + nor - nor R at the end")
    return _absolute_of(_digits(text, len(text)).ljust(13, "0"), now) - quarters * QUARTER


def absolute(at: int, *, quarters: int = 0) -> bytes:
    """A time written in the zone `quarters` quarters of an hour ahead of UTC, -48 to 48; tenths are rounded down.

    Raises `BadTime` outside of 2000 to 2069: other years' two digits would be read back as another century's.
    """
    if not -MOST_QUARTERS <= quarters <= MOST_QUARTERS:
        raise BadTime("more than 48 quarters of an hour from UTC")
    days, ms = divmod(at + quarters * QUARTER, DAY)
    year, month, day = civil(days)
    if not 2000 <= year <= 2069:
        raise BadTime(f"the year {year} has no form in two digits")
    return b"%02d%02d%02d%02d%02d%02d%d%02d%b" % (
        year % 100, month, day, ms // HOUR, ms // MINUTE % 60, ms // SECOND % 60, ms // 100 % 10,
        abs(quarters), b"-" if quarters < 0 else b"+",
    )  # fmt: skip


def relative(span_s: int) -> bytes:
    """A span in seconds, written from days down. Raises `BadTime` below 0 and above `MOST_RELATIVE_S`."""
    if not 0 <= span_s <= MOST_RELATIVE_S:
        raise BadTime(f"a span of {span_s} seconds has no exact form")
    days, seconds = divmod(span_s, 86_400)
    return b"0000%02d%02d%02d%02d000R" % (days, seconds // 3_600, seconds // 60 % 60, seconds % 60)


def days_of(year: int, month: int, day: int) -> int:
    """Days since the epoch of a date of the Gregorian calendar; negative before it. Months run over: 13 is January."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    # The year is taken to begin in March, so that the leap day is its last.
    shifted = year - (month < 3)
    era, of_era = divmod(shifted, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * _DAYS_IN_400_YEARS + of_era * 365 + of_era // 4 - of_era // 100 + of_year - _DAYS_TO_EPOCH


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of so many days since the epoch."""
    era, of_era = divmod(days + _DAYS_TO_EPOCH, _DAYS_IN_400_YEARS)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return era * 400 + year + (month < 3), month, day


def century_of(two_digits: int, now: int) -> int:
    """The whole year of two digits: the one nearest to now, from 50 years before it to 49 after."""
    this_year = civil(now // DAY)[0]
    return this_year - 50 + (two_digits - this_year + 50) % 100


def at_time(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """The time of a date and an hour that exist, in UTC. Raises `BadTime` for others."""
    if not (1 <= month <= 12 and day >= 1 and (day <= 28 or day <= _days_in(year, month))):
        raise BadTime("no such day")
    if hour > 23 or minute > 59 or second > 59:
        raise BadTime("no such time of day")
    return days_of(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second * SECOND


def _days_in(year: int, month: int) -> int:
    return days_of(year, month + 1, 1) - days_of(year, month, 1)


def _digits(text: bytes, count: int) -> str:
    if len(text) != count or not text.isdigit():
        raise BadTime(f"not {count} digits")
    return text.decode("ascii")


def _pairs(digits: str) -> tuple[int, int, int, int, int, int]:
    year, month, day, hour, minute, second = (int(digits[at : at + 2]) for at in range(0, 12, 2))
    return year, month, day, hour, minute, second


def _absolute_of(digits: str, now: int) -> int:
    year, month, day, hour, minute, second = _pairs(digits)
    return at_time(century_of(year, now), month, day, hour, minute, second) + int(digits[12]) * 100


def _relative_to(text: bytes, now: int) -> int:
    """Years and months by the calendar, a day that month does not have being its last; the rest is exact."""
    years, months, days, hours, minutes, seconds = _pairs(_digits(text, 15))
    today, ms = divmod(now, DAY)
    if years or months:
        year, month, day = civil(today)
        month += months + 12 * years
        today = days_of(year, month, min(day, _days_in(year, month)))
    return (today + days) * DAY + ms + hours * HOUR + minutes * MINUTE + seconds * SECOND
