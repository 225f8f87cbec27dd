"""Small groups look for company: those who were answered ask again and come with those who asked meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from connectors.smpp_world import until
from core.test_journal import Disk, row, rows, started
from heliograph.core import company
from heliograph.core.company import Company
from walks.world import ShiftedClock


@pytest.fixture
def patient(monkeypatch):
    """So long that a test need not hurry."""
    monkeypatch.setattr(company, "LONGEST_PAUSE_S", 30)


async def groups_after(disk, count, took_s, asks_again):
    """The groups' sizes, the first of `count` that took so long, one more having come meanwhile; `asks_again(journal)`
    is called when the first is answered."""
    clock = ShiftedClock()
    journal = await started(disk, clock)
    disk.may_go.clear()
    asked = []

    def answered(_):
        asked.append(asyncio.get_running_loop().call_soon(asks_again, journal))

    journal.accept(rows(1, count), answered, size=1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    journal.accept(row(1_000), lambda _: None, size=1)
    clock.shift(took_s)
    disk.may_go.set()
    await until(lambda: sum(map(len, disk.groups)) >= count + 1 and asked)
    await journal.settle()
    await journal.stop()
    return [len(group) for group in disk.groups if group]


def all_ask(count):
    return lambda journal: journal.accept(rows(2_000, count), lambda _: None, size=1)


@pytest.mark.parametrize(
    ("count", "took_s", "groups"),
    [(8, 60, [8, 9]), (7, 60, [7, 1, 7]), (256, 60, [256, 1, 256]), (8, 0.0001, [8, 1, 8])],
    ids=["small", "too small", "not small", "quick"],
)
async def test_whoever_was_answered_asks_again_in_one_group_with_those_who_asked_meanwhile(
    patient, count, took_s, groups
):
    assert await groups_after(Disk(), count, took_s, all_ask(count)) == groups


async def test_they_are_not_waited_for_longer_than_a_while():
    """Kept work is none of them."""
    assert await groups_after(Disk(), 8, 60, lambda journal: journal.add(row(3_000))) == [8, 2]


async def test_nobody_is_waited_for_where_nobody_waits_for_an_answer(patient):
    disk, clock = Disk(), ShiftedClock()
    journal = await started(disk, clock)
    disk.may_go.clear()
    journal.add(rows(1, 8))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    journal.add(row(1_000))
    clock.shift(60)
    disk.may_go.set()
    await journal.settle()
    await journal.stop()
    assert [len(group) for group in disk.groups if group] == [8, 1]


async def looks(company, comes):
    """Whether it waited, for each group of as many."""
    waited = []
    for come in comes:
        began = asyncio.ensure_future(company.look(16, 16, 60))
        await asyncio.sleep(0)
        waited.append(not began.done())
        company.came(rows(1, come))
        await began
    return waited


async def test_where_they_do_not_come_ever_more_groups_pass_until_they_are_waited_for_again(monkeypatch):
    monkeypatch.setattr(company, "LONGEST_PAUSE_S", 0.001)
    one = Company()
    assert await looks(one, [0] * 12) == [at in (0, 2, 5, 10) for at in range(12)]
    assert await looks(one, [0] * 7 + [16] * 3) == [False] * 7 + [True] * 3


async def test_three_in_four_are_company_enough(monkeypatch):
    monkeypatch.setattr(company, "LONGEST_PAUSE_S", 0.001)
    assert await looks(Company(), [12] * 3) == [True] * 3
    assert await looks(Company(), [11] * 3) == [True, False, True]


def test_two_camps_take_turns_where_each_has_enough_and_are_one_again_where_not():
    company = Company()
    turns = [company.may_take_turns(30, many) for many in (20, 39, 40, 20, 19, 39, 40)]
    assert turns == [False, False, True, True, False, False, True]


def test_many_rows_that_nobody_waits_for_need_no_camp():
    company = Company()
    assert [company.may_take_turns(rows, 0) for rows in (255, 256, 255)] == [False, True, False]
