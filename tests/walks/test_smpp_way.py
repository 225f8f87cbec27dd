"""Out by SMPP: HTTP in, a carrier on a real socket, its receipt back; and carriers that die, throttle and stammer."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random

import pytest

from connectors.smpp_world import Lift, attempts, centre
from heliograph.backoffice import verbs
from heliograph.connectors.smpp import SmppConnector
from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.core.routing import Rule
from heliograph.model.message import State
from heliograph.net.free_ports import free_ports
from heliograph.settings import ConnectorSettings
from heliograph.simulator.memory import read_ledger
from walks.sink import listening
from walks.world import eventually, running

FLAPPING_S = float(os.environ.get("HELIOGRAPH_FLAPPING_S", "0"))
"""The long form of R7 has 3600."""
LATE = 20
"""Messages of R9."""
MANY_LATE = int(os.environ.get("HELIOGRAPH_LATE_ANSWERS", "0"))
"""The long form has 5000."""


def usual_number(n):
    """The n-th number whose last four digits mean nothing to a simulated carrier."""
    return f"38067{100 + n // 9_000}{1_000 + n % 9_000}"


def carrier_at(port, name="carrier", *, late_answer_wait_s=1.0, **changes):
    """A connector to a carrier on loopback."""
    smpp = replace(
        SmppSettings("127.0.0.1", port, "gateway", "secret", reconnect_least_s=0.05, reconnect_most_s=0.2), **changes
    )
    return ConnectorSettings(name, "smpp", late_answer_wait_s=late_answer_wait_s, smpp=smpp)


@asynccontextmanager
async def by_smpp(folder, personality="polite", *, changes=None, **how):
    """A gateway bound to a simulated message centre; both."""
    async with (
        centre(personality, **how) as (made, port),
        running(folder, connectors=(carrier_at(port, **(changes or {})),)) as world,
    ):
        yield world, made


async def ends(world, ids, word="DELIVRD", seconds=20.0):
    """Wait until every one of these messages has this status."""

    async def look():
        seen = await world.status(*ids.values())
        return set(seen.values()) == {word}

    await eventually(look, seconds)


async def test_a_message_goes_from_http_by_smpp_to_its_receipt(tmp_path):
    async with by_smpp(tmp_path) as (world, made):
        ids = await world.send("380671234567", "380671234568")
        await ends(world, ids)
        stored = await world.stored(ids["380671234567"])
        assert (stored.state, stored.connector) == (State.DELIVERED, "carrier")
        assert made.status.taken == 2
        assert world.gateway.inbound.parked == 0
        fate = await world.send("380671230001", "380671230003")
        await world.until(fate["380671230001"], "UNDELIV")
        await world.until(fate["380671230003"], "REJECTD")


async def test_the_metrics_tell_of_sessions_by_connector(tmp_path):
    async with by_smpp(tmp_path, changes={"sessions": 2}) as (world, made):
        await eventually(lambda: _is(made.status.sessions == 2))
        _, _, body = await world.post("/metrics", method="GET")
        assert b'\nheliograph_connector_sessions{connector="carrier"} 2' in body
        assert b'\nheliograph_connector_late_answers_total{connector="carrier"} 0' in body
        assert b'\nheliograph_connector_oddities_total{connector="carrier"} 0' in body


async def test_each_part_of_a_long_text_is_taken_and_reported(tmp_path):
    async with by_smpp(tmp_path) as (world, made):
        ids = await world.send("380671234567", text="Привіт " * 30)
        await ends(world, ids)
        assert made.status.taken == (await world.stored(ids["380671234567"])).parts == 4


async def test_a_long_text_goes_whole_and_one_receipt_ends_it(tmp_path):
    async with by_smpp(tmp_path, changes={"long_messages": "payload"}) as (world, made):
        ids = await world.send("380671234567", text="Привіт " * 30)
        await ends(world, ids)
        stored = await world.stored(ids["380671234567"])
        assert (made.status.taken, stored.parts) == (1, 4)
        story = await world.gateway.store.story(stored.id)
        assert [(one.part_first, one.part_last) for one in story.attempts] == [(1, 4)]


async def test_a_handset_texts_back(tmp_path):
    async with by_smpp(tmp_path) as (world, made):
        ids = await world.send("380671230014")
        await ends(world, ids)
        await eventually(lambda: _is(world.gateway.inbound.incoming == 1 and made.status.texts == 1))


async def test_a_long_text_of_a_handset_in_parts_reaches_the_webhook_as_one(tmp_path):
    words = "Довгий текст з телефону 👍 " * 20
    with listening() as sink:
        async with by_smpp(tmp_path) as (world, made):
            await world.do(verbs.AccountCallback("shop", sink.url))
            await ends(world, await world.send("380671230001"), "UNDELIV")
            made.incoming("380671230001", "380440000000", words)
            await eventually(lambda: _is(any(event["type"] == "message.received" for event in sink.events())))
            (data,) = [event["data"] for event in sink.events() if event["type"] == "message.received"]
            assert (data["text"], data["missing_parts"]) == (words, 0)
            await eventually(lambda: _is(made.status.owed == 0))


async def _is(seen):
    return seen


async def test_r10_a_carrier_that_throttles_gets_everything_in_the_end(tmp_path):
    async with by_smpp(tmp_path, "throttles", changes={"window": 100}) as (world, made):
        ids = await world.send(*[f"38067{number:07d}" for number in range(1_000_100, 1_000_160)])
        await ends(world, ids)
        assert made.status.taken == 60


@pytest.mark.timeout(60)
async def test_r10_the_speed_adapts_within_five_seconds_and_hardly_anything_is_throttled_then(tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text("per_second = 150")
    async with by_smpp(tmp_path / "data", str(mine), changes={"window": 100}) as (world, made):
        await world.do(verbs.AccountTopUp("shop", "10000"))
        ids = {}
        for first in range(5_000_100, 5_001_700, 100):
            ids |= await world.send(*[f"38067{number:07d}" for number in range(first, first + 100)])
        await asyncio.sleep(5)
        before = made.status
        await eventually(lambda: _is(made.status.taken == len(ids)), 30)
        taken, throttled = made.status.taken - before.taken, made.status.not_taken - before.not_taken
        assert taken > 300
        assert throttled < 0.02 * taken


async def test_r7_a_link_that_breaks_again_and_again_loses_nothing(tmp_path):
    async with by_smpp(tmp_path) as (world, made):
        ids = {}
        for turn in range(8):
            numbers = [f"38067{number:07d}" for number in range(2_000_100 + 10 * turn, 2_000_110 + 10 * turn)]
            ids |= await world.send(*numbers)
            made.drop()
            await asyncio.sleep(0.1)
        await eventually(lambda: _is(made.status.owed == 0 and made.status.sessions == 1))

        async def look():
            seen = list((await world.status(*ids.values())).values())
            return len(seen) == 80 and seen.count("DELIVRD") + await _held(world, ids) == 80

        await eventually(look, 20)


async def _held(world, ids):
    """Messages twice in doubt: they are never sent a third time."""
    messages = await world.gateway.store.messages([int(one) for one in ids.values()], None)
    return sum(message.state is State.IN_DOUBT and message.maybe_twice for message in messages)


@pytest.mark.skipif(not FLAPPING_S, reason="the long form: HELIOGRAPH_FLAPPING_S=3600")
@pytest.mark.timeout(0)
async def test_r7_an_hour_of_breaking_links_costs_no_message_and_no_storm_of_binds(tmp_path):
    chance = Random(20261121)
    async with by_smpp(tmp_path, changes={"reconnect_least_s": 1.0, "reconnect_most_s": 4.0}) as (world, made):
        await world.do(verbs.AccountTopUp("shop", "1000000"))
        ids, binds, at, started = {}, 0, 0, asyncio.get_running_loop().time()
        while (now := asyncio.get_running_loop().time()) < started + FLAPPING_S:
            until = now + chance.uniform(1, 20)
            await eventually(lambda: _is(made.status.sessions == 1))
            binds += 1
            while asyncio.get_running_loop().time() < until:
                ids |= await world.send(*[usual_number(n) for n in range(at, at + 10)])
                at += 10
                await asyncio.sleep(0.25)
            made.drop()
        assert binds <= FLAPPING_S / 2
        for one in ids.values():
            await eventually(lambda one=one: _ended(world, one), 120)


async def _ended(world, message_id):
    message = await world.stored(message_id)
    return message.state is State.DELIVERED or (message.state is State.IN_DOUBT and message.maybe_twice)


@pytest.mark.parametrize(("in_doubt", "most"), [("resend", 2), ("hold", 1)])
async def test_r9_answers_that_come_too_late_send_nothing_more_often_than_the_route_says(tmp_path, in_doubt, most):
    """The carrier answers after two seconds, the gateway waits for one."""
    rule = Rule("all", ("carrier",), in_doubt=in_doubt)
    async with (
        centre("late") as (made, port),
        running(tmp_path, connectors=(carrier_at(port, window=LATE),), routes=(rule,)) as world,
    ):
        ids = await world.send(*[f"38067{number:07d}" for number in range(2_000_100, 2_000_100 + 10 * LATE, 10)])

        (connector,) = [one for one in world.gateway.connectors if one.name == "carrier"]
        await eventually(lambda: _is(connector.late_answers == most * LATE), 30)
        await ends(world, ids)  # what was answered after the doubt is known by its id
        messages = await world.gateway.store.messages([int(one) for one in ids.values()], None)
        assert {one.maybe_twice for one in messages} == {in_doubt == "resend"}
        assert made.status.taken == most * LATE


@pytest.mark.skipif(not MANY_LATE, reason="the long form: HELIOGRAPH_LATE_ANSWERS=5000")
@pytest.mark.timeout(0)
@pytest.mark.parametrize(("in_doubt", "most"), [("resend", 2), ("hold", 1)])
async def test_r9_thousands_of_late_answers_are_matched_and_nothing_goes_out_too_often(tmp_path, in_doubt, most):
    """As above, with a window for all of them; in the end each is delivered, or twice in doubt."""
    file = tmp_path / "carrier.log"
    async with centre("late", file) as (made, port):
        connectors = (carrier_at(port, window=MANY_LATE),)
        routes = (Rule("all", ("carrier",), in_doubt=in_doubt),)
        async with running(tmp_path / "data", connectors=connectors, routes=routes) as world:
            await world.do(verbs.AccountTopUp("shop", "10000"))
            ids = {}
            for first in range(0, 10 * MANY_LATE, 1_000):
                ids |= await world.send(*[usual_number(n) for n in range(first, first + 1_000, 10)])
            for one in ids.values():
                await eventually(lambda one=one: _ended(world, one), 300)
            (connector,) = [one for one in world.gateway.connectors if one.name == "carrier"]
            assert connector.late_answers >= 0.9 * MANY_LATE
            print(f"{len(ids)} messages, {made.status.taken} taken, {connector.late_answers} answers too late")
    taken = Counter((part.recipient, part.checksum) for part in read_ledger(file).taken)
    assert len(taken) == len(ids) == MANY_LATE
    assert max(taken.values()) <= most


async def test_r13_receipts_before_and_around_their_answers_all_match(tmp_path):
    async with by_smpp(tmp_path, "hasty", changes={"window": 200}) as (world, _):
        ids = await world.send(*[f"38067{number:07d}" for number in range(3_000_100, 3_000_200)])
        await ends(world, ids)


@pytest.mark.timeout(60)
async def test_r14_ids_in_hex_find_their_receipts_in_decimal(tmp_path):
    async with by_smpp(tmp_path, ids="hex") as (world, _):
        ids = await world.send("380671234567", "380671234568")
        await ends(world, ids, seconds=40)


async def test_r21_receipts_come_over_the_receivers_of_split_binds_and_over_another_session(tmp_path):
    async with by_smpp(tmp_path, changes={"bind": "tx+rx", "sessions": 2}) as (world, made):
        await eventually(lambda: _is(made.status.sessions == 4))
        ids = await world.send(*[f"38067{number:07d}" for number in range(3_000_100, 3_000_140)])
        await ends(world, ids)
        assert world.gateway.inbound.parked == 0


async def test_r19_receipts_nobody_here_waits_for_reach_nobody_and_hold_nothing_up(tmp_path):
    with listening() as sink:
        async with by_smpp(tmp_path) as (world, made):
            await world.do(verbs.AccountCallback("shop", sink.url))
            await eventually(lambda: _is(made.status.sessions == 1))
            stranger = SmppConnector(
                "stranger",
                SmppSettings("127.0.0.1", world.gateway.settings.connectors[0].smpp.port, "gateway", "x", bind="tx"),
                world.clock,
            )
            lift = Lift()
            await stranger.start(lift)
            await eventually(lambda: _is(stranger.bound == 1))
            foreign = attempts(200)
            for at in range(0, 200, 10):
                stranger.send(foreign[at : at + 10])
                await eventually(lambda at=at: _is(len(lift.outcomes) == at + 10))
            ids = await world.send("380671234567")
            await ends(world, ids)
            await eventually(lambda: _is(world.gateway.inbound.parked == 200))
            await eventually(lambda: _is(made.status.owed == 0))
            await stranger.stop(0.1)
            assert {event["data"]["id"] for event in sink.events()} == set(ids.values())


async def test_r12_what_cannot_go_to_a_dead_carrier_goes_to_the_next_one(tmp_path):
    (free,) = free_ports(1)
    async with centre() as (made, port):
        changes = {
            "connectors": (carrier_at(free, "dead"), carrier_at(port, "living")),
            "routes": (Rule("all", ("dead", "living")),),
        }
        async with running(tmp_path, **changes) as world:
            await eventually(lambda: _is(made.status.sessions == 1))
            ids = await world.send("380671234567")
            await ends(world, ids)
            assert (await world.stored(ids["380671234567"])).connector == "living"


async def test_r12_what_no_receipt_comes_for_goes_over_the_next_carrier_and_is_reported_once(tmp_path):
    async with centre("silent") as (mute, port), centre() as (other, second):
        changes = {
            "connectors": (carrier_at(port, "mute"), carrier_at(second, "other")),
            "routes": (Rule("all", ("mute", "other"), failover_on_missing_receipt_s=1),),
        }
        with listening() as sink:
            async with running(tmp_path, **changes) as world:
                await world.do(verbs.AccountCallback("shop", sink.url))
                await eventually(lambda: _is(mute.status.sessions == other.status.sessions == 1))
                ids = await world.send("380671234567")
                await ends(world, ids)
                stored = await world.stored(ids["380671234567"])
                assert (stored.connector, stored.maybe_twice) == ("other", True)
                assert (mute.status.taken, other.status.taken) == (1, 1)
                await eventually(lambda: _is(sink.events()))
                assert [event["data"]["id"] for event in sink.events()] == list(ids.values())


class CarrierProcess:
    """`heliograph simulate-carrier` in a process of its own, which remembers in a file."""

    def __init__(self, file, personality):
        self.words = [sys.executable, "-m", "heliograph", "simulate-carrier", "--json", "--personality", personality]
        self.words += ["--memory", str(file)]
        (self.port,) = free_ports(1)

    def start(self):
        self.process = subprocess.Popen(
            [*self.words, "--port", str(self.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert json.loads(self.process.stdout.readline())["port"] == self.port

    def kill(self):
        self.process.kill()
        self.wait()

    def wait(self):
        self.process.stdin.close()
        code = self.process.wait(20)
        self.process.stdout.close()
        return code


@pytest.mark.timeout(90)
async def test_a_carrier_that_is_killed_in_mid_flight_loses_nothing_we_promised(tmp_path):
    carrier = CarrierProcess(tmp_path / "carrier.log", "late")
    await asyncio.to_thread(carrier.start)
    try:
        connectors = (carrier_at(carrier.port, late_answer_wait_s=20.0, window=100),)
        async with running(tmp_path / "data", connectors=connectors) as world:
            ids = await world.send(*[f"38067{number:06d}1" for number in range(400_011, 400_051)])
            await eventually(lambda: _is(world.gateway.connectors[0].under_way == 40))
            await asyncio.to_thread(carrier.kill)
            await eventually(lambda: _is(world.gateway.outcomes.in_doubt == 40))
            await asyncio.to_thread(carrier.start)

            async def look():
                seen = await world.gateway.store.messages([int(one) for one in ids.values()], None)
                assert all(message.maybe_twice for message in seen)
                return all(message.state is State.DELIVERED for message in seen)

            await eventually(look, 60)
    finally:
        carrier.process.terminate()
        carrier.wait()


async def test_the_carrier_in_a_process_of_its_own_texts_what_it_is_told_on_its_input(tmp_path):
    carrier = CarrierProcess(tmp_path / "carrier.log", "polite")
    await asyncio.to_thread(carrier.start)
    try:
        async with running(tmp_path / "data", connectors=(carrier_at(carrier.port),)) as world:
            carrier.process.stdin.write("380671234567 4040 Привіт, як справи?\n")
            carrier.process.stdin.flush()
            await eventually(lambda: _is(world.gateway.inbound.incoming == 1))
            acknowledged = tmp_path / "carrier.log"
            await eventually(lambda: _is("\nA " in acknowledged.read_text("ascii")))
    finally:
        carrier.process.terminate()
        said = json.loads(await asyncio.to_thread(carrier.process.stdout.readline))
        assert carrier.wait() == 0
    assert (said["texts"], said["owed"]) == (1, 0)
    assert (tmp_path / "carrier.log").stat().st_size
