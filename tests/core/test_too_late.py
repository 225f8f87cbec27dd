"""Another node was first with a message that this one was about to send again: what is counted, and what is written."""

from __future__ import annotations

import asyncio

from core.house import home
from core.late import Late
from heliograph.core.routing import Rule
from heliograph.model.message import AttemptState, State
from store.samples import attempt_moved, moved

WAIT_S = 600


async def ends_elsewhere(at_home, message, state, *rows):
    """Another node writes that it has ended, and what else it knows."""
    house, now = at_home.house, at_home.clock.now()
    await house.store.write([*rows, moved(message, state, final_at=now)], house.fence, now)


async def test_what_ended_while_it_was_being_decided_does_not_count_as_waiting(tmp_path, monkeypatch):
    """The same is asked of what another node left."""
    async with home(tmp_path) as at_home:
        message = await at_home.accept()
        late = Late(at_home.house.store, "undecided", monkeypatch)
        deciding = asyncio.create_task(at_home.house.upkeep.recover())
        await late.underway()
        await ends_elsewhere(at_home, message, State.UNKNOWN)
        await late.arrive()
        assert await deciding == 1
        assert (await at_home.stored(message)).state is State.UNKNOWN
        assert at_home.house.backlog.parts == 0
        assert not at_home.house.dispatch.lines["carrier"].lanes


async def test_what_ended_before_it_was_written_to_a_lost_carrier_does_not_count_as_waiting(tmp_path):
    async with home(tmp_path, carriers=("first", "second"), window=1) as at_home:
        at_home.house.dispatch.lines["first"]._soon_free = lambda _: 1
        await at_home.accept("begun")
        ahead = await at_home.accept("marked ahead")
        assert ahead.state is State.SENDING
        await ends_elsewhere(at_home, ahead, State.UNKNOWN)
        at_home.carriers["first"].come_or_go(False)
        at_home.clock.shift(6)
        await at_home.house.dispatch.poll()
        assert (await at_home.stored(ahead)).state is State.UNKNOWN
        assert at_home.carriers["second"].sent == []
        assert at_home.house.backlog.parts == 0


async def test_what_was_delivered_as_it_was_to_go_another_way_is_delivered_by_its_first_try(tmp_path, monkeypatch):
    rule = Rule("all", ("first", "second"), failover_on_missing_receipt_s=WAIT_S)
    async with home(tmp_path, carriers=("first", "second"), routes=(rule,)) as at_home:
        message = await at_home.accept()
        at_home.carriers["first"].take("a")
        await at_home.settled()
        at_home.clock.shift(WAIT_S + 1)
        store, asked = at_home.house.store, []
        ask = store.unreported

        async def unreported(*question):
            found = await ask(*question)
            asked.append(found)
            if len(asked) == 2:  # the page itself is on its way
                heard = attempt_moved(message.attempts[0], AttemptState.DELIVERED)
                await ends_elsewhere(at_home, message, State.DELIVERED, heard)
            return found

        monkeypatch.setattr(store, "unreported", unreported)
        await at_home.house.missing_receipts.look()
        story = await at_home.story(message)
        (attempt,) = story.attempts
        assert (story.message.state, attempt.state, attempt.detail) == (State.DELIVERED, AttemptState.DELIVERED, "")
        assert attempt.receipt_at
        assert at_home.carriers["second"].sent == []
        assert (at_home.house.missing_receipts.moved, at_home.house.backlog.parts) == (0, 0)
