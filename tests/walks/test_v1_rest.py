"""The rest of our own interface: mailings that repeat and are asked for once, stop lists, templates, numbers, links."""

from __future__ import annotations

import asyncio
import urllib.request

import pytest

from heliograph.backoffice.links import LinkSettings
from heliograph.backoffice.rents import OfferedNumber
from walks.test_v1_rooms import LATER, PHONE, ask
from walks.world import ShiftedClock, eventually, running

FIRST, SECOND = "380670000001", "380670000002"
OFFERED = (OfferedNumber(FIRST, "30"), OfferedNumber(SECOND, "1000"))
SATURDAY = 1_700_301_600_000
"""2023-11-18 10:00 UTC."""
DAY = 86_400_000
MAILING = {"name": "a", "text": "x", "to": [PHONE], "send_at": LATER}


@pytest.fixture
async def world(tmp_path):
    clock = ShiftedClock()
    clock.shift(SATURDAY / 1000 - clock.now() / 1000)
    links = LinkSettings(base="https://sms.example")
    async with running(tmp_path, clock=clock, incoming_numbers=OFFERED, links=links) as world:
        yield world


async def keyed(world, body, key="k", **how):
    return await world.post("/v1/mailings", body, headers={"Idempotency-Key": key}, **how)


async def test_a_mailing_asked_for_again_with_its_key_is_the_same_mailing(world):
    answers = await asyncio.gather(*(keyed(world, MAILING) for _ in range(3)))
    assert [status for status, _, _ in answers] == [201] * 3
    assert len({body for _, _, body in answers}) == 1
    assert sorted("Idempotent-Replayed" in headers for _, headers, _ in answers) == [False, True, True]
    assert len((await ask(world, "GET", "/mailings"))["mailings"]) == 1
    status, _, body = await keyed(world, {**MAILING, "name": "b"})
    assert (status, b'"key_reused"' in body) == (409, True)
    status, _, body = await keyed(world, MAILING, key="with blank")
    assert (status, b"Idempotency-Key" in body) == (422, True)


async def test_a_refused_mailing_leaves_its_key_free(world):
    status, _, _ = await keyed(world, {**MAILING, "groups": ["9"]})
    assert status == 404
    status, headers, _ = await keyed(world, MAILING)
    assert (status, "Idempotent-Replayed" in headers) == (201, False)


async def test_a_message_and_a_mailing_cannot_share_a_key(world):
    headers = {"Idempotency-Key": "k"}
    assert (await world.post("/v1/messages", {"to": PHONE, "text": "x"}, headers=headers))[0] == 202
    assert (await keyed(world, MAILING))[0] == 409


async def test_a_mailing_that_repeats_waits_for_its_next_day_until_its_repetitions_are_over(world):
    body = {"name": "daily", "text": "x", "to": [PHONE], "repeat": "working_days", "repeats": 1}
    made = await ask(world, "POST", "/mailings", body, 201)
    assert (made["repeat"], made["spread_over"]) == ("working_days", None)
    path = f"/mailings/{made['id']}"

    async def stands(wanted):
        mailing = await ask(world, "GET", path)
        return mailing if mailing["state"] == wanted and mailing["parts"] else None

    waiting = await eventually(lambda: stands("waiting"))
    assert (waiting["start_at"] - made["start_at"], waiting["parts"]) == (2 * DAY, 1)
    world.clock.shift(2 * DAY / 1000)
    done = await eventually(lambda: stands("done"))
    assert done["parts"] == 2
    assert (await ask(world, "POST", "/mailings", {**MAILING, "repeats": 2}, 422))["errors"][0]["field"] == "/repeat"
    spread = await ask(world, "POST", "/mailings", {**MAILING, "spread_over": 3600, "repeat": "weekly"}, 201)
    assert (spread["spread_over"], spread["repeat"]) == (3600, "weekly")


async def test_a_number_on_the_stop_list_gets_nothing_until_it_is_taken_off(world):
    made = await ask(world, "POST", "/stop-list", {"phone": "+380 67 111 22 33"}, 201)
    assert made == {"id": made["id"], "phone": PHONE, "blocks": "everything"}
    refused = await ask(world, "POST", "/messages", {"to": PHONE, "text": "x"}, 422)
    assert refused["messages"][0]["problem"]["code"] == "stop_listed"
    changed = await ask(world, "POST", "/stop-list", {"phone": PHONE, "blocks": "mailings"}, 201)
    assert (changed["id"], changed["blocks"]) == (made["id"], "mailings")
    await ask(world, "POST", "/messages", {"to": PHONE, "text": "x"}, 202)
    other = await ask(world, "POST", "/stop-list", {"phone": "380671112244", "blocks": "single"}, 201)
    page = await ask(world, "GET", "/stop-list?limit=1")
    assert page["entries"] == [changed]
    assert (await ask(world, "GET", f"/stop-list?cursor={page['next']}"))["entries"] == [other]
    await ask(world, "DELETE", f"/stop-list/{other['id']}", status=204)
    await ask(world, "GET", f"/stop-list/{other['id']}", status=404)
    await ask(world, "POST", "/messages", {"to": "380671112244", "text": "x"}, 202)
    wrong = await ask(world, "POST", "/stop-list", {"phone": "12"}, 422)
    assert wrong["errors"][0]["field"] == "/phone"


async def test_a_template_is_made_changed_and_removed_and_texts_are_registered(world):
    made = await ask(world, "POST", "/templates", {"name": "Code", "text": "Your code", "kind": "flash"}, 201)
    assert (made["name"], made["text"], made["kind"], made["from"]) == ("Code", "Your code", "flash", "")
    assert (await ask(world, "GET", "/templates"))["templates"] == [made]
    path = f"/templates/{made['id']}"
    changed = await ask(world, "PUT", path, {"name": "Code", "text": "Code:", "from": "VashZakaz"})
    assert (changed["kind"], changed["from"]) == ("text", "VashZakaz")
    assert await ask(world, "GET", path) == changed
    await ask(world, "DELETE", path, status=204)
    await ask(world, "DELETE", path, status=404)
    body = {"from": "VashZakaz", "text": "Code %d{4}", "registrations": ["mts_auth", "bee_srv"]}
    rows = (await ask(world, "POST", "/operator-templates", body, 201))["templates"]
    assert {(one["registration"], one["state"]) for one in rows} == {("mts_auth", "admitted"), ("bee_srv", "admitted")}
    listed = (await ask(world, "GET", "/operator-templates"))["templates"]
    assert {one["id"] for one in listed} == {one["id"] for one in rows}
    wrong = await ask(world, "POST", "/operator-templates", {**body, "registrations": ["moon"]}, 422)
    assert wrong["errors"][0]["field"] == "/registrations/0"


async def test_a_number_is_rented_for_what_is_left_of_the_month_and_not_twice(world):
    offered = (await ask(world, "GET", "/numbers/offered"))["numbers"]
    assert offered == [{"number": FIRST, "month": "30.000000"}, {"number": SECOND, "month": "1000.000000"}]
    rented = await ask(world, "POST", "/numbers", {"number": FIRST}, 201)
    december = 1_701_388_800_000
    assert rented == {"number": FIRST, "until": december, "renews": True}
    assert float((await ask(world, "GET", "/balance"))["balance"]) < 100
    assert (await ask(world, "POST", "/numbers", {"number": FIRST}, 409))["code"] == "conflict"
    await ask(world, "POST", "/numbers", {"number": SECOND}, 409)
    await ask(world, "POST", "/numbers", {"number": "380670000003"}, 404)
    assert (await ask(world, "PUT", f"/numbers/{FIRST}", {"renews": False}))["renews"] is False
    assert (await ask(world, "GET", "/numbers"))["numbers"] == [{"number": FIRST, "until": december, "renews": False}]
    await ask(world, "PUT", f"/numbers/{SECOND}", {"renews": False}, 404)
    assert [one["number"] for one in (await ask(world, "GET", "/numbers/offered"))["numbers"]] == [SECOND]


async def test_clicks_on_a_mailings_short_links_are_counted(world):
    target = "https://shop.example/sale"
    body = {"name": "a", "text": f"Sale: {target}", "to": [PHONE], "short_links": True}
    await ask(world, "POST", "/mailings", body, 201)

    async def sent():
        return (await ask(world, "GET", "/messages"))["messages"]

    (message,) = await eventually(sent)
    code = message["text"].removeprefix("Sale: https://sms.example/l/")
    assert "/" not in code
    assert (await ask(world, "GET", f"/links?link={target}"))["clicks"] == 0
    visit = urllib.request.Request(f"{world.gateway.http_url}/l/{code}", headers={"User-Agent": "Mozilla/5.0"})
    opener = urllib.request.build_opener(_NoRedirect)
    with pytest.raises(urllib.error.HTTPError, match="302"):
        await asyncio.to_thread(opener.open, visit, timeout=20)

    async def counted():
        found = await ask(world, "GET", f"/links?link={target}")
        return found if found["clicks"] else None

    clicks = await eventually(counted)
    assert (clicks["clicks"], clicks["this_month"], clicks["today"], clicks["yesterday"]) == (1, 1, 1, 0)
    assert await ask(world, "GET", f"/links?id={clicks['id']}") == clicks
    await ask(world, "GET", "/links?link=https://other.example/", status=404)
    await ask(world, "GET", "/links", status=422)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The target is nobody's."""

    def redirect_request(self, *_):
        return None


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/stop-list", {"phone": PHONE}),
        ("POST", "/templates", {"name": "a", "text": "b"}),
        ("POST", "/numbers", {"number": FIRST}),
        ("POST", "/mailings", MAILING),
    ],
)
async def test_B27_a_token_that_only_asks_or_tests_changes_none_of_it(world, method, path, body):
    for scope in ("read", "test"):
        token = (await ask(world, "POST", "/tokens", {"scope": scope}, 201))["token"]
        assert (await ask(world, method, path, body, 403, token=token))["code"] == "read_only_token"
        await ask(world, "GET", path, token=token)
