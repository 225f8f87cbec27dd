"""Sender names on a running gateway: asked for, moderated, proved by a code, replaced on their way (D 5)."""

from __future__ import annotations

import json
import re

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.senders import SenderSettings
from heliograph.backoffice.verbs import NotPossible
from heliograph.core.routing import Rule
from walks.smsc_customer import PHONE, SENDER, customer
from walks.world import SENDER as WORLD_SENDER
from walks.world import running

NUMBER = "79261234567"
CODES = SenderSettings(code_login="codes")
ROUTES = (Rule("nowhere", block=True, prefixes=("7999",)), Rule("all", ("carrier",)))


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path, senders=CODES, routes=ROUTES) as world:
        await world.do(verbs.AccountCreate("codes"))
        await world.do(verbs.AccountSender("codes", "Confirm"))
        await world.do(verbs.AccountTopUp("codes", "100"))
        yield world


async def last_code(world):
    """What the last message of the account `codes` said."""
    messages = await world.gateway.store.messages([100_000_000 + number for number in range(1, 10)], None)
    texts = [(message.sender, message.recipient, message.content.text) for message in messages if message.sender]
    return texts[-1]


@pytest.mark.covers(120)
@pytest.mark.covers_part(79, 80, 119, 121)
async def test_a_name_waits_for_the_operators_word_and_is_used_after_it(world):
    asker = await customer(world, sender=None)
    sender_id = int(await asker.ask("senders", add=1, sender="MyShop", cmt="online shop", mts_step=1, fmt=1))
    fields = {"phones": PHONE, "mes": "test", "sender": "MyShop", "fmt": 1}
    assert (await asker.ask("send", **fields)).endswith(",-6")
    (waiting,) = await world.do(verbs.SenderList(waiting=True))
    assert (waiting["id"], waiting["login"], waiting["comment"]) == (sender_id, "client", "online shop")
    await world.do(verbs.SenderModerate(sender_id, True))
    assert await asker.ask("senders", get=1, all=1, fmt=1) == f"MyShop,1,{sender_id}"
    assert re.fullmatch(r"\d+,1,\d+\.\d\d,\d+\.\d\d", await asker.ask("send", cost=3, **fields | {"mes": "again"}))
    await world.do(verbs.SenderModerate(sender_id, False))
    assert await asker.ask("senders", get=1, all=1, fmt=1) == f"MyShop,2,{sender_id}"
    assert await world.do(verbs.SenderList(waiting=True)) == []


@pytest.mark.covers(119)
async def test_every_state_an_operator_may_have_appears_with_its_number(world):
    asker = await customer(world)
    (mine,) = await world.do(verbs.SenderList("client"))
    for minute, state in enumerate((0, 1, 2, 3, 4, 5, 8, 9, 255)):
        await world.do(verbs.SenderOperator(mine["id"], "tele2", state))
        world.clock.shift(20)
        listed = await asker.ask("senders", get=1, operators=1, fmt=0, prev_id=1_000 + minute)
        assert f"tele2 = {state}, " in listed
    with pytest.raises(NotPossible, match="6 is no state"):
        await world.do(verbs.SenderOperator(mine["id"], "tele2", 6))
    with pytest.raises(NotPossible, match="none of the operators"):
        await world.do(verbs.SenderOperator(mine["id"], "tele3", 2))


async def test_a_substitute_goes_where_its_network_is_and_nowhere_else_and_outlives_a_restart(tmp_path):
    async with running(tmp_path) as world:
        asker = await customer(world)
        (mine,) = await world.do(verbs.SenderList("client"))
        await world.do(verbs.SenderOperator(mine["id"], "mega_int", 2, "COMMON"))
        await world.do(verbs.SenderOperator(mine["id"], "ua_int", 2, "Ukraine"))
        key = asker.apikey
    async with running(tmp_path, account=False) as world:
        asker.world, asker.apikey = world, key
        sent = [(await asker.sent(phones=to)).sender for to in ("79211234567", "79161234567", PHONE)]
        assert sent == ["COMMON", SENDER, "Ukraine"]
        await world.do(verbs.SenderOperator(mine["id"], "mega_int", None, ""))
        assert (await asker.sent(phones="79211234568")).sender == SENDER


@pytest.mark.covers(106, 107)
@pytest.mark.covers_part(80, 128)
async def test_a_number_is_proved_by_the_code_that_was_sent_to_it(world):
    asker = await customer(world)
    assert await asker.ask("senders", add=1, sender=NUMBER, fmt=1) != "0,-5"
    assert await asker.ask("senders", send_code=1, sender=f"+{NUMBER}", site_name="example.org") == "OK"
    assert await asker.ask("senders", send_code=1, sender=NUMBER) == (
        "ERROR = 10 (code already sent to this number, next try after 8 hours)"
    )
    sender, recipient, text = await last_code(world)
    assert (sender, recipient) == ("Confirm", NUMBER)
    code = re.fullmatch(r"example\.org: code (\d{6})", text)[1]
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert await asker.ask("senders", check_code=1, sender=NUMBER, code=wrong) == "ERROR = 11 (wrong confirmation code)"
    other = await customer(world, "other")
    assert await other.ask("senders", check_code=1, sender=NUMBER, code=code, fmt=1) == "0,-11"
    assert await asker.ask("senders", check_code=1, sender=NUMBER, code=code) == "OK"
    assert (await asker.ask("senders", get=1, all=1, fmt=1)).startswith(f"{NUMBER},1,")
    assert await asker.ask("senders", check_code=1, sender=NUMBER, code=code, fmt=1) == "0,-11"


async def test_eight_hours_later_another_code_may_go_and_the_old_one_is_worth_nothing(world):
    asker = await customer(world)
    assert await asker.ask("senders", send_code=1, sender=NUMBER, fmt=1) == "OK"
    code = (await last_code(world))[2].removeprefix("Code ")
    world.clock.shift(8 * 3600 - 60)
    assert await asker.ask("senders", send_code=1, sender=NUMBER, fmt=1) == "0,-10"
    world.clock.shift(61)
    assert await asker.ask("senders", check_code=1, sender=NUMBER, code=code, fmt=1) == "0,-11"
    assert await asker.ask("senders", send_code=1, sender=NUMBER, fmt=1) == "OK"


async def test_after_five_wrong_codes_the_right_one_is_wrong_too(world):
    asker = await customer(world)
    assert await asker.ask("senders", send_code=1, sender=NUMBER, fmt=1) == "OK"
    code = (await last_code(world))[2].removeprefix("Code ")
    for _ in range(5):
        assert await asker.ask("senders", check_code=1, sender=NUMBER, code="x1", fmt=1) == "0,-11"
    assert await asker.ask("senders", check_code=1, sender=NUMBER, code=code, fmt=1) == "0,-11"


@pytest.mark.covers(102)
async def test_a_code_that_cannot_be_delivered_is_error_8_and_may_be_asked_for_again(world):
    asker = await customer(world)
    for _ in range(2):
        assert await asker.ask("senders", send_code=1, sender="79991234567") == (
            "ERROR = 8 (the code cannot be delivered to the number)"
        )


async def test_the_code_is_in_no_history_of_the_account_that_asked_for_it(world):
    asker = await customer(world)
    assert await asker.ask("senders", send_code=1, sender=NUMBER, fmt=1) == "OK"
    messages = await world.gateway.store.messages([100_000_001], None)
    assert messages[0].account_id == world.gateway.directory.by_login("codes").id


async def test_a_number_the_operator_shut_out_cannot_be_proved(world):
    asker = await customer(world)
    sender_id = int(await asker.ask("senders", add=1, sender=NUMBER, fmt=1))
    await world.do(verbs.SenderModerate(sender_id, False))
    assert await asker.ask("senders", send_code=1, sender=NUMBER, fmt=1) == "OK"
    code = (await last_code(world))[2].removeprefix("Code ")
    assert await asker.ask("senders", check_code=1, sender=NUMBER, code=code, fmt=1) == "0,-5"


async def test_names_an_account_had_before_are_kept_when_the_operator_allows_them_again(world):
    asker = await customer(world)
    (mine,) = await world.do(verbs.SenderList("client"))
    await world.do(verbs.SenderOperator(mine["id"], "mts_step", 2))
    await world.do(verbs.SenderModerate(mine["id"], False))
    await world.do(verbs.AccountSender("client", SENDER))
    shown = await world.do(verbs.SenderShow(mine["id"]))
    assert (shown["state"], shown["operators"][0]["operator"]) == ("active", "mts_step")
    assert await asker.ask("senders", get=1, fmt=1) == f"{SENDER},{mine['id']}"


REFUSED = {
    0: "ERROR = 2 (authorise error)",
    1: "0,-2",
    2: "<result>\n<error>authorise error</error>\n<error_code>2</error_code>\n</result>",
    3: '{\n"error": "authorise error",\n"error_code": 2\n}',
}


@pytest.mark.covers(81, 92, 93, 94, 95, 97)
async def test_a_wrong_password_and_a_caller_from_elsewhere_are_error_2_in_each_format(world):
    asker = await customer(world)
    wrong = {"login": asker.login, "psw": "wrong"}
    assert {fmt: await asker.ask("senders", get=1, fmt=fmt, **wrong) for fmt in REFUSED} == REFUSED
    assert (await asker.ask("senders", get=1, fmt=1)).startswith(f"{SENDER},")
    await world.do(verbs.AccountSet("client", allowed_peers=["203.0.113.0/24"]))
    assert {fmt: await asker.ask("senders", get=1, fmt=fmt) for fmt in REFUSED} == REFUSED


@pytest.mark.covers(79, 80, 82)
async def test_every_printed_example_answers_success(world):
    """The calls of smsc-directory.md 5.6, with a login, a password and ids of our own."""
    asker = await customer(world)

    async def call(query):
        who = f"login={asker.login}&psw={asker.password}"
        status, _, answer = await world.post(f"/sys/senders.php?{query}&{who}", method="GET")
        assert status == 200
        return answer.decode("cp1251")

    added = await call("add=1&sender=MyShop&cmt=online+shop&mts_step=1&tele2=1")
    sender_id = re.fullmatch(r"ID = (\d+)", added)[1]
    listed = json.loads(await call("get=1&all=1&fmt=3"))
    assert {(one["sender"], one["status"]) for one in listed} == {(SENDER, 1), ("MyShop", 0)}
    assert re.fullmatch(
        rf'<list>\n<sender .*id="\d+">{SENDER}</sender>\n</list>', await call("get=1&operators=1&fmt=2")
    )
    assert await call(f"chg=1&id={sender_id}&cmt=new+comment") == "OK"
    assert await call(f"send_code=1&sender={NUMBER}&site_name=example.org") == "OK"
    code = (await last_code(world))[2].removeprefix("example.org: code ")
    assert await call(f"check_code=1&sender={NUMBER}&code={code}") == "OK"
    assert await call(f"del=1&id={sender_id}") == "OK"
    left = json.loads(await call("get=1&all=1&fmt=3"))
    assert {one["sender"] for one in left} == {SENDER, NUMBER}


@pytest.mark.parametrize("names_in_text", [False, True])
async def test_R25_a_replaced_name_is_no_way_around_the_duplicate_rule_of_two_minutes_after_a_restart(
    tmp_path, names_in_text
):
    settings = {"senders": SenderSettings(names_in_text=names_in_text)}
    async with running(tmp_path, **settings) as world:
        (mine,) = await world.do(verbs.SenderList("shop"))
        await world.do(verbs.SenderOperator(mine["id"], "ua_reg", 1, substitute="COMMON"))
        body = {"src_addr": WORLD_SENDER, "phone": ["380671234567"], "message": "sale"}
        first = await world.json("/sms/send", body)
        (message_id,) = first["success_request"]["info"]
        assert (await world.stored(message_id)).sender == "COMMON"
        token = world.token
    async with running(tmp_path, account=False, **settings) as world:
        world.token = token
        _, _, answer = await world.post("/sms/send", body)
        assert b'"status":453' in answer
        assert await world.gateway.store.messages([int(message_id) + 1], None) == []
