"""Rows of the directory's scripts from beginning to end: what each "works means" says, in one go."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.links import LinkSettings
from heliograph.backoffice.rents import OfferedNumber
from heliograph.backoffice.senders import SenderSettings
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.smsc_limits import SmscSettings
from walks.sink import listening
from walks.smsc_customer import PHONE, SENDER, customer
from walks.subclient import PASSWORD, Sub
from walks.test_callbacks import called
from walks.world import eventually, running

SERVICE, DEDICATED = "380440000001", "380440000002"
SETTINGS = {
    "smsc": SmscSettings(
        at_once=0, balances=0, same_users=0, same_data=0, same_contacts=0, confirmation_numbers=(SERVICE,)
    ),
    "routes": (Rule("all", ("carrier",)),),
    "tariffs": (TariffLine("all", "default", "1.40"),),
    "senders": SenderSettings(code_login="codes"),
    "incoming_numbers": (OfferedNumber(DEDICATED, "30"),),
}


@pytest.fixture
async def asker(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        await world.do(verbs.AccountCreate("codes"))
        await world.do(verbs.AccountSender("codes", "Confirm"))
        await world.do(verbs.AccountTopUp("codes", "100"))
        yield await customer(world)


def day(asker, days=0):
    moment = datetime.fromtimestamp(asker.world.clock.now() / 1000, UTC) + timedelta(days=days)
    return f"{moment:%d.%m.%Y}"


@pytest.mark.covers(75)
@pytest.mark.parametrize(
    ("script", "key", "first", "second"),
    [("phones", "phone", PHONE, "380671234568"), ("mails", "mail", "a@shop.example", "b@shop.example")],
)
async def test_contacts_groups_moves_and_the_stop_list_of_both_scripts(asker, script, key, first, second):
    async def ask(**fields):
        return await asker.ask(script, fmt=fields.pop("fmt", 1), **fields)

    groups = [await ask(add_group=1, name=f"Group {number}", type=int(key == "mail")) for number in range(4)]
    assert all(group.isdigit() for group in groups)
    contact = await ask(add=1, name="Anna", grp=groups[0], myid=77, **{key: first})
    (shown,) = json.loads(await ask(get=1, fmt=3))
    assert (shown["id"], shown[key], shown["int_id"]) == (77, first, int(contact))
    for how, group in ((1, groups[1]), (2, groups[2]), (2, groups[3]), (3, groups[3])):
        assert await ask(move_group=how, grp=group, **{key: first}) == "OK"
    (shown,) = json.loads(await ask(get=1, fmt=3))
    assert set(shown["group"].split("|")) == {groups[1], groups[2]}
    assert await ask(chg=1, name="Olena", **{key: first, f"new_{key}": second}) == "OK"
    (shown,) = json.loads(await ask(get=1, fmt=3))
    assert (shown["name"], shown[key]) == ("Olena", second)
    assert await ask(del_group=1, grp=groups[1]) == "OK"
    assert await ask(**{"del": 1, key: second}) == "OK"
    assert await ask(get=1) == "0,-3"
    listed = await asker.ask("phones", add_black=1, phone=PHONE, type=0, fmt=1)
    assert (await asker.ask("phones", get_black=1, fmt=1)) == f"{listed},{PHONE},0"
    assert (await asker.send()).endswith(",-6")
    assert await asker.ask("phones", del_black=1, phone=PHONE, fmt=1) == "OK"
    assert not (await asker.send("again")).endswith(",-6")


@pytest.mark.covers(76, 77)
async def test_a_sub_client_logs_in_is_changed_paid_counted_and_gets_its_invoice(asker):
    made = await asker.ask("users", add=1, user="branch", password=PASSWORD, fmt=1, **{"fl[29]": 1})
    sub = Sub(asker.world, "branch", PASSWORD)
    assert await sub.ask("balance", fmt=1) == "0.00"
    assert await asker.ask("users", chg=1, user="branch", notes="first", new_login="shop2", fmt=1) == "OK"
    sub = Sub(asker.world, "shop2", PASSWORD)
    assert await asker.ask("users", pay=1, user="shop2", sum="10", fmt=1) == "OK"
    assert await sub.ask("balance", fmt=1) == "10.00"
    await sub.sent()
    fields = {"get_stat": 1, "start": day(asker), "reseller": 1, "fmt": 1}
    assert await asker.ask("users", **fields) == "shop2,1,10.00,1.40,RUR"
    invoice = await asker.ask("documents", add_account=1, user_id=made, sum="12.50", service="Messages", fmt=1)
    query = f"/sys/documents.php?apikey={asker.apikey}&get_account=1&user=shop2&id={invoice}"
    status, headers, body = await asker.post(query, method="GET")
    assert (status, headers["Content-Type"], body[:5]) == (200, "application/pdf", b"%PDF-")


async def code_of(asker, number):
    """The code that was sent to a number."""
    found = await asker.world.gateway.store.messages(range(100_000_001, 100_000_050), None)
    text = next(message.content.text for message in reversed(found) if message.recipient == number)
    return re.search(r"\d{6}", text)[0]


@pytest.mark.covers(80, 82, 121, 128)
@pytest.mark.parametrize("fmt", [0, 1])
async def test_the_printed_calls_about_sender_names_answer_success(asker, fmt):
    """smsc-directory.md 5.6, with this account's own credentials and ids."""
    sign = f"login={asker.login}&psw={asker.password}&fmt={fmt}"

    async def get(query):
        status, _, body = await asker.post(f"/sys/senders.php?{query}&{sign}", method="GET")
        assert status == 200
        return body.decode()

    made = await get("add=1&sender=MyShop&cmt=online+shop&mts_step=1&tele2=1")
    assert re.fullmatch(r"ID = \d+" if fmt == 0 else r"\d+", made)
    sender_id = made.removeprefix("ID = ")
    assert f"MyShop,0,{sender_id}" in await asker.ask("senders", get=1, all=1, fmt=1)
    assert json.loads(await asker.ask("senders", get=1, all=1, fmt=3))[0]["sender"] == "MyShop"
    assert await get(f"chg=1&id={sender_id}&cmt=new+comment") == "OK"
    (kept,) = [one for one in await asker.world.do(verbs.SenderList("client")) if one["name"] == "MyShop"]
    assert (str(kept["id"]), kept["comment"]) == (sender_id, "new comment")
    assert await get("send_code=1&sender=79999999999&site_name=example.org") == "OK"
    assert await get(f"check_code=1&sender=79999999999&code={await code_of(asker, '79999999999')}") == "OK"
    assert "79999999999" in await asker.ask("senders", get=1, fmt=1)
    assert await get(f"del=1&id={sender_id}") == "OK"
    assert "MyShop" not in await asker.ask("senders", get=1, all=1, fmt=1)


@pytest.mark.covers(90, 152)
async def test_handler_calls_dedicated_numbers_call_confirmation_and_deferred_tasks(asker):
    world = asker.world
    with listening() as sink:
        sink.usual = 200
        await world.do(verbs.AccountHandler("client", f"{sink.url}?md5=word", ("status", "incoming")))
        message = await asker.sent()
        await called(sink)
        assert await asker.ask("receive_phones", buy=1, phone=DEDICATED, fmt=1) == "OK"
        await world.do(verbs.Incoming("carrier", PHONE, DEDICATED, "hello"))
        await called(sink, 2)
        number = await asker.ask("wait_call", phone=PHONE, fmt=1)
        assert number == SERVICE
        await world.do(verbs.IncomingCall(PHONE, number))
        await called(sink, 3)
        status, incoming, confirmed = sink.forms()
    assert (status["id"], status["status"]) == (str(message.id), "1")
    assert (incoming["mes"], incoming["to"]) == ("hello", DEDICATED)
    assert (confirmed["waitcall"], confirmed["phone"]) == ("1", PHONE)
    export_id = await asker.ask("downloads", add=1, start=day(asker), fmt=1)

    async def ready():
        return (await asker.ask("downloads", get_list=1, fmt=1)).split(",")[2] == "2"

    await eventually(ready)
    query = f"/sys/downloads.php?apikey={asker.apikey}&get_file=1&id={export_id}"
    status, headers, body = await asker.post(query, method="GET")
    assert (status, headers["Content-Type"].split(";")[0]) == (200, "text/csv")
    assert str(message.id).encode() in body
    assert SENDER.encode() in body


@pytest.mark.covers(83)
async def test_history_answers_sums_rates_operators_and_short_links(tmp_path):
    settings = {**SETTINGS, "links": LinkSettings("http://s.example")}
    async with running(tmp_path, account=False, **settings) as world:
        asker = await customer(world)
        first = await asker.sent("one")
        link = "https://shop.example/item"
        second = await asker.sent(f"See {link}", tinyurl=1)
        code = second.content.text.rpartition("/")[2]
        await world.post(f"/l/{code}", method="GET", headers={"User-Agent": "Mozilla/5.0 (Linux) Mobile Safari/537.36"})
        start = {"start": day(asker)}
        rows = json.loads(await asker.ask("get", get_messages=1, fmt=3, **start))
        assert [row["int_id"] for row in rows] == [second.id, first.id]
        (older,) = json.loads(await asker.ask("get", get_messages=1, prev_id=second.id, fmt=3, **start))
        assert older["int_id"] == first.id
        await world.do(verbs.Incoming("carrier", PHONE, SENDER, "client: hello"))

        async def came():
            said = await asker.ask("get", get_answers=1, after_id=0, fmt=1)
            return said if "hello" in said else None

        assert (await eventually(came)).split(",")[2:5] == [PHONE, "hello", SENDER]
        assert await asker.ask("get", get_stat=1, fmt=1, **start) == "client,2,100.00,2.80,RUR"
        prices = await asker.ask("get", get_price=1, fmt=1)
        cost = await asker.ask("send", phones=PHONE, mes="three", sender=SENDER, cost=1, fmt=1)
        assert cost.split(",")[0] == prices.split(",")[2] == "1.40"
        told = await asker.ask("info", get_operator=1, phone=PHONE, fmt=1)
        assert told == f"{PHONE},Ukraine,Kyivstar,,255,03,"
        assert json.loads(await asker.ask("tinyurls", get=1, link=link, fmt=3))["cnt"] == 1
