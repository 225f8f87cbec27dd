"""Numbers for incoming messages: offered, rented by the month, given back (smsc-directory.md 9)."""

from __future__ import annotations

import calendar
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.rents import OfferedNumber
from heliograph.doors.smsc_limits import SmscSettings
from walks.sink import listening
from walks.smsc_customer import PHONE, customer
from walks.test_callbacks import called
from walks.world import ShiftedClock, running

FIRST, SECOND = "380440000001", "380440000002"
OFFER = (OfferedNumber(FIRST, "30"), OfferedNumber(SECOND, "1000"))
SETTINGS = {"smsc": SmscSettings(same_data=0), "incoming_numbers": OFFER}
HALF = datetime(2027, 4, 16, 12, tzinfo=UTC).timestamp()


@pytest.fixture
async def world(tmp_path):
    """On the 16th of a month of thirty days."""
    clock = ShiftedClock()
    clock.shift(HALF - clock.now() / 1000)
    async with running(tmp_path, clock=clock, **SETTINGS) as world:
        yield world


async def balance(asker):
    return Decimal(await asker.ask("balance", fmt=1))


@pytest.mark.covers(91)
async def test_a_rented_number_brings_its_texts_to_the_account_alone(world):
    asker, other = await customer(world), await customer(world, "other")
    await other.sent()
    with listening() as sink:
        sink.usual = 200
        await world.do(verbs.AccountHandler("client", sink.url, ("incoming",)))
        assert await asker.ask("receive_phones", buy=1, phone=f"+{FIRST}", fmt=1) == "OK"
        await world.do(verbs.Incoming("carrier", PHONE, FIRST, "hello"))
        await called(sink)
        (form,) = sink.forms()
    assert (form["mes"], form["to"], form["phone"]) == ("hello", FIRST, PHONE)
    assert "sms_id" not in form


async def test_a_rent_is_money_spent_and_no_credit_taken_back(world):
    asker = await customer(world)
    assert await asker.ask("receive_phones", buy=1, phone=FIRST, fmt=1) == "OK"
    spent = 100 - await balance(asker)
    day = datetime.fromtimestamp(world.clock.now() / 1000, UTC)
    assert (
        await asker.ask("get", get_stat=1, start=f"{day - timedelta(days=1):%d.%m.%Y}", fmt=1)
        == f"client,0,100.00,{spent:.2f},RUR"
    )


async def test_the_offer_is_told_in_each_format_and_shrinks(world):
    asker = await customer(world)
    assert await asker.ask("receive_phones", get=1, fmt=0) == (
        f"phone = {FIRST}, cost = 30.00\nphone = {SECOND}, cost = 1000.00"
    )
    assert await asker.ask("receive_phones", gets=1, fmt=1) == f"{FIRST},30.00\n{SECOND},1000.00"
    assert (await asker.ask("receive_phones", get=1, fmt=2)).split("\n")[1] == f'<phone cost="30.00">{FIRST}</phone>'
    assert json.loads(await asker.ask("receive_phones", get=1, fmt=3))[0] == {"phone": FIRST, "cost": "30.00"}
    assert await asker.ask("receive_phones", buy=1, phone=FIRST, fmt=3) == '{\n"result": "OK"\n}'
    assert await asker.ask("receive_phones", get=1, fmt=1) == f"{SECOND},1000.00"


async def test_the_rest_of_the_month_is_paid_then_month_by_month_until_it_is_not_wanted(world):
    asker = await customer(world)
    await asker.ask("receive_phones", buy=1, phone=FIRST, fmt=1)
    assert await balance(asker) == Decimal("85.00")
    await world.gateway.rents.look_at_months()
    assert await balance(asker) == Decimal("85.00")
    world.clock.shift(15 * 86_400)
    await world.gateway.rents.look_at_months()
    assert await balance(asker) == Decimal("55.00")
    assert await asker.ask("receive_phones", chg=1, phone=FIRST, noprolong=1, fmt=1) == "OK"
    world.clock.shift(calendar.monthrange(2027, 5)[1] * 86_400)
    await world.gateway.rents.look_at_months()
    assert await balance(asker) == Decimal("55.00")
    assert world.gateway.directory.owner_of_number(FIRST) == 0
    assert await asker.ask("receive_phones", get=1, fmt=1) == f"{FIRST},30.00\n{SECOND},1000.00"
    assert await world.gateway.store.check() == []


async def test_what_cannot_be_rented_gets_its_error_and_costs_nothing(world):
    asker, other = await customer(world), await customer(world, "other")
    assert await asker.ask("receive_phones", buy=1, phone=SECOND, fmt=1) == "0,-5"
    assert await asker.ask("receive_phones", buy=1, phone="380440000009", fmt=1) == "0,-3"
    assert await asker.ask("receive_phones", buy=1, phone="12", fmt=1) == "0,-1"
    assert await asker.ask("receive_phones", fmt=1) == "0,-1"
    assert await balance(asker) == Decimal("100.00")
    await asker.ask("receive_phones", buy=1, phone=FIRST, fmt=1)
    assert await other.ask("receive_phones", buy=1, phone=FIRST, fmt=1) == "0,-5"
    assert await other.ask("receive_phones", chg=1, phone=FIRST, noprolong=1, fmt=1) == "0,-3"


async def test_without_money_for_the_next_month_the_number_goes_back(world):
    asker = await customer(world, money="20")
    assert await asker.ask("receive_phones", buy=1, phone=FIRST, fmt=1) == "OK"
    world.clock.shift(15 * 86_400)
    await world.gateway.rents.look_at_months()
    assert await balance(asker) == Decimal("5.00")
    assert world.gateway.directory.owner_of_number(FIRST) == 0


async def test_nothing_offered_is_error_3(tmp_path):
    async with running(tmp_path) as world:
        asker = await customer(world)
        assert await asker.ask("receive_phones", get=1, fmt=1) == "0,-3"
