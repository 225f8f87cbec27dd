"""Turns to write: who has one opens groups in it, the others wait in the order in which they asked."""

from __future__ import annotations

import asyncio

from store.samples import FENCE, NOW, PRICE
from store.sqlite.opening import opened


async def test_a_group_is_written_in_ones_own_turn_and_others_wait_for_its_end(tmp_path):
    async with opened(tmp_path / "heliograph.db") as house:
        message = house.message(price=PRICE)
        async with house.store.turn():
            other = asyncio.create_task(house.store.probe())
            await asyncio.sleep(0.01)
            assert not await house.store.write([message], FENCE, NOW)
            await asyncio.sleep(0.01)
            assert not other.done()
        await other
        assert (await house.stored(message.id)).price == PRICE


async def test_who_no_longer_wants_a_turn_keeps_nobody_from_it(tmp_path):
    async with opened(tmp_path / "heliograph.db") as house:
        store = house.store
        async with store.turn():
            gone = asyncio.create_task(store.probe())
            other = asyncio.create_task(store.probe())
            await asyncio.sleep(0)
            gone.cancel()
        await other
        await asyncio.gather(gone, return_exceptions=True)
        await store.probe()
