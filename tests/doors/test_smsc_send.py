"""send.php and /rest/send/ at the door: every printed answer, the same request twice, great requests (2, 1.9)."""

from __future__ import annotations

import asyncio
import json
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote

import pytest
from smsc_world import ACCOUNT, World
from smsclub_world import message_of

from heliograph.model.account import Settings
from heliograph.model.message import Kind
from heliograph.model.refusal import Accepted, Reason
from heliograph.ports import Recent

VECTORS = Path(__file__).parents[1] / "vectors" / "smsc"
LIMIT = "ERROR = 9 (duplicate request, wait a minute)"
TEXT_OF = {"phones": "79260000000", "mes": "test", "fmt": 1}


def _exchanges():
    for case in tomllib.loads((VECTORS / "send.toml").read_text("utf-8"))["exchange"]:
        for fmt in range(4):
            if f"fmt{fmt}" in case:
                yield pytest.param(case, fmt, id=f"{case['name']} fmt {fmt}")


@pytest.mark.covers_part(52)
@pytest.mark.parametrize(("case", "fmt"), list(_exchanges()))
async def test_an_exchange_of_the_specification_is_answered_to_the_byte(case, fmt):
    given = case.get("given", {})
    world = World(balance=given.get("balance", 101_900_000), settings=Settings(test_mode=given.get("test_mode", False)))
    world.intake.stop_list = set(given.get("stop_list", ()))
    query = f"login=shop&psw=secret&fmt={fmt}&{quote(case['query'], safe='=&+%,;:/()')}"
    response = await world.call("/sys/send.php", query.encode())
    assert response.body.decode("cp1251") == case[f"fmt{fmt}"].removeprefix("\n")
    assert response.status == 200
    kinds = ("text/plain", "text/plain", "text/xml", "application/json")
    charset = "utf-8" if fmt == 3 else "windows-1251"
    assert response.headers == [("Content-Type", f"{kinds[fmt]}; charset={charset}")]


@pytest.mark.parametrize("case", [case for case, fmt in [p.values for p in _exchanges()] if fmt == 3])
async def test_the_json_front_gives_the_same_answers(case):
    given = case.get("given", {})
    world = World(balance=given.get("balance", 101_900_000), settings=Settings(test_mode=given.get("test_mode", False)))
    world.intake.stop_list = set(given.get("stop_list", ()))
    members = dict(pair.split("=", 1) for pair in case["query"].split("&"))
    body = json.dumps({"login": "shop", "psw": "secret", **members}).encode()
    response = await world.call("/rest/send/", b"", body, method="POST", content_type="application/json")
    assert response.body.decode() == case["fmt3"].removeprefix("\n")


async def test_what_is_sent_is_what_was_asked_for():
    world = World()
    await world.ask("send", phones="89260000000", mes="Привет\n~~~\nnote", flash=1, sender="Second", id="a", valid="2")
    (submission,) = world.intake.submitted
    assert (submission.account_id, submission.door, submission.dialect) == (ACCOUNT, "smsc", "smsc_send")
    assert (submission.recipient, submission.recipient_given) == ("79260000000", "89260000000")
    assert (submission.content.text, submission.content.kind) == ("Привет", Kind.FLASH)
    assert (submission.sender, submission.shown_id, submission.comment) == ("Second", "a", "note")
    assert (submission.validity_s, submission.due_at, submission.peer) == (7200, None, "192.0.2.1")
    assert submission.keep_refused


@pytest.mark.parametrize(
    ("settings", "senders", "given", "used"),
    [
        (Settings(), ("Shop", "Second"), {}, "Shop"),
        (Settings(default_sender="Second"), ("Shop", "Second"), {}, "Second"),
        (Settings(default_sender="Second"), ("Shop", "Second"), {"sender": "Shop"}, "Shop"),
        (Settings(), ("Shop", "79001234567"), {}, "Shop"),
        (Settings(), ("Shop", "79001234567"), {"sender": ""}, "79001234567"),
        (Settings(), ("Shop", "79001234567"), {"sender": "."}, "79001234567"),
        (Settings(), ("Shop", "Second"), {"sender": ""}, "Shop"),
        (Settings(), ("Shop",), {"hlr": 1}, "HLR"),
        (Settings(), (), {}, ""),
    ],
)
async def test_the_sender_is_the_one_named_else_the_accounts_usual(settings, senders, given, used):
    world = World(settings=settings, senders=senders)
    await world.ask("send", **TEXT_OF, **given)
    assert [submission.sender for submission in world.intake.submitted] == [used]


async def test_times_are_of_the_accounts_zone_else_of_the_doors():
    for settings, door, due_at in (
        (Settings(), {}, 1_717_221_600_000),  # 01.06.2024 09:00 in Moscow
        (Settings(zone="UTC"), {}, 1_717_232_400_000),
        (Settings(), {"zone": "UTC+5"}, 1_717_214_400_000),
    ):
        world = World(settings=settings, **door)
        assert world.clock.now() < due_at
        assert await world.ask("send", **TEXT_OF, time="01.06.24 09:00") == "1234,1"
        assert world.intake.submitted[0].due_at == due_at


async def test_a_key_that_may_only_ask_asks_for_the_price_and_sends_nothing():
    world = World()
    key = {"login": None, "psw": None, "apikey": "reading-key"}
    assert await world.ask("send", **TEXT_OF, **key, cost=1) == "1.40,1"
    assert await world.ask("send", **TEXT_OF, **key) == "0,-2"
    assert world.intake.submitted == []


# -- the same request twice ----------------------------------------------------------------------------------------


async def test_the_same_request_within_a_minute_is_error_9_and_sends_nothing():
    world = World()
    assert await world.ask("send", **TEXT_OF) == "1234,1"
    world.clock.sleep(59)
    assert await world.ask("send", **TEXT_OF) == "0,-9"
    assert await world.ask("send", **(TEXT_OF | {"fmt": 0})) == LIMIT
    assert len(world.intake.submitted) == 1
    world.clock.sleep(1)
    assert await world.ask("send", **TEXT_OF) == "1235,1"


@pytest.mark.parametrize(
    "also",
    [
        {"fmt": 3},
        {"charset": "utf-8"},
        {"login": None, "psw": "shops-key"},
        {"apikey": "shops-key"},
        {"cost": 0},
        {"translit": 0, "id": "0", "time": "0", "flash": ""},
        {"whatever": "new"},
    ],
)
async def test_credentials_format_charset_and_what_means_nothing_do_not_make_another_request(also):
    world = World()
    assert await world.ask("send", **TEXT_OF) == "1234,1"
    assert "9" in await world.ask("send", **(TEXT_OF | also))
    assert len(world.intake.submitted) == 1


@pytest.mark.parametrize("also", [{"mes": "other"}, {"phones": "79260000001"}, {"id": "7"}, {"flash": 1}, {"tz": "0"}])
async def test_every_parameter_that_means_something_makes_another_request(also):
    world = World()
    assert await world.ask("send", **TEXT_OF) == "1234,1"
    assert (await world.ask("send", **(TEXT_OF | also))).endswith(",1")


async def test_the_order_of_parameters_and_whether_they_stand_in_query_or_body_do_not_make_another_request():
    world = World()
    asked = b"apikey=shops-key&fmt=1&phones=79260000000&mes=one+text&sender=Shop"
    turned = b"sender=Shop&mes=one%20text&phones=79260000000&fmt=1&apikey=shops-key"
    form = {"method": "POST", "content_type": "application/x-www-form-urlencoded"}
    assert (await world.call("/sys/send.php", asked)).body == b"1234,1"
    assert (await world.call("/sys/send.php", turned)).body == b"0,-9"
    assert (await world.call("/sys/send.php", b"", turned, **form)).body == b"0,-9"


@pytest.mark.parametrize(
    "also",
    [
        *({name: "2"} for name in ("err", "op", "tinyurl", "flash", "push", "hlr", "ping")),
        *({name: "x"} for name in ("cost", "bin", "translit", "maxsms", "tz", "period", "valid", "tpl")),
        *({name: "1"} for name in ("mms", "mail", "soc", "viber", "bot", "tg", "whatsapp", "call")),
        {"period": "1", "freq": "x"},
        {"id": "a b"},
        {"list": "no number"},
        {"list": "79260000000:text", "nl": "2"},
    ],
)
async def test_no_parameter_beside_numbers_text_and_sender_is_passed_over(also):
    world = World()
    assert await world.ask("send", **TEXT_OF, **also) == "0,-1"
    assert world.intake.submitted == []


async def test_other_octets_and_other_texts_of_a_list_make_another_request():
    world = World()
    path = b"login=shop&psw=secret&fmt=1&phones=79260000000&bin=1&mes=%00"
    assert (await world.call("/sys/send.php", path + b"%01")).body == b"1234,1"
    assert (await world.call("/sys/send.php", path + b"%02")).body == b"1235,1"
    assert (await world.call("/sys/send.php", path + b"%02")).body == b"0,-9"
    answers = []
    for text in ("a", "b", "b"):
        body = json.dumps({"apikey": "shops-key", "fmt": 1, "list": {"79260000000": text}}).encode()
        answers.append((await world.call("/rest/send/", b"", body, method="POST")).body)
    assert answers == [b"1236,1", b"1237,1", b"0,-9"]


async def test_another_account_may_say_the_same():
    world = World()
    assert await world.ask("send", **TEXT_OF) == "1234,1"
    assert await world.ask("send", login="neighbour", psw="neighbours", **TEXT_OF) == "1235,1"


async def test_who_comes_second_while_the_first_is_not_decided_is_refused_as_well():
    world = World()
    world.intake.held_back = []
    first = asyncio.ensure_future(world.ask("send", **TEXT_OF))
    await asyncio.sleep(0)
    assert await world.ask("send", **TEXT_OF) == "0,-9"
    world.intake.held_back.pop()()
    assert await first == "1234,1"


@pytest.mark.parametrize("reason", [Reason.BUSY, Reason.QUEUE_FULL, Reason.INTERNAL])
async def test_a_request_that_we_could_not_take_may_be_repeated_at_once(reason):
    world = World()
    world.intake.refuses_all_with = reason
    assert await world.ask("send", **(TEXT_OF | {"fmt": 0})) == "ERROR = 9 (service is busy, try again later)"
    world.intake.refuses_all_with = None
    assert await world.ask("send", **TEXT_OF) == "1234,1"


async def test_who_has_paid_in_may_repeat_at_once():
    world = World(balance=0)
    assert await world.ask("send", **TEXT_OF) == "1234,-3"
    world.purses.top_up(ACCOUNT, 5_000_000)
    assert await world.ask("send", **TEXT_OF) == "1235,1"


async def test_the_guard_can_be_switched_off():
    world = World(duplicate_window_s=0)
    assert [await world.ask("send", **TEXT_OF) for _ in range(3)] == ["1234,1", "1235,1", "1236,1"]


async def test_six_identical_price_requests_within_a_minute_are_one_too_many():
    world = World()
    for _ in range(5):
        assert await world.ask("send", **TEXT_OF, cost=1) == "1.40,1"
    assert await world.ask("send", **TEXT_OF, cost=1) == "0,-9"
    assert await world.ask("send", **(TEXT_OF | {"mes": "other"}), cost=1) == "1.40,1"
    assert await world.ask("send", **TEXT_OF, cost=3) == "1234,1,1.40,249.40"
    world.clock.sleep(60)
    assert await world.ask("send", **TEXT_OF, cost=1) == "1.40,1"


async def test_R25_after_a_restart_what_the_store_holds_stands_in_for_the_requests_of_the_last_minute():
    sent = Recent(ACCOUNT, "smsc_send", "Shop", "79260000000", "test", 0)
    now = World().clock.now()
    world = World(recent=[sent._replace(accepted_at=now - 20_000)])
    assert await world.ask("send", **TEXT_OF) == "0,-9"
    assert await world.ask("send", **(TEXT_OF | {"mes": "other"})) == "1234,1"
    world.clock.sleep(41)
    assert await world.ask("send", **TEXT_OF) == "1235,1"
    for other in (
        sent._replace(dialect="smsclub_json", accepted_at=now),
        sent._replace(account_id=8, accepted_at=now),
        sent._replace(sender="Second", accepted_at=now),
    ):
        assert await World(recent=[other]).ask("send", **TEXT_OF) == "1234,1"


# -- great requests --------------------------------------------------------------------------------------------------


async def test_ten_thousand_numbers_go_in_portions_and_share_the_id_of_the_first():
    world = World(balance=10**12)
    phones = ",".join(f"7926{number:07d}" for number in range(10_000))
    assert await world.ask("send", phones=phones, mes="test", cost=3, fmt=1) == "1234,10000,14000.00,986000.00"
    assert world.intake.lists == [500] * 20
    assert {submission.shown_id for submission in world.intake.submitted[:500]} == {""}
    assert {submission.shown_id for submission in world.intake.submitted[500:]} == {"1234"}
    assert {submission.batch for submission in world.intake.submitted} == {10_000}
    assert await world.ask("send", phones=phones, mes="test", cost=3, fmt=1) == "0,-9"


async def test_ten_thousand_and_one_numbers_are_error_1():
    world = World(balance=10**12)
    phones = ",".join(f"7926{number:07d}" for number in range(10_001))
    assert await world.ask("send", phones=phones, mes="test", fmt=1) == "0,-1"
    lines = "\n".join(f"7926{number:07d}:text" for number in range(10_001))
    assert await world.ask("send", list=lines, fmt=1) == "0,-1"
    assert world.intake.submitted == []


async def test_a_great_request_of_which_the_end_could_not_be_taken_is_a_success_that_shows_what_failed():
    world = World(balance=1_400_000 * 600)
    phones = ",".join(f"7926{number:07d}" for number in range(700))
    answer = await world.ask("send", phones=phones, mes="test", cost=3, err=1, fmt=1)
    lines = answer.split("\n")
    assert lines[0] == "1234,600,840.00,0.00"
    assert lines[1:] == [f"7926{number:07d},25002,0.00,24,243" for number in range(600, 700)]


async def test_a_message_takes_few_steps_of_the_door():
    """Python's calls are counted, not time, so this holds on every machine; docs/benchmarks.md has the figures."""
    world, submitted = World(), []
    world.intake.submit_then = lambda submissions, then: submitted.append((submissions, then))
    form = {"method": "POST", "content_type": "application/x-www-form-urlencoded"}
    calls = 0

    def count(frame, event, _):
        nonlocal calls
        calls += event == "call"

    def counted(work, *given, **named):
        sys.setprofile(count)
        try:
            return work(*given, **named)
        finally:
            sys.setprofile(None)

    for number in (1, 2):  # the first finds its way
        calls = 0
        body = b"apikey=shops-key&sender=Shop&phones=7926000000%d&mes=Your+code&charset=utf-8&fmt=1" % number
        response = counted(world.start, "/sys/send.php", b"", body, **form)
        (submission,), then = submitted.pop()
        message = message_of(1233 + number, submission=submission)
        counted(then, [Accepted(message)])
        assert (await response).body == b"%d,1" % (1233 + number)
    assert calls <= 125


async def test_a_caller_who_went_away_is_sent_for_all_the_same():
    world = World()
    world.intake.held_back = []
    response = world.start("/sys/send.php", b"login=shop&psw=secret&phones=79260000000&mes=test")
    response.cancel()
    world.intake.held_back.pop()()
    await asyncio.sleep(0)
    assert await world.ask("send", phones="79260000000", mes="test", fmt=1) == "0,-9"
