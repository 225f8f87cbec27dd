"""Our own interface from its door to a handset and back (docs/doors/v1.md)."""

from __future__ import annotations

import asyncio
import json
import tomllib
from pathlib import Path

import pytest

from heliograph.backoffice import verbs
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.v1 import V1Settings
from walks.world import eventually, running

EXCHANGES = tomllib.loads((Path(__file__).parents[1] / "vectors" / "v1" / "exchanges.toml").read_text("utf-8"))
PROBLEM = "application/problem+json"
PHONE = "380671112233"


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path) as world:
        yield world


async def send(world, body, status=202, **how):
    answered, _, answer = await world.post("/v1/messages", body, **how)
    assert answered == status, answer
    return json.loads(answer)


async def get(world, path, **how):
    status, _, answer = await world.post(path, method="GET", **how)
    assert status == 200, answer
    return json.loads(answer)


async def test_every_exchange_is_answered_to_the_letter(world):
    for case in EXCHANGES["exchange"]:
        path, method = case.get("path", "/v1/messages"), case.get("method", "POST")
        status, headers, answer = await world.post(path, case.get("body", "").encode(), method=method)
        assert (case["name"], status, answer.decode()) == (case["name"], case["status"], case["answer"])
        assert headers["Content-Type"] == (PROBLEM if status >= 400 else "application/json")
        assert headers["RateLimit-Limit"] == "100"


async def test_a_message_comes_to_its_end_and_is_shown_listed_and_traced(world):
    sent = await send(world, {"to": PHONE, "text": "Привіт", "reference": "order 17"})
    message_id = sent["messages"][0]["id"]

    async def delivered():
        message = await get(world, f"/v1/messages/{message_id}")
        return message if message["final"] else None

    message = await eventually(delivered)
    assert (message["state"], message["text"], message["reference"]) == ("delivered", "Привіт", "order 17")
    assert (message["from"], message["to"], message["price"]) == ("VashZakaz", PHONE, "0.450000")
    assert (await get(world, f"/v1/messages?id={message_id},7"))["messages"] == [message]
    events = (await get(world, f"/v1/messages/{message_id}/trace"))["events"]
    assert [event["event"] for event in events][:2] == ["came", "normalised"]
    assert events[-1]["event"] == "stands"


async def test_a_message_that_waits_is_taken_back_and_paid_back_one_that_left_is_not(world):
    sent = await send(world, {"messages": [{"to": PHONE, "text": "a", "send_at": 4_000_000_000_000}]})
    path = f"/v1/messages/{sent['messages'][0]['id']}/cancel"
    status, _, answer = await world.post(path)
    assert (status, json.loads(answer)["state"], json.loads(answer)["price"]) == (200, "cancelled", "0.000000")
    assert (await get(world, "/v1/balance"))["balance"] == "100.000000"
    status, headers, answer = await world.post(path)
    assert (status, headers["Content-Type"], json.loads(answer)["code"]) == (409, PROBLEM, "conflict")


async def test_pages_of_messages_and_of_the_ledger_follow_each_other_without_a_gap(world):
    ids = [one["id"] for one in (await send(world, {"to": [PHONE] * 5, "text": "x"}))["messages"]]
    seen, cursor = [], ""
    while cursor is not None:
        page = await get(world, f"/v1/messages?limit=2{cursor and '&cursor='}{cursor}")
        assert len(page["messages"]) <= 2
        seen += [one["id"] for one in page["messages"]]
        cursor = page["next"]
    assert seen == ids[::-1]
    first = await get(world, "/v1/ledger?limit=1")
    second = await get(world, f"/v1/ledger?limit=5&cursor={first['next']}")
    assert [one["amount"] for one in first["entries"] + second["entries"]] == ["-2.250000", "100.000000"]
    assert second["next"] is None


async def test_what_people_wrote_is_listed_and_answers_what_it_answers(world):
    sent = await send(world, {"to": PHONE, "text": "How are you?"})

    async def settled():
        return (await get(world, f"/v1/messages/{sent['messages'][0]['id']}"))["final"]

    await eventually(settled)
    for text in ("Fine", "And you?"):
        await world.do(verbs.Incoming("carrier", PHONE, "VashZakaz", text))

    async def came():
        page = await get(world, "/v1/incoming")
        return page["incoming"] if len(page["incoming"]) == 2 else None

    newest, oldest = await eventually(came)
    assert (newest["text"], oldest["text"]) == ("And you?", "Fine")
    assert (oldest["from"], oldest["to"], oldest["answers"]) == (PHONE, "VashZakaz", sent["messages"][0]["id"])
    page = await get(world, f"/v1/incoming?limit=1&cursor={newest['id']}")
    assert page["incoming"] == [oldest]
    assert await get(world, f"/v1/incoming/{oldest['id']}") == oldest


async def test_the_same_key_has_the_same_answer_also_after_a_restart_and_another_body_is_409(tmp_path):
    body = {"messages": [{"to": PHONE, "text": "once"}, {"to": "12", "text": "never"}]}
    key = {"Idempotency-Key": "order-17"}
    async with running(tmp_path) as world:
        token = world.token
        first = await world.post("/v1/messages", body, headers=key)
        second = await world.post("/v1/messages", body, headers=key)
    assert first[0] == second[0] == 202
    assert first[2] == second[2]
    assert (first[1].get("Idempotent-Replayed"), second[1]["Idempotent-Replayed"]) == (None, "true")
    async with running(tmp_path, account=False) as world:
        world.token = token
        again = await world.post("/v1/messages", body, headers=key)
        other = await world.post("/v1/messages", {"to": PHONE, "text": "else"}, headers=key)
        listed = (await get(world, "/v1/messages"))["messages"]
    assert (again[0], again[2]) == (202, first[2])
    assert (other[0], json.loads(other[2])["code"]) == (409, "key_reused")
    assert [one["text"] for one in listed] == ["once"]


async def test_of_many_requests_with_one_key_at_once_one_is_carried_out_and_all_are_answered_alike(world):
    body, key = {"to": PHONE, "text": "once"}, {"Idempotency-Key": "k"}
    answers = await asyncio.gather(*[world.post("/v1/messages", body, headers=key) for _ in range(8)])
    assert {(status, answer) for status, _, answer in answers} == {(202, answers[0][2])}
    assert sum("Idempotent-Replayed" in headers for _, headers, _ in answers) == 7
    assert len((await get(world, "/v1/messages"))["messages"]) == 1


async def test_a_key_of_a_request_of_which_nothing_was_accepted_is_free(world):
    key = {"Idempotency-Key": "k"}
    await send(world, {"to": "12", "text": "x"}, 422, headers=key)
    await send(world, {"to": PHONE, "text": "x"}, 202, headers=key)


async def test_a_test_token_does_everything_but_send_and_pay_and_a_reading_one_only_asks(world):
    tokens = {scope: (await world.do(verbs.AccountToken("shop", scope=scope)))["token"] for scope in ("test", "read")}
    sent = await send(world, {"to": PHONE, "text": "x"}, token=tokens["test"])
    assert sent["price"] == "0.000000"
    stored = await world.stored(sent["messages"][0]["id"])
    assert (stored.price, stored.route_id) == (0, "test-mode")
    assert (await get(world, "/v1/balance", token=tokens["read"]))["balance"] == "100.000000"
    refused = await send(world, {"to": PHONE, "text": "x"}, 403, token=tokens["read"])
    assert refused["code"] == "read_only_token"


async def test_B23_another_accounts_ids_are_as_if_absent(world):
    sent = await send(world, {"to": PHONE, "text": "secret", "send_at": 4_000_000_000_000})
    message_id = sent["messages"][0]["id"]
    await world.add_account("other", sender="Other")
    for method, path in (("GET", ""), ("GET", "/trace"), ("POST", "/cancel")):
        status, _, theirs = await world.post(f"/v1/messages/{message_id}{path}", method=method)
        _, _, absent = await world.post(f"/v1/messages/7{path}", method=method)
        assert (status, theirs) == (404, absent)
    assert await get(world, f"/v1/messages?id={message_id}") == {"messages": [], "next": None}
    assert (await get(world, "/v1/messages"))["messages"] == []


async def test_B27_a_guesser_of_tokens_is_blocked_and_learns_nothing(tmp_path):
    async with running(tmp_path, v1=V1Settings(failed_logins=3)) as world:
        answers = [await world.post("/v1/balance", method="GET", token=f"guess-{n}") for n in range(3)]
        assert {(status, answer) for status, _, answer in answers} == {(401, answers[0][2])}
        status, headers, answer = await world.post("/v1/balance", method="GET")
        assert (status, json.loads(answer)["code"], "Retry-After" in headers) == (429, "address_blocked", True)


async def test_more_requests_than_allowed_are_429_with_the_time_to_wait(tmp_path):
    async with running(tmp_path, v1=V1Settings(requests_per_second=1)) as world:
        answers = [await world.post("/v1/balance", method="GET") for _ in range(8)]
        refused = [(headers, answer) for status, headers, answer in answers if status == 429]
        assert refused
        headers, answer = refused[0]
        assert (headers["RateLimit-Limit"], headers["RateLimit-Remaining"], headers["RateLimit-Reset"]) == (
            "1",
            "0",
            "1",
        )
        assert json.loads(answer)["code"] == "too_many_requests"


BAD = {
    "nested ten thousand deep": b'{"to":' + b"[" * 10_000,
    "a megabyte of empty lists": b'{"to":[' + b"[]," * 300_000 + b"[]]}",
    "NaN": b'{"to":"380671112233","text":"x","send_at":NaN}',
    "a huge integer": b'{"to":"380671112233","text":"x","send_at":' + b"9" * 5_000 + b"}",
    "a lone surrogate": b'{"to":"380671112233","text":"\\ud800"}',
    "no UTF-8": b'{"to":"380671112233","text":"\xff"}',
    "a NUL": b'{"to":"380671112233","text":"a\\u0000b"}',
    "a key given twice, once in escapes": b'{"to":"380671112233","text":"a","te\\u0078t":"b"}',
    "a key given twice deep inside": b'{"messages":[{"to":"380671112233","to":"380671112234","text":"a"}]}',
    "a list": b"[]",
    "nothing": b"",
    "too large": b'{"to":"380671112233","text":"' + b"x" * (5 << 20) + b'"}',
    "too many": json.dumps({"to": [PHONE] * 501, "text": "x"}).encode(),
    "both forms": json.dumps({"to": PHONE, "text": "x", "messages": [{"to": PHONE}]}).encode(),
    "no text": json.dumps({"to": PHONE}).encode(),
    "data without binary": json.dumps({"to": PHONE, "text": "x", "data": "00"}).encode(),
    "odd hex": json.dumps({"to": PHONE, "kind": "binary", "data": "0"}).encode(),
    "a key that is none": json.dumps({"to": PHONE, "text": "x"}).encode(),
}


async def test_B13_what_is_no_request_is_a_problem_at_once_and_leaves_nothing(world):
    for name, body in BAD.items():
        key = {"Idempotency-Key": "a b"} if name == "a key that is none" else {}
        status, headers, answer = await world.post("/v1/messages", body, headers=key)
        assert (name, status // 100, headers["Content-Type"]) == (name, 4, PROBLEM)
        assert json.loads(answer)["status"] == status
    assert (await get(world, "/v1/messages"))["messages"] == []


KINDS = {
    "flash": {"text": "Now"},
    "binary": {"data": "0102ff"},
    "wap_push": {"text": "https://shop.example/\nShop"},
    "ping": {},
    "hlr": {},
}


async def test_every_kind_of_message_can_be_sent(tmp_path):
    routes = (Rule("all", ("carrier",)), Rule("queries", ("carrier",), kinds=("hlr", "ping")))
    tariffs = (TariffLine("all", "default", "0.45"), TariffLine("queries", "default", "0.10", kinds=("hlr", "ping")))
    async with running(tmp_path, routes=routes, tariffs=tariffs) as world:
        for kind, fields in KINDS.items():
            sent = await send(world, {"to": PHONE, "kind": kind, **fields})
            shown = await get(world, f"/v1/messages/{sent['messages'][0]['id']}")
            assert (shown["kind"], shown["text"], shown.get("data")) == (
                kind,
                fields.get("text", ""),
                fields.get("data"),
            )
