"""The journal: what is written together, in which order, and what waits for nobody."""

from __future__ import annotations

import asyncio

import pytest

from connectors.smpp_world import until
from heliograph.core.company import FEWEST
from heliograph.core.journal import Journal
from heliograph.model.message import State
from heliograph.model.money import Entry
from heliograph.model.refusal import Reason
from heliograph.model.rows import Fence, HiddenMove, Move
from heliograph.ports import StoreFailure
from walks.world import ShiftedClock


def numbered(row):
    return row.purse if isinstance(row, Entry) else row.message_id


class Disk:
    """A store that keeps each group it is given, once the test lets it."""

    writes_aside = False

    def __init__(self):
        self.groups = []
        self.failures = 0
        self.poison = 0
        """A message whose rows cannot be written."""
        self.may_go = asyncio.Event()
        self.may_go.set()
        self.others = asyncio.Lock()
        """Held while somebody else writes."""

    def turn(self):
        return self.others

    async def write(self, rows, fence, now):
        await self.may_go.wait()
        if self.failures:
            self.failures -= 1
            raise StoreFailure("the disk is full")
        if self.poison in [numbered(row) for row in rows]:
            raise TypeError("no such value")
        self.groups.append([numbered(row) for row in rows])
        return {}

    async def probe(self):
        pass


async def started(disk, clock=None):
    """A journal on it, at work."""
    journal = Journal(disk, clock or ShiftedClock(), Fence(1, 1), on_fault=lambda room, error: None)
    await journal.start()
    return journal


@pytest.fixture
async def disk():
    return Disk()


@pytest.fixture
async def journal(disk):
    journal = await started(disk)
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


def refund(number, purse, amount):
    return Move(number, State.UNDELIVERABLE, "carrier", 1, 0, 0, 1, False, purse, amount)


def top_up(purse, amount):
    return Entry(1, "top-up", purse, "bank", f"purse:{purse}", amount, 1, 0, 0, "")


async def test_a_purse_that_is_paid_is_under_way_until_who_waits_for_it_was_told(disk, journal):
    """A balance that is read while that is written may have it already: it is not to be added again."""
    seen = []
    disk.may_go.clear()
    rows_of_it = [refund(1, 7, 450_000), refund(2, 8, 0), top_up(9, 5_000_000)]
    journal.add(rows_of_it, lambda _: seen.append(journal.purses_under_way()))
    assert journal.purses_under_way() == set()
    await until(lambda: journal.purses_under_way())
    assert journal.purses_under_way() == {7, 9}
    disk.may_go.set()
    await until(lambda: seen)
    assert (seen, journal.purses_under_way()) == ([{7, 9}], set())


def rows(first, count):
    return [HiddenMove(number) for number in range(first, first + count)]


async def behind_a_group(disk, journal, waiting):
    """What the groups are that follow one under way, while which `waiting` comes."""
    disk.may_go.clear()
    journal.add(row(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting()
    disk.may_go.set()
    await journal.settle()
    return disk.groups[1:]


async def test_a_live_accept_is_in_the_next_group_however_much_kept_work_waits(disk, journal):
    def waiting():
        for first in range(10_000, 15_000, 900):
            journal.add(rows(first, 900))
        journal.accept(row(2), lambda _: None, size=1)

    groups = await behind_a_group(disk, journal, waiting)
    assert 2 in groups[0]
    assert groups[0][0] == 10_000


async def test_a_live_accept_of_many_rows_does_not_wait_for_kept_work_to_run_out(disk, journal):
    def waiting():
        for first in range(10_000, 12_000, 100):
            journal.add(rows(first, 100))
        journal.accept(rows(2, 300), lambda _: None, size=1)

    groups = await behind_a_group(disk, journal, waiting)
    assert set(range(2, 302)) <= set(groups[0])
    assert len(groups[0]) == 300 + 800


async def test_live_accepts_leave_kept_work_its_share_of_every_group(disk, journal):
    def waiting():
        for number in range(2, 2_002):
            journal.accept(row(number), lambda _: None, size=1)
        for first in range(10_000, 13_000, 50):
            journal.add(rows(first, 50))

    groups = await behind_a_group(disk, journal, waiting)
    assert [sum(number >= 10_000 for number in group) for group in groups[:4]] == [750] * 4
    assert [sum(number < 10_000 for number in group) for group in groups[:4]] == [250] * 4


async def test_bulk_accepts_are_passed_over_four_times_and_then_go(disk, journal):
    def waiting():
        journal.accept(rows(500_000, 100), lambda _: None, size=1, bulk=True)
        journal.accept(rows(600_000, 100), lambda _: None, size=1, bulk=True)
        for number in range(2, 12_002):
            journal.accept(row(number), lambda _: None, size=1)

    groups = await behind_a_group(disk, journal, waiting)
    with_bulk = [place for place, group in enumerate(groups) if max(group) >= 500_000]
    assert with_bulk == [4, 9]
    assert [len(group) for group in groups[:5]] == [1_000, 1_000, 1_000, 1_000, 1_100]


async def test_bulk_accepts_fill_what_live_ones_leave(disk, journal):
    def waiting():
        journal.accept(rows(500_000, 100), lambda _: None, size=1, bulk=True)
        journal.add(rows(10_000, 100))
        journal.accept(row(2), lambda _: None, size=1)

    groups = await behind_a_group(disk, journal, waiting)
    assert groups[0] == [*range(10_000, 10_100), 2, *range(500_000, 500_100)]


async def test_without_company_it_is_written_alone_all_the_same(disk, journal):
    journal.add(row(1), may_wait=True)
    await until(lambda: disk.groups == [[1]])
    journal.add(row(2), may_wait=True)
    await until(lambda: len(disk.groups) == 2)
    assert disk.groups == [[1], [2]]


async def test_a_stop_writes_what_waits_for_company(disk):
    journal = await started(disk)
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


def end_of(number):
    return [Move(number, State.CANCELLED, "carrier", 1, 0, 0, 1, False)]


async def test_what_cannot_be_written_is_not_told_as_done_and_its_neighbours_are(disk, journal):
    disk.poison = 2
    verdicts = {}
    for number in (1, 2, 3):
        journal.add(end_of(number), lambda verdict, number=number: verdicts.setdefault(number, dict(verdict)))
    await until(lambda: len(verdicts) == 3)
    assert verdicts == {1: {}, 2: {2: Reason.INTERNAL}, 3: {}}
    assert disk.groups == [[1], [3]]
    assert journal.poisoned == 1


async def test_who_goes_on_after_a_group_does_so_once_for_all_that_was_answered(disk, journal):
    seen, heard = [], []
    journal.after_group = lambda: seen.append(list(heard))
    disk.may_go.clear()
    journal.add(row(1), lambda _: heard.append(1))
    await asyncio.sleep(0)
    for number in (2, 3, 4):
        journal.add(row(number), lambda _, number=number: heard.append(number))
    disk.may_go.set()
    await until(lambda: len(heard) == 4)
    assert seen == [[1], [1, 2, 3, 4]]


async def test_R22_who_breaks_after_a_group_stops_nothing(disk):
    faults = []
    journal = Journal(disk, ShiftedClock(), Fence(1, 1), on_fault=lambda room, error: faults.append(room))
    journal.after_group = lambda: 1 // 0
    await journal.start()
    journal.add(row(1))
    await journal.settle()
    await journal.stop()
    assert disk.groups[0] == [1]
    assert set(faults) == {"after group"}


async def test_what_comes_while_others_write_to_the_store_goes_in_one_group(disk, journal):
    """An import holds the store for some milliseconds at a time: who asks meanwhile waits for it, and not once more."""
    async with disk.others:
        journal.add(row(1))
        await asyncio.sleep(0.01)
        journal.accept(row(2), lambda _: None, size=1)
        journal.accept(row(3), lambda _: None, size=1)
        await asyncio.sleep(0.01)
        assert not disk.groups
    await until(lambda: disk.groups)
    assert disk.groups == [[1, 2, 3]]


async def test_who_is_abandoned_while_others_write_hears_so_and_nothing_is_written(disk, journal):
    said = []
    async with disk.others:
        journal.accept([HiddenMove(1)], said.append, size=1)
        await asyncio.sleep(0.01)
        journal.abandon()
    await asyncio.sleep(0.01)
    assert said == [{}]
    assert not disk.groups


class Aside(Disk):
    """A store that is at work while the loop is free; it takes a step more for each group the test lets go."""

    writes_aside = True

    def __init__(self):
        super().__init__()
        self.begun = 0
        self.steps = asyncio.Semaphore(0)

    async def write(self, rows, fence, now):
        self.begun += 1
        await self.steps.acquire()
        return await super().write(rows, fence, now)


MANY = 2 * FEWEST


@pytest.fixture
async def aside():
    return Aside()


@pytest.fixture
async def busy(aside):
    """A journal whose store is at work on the first of many, and many more have come."""
    journal = await started(aside)
    heard = []
    for first in (1_000, 2_000):
        journal.accept(rows(first, MANY), lambda verdict, first=first: heard.append((first, len(verdict))), size=1)
        await until(lambda: aside.begun == 1)
    yield journal, heard
    aside.poison = aside.failures = 0
    for _ in range(100):
        aside.steps.release()
    await journal.stop()


async def test_whoever_waits_for_a_group_hears_of_it_while_the_store_writes_the_next_one(aside, busy):
    _, heard = busy
    assert not heard
    aside.steps.release()
    await until(lambda: heard)
    assert (heard, aside.begun, len(aside.groups)) == ([(1_000, 0)], 2, 1)
    aside.steps.release()
    await until(lambda: len(heard) == 2)
    assert heard == [(1_000, 0), (2_000, 0)]


async def test_what_comes_as_they_hear_goes_with_the_one_after_that(aside, busy):
    journal, heard = busy
    journal.after_group = lambda: journal.add(row(7)) if len(heard) == 1 else None
    for _ in range(3):
        aside.steps.release()
    await until(lambda: len(aside.groups) == 3)
    assert [len(group) for group in aside.groups] == [MANY, MANY, 1]


async def test_R5_whoever_waits_for_a_group_has_heard_of_it_when_the_next_one_fails(aside, busy):
    _, heard = busy
    aside.steps.release()
    await until(lambda: aside.begun == 2)
    aside.failures = 1
    aside.steps.release()
    await until(lambda: len(heard) == 2)
    assert heard == [(1_000, 0), (2_000, 0)]
    assert len(aside.groups) == 1


async def test_who_is_abandoned_while_the_store_is_at_work_tells_the_truth_about_the_group_before(aside, busy):
    journal, heard = busy
    new = []
    journal.accept([refund(1, 7, 0)], new.append, size=1)
    aside.steps.release()
    await until(lambda: aside.begun == 2)
    journal.abandon()
    assert heard[0] == (1_000, 0)
    assert new == [{1: Reason.BUSY}]
    assert len(aside.groups) == 1


async def test_few_who_wait_are_told_before_anything_else_is_written(aside):
    journal = await started(aside)
    heard = []
    for first in (1_000, 2_000):
        journal.accept(rows(first, MANY - 1), lambda _, first=first: heard.append((first, aside.begun)), size=1)
        await until(lambda: aside.begun == 1)
    aside.steps.release()
    aside.steps.release()
    await until(lambda: len(heard) == 2)
    assert heard == [(1_000, 1), (2_000, 2)]
    await journal.stop()


async def test_a_purse_stays_under_way_while_the_group_after_it_is_begun(aside, busy):
    journal, _ = busy
    seen = []
    journal.add([refund(1, 7, 450_000)], lambda _: seen.append((aside.begun, journal.purses_under_way())))
    aside.steps.release()
    await until(lambda: aside.begun == 2)
    journal.accept(rows(3_000, MANY), lambda _: None, size=1)
    aside.steps.release()
    await until(lambda: seen)
    assert seen == [(3, {7})]
    assert journal.purses_under_way() == set()
