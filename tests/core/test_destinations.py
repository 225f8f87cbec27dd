"""Which node brings a customer's notices home, while the store that says so takes its time, or fails."""

from __future__ import annotations

import asyncio

import pytest

from heliograph.core.destinations import Destinations
from heliograph.ports import StoreFailure

TARGET = "smpp:shop"


class Leases:
    """`NodeStore` of one node, as the store would say it; what is given back is gone once the test says so."""

    def __init__(self):
        self.held = set()
        self.hints = []
        self.may_go = asyncio.Event()
        self.may_go.set()
        self.fails = False

    async def take(self, names):
        self.held.update(names)
        return set(names)

    async def give_back(self, names):
        if self.fails:
            raise StoreFailure("away")
        await self.may_go.wait()
        self.held.difference_update(names)

    def hint(self, word):
        self.hints.append(word)


async def turns():
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def leases():
    return Leases()


@pytest.fixture
async def places(leases):
    async def came(target):
        pass

    places = Destinations(leases, monotonic=lambda: 0.0, came=came)
    places.want(TARGET)
    await turns()
    assert places.has(TARGET)
    return places


async def test_one_that_is_wanted_again_while_it_is_given_back_is_held_in_the_store_too(leases, places):
    """A customer binds anew in that moment; else another node could have it as well, and he would hear all twice."""
    leases.may_go.clear()
    giving = asyncio.create_task(places.give_back([TARGET]))
    await turns()
    places.want(TARGET)
    await turns()
    leases.may_go.set()
    await giving
    await turns()
    assert places.has(TARGET)
    assert leases.held == {"to " + TARGET}


async def test_one_that_could_not_be_given_back_is_given_back_later(leases, places):
    leases.fails = True
    with pytest.raises(StoreFailure):
        await places.give_back([TARGET])
    assert not places.has(TARGET)
    leases.fails = False
    await places.give_back([])
    assert leases.held == set()
    assert leases.hints == ["to " + TARGET]
