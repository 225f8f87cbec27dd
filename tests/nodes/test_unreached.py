"""A carrier that one of two nodes cannot reach."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace

from connectors.smpp_world import centre
from nodes.pair import two_nodes
from walks.test_smpp_way import carrier_at
from walks.world import eventually


async def test_R12_a_node_that_cannot_reach_its_carrier_leaves_the_session_and_what_waits_to_one_that_can(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        async with centre("polite") as (_, port):
            here = replace(carrier_at(port), yield_after_s=3_600)
            there = replace(here, smpp=replace(here.smpp, port=nobody.getsockname()[1]))
            async with two_nodes(tmp_path, connectors=(there,), second={"connectors": (here,)}) as (one, two):
                ids = await one.send("380671234561", "380671234562")
                assert one.gateway.shared.carriers.held() == {"carrier": 1}
                one.gateway.shared.carriers.patience["carrier"] = 0.5
                await eventually(lambda: asyncio.sleep(0, two.gateway.shared.carriers.held() == {"carrier": 1}))
                ids |= await one.send("380671234563")
                for message_id in ids.values():
                    await one.until(message_id, "DELIVRD")
                assert one.gateway.shared.carriers.held() == {"carrier": 0}
                assert (one.gateway.shared.carriers.left, two.gateway.shared.carriers.left) == (1, 0)
                assert not one.gateway.dispatch.lines["carrier"].lanes
