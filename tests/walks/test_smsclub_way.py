"""Rows 1 to 27: the main job through SMS Club's JSON interface, on a started gateway."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from heliograph.backoffice import verbs
from heliograph.core.routing import Rule
from heliograph.settings import ConnectorSettings, QueueSettings
from walks.world import SENDER, SETTINGS, eventually, running

PRINTED_SEND = b"""{
  "phone": ["380989361131", "380989361130", "380989361129"],
  "message": "test",
  "src_addr": "VashZakaz"
}"""


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path) as world:
        yield world


@pytest.mark.covers(1)
async def test_a_fresh_account_with_a_token_is_answered_at_once(tmp_path):
    async with running(tmp_path, account=False) as world:
        made = await world.do(verbs.AccountCreate("newcomer"))
        status, _, body = await world.post("/sms/balance", token=made.token)
    assert status == 200
    assert json.loads(body) == {"success_request": {"info": {"money": "0.0000", "currency": "UAH"}}}


@pytest.mark.covers(2)
async def test_texts_in_utf8_are_kept_unchanged_and_other_bytes_are_400(world):
    for text in ("Їжак з'їв ґаву", "Дякуємо 🙂👍🏽"):
        ids = await world.send("380671234567", text=text)
        assert (await world.stored(ids["380671234567"])).content.text == text
    status, _, body = await world.post(
        "/sms/send", '{"src_addr":"VashZakaz","phone":["380671234567"],"message":"Привіт"}'.encode("cp1251")
    )
    assert status == 400
    assert list(json.loads(body)) == ["name", "message", "code", "status"]


@pytest.mark.covers(3, 9, 19)
async def test_a_send_is_answered_with_ids_and_numbers(world):
    answer = await world.json(
        "/sms/send", {"src_addr": SENDER, "phone": ["380671234567", "0501234567"], "message": "Hello"}
    )
    assert list(answer) == ["success_request"]
    info = answer["success_request"]["info"]
    assert list(info.values()) == ["380671234567", "380501234567"]
    assert all(key.isdigit() for key in info)


@pytest.mark.covers(4)
async def test_the_sender_is_carried_and_must_be_the_accounts_own(world):
    ids = await world.send("380671234567")
    assert (await world.stored(ids["380671234567"])).sender == "VashZakaz"
    for fields in ({}, {"src_addr": "NotMine"}):
        status, _, body = await world.post("/sms/send", {**fields, "phone": ["380671234568"], "message": "x"})
        assert status == 400
        assert json.loads(body)["name"] == "Bad Request"


@pytest.mark.covers(5)
async def test_a_hundred_numbers_are_taken_and_one_more_is_400(world):
    numbers = [f"38067{number:07d}" for number in range(1000, 1101)]
    ids = await world.send(*numbers[:100])
    assert list(ids) == numbers[:100]
    assert len(set(ids.values())) == 100
    status, _, _ = await world.post("/sms/send", {"src_addr": SENDER, "phone": numbers, "message": "more"})
    assert status == 400
    answer = await world.json("/sms/send", {"src_addr": SENDER, "Phone": ["380671234567"], "message": "capital"})
    assert list(answer["success_request"]["info"].values()) == ["380671234567"]


@pytest.mark.covers(6)
async def test_the_text_arrives_unchanged_and_an_empty_one_is_400(world):
    text = "  Line one\nline two\t€ {braces} ~  "
    ids = await world.send("380671234567", text=text)
    assert (await world.stored(ids["380671234567"])).content.text == text
    status, _, _ = await world.post("/sms/send", {"src_addr": SENDER, "phone": ["380671234567"], "message": ""})
    assert status == 400


@pytest.mark.covers(7)
async def test_the_integration_id_is_stored(world):
    ids = await world.send("380671234567", integration_id=42)
    assert (await world.stored(ids["380671234567"])).integration_id == 42
    ids = await world.send("380671234568")
    assert (await world.stored(ids["380671234568"])).integration_id is None


@pytest.mark.covers(8)
async def test_the_printed_request_is_answered_200(world):
    status, _, body = await world.post("/sms/send", PRINTED_SEND)
    assert status == 200
    assert sorted(json.loads(body)["success_request"]["info"].values()) == [
        "380989361129",
        "380989361130",
        "380989361131",
    ]


@pytest.mark.covers(10, 11, 12, 13)
async def test_statuses_are_answered_in_every_form_of_the_request(world):
    numbers = [f"38067{number:07d}" for number in range(2000, 2100)]
    ids = list((await world.send(*numbers)).values())
    for message_id in ids:
        await world.until(message_id, "DELIVRD")
    assert await world.status(*ids) == dict.fromkeys(ids, "DELIVRD")
    status, _, _ = await world.post("/sms/status", {"id_sms": [*ids, "1"]})
    assert status == 400
    one = {"success_request": {"info": {ids[0]: "DELIVRD"}}}
    assert await world.json("/sms/status", {"id_sms": ids[0]}) == one
    assert await world.json("/sms/status", f'{{ "id_sms" : ["{ids[0]}"], }}'.encode()) == one


@pytest.mark.covers(14, 15, 17, 18)
async def test_the_states_follow_what_the_carrier_says(tmp_path):
    carriers = (ConnectorSettings("polite", "simulated"), ConnectorSettings("slow", "simulated", personality="slow"))
    routes = (Rule("slow", ("slow",), prefixes=("38063",)), Rule("all", ("polite",)))
    async with running(tmp_path, connectors=carriers, routes=routes) as world:
        numbers = ("380631234567", "380671234567", "380671230001", "380671230003")
        ids = await world.send(*numbers)
        assert await world.status(ids["380631234567"]) == {ids["380631234567"]: "ENROUTE"}
        await world.until(ids["380671234567"], "DELIVRD")
        await world.until(ids["380671230001"], "UNDELIV")
        await world.until(ids["380671230003"], "REJECTD")
        assert await world.status(ids["380631234567"]) == {ids["380631234567"]: "ENROUTE"}


@pytest.mark.covers(16)
async def test_a_message_whose_lifetime_passed_is_expired(tmp_path):
    carriers = (ConnectorSettings("full", "simulated", window=1, speed=0.0001, personality="silent"),)
    routes = (Rule("all", ("full",)),)
    queue = QueueSettings(least_free_disk_mib=0, grace_s=0, validity_s=60)
    async with running(tmp_path, connectors=carriers, routes=routes, queue=queue) as world:
        ids = list((await world.send("380671234501", "380671234502", "380671234503")).values())
        world.clock.shift(61)
        await world.until(ids[-1], "EXPIRED")
        assert (await world.stored(ids[-1])).refunded == 450_000


@pytest.mark.covers(20, 21)
async def test_errors_have_their_four_members_on_every_path(world):
    status, _, body = await world.post("/sms/send", b'{"src_addr":')
    assert status == 400
    assert json.loads(body)["status"] == 400
    assert list(json.loads(body)) == ["name", "message", "code", "status"]
    for path in ("/sms/send", "/sms/status", "/sms/originator", "/sms/balance", "/v2/sms/send", "/sms/other"):
        status, _, body = await world.post(path, token="wrong")
        assert status == 401
        assert list(json.loads(body)) == ["name", "message", "code", "status"]
        assert json.loads(body)["status"] == 401


@pytest.mark.covers(22)
async def test_the_tenth_request_within_a_second_is_429(tmp_path):
    async with running(tmp_path, smsclub=replace(SETTINGS.smsclub, requests_per_second=9)) as world:
        clock = world.clock.monotonic
        frozen = clock()
        world.clock.monotonic = lambda: frozen
        answers = [await world.post("/sms/balance") for _ in range(10)]
        world.clock.monotonic = clock
    assert [status for status, _, _ in answers] == [200] * 9 + [429]
    assert json.loads(answers[-1][2])["status"] == 429


@pytest.mark.covers(23)
async def test_the_same_text_again_is_453_until_two_minutes_are_over(world):
    body = {"src_addr": SENDER, "phone": ["380671234567"], "message": "once"}
    assert (await world.post("/sms/send", body))[0] == 200
    status, _, answer = await world.post("/sms/send", body)
    assert status == 453
    assert json.loads(answer)["status"] == 453
    world.clock.shift(121)
    assert (await world.post("/sms/send", body))[0] == 200


@pytest.mark.covers(24)
async def test_a_store_that_cannot_write_is_answered_503_and_recovers_by_itself(world):
    """SQLite is really out of room here: the file may not grow by a single page."""
    kept = await world.send("380671234567", text="before")
    database = world.gateway.store._database.writer
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages}")

    async def send(number):
        body = {"src_addr": SENDER, "phone": [f"38067{number:07d}"], "message": "Lang " * 150}
        return await world.post("/sms/send", body)

    answers = [await send(number) for number in range(2000, 2040)]
    refused = [answer for status, _, answer in answers if status != 200]
    assert {status for status, _, _ in answers} == {200, 503}
    assert json.loads(refused[0])["status"] == 503
    assert list(json.loads(refused[0])) == ["name", "message", "code", "status"]
    assert b"Traceback" not in b"".join(refused)

    async def not_ready():
        """A probe may have found room for itself meanwhile, until the next two messages find none."""
        for number in (2040, 2041):
            await send(number)
        return (await world.post("/readyz", method="GET"))[0] == 503

    await eventually(not_ready)

    database.execute("PRAGMA max_page_count = 1073741823")

    async def ready():
        return (await world.post("/readyz", method="GET"))[0] == 200

    await eventually(ready)
    assert (await send(3000))[0] == 200
    assert list(await world.status(*kept.values())) == list(kept.values())
    assert await world.gateway.store.check() == []


@pytest.mark.covers(25, 26)
async def test_names_and_balance_are_answered_without_a_body(world):
    await world.do(verbs.AccountSender("shop", "Second"))
    await world.do(verbs.AccountSender("shop", "Gone"))
    await world.do(verbs.AccountSender("shop", "Gone", remove=True))
    assert await world.json("/sms/originator") == {"success_request": {"info": ["VashZakaz", "Second"]}}
    assert await world.json("/sms/balance") == {"success_request": {"info": {"money": "100.0000", "currency": "UAH"}}}


@pytest.mark.covers(27)
async def test_a_send_costs_the_operators_price_per_part(world):
    await world.send("380671234567", "48501234567", text="Привіт")
    await world.send("380671234567", text="Привіт! " * 10)
    info = (await world.json("/sms/balance"))["success_request"]["info"]
    assert info["money"] == "97.4500"  # 100 - 0.45 - 1.20 - 2 × 0.45


async def test_a_text_per_number_goes_the_same_way(world):
    texts = [{"phone": "0671234567", "message": "one"}, {"phone": "380501234567", "message": "two"}]
    body = {"src_addr": SENDER, "data_message": texts}
    status, _, answer = await world.post("/v2/sms/send", body)
    assert status == 200, answer
    messages = await world.gateway.store.messages(range(100_000_001, 100_000_003), None)
    assert {message.recipient: message.content.text for message in messages} == {
        "380671234567": "one",
        "380501234567": "two",
    }


async def test_every_message_of_every_number_comes_to_an_end(world):
    """Each magic number of docs/simulator.md that ends by itself ends as the page says."""
    ends = {
        "0001": "UNDELIV", "0002": "EXPIRED", "0003": "REJECTD", "0004": "DELIVRD", "0005": "DELIVRD",
        "0007": "DELIVRD", "0008": "DELIVRD", "0010": "UNDELIV", "0011": "DELIVRD", "0012": "DELIVRD",
        "0015": "DELIVRD",
    }  # fmt: skip
    ids = await world.send(*(f"38067123{ending}" for ending in ends))
    for number, message_id in ids.items():
        await world.until(message_id, ends[number[-4:]])

    async def sound():
        return not await world.gateway.store.check()

    await eventually(sound)
