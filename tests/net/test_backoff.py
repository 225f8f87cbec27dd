"""Pauses grow, have chance in them, and begin anew only after a connection that held."""

from __future__ import annotations

from heliograph.net.backoff import Backoff


def test_pauses_double_up_to_the_longest():
    backoff = Backoff(1, 60, lambda: 1.0)
    assert [backoff.pause_s() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_chance_takes_away_up_to_half_of_a_pause():
    assert Backoff(10, 60, lambda: 0.0).pause_s() == 5
    assert Backoff(10, 60, lambda: 0.5).pause_s() == 7.5


def test_what_is_hopeless_waits_longest_and_goes_on_so():
    backoff = Backoff(1, 60, lambda: 1.0)
    assert [backoff.longest_s(), backoff.pause_s()] == [60, 60]


def test_a_connection_that_held_begins_anew_and_one_that_came_and_went_does_not():
    backoff = Backoff(1, 60, lambda: 1.0)
    for _ in range(4):
        backoff.pause_s()
    backoff.lasted(0.2)
    assert backoff.pause_s() == 16
    backoff.lasted(40)
    assert backoff.pause_s() == 1
