"""SMS Club's HTTP and XML gateways: every exchange to the letter, and who is let in (smsclub.md 5, 6, 10)."""

from __future__ import annotations

import base64
import re
import tomllib
from pathlib import Path
from urllib.parse import quote

import pytest
from gateway_world import LOGIN, World
from smsclub_world import ACCOUNT, TOKEN

from heliograph.dialects.smsclub_gate import REASONS
from heliograph.dialects.smsclub_json import NAME as JSON
from heliograph.model.account import Settings
from heliograph.model.refusal import Reason
from heliograph.protocols.form import unquoted

VECTORS = Path(__file__).parents[1] / "vectors"
KNOWN = f"username={LOGIN}&token={TOKEN}&from=VashZakaz&to=380675126767&text="
SEND_XML = (
    f"<request_sendsms><username>{LOGIN}</username><password>%s</password><from>VashZakaz</from>"
    "<to>380675126767</to><text>x</text></request_sendsms>"
)


def _vectors(door):
    cases = tomllib.loads((VECTORS / door / "exchanges.toml").read_text("utf-8"))["exchange"]
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.covers_part(30)
@pytest.mark.parametrize("by", ["GET", "POST", "multipart"])
@pytest.mark.parametrize("case", _vectors("gateway_http"))
async def test_an_exchange_of_the_http_gateway_is_answered_to_the_letter(case, by):
    world = World().set_up(case)
    request = case["request"].encode()
    if by == "GET":
        answer = await world.ask(case["path"], request)
    elif by == "POST":
        answer = await world.ask(case["path"], b"", request, content_type="application/json; charset=koi8-r")
    else:
        answer = await world.ask(case["path"], b"", _multipart(request), content_type="multipart/form-data; boundary=x")
    assert answer == (200, "text/html; charset=utf-8", case["answer"])
    if "text" in case:
        assert {submission.content.text for submission in world.intake.submitted} == {case["text"]}


def _multipart(form):
    pairs = [pair.partition(b"=") for pair in form.split(b"&")]
    head = b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
    return b"".join(head % (name, unquoted(value)) for name, _, value in pairs) + b"--x--\r\n"


@pytest.mark.covers_part(31)
@pytest.mark.parametrize("form", ["as it is", "xmlrequest"])
@pytest.mark.parametrize("case", _vectors("gateway_xml"))
async def test_an_exchange_of_the_xml_gateway_is_answered_to_the_letter(case, form):
    world = World().set_up(case)
    body = case["request"].encode()
    if form == "xmlrequest":
        body = b"xmlrequest=" + quote(body).encode()
    answer = await world.ask(case["path"], b"", body, content_type="application/x-www-form-urlencoded")
    assert answer == (200, "text/xml; charset=utf-8", case["answer"])
    if "texts" in case:
        assert [submission.content.text for submission in world.intake.submitted] == case["texts"]


@pytest.mark.parametrize("reason", list(Reason))
def test_no_error_text_is_taken_for_a_success_or_a_balance(reason):
    text = REASONS[reason]
    assert "=IDS" not in text
    if reason in (Reason.BAD_CREDENTIALS, Reason.ADDRESS_BLOCKED, Reason.BUSY, Reason.DOOR_CLOSED):
        assert re.sub(r"[^0-9.,]", "", text) == ""
    assert re.search(r"\d", text) is None


@pytest.mark.covers_part(30)
@pytest.mark.parametrize(
    ("text", "is_long"),
    [("a" * 1071, False), ("a" * 1072, True), ("Я" * 469, False), ("Я" * 470, True), ("\x7f" + "a" * 469, True)],
)
async def test_the_length_of_a_text_has_the_limits_of_the_gateway(text, is_long):
    world = World()
    _, _, answer = await world.ask("/token/", (KNOWN + quote(text)).encode())
    assert answer.startswith("Превышена" if is_long else "=IDS START=<br/>")
    assert len(world.intake.submitted) == (0 if is_long else 1)


async def test_an_account_may_ask_for_base64_and_for_line_feeds():
    world = World(settings=Settings(gateway_base64=True, gateway_newlines=True))
    packed = base64.b64encode("Привіт".encode("cp1251")).decode()
    _, _, answer = await world.ask("/token/", (KNOWN + quote(packed)).encode())
    assert answer == "=IDS START=<br/>\n100000001<br/>\n=IDS END=<br/>\n"
    assert world.intake.submitted[0].content.text == "Привіт"


async def test_the_lifetime_is_in_minutes_and_the_duplicate_rule_comes_with_the_door():
    world = World()
    await world.ask("/token/", (KNOWN + "x&lifetime=5").encode())
    submission = world.intake.submitted[0]
    assert (submission.validity_s, submission.duplicate_window_s, submission.door) == (300, 120, "gateway_http")
    assert submission.account_id == ACCOUNT
    assert submission.dialect != JSON
    _, _, answer = await world.ask("/token/", (KNOWN + "x").encode())
    assert answer == "Повторная отправка сообщения"


@pytest.mark.covers_part(32)
@pytest.mark.parametrize("closed", ["gateway_http", "gateway_xml"])
async def test_each_gateway_can_be_closed_for_an_account(closed):
    world = World(settings=Settings(closed_doors=(closed,)))
    _, _, http = await world.ask("/token/", (KNOWN + "x").encode())
    _, _, xml = await world.ask("/xml/", b"", (SEND_XML % "secret").encode())
    assert ("авторизации" in http) == (closed == "gateway_http")
    assert ("авторизации" in xml) == (closed == "gateway_xml")


@pytest.mark.parametrize(
    ("path", "secret"),
    [("/token/getbalance.php", b"token=" + TOKEN.encode()), ("/http/getbalance.php", b"password=secret")],
)
async def test_B28_secrets_in_addresses_can_be_switched_off_for_an_account(path, secret):
    world, login = World(settings=Settings(secrets_in_url=False)), b"username=" + LOGIN.encode()
    assert (await world.ask(path, login + b"&" + secret))[2] == "Ошибка авторизации"
    assert (await world.ask(path, secret, login + b"&" + secret))[2] == "Ошибка авторизации"
    assert (await world.ask(path, login, secret))[2] == "1034.1700<br/>0.0000"
    document = (SEND_XML % "secret").encode()
    assert "<text>Ошибка авторизации" in (await world.ask("/xml/", b"xmlrequest=" + quote(document).encode()))[2]
    assert "<status>OK" in (await world.ask("/xml/", b"", document, peer="198.51.100.7"))[2]


async def test_B27_who_guesses_is_not_listened_to_for_a_while_at_either_gateway():
    world = World()
    for _ in range(3):
        _, _, answer = await world.ask("/xml/", b"", (SEND_XML % "guess").encode())
        assert "Ошибка авторизации" in answer
    checked = world.passwords.checked
    _, _, answer = await world.ask("/xml/", b"", (SEND_XML % "secret").encode())
    assert "Доступ временно заблокирован" in answer
    _, _, answer = await world.ask("/token/", (KNOWN + "x").encode())
    assert answer == "Доступ временно заблокирован"
    assert world.passwords.checked == checked
    assert "=IDS" in (await world.ask("/token/", (KNOWN + "x").encode(), peer="198.51.100.7"))[2]
    world.clock.sleep(601)
    assert "<status>OK" in (await world.ask("/xml/", b"", (SEND_XML % "secret").encode()))[2]


async def test_when_too_many_passwords_wait_nobody_is_called_a_stranger():
    world = World()
    world.passwords.is_busy = True
    _, _, answer = await world.ask("/http/", b"username=380671112233&password=secret&from=a&to=1&text=x")
    assert answer == "Сервис временно недоступен"


@pytest.mark.parametrize("path", ["/token/", "/http/state.php"])
async def test_R_a_store_that_fails_is_an_error_text(path):
    world = World()
    world.store.is_broken = True
    world.intake.refuses_all_with = Reason.BUSY
    request = f"username={LOGIN}&token={TOKEN}&password=secret&from=VashZakaz&to=380675126767&text=x&smscid=5"
    assert await world.ask(path, request.encode()) == (200, "text/html; charset=utf-8", "Сервис временно недоступен")


@pytest.mark.parametrize("path", ["/token/unknown.php", "/http/a/b", "/xml/unknown.php", "/hfw_smpp_addon/"])
async def test_an_unknown_script_is_404_and_sends_nothing(path):
    world = World()
    status, _, answer = await world.ask(path, (KNOWN + "x").encode())
    assert status == 404
    assert "Неизвестный адрес" in answer
    assert world.intake.submitted == []


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"<",
        b"<request_sendsms>",
        b"<a/>" * 3,
        b"&" * 5000,
        b"xmlrequest=",
        b"xmlrequest=%3C",
        b"{}",
        b"<\x00>",
    ],
)
async def test_B13_whatever_is_posted_is_answered_with_an_error_and_nothing_is_sent(body):
    world = World()
    for path in ("/xml/", "/xml/state.php", "/hfw_smpp_addon/xmlsendsmspost.php"):
        status, _, answer = await world.ask(path, b"", body)
        assert (status, "<status>ERROR</status>" in answer) == (200, True)
    status, _, answer = await world.ask("/token/", b"", body)
    assert (status, "=IDS" in answer) == (200, False)
    assert world.intake.submitted == []


async def test_B13_a_body_over_the_limit_is_an_error_text():
    world = World()
    assert (await world.ask("/token/", too_large=True))[2] == "Некорректный запрос"
    assert "<text>Некорректный запрос</text>" in (await world.ask("/xml/", too_large=True))[2]


async def test_a_list_of_thousands_is_handed_over_in_portions():
    world = World()
    numbers = ";".join(f"38067{n:07}" for n in range(1_200))
    body = f"username={LOGIN}&token={TOKEN}&from=VashZakaz&to={numbers}&text=x".encode()
    _, _, answer = await world.ask("/token/", b"", body)
    assert answer.count("<br/>") == 1_202
    assert {submission.batch for submission in world.intake.submitted} == {1_200}


async def test_more_recipients_than_are_taken_is_an_error():
    world = World()
    numbers = ";".join(f"38067{n:07}" for n in range(10_001))
    body = f"username={LOGIN}&token={TOKEN}&from=VashZakaz&to={numbers}&text=x".encode()
    assert (await world.ask("/token/", b"", body))[2] == "Слишком много получателей"
    assert world.intake.submitted == []
