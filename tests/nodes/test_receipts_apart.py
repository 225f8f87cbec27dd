"""Receipts for the parts of one message, heard by different nodes."""

from __future__ import annotations

import pytest

from heliograph.model.message import State
from nodes.pair import two_homes

LONG = "a long text, " * 15


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 0), (1, 1)])
async def test_a_long_message_ends_whichever_nodes_its_receipts_come_to(tmp_path, order):
    async with two_homes(tmp_path) as nodes:
        one = nodes[0]
        message = await one.accept(LONG)
        assert message.parts == 2
        ids = one.carrier.take()
        await one.settled()
        for upstream_id, at in zip(ids, order, strict=True):
            nodes[at].carrier.report(upstream_id)
            await nodes[at].settled()
        await one.until(message, State.DELIVERED)


async def test_a_long_message_ends_when_both_nodes_hear_of_it_at_once(tmp_path):
    async with two_homes(tmp_path) as nodes:
        one = nodes[0]
        message = await one.accept(LONG)
        ids = one.carrier.take()
        await one.settled()
        for upstream_id, node in zip(ids, nodes, strict=True):
            node.carrier.report(upstream_id)
        await one.until(message, State.DELIVERED)
