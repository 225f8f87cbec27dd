"""get.php and info.php on a running gateway: histories, answers, sums, prices, operators (smsc-directory.md 6, 7)."""

from __future__ import annotations

import json
import re
import time
import zlib

import pytest

from heliograph.backoffice import verbs
from heliograph.core.pricing import TariffLine
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.settings import NumberingSettings
from walks.smsc_customer import PHONE, SENDER, customer
from walks.world import eventually, running

LOOSE = SmscSettings(same_data=0, zone="UTC+0")
OTHER = "380501234567"
MEMBERS = [
    "status", "last_date", "last_timestamp", "flag", "err", "send_date", "send_timestamp", "phone", "cost", "sender_id",
    "status_name", "message", "mccmnc", "country", "operator", "region", "type", "id", "int_id", "sms_cnt", "format",
    "crc",
]  # fmt: skip
MOMENT = r"\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d"


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path, smsc=LOOSE) as world:
        yield world


def day(world, days=0):
    return time.strftime("%d.%m.%Y", time.gmtime(world.clock.now() / 1000 + days * 86400))


async def history(asker, **fields):
    return json.loads(await asker.ask("get", get_messages=1, start=day(asker.world), fmt=3, **fields))


async def delivered(world, message):
    async def look():
        return (await world.stored(message.id)).state.name == "DELIVERED"

    await eventually(look)


@pytest.mark.covers(84)
@pytest.mark.covers_part(83)
async def test_the_history_has_every_member_in_its_order_and_pages_back(world):
    asker = await customer(world)
    first = await asker.sent("Привіт", valid="1")
    assert (await asker.send("two", OTHER, id="mine7")).startswith("mine7,1")
    second = await world.stored(first.id + 1)
    await delivered(world, first)
    await delivered(world, second)
    newest, oldest = await history(asker)
    assert list(oldest) == [name for name in MEMBERS if name != "err"]
    assert (oldest["id"], oldest["int_id"], oldest["message"]) == (first.id, first.id, "Привіт")
    assert (newest["id"], newest["int_id"]) == ("mine7", second.id)
    assert oldest["crc"] == zlib.crc32("Привіт".encode())
    assert (oldest["status"], oldest["status_name"], oldest["cost"]) == (1, "Доставлено", "0.45")
    assert (oldest["mccmnc"], oldest["operator"], oldest["format"], oldest["type"]) == ("25503", "Kyivstar", 0, 0)
    assert re.fullmatch(MOMENT, oldest["send_date"])
    assert await history(asker, prev_id=second.id) == [oldest]
    assert await history(asker, cnt=1) == [newest]
    assert await history(asker, phone=f"{OTHER},79991234567") == [newest]
    lines = (await asker.ask("get", get_messages=1, start=day(world), fmt=0)).split("\n")
    assert len(lines) == 2
    assert ", status_name = Доставлено, message = Привіт, " in lines[1]
    assert len((await asker.ask("get", get_messages=1, start=day(world), fmt=1)).split("\n")[1].split(",")) == 22
    xml = await asker.ask("get", get_messages=1, start=day(world), cnt=1, fmt=2)
    assert xml.startswith("<list>\n<sms>\n<status>1</status>\n")
    assert xml.endswith(f"<crc>{zlib.crc32(b'two')}</crc>\n</sms>\n</list>")


async def test_what_was_not_delivered_says_why(world):
    asker = await customer(world)
    message = await asker.sent(phones="380671230001")

    async def look():
        return (await world.stored(message.id)).state.name == "UNDELIVERABLE"

    await eventually(look)
    (record,) = await history(asker)
    assert (record["status"], record["err"]) == (20, 6)
    assert list(record) == MEMBERS


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"start": "32.01.2026"},
        {"start": "2026-01-01"},
        {"start": "01.01.2025", "end": "31.12.2025"},
        {"start": "02.01.2026", "end": "01.01.2026"},
        {"start": "01.10.2026", "cnt": "1001"},
        {"start": "01.10.2026", "cnt": "-1"},
        {"start": "01.10.2026", "prev_id": "1 OR 1=1"},
        {"start": "01.10.2026", "format": "3"},
    ],
)
async def test_a_history_that_cannot_be_is_error_1_B17(world, fields):
    asker = await customer(world)
    assert await asker.ask("get", get_messages=1, fmt=1, **fields) == "0,-1"


async def test_nobody_sees_the_past_of_another_B23(world):
    asker, other = await customer(world), await customer(world, "other")
    await asker.sent()
    assert await other.ask("get", get_messages=1, start=day(world), fmt=1) == "0,-3"
    assert await other.ask("get", get_answers=1, fmt=1) == "0,-3"
    assert await other.ask("get", get_mega_accounts=1, account="79261234567", fmt=1) == "0,-3"
    assert await other.ask("get", fmt=1) == "0,-1"


@pytest.mark.covers(85)
async def test_answers_are_told_with_six_fields_and_from_an_id_on(world):
    asker = await customer(world)
    await world.do(verbs.AccountSender("client", "380440000001"))
    for text in ("one, phone = 2", "two"):
        await world.do(verbs.Incoming("carrier", PHONE, "380440000001", text))

    async def look():
        found = await asker.ask("get", get_answers=1, fmt=3)
        return json.loads(found) if found.count('"id"') == 2 else None

    newest, oldest = await eventually(look)
    assert list(newest) == ["id", "received", "phone", "message", "to_phone", "sent"]
    assert (newest["message"], oldest["message"]) == ("two", "one, phone = 2")
    assert isinstance(newest["id"], int)
    line = await asker.ask("get", get_answers=1, after_id=oldest["id"], fmt=0)
    assert re.fullmatch(
        rf"id = {newest['id']}, received = {MOMENT}, phone = {PHONE}, message = two, to_phone = 380440000001, "
        rf"sent = {MOMENT}",
        line,
    )
    values = await asker.ask("get", get_answers=1, cnt=1, to_phone="380440000001", fmt=1)
    assert values.startswith(f"{newest['id']},{newest['received']},{PHONE},two,380440000001,")
    assert (await asker.ask("get", get_answers=1, cnt=1, fmt=2)).startswith(
        f"<list>\n<answer>\n<id>{newest['id']}</id>\n<received>"
    )
    assert await asker.ask("get", get_answers=1, after_id=newest["id"], fmt=1) == "0,-3"
    assert await asker.ask("get", get_answers=1, to_phone="380440000002", fmt=1) == "0,-3"
    assert await asker.ask("get", get_answers=1, hour=169, fmt=1) == "0,-1"
    world.clock.shift(25 * 3600)
    assert await asker.ask("get", get_answers=1, fmt=1) == "0,-3"
    assert len((await asker.ask("get", get_answers=1, hour=26, fmt=1)).split("\n")) == 2


async def test_the_operators_statistics_are_by_day_account_sender_and_operator(world):
    asker = await customer(world)
    await asker.sent("one")
    await asker.sent("two", phones=OTHER)
    today = time.strftime("%Y-%m-%d", time.gmtime(world.clock.now() / 1000))
    rows = await world.do(verbs.StatsGet(today, today, "client", ("day", "sender", "operator")))
    assert [(row["day"], row["sender"], row["operator"], row["messages"]) for row in rows] == [
        (today, SENDER, "25501", 1),
        (today, SENDER, "25503", 1),
    ]
    (total,) = await world.do(verbs.StatsGet(today, by=("account",)))
    assert (total["account"], total["messages"], total["parts"], total["refused"]) == ("client", 2, 2, 0)
    assert float(total["cost"]) == float(rows[0]["cost"]) + float(rows[1]["cost"]) > 0
    assert await world.do(verbs.StatsGet("2020-01-01", "2020-01-02")) == []


@pytest.mark.covers(86)
async def test_sums_agree_with_what_was_sent_and_paid_in(world):
    asker = await customer(world)
    await asker.sent("one")
    await asker.sent("two")
    fields = {"get_stat": 1, "start": day(world), "end": day(world)}
    assert await asker.ask("get", fmt=0, **fields) == (
        "login = client, cnt = 2, credit = 100.00, debit = 0.90, currency = RUR"
    )
    assert await asker.ask("get", fmt=1, **fields) == "client,2,100.00,0.90,RUR"
    assert await asker.ask("get", fmt=2, **fields) == (
        "<list>\n<stat>\n<login>client</login>\n<cnt>2</cnt>\n<credit>100.00</credit>\n<debit>0.90</debit>\n"
        "<currency>RUR</currency>\n</stat>\n</list>"
    )
    assert json.loads(await asker.ask("get", fmt=3, **fields)) == [
        {"login": "client", "cnt": 2, "credit": "100.00", "debit": "0.90", "currency": "RUR"}
    ]
    assert await asker.ask("get", fmt=1, get_stat=1, start=day(world, 1)) == "0,-3"
    assert await asker.ask("get", fmt=1, balance2=1, **fields) == "0,-3"
    assert await asker.ask("get", fmt=1, get_stat=1) == "0,-1"


@pytest.mark.covers(87)
async def test_prices_are_those_that_a_message_then_costs(tmp_path):
    tariffs = (
        TariffLine("ukraine", "default", "0.45", prefixes=("380",)),
        TariffLine("baltic", "default", "0.80", countries=("Latvia", "Estonia")),
        TariffLine("rest", "default", "1.20"),
        TariffLine("queries", "default", "0.10", kinds=("hlr", "ping")),
        TariffLine("others", "secret", "9.99"),
    )
    async with running(tmp_path, smsc=LOOSE, tariffs=tariffs) as world:
        asker = await customer(world)
        assert await asker.ask("get", get_price=1, fmt=1) == (
            "ukraine,+380,0.45,0.45,,0.10,\nbaltic,Latvia/Estonia,0.80,0.80,,0.10,\nrest,rest,1.20,1.20,,0.10,"
        )
        assert (await asker.ask("get", get_price=1, fmt=0)).split("\n")[0] == (
            "zone = ukraine, name = +380, api = 0.45, mass = 0.45, mms = , hlr = 0.10, call = "
        )
        assert (await asker.ask("get", get_price=1, fmt=2)).split("\n")[1] == (
            '<price zone="ukraine" api="0.45" mass="0.45" mms="" hlr="0.10" call="">+380</price>'
        )
        first = json.loads(await asker.ask("get", get_price=1, fmt=3))[0]
        assert list(first) == ["zone", "name", "api", "mass", "mms", "hlr", "call"]
        assert (await asker.send(cost=3)).split(",")[2] == first["api"]


async def test_a_fourth_identical_question_within_a_minute_is_error_9(tmp_path):
    async with running(tmp_path) as world:
        asker = await customer(world)
        answers = [await asker.ask("get", get_price=1, fmt=1) for _ in range(4)]
        assert [answer == "0,-9" for answer in answers] == [False, False, False, True]
        answers = [await asker.ask("info", get_operator=1, phone=PHONE, fmt=1) for _ in range(4)]
        assert [answer == "0,-9" for answer in answers] == [False, False, False, True]


@pytest.mark.covers(88)
async def test_an_operator_is_told_by_the_numbering_plan(tmp_path):
    plan = tmp_path / "plan.csv"
    plan.write_text("prefix,mcc,mnc,country,operator,region,tz\n7926,250,02,Russia,MegaFon,Moscow,3\n", "utf-8")
    async with running(tmp_path, smsc=LOOSE, numbering=NumberingSettings("plan.csv")) as world:
        asker = await customer(world)
        asked = {"get_operator": 1, "phone": "79261234567,380671234567"}
        assert await asker.ask("info", fmt=0, **asked) == (
            "phone = 79261234567, country = Russia, operator = MegaFon, region = Moscow, mcc = 250, mnc = 02, tz = 3\n"
            "phone = 380671234567, country = Ukraine, operator = Kyivstar, region = , mcc = 255, mnc = 03, tz = "
        )
        assert (await asker.ask("info", fmt=1, **asked)).split("\n")[0] == "79261234567,Russia,MegaFon,Moscow,250,02,3"
        assert (await asker.ask("info", fmt=2, **asked)).startswith("<list>\n<info>\n<phone>79261234567</phone>\n")
        assert [one["mnc"] for one in json.loads(await asker.ask("info", fmt=3, **asked))] == ["02", "03"]
        one = {"get_operator": 1, "phone": "8 (926) 123-45-67"}
        assert json.loads(await asker.ask("info", fmt=3, **one)) == {
            "phone": "79261234567", "country": "Russia", "operator": "MegaFon", "region": "Moscow", "mcc": "250",
            "mnc": "02", "tz": "3",
        }  # fmt: skip
        assert (await asker.ask("info", fmt=2, **one)).startswith("<info>\n<phone>79261234567</phone>\n")
        assert await asker.ask("info", get_operator=1, phone="210000000000", fmt=1) == "0,-3"
        assert await asker.ask("info", get_operator=1, phone="12", fmt=1) == "0,-1"
        assert await asker.ask("info", phone=PHONE, fmt=1) == "0,-1"


async def test_the_sender_in_the_history_is_the_one_the_phone_showed(world):
    asker = await customer(world)
    (mine,) = await world.do(verbs.SenderList("client"))
    await world.do(verbs.SenderOperator(mine["id"], "ua_int", 2, "COMMON"))
    await asker.sent()
    (record,) = await history(asker)
    assert (mine["name"], record["sender_id"]) == (SENDER, "COMMON")
