"""When a repeated mailing begins again, on the clock of its account."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from heliograph.backoffice.runs import LAST, next_run
from heliograph.model.campaign import Campaign, Repeat


def at(text):
    """A moment in UTC, in ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def campaign(start, repeat, zone="UTC", left=0):
    return Campaign(1, 1, "n", at(start), 1, 0, "smsc", "smsc_send", "", zone, repeat, left)


@pytest.mark.parametrize(
    ("start", "repeat", "now", "begins"),
    [
        ("2024-06-07 12:30", Repeat.HOURLY, "2024-06-07 12:31", "2024-06-07 13:30"),
        ("2024-06-07 12:30", Repeat.HOURLY, "2024-06-07 18:30", "2024-06-07 19:30"),
        ("2024-06-07 12:30", Repeat.DAILY, "2024-06-07 12:31", "2024-06-08 12:30"),
        ("2024-06-07 12:30", Repeat.WORKING_DAYS, "2024-06-07 12:31", "2024-06-10 12:30"),  # from Friday to Monday
        ("2024-06-07 12:30", Repeat.WEEKENDS, "2024-06-07 12:31", "2024-06-08 12:30"),
        ("2024-06-09 12:30", Repeat.WEEKENDS, "2024-06-09 12:31", "2024-06-15 12:30"),
        ("2024-06-07 12:30", Repeat.WEEKLY, "2024-06-07 12:31", "2024-06-14 12:30"),
        ("2024-01-31 12:30", Repeat.MONTHLY, "2024-01-31 12:31", "2024-02-29 12:30"),
        ("2024-01-31 12:30", Repeat.MONTHLY, "2024-03-01 00:00", "2024-03-31 12:30"),
        ("2024-02-29 12:30", Repeat.YEARLY, "2024-03-01 00:00", "2025-02-28 12:30"),
    ],
)
def test_a_mailing_begins_again_at_its_next_time(start, repeat, now, begins):
    assert next_run(campaign(start, repeat), at(now)) == at(begins)


def test_a_day_is_one_of_the_accounts_clock():
    daily = campaign("2024-03-30 07:00", Repeat.DAILY, "Europe/Kyiv")  # 09:00 there; the night after, clocks change
    assert next_run(daily, at("2024-03-30 07:01")) == at("2024-03-31 06:00")
    late = campaign("2024-06-07 22:30", Repeat.WEEKENDS, "UTC+3")  # Saturday, 01:30 there
    assert next_run(late, at("2024-06-07 22:31")) == at("2024-06-08 22:30")


def test_a_mailing_that_is_not_repeated_or_has_begun_for_the_last_time_ends():
    assert next_run(campaign("2024-06-07 12:30", Repeat.MANUAL), at("2024-06-07 12:31")) is None
    assert next_run(campaign("2024-06-07 12:30", Repeat.DAILY, left=LAST), at("2024-06-07 12:31")) is None
