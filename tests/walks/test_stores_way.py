"""The main job on PostgreSQL: accept, hand over, hear the receipt, tell; survive a stopped gateway, a lost server."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from heliograph.model.message import State
from heliograph.settings import StoreSettings
from heliograph.store import StoreError, StoreInUse
from store.postgres.server import Server, empty_schema, server
from walks.world import SETTINGS, eventually, running


@pytest.fixture(params=[18, 16], ids=["postgres-18", "postgres-16"])
async def on_postgres(request, tmp_path):
    """Settings of a store in a schema of its own."""
    url = await empty_schema(server(request.param), tmp_path)
    return {"store": StoreSettings("postgres", url=url)}


async def delivered(world, message_id):
    message = await world.stored(message_id)
    return message.state is State.DELIVERED


async def test_a_message_is_accepted_delivered_and_told_of(tmp_path, on_postgres):
    async with running(tmp_path, **on_postgres) as world:
        ids = await world.send("380671234567", "380501234567")
        for message_id in ids.values():
            await eventually(lambda message_id=message_id: delivered(world, message_id))
        answer = await world.json("/sms/status", {"id_sms": list(ids.values())})
        assert set(answer["success_request"]["info"].values()) == {"DELIVRD"}
        assert (await world.json("/sms/balance"))["success_request"]["info"]["money"] == "99.1000"
        assert await world.gateway.store.check() == []
        assert world.gateway.faults == 0


async def test_an_idempotency_key_of_v1_outlives_the_gateway(tmp_path, on_postgres):
    body, key = (
        {"messages": [{"to": "380671234567", "text": "once"}, {"to": "1", "text": "x"}]},
        {"Idempotency-Key": "k"},
    )
    async with running(tmp_path, **on_postgres) as world:
        token, first = world.token, await world.post("/v1/messages", body, headers=key)
    async with running(tmp_path, account=False, **on_postgres) as world:
        world.token = token
        again = await world.post("/v1/messages", body, headers=key)
        page = json.loads((await world.post("/v1/messages?limit=1", method="GET"))[2])
    assert (again[0], again[2], again[1]["Idempotent-Replayed"]) == (202, first[2], "true")
    assert [one["text"] for one in page["messages"]] == ["once"]


async def test_what_waits_goes_on_after_the_gateway_was_stopped(tmp_path, on_postgres):
    slow = replace(SETTINGS.connectors[0], personality="polite", latency_ms=60_000)
    async with running(tmp_path, connectors=(slow,), **on_postgres) as world:
        ids = await world.send("380671234567")
    async with running(tmp_path, account=False, **on_postgres) as world:
        await eventually(lambda: delivered(world, ids["380671234567"]))
        assert await world.gateway.store.check() == []


async def test_R34_a_second_gateway_on_the_same_database_shares_its_key_or_does_not_start(tmp_path, on_postgres):
    async with running(tmp_path / "first", **on_postgres) as world:
        with pytest.raises(StoreError, match="another secret"):
            async with running(tmp_path / "second", **on_postgres):
                pass
        (tmp_path / "third").mkdir()
        (tmp_path / "third" / "secret.key").write_bytes((tmp_path / "first" / "secret.key").read_bytes())
        async with running(tmp_path / "third", account=False, **on_postgres) as other:
            other.token = world.token
            ids = await other.send("380671234567")
            await eventually(lambda: delivered(world, ids["380671234567"]))
        with pytest.raises(StoreInUse, match="in use by the process"):
            async with running(tmp_path / "first", account=False, **on_postgres):
                pass
        await world.send("380671234568")


async def test_R5_without_the_server_nothing_is_accepted_and_with_it_all_goes_on_within_ten_seconds(tmp_path):
    own = Server(18)
    try:
        url = await empty_schema(own, tmp_path)
        async with running(tmp_path, store=StoreSettings("postgres", url=url)) as world:
            before = await world.send("380671234567")
            await asyncio.to_thread(own.kill)
            statuses = []
            for number in range(5):
                body = {"src_addr": "VashZakaz", "phone": [f"38067000000{number}"], "message": "no"}
                statuses.append((await world.post("/sms/send", json.dumps(body)))[0])
            assert 200 not in statuses
            await asyncio.to_thread(own.start)

            async def takes_messages():
                return not world.gateway.not_ready()

            await eventually(takes_messages, 10.0)
            after = await world.send("380671234568")
            for message_id in (*before.values(), *after.values()):
                await eventually(lambda message_id=message_id: delivered(world, message_id))
            assert sum((await world.gateway.store.census()).values()) == 2
            assert await world.gateway.store.check() == []
    finally:
        own.remove()


async def test_R25_the_duplicate_rule_holds_across_nodes(tmp_path):
    """One text to one number, to two nodes at once: one is accepted, the other is the duplicate (smsclub.md 2.6)."""
    store = {"store": StoreSettings("postgres", url=await empty_schema(server(18), tmp_path))}
    async with running(tmp_path / "first", **store) as world:
        (tmp_path / "second").mkdir()
        (tmp_path / "second" / "secret.key").write_bytes((tmp_path / "first" / "secret.key").read_bytes())
        async with running(tmp_path / "second", account=False, **store) as other:
            other.token = world.token

            async def both_know():
                return world.gateway.intake.nodes == other.gateway.intake.nodes == 2

            await eventually(both_know)
            body = json.dumps({"src_addr": "VashZakaz", "phone": ["380671234567"], "message": "once"})
            answers = await asyncio.gather(*[each.post("/sms/send", body.encode()) for each in (world, other)])
            assert sorted(status for status, _, _ in answers) == [200, 453]
            assert sum((await world.gateway.store.census()).values()) == 1
