"""The SMS Club door: every exchange of the specification, byte for byte, and who is let in (smsclub.md 3, 10)."""

from __future__ import annotations

import json
import statistics
import time
import tomllib
from pathlib import Path

import pytest
from smsclub_world import ACCOUNT, NEIGHBOUR, NEIGHBOURS_TOKEN, TOKEN, World, message_of

from heliograph.model.account import Settings
from heliograph.model.message import State
from heliograph.model.refusal import Reason

VECTORS = Path(__file__).parents[1] / "vectors" / "smsclub"
SEND = '{"src_addr":"VashZakaz","phone":["380989361131"],"message":"test"}'
CALLS = ("/sms/send", "/v2/sms/send", "/sms/status", "/sms/originator", "/sms/balance")


def _vectors(file, table):
    return [
        pytest.param(case, id=f"{case['path']} {case['name']}")
        for case in tomllib.loads((VECTORS / file).read_text("utf-8"))[table]
    ]


def _world_before(case):
    given = case.get("given", {})
    world = World(
        senders=given.get("senders", ("VashZakaz", "test1")),
        balance=given.get("balance", 8_111_170_000),
        settings=Settings(parameter_errors_as_add_info=given.get("errors_as_add_info", False)),
        no_money_is_error=given.get("no_money_is_error", False),
    )
    world.intake.next_id = given.get("first_id", 100_000_001)
    world.intake.affords = given.get("affords", 1_000_000)
    world.intake.stop_list = set(given.get("stop_list", ()))
    for number in given.get("sent", ()):
        world.intake.remember("VashZakaz", number, "test")
    for owner, states in ((ACCOUNT, given.get("states", {})), (NEIGHBOUR, given.get("foreign", {}))):
        for message_id, state in states.items():
            world.store.rows[int(message_id)] = message_of(int(message_id), state=State[state], account_id=owner)
    world.clock.sleep(1)
    return world


@pytest.mark.covers_part(3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 23, 25, 26)
@pytest.mark.parametrize(
    "case",
    [
        *_vectors("send.toml", "exchange"),
        *_vectors("individual_send.toml", "exchange"),
        *_vectors("status.toml", "exchange"),
        *_vectors("lookups.toml", "exchange"),
    ],
)
async def test_an_exchange_of_the_specification_is_answered_to_the_byte(case):
    world = _world_before(case)
    response = await world.call(case["path"], case["request"], method=case.get("method", "POST"))
    assert response.body.decode() == case["answer"]
    assert response.status == case["status"]
    assert ("Content-Type", "application/json; charset=UTF-8") in response.headers


@pytest.mark.covers_part(20, 21)
@pytest.mark.parametrize("case", _vectors("errors.toml", "error"))
async def test_an_error_has_its_body_and_headers(case):
    token = {"good": TOKEN, "wrong": "wrong-token", "absent": None}[case["token"]]
    response = await World().call(case["path"], SEND, method=case["method"], token=token)
    assert response.body.decode() == case["answer"]
    assert response.status == case["status"]
    assert case.get("headers", {}).items() <= dict(response.headers).items()


@pytest.mark.covers_part(2, 4, 5, 6, 20)
@pytest.mark.parametrize("case", _vectors("wrong.toml", "wrong"))
async def test_B13_a_wrong_request_is_400_with_four_members_and_leaves_nothing(case):
    world = World()
    body = bytes.fromhex(case["request_hex"]) if "request_hex" in case else case["request"]
    response = await world.call(case["path"], body)
    assert response.status == 400
    error = json.loads(response.body)
    assert list(error) == ["name", "message", "code", "status"]
    assert (error["name"], error["code"], error["status"]) == ("Bad Request", 0, 400)
    assert case["names"] in error["message"]
    assert world.store.rows == {}


@pytest.mark.covers_part(20)
@pytest.mark.parametrize("path", CALLS)
async def test_B13_a_body_over_the_limit_is_400_on_every_call(path):
    world = World()
    response = await world.call(path, too_large=True)
    assert json.loads(response.body) == {
        "name": "Bad Request",
        "message": "The body is too large.",
        "code": 0,
        "status": 400,
    }
    assert response.status == 400
    assert world.intake.submitted == []


@pytest.mark.covers_part(5)
async def test_a_hundred_numbers_get_a_hundred_ascending_ids_and_one_more_gets_400():
    world = World()
    numbers = [f"3809893{n:05}" for n in range(101)]
    sent = await world.call("/sms/send", json.dumps({"src_addr": "VashZakaz", "phone": numbers[:100], "message": "x"}))
    info = json.loads(sent.body)["success_request"]["info"]
    assert list(info.values()) == numbers[:100]
    ids = [int(message_id) for message_id in info]
    assert ids == sorted(ids)
    assert all(message_id.isdigit() and int(message_id) < 2**31 for message_id in info)
    refused = await world.call("/sms/send", json.dumps({"src_addr": "VashZakaz", "phone": numbers, "message": "x"}))
    assert refused.status == 400
    assert list(json.loads(refused.body)) == ["name", "message", "code", "status"]


@pytest.mark.covers_part(10)
async def test_a_hundred_ids_are_answered_and_one_more_is_400():
    world = World()
    for message_id in range(1, 101):
        world.store.rows[message_id] = message_of(message_id)
    hundred = await world.call("/sms/status", json.dumps({"id_sms": list(range(1, 101))}))
    assert json.loads(hundred.body)["success_request"]["info"] == {str(n): "ENROUTE" for n in range(1, 101)}
    refused = await world.call("/sms/status", json.dumps({"id_sms": list(range(1, 102))}))
    assert refused.status == 400
    assert list(json.loads(refused.body)) == ["name", "message", "code", "status"]


@pytest.mark.covers_part(7)
async def test_the_integration_id_is_kept_with_the_message():
    world = World()
    await world.call("/sms/send", '{"src_addr":"VashZakaz","phone":["380989361131"],"message":"a","integration_id":42}')
    await world.call("/sms/send", '{"src_addr":"VashZakaz","phone":["380989361131"],"message":"b"}')
    assert [message.integration_id for message in world.store.rows.values()] == [42, None]


@pytest.mark.covers_part(21)
@pytest.mark.parametrize("path", [*CALLS, "/vibers/send", "/vibers/status", "/originators/stat-originators", "/sms/x"])
@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer wrong-token", "good-token", "Basic Z29vZDp0b2tlbg==", "Token good-token"],
)
async def test_a_stranger_gets_401_with_the_four_members_on_every_path(path, authorization):
    headers = [] if authorization is None else [("Authorization", authorization)]
    response = await World().call(path, SEND, token=None, headers=headers)
    assert response.status == 401
    assert response.body == (
        b'{"name":"Unauthorized","message":"Your request was made with invalid credentials.","code":0,"status":401}'
    )
    assert ("WWW-Authenticate", 'Bearer realm="api"') in response.headers


async def test_the_word_bearer_is_read_in_any_case():
    response = await World().call("/sms/balance", token=None, headers=[("authorization", f"bEARER  {TOKEN} ")])
    assert response.status == 200


@pytest.mark.parametrize(
    "settings",
    [
        Settings(active=False),
        Settings(closed_doors=("smsclub",)),
        Settings(allowed_peers=("198.51.100.0/24",)),
        Settings(allowed_peers=("no network",)),
    ],
    ids=["inactive", "door closed", "address not allowed", "allow-list that cannot be read"],
)
async def test_B26_B27_who_may_not_enter_looks_like_a_stranger(settings):
    world = World(settings=settings)
    known = await world.call("/sms/balance", peer="192.0.2.1")
    unknown = await world.call("/sms/balance", token="wrong-token")
    assert (known.status, known.headers, known.body) == (unknown.status, unknown.headers, unknown.body)
    assert known.status == 401


async def test_an_allowed_address_enters():
    world = World(settings=Settings(allowed_peers=("192.0.2.0/24",)))
    assert (await world.call("/sms/balance", peer="192.0.2.77")).status == 200


async def test_a_reading_token_reads_and_does_not_send():
    world = World()
    assert (await world.call("/sms/balance", token="reading-token")).status == 200
    assert (await world.call("/sms/send", SEND, token="reading-token")).status == 401
    assert world.intake.submitted == []


async def test_B27_a_token_of_a_closed_account_takes_as_long_as_an_unknown_one():
    world = World()
    took = {"token-of-a-closed-account": [], "token-that-nobody-ever-had": []}
    for _ in range(400):
        for token, times in took.items():
            started = time.perf_counter()
            await world.call("/sms/balance", token=token)
            times.append(time.perf_counter() - started)
    closed, unknown = (statistics.median(times) for times in took.values())
    assert 0.5 < closed / unknown < 2


async def test_B23_another_accounts_id_is_answered_like_one_that_never_was():
    world = World()
    world.store.rows[555] = message_of(555, state=State.DELIVERED, account_id=NEIGHBOUR)
    world.store.rows[106] = message_of(106, state=State.DELIVERED)
    for body in ('{"id_sms":["%s"]}', '{"id_sms":["106","%s"]}', '{"id_sms":%s}'):
        foreign = await world.call("/sms/status", body % 555)
        unknown = await world.call("/sms/status", body % 556)
        assert (foreign.status, foreign.headers, foreign.body) == (unknown.status, unknown.headers, unknown.body)
        world.clock.sleep(1)
    owner = await world.call("/sms/status", '{"id_sms":"555"}', token=NEIGHBOURS_TOKEN)
    assert owner.body == b'{"success_request":{"info":{"555":"DELIVRD"}}}'


async def test_B23_names_and_money_of_another_account_are_its_own():
    world = World()
    assert (await world.call("/sms/originator")).body == b'{"success_request":{"info":["VashZakaz","test1"]}}'
    assert (await world.call("/sms/balance", token=NEIGHBOURS_TOKEN)).body == (
        b'{"success_request":{"info":{"money":"0.0000","currency":"UAH"}}}'
    )


@pytest.mark.covers_part(22)
async def test_the_tenth_request_within_one_second_is_429_and_the_next_second_is_free():
    world = World()
    for _ in range(9):
        assert (await world.call("/sms/balance")).status == 200
        world.clock.sleep(0.1)
    tenth = await world.call("/sms/balance")
    assert tenth.status == 429
    assert tenth.body == b'{"name":"Too Many Requests","message":"Rate limit exceeded.","code":0,"status":429}'
    headers = dict(tenth.headers)
    assert headers["X-Rate-Limit-Limit"] == "9"
    assert headers["X-Rate-Limit-Remaining"] == "0"
    assert headers["X-Rate-Limit-Reset"] == "1"
    world.clock.sleep(0.1)
    assert (await world.call("/sms/balance")).status == 200


@pytest.mark.covers_part(22)
async def test_the_rate_counts_every_call_of_one_account_and_of_no_other():
    world = World()
    for path in (*CALLS, *CALLS[:4]):
        assert (await world.call(path, "{}")).status in (200, 400)
    assert (await world.call("/sms/send", SEND)).status == 429
    assert world.intake.submitted == []
    assert (await world.call("/sms/balance", token=NEIGHBOURS_TOKEN)).status == 200


@pytest.mark.covers_part(22)
async def test_an_account_over_its_own_speed_gets_429_with_the_headers():
    world = World()
    world.intake.refuses_all_with = Reason.TOO_MANY_REQUESTS
    response = await world.call("/sms/send", SEND)
    assert (response.status, json.loads(response.body)["name"]) == (429, "Too Many Requests")
    headers = dict(response.headers)
    assert headers["X-Rate-Limit-Limit"] == "9"
    assert headers["X-Rate-Limit-Remaining"] == "8"
    assert headers["X-Rate-Limit-Reset"] == "1"


async def test_strangers_do_not_use_up_an_accounts_rate():
    world = World()
    for _ in range(20):
        await world.call("/sms/balance", token="wrong-token")
    assert (await world.call("/sms/balance")).status == 200


async def test_the_rate_is_checked_before_the_body():
    world = World()
    for _ in range(9):
        await world.call("/sms/send", "{")
    assert (await world.call("/sms/send", "{")).status == 429


@pytest.mark.covers_part(23)
async def test_R25_the_same_text_is_453_after_119_seconds_and_accepted_after_120():
    world = World()
    assert (await world.call("/sms/send", SEND)).status == 200
    world.clock.sleep(119)
    assert (await world.call("/sms/send", SEND)).status == 453
    world.clock.sleep(1)
    assert (await world.call("/sms/send", SEND)).status == 200


async def test_the_duplicate_interval_is_the_servers_setting():
    world = World(duplicate_window_s=0)
    assert (await world.call("/sms/send", SEND)).status == 200
    assert (await world.call("/sms/send", SEND)).status == 200


@pytest.mark.covers_part(24)
@pytest.mark.parametrize("reason", [Reason.BUSY, Reason.QUEUE_FULL])
async def test_when_nothing_can_be_taken_the_answer_is_503(reason):
    world = World()
    world.intake.refuses_all_with = reason
    response = await world.call("/sms/send", SEND)
    assert (response.status, response.body) == (
        503,
        b'{"name":"Service Unavailable","message":"The service is temporarily unavailable.","code":0,"status":503}',
    )


@pytest.mark.covers_part(24)
async def test_when_the_store_cannot_be_read_the_answer_is_503():
    world = World()
    world.store.is_broken = True
    response = await world.call("/sms/status", '{"id_sms":"106"}')
    assert (response.status, json.loads(response.body)["name"]) == (503, "Service Unavailable")


async def test_an_id_that_can_be_none_is_not_even_looked_up():
    world = World()
    world.store.is_broken = True
    response = await world.call("/sms/status", '{"id_sms":["abc","99999999999999999999999"]}')
    assert response.body.decode() == '{"success_request":{"add_info":"Некорректный id сообщения"}}'


@pytest.mark.parametrize("path", CALLS)
async def test_a_trailing_slash_changes_nothing(path):
    world = World()
    plain = await world.call(path, "{}")
    slashed = await world.call(path + "/", "{}")
    assert (plain.status, plain.body) == (slashed.status, slashed.body)


@pytest.mark.parametrize(
    "path", ["/sms", "/sms/", "/sms/sent", "/v2", "/v2/sms", "/vibers/x", "/originators", "/v2/x/y"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_an_unknown_path_is_404_by_every_method(path, method):
    response = await World().call(path, method=method)
    assert (response.status, response.body) == (
        404,
        b'{"name":"Not Found","message":"Page not found.","code":0,"status":404}',
    )


@pytest.mark.parametrize("path", CALLS)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
async def test_a_wrong_method_is_405_and_the_right_ones_are_named(path, method):
    response = await World().call(path, method=method)
    error = json.loads(response.body)
    assert (response.status, error["name"], error["code"], error["status"]) == (405, "Method Not Allowed", 0, 405)
    allowed = dict(response.headers)["Allow"]
    assert "POST" in allowed
    assert allowed in error["message"]


async def test_a_fault_of_ours_tells_nothing():
    world = World()
    response = world.door.on_error()
    assert (response.status, response.body) == (
        500,
        b'{"name":"Internal Server Error","message":"An internal server error occurred.","code":0,"status":500}',
    )
