"""What waited is looked at once more when it is let go (decisions.md 15): account, stop list, limits, routes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.house import NUMBER, home
from heliograph.core.routing import Rule
from heliograph.core.terms import local_day
from heliograph.model.account import StopListed
from heliograph.model.limits import Limits
from heliograph.model.message import State
from heliograph.model.refusal import Reason
from walks.world import eventually

HOUR_MS = 3_600_000
DAY_S = 24 * 3600


@pytest.fixture
async def shop(tmp_path):
    async with home(tmp_path) as shop:
        yield shop


async def settled_for(shop, **changes):
    """Change the account of the shop."""
    store, directory = shop.house.store, shop.house.directory
    account = directory.by_login("shop")
    await store.change_directory([replace(account, **changes)], "test", 0)
    directory.apply(await store.directory())


async def scheduled(shop, text="Hello", after_s=60, **fields):
    message = await shop.accept(text, due_at=shop.clock.now() + after_s * 1000, **fields)
    assert message.state is State.SCHEDULED
    return message


async def released(shop, message, after_s=61):
    """The message as it is stored, once it is due and housekeeping has been there."""
    shop.clock.shift(after_s)

    async def gone():
        found = await shop.stored(message)
        return None if found.state is State.SCHEDULED else found

    return await eventually(gone)


async def test_a_scheduled_message_that_nothing_stands_against_goes(shop):
    message = await released(shop, await scheduled(shop))
    assert message.state in (State.QUEUED, State.SENDING)


async def test_a_number_that_came_on_the_stop_list_gets_no_scheduled_message_and_the_money_is_back(shop):
    before = shop.balance
    message = await scheduled(shop)
    shop.house.directory.stop(StopListed(shop.account.id, NUMBER), 1)
    message = await released(shop, message)
    assert (message.state, message.error) == (State.REJECTED, 250)
    assert shop.balance == before


async def test_prefixes_taken_away_hold_for_what_is_scheduled(shop):
    message = await scheduled(shop)
    await settled_for(shop, limits=Limits(prefixes=("-380",)))
    message = await released(shop, message)
    assert (message.state, message.error) == (State.REJECTED, 250)


async def test_an_account_that_was_closed_sends_nothing_that_was_scheduled(shop):
    message = await scheduled(shop)
    account = shop.house.directory.by_login("shop")
    await settled_for(shop, settings=replace(account.settings, active=False))
    message = await released(shop, message)
    assert (message.state, message.error) == (State.REJECTED, 250)


async def test_the_limit_of_the_day_it_is_released_on_counts(shop):
    await settled_for(shop, limits=Limits(per_day=1))
    first = await scheduled(shop, "first", after_s=24 * 3600)
    shop.clock.shift(24 * 3600 + 1)
    assert local_day("", first.accepted_at) < local_day("", shop.clock.now())
    await shop.accept("of this day")
    message = await released(shop, first, 0)
    assert (message.state, message.error) == (State.REJECTED, 247)


async def test_what_was_let_go_today_counts_after_a_restart_too(tmp_path):
    async with home(tmp_path) as shop:
        await settled_for(shop, limits=Limits(per_day=2, per_number=1))
        first = await scheduled(shop, "first", after_s=24 * 3600)
        shop.clock.shift(24 * 3600 + 1)
        await released(shop, first)
    async with home(tmp_path, clock=shop.clock, fresh=False) as shop:
        other, third = [shop.submission("other", number=f"38050123456{n}") for n in (7, 8)]
        answers = await shop.submit(shop.submission("second"), other, third)
        assert [getattr(answer, "reason", None) for answer in answers] == [
            Reason.NUMBER_LIMIT,
            None,
            Reason.MESSAGE_LIMIT,
        ]


async def test_what_was_due_yesterday_counts_on_the_day_it_is_let_go_after_a_restart_too(tmp_path):
    async with home(tmp_path) as shop:
        await settled_for(shop, limits=Limits(per_day=1))
        before_midnight = 2 * DAY_S - shop.clock.now() // 1000 % DAY_S - 60
        first = await scheduled(shop, "first", after_s=before_midnight)
    shop.clock.shift(before_midnight + 120)  # nobody was there to let it go
    async with home(tmp_path, clock=shop.clock, fresh=False) as shop:
        assert local_day("", first.due_at) < local_day("", shop.clock.now())
        assert (await released(shop, first, 0)).state in (State.QUEUED, State.SENDING)
        assert (await shop.submit(shop.submission("live")))[0].reason is Reason.MESSAGE_LIMIT
    async with home(tmp_path, clock=shop.clock, fresh=False) as shop:
        assert (await shop.submit(shop.submission("restarted")))[0].reason is Reason.MESSAGE_LIMIT
        shop.clock.shift(24 * 3600)
        await shop.accept("the next day")


async def test_the_same_day_counts_once(shop):
    await settled_for(shop, limits=Limits(per_day=1))
    message = await scheduled(shop, after_s=1)
    if local_day("", message.accepted_at) == local_day("", message.due_at + 1_000):
        assert (await released(shop, message, 2)).state in (State.QUEUED, State.SENDING)


@pytest.mark.parametrize(("refuses", "state", "error"), [(False, State.QUEUED, 0), (True, State.REJECTED, 246)])
async def test_hours_that_were_narrowed_hold_it_back_or_refuse_it(shop, refuses, state, error):
    message = await scheduled(shop)
    hour = (message.due_at + 1_000) // HOUR_MS % 24
    await settled_for(shop, limits=Limits(hours=((hour + 2) % 24, (hour + 3) % 24), refused_outside=refuses))
    message = await released(shop, message)
    assert (message.state, message.error) == (state, error)
    if not refuses:
        assert message.next_try_at == ((shop.clock.now() // HOUR_MS) + 2) * HOUR_MS
        assert shop.carrier.sent == []


@pytest.mark.parametrize(
    ("rules", "error"),
    [
        ((Rule("stop", block=True), Rule("all", ("carrier",))), 253),
        ((Rule("poland", ("carrier",), prefixes=("48",)),), 248),
    ],
)
async def test_a_route_that_blocks_by_now_or_is_gone_refuses_it(shop, rules, error):
    message = await scheduled(shop)
    shop.house.directory.swap_routes(rules, 2)
    message = await released(shop, message)
    assert (message.state, message.error) == (State.REJECTED, error)


async def test_a_route_of_another_name_that_fits_takes_it_on(tmp_path):
    async with home(tmp_path, carriers=("old", "new"), routes=(Rule("one", ("old",)),)) as shop:
        message = await scheduled(shop)
        shop.house.directory.swap_routes((Rule("two", ("new",)),), 2)
        message = await released(shop, message)
        assert message.connector == "new"
        assert message.state in (State.QUEUED, State.SENDING)
