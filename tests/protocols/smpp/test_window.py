"""Requests without an answer: numbers, order, time. Times are arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.protocols.smpp.window import LAST, Window

SUBMIT_SM, SUBMIT_SM_RESP, QUERY_SM_RESP, GENERIC_NACK = 0x00000004, 0x80000004, 0x80000003, 0x80000000


def window(size=3, **options):
    return Window(size, 30_000, **options)


def send(box, at, tag):
    number = box.take_number()
    box.sent(number, SUBMIT_SM, at, tag)
    return number


def test_it_counts_what_is_free():
    box = window()
    numbers = [send(box, 0, tag) for tag in "abc"]
    assert (numbers, box.free, len(box)) == ([1, 2, 3], 0, 3)
    box.answered(2, SUBMIT_SM_RESP)
    assert (box.free, len(box)) == (1, 2)


def test_an_answer_finds_its_request_once():
    box = window()
    number = send(box, 5, "tag")
    assert box.answered(number, SUBMIT_SM_RESP) == ("tag", False)
    assert box.answered(number, SUBMIT_SM_RESP) is None
    assert box.answered(77, SUBMIT_SM_RESP) is None


def test_B8_only_its_own_response_or_a_nack_answers_a_request():
    box = window()
    number = send(box, 0, "tag")
    assert box.answered(number, QUERY_SM_RESP) is None
    assert box.answered(number, GENERIC_NACK) == ("tag", False)


def test_R9_a_late_answer_still_finds_its_request():
    box = window()
    number = send(box, 0, "slow")
    assert box.overdue(29_999) == []
    assert box.overdue(30_000) == ["slow"]
    assert box.free == 3
    assert box.overdue(90_000) == []
    assert box.answered(number, SUBMIT_SM_RESP) == ("slow", True)
    assert box.answered(number, SUBMIT_SM_RESP) is None


def test_without_a_response_timer_nothing_is_given_up():
    box = Window(3, 0)
    send(box, 0, "patient")
    assert box.overdue(10**12) == []
    assert box.next_due() is None


def test_requests_are_given_up_oldest_first_and_only_those_due():
    box = window()
    for at, tag in ((0, "a"), (10_000, "b"), (20_000, "c")):
        send(box, at, tag)
    assert box.next_due() == 30_000
    assert box.overdue(45_000) == ["a", "b"]
    assert box.next_due() == 50_000
    assert len(box) == 1


def test_what_was_given_up_is_forgotten_after_a_while_and_above_a_number():
    box = window(9, late=2, late_ms=1_000)
    numbers = [send(box, 0, tag) for tag in "abc"]
    box.overdue(30_000)
    assert [box.answered(number, SUBMIT_SM_RESP) for number in numbers[:2]] == [None, ("b", True)]
    box.overdue(30_999)
    assert box.answered(numbers[2], SUBMIT_SM_RESP) == ("c", True)
    number = send(box, 0, "d")
    box.overdue(30_000)
    box.overdue(31_000)
    assert box.answered(number, SUBMIT_SM_RESP) is None


def test_B8_numbers_wrap_to_one_and_pass_over_what_still_waits():
    box = window(5, first=LAST - 1)
    numbers = [send(box, 0, tag) for tag in "abc"]
    assert numbers == [0x7FFFFFFE, 0x7FFFFFFF, 1]
    again = window(5, first=LAST)
    again.sent(LAST, SUBMIT_SM, 0, "still waits")
    again.sent(1, SUBMIT_SM, 0, "this too")
    assert send(again, 0, "next") == 2


def test_B8_a_number_used_again_is_no_longer_late():
    box = window(late=5)
    number = send(box, 0, "old")
    box.overdue(30_000)
    box.sent(number, SUBMIT_SM, 30_000, "new")
    assert box.answered(number, SUBMIT_SM_RESP) == ("new", False)
    assert box.answered(number, SUBMIT_SM_RESP) is None


def test_a_lost_link_leaves_everything_that_waits_in_order():
    box = window()
    for tag in "abc":
        send(box, 0, tag)
    box.answered(2, SUBMIT_SM_RESP)
    assert box.abandon() == ["a", "c"]
    assert (len(box), box.answered(1, SUBMIT_SM_RESP), box.next_due()) == (0, None, None)


@pytest.mark.parametrize(("size", "first"), [(0, 1), (1, 0), (1, LAST + 1)])
def test_an_impossible_window_is_refused(size, first):
    with pytest.raises(ValueError, match="window"):
        Window(size, 1, first=first)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["send", "answer", "wait"]), st.integers(0, 40)), max_size=80))
def test_every_request_comes_back_exactly_once(moves):
    box, now, waiting, came_back = window(1_000), 0, [], []
    for move, amount in moves:
        if move == "send":
            waiting.append(send(box, now, len(waiting)))
        elif move == "answer" and waiting:
            found = box.answered(waiting[amount % len(waiting)], SUBMIT_SM_RESP)
            if found is not None and not found[1]:
                came_back.append(found[0])
        else:
            now += amount * 1_000
            came_back += box.overdue(now)
    came_back += box.abandon()
    assert sorted(came_back) == list(range(len(waiting)))
