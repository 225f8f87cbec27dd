"""Money in memory never goes below −credit and adds up."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from heliograph.core.purses import Purses
from heliograph.model.money import Purse

UAH = 1_000_000


def purses(*, balance: int = 0, credit: int = 0) -> Purses:
    return Purses([Purse(1, 10, "UAH", balance, credit)])


def test_money_that_is_there_can_be_reserved_once():
    some = purses(balance=100 * UAH)
    assert some.reserve(1, 60 * UAH)
    assert not some.reserve(1, 60 * UAH)
    assert some.balance(1) == 40 * UAH


def test_R28_the_last_coin_is_spent_once():
    some = purses(balance=100 * UAH)
    taken = [some.reserve(1, UAH) for _ in range(500)]
    assert sum(taken) == 100
    assert taken == [True] * 100 + [False] * 400
    assert some.balance(1) == 0


def test_R28_credit_is_the_floor():
    some = purses(balance=UAH, credit=2 * UAH)
    assert some.spendable(1) == 3 * UAH
    assert some.reserve(1, 3 * UAH)
    assert not some.reserve(1, 1)
    assert some.balance(1) == -2 * UAH


def test_what_a_failed_group_had_reserved_comes_back():
    some = purses(balance=UAH)
    some.reserve(1, UAH)
    some.give_back(1, UAH)
    assert some.reserve(1, UAH)


def test_refunds_and_top_ups_can_be_spent():
    some = purses()
    some.top_up(1, 5 * UAH)
    some.refund(1, 2 * UAH)
    assert some.balance(1) == 7 * UAH
    assert some.reserve(1, 7 * UAH)


def test_a_free_message_needs_no_money():
    some = purses(balance=-5 * UAH)
    assert some.reserve(1, 0)
    assert not some.reserve(1, 1)


def test_an_unknown_purse_pays_nothing():
    some = purses(balance=UAH)
    assert not some.reserve(2, 1)
    assert (some.balance(2), some.spendable(2), some.currency(2)) == (0, 0, "")
    assert 2 not in some


def test_money_for_an_unknown_purse_is_a_bug_and_not_lost_silently():
    some = purses()
    for add in (some.give_back, some.refund, some.top_up):
        with pytest.raises(KeyError):
            add(2, UAH)


@pytest.mark.parametrize("verb", ["reserve", "give_back", "refund", "top_up"])
def test_a_negative_amount_is_never_taken(verb):
    some = purses(balance=UAH)
    with pytest.raises(ValueError, match="negative"):
        getattr(some, verb)(1, -1)
    assert some.balance(1) == UAH


def test_changing_the_credit_of_a_purse_leaves_its_balance():
    some = purses(balance=10 * UAH)
    some.reserve(1, 9 * UAH)
    some.put(Purse(1, 10, "EUR", 10 * UAH, credit=3 * UAH))
    assert (some.balance(1), some.spendable(1), some.currency(1)) == (UAH, 4 * UAH, "EUR")
    some.put(Purse(2, 11, "UAH", 0))
    some.top_up(2, UAH)
    assert some.balance(2) == UAH


def test_the_rows_of_the_store_are_not_shared():
    row = Purse(1, 10, "UAH", UAH)
    some = Purses([row])
    some.reserve(1, UAH)
    assert row.balance == UAH


class Money(RuleBasedStateMachine):
    """Whatever happens, no purse is below its floor, and the sum of all moves is the balance."""

    def __init__(self) -> None:
        super().__init__()
        self.purses = Purses([Purse(1, 1, "UAH", 50), Purse(2, 1, "UAH", 0, credit=30)])
        self.floor = {1: 0, 2: -30}
        self.expected = {1: 50, 2: 0}
        self.reserved: list[tuple[int, int]] = []
        self.charged: list[tuple[int, int]] = []

    @rule(purse=st.sampled_from([1, 2]), amount=st.integers(0, 40))
    def reserve(self, purse: int, amount: int) -> None:
        there = self.expected[purse] - self.floor[purse]
        assert self.purses.reserve(purse, amount) is (amount <= there)
        if amount <= there:
            self.expected[purse] -= amount
            self.reserved.append((purse, amount))

    @precondition(lambda self: self.reserved)
    @rule(fails=st.booleans())
    def settle(self, fails: bool) -> None:
        purse, amount = self.reserved.pop(0)
        if fails:
            self.purses.give_back(purse, amount)
            self.expected[purse] += amount
        else:
            self.charged.append((purse, amount))

    @precondition(lambda self: self.charged)
    @rule()
    def refund(self) -> None:
        purse, amount = self.charged.pop()
        self.purses.refund(purse, amount)
        self.expected[purse] += amount

    @rule(purse=st.sampled_from([1, 2]), amount=st.integers(0, 100))
    def top_up(self, purse: int, amount: int) -> None:
        self.purses.top_up(purse, amount)
        self.expected[purse] += amount

    @invariant()
    def balances_add_up_and_are_never_below_the_floor(self) -> None:
        for purse, floor in self.floor.items():
            assert self.purses.balance(purse) == self.expected[purse]
            assert self.purses.balance(purse) >= floor
            assert self.purses.spendable(purse) >= 0


TestR28Money = Money.TestCase
