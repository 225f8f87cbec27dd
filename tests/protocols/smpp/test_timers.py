"""session_init, enquire_link, inactivity and response timers (3.4, 7.2) as arithmetic."""

from __future__ import annotations

from heliograph.protocols.smpp.timers import Due, Spans, Timers

SPANS = Spans(session_init_ms=5_000, enquire_link_ms=60_000, inactivity_ms=150_000, response_ms=30_000)


def bound(spans=SPANS, now=0):
    timers = Timers(spans, now)
    timers.bound(now)
    return timers


def test_B6_who_does_not_bind_in_time_is_told_so():
    timers = Timers(SPANS, 1_000)
    assert timers.next_due() == 6_000
    assert timers.due(5_999) is Due.NOTHING
    assert timers.due(6_000) is Due.NO_BIND


def test_B6_octets_before_the_bind_buy_no_time():
    timers = Timers(SPANS, 0)
    timers.heard(4_999)
    assert timers.due(5_000) is Due.NO_BIND


def test_a_silent_link_is_enquired_and_every_pdu_counts_as_life():
    timers = bound()
    assert timers.due(59_999) is Due.NOTHING
    assert timers.due(60_000) is Due.ENQUIRE
    timers.heard(60_000)
    assert timers.due(119_999) is Due.NOTHING
    assert timers.due(120_000) is Due.ENQUIRE


def test_R8_a_half_open_link_is_dead_within_twice_the_enquire_interval():
    timers = bound()
    assert timers.due(60_000) is Due.ENQUIRE
    timers.enquired(60_000)
    assert timers.due(89_999) is Due.NOTHING
    assert timers.due(90_000) is Due.NO_ANSWER


def test_an_answer_ends_the_enquiry():
    timers = bound()
    timers.enquired(60_000)
    timers.heard(61_000)
    assert timers.due(120_999) is Due.NOTHING
    assert timers.due(121_000) is Due.ENQUIRE


def test_a_peer_that_says_nothing_is_let_go():
    timers = bound(Spans(enquire_link_ms=0, inactivity_ms=120_000))
    assert timers.due(119_999) is Due.NOTHING
    assert timers.due(120_000) is Due.IDLE
    assert timers.next_due() == 120_000


def test_timers_of_zero_are_off():
    timers = Timers(Spans(0, 0, 0, 0), 0)
    assert timers.due(10**12) is Due.NOTHING
    assert timers.next_due() is None
    timers.bound(0)
    assert timers.next_due() is None
