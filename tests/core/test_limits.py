"""Sliding windows count exactly, buckets keep their speed, and no flood of keys grows them."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.core.limits import FailedLogins, SlidingWindow, SlidingWindows, TokenBucket


def test_nine_hits_a_second_are_allowed_and_the_tenth_is_not():
    window = SlidingWindow(9, 1.0)
    assert [window.hit(100.0 + i / 100) for i in range(10)] == [True] * 9 + [False]


def test_a_hit_counts_until_the_very_end_of_the_window():
    window = SlidingWindow(1, 1.0)
    assert window.hit(5.0)
    assert not window.hit(5.999)
    assert window.hit(6.0)


def test_a_refused_hit_is_not_counted():
    window = SlidingWindow(1, 1.0)
    window.hit(0.0)
    assert not window.hit(0.9)
    assert window.hit(1.0)


def test_a_burst_across_the_edge_of_a_second_is_not_let_through():
    window = SlidingWindow(9, 1.0)
    for i in range(9):
        assert window.hit(0.9 + i / 1000)
    assert not window.hit(1.0), "a counter per calendar second would start anew here"


def test_a_window_tells_what_remains_and_when_it_goes_on():
    window = SlidingWindow(2, 10.0)
    assert (window.remaining(0.0), window.reset_in(0.0)) == (2, 0.0)
    window.hit(1.0)
    window.hit(4.0)
    assert (window.remaining(5.0), window.reset_in(5.0)) == (0, 6.0)
    assert (window.remaining(11.0), window.reset_in(11.0)) == (1, 0.0)


@given(
    limit=st.integers(1, 5),
    steps=st.lists(st.integers(0, 40), max_size=80),
)
def test_a_window_agrees_with_a_plain_count_of_all_hits(limit, steps):
    window, now, allowed = SlidingWindow(limit, 100.0), 0.0, []
    for step in steps:
        now += step
        expected = sum(1 for at in allowed if now - at < 100.0) < limit
        assert window.hit(now) is expected
        if expected:
            allowed.append(now)
        assert window.remaining(now) == limit - sum(1 for at in allowed if now - at < 100.0)


def test_what_no_longer_counts_is_forgotten_however_high_the_limit_is():
    window = SlidingWindow(1_000_000, 1.0)
    for hit in range(50_000):
        assert window.hit(hit / 1_000)
    assert len(window._hits) <= 1_001
    for hit in range(1_000):
        assert window.hit(1_000 + hit / 10)
    assert len(window._hits) <= 12


def test_keys_do_not_share_a_window():
    windows: SlidingWindows[int] = SlidingWindows(1, 1.0)
    assert windows.hit(1, 0.0)
    assert windows.hit(2, 0.0)
    assert not windows.hit(1, 0.5)
    assert (windows.remaining(1, 0.5), windows.remaining(3, 0.5)) == (0, 1)
    assert (windows.reset_in(1, 0.5), windows.reset_in(3, 0.5)) == (0.5, 0.0)


def test_quiet_keys_are_forgotten_when_new_ones_come():
    windows: SlidingWindows[str] = SlidingWindows(5, 1.0)
    for i in range(100):
        windows.hit(f"a{i}", 0.0)
    for i in range(20):
        windows.hit(f"b{i}", 2.0)
    assert len(windows) == 20


def test_a_flood_of_keys_is_bounded_and_a_busy_key_stays_limited():
    windows: SlidingWindows[str] = SlidingWindows(2, 1.0, max_keys=10)
    windows.hit("busy", 0.0)
    windows.hit("busy", 0.0)
    for i in range(1_000):
        windows.hit(f"flood{i}", 0.1)
        if i % 5 == 0:
            assert not windows.hit("busy", 0.1)
        assert len(windows) <= 10


@pytest.mark.parametrize(("limit", "seconds"), [(0, 1.0), (1, 0.0), (-1, 1.0)])
def test_a_window_that_could_never_work_is_refused(limit, seconds):
    with pytest.raises(ValueError, match="window"):
        SlidingWindow(limit, seconds)
    with pytest.raises(ValueError, match="window"):
        SlidingWindows(limit, seconds)


def test_a_bucket_grants_its_burst_at_once_and_then_its_rate():
    bucket = TokenBucket(rate=10, burst=5)
    assert bucket.take(0.0, 100) == 5
    assert bucket.take(0.05, 100) == 0
    assert bucket.take(0.2, 100) == 2
    assert bucket.take(100.0, 3) == 3
    assert bucket.available(100.0) == 2


def test_waiting_as_long_as_told_is_long_enough():
    bucket = TokenBucket(rate=3, burst=1)
    now = 1_000_000.7
    for _ in range(1_000):
        assert bucket.take(now, 1) == 1
        now += bucket.wait(now)


def test_a_bucket_can_be_overdrawn_by_a_long_message_and_recovers():
    bucket = TokenBucket(rate=10, burst=2)
    bucket.spend(0.0, 7)
    assert bucket.available(0.0) == 0
    assert bucket.wait(0.0) == pytest.approx(0.6)
    assert bucket.take(0.55, 1) == 0
    assert bucket.take(0.6, 1) == 1


def test_waiting_for_more_than_fits_is_waiting_for_a_full_bucket():
    bucket = TokenBucket(rate=10, burst=2)
    bucket.take(0.0, 2)
    assert bucket.wait(0.0, 50) == pytest.approx(0.2)


def test_R24_a_bucket_does_not_fill_when_time_stands_or_goes_back():
    bucket = TokenBucket(rate=1000, burst=1)
    assert bucket.take(10.0, 1) == 1
    assert bucket.take(5.0, 1) == 0
    assert bucket.take(10.0, 1) == 0
    assert bucket.take(10.001, 1) == 1


def test_a_new_rate_counts_from_now_on():
    bucket = TokenBucket(rate=1, burst=10)
    bucket.take(0.0, 10)
    bucket.take(1.0, 1)
    bucket.set_rate(100, burst=50)
    assert bucket.take(1.1, 100) == 10
    bucket.set_rate(1, burst=1)
    assert bucket.take(500.0, 100) == 1


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0.5)])
def test_a_bucket_that_could_never_grant_is_refused(rate, burst):
    with pytest.raises(ValueError, match="bucket"):
        TokenBucket(rate, burst)


@given(
    rate=st.integers(1, 1_000),
    burst=st.integers(1, 100),
    steps=st.lists(st.tuples(st.floats(0, 3, allow_nan=False), st.integers(0, 50)), max_size=60),
)
def test_a_bucket_never_grants_more_than_burst_and_rate_allow(rate, burst, steps):
    bucket, now, granted = TokenBucket(rate, burst), 50.0, 0
    for step, wanted in steps:
        now += step
        taken = bucket.take(now, wanted)
        assert 0 <= taken <= wanted
        granted += taken
        assert granted <= burst + rate * (now - 50.0) + 0.001


@pytest.mark.covers_part(99)
def test_B27_thirty_failed_logins_in_ten_minutes_block_the_peer_for_ten_minutes():
    logins = FailedLogins()
    for i in range(29):
        assert logins.failed("192.0.2.1", float(i)) is False
    assert not logins.blocked("192.0.2.1", 29.0)
    assert logins.failed("192.0.2.1", 29.0) is True
    assert logins.blocked("192.0.2.1", 29.0)
    assert logins.blocked("192.0.2.1", 628.9)
    assert not logins.blocked("192.0.2.1", 629.0)


def test_B27_one_peer_does_not_block_another():
    logins = FailedLogins(limit=2, window_s=10, block_s=10)
    logins.failed("192.0.2.1", 0.0)
    logins.failed("192.0.2.1", 0.0)
    assert not logins.blocked("192.0.2.2", 0.0)


def test_B27_failures_spread_over_more_than_the_window_do_not_block():
    logins = FailedLogins(limit=3, window_s=10, block_s=10)
    assert [logins.failed("192.0.2.1", at) for at in (0.0, 5.0, 10.0, 15.0)] == [False] * 4
    assert logins.failed("192.0.2.1", 16.0) is True


def test_B27_a_limit_of_one_blocks_at_the_first_failure():
    logins = FailedLogins(limit=1, window_s=10, block_s=10)
    assert logins.failed("192.0.2.1", 0.0)
    assert logins.blocked("192.0.2.1", 9.9)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("no:address", "no:address", True),
    ],
)
def test_B27_addresses_of_one_network_count_as_one_peer(first, second, same):
    logins = FailedLogins(limit=2, window_s=10, block_s=10)
    logins.failed(first, 0.0)
    logins.failed(second, 0.0)
    assert logins.blocked(first, 1.0) is same


def test_B27_a_block_goes_on_after_a_restart():
    before = FailedLogins(limit=2, window_s=60, block_s=600)
    before.failed("192.0.2.1", 0.0)
    before.failed("192.0.2.1", 0.0)
    [(peer, left)] = before.blocks(100.0)
    after = FailedLogins(limit=2, window_s=60, block_s=600)
    after.heard(peer, 7.0, 0, left, 7.0)
    assert after.blocked("192.0.2.1", 506.9)
    assert not after.blocked("192.0.2.1", 507.0)
    assert after.blocks(507.0) == []


def test_B7_blocking_a_thousand_peers_stays_bounded():
    logins = FailedLogins(limit=2, window_s=10, block_s=10, max_peers=100)
    blocked: dict[str, int] = defaultdict(int)
    for i in range(1_000):
        logins.failed(f"198.51.100.{i}", 0.0)
        blocked["yes"] += logins.failed(f"198.51.100.{i}", 0.0)
    assert blocked["yes"] == 1_000
    assert len(logins.blocks(0.0)) == 100
    assert logins.blocked("198.51.100.999", 1.0)
