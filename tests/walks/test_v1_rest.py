"""The rest of our own interface: mailings that repeat and are asked for once, stop lists, templates, numbers, links."""

from __future__ import annotations

import asyncio
import json
import urllib.request

import pytest

from heliograph.backoffice.links import LinkSettings
from heliograph.backoffice.rents import OfferedNumber
from heliograph.model.templates import Template
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


async def template_of(world, text, **more):
    return (await ask(world, "POST", "/templates", {"name": "a", "text": text, **more}, 201))["id"]


async def texts(world, sent):
    ids = ",".join(one["id"] for one in sent["messages"])
    return [one["text"] for one in reversed((await ask(world, "GET", f"/messages?id={ids}"))["messages"])]


async def test_messages_name_a_template_and_each_puts_in_what_is_its_own(world):
    code = await template_of(world, "{shop}: your code is {code}, {not a field} {}")
    hello = await template_of(world, "Hello", kind="flash", **{"from": "VashZakaz"})
    one = {"to": PHONE, "template": code, "fields": {"shop": "A", "code": "{shop}"}}
    sent = await ask(world, "POST", "/messages", one, 202)
    assert await texts(world, sent) == ["A: your code is {shop}, {not a field} {}"]
    many = {
        "template": code,
        "fields": {"shop": "B"},
        "messages": [
            {"to": PHONE, "fields": {"code": "1"}},
            {"to": PHONE, "fields": {"code": "2", "shop": "C"}},
            {"to": PHONE, "template": hello},
            {"to": PHONE, "text": "{code}"},
        ],
    }
    sent = await ask(world, "POST", "/messages", many, 202)
    rest = ", {not a field} {}"
    assert await texts(world, sent) == [f"B: your code is 1{rest}", f"C: your code is 2{rest}", "Hello", "{code}"]
    shown = await ask(world, "GET", f"/messages/{sent['messages'][2]['id']}")
    assert (shown["kind"], shown["from"]) == ("flash", "VashZakaz")
    assert (await ask(world, "POST", "/preview", one))["parts"] == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"template": "999"}, "/template"),
        ({"template": "{id}", "text": "x"}, "/template"),
        ({"template": "{id}"}, "/fields/code"),
        ({"template": "{id}", "fields": {"code": "1", "name": "x"}}, "/fields/name"),
        ({"template": "{id}", "fields": {"code": "1"}, "kind": "flash"}, "/kind"),
        ({"text": "x", "fields": {"code": "1"}}, "/fields"),
        ({"template": "{id}", "fields": {"a b": "1"}}, "/fields"),
    ],
)
async def test_a_template_with_a_hole_in_it_is_refused_and_sends_nothing(world, more, field):
    id_ = await template_of(world, "Your code is {code}")
    more = {name: id_ if value == "{id}" else value for name, value in more.items()}
    for body, place in (({"to": PHONE, **more}, ""), ({"messages": [{"to": PHONE, **more}]}, "/messages/0")):
        for path in ("/messages", "/preview"):
            said = await ask(world, "POST", path, body, 422)
            assert (said["code"], said["errors"][0]["field"]) == ("bad_request", place + field)
    assert (await ask(world, "GET", "/messages"))["messages"] == []


async def test_B27_anothers_template_is_none_and_one_without_a_channel_is_not_sent_as_text(world):
    mine = await template_of(world, "Code")
    branch = await ask(world, "POST", "/accounts", {"login": "branch", "password": "long enough"}, 201)
    token = (await ask(world, "POST", f"/accounts/{branch['id']}/tokens", {"scope": "live"}, 201))["token"]
    said = await ask(world, "POST", "/messages", {"to": PHONE, "template": mine}, 422, token=token)
    assert said["errors"][0]["field"] == "/template"
    voice = Template(0, world.gateway.accounts.of("shop").id, "Call", "Press one", "call")
    number = await world.gateway.templates.add(voice)
    said = await ask(world, "POST", "/messages", {"to": PHONE, "template": str(number)}, 422)
    assert said["code"] == "unsupported"


async def test_a_request_with_a_template_has_its_answer_again_when_the_template_is_another(world):
    id_ = await template_of(world, "Code {code}")
    body = {"to": PHONE, "template": id_, "fields": {"code": "1"}}
    how = {"headers": {"Idempotency-Key": "k"}}
    status, _, first = await world.post("/v1/messages", body, **how)
    assert status == 202
    await ask(world, "DELETE", f"/templates/{id_}", status=204)
    status, headers, again = await world.post("/v1/messages", body, **how)
    assert (status, headers["Idempotent-Replayed"], again) == (202, "true", first)
    status, _, _ = await world.post("/v1/messages", body, headers={"Idempotency-Key": "other"})
    assert status == 422
    status, _, _ = await world.post("/v1/messages", {"to": PHONE, "text": "x"}, headers={"Idempotency-Key": "other"})
    assert status == 202


async def test_links_in_messages_are_shortened_for_each_of_them_and_counted(world):
    target = "https://shop.example/offer"
    body = {"to": [PHONE, "380671112234"], "text": f"See {target}.", "short_links": True}
    quoted = await ask(world, "POST", "/preview", body)
    assert (await ask(world, "GET", f"/links?link={target}", status=404))["code"] == "not_found"
    status, _, answer = await world.post("/v1/messages", body, headers={"Idempotency-Key": "k"})
    assert (status, json.loads(answer)["parts"]) == (202, quoted["parts"])
    first, second = await texts(world, json.loads(answer))
    assert len({first, second}) == 2
    assert {text[: len("See https://sms.example/l/")] for text in (first, second)} == {"See https://sms.example/l/"}
    assert (await ask(world, "GET", f"/links?link={target}"))["clicks"] == 0
    sent = await ask(world, "POST", "/messages", {**body, "short_links": False}, 202)
    assert await texts(world, sent) == [f"See {target}."] * 2


async def test_links_are_not_shortened_where_visitors_cannot_reach_us(tmp_path):
    async with running(tmp_path) as world:
        body = {"to": PHONE, "text": "https://shop.example/", "short_links": True}
        for path in ("/messages", "/preview"):
            said = await ask(world, "POST", path, body, 422)
            assert (said["code"], said["errors"][0]["field"]) == ("unsupported", "/short_links")
        assert (await ask(world, "GET", "/messages"))["messages"] == []


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
