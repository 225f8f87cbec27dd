"""Sender names registered over SMS Club's interface (smsclub.md 3.8)."""

from __future__ import annotations

import pytest

from heliograph.backoffice import verbs
from walks.smsc_customer import Customer
from walks.world import running

REGISTER, STATES = "/originators/registration-originators", "/originators/stat-originators"
TRADER = {
    "sender_id": "MyShop",
    "company_type": "fop",
    "company": "Shop",
    "inn": "1234567890",
    "subject": "trade",
    "description": "Повідомлення клієнтам",
    "site": "https://shop.example",
}


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path) as world:
        yield world


async def states(world, body=b""):
    return (await world.json(STATES, body))["success_request"]["info"]


async def test_a_name_is_registered_moderated_and_then_listed(world):
    answer = await world.post(REGISTER, TRADER)
    assert answer[0] == 200
    assert answer[2] == b'{"success_request":{"info":{"originator":"MyShop","status":"Being moderated"}}}'
    assert await states(world) == {"VashZakaz": "Approved", "MyShop": "Being moderated"}
    (waiting,) = await world.do(verbs.SenderList(waiting=True))
    shown = await world.do(verbs.SenderShow(waiting["id"]))
    assert shown["requisites"]["inn"] == "1234567890"
    assert shown["comment"] == "Повідомлення клієнтам"
    for state, word in ((1, "Awaiting moderation by operator"), (8, "Waiting for Additional. Information")):
        await world.do(verbs.SenderOperator(waiting["id"], "ua_reg", state))
        assert await states(world, {"sender_id": "MyShop"}) == {"MyShop": word}
    await world.do(verbs.SenderModerate(waiting["id"], True))
    again = await world.json(REGISTER, TRADER)
    assert again["success_request"]["info"] == {"originator": "MyShop", "status": "Approved"}
    assert (await world.json("/sms/originator"))["success_request"]["info"] == ["VashZakaz", "MyShop"]
    await world.do(verbs.SenderModerate(waiting["id"], False))
    assert await states(world, {"sender_id": "MyShop"}) == {"MyShop": "Rejected"}


@pytest.mark.parametrize("missing", [*TRADER])
async def test_what_is_missing_is_400_and_leaves_nothing(world, missing):
    status, _, body = await world.post(REGISTER, {name: value for name, value in TRADER.items() if name != missing})
    assert status == 400
    assert missing in body.decode()
    assert await states(world) == {"VashZakaz": "Approved"}


@pytest.mark.parametrize("name", ["TwelveLetter", "Ж", ["MyShop"], "", "a" * 5000])
async def test_a_name_that_is_none_is_400(world, name):
    status, _, _ = await world.post(REGISTER, TRADER | {"sender_id": name})
    assert status == 400


async def test_a_company_names_its_own_number(world):
    company = {**TRADER, "company_type": "tov", "okpo": "12345678"}
    del company["inn"]
    assert (await world.post(REGISTER, company))[0] == 200
    assert (await world.post(REGISTER, {**TRADER, "company_type": "gmbh"}))[0] == 400


async def test_both_interfaces_speak_of_the_same_names(world):
    made = await world.do(verbs.AccountApikey("shop"))
    shop = Customer(world, type("Made", (), {"login": "shop", "password": "", "apikey": made["apikey"]}))
    assert await shop.ask("senders", add=1, sender="FromSmsc", fmt=1) != "0,-5"
    assert (await states(world))["FromSmsc"] == "Being moderated"
    await world.post(REGISTER, TRADER)
    assert "MyShop,0," in await shop.ask("senders", get=1, all=1, fmt=1)


async def test_a_reading_token_registers_nothing_and_another_account_sees_nothing(world):
    token = (await world.do(verbs.AccountToken("shop", scope="read")))["token"]
    assert (await world.post(REGISTER, TRADER, token=token))[0] == 401
    assert (await world.post(REGISTER, TRADER, method="GET"))[0] == 405
    await world.add_account("other", sender=None)
    assert await states(world) == {}
