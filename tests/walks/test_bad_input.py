"""Hostile input against a started gateway: refused at once in the interface's words, and nothing left behind
(reliability.md B13, B23, B25–B27)."""

from __future__ import annotations

import asyncio
import json
import statistics
import time

import pytest
import structlog

from heliograph.backoffice import verbs
from heliograph.ops import log
from walks.world import SENDER, running

MEMBERS = ["name", "message", "code", "status"]


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path) as world:
        yield world


def send_of(**fields):
    return json.dumps({"src_addr": SENDER, "phone": ["380671234567"], "message": "x", **fields}).encode()


MIB = 1 << 20
HOSTILE = {
    "depth 10,000": b"[" * 10_000 + b"]" * 10_000,
    "depth 10,000 inside": b'{"phone":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "not closed": b'{"src_addr":',
    "duplicate keys": b'{"src_addr":"VashZakaz","src_addr":"Other","phone":["380671234567"],"message":"x"}',
    "NaN": b'{"src_addr":"VashZakaz","phone":["380671234567"],"message":"x","integration_id":NaN}',
    "Infinity": b'{"src_addr":"VashZakaz","phone":["380671234567"],"message":"x","lifetime":Infinity}',
    "a huge integer": b'{"src_addr":"VashZakaz","phone":[' + b"9" * 5_000 + b'],"message":"x"}',
    "a huge lifetime": send_of()[:-1] + b',"lifetime":' + b"9" * 9_999 + b"}",
    "a lone surrogate": b'{"src_addr":"VashZakaz","phone":["380671234567"],"message":"\\ud83d"}',
    "a NUL in the text": b'{"src_addr":"VashZakaz","phone":["380671234567"],"message":"a\\u0000b"}',
    "windows-1251": '{"src_addr":"VashZakaz","phone":["380671234567"],"message":"Привіт"}'.encode("cp1251"),
    "UTF-16": '{"src_addr":"VashZakaz","phone":["380671234567"],"message":"x"}'.encode("utf-16"),
    "overlong UTF-8": b'{"src_addr":"VashZakaz","phone":["380671234567"],"message":"\xc0\xaf"}',
    "a number for the text": send_of(message=5),
    "null for the text": send_of(message=None),
    "an object for the text": send_of(message={"a": 1}),
    "an object for the numbers": send_of(phone={"a": {"b": 1}}),
    "a flag for the numbers": send_of(phone=True),
    "a list for the sender": send_of(src_addr=["VashZakaz"]),
    "no numbers": send_of(phone=[]),
    "an array": b"[1,2,3]",
    "a string": b'"hello"',
    "nothing": b"",
    "binary": bytes(range(256)) * 40,
    "thousands of parameters": b"&".join(b"p%d=1" % number for number in range(20_000)),
    "a million brackets": b'{"a":[' + b"[]," * 300_000 + b"1]}",
    "over the limit": b'{"message":"' + b"x" * (3 * MIB) + b'"}',
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
async def test_B13_hostile_bodies_are_400_and_leave_nothing(world, name):
    status, headers, body = await world.post("/sms/send", HOSTILE[name])
    assert status == 400, body
    assert list(json.loads(body)) == MEMBERS
    assert headers["Content-Type"].startswith("application/json")
    assert await world.gateway.store.census() == {}
    assert (await world.post("/sms/balance"))[0] == 200


async def test_B13_the_gateway_goes_on_answering_others_while_it_is_attacked(world):
    attack = [world.post("/sms/send", HOSTILE[name]) for name in HOSTILE for _ in range(2)]
    answers, ids = await asyncio.gather(asyncio.gather(*attack), world.send("380671234567"))
    assert {status for status, _, _ in answers} == {400}
    assert list(ids) == ["380671234567"]
    await world.until(ids["380671234567"], "DELIVRD")


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /sms/send HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /sms/send HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /sms/send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    ],
)
async def test_B13_what_is_no_proper_request_is_refused_and_the_connection_closed(world, raw):
    host, port = world.gateway.http.addresses[0]
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(raw)
    try:
        answer = await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        answer = b""
    writer.close()
    assert answer == b"" or answer.split(b" ", 2)[1][:1] == b"4", answer[:200]
    assert (await world.post("/sms/balance"))[0] == 200


async def test_B23_ids_of_another_account_are_as_if_absent_in_bytes_and_in_time(world):
    ids = await world.send(*(f"38067{number:07d}" for number in range(2000, 2050)))
    foreign = list(ids.values())
    await world.add_account("spy", sender="Spy")
    unknown = [str(int(message_id) + 500_000) for message_id in foreign]

    async def asked(some):
        started = time.perf_counter()
        status, headers, body = await world.post("/sms/status", {"id_sms": some})
        return time.perf_counter() - started, status, _shape(headers), body

    of_foreign = [await asked(foreign) for _ in range(30)]
    of_unknown = [await asked(unknown) for _ in range(30)]
    assert len({(status, headers) for _, status, headers, _ in of_foreign + of_unknown}) == 1
    replaced = of_foreign[0][3]
    for message_id, other in zip(foreign, unknown, strict=True):
        replaced = replaced.replace(message_id.encode(), other.encode())
    assert replaced == of_unknown[0][3]
    medians = [statistics.median(seconds for seconds, *_ in answers) for answers in (of_foreign, of_unknown)]
    assert max(medians) < 20 * min(medians)  # no order of magnitude between them, whatever the machine does


async def test_B25_texts_numbers_and_secrets_stay_out_of_the_log_whatever_goes_wrong(world, capfd):
    log.configure(level="debug", form="json", mask=True)
    try:
        await world.send("380671234567", text="Secret text 4711")
        await world.post("/sms/send", send_of(message="Another\r\nX-Injected: 1\r\n\r\nsecret"))
        await world.post("/sms/send", send_of(src_addr="Evil\r\nLog"))
        await world.post("/sms/send", token="wrong-secret-token")
        world.gateway.on_fault("test", ValueError("380671234567 said Secret text 4711"))
        await asyncio.sleep(0.3)
    finally:
        structlog.reset_defaults()
    written = "".join(capfd.readouterr())
    assert "fault" in written
    for secret in ("380671234567", "671234567", "4711", "wrong-secret-token", world.token, "X-Injected"):
        assert secret not in written


async def test_B26_a_caller_cannot_choose_his_address(world):
    made = await world.do(verbs.AccountCreate("office"))
    await world.do(verbs.AccountSet("office", allowed_peers=["203.0.113.7"]))
    for headers in (
        {},
        {"X-Forwarded-For": "203.0.113.7"},
        {"X-Real-IP": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
    ):
        status, _, _ = await world.post("/sms/balance", token=made.token, headers=headers)
        assert status == 401
    await world.do(verbs.AccountSet("office", allowed_peers=["127.0.0.1"]))
    assert (await world.post("/sms/balance", token=made.token))[0] == 200


async def test_B27_wrong_unknown_and_revoked_tokens_are_answered_alike_and_at_once(world):
    made = await world.do(verbs.AccountCreate("gone"))
    await world.do(verbs.AccountSet("gone", active=False))
    token = (await world.do(verbs.AccountToken("shop")))["token"]
    assert (await world.post("/sms/balance", token=token))[0] == 200
    shown = await world.do(verbs.AccountShow("shop"))
    await world.do(verbs.AccountRevoke("shop", shown["credentials"][-1]["id"]))
    answers = [await world.post("/sms/balance", token=secret) for secret in (token, made.token, "x", "ä", "a" * 5_000)]
    assert {(status, _shape(headers), body) for status, headers, body in answers} == {
        (401, _shape(answers[0][1]), answers[0][2])
    }
    assert (await world.post("/sms/balance"))[0] == 200


def _shape(headers):
    """The headers without the time."""
    return tuple((name, value) for name, value in headers.items() if name != "Date")
