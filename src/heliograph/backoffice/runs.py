"""When a mailing begins again: `rpt` in the clock of its account (smsc-messages.md 5.2)."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from typing import Final

from heliograph.core.zones import offset_s
from heliograph.model.campaign import Campaign, Repeat

_FRIDAY: Final = 4
_DAYS: Final = {Repeat.DAILY: 1, Repeat.WORKING_DAYS: 1, Repeat.WEEKENDS: 1, Repeat.WEEKLY: 7}
_MONTHS: Final = {Repeat.MONTHLY: 1, Repeat.YEARLY: 12}
LAST: Final = -1
"""`repeats_left` of a mailing that has begun for the last time; 0 counts nothing and goes on for ever."""


def next_run(campaign: Campaign, now: int) -> int | None:
    """The next beginning after `now` (ms), None if there is none. Runs that were missed are not made up for."""
    if campaign.repeat is Repeat.MANUAL or campaign.repeats_left == LAST:
        return None
    first = _local(campaign.start_at, campaign.zone)
    for place in range(1, 200_000):
        moment = _later(first, campaign.repeat, place)
        at = _utc(moment, campaign.zone)
        if at > now and _is_its_day(moment, campaign.repeat):
            return at
    return None


def _later(first: datetime, repeat: Repeat, place: int) -> datetime:
    if repeat is Repeat.HOURLY:
        return first + timedelta(hours=place)
    if repeat in _DAYS:
        return first + timedelta(days=_DAYS[repeat] * place)
    months = first.month - 1 + _MONTHS[repeat] * place
    year, month = first.year + months // 12, months % 12 + 1
    return first.replace(year=year, month=month, day=min(first.day, calendar.monthrange(year, month)[1]))


def _is_its_day(moment: datetime, repeat: Repeat) -> bool:
    if repeat is Repeat.WORKING_DAYS:
        return moment.weekday() <= _FRIDAY
    return repeat is not Repeat.WEEKENDS or moment.weekday() > _FRIDAY


def _local(at: int, zone: str) -> datetime:
    """What a clock on the wall shows."""
    return datetime.fromtimestamp(at / 1000, UTC) + timedelta(seconds=offset_s(zone, at))


def _utc(moment: datetime, zone: str) -> int:
    guess = round(moment.timestamp() * 1000)
    at = guess - offset_s(zone, guess) * 1000
    return guess - offset_s(zone, at) * 1000
