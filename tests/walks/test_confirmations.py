"""A number is confirmed by a call from it: the number to call, the call, the word to the handler (D 10, M 10.4)."""

from __future__ import annotations

import hashlib

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.verbs import NotPossible
from heliograph.doors.smsc_limits import SmscSettings
from walks.sink import listening
from walks.smsc_customer import PHONE, customer
from walks.test_callbacks import called
from walks.world import running

NUMBER, SECOND = "380440000001", "380440000002"
SETTINGS = SmscSettings(confirmation_numbers=(NUMBER, SECOND), confirmations_a_day=3)


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path, smsc=SETTINGS) as world:
        yield world


@pytest.fixture
def sink():
    with listening() as sink:
        sink.usual = 200
        yield sink


async def call(world, phone=PHONE, number=NUMBER):
    await world.do(verbs.IncomingCall(phone, number))


async def handled(world, sink, login="client", query="md5=word"):
    await world.do(verbs.AccountHandler(login, f"{sink.url}?{query}", ("status", "incoming")))


@pytest.mark.covers_part(152)
@pytest.mark.parametrize(
    ("fmt", "answer"),
    [
        (0, f"PHONE = {NUMBER}"),
        (1, NUMBER),
        (2, f"<result>\n<phone>{NUMBER}</phone>\n</result>"),
        (3, f'{{\n"phone": "{NUMBER}",\n"all_phones": ["{NUMBER}", "{SECOND}"]\n}}'),
    ],
)
async def test_the_number_to_call_is_told_in_each_format(world, fmt, answer):
    asker = await customer(world)
    assert await asker.ask("wait_call", phone="8 (067) 123-45-67", fmt=fmt) == answer


@pytest.mark.covers(134, 141, 151)
@pytest.mark.covers_part(90, 152, 155)
async def test_a_call_is_told_once_with_its_hash_and_nothing_else(world, sink):
    asker = await customer(world)
    await handled(world, sink, query="md5=word&order=5")
    await asker.ask("wait_call", phone=PHONE)
    await call(world)
    await called(sink)
    await call(world)
    await call(world, "380671234568")
    await asker.send(phones="380671234569")
    await called(sink, 2)
    confirmed, status = sink.forms()
    assert list(confirmed) == ["waitcall", "phone", "ts", "order", "md5"]
    assert (confirmed["waitcall"], confirmed["phone"], confirmed["order"]) == ("1", PHONE, "5")
    assert abs(int(confirmed["ts"]) - world.clock.now() // 1000) < 60
    assert confirmed["md5"] == hashlib.md5(f"{PHONE}:{confirmed['ts']}:word".encode()).hexdigest()
    assert "waitcall" not in status


async def test_a_call_to_another_number_of_ours_or_too_late_confirms_nothing(world, sink):
    asker = await customer(world)
    await handled(world, sink)
    await asker.ask("wait_call", phone=PHONE)
    await call(world, number=SECOND)
    world.clock.shift(600)
    await call(world)
    await asker.ask("wait_call", phone=PHONE)
    await call(world)
    await called(sink)
    assert [form["waitcall"] for form in sink.forms()] == ["1"]


async def test_two_accounts_that_wait_for_one_phone_are_told_apart_by_the_number(world, sink):
    first, second, third = [await customer(world, login) for login in ("first", "second", "third")]
    await handled(world, sink, "second", "order=second")
    assert await first.ask("wait_call", phone=PHONE, fmt=1) == NUMBER
    assert await second.ask("wait_call", phone=PHONE, fmt=1) == SECOND
    assert await first.ask("wait_call", phone=PHONE, fmt=1) == NUMBER
    assert await third.ask("wait_call", phone=PHONE, fmt=1) == "0,-9"
    await call(world, number=SECOND)
    await called(sink)
    assert [form["order"] for form in sink.forms()] == ["second"]
    assert await third.ask("wait_call", phone=PHONE, fmt=1) == SECOND


async def test_what_is_asked_outlives_a_restart(tmp_path, sink):
    async with running(tmp_path, smsc=SETTINGS) as world:
        asker = await customer(world)
        await handled(world, sink)
        await asker.ask("wait_call", phone=PHONE)
    async with running(tmp_path, smsc=SETTINGS, account=False) as world:
        await call(world)
        await called(sink)
    assert [form["phone"] for form in sink.forms()] == [PHONE]


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({}, "0,-1"),
        ({"phone": PHONE, "psw": "wrong", "login": "client"}, "0,-2"),
        ({"phone": "12"}, "0,-5"),
        ({"phone": "9" * 5000}, "0,-5"),
    ],
)
async def test_what_cannot_be_confirmed_gets_its_error(world, fields, answer):
    asker = await customer(world)
    assert await asker.ask("wait_call", fmt=1, **fields) == answer
    assert await world.gateway.store.confirmations.pending(PHONE, world.clock.now()) == []


async def test_an_account_without_money_gets_error_3_and_one_that_asks_all_day_error_6(world):
    poor = await customer(world, "poor", money=None)
    assert await poor.ask("wait_call", phone=PHONE, fmt=1) == "0,-3"
    asker = await customer(world)
    answers = [await asker.ask("wait_call", phone=PHONE, fmt=1) for _ in range(4)]
    assert answers == [NUMBER, NUMBER, NUMBER, "0,-6"]
    assert await asker.ask("wait_call", phone="380671234568", fmt=1) == NUMBER
    world.clock.shift(24 * 3600)
    assert await asker.ask("wait_call", phone=PHONE, fmt=1) == NUMBER


async def test_requests_of_a_minute_are_limited(tmp_path):
    async with running(tmp_path, smsc=SmscSettings(confirmation_numbers=(NUMBER,), confirmations=2)) as world:
        asker = await customer(world)
        answers = [await asker.ask("wait_call", phone=f"38067123456{last}", fmt=1) for last in range(3)]
        assert answers == [NUMBER, NUMBER, "0,-9"]


async def test_without_numbers_of_its_own_the_gateway_has_no_such_script(tmp_path):
    async with running(tmp_path) as world:
        asker = await customer(world)
        status, _, _ = await asker.post("/sys/wait_call.php", b"phone=1")
        assert status == 404


async def test_a_call_without_two_numbers_is_no_call(world):
    with pytest.raises(NotPossible, match="two international numbers"):
        await call(world, "12", NUMBER)


async def test_a_webhook_of_our_own_form_hears_of_the_call(world, sink):
    asker = await customer(world)
    await world.do(verbs.AccountCallback("client", sink.url))
    await asker.ask("wait_call", phone=PHONE)
    await call(world)
    await called(sink)
    told = sink.events()[0]
    assert told["type"] == "call.received"
    assert (told["data"]["from"], told["data"]["to"]) == (PHONE, NUMBER)


@pytest.mark.covers(155)
async def test_a_handler_tells_the_three_kinds_apart_by_mes_and_waitcall(world, sink):
    """As the printed code does: `waitcall` is a confirmation, `mes` an incoming message, all else a status."""
    asker = await customer(world)
    await handled(world, sink)
    await world.do(verbs.AccountSender("client", "380440000009"))
    await asker.ask("wait_call", phone=PHONE)
    await call(world)
    await world.do(verbs.Incoming("carrier", PHONE, "380440000009", "hello"))
    await asker.send(phones="380671234569")
    await called(sink, 3)
    kinds = ["confirmation" if "waitcall" in form else "text" if "mes" in form else "status" for form in sink.forms()]
    assert sorted(kinds) == ["confirmation", "status", "text"]
    (text,) = [form for form in sink.forms() if "mes" in form]
    assert (text["mes"], text["phone"], text["to"]) == ("hello", PHONE, "380440000009")
    (status,) = [form for form in sink.forms() if "status" in form]
    assert status["phone"] == "380671234569"
