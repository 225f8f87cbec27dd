"""From `send.php` to `status.php` through the whole house: every way a message stands, and what is done about it."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.verbs import NotPossible
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.smsc_limits import SmscSettings
from walks.sink import listening
from walks.test_callbacks import called
from walks.world import SENDER, ShiftedClock, eventually, running

QUERIES = ("hlr", "ping")
PHONE = "380671230000"
FOUND_ABROAD = {
    "imsi": "255030671230019", "msc": "48601000310", "mcc": "255", "mnc": "03", "cn": "Ukraine", "net": "Kyivstar",
    "rcn": "Poland", "rnet": "Plus",
}  # fmt: skip
SETTINGS = {
    "smsc": SmscSettings(same_statuses=0, mass_statuses=0),
    "routes": (
        Rule("no spam", block=True, senders=("SPAM",)),
        Rule("all", ("carrier",), prefixes=("38", "7")),
        Rule("queries", ("carrier",), kinds=QUERIES),
    ),
    "tariffs": (TariffLine("all", "default", "0.45"), TariffLine("queries", "default", "0.10", kinds=QUERIES)),
}


class Shop:
    """A customer with login and password."""

    def __init__(self, world, password):
        self.world = world
        self.password = password

    async def call(self, script, **fields):
        """The text of an answer."""
        given = {"login": "shop", "psw": self.password, "charset": "utf-8", **fields}
        status, _, body = await self.world.post(f"/sys/{script}.php?{urlencode(given)}", method="GET")
        assert status == 200
        return body.decode()

    async def send(self, phones=PHONE, mes="Hello", *, sender=SENDER, **fields):
        """The id of a request, also of one that was refused with one."""
        answer = json.loads(await self.call("send", phones=phones, mes=mes, sender=sender, fmt=3, **fields))
        return answer["id"]

    async def status(self, message_id, phone=PHONE, **fields):
        """What JSON says of one message."""
        return json.loads(await self.call("status", phone=phone, id=message_id, fmt=3, **fields))

    async def until(self, message_id, status, phone=PHONE, **fields):
        """The answer once the message has that status."""

        async def look():
            found = await self.status(message_id, phone, **fields)
            return found if found["status"] == status else None

        return await eventually(look)


@pytest.fixture
async def shop(tmp_path):
    clock = ShiftedClock()
    async with running(tmp_path / "data", clock=clock, **SETTINGS) as world:
        await world.do(verbs.AccountSender("shop", "SPAM"))
        made = await world.do(verbs.AccountPassword("shop"))
        yield Shop(world, made["password"])


@pytest.mark.covers_part(71, 72)
@pytest.mark.parametrize(
    ("phone", "status", "name", "error"),
    [
        ("380671230000", 1, "Доставлено", 0),
        ("380671230001", 20, "Невозможно доставить", 6),
        ("380671230002", 3, "Просрочено", 6),
        ("380671230003", 20, "Невозможно доставить", 255),
        ("380671230009", 0, "Передано оператору", 0),
        ("380671230010", 20, "Невозможно доставить", 1),
        ("380671230018", -1, "Ожидает отправки", 0),
    ],
)
async def test_what_a_carrier_says_is_shown(shop, phone, status, name, error):
    message_id = await shop.send(phone)
    found = await shop.until(message_id, status, phone, all=1)
    assert (found["status_name"], found["err"], found["message"]) == (name, error, "Hello")


@pytest.mark.covers(72)
@pytest.mark.covers_part(71)
async def test_what_is_refused_with_an_id_is_shown(shop):
    no_route = await shop.send("12025550123")
    blocked = await shop.send(sender="SPAM")
    stranger = await shop.send(sender="Nobody")
    no_number = await shop.send("12-34")
    seen = [
        await shop.status(no_route, "12025550123", all=1),
        await shop.status(blocked, all=1),
        await shop.status(stranger, all=1),
        await shop.status(no_number, "12-34", all=1),
    ]
    assert [(one["status"], one["status_name"], one["err"], one["cost"]) for one in seen] == [
        (25, "Недоступный номер", 248, "0.00"),
        (23, "Запрещено", 253, "0.00"),
        (23, "Запрещено", 254, "0.00"),
        (22, "Неверный номер", 249, "0.00"),
    ]


@pytest.fixture
def sink():
    with listening() as sink:
        sink.usual = 200
        yield sink


@pytest.mark.covers_part(71)
async def test_who_has_no_money_sees_it(tmp_path):
    async with running(tmp_path / "data", account=False, **SETTINGS) as world:
        await world.add_account(money="")
        made = await world.do(verbs.AccountPassword("shop"))
        shop = Shop(world, made["password"])
        found = await shop.status(await shop.send(), all=1)
        assert (found["status"], found["status_name"]) == (24, "Недостаточно средств")


@pytest.mark.covers_part(71)
async def test_what_the_operator_took_back_is_stopped(shop):
    message_id = await shop.send(time="+60")
    assert (await shop.status(message_id))["status"] == -1
    await shop.world.do(verbs.CancelMessages([message_id]))
    assert (await shop.until(message_id, -2, all=1))["status_name"] == "Остановлено"


@pytest.mark.covers_part(71)
async def test_silence_is_undeliverable_with_error_245(shop):
    message_id = await shop.send("380671230009", valid=1)
    await shop.until(message_id, 0, "380671230009")
    shop.world.clock.shift(26 * 3600)
    assert (await shop.until(message_id, 20, "380671230009"))["err"] == 245


@pytest.mark.covers(70)
async def test_a_missing_id_is_error_1_and_an_unknown_message_status_minus_3(shop):
    printed = {
        0: ("ERROR = 1 (parameters error)", "Status = -3, check_time = , err = 0"),
        1: ("0,-1", "-3,0,0"),
        2: (
            "<result>\n<error>parameters error</error>\n<error_code>1</error_code>\n</result>",
            "<sms>\n<status>-3</status>\n<last_date></last_date>\n<last_timestamp>0</last_timestamp>\n"
            "<flag>0</flag>\n<err>0</err>\n</sms>",
        ),
        3: (
            '{\n"error": "parameters error",\n"error_code": 1\n}',
            '{\n"status": -3,\n"last_date": "",\n"last_timestamp": 0,\n"flag": 0,\n"err": 0\n}',
        ),
    }
    for fmt, (missing, unknown) in printed.items():
        assert await shop.call("status", phone=PHONE, fmt=fmt) == missing
        assert await shop.call("status", phone=PHONE, id=99, fmt=fmt) == unknown


async def test_one_id_covers_the_whole_request_chosen_or_not(shop):
    phones = ["380671230000", "380671231111", "380671232222"]
    for chosen in ({}, {"id": "order-17"}):
        message_id = await shop.send(",".join(phones), f"Hello {chosen}", **chosen)
        assert message_id == chosen.get("id", message_id)
        for phone in phones:
            assert (await shop.until(message_id, 1, phone, all=1))["phone"] == phone
        ids = ",".join([str(message_id)] * 3)
        listed = await shop.status(ids, ",".join(reversed(phones)))
        assert [(one["phone"], one["id"]) for one in listed] == [(phone, message_id) for phone in reversed(phones)]


async def test_of_one_id_used_twice_the_newest_message_is_told(shop):
    await shop.send(mes="first", id="again")
    await shop.send(mes="second", id="again")
    assert (await shop.until("again", 1, all=1))["message"] == "second"


async def test_ids_are_known_over_a_restart(tmp_path):
    clock = ShiftedClock()
    async with running(tmp_path / "data", clock=clock, **SETTINGS) as world:
        made = await world.do(verbs.AccountPassword("shop"))
        before = Shop(world, made["password"])
        await before.send(id="filed")
        await world.gateway.store.file_shown()
        await before.send(id="late")
        await before.until("late", 1)
    async with running(tmp_path / "data", clock=clock, account=False, **SETTINGS) as world:
        after = Shop(world, before.password)
        assert [(await after.status(one))["status"] for one in ("filed", "late", "never")] == [1, 1, -3]


@pytest.mark.covers(53)
async def test_a_comment_is_not_sent_and_comes_back_in_the_status_and_to_the_handler(shop, sink):
    await shop.world.do(verbs.AccountHandler("shop", f"{sink.url}?charset=utf-8", ("status",)))
    message_id = await shop.send(mes="Hello\n~~~\nдля Івана")
    found = await shop.until(message_id, 1, all=1)
    assert (found["message"], found["comment"], found["sms_cnt"]) == ("Hello", "для Івана", 1)
    await called(sink, 1)
    (told,) = sink.forms("utf-8")
    assert (told["id"], told["cmt"], told["cnt"]) == (str(message_id), "для Івана", "1")
    assert (await shop.world.stored(message_id)).content.text == "Hello"


@pytest.mark.covers(149)
async def test_a_handler_is_told_what_a_query_found(shop, sink):
    await shop.world.do(verbs.AccountHandler("shop", sink.url, ("status",)))
    message_id = await shop.send("380671230019", "", hlr=1)
    await called(sink, 1)
    (told,) = sink.forms("cp1251")
    assert {name: told[name] for name in ("id", "status", "type", "sender", *FOUND_ABROAD)} == {
        "id": str(message_id), "status": "1", "type": "4", "sender": "HLR", **FOUND_ABROAD,
    }  # fmt: skip


SHORT = {
    0: "Status = 1, check_time = {date}, err = 0",
    1: "1,{ts},0",
    2: "<sms>\n<status>1</status>\n<last_date>{date}</last_date>\n<last_timestamp>{ts}</last_timestamp>\n"
    "<flag>0</flag>\n<err>0</err>{more}\n</sms>",
    3: '{{\n"status": 1,\n"last_date": "{date}",\n"last_timestamp": {ts},\n"flag": 0,\n"err": 0{more}\n}}',
}
FULL_LINES = {
    (0, 1): ", send_date = {sent}, phone = 380671230000, cost = 0.45, sender_id = VashZakaz, "
    "status_name = Доставлено, message = a, b, comment = , type = 0",
    (
        0,
        2,
    ): ", send_date = {sent}, phone = 380671230000, country = Ukraine, operator = Kyivstar, region = , cost = 0.45, "
    "sender_id = VashZakaz, status_name = Доставлено, message = a, b, comment = , type = 0",
    (1, 1): ",{sent_ts},380671230000,0.45,VashZakaz,Доставлено,a, b,,0",
    (1, 2): ",{sent_ts},380671230000,Ukraine,Kyivstar,,0.45,VashZakaz,Доставлено,a, b,,0",
}
FULL_MEMBERS = {
    1: (
        ("send_date", "{sent}"), ("send_timestamp", "{sent_ts}"), ("phone", "380671230000"), ("cost", "0.45"),
        ("sender_id", "VashZakaz"), ("status_name", "Доставлено"), ("message", "a, b"), ("comment", ""), ("type", "0"),
        ("sms_cnt", "1"),
    ),
    2: (
        ("send_date", "{sent}"), ("send_timestamp", "{sent_ts}"), ("phone", "380671230000"), ("country", "Ukraine"),
        ("operator", "Kyivstar"), ("operator_orig", "Kyivstar"), ("region", ""), ("mccmnc", "25503"), ("cost", "0.45"),
        ("sender_id", "VashZakaz"), ("status_name", "Доставлено"), ("message", "a, b"), ("comment", ""), ("type", "0"),
        ("sms_cnt", "1"),
    ),
}  # fmt: skip
NUMBERS = ("send_timestamp", "type", "sms_cnt", "id")


def printed(fmt, detail, tail, times):
    """One message as the specification prints it, with `tail` (id, or id and phone) at its end."""
    if fmt in (0, 1):
        end = "".join([f", {name} = {value}" if fmt == 0 else f",{value}" for name, value in tail])
        return (SHORT[fmt] + FULL_LINES.get((fmt, detail), "")).format(**times) + end
    members = [(name, value.format(**times)) for name, value in (*FULL_MEMBERS.get(detail, ()), *tail)]
    if fmt == 2:
        more = "".join([f"\n<{name}>{value}</{name}>" for name, value in members])
    else:
        more = "".join([f',\n"{n}": {v}' if n in NUMBERS else f',\n"{n}": "{v}"' for n, v in members])
    return SHORT[fmt].format(**times, more=more)


@pytest.mark.covers(69)
@pytest.mark.parametrize("detail", [0, 1, 2])
@pytest.mark.parametrize("fmt", [0, 1, 2, 3])
async def test_one_and_several_messages_in_every_format_and_depth(shop, fmt, detail):
    message_id = str(await shop.send(mes="a, b"))
    seen = await shop.until(message_id, 1, all=1)
    times = {
        "date": seen["last_date"], "ts": seen["last_timestamp"],
        "sent": seen["send_date"], "sent_ts": seen["send_timestamp"],
    }  # fmt: skip
    asked = {"fmt": fmt, "all": detail}
    assert await shop.call("status", phone=PHONE, id=message_id, **asked) == printed(fmt, detail, (), times)
    tail = (("id", message_id),) if detail else (("id", message_id), ("phone", PHONE))
    one = printed(fmt, detail, tail, times)
    around = {0: "{0}\n{0}", 1: "{0}\n{0}", 2: "<list>\n{0}\n{0}\n</list>", 3: "[{0},\n{0}]"}[fmt]
    several = await shop.call("status", phone=f"{PHONE},{PHONE}", id=f"{message_id},{message_id}", **asked)
    assert several == around.format(one)


@pytest.mark.covers(73)
async def test_a_waiting_message_is_deleted_not_sent_and_not_found(shop):
    message_id = await shop.send(time="+60")
    before = await shop.call("balance")
    assert await shop.call("status", phone=PHONE, id=message_id, **{"del": 1}) == "OK"
    assert await shop.call("balance") == f"{float(before) + 0.45:.2f}"
    assert (await shop.status(message_id))["status"] == -3
    shop.world.clock.shift(3700)
    sent = await shop.send(mes="another")
    await shop.until(sent, 1)
    assert (await shop.world.stored(message_id)).state.name == "CANCELLED"
    assert await shop.call("status", phone=PHONE, id=message_id, **{"del": 1}) == "ERROR = 5 (operation failed)"


@pytest.mark.covers_part(73)
async def test_a_message_on_its_way_is_not_deleted_a_finished_one_is(shop):
    on_its_way, finished = await shop.send("380671230009"), await shop.send()
    await shop.until(on_its_way, 0, "380671230009")
    await shop.until(finished, 1)
    assert await shop.call("status", phone="380671230009", id=on_its_way, fmt=1, **{"del": 1}) == "0,-5"
    assert (await shop.status(on_its_way, "380671230009"))["status"] == 0
    assert await shop.call("status", phone=PHONE, id=finished, fmt=1, **{"del": 1}) == "OK"
    assert (await shop.status(finished))["status"] == -3


@pytest.mark.covers(55)
async def test_a_query_finds_the_network_and_sends_no_message(shop):
    message_id = await shop.send("380671230019", "", hlr=1)
    found = await shop.until(message_id, 1, "380671230019")
    assert {name: found[name] for name in FOUND_ABROAD} == FOUND_ABROAD
    line = await shop.call("status", phone="380671230019", id=message_id, fmt=1, all=2)
    assert line.split(",")[17] == "HLR"
    kept = await asyncio.to_thread((shop.world.gateway.installation.carrier("carrier")).read_text, "ascii")
    assert [line.endswith(" HLR hlr") for line in kept.splitlines() if line.startswith("T ")] == [True]


async def test_a_query_for_a_number_that_does_not_exist_finds_nothing(shop):
    message_id = await shop.send("380671230010", "", hlr=1)
    found = await shop.until(message_id, 20, "380671230010")
    assert (found["err"], found["flag"]) == (1, 4)


@pytest.mark.parametrize(("phone", "status"), [("380671230000", 1), ("380671230001", 20)])
async def test_a_ping_says_whether_the_handset_is_there(shop, phone, status):
    message_id = await shop.send(phone, "", ping=1)
    found = await shop.until(message_id, status, phone, all=1)
    assert (found["type"], found["cost"]) == (5, "0.10")
    assert "imsi" not in found


@pytest.mark.parametrize("detail", [0, 2])
async def test_B23_another_accounts_messages_are_answered_as_if_they_had_never_been(shop, detail):
    made = await shop.world.do(verbs.AccountCreate("neighbour"))
    await shop.world.do(verbs.AccountSender("neighbour", "Neighbour"))
    await shop.world.do(verbs.AccountTopUp("neighbour", "10"))
    long = "Слово " * 30
    theirs = {"login": "neighbour", "psw": made.password, "sender": "Neighbour"}
    own = await shop.send(mes=long, time="+60", **theirs)
    chosen = await shop.send(mes="x", time="+60", id="order-17", **theirs)
    never = await shop.call("status", phone=PHONE, id=987_654_321, all=detail)
    for message_id in (own, own + 1, own + 2, own + 3, chosen):
        assert await shop.call("status", phone=PHONE, id=message_id, all=detail) == never
        refused = await shop.call("status", phone=PHONE, id=message_id, **{"del": 1})
        assert refused == "ERROR = 5 (operation failed)"
    for message_id in (own, own + 1, own + 2, chosen):
        assert (await shop.status(message_id, login="neighbour", psw=made.password))["status"] == -1


@pytest.mark.parametrize("phone", ["' OR '1'='1", "%", '"; DROP TABLE shown; --', "_" * 12])
async def test_B17_a_phone_is_looked_up_to_the_letter(shop, phone):
    message_id = await shop.send(id="order-17")
    await shop.until(message_id, 1)
    for asked in (message_id, 100_000_001):
        found = await shop.status(asked, phone)
        assert (found["status"], found["last_date"]) == (-3, "")
    assert (await shop.status(message_id))["status"] == 1


async def test_an_operator_sets_zone_and_language_of_an_account(shop):
    message_id = await shop.send()
    before = await shop.until(message_id, 1, all=1)
    await shop.world.do(verbs.AccountSet("shop", zone="UTC-1", language="uk"))
    after = await shop.status(message_id, all=1)
    assert (before["status_name"], after["status_name"]) == ("Доставлено", "Доставлено")
    hours = [datetime.strptime(one["last_date"], "%d.%m.%Y %H:%M:%S") for one in (before, after)]  # noqa: DTZ007
    assert hours[0] - hours[1] == timedelta(hours=4)
    assert after["last_timestamp"] == before["last_timestamp"]
    with pytest.raises(NotPossible, match="there is no zone 'Mars/Olympus'"):
        await shop.world.do(verbs.AccountSet("shop", zone="Mars/Olympus"))
    await shop.world.do(verbs.AccountSet("shop", zone="", language=""))
    assert (await shop.status(message_id, all=1)) == before
