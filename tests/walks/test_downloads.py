"""`downloads.php`: files of sent messages, asked for, listed, downloaded (smsc-directory.md 11, 12.14)."""

from __future__ import annotations

import csv
import io

import pytest

from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.smsc_limits import SmscSettings
from walks.smsc_customer import PHONE, customer
from walks.world import eventually, running

SETTINGS = {
    "smsc": SmscSettings(at_once=0, same_data=0),
    "routes": (Rule("all", ("carrier",)),),
    "tariffs": (TariffLine("all", "default", "1.40"),),
}
HEAD = (
    "status,last_date,last_timestamp,flag,err,send_date,send_timestamp,phone,cost,sender_id,status_name,message,"
    "mccmnc,country,operator,region,type,id,int_id,sms_cnt,format,crc"
)


@pytest.fixture
async def asker(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        yield await customer(world)


async def ready(asker, export_id):
    async def there():
        lines = (await asker.ask("downloads", get_list=1, fmt=1)).splitlines()
        return any(line.split(",")[0] == str(export_id) and line.split(",")[2] == "2" for line in lines)

    await eventually(there)


async def made(asker):
    """An export of this month, finished; its id."""
    day = asker.world.clock.now() // 86_400_000
    month = f"01.{_date(day)[3:]}"
    export_id = int(await asker.ask("downloads", add=1, start=month, fmt=1))
    await ready(asker, export_id)
    return export_id


def _date(day):
    from datetime import date

    return date.fromordinal(date(1970, 1, 1).toordinal() + day).strftime("%d.%m.%Y")


async def download(asker, **fields):
    """Status, content type, disposition and body of a file."""
    query = "&".join(f"{name}={value}" for name, value in {"apikey": asker.apikey, "get_file": 1, **fields}.items())
    status, headers, body = await asker.post(f"/sys/downloads.php?{query}", method="GET")
    return status, headers["Content-Type"], headers.get("Content-Disposition"), body


@pytest.mark.covers_part(90)
async def test_a_finished_export_is_listed_and_downloaded_by_id_and_by_name(asker):
    await asker.sent('says "hi", and\nmore')
    newest = await asker.sent("Привіт €")
    export_id = await made(asker)
    listed = (await asker.ask("downloads", get_list=1, fmt=3)).splitlines()
    name = listed[2].removeprefix('"name": "').removesuffix('",')
    assert listed[:2] == ["[{", f'"id": {export_id},']
    assert name.startswith("sent-01.")
    assert name.endswith(".csv")
    status, kind, disposition, body = await download(asker, id=export_id, charset="utf-8")
    assert (status, kind, disposition) == (200, "text/csv; charset=utf-8", f'attachment; filename="{name}"')
    assert body.decode().splitlines()[0] == HEAD
    rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    assert [(row["int_id"], row["phone"]) for row in rows] == [(str(newest.id), PHONE), (str(newest.id - 1), PHONE)]
    assert [row["message"] for row in rows] == ["Привіт €", 'says "hi", and\nmore']
    assert (await download(asker, name=name, charset="utf-8"))[3] == body


@pytest.mark.parametrize(
    ("fmt", "shape"),
    [
        (0, "id = 1, name = {name}, status = 2, date = {date}"),
        (1, "1,{name},2,{date}"),
        (2, '<list>\n<task id="1" status="2" date="{date}">{name}</task>\n</list>'),
        (3, '[{{\n"id": 1,\n"name": "{name}",\n"status": 2,\n"date": "{date}"\n}}]'),
    ],
)
async def test_the_list_has_its_shape_in_every_format(asker, fmt, shape):
    await asker.sent()
    await made(asker)
    _, name, _, date = (await asker.ask("downloads", get_list=1, fmt=1)).split(",")
    assert await asker.ask("downloads", get_list=1, fmt=fmt) == shape.format(name=name, date=date)


@pytest.mark.parametrize(("charset", "written"), [("windows-1251", "cp1251"), ("koi8-r", "koi8-r"), ("utf-8", "utf-8")])
async def test_a_file_comes_in_the_charset_of_the_request(asker, charset, written):
    await asker.sent("Привет")
    export_id = await made(asker)
    _, kind, _, body = await download(asker, id=export_id, charset=charset)
    assert kind == f"text/csv; charset={charset}"
    assert "Привет" in body.decode(written)


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({}, "ERROR = 1 (parameters error)"),
        ({"get_list": 1}, "ERROR = 3 (nothing found)"),
        ({"get_list": 1, "cnt": 1001}, "ERROR = 1 (parameters error)"),
        ({"get_list": 1, "cnt": "x"}, "ERROR = 1 (parameters error)"),
        ({"get_file": 1}, "ERROR = 1 (parameters error)"),
        ({"get_file": 1, "id": 99}, "ERROR = 3 (nothing found)"),
        ({"get_file": 1, "name": "../../etc/passwd"}, "ERROR = 3 (nothing found)"),
        ({"add": 1}, "ERROR = 1 (parameters error)"),
        ({"add": 1, "start": "31.02.2026"}, "ERROR = 1 (parameters error)"),
        ({"get_list": 1, "psw": "wrong"}, "ERROR = 2 (authorise error)"),
    ],
)
async def test_what_is_wrong_is_said_in_the_api_s_own_words(asker, fields, answer):
    given = {"login": asker.login, **fields} if "psw" in fields else fields
    assert await asker.ask("downloads", fmt=0, **given) == answer


async def test_pages_go_on_after_an_id(asker):
    await asker.sent()
    for _ in range(3):
        await made(asker)
    assert [line.split(",")[0] for line in (await asker.ask("downloads", get_list=1, cnt=2, fmt=1)).splitlines()] == [
        "1",
        "2",
    ]
    assert (await asker.ask("downloads", get_list=1, after_id=2, fmt=1)).startswith("3,")
    assert await asker.ask("downloads", get_list=1, after_id=3, fmt=1) == "0,-3"


async def test_B23_anothers_export_is_not_there_by_id_nor_by_name(asker):
    await asker.sent()
    export_id = await made(asker)
    name = (await asker.ask("downloads", get_list=1, fmt=1)).split(",")[1]
    other = await customer(asker.world, "other")
    unknown = await other.ask("downloads", get_file=1, id=4711, fmt=3)
    assert await other.ask("downloads", get_file=1, id=export_id, fmt=3) == unknown
    assert await other.ask("downloads", get_file=1, name=name, fmt=3) == unknown
    assert await other.ask("downloads", get_list=1, fmt=1) == "0,-3"


async def test_B21_a_text_that_begins_like_a_formula_is_no_formula_in_the_file(asker):
    await asker.sent("=HYPERLINK(1)")
    export_id = await made(asker)
    body = (await download(asker, id=export_id, charset="utf-8"))[3].decode()
    assert next(csv.DictReader(io.StringIO(body)))["message"] == "'=HYPERLINK(1)"


async def test_an_export_goes_on_after_a_restart_with_each_line_once(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        asker = await customer(world)
        for text in ("one", "two", "three"):
            await asker.sent(text)
        export_id = int(await asker.ask("downloads", add=1, start=_date(world.clock.now() // 86_400_000), fmt=1))
        apikey = asker.apikey
    async with running(tmp_path, account=False, **SETTINGS) as world:
        asker.world, asker.apikey = world, apikey
        await ready(asker, export_id)
        body = (await download(asker, id=export_id, charset="utf-8"))[3].decode()
        assert [row["message"] for row in csv.DictReader(io.StringIO(body))] == ["three", "two", "one"]


async def test_more_than_three_identical_requests_within_a_minute_are_error_9(tmp_path):
    settings = {**SETTINGS, "smsc": SmscSettings(at_once=0)}
    async with running(tmp_path, account=False, **settings) as world:
        asker = await customer(world)
        answers = [await asker.ask("downloads", get_list=1, fmt=1) for _ in range(4)]
        assert answers == ["0,-3", "0,-3", "0,-3", "0,-9"]
