"""The longest prefix wins, however many there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.core.prefixes import Prefixes

PREFIXES = Prefixes(["380", "38067", "3806712", "7", "79"])


@pytest.mark.parametrize(
    ("number", "longest"),
    [
        ("380671234567", "3806712"),
        ("380670234567", "38067"),
        ("380501234567", "380"),
        ("79261234567", "79"),
        ("74951234567", "7"),
        ("48601234567", ""),
        ("38", ""),
        ("", ""),
    ],
)
def test_the_longest_prefix_of_a_number_is_found(number, longest):
    assert PREFIXES.longest(number) == longest


def test_no_prefixes_fit_nothing():
    assert Prefixes([]).longest("380671234567") == ""


@given(st.sets(st.text("012", min_size=1, max_size=5), max_size=20), st.text("012", max_size=8))
def test_it_agrees_with_trying_every_prefix(prefixes, number):
    fitting = [prefix for prefix in prefixes if number.startswith(prefix)]
    assert Prefixes(prefixes).longest(number) == max(fitting, key=len, default="")
