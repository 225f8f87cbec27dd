"""SMPP's time format (3.4, 7.1.1). Expected values come from the calendar of the standard library, or are typed."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.protocols.smpp.times import BadTime, absolute, civil, days_of, parse, relative


def ms(*date):
    return int(datetime(*date, tzinfo=UTC).timestamp() * 1_000)


NOW = ms(2026, 11, 21, 10, 0)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (b"", None),
        (b"261121120000000+", ms(2026, 11, 21, 12)),
        (b"261121120000000-", ms(2026, 11, 21, 12)),
        (b"261121120000008+", ms(2026, 11, 21, 10)),  # two hours ahead of UTC
        (b"261121120000008-", ms(2026, 11, 21, 14)),
        (b"261121120000048+", ms(2026, 11, 21)),
        (b"270101000000048+", ms(2026, 12, 31, 12)),
        (b"261231233000022-", ms(2027, 1, 1, 5)),
        (b"261121120000500+", ms(2026, 11, 21, 12) + 500),
        (b"280229000000000+", ms(2028, 2, 29)),
        (b"000101000000000+", ms(2000, 1, 1)),
        (b"751231235959900+", ms(2075, 12, 31, 23, 59, 59) + 900),
        (b"760101000000000+", ms(1976, 1, 1)),
        (b"2611211200", ms(2026, 11, 21, 12)),
        (b"261121120030", ms(2026, 11, 21, 12, 0, 30)),
        (b"2611211200305", ms(2026, 11, 21, 12, 0, 30) + 500),
    ],
)
def test_an_absolute_time_is_read(text, at):
    assert parse(text, NOW) == at


def test_a_time_without_a_zone_is_in_the_callers():
    assert parse(b"2611211200", NOW, quarters=8) == ms(2026, 11, 21, 10)
    assert parse(b"261121120000000+", NOW, quarters=8) == ms(2026, 11, 21, 12)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (b"000000000000000R", ms(2026, 11, 21, 10)),
        (b"000001000000000R", ms(2026, 11, 22, 10)),
        (b"000000000500000r", ms(2026, 11, 21, 10, 5)),
        (b"000000240000000R", ms(2026, 11, 22, 10)),
        (b"000000999999000R", NOW + (99 * 3_600 + 99 * 60 + 99) * 1_000),
        (b"020610233429000R", ms(2029, 6, 1, 9, 34, 29)),  # the specification's example: 2 years, 6 months, 10 days …
        (b"000300000000000R", ms(2027, 2, 21, 10)),
        (b"001300000000000R", ms(2027, 12, 21, 10)),
        (b"010000000000000R", ms(2027, 11, 21, 10)),
        (b"000001000000999R", ms(2026, 11, 22, 10)),
    ],
)
def test_a_relative_time_counts_from_now(text, at):
    assert parse(text, NOW) == at


@pytest.mark.parametrize(
    ("text", "now", "at"),
    [
        (b"000100000000000R", ms(2027, 1, 31, 8), ms(2027, 2, 28, 8)),
        (b"000100000000000R", ms(2028, 1, 31, 8), ms(2028, 2, 29, 8)),
        (b"010000000000000R", ms(2028, 2, 29, 8), ms(2029, 2, 28, 8)),
        (b"000101000000000R", ms(2027, 1, 31, 8), ms(2027, 3, 1, 8)),
        (b"000100000000000R", ms(2026, 12, 31, 23), ms(2027, 1, 31, 23)),
    ],
)
def test_months_end_on_their_last_day(text, now, at):
    assert parse(text, now) == at


@pytest.mark.parametrize(
    "text",
    [
        b"261321120000000+", b"260021120000000+", b"261100120000000+", b"261131120000000+", b"270229120000000+",
        b"261121240000000+", b"261121126000000+", b"261121120060000+", b"261121120000049+", b"261121120000000",
        b"26112112000000+", b"2611211200000000+", b"261121120000000*", b"0", b"R", b"+", b"00000100000000R",
        b"-00001000000000R", b"000001 00000000R", b"tomorrow", b"\xff" * 16, b"261121", "٢٦١١٢١".encode(),
        b"26112112000",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(text):
    with pytest.raises(BadTime):
        parse(text, NOW)


@pytest.mark.parametrize(
    ("at", "quarters", "text"),
    [
        (ms(2026, 11, 21, 10), 0, b"261121100000000+"),
        (ms(2026, 11, 21, 10), 8, b"261121120000008+"),
        (ms(2026, 11, 21, 10), -22, b"261121043000022-"),
        (ms(2026, 12, 31, 23, 59, 59) + 999, 4, b"270101005959904+"),
        (ms(2000, 1, 1), 0, b"000101000000000+"),
    ],
)
def test_an_absolute_time_is_written(at, quarters, text):
    assert absolute(at, quarters=quarters) == text


@pytest.mark.parametrize(("at", "quarters"), [(ms(1999, 12, 31), 0), (ms(2070, 1, 1), 0), (NOW, 49), (NOW, -49)])
def test_a_time_two_digits_cannot_tell_is_not_written(at, quarters):
    with pytest.raises(BadTime):
        absolute(at, quarters=quarters)


@pytest.mark.parametrize(
    ("span_s", "text"),
    [
        (0, b"000000000000000R"), (59, b"000000000059000R"), (3_600, b"000000010000000R"),
        (86_400, b"000001000000000R"), (90_061, b"000001010101000R"), (8_639_999, b"000099235959000R"),
    ],
)  # fmt: skip
def test_a_span_is_written(span_s, text):
    assert relative(span_s) == text


@pytest.mark.parametrize("span_s", [-1, 8_640_000])
def test_a_span_without_an_exact_form_is_not_written(span_s):
    with pytest.raises(BadTime):
        relative(span_s)


@settings(deadline=None)
@given(st.integers(-800_000, 800_000))
def test_the_calendar_is_the_gregorian_one(days):
    if days >= -719_162:
        date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)
        assert civil(days) == (date.year, date.month, date.day)
    assert days_of(*civil(days)) == days


@settings(deadline=None)
@given(st.integers(ms(2000, 1, 2), ms(2069, 12, 30)), st.integers(-48, 48))
def test_B12_a_written_time_is_read_again(at, quarters):
    assert parse(absolute(at, quarters=quarters), NOW) == at - at % 100


@settings(deadline=None)
@given(st.integers(0, 8_639_999))
def test_B12_a_written_span_is_read_again(span_s):
    assert parse(relative(span_s), NOW) == NOW + span_s * 1_000


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=20) | st.text("0123456789+-Rr", max_size=17).map(str.encode), st.integers(0, 10**14))
def test_B1_any_octets_are_a_time_or_refused(text, now):
    with contextlib.suppress(BadTime):
        assert (parse(text, now) is None) is (text == b"")
