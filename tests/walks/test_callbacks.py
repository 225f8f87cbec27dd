"""Events come to customers' addresses, signed, again until they are taken, and nobody stands in anybody's way."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace

import pytest
from standardwebhooks import Webhook

from heliograph.backoffice import verbs
from heliograph.core.directory import Directory
from heliograph.model.message import State
from walks.sink import listening
from walks.world import SETTINGS, eventually, running


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path) as world:
        yield world


@pytest.fixture
def sink():
    with listening() as sink:
        yield sink


async def subscribe(world, url, *events, login="shop"):
    return await world.do(verbs.AccountCallback(login, url, events or ("status", "incoming")))


async def called(sink, times=1, seconds=15, *, while_time_flies=None):
    """Wait until the sink was called so often; `while_time_flies` is a world whose clock hurries meanwhile."""

    async def enough():
        if while_time_flies is not None:
            while_time_flies.clock.shift(5)
        return len(sink.calls) >= times

    await eventually(enough, seconds)


async def test_a_status_is_told_and_its_signature_holds_for_another_implementation(world, sink):
    made = await subscribe(world, sink.url)
    ids = await world.send("380671234567", "380671230001", text="Привіт", integration_id=7)
    await called(sink, 2)
    for headers, body, _ in sink.calls:
        Webhook(made["secret"]).verify(body, {name.lower(): value for name, value in headers.items()})
    told = {event["data"]["id"]: event for event in sink.events()}
    assert told.keys() == set(ids.values())
    delivered = told[ids["380671234567"]]
    assert delivered["type"] == "message.status"
    assert delivered["data"]["state"] == "delivered"
    assert delivered["data"]["to"] == "380671234567"
    assert delivered["data"]["integration_id"] == 7
    assert delivered["data"]["price"] == "0.450000"
    assert told[ids["380671230001"]]["data"]["error"] == 6


async def test_an_incoming_message_is_told(world, sink):
    await subscribe(world, sink.url, "incoming")
    ids = await world.send("380671230014")
    await called(sink)
    (event,) = sink.events()
    assert event["type"] == "message.received"
    assert event["data"]["from"] == "380671230014"
    assert event["data"]["text"] == "Yes"
    assert event["data"]["answers"] == ids["380671230014"]


async def test_a_text_to_a_number_of_the_account_is_its_own(world, sink):
    await subscribe(world, sink.url, "incoming")
    await world.do(verbs.AccountSender("shop", "380990000001"))
    await world.do(verbs.Incoming("carrier", "380671234567", "380990000001", "Стоп"))
    await called(sink)
    (event,) = sink.events()
    assert (event["data"]["from"], event["data"]["to"]) == ("380671234567", "380990000001")
    assert (event["data"]["text"], event["data"]["answers"]) == ("Стоп", None)


async def test_a_call_that_failed_comes_again_with_the_same_id_and_body(world, sink):
    await subscribe(world, sink.url)
    sink.answers = [500, 302, 404]
    await world.send("380671234567")
    await called(sink, 4, while_time_flies=world)
    headers, bodies, _ = zip(*sink.calls, strict=True)
    assert len({given["webhook-id"] for given in headers}) == 1
    assert len(set(bodies)) == 1
    assert len({given["webhook-timestamp"] for given in headers}) == 4


async def test_a_call_that_failed_comes_again_after_a_restart(tmp_path, sink):
    async with running(tmp_path) as world:
        await subscribe(world, sink.url)
        sink.answers = [503]
        await world.send("380671234567")
        await called(sink)
        clock = world.clock
    clock.shift(60)
    async with running(tmp_path, account=False, clock=clock):
        await called(sink, 2)
    assert sink.calls[0][0]["webhook-id"] == sink.calls[1][0]["webhook-id"]


async def test_410_is_the_end_of_it(world, sink):
    await subscribe(world, sink.url)
    sink.answers = [410]
    ids = await world.send("380671234567")
    await called(sink)
    world.clock.shift(100_000)
    await asyncio.sleep(1.5)
    assert len(sink.calls) == 1
    story = await world.do(verbs.Trace(int(ids["380671234567"])))
    assert any("HTTP 410" in sentence for sentence in story["sentences"])


async def test_R22_a_dead_a_slow_and_a_broken_endpoint_never_delay_another(world, sink, monkeypatch):
    """One refuses connections, one accepts and never answers, one makes our own encoder raise."""
    silent = socket.create_server(("127.0.0.1", 0))
    try:
        await subscribe(world, "http://127.0.0.1:9/dead")
        await subscribe(world, f"http://127.0.0.1:{silent.getsockname()[1]}/silent")
        broken = await subscribe(world, "http://127.0.0.1:9/broken")
        await subscribe(world, sink.url)
        known = Directory.endpoint

        def planted_bug(self, endpoint_id):
            endpoint = known(self, endpoint_id)
            return None if endpoint is None else _Raising() if endpoint_id == broken["callback"] else endpoint

        monkeypatch.setattr(Directory, "endpoint", planted_bug)
        ids = await world.send(*(f"38067{number:07d}" for number in range(1000, 1100)))
        await called(sink, 100, seconds=10)
        assert {event["data"]["id"] for event in sink.events()} == set(ids.values())
        assert (await world.stored(next(iter(ids.values())))).state is State.DELIVERED
    finally:
        silent.close()


class _Raising:
    """An endpoint whose secret is a bug."""

    active = True
    window = 4
    url = "http://127.0.0.1:9/broken"

    @property
    def secret(self):
        raise RuntimeError("planted")


async def test_a_customer_cannot_have_us_call_inside(tmp_path, sink):
    async with running(tmp_path, callbacks=replace(SETTINGS.callbacks, allow_networks=())) as world:
        await subscribe(world, sink.url)
        ids = await world.send("380671234567")
        await world.until(ids["380671234567"], "DELIVRD")

        async def tried():
            return world.gateway.notify.failed

        await eventually(tried)
        await world.gateway.journal.settle()
        story = await world.do(verbs.Trace(int(ids["380671234567"])))
    assert sink.calls == []
    assert any("not a public address" in sentence or "not allowed" in sentence for sentence in story["sentences"])
