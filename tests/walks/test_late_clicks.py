"""A click is status 4 whenever it comes: before the receipt, as the gateway dies, and by any link of a text."""

from __future__ import annotations

import asyncio
import json

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.links import LinkSettings
from walks.sink import listening
from walks.smsc_customer import customer
from walks.test_callbacks import called
from walks.test_short_links import BASE, LOOSE, SHORT, TARGET, follow, shortened
from walks.world import eventually, running

SLOW = "380670000006"
"""The simulated carrier answers after three seconds, and its receipt is later."""
QUICK = "380671234567"


@pytest.fixture
def sink():
    with listening() as sink:
        sink.usual = 200
        yield sink


async def told(world, sink, login="client"):
    await world.do(verbs.AccountHandler(login, sink.url, ("status",)))


def statuses(sink):
    return [form["status"] for form in sink.forms()]


async def clicked(world, message):
    async def look():
        return (await world.stored(message.id)).state.name == "CLICKED"

    await eventually(look)


async def sweeps(world, times=3):
    """What upkeep would do in the next quarter of a minute."""
    for _ in range(times):
        await world.gateway.links.sweep()
        await world.gateway.journal.settle()


async def test_who_opened_a_link_before_the_receipt_has_clicked_when_it_comes(tmp_path, sink):
    async with running(tmp_path, smsc=LOOSE, links=LinkSettings(BASE)) as world:
        asker = await customer(world)
        await told(world, sink)
        message, code = await shortened(asker, phones=SLOW)
        assert await follow(world, code) == (302, TARGET)
        await sweeps(world)
        assert statuses(sink) == []
        await called(sink)
        await sweeps(world)
        await called(sink, 2)
        await clicked(world, message)
        await sweeps(world)
        assert await follow(world, code) == (302, TARGET)
        assert (await asker.ask("status", phone=SLOW, id=message.id, fmt=1)).startswith("4,")
        await asyncio.sleep(0.1)
        assert (statuses(sink)[0], statuses(sink).count("4")) == ("1", 1)
        assert await world.gateway.store.links.untold("", 5) == []


async def test_who_opened_a_link_as_the_gateway_died_has_clicked_after_the_restart(tmp_path, sink):
    async with running(tmp_path, smsc=LOOSE, links=LinkSettings(BASE)) as world:
        asker = await customer(world)
        await told(world, sink)
        message, code = await shortened(asker)
        await called(sink)
        link = await world.gateway.store.links.find(code)
        assert await world.gateway.store.links.visited(link, 20_000, False, 5)  # and no more
    for _ in range(2):
        async with running(tmp_path, smsc=LOOSE, links=LinkSettings(BASE), account=False) as world:
            await sweeps(world)
            await called(sink, 2)
            await clicked(world, message)
            await follow(world, code)
    assert (statuses(sink)[0], statuses(sink).count("4")) == ("1", 1)


async def test_two_links_of_one_text_are_one_click(tmp_path, sink):
    async with running(tmp_path, smsc=LOOSE, links=LinkSettings(BASE)) as world:
        asker = await customer(world)
        await told(world, sink)
        message = await asker.sent(f"{TARGET} and {TARGET}", tinyurl=1)
        await called(sink)
        codes = SHORT.findall(message.content.text)
        assert len(set(codes)) == 2
        await asyncio.gather(*(follow(world, code) for code in codes), sweeps(world))
        await called(sink, 2)
        await sweeps(world)
        assert (statuses(sink)[0], statuses(sink).count("4")) == ("1", 1)


async def test_a_link_in_a_text_that_came_to_nobody_changes_nothing_and_is_forgotten(tmp_path, sink):
    async with running(tmp_path, smsc=LOOSE, links=LinkSettings(BASE)) as world:
        asker = await customer(world)
        await told(world, sink)
        message, code = await shortened(asker, phones="380670000001")
        await called(sink)
        assert await follow(world, code) == (302, TARGET)
        await sweeps(world)
        assert (await world.stored(message.id)).state.name == "UNDELIVERABLE"
        assert await world.gateway.store.links.untold("", 5) == []
        assert "4" not in statuses(sink)


async def test_a_mailing_costs_what_its_short_texts_cost(tmp_path):
    """A long address makes three parts of what is one with the short one."""
    text = "x" * 120 + " https://shop.example/" + "a" * 200
    asked = {"add": 1, "mes": text, "phones": f"{QUICK},{int(QUICK) + 1}", "cost": 1, "fmt": 3}
    async with running(tmp_path, smsc=LOOSE, links=LinkSettings(BASE)) as world:
        asker = await customer(world)
        long = json.loads(await asker.ask("jobs", name="long", **asked))
        short = json.loads(await asker.ask("jobs", name="short", tinyurl=1, **asked))
        assert float(long["cost"]) == 3 * float(short["cost"]) > 0
