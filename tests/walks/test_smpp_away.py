"""A customer who is away: what he is to be told waits in the store, in order, and comes when he is back (R20, P8)."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace

import pytest

from heliograph.core.notify import QUEUE
from heliograph.model.message import State
from heliograph.model.receipt import Notice
from heliograph.model.rows import Fence
from walks.smpp_customer import Customer, door
from walks.test_smpp_customer_way import customer, said
from walks.world import ShiftedClock, eventually

COUNT = int(os.environ.get("HELIOGRAPH_AWAY_RECEIPTS", "5000"))
"""The long form has 50000."""


async def owed(world, message_id, count):
    """So many receipts more for the customer, as a group of the store; the ids in order."""
    store, now = world.gateway.store, world.clock.now()
    message = await world.stored(message_id)
    first, event = store.take_ids(count), store.take_event_ids(count)
    messages = [replace(message, id=first + n, request_id=first + n, price=0, attempts=[]) for n in range(count)]
    notices = [
        Notice(event + n, message.account_id, "smpp:shop-smpp", now, message=one, state=State.DELIVERED)
        for n, one in enumerate(messages)
    ]
    await store.write([*messages, *notices], Fence(1, 1), now)
    return [str(one.id) for one in messages]


@pytest.mark.timeout(300)
async def test_R20_receipts_of_an_hour_away_come_in_order_and_never_fill_memory(tmp_path):
    clock = ShiftedClock()
    async with door(tmp_path, clock=clock, window=50) as world:
        shop = await customer(world, how="transmitter")
        message_id = await shop.submit()
        await world.until(message_id, "DELIVRD")
        await shop.unbind()
        ids = []
        while len(ids) < COUNT:
            ids += await owed(world, message_id, min(1_000, COUNT - len(ids)))
        clock.shift(3600)
        await world.gateway.notify.poll()
        assert world.gateway.notify.depth()["smpp:shop-smpp"] <= QUEUE + 500
        back = await Customer(world, shop.password).bind("receiver")
        told = [said(receipt)["id"] for receipt in await back.receipts(COUNT, seconds=200)]
        assert told == ids
        await eventually(lambda: asyncio.sleep(0, world.gateway.notify.depth()["smpp:shop-smpp"] == 0))


async def test_R21_receipts_come_over_whichever_bind_receives(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world, how="transmitter")
        message_id = await shop.submit()
        await world.until(message_id, "DELIVRD")
        one = await Customer(world, shop.password).bind("receiver")
        other = await Customer(world, shop.password).bind()
        ids = await owed(world, message_id, 40)
        await world.gateway.notify.poll()
        await asyncio.gather(one.receipts(20), other.receipts(20))
        told = [said(receipt)["id"] for receipt in [*one.delivered, *other.delivered]]
        assert sorted(told) == sorted(ids)
