"""A carrier that throttles is soon given what it takes, and hardly more (R10)."""

from __future__ import annotations

import random

from heliograph.core.pace import UNLIMITED, Pace


class Carrier:
    """Takes `per_second` parts, more are throttled; `unlucky` of all are throttled by chance."""

    def __init__(self, per_second, unlucky=0.0):
        self.per_second, self.unlucky = per_second, unlucky
        self.allowed, self.at = float(per_second), 0.0
        self.chance = random.Random(5)

    def give(self, count, now):
        """How many of them it takes."""
        self.allowed = min(self.per_second, self.allowed + (now - self.at) * self.per_second)
        self.at = now
        lucky = sum(self.chance.random() >= self.unlucky for _ in range(count))
        taken = min(lucky, int(self.allowed))
        self.allowed -= taken
        return taken


def run(pace, carrier, begin, end, *, window=100):
    """Give it all it may have, each 10 ms; what it took and throttled, by second."""
    seconds = {}
    now, paused_until = begin, 0.0
    while now < end:
        free = min(window, pace.available(now)) if now >= paused_until else 0
        if free > 0:
            pace.spend(free, now)
            taken = carrier.give(free, now)
            pace.taken(taken, now)
            known = seconds.setdefault(int(now), [0, 0])
            known[0] += taken
            known[1] += free - taken
            if taken < free:
                pace.throttled(free - taken, now)
                paused_until = now + 0.25
        now += 0.01
    return seconds


def totals(seconds, begin, end):
    taken = sum(seconds.get(second, (0, 0))[0] for second in range(begin, end))
    return taken, sum(seconds.get(second, (0, 0))[1] for second in range(begin, end))


def test_r10_within_five_seconds_less_than_two_in_a_hundred_are_throttled():
    for speed in (20, 100, 1_000):
        seconds = run(Pace(), Carrier(speed), 0.0, 60.0)
        taken, throttled = totals(seconds, 5, 60)
        assert throttled < 0.02 * (taken + throttled), speed
        assert taken > 0.8 * speed * 55, speed


def test_r10_a_carrier_that_becomes_slower_is_followed_and_one_that_becomes_faster_too():
    pace, carrier = Pace(), Carrier(500)
    run(pace, carrier, 0.0, 20.0)
    carrier.per_second = 50
    seconds = run(pace, carrier, 20.0, 40.0)
    taken, throttled = totals(seconds, 26, 40)
    assert throttled < 0.05 * taken
    carrier.per_second = 500
    seconds = run(pace, carrier, 40.0, 100.0)
    assert totals(seconds, 90, 100)[0] > 0.6 * 500 * 10


def test_a_carrier_that_throttles_at_random_is_not_slowed_down_for_ever():
    pace = Pace()
    run(pace, Carrier(100_000, unlucky=0.3), 0.0, 120.0, window=20)
    assert pace.rate > 30


def test_nothing_is_held_back_before_and_a_calm_minute_after():
    pace = Pace()
    assert (pace.available(0.0), pace.rate, pace.wait(0.0)) == (UNLIMITED, 0.0, 0.0)
    pace.taken(40, 0.2)
    pace.throttled(1, 0.2)
    assert pace.rate == 38.0
    assert pace.available(0.3) <= 2
    assert pace.available(60.3) == UNLIMITED
    assert pace.rate == 0.0
