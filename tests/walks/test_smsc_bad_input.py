"""Bad input and attacks on SMSC's scripts of a started gateway, in their fast form (reliability.md, group B)."""

from __future__ import annotations

import asyncio
import hashlib
import json

import pytest
import structlog

from heliograph.backoffice import verbs
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.ops import log
from heliograph.settings import HttpSettings
from walks.smsc_customer import PHONE, customer
from walks.world import running

JSON_1 = b'{\n"error": "parameters error",\n"error_code": 1\n}'


@pytest.fixture
async def client(tmp_path):
    async with running(tmp_path, account=False, smsc=SmscSettings(at_once=0, balances=0)) as world:
        yield await customer(world)


HOSTILE = {
    "nested JSON": b"[" * 100_000,
    "huge JSON number": b'{"cost": ' + b"9" * 500_000 + b"}",
    "NaN": b'{"cost": NaN}',
    "repeated key": b'{"mes": "a", "mes": "b"}',
    "lone surrogate": b'{"apikey": "KEY", "phones": "79260000000", "mes": "\\ud800"}',
    "wrong types": b'{"apikey": "KEY", "phones": {"a": 1}, "mes": []}',
    "not UTF-8": b'{"mes": "\xff"}',
    "five mebibytes": b'{"mes": "' + b"a" * (5 << 20) + b'"}',
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_B13_hostile_json_is_error_1_with_status_200_and_leaves_nothing(client, name):
    body = HOSTILE[name].replace(b"KEY", client.apikey.encode())
    status, _, answer = await client.post("/rest/send/", body, content_type="application/json")
    assert (status, answer) == (200, JSON_1)
    assert await client.world.gateway.store.census() == {}
    assert await client.ask("balance") == "100.00"


async def test_B13_hostile_forms_are_error_1_in_the_format_asked_for(client):
    for body in (b"a&" * 400_000, b"mes=" + b"a" * (2 << 20), b"charset=none", b"charset=utf-8&mes=%ff", b"mes=a%00b"):
        path = f"/sys/send.php?apikey={client.apikey}&phones={PHONE}&fmt=1"
        status, _, answer = await client.post(path, body)
        assert (status, answer) == (200, b"0,-1")
    assert await client.world.gateway.store.census() == {}


async def test_B16_nothing_a_request_names_is_fetched(client):
    asked = []

    async def listen(reader, writer):
        asked.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/secret"
    try:
        await client.send(fileurl=url)
        await client.send(text=f"<file {url}>", tinyurl=1)
        await client.send(push=1, text=f"{url}\ntitle")
        for kind in ("mms", "call", "viber"):
            assert await client.send(fileurl=url, **{kind: 1}) == "0,-1"
        await asyncio.sleep(0.1)
    finally:
        server.close()
        await server.wait_closed()
    assert asked == []


async def test_B23_an_account_sees_and_changes_nothing_of_another(client):
    assert await client.send(id="order-1") == "order-1,1"
    (mine,) = await client.world.gateway.store.messages([100_000_001], None)
    spy = await customer(client.world, "spy", sender="Spy")
    for id_ in ("order-1", mine.id):
        assert (await spy.ask("status", phone=PHONE, id=id_, fmt=1)).startswith("-3,")
        assert await spy.ask("status", phone=PHONE, id=id_, fmt=1, **{"del": 1}) == "0,-5"
    assert await spy.send(id="order-2") == "order-2,-6"  # the sender is not his
    assert await spy.ask("send", phones=PHONE, mes="mine", id="order-1", fmt=1) == "order-1,1"
    assert (await client.ask("status", phone=PHONE, id="order-1", all=1, fmt=3)).count('"message": "test"') == 1


async def test_B25_texts_numbers_and_secrets_stay_out_of_headers_and_log(client, capfd):
    log.configure(level="debug", form="json", mask=True)
    try:
        await client.send("Secret text 4711\n~~~\nSecret note")
        await client.send("a\r\nX-Injected: 1\r\n\r\n", id="x\r\nX-Injected: 1")
        await client.ask("send", phones="380671239999\r\nSet-Cookie: a", mes="b", sender="E\r\nvil", fmt=3)
        await client.ask("balance", login=client.login, psw="wrong-password-4712")
        _, headers, body = await client.post("/sys/send.php?id=%0d%0aX-Injected:1", b"phones=%0d%0aX-Injected:1")
        client.world.gateway.on_fault("test", ValueError("380671234567 said Secret text 4711"))
        await asyncio.sleep(0.2)
    finally:
        structlog.reset_defaults()
    assert "X-Injected" not in headers
    assert body == b"ERROR = 2 (authorise error)"
    written = "".join(capfd.readouterr())
    assert "fault" in written
    for secret in ("4711", "4712", "Secret", "671234567", "671239999", client.password, client.apikey, "X-Injected"):
        assert secret not in written


async def test_B26_a_caller_cannot_choose_his_address(client):
    await client.world.do(verbs.AccountSet(client.login, allowed_peers=["203.0.113.7"]))
    body = f"apikey={client.apikey}&fmt=1".encode()
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"):
        _, _, answer = await client.post("/sys/balance.php", body, **{header: "203.0.113.7"})
        assert answer == b"0,-2"


async def test_B26_a_trusted_proxy_speaks_for_the_caller_also_when_he_is_blocked(tmp_path):
    http = HttpSettings(port=0, trusted_proxies=("127.0.0.0/8",))
    async with running(tmp_path, account=False, http=http, smsc=SmscSettings(failed_logins=3)) as world:
        client = await customer(world)
        await world.do(verbs.AccountSet(client.login, allowed_peers=["203.0.113.7"]))
        body = f"apikey={client.apikey}&fmt=1".encode()

        async def asked(address):
            return (await client.post("/sys/balance.php", body, **{"X-Forwarded-For": address}))[2]

        assert [await asked("203.0.113.8") for _ in range(4)] == [b"0,-2"] * 3 + [b"0,-4"]
        assert await asked("203.0.113.7") == b"100.00"
        assert await asked("203.0.113.7, 203.0.113.8") == b"0,-4"


async def test_B27_guessing_is_stopped_and_a_stranger_learns_nothing(tmp_path):
    async with running(tmp_path, account=False, smsc=SmscSettings(failed_logins=6)) as world:
        client = await customer(world)
        gone = await customer(world, "gone")
        await world.do(verbs.AccountSet("gone", active=False))
        answers = [
            await client.ask("balance", fmt=3, **credentials)
            for credentials in (
                {"login": client.login, "psw": "wrong"},
                {"login": "unknown", "psw": "wrong"},
                {"login": "gone", "psw": gone.password},
                {"apikey": gone.apikey},
                {"apikey": "wrong"},
                {"login": client.login, "psw": "x" * 5_000},
            )
        ]
        assert set(answers) == {'{\n"error": "authorise error",\n"error_code": 2\n}'}
        assert await client.ask("balance", fmt=1) == "0,-4"
        world.clock.shift(601)
        assert await client.ask("balance") == "100.00"


async def test_B28_hashed_passwords_open_this_door_alone_and_can_be_switched_off(client):
    password = client.password.encode()
    for form in (hashlib.md5(password).hexdigest(), hashlib.sha1(password).hexdigest()):
        assert await client.ask("balance", login=client.login, psw=form) == "100.00"
        for token in (form, client.password, client.apikey):
            assert (await client.world.post("/sms/balance", token=token))[0] == 401
        await client.world.do(verbs.AccountSet(client.login, hashed_passwords=False))
        assert await client.ask("balance", login=client.login, psw=form, fmt=1) == "0,-2"
        assert await client.ask("balance", login=client.login, psw=client.password) == "100.00"
        await client.world.do(verbs.AccountSet(client.login, hashed_passwords=True))


async def test_many_at_once_under_one_login_are_refused_above_the_limit(tmp_path):
    async with running(tmp_path, account=False) as world:
        client = await customer(world)
        answers = await asyncio.gather(*(client.send(f"text {number}") for number in range(60)))
        assert {answer.split(",")[1] for answer in answers} <= {"1", "-9"}
        assert json.loads(await client.ask("balance", fmt=3))["balance"] != "100.00"
