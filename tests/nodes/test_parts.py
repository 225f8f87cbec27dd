"""Parts of long messages that come to another node than the one where they wait, while the store fails."""

from __future__ import annotations

import asyncio

import pytest

from core.test_holding import submit
from core.test_joining import hears, part
from heliograph.core import claiming
from heliograph.model.message import State
from heliograph.ports import StoreFailure
from nodes.pair import two_homes
from walks.world import eventually


def lose(of, name):
    """The next answer of this call that says anything is lost, though the store did what it was asked; tells that."""
    call, lost = getattr(of, name), []

    async def losing(*asked):
        answer = await call(*asked)
        if answer and not lost:
            lost.append(answer)
            raise StoreFailure("the answer was lost")
        return answer

    setattr(of, name, losing)
    return lost


@pytest.mark.parametrize("name", ["claim_held", "messages"])
async def test_a_customers_parts_come_together_though_the_store_failed_as_they_were_claimed(tmp_path, name):
    async with two_homes(tmp_path) as (one, two):
        lost = lose(one.house.store if name == "messages" else one.house.store.nodes, name)
        first = await submit(two, 1, "The first, ")
        await eventually(lambda: asyncio.sleep(0, lost))
        await submit(two, 2, "and the last.")
        whole = await one.until(first, State.SENDING)
        assert (whole.content.text, whole.parts) == ("The first, and the last.", 2)
        assert one.house.holding.waiting == 0


async def test_a_handsets_parts_come_together_though_the_answer_to_a_claim_was_lost(tmp_path):
    async with two_homes(tmp_path) as (one, two):
        lost = lose(one.house.store.nodes, "claim_parts")
        assert await hears(two, part(1, 2, "one "))
        await eventually(lambda: asyncio.sleep(0, lost))
        assert await hears(two, part(2, 2, "two"))
        joining = one.house.inbound.joining
        await eventually(lambda: asyncio.sleep(0, joining.joined))
        assert (joining.joined, joining.partial, joining.repeated, joining.waiting) == (1, 0, 0, 0)


async def test_what_a_server_claims_after_its_answer_was_given_up_is_found_later(tmp_path, monkeypatch):
    monkeypatch.setattr(claiming, "LATE_S", 0)
    async with two_homes(tmp_path) as (one, two):
        store, nodes, may_fail, failed, late = one.house.store, one.house.store.nodes, [], [], []
        claim, held = nodes.claim_held, store.held

        async def no_answer(limit):
            if may_fail and not failed:
                failed.append(limit)
                raise StoreFailure("no answer")
            return await claim(limit) if late else []

        async def looked_too_early(*asked):
            found = await held(*asked)
            if not late:
                late.append((found, await claim(10)))
            return found

        nodes.claim_held, store.held = no_answer, looked_too_early
        first = await submit(two, 1, "The first, ")
        may_fail.append(True)
        await eventually(lambda: asyncio.sleep(0, late))
        assert late == [([], [first.id])]
        await submit(two, 2, "and the last.")
        assert (await one.until(first, State.SENDING)).parts == 2
