"""Short links on a running gateway: put into texts, followed, counted, told (smsc-directory.md 8)."""

from __future__ import annotations

import json
import re

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.links import LinkSettings
from heliograph.doors.smsc_limits import SmscSettings
from walks.sink import listening
from walks.smsc_customer import PHONE, customer
from walks.test_callbacks import called
from walks.world import eventually, running

BASE = "https://go.example"
LOOSE = SmscSettings(same_data=0, duplicate_window_s=0)
TARGET = "https://shop.example/item?id=7&x=%D0%B6#top"
PERSON = "Mozilla/5.0 (Linux; Android 14) Mobile Safari/537.36"
SHORT = re.compile(rf"{BASE}/l/([A-Za-z0-9]{{11}})")


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path, smsc=LOOSE, links=LinkSettings(BASE)) as world:
        yield world


@pytest.fixture
def sink():
    with listening() as sink:
        sink.usual = 200
        yield sink


async def follow(world, code, agent=PERSON, method="GET", **headers):
    """Status and address of an answer to a visitor."""
    status, given, _ = await world.post(f"/l/{code}", method=method, headers={"User-Agent": agent, **headers})
    return status, given.get("Location")


async def shortened(asker, text=f"Look: {TARGET}.", **fields):
    """The message with a short link, and its code."""
    message = await asker.sent(text, tinyurl=1, **fields)
    return message, SHORT.search(message.content.text)[1]


async def counts(asker, **fields):
    return json.loads(await asker.ask("tinyurls", get=1, fmt=3, **(fields or {"link": TARGET})))


@pytest.mark.covers_part(67)
async def test_each_recipient_of_a_mailing_gets_links_of_his_own(world):
    asker = await customer(world)
    numbers = [str(int(PHONE) + place) for place in range(3)]
    fields = {"add": 1, "name": "Sale", "mes": f"Look: {TARGET}", "phones": ",".join(numbers), "fmt": 1}
    await asker.ask("jobs", tinyurl=1, **fields)

    async def sent():
        found = await world.gateway.store.messages(list(range(100_000_001, 100_000_004)), None)
        return found if len(found) == 3 else None

    texts = [message.content.text for message in await eventually(sent)]
    codes = {SHORT.fullmatch(text.removeprefix("Look: "))[1] for text in texts}
    assert len(codes) == 3
    for code in codes:
        assert await follow(world, code) == (302, TARGET)
    assert (await counts(asker))["cnt"] == 3


@pytest.mark.covers(89)
async def test_a_link_is_shortened_followed_and_counted(world):
    asker = await customer(world)
    message, code = await shortened(asker)
    assert message.content.text == f"Look: {BASE}/l/{code}."
    assert await follow(world, code) == (302, TARGET)
    target_id = (await counts(asker))["id"]
    assert await counts(asker) == {"id": target_id, "cnt": 1, "cnt_mon": 1, "cnt_day": 1, "cnt_yes": 0}
    assert await counts(asker, id=target_id) == await counts(asker)
    asked = {"get": 1, "id": target_id}
    assert await asker.ask("tinyurls", fmt=0, **asked) == (
        f"id = {target_id}, cnt = 1, cnt_mon = 1, cnt_day = 1, cnt_yes = 0"
    )
    assert await asker.ask("tinyurls", fmt=1, **asked) == f"{target_id},1,1,1,0"
    assert await asker.ask("tinyurls", fmt=2, **asked) == (
        f"<tinyurl>\n<id>{target_id}</id>\n<cnt>1</cnt>\n<cnt_mon>1</cnt_mon>\n<cnt_day>1</cnt_day>\n"
        "<cnt_yes>0</cnt_yes>\n</tinyurl>"
    )
    world.clock.shift(86_400)
    await follow(world, code)
    after = await counts(asker)
    assert (after["cnt"], after["cnt_day"], after["cnt_yes"]) == (2, 1, 1)


@pytest.mark.covers_part(71)
async def test_a_click_is_status_4_and_is_told_once(world, sink):
    asker = await customer(world)
    await world.do(verbs.AccountHandler("client", sink.url, ("status",)))
    message, code = await shortened(asker)
    await called(sink)
    for _ in range(2):
        await follow(world, code)
    await called(sink, 2)
    assert [form["status"] for form in sink.forms()] == ["1", "4"]

    async def look():
        shown = json.loads(await asker.ask("status", phone=PHONE, id=message.id, all=1, fmt=3))
        return shown if shown["status"] == 4 else None

    assert (await eventually(look))["status_name"] == "Нажата ссылка"
    assert (await counts(asker))["cnt"] == 2


async def test_programs_that_look_before_people_are_led_on_and_not_counted_B22(world):
    asker = await customer(world)
    message, code = await shortened(asker)
    for agent in ("WhatsApp/2.23", "facebookexternalhit/1.1", "TelegramBot (like TwitterBot)", "curl/8.0", ""):
        assert await follow(world, code, agent) == (302, TARGET)
        world.clock.shift(2)
    assert await follow(world, code, method="HEAD") == (302, TARGET)
    assert (await follow(world, code, **{"Sec-Purpose": "prefetch"}))[0] == 302
    assert (await counts(asker))["cnt"] == 0
    assert (await world.stored(message.id)).state.name != "CLICKED"


@pytest.mark.parametrize(
    "code",
    ["AAAAAAAAAAA", "", "https://evil.example/", "//evil.example", "..%2f..%2fetc", "A" * 500, "%0d%0aLocation:x"],
)
async def test_only_what_was_stored_is_led_to_B22(world, code):
    status, location = await follow(world, code)
    assert (status, location) == (404, None)


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1) data:text/html,x",
        "ftp://shop.example/x",
        "http://",
        "http://@evil.example/x",
        "https://user:pass@evil.example/",
    ],
)
async def test_what_is_no_web_address_stays_as_it_is_B22(world, text):
    asker = await customer(world)
    assert (await asker.sent(text, tinyurl=1)).content.text == text


async def test_a_flood_of_visits_is_led_on_and_counted_five_times_a_second_B22(world):
    asker = await customer(world)
    _, code = await shortened(asker)
    world.clock.monotonic = lambda: 5.0
    for _ in range(12):
        assert await follow(world, code) == (302, TARGET)
    assert (await counts(asker))["cnt"] == 5


async def test_each_recipient_has_codes_of_his_own_and_equal_addresses_are_one_link(world):
    asker = await customer(world)
    answer = await asker.send(f"{TARGET} and {TARGET}", f"{PHONE},380501234567", tinyurl=1)
    first = int(answer.split(",")[0])
    texts = [(await world.stored(one)).content.text for one in (first, first + 1)]
    codes = [code for text in texts for code in SHORT.findall(text)]
    assert len(set(codes)) == 4
    for code in codes:
        await follow(world, code)
    assert (await counts(asker))["cnt"] == 4


async def test_nobody_sees_the_clicks_of_another_B23(world):
    asker, other = await customer(world), await customer(world, "other")
    await shortened(asker)
    target_id = (await counts(asker))["id"]
    assert await other.ask("tinyurls", get=1, link=TARGET, fmt=1) == "0,-3"
    assert await other.ask("tinyurls", get=1, id=target_id, fmt=1) == "0,-3"
    assert await asker.ask("tinyurls", get=1, fmt=1) == "0,-1"
    assert await asker.ask("tinyurls", link=TARGET, fmt=1) == "0,-1"


async def test_the_price_is_that_of_the_short_text_and_nothing_is_kept(world):
    asker = await customer(world)
    text = "x" * 120 + " https://shop.example/" + "a" * 200
    assert (await asker.send(text, cost=1)).split(",")[1] == "3"
    assert (await asker.send(text, cost=1, tinyurl=1)).split(",")[1] == "1"
    assert await asker.ask("tinyurls", get=1, link="https://shop.example/" + "a" * 200, fmt=1) == "0,-3"


async def test_a_letter_beyond_ascii_in_an_address_is_escaped_on_the_way_out(world):
    asker = await customer(world)
    _, code = await shortened(asker, "https://shop.example/товар")
    assert await follow(world, code) == (302, "https://shop.example/%D1%82%D0%BE%D0%B2%D0%B0%D1%80")


async def test_without_an_address_of_its_own_the_gateway_shortens_nothing(tmp_path):
    async with running(tmp_path) as world:
        asker = await customer(world)
        assert (await asker.sent(TARGET, tinyurl=1)).content.text == TARGET
        assert (await world.post("/l/AAAAAAAAAAA", method="GET"))[0] == 404


async def test_links_outlive_a_restart(tmp_path):
    async with running(tmp_path, smsc=LOOSE, links=LinkSettings(BASE)) as world:
        _, code = await shortened(await customer(world))
    async with running(tmp_path, links=LinkSettings(BASE), account=False) as world:
        assert await follow(world, code) == (302, TARGET)
