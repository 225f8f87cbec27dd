"""Limits hold over two nodes as they would on one: counted by rows, by hints, or shared out."""

from __future__ import annotations

import asyncio

import pytest
from smpplib.exceptions import PDUError

from heliograph.doors.smpp_limits import SmppDoorSettings, SmppListenerSettings
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.doors.smsclub import SmsClubSettings
from heliograph.model.message import Content, Submission
from heliograph.model.refusal import Accepted, Reason
from nodes.pair import two_nodes
from walks import smpp_customer
from walks.smsc_customer import Customer, customer
from walks.subclient import Sub, subclient
from walks.world import SENDER, eventually

SETTINGS = {
    "smsc": SmscSettings(failed_logins=5, balances=4, at_once=0, same_users=0),
    "smsclub": SmsClubSettings(requests_per_second=20),
    "smpp": SmppDoorSettings(
        listeners=(SmppListenerSettings(0, flavour="smsc"),), max_binds=2, smsc_speed=40, failed_login_pause_s=0.01
    ),
}


def submission(account, number, text="Hello"):
    return Submission(
        account_id=account.id,
        door="test",
        dialect="test",
        sender=SENDER,
        recipient=number,
        recipient_given=number,
        content=Content(text),
    )


def on(world, of):
    """The same customer at the other node."""
    if isinstance(of, Sub):
        return Sub(world, of.login, of.password)
    return Customer(world, of)


@pytest.mark.timeout(120)
async def test_B27_limits_of_days_minutes_seconds_binds_and_guesses_hold_over_two_nodes(tmp_path):
    async with two_nodes(tmp_path, **SETTINGS) as (one, two):
        alex = await customer(one, "alex")
        other = on(two, alex)
        await eventually(lambda: asyncio.sleep(0, two.gateway.directory.by_login("alex")))
        await the_limits_of_a_day(alex, two)
        await the_same_request(alex, other)
        await the_same_key(one, two)
        await within_a_minute(alex, other)
        await binds(one, two)
        await guesses(alex, other)
        for world in (one, two):
            at_once, statuses_at_once, smsclub, _, visits = [rate.limit for rate in world.gateway.rates]
            assert smsclub == 10, "half of twenty requests a second"
            assert visits == 3, "half of five visits of a link a second, rounded up"
            assert (at_once, statuses_at_once) == (0, 3), "none stays none; two of four under way, the third is refused"


async def the_limits_of_a_day(alex, two):
    sub = await subclient(alex, type=2, fl__29=1, dlim=50, plim=3)
    twin = on(two, sub)
    await eventually(lambda: asyncio.sleep(0, twin.account))
    gateways = [sub.world.gateway, two.gateway]
    answers = await asyncio.gather(
        *[
            gateways[at % 2].intake.submit([submission(sub.account, f"3806711{at:05}", f"text {at}")])
            for at in range(80)
        ]
    )
    reasons = [getattr(answer, "reason", None) for (answer,) in answers]
    assert reasons.count(None) == 50, "no more in a day than are allowed, and no less"
    assert set(reasons) == {None, Reason.MESSAGE_LIMIT}
    late = await subclient(alex, "another", type=2, fl__29=1, plim=3)
    twin = on(two, late)
    await eventually(lambda: asyncio.sleep(0, twin.account))
    answers = await asyncio.gather(
        *[gateways[at % 2].intake.submit([submission(late.account, "380671234567", f"t{at}")]) for at in range(8)]
    )
    assert sum(isinstance(answer, Accepted) for (answer,) in answers) == 3
    assert {answer.reason for (answer,) in answers if not isinstance(answer, Accepted)} == {Reason.NUMBER_LIMIT}


async def the_same_request(alex, other):
    """The first has it, on whatever node; who was refused is told error 9 and pays nothing."""
    answers = await asyncio.gather(
        *[at.ask("send", phones="380671234599", mes="once", fmt=1, sender=SENDER) for at in (alex, other) * 5]
    )
    assert sorted(answer.startswith("0,-9") for answer in answers) == [False] + [True] * 9


async def the_same_key(one, two):
    """At our own interface: whoever comes later, at whatever node, gets the first one's answer."""
    body, headers = {"to": "380671112233", "text": "Once"}, {"Idempotency-Key": "order-17"}
    answers = await asyncio.gather(
        *[world.post("/v1/messages", body, headers=headers) for _ in range(10) for world in (one, two)]
    )
    assert {status for status, _, _ in answers} == {202}
    assert len({answer for _, _, answer in answers}) == 1
    other = {**body, "text": "Twice"}
    assert (await two.post("/v1/messages", other, headers=headers))[0] == 409


async def within_a_minute(alex, other):
    """Four requests for the balance within a minute, whoever is asked: the fifth is refused on both."""
    assert [(await at.ask("balance", fmt=0)).startswith("ERROR") for at in (alex, other, alex, other)] == [False] * 4

    async def refused():
        return (await other.ask("balance", fmt=0)).startswith("ERROR = 9")

    await eventually(refused)
    assert (await alex.ask("balance", fmt=0)).startswith("ERROR = 9")


async def binds(one, two):
    one.customers, two.customers = [], []
    password = await smpp_customer.system_id(one)
    await eventually(lambda: asyncio.sleep(0, two.gateway.directory.by_system_id(smpp_customer.SYSTEM_ID)))
    try:
        for world in (one, two):
            await smpp_customer.Customer(world, password).bind()
        for world in (one, two):
            await eventually(
                lambda door=world.gateway.smpp: asyncio.sleep(0, door.elsewhere(smpp_customer.SYSTEM_ID) == 1)
            )
            with pytest.raises(PDUError):
                await smpp_customer.Customer(world, password).bind()
        taken, _ = one.gateway.smpp.pace(next(iter(one.gateway.smpp._reception)), 1_000)
        assert taken == 20, "half of forty messages a second"
    finally:
        for bound in one.customers + two.customers:
            bound.close()
    await eventually(lambda: asyncio.sleep(0, not one.gateway.smpp.elsewhere(smpp_customer.SYSTEM_ID)))


async def guesses(alex, other):
    """Wrong passwords at both nodes are counted together, and the block is on both."""
    for at in (alex, other, alex, other, alex):
        assert "ERROR = 2" in await at.ask("balance", fmt=0, login="alex", psw="guess")

    async def is_blocked():
        return all([(await at.ask("balance", fmt=0)).startswith("ERROR = 4") for at in (alex, other)])

    await eventually(is_blocked)
