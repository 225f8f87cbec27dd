"""What is due when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heliograph.simulator.agenda import BUCKET_MS, Agenda


def test_what_is_due_at_once_waits_for_nothing():
    agenda = Agenda(list)
    agenda.at(1_003, 1_003).append("now")
    agenda.at(900, 1_003).append("overdue")
    assert agenda.wait_ms(1_003) == 0
    assert agenda.take_due(1_003) == [["now", "overdue"]]
    assert agenda.wait_ms(1_003) is None


def test_what_is_due_close_together_is_done_together_and_never_early():
    agenda = Agenda(list)
    for moment in (1_011, 1_015, 1_020, 1_021):
        agenda.at(moment, 1_000).append(moment)
    assert agenda.wait_ms(1_000) == 20
    assert agenda.take_due(1_019) == []
    assert agenda.take_due(1_020) == [[1_011, 1_015, 1_020]]
    assert agenda.take_due(5_000) == [[1_021]]


def test_what_is_added_while_the_due_is_done_is_left_for_the_next_time():
    agenda = Agenda(list)
    agenda.at(0, 0).append("first")
    assert agenda.take_due(0) == [["first"]]
    agenda.at(0, 0).append("second")
    assert agenda.take_due(0) == [["second"]]


@given(st.lists(st.integers(1, 3_000), max_size=50))
def test_everything_comes_once_in_order_after_its_moment_and_within_a_bucket(moments):
    agenda = Agenda(list)
    for moment in moments:
        agenda.at(moment, 0).append(moment)
    assert sorted(moment for bucket in agenda for moment in bucket) == sorted(moments)
    came = []
    for now in range(0, 3_000 + 2 * BUCKET_MS, 7):
        due = agenda.take_due(now)
        assert due == sorted(due, key=min)
        assert all(moment <= now < moment + BUCKET_MS + 7 for bucket in due for moment in bucket)
        came += [moment for bucket in due for moment in bucket]
    assert sorted(came) == sorted(moments)
