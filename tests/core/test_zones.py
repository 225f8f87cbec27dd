"""Clocks on the wall: fixed distances without any database, and the named zones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from heliograph.core.zones import UnknownZone, offset_s


def at(*moment):
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    ("zone", "seconds"),
    [("UTC", 0), ("UTC+3", 10_800), ("UTC-3:30", -12_600), ("UTC+05:45", 20_700), ("UTC+14", 50_400), ("UTC-0", 0)],
)
def test_a_fixed_zone_is_always_as_far(zone, seconds):
    assert offset_s(zone, at(2024, 1, 1)) == offset_s(zone, at(2024, 7, 1)) == seconds


def test_a_named_zone_changes_its_clocks():
    assert offset_s("Europe/Kyiv", at(2024, 3, 31, 0, 59)) == 7_200
    assert offset_s("Europe/Kyiv", at(2024, 3, 31, 1, 0)) == 10_800
    assert offset_s("Europe/Moscow", at(2024, 7, 1)) == 10_800


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "UTC+15", "UTC+3:70", "utc", "../etc/passwd", "/etc/passwd", "a\0b"]
)
def test_what_is_no_zone_is_said_to_be_none(zone):
    with pytest.raises(UnknownZone, match="there is no zone"):
        offset_s(zone, 0)
