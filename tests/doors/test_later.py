"""An answer that comes later: told once, heard once, in whichever order."""

from __future__ import annotations

import asyncio

import pytest

from heliograph.doors.later import Later


def test_who_listens_first_is_told_in_the_very_moment():
    later, heard = Later(), []
    later.listen(heard.append)
    assert heard == []
    later.tell("done")
    assert heard == ["done"]


def test_who_listens_late_is_told_at_once():
    later, heard = Later(), []
    wrong = ValueError("no")
    later.tell(wrong)
    later.listen(heard.append)
    assert heard == [wrong]


async def test_a_task_may_wait_for_it():
    later = Later()
    asyncio.get_running_loop().call_soon(later.tell, "done")
    assert await later == "done"


async def test_a_task_hears_what_went_wrong():
    later = Later()
    asyncio.get_running_loop().call_soon(later.tell, ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        await later


async def test_a_task_that_went_away_is_told_nothing():
    later = Later()
    waiting = asyncio.ensure_future(asyncio.wait_for(later, 0))
    with pytest.raises(TimeoutError):
        await waiting
    later.tell("done")
