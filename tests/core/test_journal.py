"""The journal: what is written together, in which order, and what waits for nobody."""

from __future__ import annotations

import asyncio

import pytest

from connectors.smpp_world import until
from heliograph.core.journal import Journal
from heliograph.model.rows import Fence, HiddenMove
from heliograph.ports import StoreFailure
from walks.world import ShiftedClock


class Disk:
    """A store that keeps each group it is given, once the test lets it."""

    def __init__(self):
        self.groups = []
        self.failures = 0
        self.may_go = asyncio.Event()
        self.may_go.set()

    async def write(self, rows, fence, now):
        await self.may_go.wait()
        if self.failures:
            self.failures -= 1
            raise StoreFailure("the disk is full")
        self.groups.append([row.message_id for row in rows])
        return {}

    async def probe(self):
        pass


@pytest.fixture
async def disk():
    return Disk()


@pytest.fixture
async def journal(disk):
    journal = Journal(disk, ShiftedClock(), Fence(1, 1), on_fault=lambda room, error: None)
    await journal.start()
    yield journal
    disk.may_go.set()
    await journal.stop()


def row(number):
    return [HiddenMove(number)]


async def test_what_nobody_waits_for_goes_with_the_next_work_in_the_order_given(disk, journal):
    done = []
    journal.add(row(1), lambda _: done.append(1), may_wait=True)
    journal.add(row(2), lambda _: done.append(2))
    journal.add(row(3), lambda _: done.append(3), may_wait=True)
    await until(lambda: done == [1, 2, 3])
    assert disk.groups == [[1, 2, 3]]


async def test_what_nobody_waits_for_does_not_make_a_group_of_its_own_after_another(disk, journal):
    disk.may_go.clear()
    journal.add(row(1))
    await asyncio.sleep(0)
    journal.add(row(2), may_wait=True)
    disk.may_go.set()
    await until(lambda: disk.groups)
    journal.accept(row(3), lambda _: None, size=1)
    await until(lambda: len(disk.groups) == 2)
    assert disk.groups == [[1], [2, 3]]


async def test_without_company_it_is_written_alone_all_the_same(disk, journal):
    journal.add(row(1), may_wait=True)
    await until(lambda: disk.groups == [[1]])
    journal.add(row(2), may_wait=True)
    await until(lambda: disk.groups == [[1], [2]])


async def test_a_stop_writes_what_waits_for_company(disk):
    journal = Journal(disk, ShiftedClock(), Fence(1, 1), on_fault=lambda room, error: None)
    await journal.start()
    journal.add(row(1), may_wait=True)
    await journal.stop()
    assert disk.groups == [[1]]


async def test_settling_waits_for_it_too(disk, journal):
    journal.add(row(1), may_wait=True)
    await journal.settle()
    assert disk.groups == [[1]]


async def test_R5_what_the_store_refused_comes_again_in_order(disk, journal):
    disk.failures = 3
    refused = []
    journal.add(row(1), may_wait=True)
    journal.accept([], refused.append, size=1)
    journal.add(row(2), may_wait=True)
    await until(lambda: [number for group in disk.groups for number in group] == [1, 2])
    assert refused == [{}]
