"""A stop list is a set of recipients, whatever they look like and however it changes."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from heliograph.core import stop_list
from heliograph.core.stop_list import StopList


def test_a_listed_number_is_on_it_and_its_neighbours_are_not():
    numbers = StopList(["380671234567", "79261234567"])
    assert "380671234567" in numbers
    assert "380671234566" not in numbers
    assert "380671234568" not in numbers
    assert len(numbers) == 2


@pytest.mark.parametrize("other", ["0380671234567", "38067123456", "", "+380671234567", "٣٨٠", "9" * 30])
def test_what_only_looks_like_a_listed_number_is_not_on_it(other):
    assert other not in StopList(["380671234567"])


@pytest.mark.parametrize("recipient", ["0671234567", "name@example.org", "@chat", "9" * 30, "+380671234567"])
def test_recipients_that_are_no_plain_numbers_can_be_listed(recipient):
    numbers = StopList([recipient])
    assert recipient in numbers
    numbers.remove(recipient)
    assert recipient not in numbers
    assert len(numbers) == 0


def test_many_late_changes_are_merged_and_none_is_lost():
    start = [str(380_670_000_000 + number) for number in range(0, 10_000, 2)]
    numbers = StopList(start)
    for number in range(0, 10_000, 4):
        numbers.remove(str(380_670_000_000 + number))
        numbers.add(str(380_670_000_001 + number))
    for number in range(0, 10_000, 4):
        assert str(380_670_000_000 + number) not in numbers
        assert str(380_670_000_001 + number) in numbers
        assert str(380_670_000_002 + number) in numbers
    assert len(numbers) == 5_000
    assert len(numbers._added) + len(numbers._removed) <= stop_list.MOST_OVERLAID


class Lists(RuleBasedStateMachine):
    recipients = st.sampled_from(["380671234567", "380671234568", "1", "0671234567", "a@b.c"])

    def __init__(self) -> None:
        super().__init__()
        self.numbers = StopList(["380671234567", "1"])
        self.expected = {"380671234567", "1"}

    @rule(recipient=recipients)
    def add(self, recipient: str) -> None:
        self.numbers.add(recipient)
        self.expected.add(recipient)

    @rule(recipient=recipients)
    def remove(self, recipient: str) -> None:
        self.numbers.remove(recipient)
        self.expected.discard(recipient)

    @invariant()
    def it_is_the_set_it_should_be(self) -> None:
        for recipient in ("380671234567", "380671234568", "1", "0671234567", "a@b.c"):
            assert (recipient in self.numbers) is (recipient in self.expected)
        assert len(self.numbers) == len(self.expected)


TestLists = Lists.TestCase
