"""The demo's carriers behind real SMPP: every magic number, texts from handsets, look-ups, and a death in between."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from heliograph.backoffice import verbs
from heliograph.cli.demo import demo_settings
from heliograph.cli.demo_carriers import DemoGateway
from heliograph.installation import Installation
from heliograph.model.message import State
from walks.world import ShiftedClock, World, eventually

ENDS = {
    "0000": (State.DELIVERED, 0), "0001": (State.UNDELIVERABLE, 6), "0002": (State.EXPIRED, 6),
    "0003": (State.REJECTED, 255), "0004": (State.DELIVERED, 0), "0005": (State.DELIVERED, 0),
    "0006": (State.DELIVERED, 0), "0007": (State.DELIVERED, 0), "0008": (State.DELIVERED, 0),
    "0009": (State.SENDING, 0), "0010": (State.UNDELIVERABLE, 1), "0011": (State.DELIVERED, 0),
    "0012": (State.DELIVERED, 0), "0014": (State.DELIVERED, 0), "0015": (State.DELIVERED, 0),
    "0016": (State.SENDING, 0),
    "0017": (State.DELIVERED, 0), "0019": (State.DELIVERED, 0),
}  # fmt: skip
"""Last four digits → state and error, as docs/simulator.md lists them; what has no receipt stays SENDING."""


@asynccontextmanager
async def demo(folder):
    folder.mkdir(parents=True, exist_ok=True)
    settings = demo_settings(0, 0, is_tour=False)
    impatient = tuple(replace(one, late_answer_wait_s=4.0) for one in settings.connectors)
    gateway = DemoGateway(replace(settings, connectors=impatient), Installation(folder), clock=ShiftedClock())
    await gateway.start()
    world = World(gateway, gateway.clock)
    try:
        await world.add_account()
        yield world
    finally:
        await gateway.stop()


async def test_every_magic_number_ends_as_the_page_says(tmp_path):
    async with demo(tmp_path) as world:
        ids = await world.send(*[f"38067123{digits}" for digits in ENDS], text="Magic")

        async def ended():
            messages = [await world.stored(message_id) for message_id in ids.values()]
            return {one.recipient[-4:]: (one.state, one.error) for one in messages} == ENDS

        await eventually(ended, 25)
        doubtful = await world.stored(ids["380671230005"])
        assert (doubtful.maybe_twice, doubtful.connector) == (True, "polite")
        rejected = await world.stored(ids["380671230003"])
        assert rejected.refunded == rejected.price


async def test_handsets_text_and_look_ups_are_answered(tmp_path):
    async with demo(tmp_path) as world:
        before = world.gateway.inbound.incoming
        await world.do(verbs.Incoming("polite", "380671234567", "380440000000", "Чи є хто?"))

        async def heard():
            return world.gateway.inbound.incoming == before + 1

        await eventually(heard)
        shop = f"login=shop&psw={(await world.do(verbs.AccountPassword('shop')))['password']}&fmt=1"
        for script, answer in (
            ("wait_call.php?phone=380671234567", b"380440000001"),
            ("receive_phones.php?get=1", b"380440000002,30.00"),
        ):
            assert (await world.post(f"/sys/{script}&{shop}", method="GET"))[2] == answer
        names = {connector.name: type(connector).__name__ for connector in world.gateway.connectors}
        assert names["polite"] == names["flaps"] == "LoopbackCarrier"
        assert names["look-ups"] == "SimulatedConnector"


async def test_a_carrier_that_goes_and_comes_is_bound_again(tmp_path):
    async with demo(tmp_path) as world:
        polite = next(one for one in world.gateway.connectors if one.name == "polite")
        polite._centre.drop()

        async def back():
            return polite.bound == 1 and polite._centre.status.sessions == 1

        await eventually(back)
        ids = await world.send("380671234567")
        await world.until(ids["380671234567"], "DELIVRD")


def started(folder):
    words = ["demo", "--dir", str(folder), "--http-port", "0", "--smpp-port", "0", "--json"]
    process = subprocess.Popen([sys.executable, "-m", "heliograph", *words], stdout=subprocess.PIPE, text=True)
    return process, json.loads(process.stdout.readline())


def asked(demo, path, body):
    request = urllib.request.Request(
        demo["http_url"] + path, json.dumps(body).encode(), {"Authorization": f"Bearer {demo['token']}"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["success_request"]["info"]


@pytest.mark.timeout(90)
async def test_r1_a_demo_that_was_killed_goes_on_and_its_carriers_remember(tmp_path):
    process, printed = await asyncio.to_thread(started, tmp_path)
    try:
        numbers = [*[f"38063{number}" for number in range(1_000_100, 1_000_130)], "380671230005"]
        body = {"src_addr": printed["sender"], "phone": numbers, "message": "Before the end"}
        ids = list(await asyncio.to_thread(asked, printed, "/sms/send", body))
        assert len(ids) == 31
        await asyncio.sleep(0.3)
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate)
    process, printed = await asyncio.to_thread(started, tmp_path)
    try:
        until = time.monotonic() + 40
        states = {}
        while set(states.values()) != {"DELIVRD"} and time.monotonic() < until:
            states = await asyncio.to_thread(asked, printed, "/sms/status", {"id_sms": ids})
            await asyncio.sleep(0.2)
        assert set(states.values()) == {"DELIVRD"}, states
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate)
