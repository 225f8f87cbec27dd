"""Row 78: invoices and acts of sub-clients as PDF, over `documents.php` on a started gateway (smsc-directory.md 4)."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from heliograph.doors.smsc_limits import SmscSettings
from walks.smsc_customer import customer
from walks.test_subclients_way import SETTINGS, subclient, users
from walks.world import running


@pytest.fixture
async def owner(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        yield await customer(world, "alex")


async def documents(owner, **fields):
    return await owner.ask("documents", **{"fmt": 1, **fields})


async def download(owner, **fields):
    """Headers and body of what should be a PDF."""
    query = "&".join(f"{name}={value}" for name, value in {"apikey": owner.apikey, **fields}.items())
    status, headers, body = await owner.post(f"/sys/documents.php?{query}", method="GET")
    assert status == 200
    return headers, body


def shown(pdf):
    """The text on the pages of a PDF, as a reader copies it; a line that was broken is one again."""
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.split())


@pytest.mark.covers(78)
@pytest.mark.parametrize(
    ("fmt", "answer"),
    [(0, "ID = 1"), (1, "1"), (2, "<account>\n<id>1</id>\n</account>"), (3, '{\n"id": 1\n}')],
)
async def test_an_invoice_is_made_and_downloaded(owner, fmt, answer):
    await subclient(owner, fio="ООО «Ромашка»", props="ИНН 7700000000", cntr="15/2026")
    made = await documents(owner, fmt=fmt, add_account=1, user="mylogin", sum="1234.5", service="Рассылка <b>SMS</b>")
    assert made == answer
    headers, body = await download(owner, get_account=1, user="mylogin", id=1)
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"] == 'attachment; filename="account-1.pdf"'
    assert body.startswith(b"%PDF-")
    text = shown(body)
    for said in (
        "Счёт № 1 от ",
        "alex",
        "ООО «Ромашка»",
        "ИНН 7700000000",
        "15/2026",
        "Рассылка <b>SMS</b>",
        "1234.50 RUB",
    ):
        assert said in text
    assert (await download(owner, get_account=1, user="mylogin", id=1))[1] == body


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({}, "0,-1"),
        ({"add_account": 1, "sum": "5"}, "0,-1"),
        ({"add_account": 1, "user": "mylogin"}, "0,-1"),
        ({"add_account": 1, "user": "mylogin", "sum": "0"}, "0,-1"),
        ({"add_account": 1, "user": "mylogin", "sum": "-5"}, "0,-1"),
        ({"add_account": 1, "user": "mylogin", "sum": "5", "service": "x" * 1001}, "0,-1"),
        ({"add_account": 1, "user": "nobody", "sum": "5"}, "0,-3"),
        ({"get_account": 1, "user": "mylogin"}, "0,-1"),
        ({"get_account": 1, "user": "mylogin", "id": "../1"}, "0,-1"),
        ({"get_account": 1, "user": "mylogin", "id": 999}, "0,-3"),
        ({"get_act": 1, "user": "mylogin", "num": "2026-13"}, "0,-1"),
        ({"get_act": 1, "user": "mylogin", "num": "2099-01"}, "0,-3"),
        ({"get_act": 1, "user": "mylogin", "num": "2020-01"}, "0,-3"),
    ],
)
async def test_what_is_wrong_or_not_there_is_an_error_in_the_format_asked_for(owner, fields, answer):
    await subclient(owner)
    assert await documents(owner, **fields) == answer


async def test_B23_anothers_document_is_not_there(owner):
    await subclient(owner)
    await documents(owner, add_account=1, user="mylogin", sum="5")
    stranger = await customer(owner.world, "stranger")
    await subclient(stranger, "theirs")
    assert await documents(stranger, get_account=1, user="mylogin", id=1) == "0,-3"
    assert await documents(stranger, get_account=1, user="theirs", id=1) == "0,-3"
    assert await documents(owner, get_act=1, user="mylogin", id=1) == "0,-3"


async def test_a_sub_client_asks_about_itself_and_makes_no_invoice_if_it_may_not_pay(owner):
    sub = await subclient(owner)
    assert await sub.ask("documents", add_account=1, sum="5", fmt=1) == "1"
    await users(owner, chg=1, user="mylogin", fl__28=1)
    assert await sub.ask("documents", add_account=1, sum="5", fmt=1) == "0,-5"
    assert await documents(owner, add_account=1, user="mylogin", sum="5") == "2"
    assert await sub.ask("documents", get_account=1, user="alex", id=1, fmt=1) == "0,-3"


async def test_an_act_tells_what_a_month_cost_once_it_is_over_and_stays_as_it_was(owner):
    sub = await subclient(owner, type=2, fl__29=1, fio="Customer Ltd")
    await sub.send("one")
    await sub.send("two")
    now = owner.world.clock.now()
    year, month = (int(part) for part in _date(now).split("-")[:2])
    number = f"{year}-{month:02}"
    assert await documents(owner, get_act=1, user="mylogin", num=number) == "0,-3"
    owner.world.clock.shift(32 * 86_400)
    headers, body = await download(owner, get_act=1, user="mylogin", num=number)
    assert headers["Content-Disposition"] == 'attachment; filename="act-1.pdf"'
    text = shown(body)
    for said in (f"Акт № {number} от", "Customer Ltd", "Отправлено сообщений: 2", "Всего: 2.80 RUB"):
        assert said in text
    owner.world.clock.shift(86_400)
    assert (await download(owner, get_act=1, user="mylogin", num=f"{month:02}.{year}"))[1] == body
    assert (await download(owner, get_act=1, user="mylogin", id=1))[1] == body


def _date(at):
    return f"{datetime.fromtimestamp(at / 1000 + 3 * 3600, UTC):%Y-%m-%d}"


async def test_more_than_three_invoices_within_a_minute_are_error_9(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS | {"smsc": SmscSettings()}) as world:
        owner = await customer(world, "alex")
        await subclient(owner)
        answers = [await documents(owner, add_account=1, user="mylogin", sum="5") for _ in range(4)]
        assert answers == ["1", "2", "3", "0,-9"]


async def test_a_long_service_goes_on_to_more_lines_and_pages(owner):
    await subclient(owner, props="строка " * 280)
    await documents(owner, add_account=1, user="mylogin", sum="5", service="слово " * 160)
    _, body = await download(owner, get_account=1, user="mylogin", id=1)
    assert shown(body).count("слово") == 160
