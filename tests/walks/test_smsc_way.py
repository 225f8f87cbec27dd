"""Rows 40, 48-50, 52, 53, 65, 74: sending through SMSC's scripts on a started gateway with a simulated carrier."""

from __future__ import annotations

import hashlib
import json

import pytest

from heliograph.backoffice import verbs
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.model.message import Kind, State
from walks.smsc_customer import PHONE, SENDER, customer
from walks.world import eventually, running

SETTINGS = {
    "smsc": SmscSettings(at_once=0, confirmation_numbers=("380440000000",)),
    "routes": (Rule("all", ("carrier",)), Rule("look-ups", ("carrier",), kinds=("hlr", "ping"))),
    "tariffs": (TariffLine("all", "default", "1.40"), TariffLine("ups", "default", "0.10", kinds=("hlr", "ping"))),
}

SCRIPTS = (
    *("send", "status", "balance", "jobs", "templates", "op_templates", "ping", "phones", "mails", "users"),
    *("documents", "senders", "get", "info", "tinyurls", "receive_phones", "wait_call", "downloads"),
)


@pytest.fixture
async def client(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        yield await customer(world)


async def _end(client, message_id):
    async def look():
        message = await client.world.stored(message_id)
        return message if message.is_final else None

    return await eventually(look)


@pytest.mark.covers(52)
async def test_a_send_answers_id_parts_cost_and_balance_and_arrives(client):
    answer = await client.send("Привет", cost=3)
    message_id, parts, cost, balance = answer.split(",")
    assert (parts, cost, balance) == ("1", "1.40", "98.60")
    message = await _end(client, message_id)
    assert (message.state, message.recipient, message.sender) == (State.DELIVERED, PHONE, SENDER)
    assert (message.content.text, message.door, message.dialect) == ("Привет", "smsc", "smsc_send")


@pytest.mark.covers_part(40)
@pytest.mark.parametrize("script", ["send", "balance"])
async def test_every_script_works_by_get_post_multipart_and_json(client, script):
    fields = {"login": client.login, "psw": client.password, "phones": PHONE, "fmt": "3", "cost": "1", "mes": "test"}
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    multipart = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    path = f"/sys/{script}.php"
    answers = [
        await client.post(f"{path}?{query}", method="GET"),
        await client.post(path, query.encode()),
        await client.post(f"{path}?{query}", b"", content_type="application/octet-stream"),
        await client.post(path, f"{multipart}--b--\r\n".encode(), content_type="multipart/form-data; boundary=b"),
        await client.post(f"/rest/{script}/", json.dumps(fields).encode(), content_type="application/json"),
    ]
    assert {status for status, _, _ in answers} == {200}
    assert len({body for _, _, body in answers}) == 1
    assert b"error" not in answers[0][2]


@pytest.mark.covers(49)
@pytest.mark.parametrize(
    "host", ["smsc.ru", "www2.smsc.ru", "smscentre.com", "m.smsc.ru", "white-label.example:8080", "x"]
)
async def test_no_call_depends_on_the_host_name(client, host):
    status, _, body = await client.post("/sys/balance.php", f"apikey={client.apikey}".encode(), Host=host)
    assert (status, body) == (200, b"100.00")


@pytest.mark.covers(48)
async def test_every_script_lets_a_key_alone_in(client):
    for script in SCRIPTS:
        assert await client.ask(script, apikey="wrong", fmt=1) == "0,-2"
        said = await client.ask(script, apikey=client.apikey, fmt=1)
        assert not said.startswith(("0,-2", "0,-4")), (script, said)


@pytest.mark.covers_part(48)
async def test_keys_and_every_form_of_the_password_are_let_in_until_they_are_revoked(client):
    password = client.password.encode()
    login = {"login": client.login}
    for credentials in (
        {"apikey": client.apikey},
        {"psw": client.apikey},
        {**login, "psw": client.apikey},
        {**login, "psw": client.password},
        {**login, "psw": hashlib.md5(password).hexdigest()},
        {**login, "psw": hashlib.sha1(password).hexdigest()},
    ):
        assert await client.ask("balance", **credentials) == "100.00"
    made = await client.world.do(verbs.AccountApikey(client.login))
    assert await client.ask("balance", apikey=made["apikey"]) == "100.00"
    shown = await client.world.do(verbs.AccountShow(client.login))
    await client.world.do(verbs.AccountRevoke(client.login, shown["credentials"][-1]["id"]))
    assert await client.ask("balance", apikey=made["apikey"], fmt=1) == "0,-2"
    await client.world.do(verbs.AccountPassword(client.login, "another-password"))
    assert await client.ask("balance", **login, psw=client.password, fmt=1) == "0,-2"
    assert await client.ask("balance", **login, psw="another-password") == "100.00"


@pytest.mark.covers(50)
async def test_with_a_list_of_addresses_a_call_from_another_is_error_2(client):
    await client.world.do(verbs.AccountSet(client.login, allowed_peers=["203.0.113.7"]))
    assert await client.ask("balance") == "ERROR = 2 (authorise error)"
    assert await client.send() == "0,-2"
    await client.world.do(verbs.AccountSet(client.login, allowed_peers=["127.0.0.0/8", "::1"]))
    assert await client.ask("balance") == "100.00"


@pytest.mark.covers_part(53)
async def test_a_comment_is_kept_and_neither_sent_nor_paid(client):
    message = await client.sent("т" * 70 + "\n~~~\nnote 7")
    assert (message.content.text, message.comment, message.parts) == ("т" * 70, "note 7", 1)


@pytest.mark.covers(65)
async def test_in_test_mode_a_send_costs_0_leaves_the_balance_and_ends_with_error_200(client):
    await client.world.do(verbs.AccountSet(client.login, test_mode=True))
    answer = await client.ask("send", phones=PHONE, mes="test", cost=3, op=1, fmt=3)
    told = json.loads(answer)
    assert (told["cost"], told["balance"], told["phones"][0]["cost"]) == ("0", "100.00", None)
    assert told["phones"][0]["mccmnc"] == "25503"
    assert (await _end(client, told["id"])).error == 200
    carrier = client.world.gateway.connectors[0]
    assert carrier.status.taken == 0
    assert await client.ask("balance") == "100.00"
    status = await client.ask("status", phone=PHONE, id=told["id"], fmt=1)
    assert (status.split(",")[0], status.split(",")[2]) == ("1", "200")


async def test_recipients_share_the_id_of_the_first_also_when_it_was_refused(client):
    answer = await client.send(phones="12,380671234567,380671234568", op=1)
    first = int(answer.split(",")[0])
    stored = await client.world.gateway.store.messages([first, first + 1, first + 2], None)
    assert [message.request_id for message in stored] == [first] * 3
    assert [message.shown_id for message in stored] == [None, str(first), str(first)]
    assert stored[0].state is State.REJECTED


async def test_what_is_refused_with_an_id_costs_nothing_and_is_kept(client):
    await client.world.do(verbs.StopNumber("380670000001"))
    for fields, number in (
        ({"phones": "12"}, 7),
        ({"phones": "380670000001"}, 6),
        ({"phones": PHONE, "text": "т" * 1000, "id": "mine"}, 3),
    ):
        if number == 3:
            await client.world.do(verbs.AccountTopUp(client.login, "-99"))
        answer = await client.send(**fields)
        assert answer.endswith(f",-{number}")
    assert await client.ask("balance") == "1.00"
    assert await client.world.gateway.store.census() == {State.REJECTED: 3}


async def test_every_kind_of_short_message_is_taken(client):
    kinds = {}
    for fields in (
        {"flash": 1},
        {"bin": 2, "mes": "00FF"},
        {"push": 1, "mes": "http://example.com\nTitle"},
        {"hlr": 1},
        {"ping": 1},
    ):
        text = fields.pop("mes", "test")
        message = await client.sent(text, **fields)
        kinds[message.content.kind] = (await _end(client, message.id)).state
    assert kinds == dict.fromkeys((Kind.FLASH, Kind.BINARY, Kind.WAP_PUSH, Kind.HLR, Kind.PING), State.DELIVERED)


async def test_what_is_quoted_is_what_is_charged(client):
    for fields in ({"text": "т" * 200}, {"hlr": 1}, {"text": "long " * 90, "phones": "380671234567,79260000000"}):
        price, parts = (await client.send(**fields, cost=1)).split(",")
        _, taken, cost = (await client.send(**fields, cost=2)).split(",")
        assert (price, parts) == (cost, taken)


async def test_R25_a_request_repeated_after_a_restart_is_error_9(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        client = await customer(world)
        assert (await client.send()).endswith(",1")
        assert await client.send() == "0,-9"
        assert (await client.send("00aabb", bin=2)).endswith(",1")
    async with running(tmp_path, account=False, **SETTINGS) as world:
        client.world = world
        assert await client.send() == "0,-9"
        assert (await client.send("another")).endswith(",1")
        assert await client.send("00AABB", bin=2) == "0,-9"
        assert (await client.send("00aabc", bin=2)).endswith(",1")
        world.clock.shift(61)
        assert (await client.send()).endswith(",1")


async def test_a_scheduled_send_waits_for_its_time(client):
    message = await client.sent(time="+60")
    assert message.state is State.SCHEDULED
    client.world.clock.shift(3_601)
    assert (await _end(client, message.id)).state is State.DELIVERED


async def test_a_great_request_is_taken_whole_while_others_are_answered(client):
    await client.world.do(verbs.AccountTopUp(client.login, "10000"))
    phones = ",".join(f"38067{number:07d}" for number in range(1_000, 3_200))
    answer = await client.send(phones=phones, cost=2)
    message_id, parts, cost = answer.split(",")
    assert (parts, cost) == ("2200", "3080.00")
    last = await client.world.stored(int(message_id) + 2_199)
    assert last.shown_id == message_id


@pytest.mark.covers_part(47)
async def test_what_the_services_own_libraries_ask_is_answered_as_they_cut_it(client):
    """Their calls of send_sms, get_sms_cost, get_status and get_balance by GET, as Python's (1.9) and PHP's (2.5) make
    them: every parameter is there, also those that say nothing (`translit=0&id=0`)."""

    async def asked(script, arguments=""):
        query = f"login={client.login}&psw={client.password}&fmt=1&charset=utf-8&{arguments}"
        status, _, answer = await client.post(f"/sys/{script}.php?{query}", method="GET")
        assert status == 200
        return answer.decode().split(",")

    text = "%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82%2C%20you"
    sent = await asked("send", f"cost=3&phones={PHONE}&mes={text}&translit=0&id=0&sender={SENDER}")
    assert sent[1:] == ["1", "1.40", "98.60"]
    assert (await _end(client, sent[0])).content.text == "Привет, you"
    status = await asked("status", f"phone={PHONE}&id={sent[0]}&all=0")
    assert (status[0], status[2:]) == ("1", ["0"])
    assert 0 < int(status[1]) < 2**31
    assert ",".join(await asked("status", f"phone={PHONE}&id={sent[0]}&all=1")).split(",", 8)[7:] == [
        "Доставлено",
        "Привет, you,,0",
    ]
    look_up = await asked("send", f"cost=3&phones={PHONE}&mes=&translit=0&id=0&hlr=1")
    assert look_up[1:3] == ["1", "0.10"]
    await _end(client, look_up[0])
    assert (await asked("status", f"phone={PHONE}&id={look_up[0]}&all=1"))[14] == "HLR"
    assert await asked("send", f"cost=1&phones={PHONE}&mes=test&translit=0") == ["1.40", "1"]
    assert await asked("balance") == ["98.50"]
    assert await asked("send", "cost=3&phones=&mes=test&translit=0&id=0") == ["0", "-1"]
