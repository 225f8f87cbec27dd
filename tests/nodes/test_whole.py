"""Whoever watches one of two nodes sees what happens on both."""

from __future__ import annotations

import asyncio

from heliograph.backoffice import verbs
from heliograph.cli.link import follow
from heliograph.core.relay import ALL
from nodes.pair import two_nodes
from walks.test_v1_events import send, watch
from walks.world import eventually


async def test_tail_status_and_the_live_stream_show_both_nodes_and_each_alone_when_asked(tmp_path):
    async with two_nodes(tmp_path) as (one, two):
        seen = {"all": [], "here": []}

        async def tail(name, verb):
            async for event in follow(one.gateway.installation, verb):
                seen[name].append((event["message_id"], event["state"], event["node"]))

        tails = [
            asyncio.create_task(tail("all", verbs.Tail())),
            asyncio.create_task(tail("here", verbs.Tail("", True))),
        ]
        stream = await watch(one)
        await eventually(lambda: asyncio.sleep(0, len(two.gateway.shared.relay._wanted) == 2))
        assert ALL in two.gateway.shared.relay._wanted
        there, here = int(await send(two)), int(await send(one, "y"))
        nodes = [world.gateway.node.fence.node for world in (one, two)]
        for message_id, node in ((here, nodes[0]), (there, nodes[1])):
            await eventually(lambda sought=(message_id, "DELIVERED", node): asyncio.sleep(0, sought in seen["all"]))
        assert {node for _, _, node in seen["here"]} == {nodes[0]}
        assert (there, "SENDING", nodes[1]) in seen["all"] or (there, "QUEUED", nodes[1]) in seen["all"]
        ended = set()
        while ended != {str(there), str(here)}:
            ended.add((await stream.until("message", state="delivered"))["id"])
        await stream.close()
        for task in tails:
            task.cancel()
        await asyncio.gather(*tails, return_exceptions=True)
        whole = await one.do(verbs.Status(everywhere=True))
        assert whole["accepted"] == 2
        assert [(row["answered"], row["ready"], row["accepted"]) for row in whole["nodes"]] == [(True, True, 1)] * 2
        assert len(whole["http_urls"]) == 2
        assert (await two.do(verbs.Status()))["accepted"] == 1
