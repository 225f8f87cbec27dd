"""Plain curl, with the requests as SMS Club's pages print them."""

from __future__ import annotations

import json

import pytest

from heliograph.backoffice import verbs
from peers.conftest import need, run

PRINTED_STATUS = '{ "id_sms" : ["%s"], }'


@pytest.fixture
def curl():
    return need("curl")


async def ask(curl, world, path, *words):
    code, printed, complained = await run(
        curl, "-sS", "--max-time", "10", f"{world.gateway.http_url}{path}",
        "-H", f"Authorization: Bearer {world.token}", *words,
    )  # fmt: skip
    assert code == 0, complained
    return printed


async def test_curl_sends_asks_and_is_told(curl, world):
    body = '{"src_addr":"VashZakaz","phone":["380989361131"],"message":"Привіт"}'
    answer = json.loads(await ask(curl, world, "/sms/send", "-H", "Content-Type: application/json", "-d", body))
    (message_id,) = answer["success_request"]["info"]
    await world.until(message_id, "DELIVRD")
    answer = await ask(curl, world, "/sms/status", "-d", PRINTED_STATUS % message_id)
    assert answer == f'{{"success_request":{{"info":{{"{message_id}":"DELIVRD"}}}}}}'


@pytest.mark.parametrize("words", [("-X", "POST"), ("-d", ""), ("-X", "GET"), ("-d", "{}"), ("-d", "[]")])
async def test_curl_asks_for_the_balance_with_no_body_in_every_way(curl, world, words):
    answer = await ask(curl, world, "/sms/balance", *words)
    assert answer == '{"success_request":{"info":{"money":"100.0000","currency":"UAH"}}}'


async def test_curl_sends_a_form(curl, world):
    words = ["--data-urlencode", "message=Форма", "-d", "src_addr=VashZakaz", "-d", "phone[0]=380989361131",
             "-d", "phone[1]=380989361130"]  # fmt: skip
    answer = json.loads(await ask(curl, world, "/sms/send", *words))
    assert sorted(answer["success_request"]["info"].values()) == ["380989361130", "380989361131"]


async def test_curl_waits_for_100_continue_and_sends_chunks(curl, world, tmp_path):
    await world.do(verbs.AccountTopUp("shop", "1000"))
    body = tmp_path / "body.json"
    phones = [f"38098{number:07d}" for number in range(5000, 5100)]
    body.write_text(json.dumps({"src_addr": "VashZakaz", "phone": phones, "message": "Слово " * 200}))
    words = ["-H", "Expect: 100-continue", "-H", "Transfer-Encoding: chunked", "--data-binary", f"@{body}"]
    code, printed, complained = await run(
        curl, "-sSv", "--expect100-timeout", "8", "--max-time", "5", f"{world.gateway.http_url}/sms/send",
        "-H", f"Authorization: Bearer {world.token}", *words,
    )  # fmt: skip
    assert code == 0, complained
    assert "100 Continue" in complained
    assert len(json.loads(printed)["success_request"]["info"]) == 100


async def test_curl_keeps_one_connection_for_many_requests(curl, world):
    url = f"{world.gateway.http_url}/sms/balance"
    code, printed, complained = await run(
        curl, "-sSv", "-X", "POST", "-H", f"Authorization: Bearer {world.token}", url, url, url
    )
    assert code == 0
    assert printed.count('"money":"100.0000"') == 3
    assert complained.count("Connected to") == 1
    assert complained.count("Re-using existing connection") == 2


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1", "--http2"])
async def test_curl_is_answered_in_each_version_it_asks_for(curl, world, version):
    assert "money" in await ask(curl, world, "/sms/balance", version, "-X", "POST")


async def test_curl_sees_401_with_a_wrong_token(curl, world):
    code, printed, _ = await run(
        curl, "-s", "-w", "%{http_code}", "-H", "Authorization: Bearer no", f"{world.gateway.http_url}/sms/send"
    )
    assert code == 0
    assert printed.endswith("401")
    assert json.loads(printed[:-3])["status"] == 401
