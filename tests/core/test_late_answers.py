"""What the store said is of before: between its answer and our deed a message goes out, ends, or is held back."""

from __future__ import annotations

import asyncio

import pytest

from core.house import LATER, home
from core.late import Late
from heliograph.backoffice import verbs
from heliograph.core import journal
from heliograph.core.endings import move_of
from heliograph.core.pause import Pause
from heliograph.core.routing import Rule
from heliograph.model.message import Priority, State
from walks.world import eventually

_TEXTS = (("a", Priority.NORMAL), ("b", Priority.NORMAL), ("c", Priority.BULK))


def pause_of(house):
    return Pause(store=house.store, journal=house.journal, dispatch=house.dispatch, clock=house.clock)


def times_sent(at_home, message):
    return [attempt.message.id for attempt in at_home.carrier.sent].count(message.id)


async def test_what_is_accepted_as_sending_while_the_sessions_are_left_is_unsent(tmp_path, monkeypatch):
    """A mailing's messages may be passed over by others, and be written after all that was planned before."""
    async with home(tmp_path) as at_home:
        house = at_home.house
        monkeypatch.setattr(journal, "GROUP_ROWS", 1)
        await at_home.settled()
        late = Late(house.store, "write", monkeypatch)
        asks = [at_home.submission(text, priority=priority) for text, priority in _TEXTS]
        accepting = []
        for ask in asks:
            accepting.append(asyncio.create_task(at_home.submit(ask)))
            await late.underway()
        leaving = asyncio.create_task(house.dispatch.leave("carrier"))
        await asyncio.sleep(0)
        at_home.carrier.connected = False
        await late.arrive()
        bulk = (await accepting[2])[0].message
        await asyncio.gather(*accepting)
        assert bulk.id in [attempt.message.id for attempt in await leaving]
        assert not house.dispatch.lines["carrier"].outbox


@pytest.mark.parametrize("question", ["heads", "retries"])
async def test_a_message_that_left_and_came_back_while_a_page_was_on_its_way_goes_on_from_there(
    tmp_path, monkeypatch, question
):
    """Not as the page shows it: before its time, and with the number of a try it has had."""
    async with home(tmp_path, window=1) as at_home:
        line = at_home.house.dispatch.lines["carrier"]
        at_home.carrier.window = 0
        message = await at_home.accept()
        if question == "retries":
            at_home.carrier.window = 1
            at_home.house.dispatch.ready("carrier")
            await eventually(lambda: asyncio.sleep(0, at_home.carrier.open))
            at_home.carrier.settle(LATER)
            at_home.carrier.window = 0
            at_home.clock.shift(2)
            await eventually(lambda: asyncio.sleep(0, len(line.lanes)))
        before = times_sent(at_home, message)
        late = Late(at_home.house.store, question, monkeypatch)
        line.come_here()
        line.has_more = True
        at_home.house.dispatch.ready("carrier")
        await late.underway()
        at_home.carrier.window = 1
        at_home.house.dispatch.ready("carrier")
        await eventually(lambda: asyncio.sleep(0, at_home.carrier.open))
        at_home.carrier.settle(LATER)
        await at_home.settled()
        await late.arrive()
        await at_home.settled()
        assert times_sent(at_home, message) == before + 1
        at_home.clock.shift(10)
        await eventually(lambda: asyncio.sleep(0, at_home.carrier.open))
        (upstream_id,) = at_home.carrier.take()
        await at_home.settled()
        at_home.carrier.report(upstream_id)
        assert (await at_home.stored(message)).state is State.DELIVERED
        assert [attempt.try_no for attempt in at_home.carrier.sent] == list(range(1, before + 3))
        assert at_home.house.journal.poisoned == 0


async def test_a_message_that_left_while_it_was_to_be_held_back_stays_with_its_carrier(tmp_path, monkeypatch):
    async with home(tmp_path, window=1) as at_home:
        house, pause = at_home.house, pause_of(at_home.house)
        await at_home.accept("gone")
        waits = await at_home.accept("waits")
        late = Late(house.store, "messages", monkeypatch)
        holding = asyncio.create_task(pause.hold([waits.id]))
        await late.underway()
        at_home.carrier.take()
        await eventually(lambda: asyncio.sleep(0, times_sent(at_home, waits)))
        await at_home.settled()
        await late.arrive()
        await holding
        assert (await at_home.stored(waits)).state is State.SENDING
        await pause.release([waits.id])
        (upstream_id,) = at_home.carrier.take()
        await at_home.settled()
        assert times_sent(at_home, waits) == 1
        at_home.carrier.report(upstream_id)
        assert (await at_home.stored(waits)).state is State.DELIVERED
        assert house.backlog.parts == 0
        assert await house.store.check() == []


async def test_a_held_message_that_two_let_go_goes_once(tmp_path, monkeypatch):
    async with home(tmp_path, window=1) as at_home:
        house, pause = at_home.house, pause_of(at_home.house)
        await at_home.accept("gone")
        waits = await at_home.accept("waits")
        await pause.hold([waits.id])
        late = Late(house.store, "messages", monkeypatch)
        first = asyncio.create_task(pause.release([waits.id]))
        await late.underway()
        late.is_late = False
        await pause.release([waits.id])
        at_home.carrier.take()
        await eventually(lambda: asyncio.sleep(0, times_sent(at_home, waits)))
        await at_home.settled()
        await late.arrive()
        await first
        at_home.carrier.take()
        await at_home.settled()
        assert times_sent(at_home, waits) == 1
        assert at_home.carrier.open == []
        assert await house.store.check() == []


async def test_a_message_that_is_due_and_held_back_in_that_moment_stays_held_back(tmp_path, monkeypatch):
    async with home(tmp_path) as at_home:
        house, pause = at_home.house, pause_of(at_home.house)
        later = await at_home.accept("later", due_at=at_home.clock.now() + 60_000)
        late = Late(house.store, "scheduled", monkeypatch)
        at_home.clock.shift(61)
        releasing = asyncio.create_task(house.upkeep.release_scheduled())
        await late.underway()
        await pause.hold([later.id])
        await late.arrive()
        await releasing
        assert (await at_home.stored(later)).state is State.PAUSED
        assert at_home.carrier.sent == []
        await pause.release([later.id])
        await eventually(lambda: asyncio.sleep(0, times_sent(at_home, later)))
        assert house.backlog.parts == 0


async def test_a_message_whose_time_comes_while_it_is_held_back_goes_once_it_may(tmp_path):
    async with home(tmp_path) as at_home:
        pause = pause_of(at_home.house)
        later = await at_home.accept("later", due_at=at_home.clock.now() + 60_000)
        await pause.hold([later.id])
        at_home.clock.shift(61)
        await pause.release([later.id])
        await eventually(lambda: asyncio.sleep(0, times_sent(at_home, later)))
        assert (await at_home.stored(later)).state is State.SENDING


async def test_what_ended_while_another_was_about_to_end_it_is_counted_once(tmp_path, monkeypatch):
    async with home(tmp_path, window=1) as at_home:
        await at_home.accept("gone")
        waits = await at_home.accept("waits")
        late = Late(at_home.house.store, "messages", monkeypatch)
        verb = verbs.CancelMessages([waits.id])
        first = asyncio.create_task(at_home.house.verbs.do(verb, "test"))
        await late.underway()
        late.is_late = False
        assert await at_home.house.verbs.do(verb, "test") == {"cancelled": [waits.id]}
        await late.arrive()
        assert await first == {"cancelled": []}
        assert at_home.house.backlog.parts == 0


async def test_a_message_held_back_elsewhere_is_not_let_go_by_the_loss_of_a_link(tmp_path):
    """Another node holds it back, and our memory does not know."""
    rule = Rule("all", ("first", "second"), failover_on_disconnect=True)
    async with home(tmp_path, window=1, carriers=("first", "second"), routes=(rule,)) as at_home:
        house = at_home.house
        await at_home.accept("gone")
        waits = await at_home.accept("waits")
        await at_home.settled()
        line = house.dispatch.lines["first"]
        (stored,) = await house.store.messages([waits.id], None)
        stored.state = State.PAUSED
        await house.store.write([move_of(stored)], house.fence, at_home.clock.now())
        house.dispatch._fail_over(line, at_home.clock.now())
        await at_home.settled()
        assert (await at_home.stored(waits)).state is State.PAUSED
        assert at_home.carriers["second"].sent == []
