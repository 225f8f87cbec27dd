"""Small limits within a minute count on every node."""

from __future__ import annotations

import asyncio

import pytest

from heliograph.core.limits import SlidingWindows
from heliograph.core.tallies import LONGEST_KEY, MOST, Tallies


class Node:
    """Counts five of a key within a minute, and hears the others' hints."""

    def __init__(self):
        self.said = []
        self.windows = SlidingWindows(5, 60.0)
        self.tallies = Tallies(self.said.append, lambda: 100.0)
        self.tallies.add("costs", self.windows)

    def hit(self, key):
        return self.windows.hit(key, 100.0)

    async def told(self):
        while not self.said:
            await asyncio.sleep(0)
        said, self.said = self.said, []
        return said


def hear(node, said):
    for word in said:
        beginning, _, rest = word.partition(" ")
        assert beginning == "tally"
        node.tallies.heard(rest)


@pytest.fixture
def nodes():
    return Node(), Node()


@pytest.mark.parametrize("key", ["7", "7 380671234567 a\nb", "ключ%20", "%", ""])
async def test_what_one_node_allowed_counts_on_the_other(nodes, key):
    one, other = nodes
    assert [one.hit(key) for _ in range(3)] == [True] * 3
    hear(other, await one.told())
    assert [other.hit(key) for _ in range(3)] == [True, True, False]
    hear(one, await other.told())
    assert not one.hit(key)
    assert one.hit(key + "another")


async def test_hits_of_a_moment_are_one_word_and_what_was_refused_is_not_told(nodes):
    one, _ = nodes
    assert [one.hit("7") for _ in range(7)] == [True] * 5 + [False] * 2
    assert await one.told() == ["tally costs 5 7"]


async def test_of_a_flood_of_keys_only_the_first_are_told(nodes):
    one, other = nodes
    for number in range(MOST + 10):
        one.hit(str(number))
    one.hit("k" * (LONGEST_KEY + 1))
    said = await one.told()
    assert len(said) == MOST
    hear(other, said)
    assert len(other.windows) == MOST


@pytest.mark.parametrize("count", [1, 6, 1_000_000])
async def test_a_count_beyond_the_limit_fills_the_window_and_no_more(nodes, count):
    _, other = nodes
    other.tallies.heard(f"costs {count} 7")
    assert other.windows.remaining("7", 100.0) == max(0, 5 - count)
    assert other.windows.remaining("7", 160.0) == 5


async def test_a_node_that_counts_something_else_is_not_minded(nodes):
    _, other = nodes
    other.tallies.heard("unheard-of 1 7")
    assert other.windows.remaining("7", 100.0) == 5
