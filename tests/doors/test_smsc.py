"""SMSC's door: who is let in, by what, how often, and what everybody else hears (smsc-messages.md 1, 4)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tomllib
from pathlib import Path

import pytest
from smsc_world import ACCOUNT, Plain, World

from heliograph.dialects.smsc_answer import Answer, ok
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.doors.smsc_limits import AtOnce
from heliograph.model.account import Settings
from heliograph.ports import StoreFailure

VECTORS = Path(__file__).parents[1] / "vectors" / "smsc"
MD5 = hashlib.md5(b"secret").hexdigest()
SHA1 = hashlib.sha1(b"secret").hexdigest()
ERROR_2 = ["ERROR = 2 (authorise error)", "0,-2", '{\n"error": "authorise error",\n"error_code": 2\n}']


def _vectors(file, table):
    return [pytest.param(case, id=case["name"]) for case in tomllib.loads((VECTORS / file).read_text("utf-8"))[table]]


@pytest.mark.covers(74)
@pytest.mark.parametrize("case", _vectors("balance.toml", "exchange"))
async def test_the_balance_is_answered_to_the_byte_in_every_format(case):
    world = World(**case.get("given", {}))
    response = await world.call("/sys/balance.php", b"login=shop&psw=secret&" + case["query"].encode())
    assert response.body.decode() == case["answer"].lstrip("\n")
    assert response.status == 200


# -- who is let in -----------------------------------------------------------------------------------------------------


@pytest.mark.covers_part(48)
@pytest.mark.parametrize(
    "credentials",
    [
        {"login": "shop", "psw": "secret"},
        {"login": "shop", "psw": MD5},
        {"login": "shop", "psw": SHA1},
        {"login": None, "psw": None, "apikey": "shops-key"},
        {"login": "", "psw": "shops-key"},
        {"login": None, "psw": "shops-key"},
        {"login": "shop", "psw": "shops-key"},
        {"login": "whoever", "psw": "whatever", "apikey": "shops-key"},
    ],
)
async def test_every_form_of_a_password_and_of_a_key_is_let_in(credentials):
    assert await World().ask("balance", **credentials) == "250.80"


@pytest.mark.parametrize(
    "credentials",
    [
        {"psw": "wrong"},
        {"psw": MD5.upper()},
        {"psw": hashlib.md5(b"other").hexdigest()},
        {"login": "Shop"},
        {"login": "unknown"},
        {"psw": "neighbours"},
        {"psw": "neighbours-key"},
        {"login": "neighbour", "psw": "shops-key"},
        {"apikey": "wrong"},
        {"login": None, "psw": None, "apikey": "key-of-a-closed-account"},
        {"login": "closed", "psw": "closed"},
        {"login": "office", "psw": "office"},
        {"login": None, "psw": None},
        {"psw": None},
        {"psw": "\u0454"},
    ],
)
async def test_B27_everybody_else_is_told_the_same_in_the_format_asked_for(credentials):
    world = World()
    for fmt, answer in zip((0, 1, 3), ERROR_2, strict=True):
        assert await world.ask("balance", fmt=fmt, **credentials) == answer


async def test_B28_hashed_passwords_can_be_switched_off_for_an_account():
    world = World()
    assert await world.ask("balance", login="strict", psw="strict") == "0.00"
    for hashed in (hashlib.md5(b"strict").hexdigest(), hashlib.sha1(b"strict").hexdigest()):
        assert await world.ask("balance", login="strict", psw=hashed, fmt=1) == "0,-2"


async def test_B28_secrets_in_addresses_can_be_switched_off_for_an_account():
    world = World(settings=Settings(secrets_in_url=False))
    for query in (b"login=shop&psw=secret", b"apikey=shops-key", b"login=shop&psw=shops-key"):
        assert (await world.call("/sys/balance.php", query + b"&fmt=1")).body == b"0,-2"
        assert (await world.call("/sys/balance.php", b"fmt=1", query, method="POST")).body == b"250.80"
        overridden = await world.call("/sys/balance.php", b"fmt=1&psw=", query + b"&psw=secret", method="POST")
        assert overridden.body == b"0,-2"
    in_json = b'{"login": "shop", "psw": "secret", "fmt": 1}'
    assert (await world.call("/rest/balance/", b"psw=secret", in_json, method="POST")).body == b"0,-2"
    assert (await world.call("/rest/balance/", b"", in_json, method="POST")).body == b"250.80"


@pytest.mark.covers_part(50)
async def test_B26_the_list_of_addresses_fails_closed():
    world = World()
    assert await world.ask("balance", login="office", psw="office", peer="203.0.113.9") == "0.00"
    for peer in ("203.0.114.9", "", "nonsense", "::1", "2001:db8::1"):
        assert await world.ask("balance", login="office", psw="office", peer=peer, fmt=1) == "0,-2"


async def test_an_account_whose_door_is_closed_is_a_stranger():
    world = World(settings=Settings(closed_doors=("smsc",)))
    assert await world.ask("balance", fmt=1) == "0,-2"
    assert await World(settings=Settings(closed_doors=("smsclub",))).ask("balance") == "250.80"


# -- guessing addresses ------------------------------------------------------------------------------------------------


@pytest.mark.covers(99)
async def test_B27_thirty_failed_logins_block_the_address_for_ten_minutes():
    world = World()
    for _ in range(30):
        assert await world.ask("balance", psw="guess", fmt=1) == "0,-2"
    assert await world.ask("balance", fmt=0) == "ERROR = 4 (ip is blocked)"
    assert await world.ask("balance", login=None, psw=None, apikey="shops-key", fmt=1) == "0,-4"
    assert await world.ask("balance", peer="192.0.2.2") == "250.80"
    world.clock.sleep(599)
    assert await world.ask("balance", fmt=1) == "0,-4"
    world.clock.sleep(1)
    assert await world.ask("balance") == "250.80"


async def test_failed_logins_that_lie_far_apart_do_not_block():
    world = World()
    for _ in range(60):
        assert await world.ask("balance", psw="guess", fmt=1) == "0,-2"
        world.clock.sleep(21)
    assert await world.ask("balance") == "250.80"


async def test_a_request_without_any_credentials_is_no_guess():
    world = World()
    for _ in range(40):
        assert await world.ask("balance", login=None, psw=None, fmt=1) == "0,-2"
    assert await world.ask("balance") == "250.80"


async def test_when_too_many_passwords_wait_nobody_is_called_a_stranger():
    world = World()
    world.passwords.is_busy = True
    for _ in range(40):
        assert await world.ask("balance", fmt=1) == "0,-4"
    world.passwords.is_busy = False
    assert await world.ask("balance") == "250.80"


async def test_a_password_that_must_be_checked_first_is_waited_for():
    world = World()
    world.passwords.later = []
    asked = [asyncio.ensure_future(world.ask("balance", psw=psw, fmt=1)) for psw in ("secret", "wrong")]
    await asyncio.sleep(0)
    assert len(world.passwords.later) == 2
    for settle in world.passwords.later:
        settle()
    assert await asyncio.gather(*asked) == ["250.80", "0,-2"]


# -- how often, how many at once -----------------------------------------------------------------------------------


async def test_the_eleventh_balance_request_within_a_minute_is_error_9():
    world = World()
    for _ in range(10):
        assert await world.ask("balance") == "250.80"
    assert await world.ask("balance") == "ERROR = 9 (duplicate request, wait a minute)"
    assert await world.ask("balance", fmt=3, cur=1) == (
        '{\n"error": "duplicate request, wait a minute",\n"error_code": 9\n}'
    )
    assert await world.ask("balance", login="neighbour", psw="neighbours") == "0.00"
    world.clock.sleep(60)
    assert await world.ask("balance") == "250.80"


async def test_a_limit_of_0_is_none():
    world = World(balances=0)
    for _ in range(50):
        assert await world.ask("balance") == "250.80"


class Slow:
    """A script whose answers come when the test says so."""

    def __init__(self):
        self.under_way = []

    def answer(self, call):
        future = asyncio.get_running_loop().create_future()
        self.under_way.append((call, future))
        return future


@pytest.mark.covers(105)
async def test_the_fifteenth_request_at_once_is_error_9_and_others_are_not_hindered():
    slow = Slow()
    world = World(scripts={"wait": Plain(slow.answer)})
    path, query = "/sys/wait.php", b"login=shop&psw=secret&fmt=1"
    waiting = [world.start(path, query) for _ in range(14)]
    response = await world.call(path, query)
    assert response.body == b"0,-9"
    text = (await world.call(path, b"login=shop&psw=secret")).body
    assert text == b"ERROR = 9 (too many concurrent requests)"
    neighbours = world.start(path, b"apikey=neighbours-key")
    for call, future in slow.under_way:
        future.set_result(ok(call.style))
    assert {(await response).body for response in (*waiting, neighbours)} == {b"OK"}
    again = world.start(path, query)
    slow.under_way[-1][1].set_result(ok(slow.under_way[-1][0].style))
    assert (await again).body == b"OK"


async def test_a_caller_who_goes_away_leaves_room_only_when_his_work_is_done():
    slow = Slow()
    world = World(scripts={"wait": Plain(slow.answer)}, at_once=2)
    path, query = "/sys/wait.php", b"login=shop&psw=secret&fmt=1"
    world.start(path, query).cancel()
    await asyncio.sleep(0)
    assert (await world.call(path, query)).body == b"0,-9"
    call, future = slow.under_way[0]
    future.set_result(ok(call.style))
    await asyncio.sleep(0)
    world.start(path, query)
    assert len(slow.under_way) == 2


# -- scripts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(("fault", "answer"), [(WrongRequest(5), b"0,-5"), (StoreFailure("the disk is gone"), b"0,-9")])
async def test_what_a_script_raises_is_an_error_in_the_format_asked_for(fault, answer, later):
    def at_once(_):
        raise fault

    async def in_time(_):
        raise fault

    world = World(scripts={"fail": Plain(in_time if later else at_once)}, at_once=2)
    for _ in range(3):  # and it leaves no request behind that counts as under way
        response = await world.call("/sys/fail.php", b"login=shop&psw=secret&fmt=1")
        assert (response.status, response.body) == (200, answer)


@pytest.mark.parametrize("later", [False, True])
async def test_a_fault_of_ours_is_for_the_shell_to_count_and_leaves_nothing_under_way(later):
    def at_once(_):
        raise ZeroDivisionError

    async def in_time(_):
        raise ZeroDivisionError

    world = World(scripts={"fail": Plain(in_time if later else at_once)}, at_once=2)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await world.call("/sys/fail.php", b"login=shop&psw=secret&fmt=1")
    assert world.door.on_error().status == 500


async def test_a_script_sees_who_calls_and_what_he_asks():
    seen = []

    def note(call):
        seen.append(call)
        return ok(call.style)

    world = World(scripts={"note": Plain(note)})
    await world.call("/sys/note.php", b"apikey=shops-key&a=1", peer="192.0.2.9")
    await world.call("/sys/note.php", b"apikey=reading-key")
    assert [(call.account.id, call.peer, call.may_send) for call in seen] == [
        (ACCOUNT, "192.0.2.9", True),
        (ACCOUNT, "192.0.2.1", False),
    ]
    assert seen[0].request.get("a") == "1"


async def test_what_scripts_count_within_a_minute_has_names_for_all_nodes():
    counted = World(same_costs=2, balances=0).door.windows()
    assert set(counted) == {"send_same_costs", "balance_within_a_minute"}
    assert [counted["send_same_costs"].hit("x", 0.0) for _ in range(3)] == [True, True, False]
    assert counted["balance_within_a_minute"].counted is None


@pytest.mark.covers_part(40)
@pytest.mark.parametrize("path", ["/sys/none.php", "/sys/", "/sys", "/sys/balance", "/rest/none/", "/rest", "/rest/"])
async def test_an_unknown_script_is_404(path):
    response = await World().call(path, b"login=shop&psw=secret")
    assert response.status == 404
    assert response.body


# -- forms of a request ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/rest/balance/", "/rest/balance"])
async def test_the_json_front_answers_as_fmt_3(path):
    world = World()
    body = json.dumps({"login": "shop", "psw": "secret", "cur": 1}).encode()
    response = await world.call(path, b"", body, method="POST", content_type="application/json")
    assert response.body == b'{\n"balance": "250.80",\n"currency": "RUR"\n}'
    assert response.headers == [("Content-Type", "application/json; charset=utf-8")]
    assert response.status == 200


@pytest.mark.parametrize(("method", "body"), [("POST", b"{"), ("POST", b""), ("GET", b""), ("PUT", b'{"apikey":"k"}')])
async def test_malformed_json_and_other_methods_are_error_1_with_status_200(method, body):
    response = await World().call("/rest/balance/", b"", body, method=method)
    assert response.body == b'{\n"error": "parameters error",\n"error_code": 1\n}'
    assert response.status == 200


async def test_the_official_node_library_asks_for_the_balance_in_a_multipart_body():
    fields = {"login": "shop", "psw": SHA1, "fmt": "3", "cur": "1", "sender": ""}
    body = "".join(
        f'----------------------------1\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    response = await World().call(
        "/sys/balance.php",
        b"",
        f"{body}----------------------------1--\r\n".encode(),
        method="POST",
        content_type="multipart/form-data; boundary=--------------------------1",
    )
    assert response.body == b'{\n"balance": "250.80",\n"currency": "RUR"\n}'


async def test_B13_a_body_that_is_too_large_is_error_1_in_the_format_the_query_asks_for():
    response = await World().call("/sys/balance.php", b"login=shop&psw=secret&fmt=1", method="POST", too_large=True)
    assert (response.status, response.body) == (200, b"0,-1")
    response = await World().call("/rest/balance/", method="POST", too_large=True)
    assert json.loads(response.body)["error_code"] == 1


async def test_what_is_answered_carries_its_content_type():
    world = World(scripts={"say": Plain(lambda call: Answer("text/plain; charset=koi8-r", b"x"))})
    response = await world.call("/sys/say.php", b"apikey=shops-key")
    assert response.headers == [("Content-Type", "text/plain; charset=koi8-r")]


def test_what_is_under_way_at_once_is_shared_by_nodes_and_each_lets_in_one_at_least():
    limit = AtOnce(5)
    assert [limit.enter(1) for _ in range(5)] == [True] * 4 + [False]
    limit.share(2)
    assert not limit.enter(1)
    assert [limit.enter(2) for _ in range(3)] == [True, True, False]
    limit.share(50)
    assert [limit.enter(3) for _ in range(2)] == [True, False]
    limit.share(1)
    assert limit.enter(3)
    limit.leave(1)
    assert limit.enter(1)
