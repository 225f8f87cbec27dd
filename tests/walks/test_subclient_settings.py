"""What an owner sets for a sub-client over `users.php`, and what follows: a test for each (smsc-directory.md 3.2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heliograph.backoffice.senders import SenderSettings
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.model.message import State
from heliograph.model.senders import AtOperator
from heliograph.settings import ConnectorSettings
from walks.smsc_customer import SENDER, customer
from walks.subclient import subclient, users
from walks.world import eventually, running

SETTINGS = {
    "smsc": SmscSettings(at_once=0, balances=0, same_users=0, mass_statuses=0),
    "connectors": (
        ConnectorSettings("cheap", "simulated", personality="refuses"),
        ConnectorSettings("dear", "simulated"),
    ),
    "routes": (Rule("all", ("cheap",), sure=("dear",)),),
    "tariffs": (TariffLine("all", "default", "1.40"),),
    "senders": SenderSettings(names_in_text=True),
}


@pytest.fixture
async def owner(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        yield await customer(world, "alex")


async def ended(sub, text="test", phones="380671234560"):
    """What a message ended as, and its attempts' connectors in order; the cheap carrier refuses this number."""
    world = sub.world
    message = await sub.sent(text, phones)

    async def over():
        story = await world.gateway.store.story(message.id)
        return story if story.message.is_final else None

    story = await eventually(over)
    return story.message.state, [attempt.connector for attempt in story.attempts]


# -- routes: fl2[9], fl2[24] -------------------------------------------------------------------------------------------


async def test_routes_are_cheap_dear_first_with_fl2_9_and_dear_on_failure_with_fl2_24(owner):
    """fl2[9], fl2[24]."""
    plain = await subclient(owner, "plain", fl__29=1, type=2)
    assert await ended(plain) == (State.REJECTED, ["cheap"])
    sure = await subclient(owner, "sure", fl__29=1, type=2, fl2__9=1)
    assert await ended(sure) == (State.DELIVERED, ["dear"])
    thrifty = await subclient(owner, "thrifty", fl__29=1, type=2, fl2__24=1)
    assert await ended(thrifty) == (State.DELIVERED, ["cheap", "dear"])
    await users(owner, chg=1, user="thrifty", fl2__24=0)
    assert await ended(thrifty, text="again") == (State.REJECTED, ["cheap"])


# -- replaced senders: fl2[12], fl2[13] --------------------------------------------------------------------------------


async def substitute(owner):
    """Ukraine shows the name as COMMON; the name is number 1."""
    gateway = owner.world.gateway
    (sender,) = gateway.directory.senders(gateway.directory.by_login("alex").id)
    at = (AtOperator("ua_reg", substitute="COMMON"),)
    await gateway.store.change_directory([replace(sender, operators=at)], "test", 0)
    gateway.directory.apply(await gateway.store.directory())


async def test_fl2_12_a_message_is_never_sent_with_a_replaced_sender(owner):
    await substitute(owner)
    sub = await subclient(owner, fl__29=1, type=2, fl2__12=1)
    assert (await sub.send()).endswith(",-6")
    assert (await sub.sent(phones="48601234567")).sender == SENDER
    await users(owner, chg=1, user="mylogin", fl2__12=0)
    assert (await sub.sent("two")).sender == "COMMON"


async def test_fl2_13_the_sender_is_not_put_into_the_text_when_it_is_replaced(owner):
    await substitute(owner)
    sub = await subclient(owner, fl__29=1, type=2)
    message = await sub.sent("x" * 155)
    assert (message.sender, message.content.text) == ("COMMON", f"{SENDER}: " + "x" * 155)
    assert (message.parts, message.price) == (2, 2_800_000)
    await users(owner, chg=1, user="mylogin", fl2__13=1)
    message = await sub.sent("y" * 155)
    assert (message.sender, message.content.text, message.parts) == ("COMMON", "y" * 155, 1)
    assert (await sub.sent("z", "48601234567")).content.text == "z"
