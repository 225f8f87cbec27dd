"""Every carrier that comes as a file, against our own connector: whatever it does, nothing is lost (R7 to R17)."""

from __future__ import annotations

import pytest

from heliograph.model.message import State
from heliograph.simulator.portrait import shipped
from pace import wall_below
from walks.test_smpp_way import by_smpp
from walks.world import eventually

NUMBERS = [f"38067{number:07d}" for number in range(4_000_100, 4_000_140)]
QUICK = {"window": 50, "reconnect_least_s": 0.02, "reconnect_most_s": 0.1}
HALF_OPEN = {**QUICK, "enquire_link_s": 0.2, "response_s": 0.2}

REFUSED_IN_0 = {number: "REJECTD" for number in NUMBERS if number.endswith("0")}
REFUSED_IN_0_AND_5 = {number: "REJECTD" for number in NUMBERS if number[-1] in "05"}

EXPECTED = {
    "backwards": {},
    "duplicates": {},
    "flapping": {},
    "half_open": {},
    "hasty": {},
    "hex_ids": {},
    "no_ids": dict.fromkeys(NUMBERS, "ENROUTE"),
    "odd": REFUSED_IN_0,
    "polite": {},
    "queue_full": {},
    "receipts_in_text": {},
    "refuses": REFUSED_IN_0_AND_5,
    "slow_receipts": {},
    "throttler": {},
    "unicode_only": {},
}
"""By number, what is not delivered in the end."""


def test_each_file_has_its_walk():
    assert shipped() == sorted(EXPECTED)


@pytest.mark.timeout(90)
@pytest.mark.parametrize("name", sorted(EXPECTED))
async def test_r7_to_r17_nothing_is_lost_with_this_carrier(tmp_path, name):
    changes = {"half_open": HALF_OPEN, "odd": {**QUICK, "temporary_statuses": (0x4E8,)}}.get(name, QUICK)
    async with by_smpp(tmp_path, name, changes=changes) as (world, made):
        ids = await world.send(*NUMBERS)
        wanted = dict.fromkeys(NUMBERS, "DELIVRD") | EXPECTED[name]

        async def come_true():
            seen = await world.status(*ids.values())
            stored = await world.gateway.store.messages([int(one) for one in ids.values()], None)
            held = {str(one.id) for one in stored if one.state is State.IN_DOUBT and one.maybe_twice}
            return all(seen[ids[number]] == wanted[number] or ids[number] in held for number in NUMBERS)

        await eventually(come_true, 60)
        if name != "half_open":  # what it sends into a dead link is owed for as long as a receiver is deaf
            await eventually(lambda: _is(made.status.owed == 0), 20)
        if name not in ("flapping", "half_open"):
            taken = len(NUMBERS) - sum(word == "REJECTD" for word in wanted.values())
            assert made.status.taken == taken, "something was sent twice"


async def _is(seen):
    return seen


@pytest.mark.timeout(60)
async def test_a_carrier_of_ucs_2_alone_refuses_the_rest_for_good(tmp_path):
    async with by_smpp(tmp_path, "unicode_only") as (world, made):
        ids = await world.send("380671234567", text="Hello")
        await world.until(ids["380671234567"], "REJECTD")
        assert (await world.stored(ids["380671234567"])).error == 255
        assert made.status.taken == 0


@pytest.mark.timeout(60)
async def test_r8_a_dead_link_is_left_within_two_enquiries(tmp_path):
    async with by_smpp(tmp_path, "half_open", changes={"enquire_link_s": 0.5, "response_s": 0.5}) as (world, _):
        carrier = world.gateway.connectors[0]
        await eventually(lambda: _is(carrier.bound == 1))
        async with wall_below(1.0 + 2 * 0.5 + 0.5):  # deaf after a second
            await eventually(lambda: _is(carrier.bound == 0), 10)


@pytest.mark.timeout(60)
async def test_r11_the_same_id_for_all_and_none_at_all_break_nothing(tmp_path):
    async with by_smpp(tmp_path) as (world, made):
        ids = await world.send("380671230016", "380671230017", "380672230017", "380671234567")
        await world.until(ids["380671234567"], "DELIVRD")
        await world.until(ids["380671230017"], "DELIVRD")
        await world.until(ids["380672230017"], "DELIVRD")
        assert (await world.status(ids["380671230016"]))[ids["380671230016"]] == "ENROUTE"
        story = await world.gateway.store.story(int(ids["380671230016"]))
        assert [(attempt.state.name, attempt.upstream_id) for attempt in story.attempts] == [("TAKEN", "")]
        await eventually(lambda: _is(made.status.owed == 0))
