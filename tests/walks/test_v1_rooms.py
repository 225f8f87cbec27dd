"""What people do around messages by our own interface: contacts, mailings, names, webhooks, tokens, sub-clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from dataclasses import replace

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.rents import OfferedNumber
from heliograph.dialects.native_calls import CALLS
from heliograph.model.subclient import Flag
from walks.world import eventually, running

PHONE = "380671112233"
LATER = 4_000_000_000_000
NUMBER = "380670000001"


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path, incoming_numbers=(OfferedNumber(NUMBER, "1"),)) as world:
        yield world


async def ask(world, method, path, body=b"", status=200, **how):
    answered, _, answer = await world.post(f"/v1{path}", body, method=method, **how)
    assert (method, path, answered) == (method, path, status), answer
    return json.loads(answer) if answer else None


async def test_a_contact_is_made_found_changed_and_removed_and_shares_no_number(world):
    group = await ask(world, "POST", "/groups", {"name": "VIP"}, 201)
    body = {"phones": ["+380 67 111 22 33"], "name": "Ann", "birthday": "01.02.1990", "groups": [group["id"]]}
    made = await ask(world, "POST", "/contacts", body, 201)
    assert (made["phones"], made["name"], made["groups"]) == ([PHONE], "Ann", [group["id"]])
    assert (await ask(world, "POST", "/contacts", {"phones": [PHONE]}, 409))["code"] == "conflict"
    wrong = await ask(world, "POST", "/contacts", {"phones": [PHONE, "12"]}, 422)
    assert wrong["errors"][0]["field"] == "/phones/1"
    await ask(world, "POST", "/contacts", {"phones": ["380671112299"], "groups": ["77"]}, 404)
    for query in (f"group={group['id']}", f"phone=%2B{PHONE}", "search=ann"):
        assert (await ask(world, "GET", f"/contacts?{query}"))["contacts"] == [made]
    assert (await ask(world, "GET", "/contacts?search=bob"))["contacts"] == []
    sizes = {one["name"]: one["contacts"] for one in (await ask(world, "GET", "/groups"))["groups"]}
    assert sizes["VIP"] == 1
    path = f"/contacts/{made['id']}"
    changed = await ask(world, "PUT", path, {"phones": ["380671112235"], "name": "Bob"})
    assert await ask(world, "GET", path) == changed
    assert (changed["name"], changed["birthday"], changed["groups"]) == ("Bob", None, [])
    assert (await ask(world, "PUT", f"/groups/{group['id']}", {"name": "Few"}))["name"] == "Few"
    await ask(world, "DELETE", f"/groups/{group['id']}", status=204)
    await ask(world, "DELETE", path, status=204)
    await ask(world, "GET", path, status=404)


async def test_a_mailing_comes_to_each_of_its_recipients_once_by_name(world):
    group = await ask(world, "POST", "/groups", {"name": "All"}, 201)
    for phone, name in ((PHONE, "Ann"), ("380671112234", "Bob")):
        await ask(world, "POST", "/contacts", {"phones": [phone], "name": name, "groups": [group["id"]]}, 201)
    body = {"name": "Sale", "text": "Hi {NAME}", "groups": [group["id"]], "to": ["380671112299", "+380671112299"]}
    made = await ask(world, "POST", "/mailings", body, 201)
    assert (made["recipients"], made["from"], made["text"]) == (3, "VashZakaz", "Hi {NAME}")

    async def done():
        mailing = await ask(world, "GET", f"/mailings/{made['id']}")
        return mailing if mailing["state"] == "done" else None

    mailing = await eventually(done)
    assert (mailing["done"], mailing["refused"], mailing["parts"], mailing["cost"]) == (3, 0, 3, "1.350000")
    messages = (await ask(world, "GET", "/messages"))["messages"]
    assert sorted((one["to"], one["text"]) for one in messages) == [
        (PHONE, "Hi Ann"),
        ("380671112234", "Hi Bob"),
        ("380671112299", "Hi {NAME}"),
    ]
    assert {one["mailing"] for one in messages} == {made["id"]}


async def test_a_mailing_is_paused_resumed_cancelled_and_forgotten(world):
    made = await ask(world, "POST", "/mailings", {"name": "a", "text": "x", "to": [PHONE], "send_at": LATER}, 201)
    path = f"/mailings/{made['id']}"
    assert (await ask(world, "GET", f"{path}/cost"))["cost"] == "0.450000"
    for verb, state in (("pause", "paused"), ("resume", "waiting"), ("cancel", "cancelled")):
        assert (await ask(world, "POST", f"{path}/{verb}"))["state"] == state
        assert (await ask(world, "POST", f"{path}/{verb}", status=409))["code"] == "conflict"
    second = await ask(world, "POST", "/mailings", {"name": "b", "text": "x", "to": [PHONE], "send_at": LATER}, 201)
    page = await ask(world, "GET", "/mailings?limit=1")
    assert [one["id"] for one in page["mailings"]] == [second["id"]]
    assert [one["id"] for one in (await ask(world, "GET", f"/mailings?cursor={page['next']}"))["mailings"]] == [
        made["id"]
    ]
    await ask(world, "DELETE", path, status=204)
    await ask(world, "GET", path, status=404)
    await ask(world, "POST", "/mailings", {"name": "c", "text": "x"}, 422)
    await ask(world, "POST", "/mailings", {"name": "c", "text": "x", "groups": ["9"]}, 404)


async def test_a_mailing_that_has_no_money_says_why_it_is_paused(world):
    await world.do(verbs.AccountTopUp("shop", "-99.55"))
    made = await ask(world, "POST", "/mailings", {"name": "a", "text": "x", "to": [PHONE, "380671112234"]}, 201)
    assert made["stopped_by"] is None
    path = f"/mailings/{made['id']}"

    async def paused():
        mailing = await ask(world, "GET", path)
        return mailing if mailing["state"] == "paused" else None

    mailing = await eventually(paused)
    assert (mailing["done"], mailing["stopped_by"]) == (1, "no_money")
    await world.do(verbs.AccountTopUp("shop", "1"))
    assert (await ask(world, "POST", f"{path}/resume"))["stopped_by"] is None


async def test_a_name_is_asked_for_shown_with_its_states_and_given_up(world):
    made = await ask(world, "POST", "/senders", {"name": "MyShop", "registrations": ["ua_reg"]}, 201)
    assert (made["state"], made["registrations"][0]["registration"]) == ("waiting", "ua_reg")
    await ask(world, "POST", "/senders", {"name": "MyShop"}, 409)
    await ask(world, "POST", "/senders", {"name": "Other", "registrations": ["moon"]}, 422)
    await world.do(verbs.SenderModerate(int(made["id"]), True))
    await world.do(verbs.SenderOperator(int(made["id"]), "ua_reg", 2))
    shown = await ask(world, "GET", f"/senders/{made['id']}")
    assert (shown["state"], shown["registrations"][0]["state"]) == ("active", "admitted")
    listed = await ask(world, "GET", "/senders")
    assert ([one["name"] for one in listed["senders"]], listed["usual"]) == (["MyShop", "VashZakaz"], "VashZakaz")
    await ask(world, "DELETE", f"/senders/{made['id']}", status=204)
    await ask(world, "GET", f"/senders/{made['id']}", status=404)


async def test_a_webhook_tells_its_secret_once_and_a_message_its_deliveries(world):
    made = await ask(world, "POST", "/webhooks", {"url": "http://127.0.0.1:1/hook", "events": ["status"]}, 201)
    assert made["secret"].startswith("whsec_")
    assert (await ask(world, "GET", "/webhooks"))["webhooks"] == [
        {"id": made["id"], "url": "http://127.0.0.1:1/hook", "events": ["status"], "window": 8, "active": True}
    ]
    sent = await ask(world, "POST", "/messages", {"to": PHONE, "text": "x"}, 202)
    path = f"/messages/{sent['messages'][0]['id']}/deliveries"

    async def tried():
        deliveries = (await ask(world, "GET", path))["deliveries"]
        return deliveries if deliveries and deliveries[0]["tries"] else None

    (delivery,) = await eventually(tried)
    assert (delivery["webhook"], delivery["state"], delivery["about"]) == (made["id"], "waiting", "delivered")
    await ask(world, "DELETE", f"/webhooks/{made['id']}", status=204)
    world.clock.shift(60)

    async def given_up():
        return (await ask(world, "GET", "/webhooks/failed"))["deliveries"]

    (failed,) = await eventually(given_up)
    assert (failed["event_id"], failed["state"]) == (delivery["event_id"], "given_up")
    assert await ask(world, "POST", "/webhooks/replay") == {"again": 0, "gone": 1}


async def test_one_event_that_was_given_up_is_sent_once_more_alone(world):
    answer, seen = b"410 Gone", []

    async def hook(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", head)[1]))
            seen.append(re.search(rb"(?i)webhook-id: (\S+)", head)[1].decode())
            writer.write(b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async def failed(number):
        found = (await ask(world, "GET", "/webhooks/failed"))["deliveries"]
        return [one["event_id"] for one in found] if len(found) == number else None

    async with await asyncio.start_server(hook, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        made = await ask(world, "POST", "/webhooks", {"url": f"http://127.0.0.1:{port}/", "events": ["status"]}, 201)
        for text in ("a", "b"):
            await ask(world, "POST", "/messages", {"to": PHONE, "text": text}, 202)
        first, second = await eventually(lambda: failed(2))
        for body in ({"events": ["evt_999999"]}, {"events": [first, "evt_999999"]}):
            assert (await ask(world, "POST", "/webhooks/replay", body, 404))["code"] == "not_found"
        for wrong in ([], ["17"], ["evt_0"], [first] * 101):
            await ask(world, "POST", "/webhooks/replay", {"events": wrong}, 422)
        token = (await ask(world, "POST", "/tokens", {"scope": "test"}, 201))["token"]
        await ask(world, "POST", "/webhooks/replay", {"events": [first]}, 403, token=token)
        assert (await failed(2), sorted(seen)) == ([first, second], [first, second])
        answer = b"200 OK"
        assert await ask(world, "POST", "/webhooks/replay", {"events": [second, second]}) == {"again": 1, "gone": 0}

        async def arrived():
            return len(seen) == 3

        await eventually(arrived)
        assert (seen[2], await failed(1)) == (second, [first])
        await ask(world, "DELETE", f"/webhooks/{made['id']}", status=204)
        assert await ask(world, "POST", "/webhooks/replay", {"events": [first]}) == {"again": 0, "gone": 1}


async def test_B27_a_token_is_worth_nothing_once_it_is_revoked_and_makes_no_more_of_itself(world):
    made = await ask(world, "POST", "/tokens", {"scope": "test", "name": "ci"}, 201)
    await ask(world, "POST", "/tokens", {"scope": "live"}, 403, token=made["token"])
    await ask(world, "POST", "/senders", {"name": "New"}, 403, token=made["token"])
    listed = (await ask(world, "GET", "/tokens"))["tokens"]
    assert [(one["name"], one["scope"], "token" in one) for one in listed] == [
        ("", "live", False),
        ("ci", "test", False),
    ]
    await ask(world, "DELETE", f"/tokens/{made['id']}", status=204)
    await ask(world, "GET", "/balance", status=401, token=made["token"])


async def test_a_sub_client_is_made_paid_blocked_and_deleted_by_its_owner(world):
    made = await ask(world, "POST", "/accounts", {"login": "branch", "password": "long enough"}, 201)
    await ask(world, "POST", "/accounts", {"login": "branch", "password": "long enough"}, 409)
    path = f"/accounts/{made['id']}"
    assert (await ask(world, "POST", f"{path}/payments", {"amount": "10.5"}))["balance"] == "10.500000"
    assert (await ask(world, "POST", f"{path}/payments", {"amount": "1000"}, 402))["code"] == "no_money"
    token = (await ask(world, "POST", f"{path}/tokens", {"scope": "live"}, 201))["token"]
    assert (await ask(world, "GET", "/balance", token=token))["balance"] == "10.500000"
    await ask(world, "POST", "/accounts", {"login": "deeper", "password": "long enough"}, 409, token=token)
    assert (await ask(world, "POST", f"{path}/block"))["blocked"] is True
    await ask(world, "GET", "/balance", status=401, token=token)
    assert (await ask(world, "POST", f"{path}/unblock"))["blocked"] is False
    await ask(world, "DELETE", path, status=204)
    await ask(world, "GET", "/balance", status=401, token=token)
    assert [one["deleted"] for one in (await ask(world, "GET", "/accounts"))["accounts"]] == [True]


async def test_B27_a_sub_client_whose_owner_keeps_its_settings_changes_neither_webhooks_nor_tokens(world):
    made = await ask(world, "POST", "/accounts", {"login": "branch", "password": "long enough"}, 201)
    token = (await ask(world, "POST", f"/accounts/{made['id']}/tokens", {"scope": "live"}, 201))["token"]
    gateway = world.gateway
    owner, account = gateway.accounts.of("shop"), gateway.accounts.of("branch")
    fixed = (Flag.SETTINGS_FIXED,)
    await gateway.subclients.change(
        owner, account, lambda said: replace(said, profile=replace(said.profile, flags=fixed)), "shop"
    )
    for path, body in (("/tokens", {"scope": "live"}), ("/webhooks", {"url": "https://shop.example/hook"})):
        assert (await ask(world, "POST", path, body, 403, token=token))["code"] == "read_only_token"
    assert (await ask(world, "GET", "/webhooks", token=token))["webhooks"] == []


BODIES = {
    "/templates/{id}": {"name": "x", "text": "y"},
    "/numbers/{id}": {"renews": False},
    "/contacts/{id}": {"phones": ["380671112277"]},
    "/groups/{id}": {"name": "x"},
    "/accounts/{id}/payments": {"amount": "1"},
    "/accounts/{id}/tokens": {"scope": "live"},
}


async def test_B23_no_call_of_the_whole_document_shows_or_changes_what_is_another_accounts(world):
    sent = await ask(world, "POST", "/messages", {"to": PHONE, "text": "x", "send_at": LATER}, 202)
    group = await ask(world, "POST", "/groups", {"name": "x"}, 201)
    theirs = {
        "messages": sent["messages"][0]["id"],
        "groups": group["id"],
        "contacts": (await ask(world, "POST", "/contacts", {"phones": [PHONE]}, 201))["id"],
        "mailings": (
            await ask(world, "POST", "/mailings", {"name": "a", "text": "x", "to": [PHONE], "send_at": LATER}, 201)
        )["id"],
        "senders": (await ask(world, "GET", "/senders"))["senders"][0]["id"],
        "webhooks": (await ask(world, "POST", "/webhooks", {"url": "https://shop.example/hook"}, 201))["id"],
        "tokens": (await ask(world, "GET", "/tokens"))["tokens"][0]["id"],
        "accounts": (await ask(world, "POST", "/accounts", {"login": "branch", "password": "long enough"}, 201))["id"],
        "templates": (await ask(world, "POST", "/templates", {"name": "x", "text": "y"}, 201))["id"],
        "stop-list": (await ask(world, "POST", "/stop-list", {"phone": "380671112255"}, 201))["id"],
        "numbers": (await ask(world, "POST", "/numbers", {"number": NUMBER}, 201))["number"],
    }
    asked_for = await ask(world, "POST", "/messages", {"to": PHONE, "text": "How are you?"}, 202)
    await world.until(asked_for["messages"][0]["id"], "DELIVRD")
    await world.do(verbs.Incoming("carrier", PHONE, "VashZakaz", "hello"))

    async def came():
        return (await ask(world, "GET", "/incoming"))["incoming"]

    theirs["incoming"] = (await eventually(came))[0]["id"]
    owner = world.token
    await world.add_account("stranger", sender="Stranger")
    asked = 0
    for call in CALLS:
        if "{id}" not in call.path:
            continue
        body = BODIES.get(call.path, b"") if call.method != "GET" else b""
        room = call.path.split("/")[1]
        answers = [
            (await world.post(call.whole_path.replace("{id}", one), body, method=call.method))[::2]
            for one in (theirs[room], "9999999999")
        ]
        assert (call.name, answers[0]) == (call.name, answers[1])
        assert (call.name, answers[0][0]) == (call.name, 404)
        asked += 1
    assert asked > 20
    world.token = owner
    for room, one in theirs.items():
        if room not in ("groups", "webhooks", "tokens", "numbers"):
            await ask(world, "GET", f"/{room}/{one}")
    messages = (await ask(world, "GET", "/messages"))["messages"]
    assert [one["state"] for one in messages] == ["delivered", "scheduled"]
