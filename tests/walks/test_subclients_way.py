"""Rows 76, 77: sub-clients over `users.php` on a started gateway: made, changed, paid, blocked, counted; and what their
settings do to what they send, by every door (smsc-directory.md 3, 12.4, 12.5)."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import UTC, datetime

import pytest

from heliograph.backoffice import verbs
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.smsc_limits import SmscSettings
from walks.smsc_customer import PHONE, SENDER, customer
from walks.subclient import PASSWORD, Sub, subclient, users
from walks.world import running

SETTINGS = {
    "smsc": SmscSettings(at_once=0, balances=0, same_users=0, mass_statuses=0, plans=("default", "dear", "gone")),
    "routes": (Rule("all", ("carrier",)),),
    "tariffs": (TariffLine("all", "default", "1.40"), TariffLine("dear", "dear", "3.00")),
}


@pytest.fixture
async def owner(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        yield await customer(world, "alex")


def balance_of(owner, login):
    gateway = owner.world.gateway
    return gateway.purses.balance(gateway.directory.by_login(login).purse)


# -- made and changed --------------------------------------------------------------------------------------------------


@pytest.mark.covers_part(76, 77)
@pytest.mark.parametrize(
    ("fmt", "answer"),
    [(0, "ID = 2"), (1, "2"), (2, "<user>\n<id>2</id>\n</user>"), (3, '{\n"id": 2\n}')],
)
async def test_the_printed_example_makes_a_sub_client_who_can_log_in(owner, fmt, answer):
    """smsc-directory.md 3.5, 12.4."""
    path = (
        f"/sys/users.php?add=1&login=alex&psw={owner.password}&user=mylogin&password=mypassword"
        f"&phone=79999999999&fl[29]=1&fmt={fmt}"
    )
    status, _, body = await owner.post(path, method="GET")
    assert (status, body.decode()) == (200, answer)
    sub = Sub(owner.world, "mylogin", PASSWORD)
    assert await sub.ask("balance") == "0.00"
    assert await sub.ask("balance", psw=hashlib.md5(PASSWORD.encode()).hexdigest()) == "0.00"
    assert sub.account.profile.phone == "79999999999"


async def test_the_second_example_renames_gives_the_main_balance_and_keeps_the_password(owner):
    await subclient(owner)
    path = (
        f"/sys/users.php?chg=1&login=alex&psw={owner.password}&user=mylogin&password=mypassword"
        "&new_login=mylogin2&type=2&fmts=7,-77"
    )
    _, _, body = await owner.post(path, method="GET")
    assert body == b"OK"
    assert "ERROR = 2" in await Sub(owner.world, "mylogin", PASSWORD).ask("balance")
    sub = Sub(owner.world, "mylogin2", PASSWORD)
    assert await sub.ask("balance") == "100.00"
    assert sub.account.limits.prefixes == ("7", "-77")


async def test_a_login_that_is_taken_is_not_given_twice(owner):
    await subclient(owner)
    assert await users(owner, fmt=0, add=1, user="mylogin", password=PASSWORD) == "ERROR = 8 (record not saved)"
    assert await users(owner, fmt=3, add=1, user="alex", password=PASSWORD) == (
        '{\n"error": "record not saved",\n"error_code": 8\n}'
    )
    await subclient(owner, "other")
    assert await users(owner, chg=1, user="other", new_login="mylogin") == "0,-8"
    assert await Sub(owner.world, "other", PASSWORD).ask("balance") == "0.00"


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ({"user": ""}, 1),
        ({"password": "short"}, 1),
        ({"password": ""}, 1),
        ({"user": "a b"}, 8),
        ({"user": "x" * 65}, 8),
        ({"type": "5"}, 1),
        ({"tz": "25"}, 1),
        ({"curr": "6"}, 1),
        ({"tariff": "9"}, 1),
        ({"tariff": "2"}, 8),
        ({"tariff": "4"}, 8),
        ({"fmts": "7,x"}, 1),
        ({"tmlim": "25-3"}, 1),
        ({"tmlim": "9"}, 1),
        ({"dlim": "-1"}, 1),
        ({"nb": "many"}, 1),
        ({"fl[2]": "2"}, 1),
        ({"url": "ftp://example.com/"}, 1),
        ({"sender": "much too long a name"}, 1),
        ({"sender": "двенадцать"}, 8),
        ({"fio": "x" * 256}, 1),
    ],
)
async def test_what_is_wrong_makes_nothing(owner, fields, number):
    given = {"user": "mylogin", "password": PASSWORD, **fields}
    assert await owner.ask("users", add=1, fmt=1, **given) == f"0,-{number}"
    assert [account.login for account in owner.world.gateway.directory.accounts()] == ["alex"]


async def test_no_command_and_a_key_that_may_only_ask_change_nothing(owner):
    assert await users(owner, user="mylogin") == "0,-1"
    assert await users(owner, add="0", user="mylogin", password=PASSWORD) == "0,-1"


async def test_a_password_is_changed_by_the_owner_and_by_who_knows_it(owner):
    sub = await subclient(owner)
    assert await users(owner, chg=1, user="mylogin", pswc="wrong", password="newpassword") == "0,-5"
    assert await users(owner, chg=1, user="mylogin", password="new") == "0,-1"
    assert await sub.ask("balance") == "0.00"
    assert await users(owner, chg=1, user="mylogin", pswc=PASSWORD, password="newpassword") == "OK"
    assert "ERROR = 2" in await sub.ask("balance")
    sub.password = "newpassword"
    assert await sub.ask("users", chg=1, password="thirdpassword") == "ERROR = 5 (operation failed)"
    assert await sub.ask("users", chg=1, pswc="newpassword", password="thirdpassword") == "OK"
    assert await Sub(owner.world, "mylogin", "thirdpassword").ask("balance") == "0.00"


async def test_blocking_answers_error_2_and_lifting_it_lets_in_again(owner):
    sub = await subclient(owner)
    assert await users(owner, chg=1, user="mylogin", fl2__10=1) == "OK"
    assert await sub.ask("balance", fmt=0) == "ERROR = 2 (authorise error)"
    assert await users(owner, chg=1, user="mylogin", fl2__10=0) == "OK"
    assert await sub.ask("balance") == "0.00"


async def test_a_deleted_one_is_out_for_ever_and_may_be_hidden(owner):
    sub = await subclient(owner)
    assert await users(owner, fmt=0, **{"del": 1}, user="mylogin") == "OK"
    assert "ERROR = 2" in await sub.ask("balance")
    assert await users(owner, chg=1, user="mylogin", fl2__10=0) == "OK"
    assert "ERROR = 2" in await sub.ask("balance")
    assert "mylogin" in await users(owner, get=1)
    assert await users(owner, get=1, hide_deleted=1) == "0,-3"


async def test_a_list_has_what_an_owner_asks_for_page_by_page(owner):
    assert await users(owner, get=1) == "0,-3"
    await subclient(owner, "first", fio="Иван Петров", curr=4)
    await subclient(owner, "second", type=2)
    assert await users(owner, fmt=0, get=1, charset="utf-8") == (
        "id = 2, login = first, type = 0, fio = Иван Петров, balance = 0.00, credit = 0.00, currency = UAH, "
        "blocked = 0, deleted = 0\n"
        "id = 3, login = second, type = 2, fio = , balance = 100.00, credit = 0.00, currency = RUR, "
        "blocked = 0, deleted = 0"
    )
    assert await users(owner, get=1, user="second") == "3,second,2,,100.00,0.00,RUR,0,0"
    assert await users(owner, get=1, after_id=2) == "3,second,2,,100.00,0.00,RUR,0,0"
    assert await users(owner, fmt=2, get=1, user_id=3) == (
        '<list>\n<user id="3" type="2" fio="" balance="100.00" credit="0.00" currency="RUR" blocked="0" deleted="0">'
        "second</user>\n</list>"
    )
    assert json.loads(await users(owner, fmt=3, get=1, user="second"))[0]["balance"] == "100.00"
    assert await users(owner, chg=1, user="first", curr=4, notes="still in hryvnias") == "OK"
    assert await users(owner, chg=1, user="first", curr=1) == "0,-8"
    assert await users(owner, chg=1, user="first", curr=9) == "0,-1"


async def test_B23_anothers_sub_client_is_not_there(owner):
    await subclient(owner)
    stranger = await customer(owner.world, "stranger")
    sub_id = owner.world.gateway.directory.by_login("mylogin").id
    for asked in (
        {"chg": 1, "user": "mylogin", "fl2[10]": 1},
        {"pay": 1, "user": "mylogin", "sum": "-1"},
        {"chg": 1, "user_id": sub_id, "new_login": "mine"},
        {"get": 1, "user": "mylogin"},
        {"get_stat": 1, "user_id": sub_id, "start": "01.01.2026"},
        {"chg": 1, "user": "alex", "fl2[10]": 1},
        {"chg": 1, "user": "nobody", "fl2[10]": 1},
    ):
        assert await stranger.ask("users", fmt=1, **asked) == "0,-6"


async def test_a_sub_client_has_none_of_its_own_and_changes_only_what_is_personal(owner):
    sub = await subclient(owner)
    assert await sub.ask("users", add=1, user="third", password=PASSWORD) == "ERROR = 5 (operation failed)"
    assert await sub.ask("users", pay=1, user="mylogin", sum="5") == "ERROR = 5 (operation failed)"
    assert await sub.ask("users", chg=1, fl2__27=1, dlim=0) == "ERROR = 5 (operation failed)"
    assert await sub.ask("users", chg=1, user="alex", fio="x") == "ERROR = 6 (user not found)"
    assert await sub.ask("users", chg=1, user="mylogin", fio="My name", tz="15") == "OK"
    assert (sub.account.profile.person, sub.account.settings.zone) == ("My name", "UTC+3")
    await users(owner, chg=1, user="mylogin", fl__27=1)
    assert await sub.ask("users", chg=1, fio="Another") == "ERROR = 5 (operation failed)"
    assert sub.account.profile.person == "My name"


async def test_an_additional_login_is_the_owner_himself(owner):
    sub = await subclient(owner, type=4)
    assert await sub.ask("balance") == "100.00"
    assert (await sub.send())[-2:] == ",1"
    assert (await sub.ask("users", add=1, user="third", password=PASSWORD, fmt=1)).isdigit()
    assert "third" in await users(owner, get=1)


async def test_more_than_three_adds_or_changes_of_one_within_a_minute_are_error_9(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS | {"smsc": SmscSettings()}) as world:
        owner = await customer(world, "alex")
        for number in range(3):
            await subclient(owner, f"user{number}")
        assert await users(owner, add=1, user="user4", password=PASSWORD) == "0,-9"
        for number in range(3):
            assert await users(owner, chg=1, user="user1", fio=f"name {number}") == "OK"
        assert await users(owner, chg=1, user="user1", fio="more") == "0,-9"
        assert await users(owner, chg=1, user="user2", fio="other") == "OK"


# -- money -------------------------------------------------------------------------------------------------------------


@pytest.mark.covers_part(77)
async def test_money_moves_both_ways_to_the_last_millionth(owner):
    sub = await subclient(owner)
    assert await users(owner, pay=1, user="mylogin", sum="30.123456") == "OK"
    assert (balance_of(owner, "alex"), balance_of(owner, "mylogin")) == (69_876_544, 30_123_456)
    assert await users(owner, pay=1, user="mylogin", sum="-0.123456") == "OK"
    assert (await owner.ask("balance"), await sub.ask("balance")) == ("70.00", "30.00")
    assert await owner.world.gateway.store.check() == []
    entries = await owner.world.gateway.store.entries(sub.account.purse, 0, 9)
    assert [(entry.debit, entry.credit, entry.amount) for _, entry in entries] == [
        (f"purse:{sub.account.purse}", "subclients", 123_456),
        ("subclients", f"purse:{sub.account.purse}", 30_123_456),
    ]


async def test_money_that_is_not_there_does_not_move(owner):
    await subclient(owner)
    await users(owner, pay=1, user="mylogin", sum="1")
    for amount in ("99.000001", "-1.000001", "100000000"):
        assert await users(owner, fmt=0, pay=1, user="mylogin", sum=amount) == "ERROR = 10 (not enough money)"
    for amount in ("0", "", "1.0000001", "1,5", "x"):
        assert await users(owner, pay=1, user="mylogin", sum=amount) == "0,-1"
    assert await users(owner, pay=1, user="nobody", sum="1") == "0,-6"
    assert (balance_of(owner, "alex"), balance_of(owner, "mylogin")) == (99_000_000, 1_000_000)


async def test_who_shares_the_main_balance_cannot_be_paid_nor_another_currency(owner):
    await subclient(owner, "shares", type=2)
    await subclient(owner, "euro", curr=3)
    assert await users(owner, fmt=0, pay=1, user="shares", sum="1") == "ERROR = 7 (the user shares the main balance)"
    assert await users(owner, pay=1, user="euro", sum="1") == "0,-8"
    assert await users(owner, pay=1, user="shares", sum="1", balance2=1) == "0,-7"


async def test_many_payments_at_once_never_spend_more_than_there_is(owner):
    await subclient(owner)
    answers = await asyncio.gather(*(users(owner, pay=1, user="mylogin", sum="30") for _ in range(8)))
    assert sorted(answers) == ["0,-10"] * 5 + ["OK"] * 3
    assert (balance_of(owner, "alex"), balance_of(owner, "mylogin")) == (10_000_000, 90_000_000)
    assert await owner.world.gateway.store.check() == []


async def test_money_and_settings_are_there_after_a_restart(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        owner = await customer(world, "alex")
        await subclient(owner, dlim=5, fl__29=1, notes="a remark")
        await users(owner, pay=1, user="mylogin", sum="12.5")
    async with running(tmp_path, account=False, **SETTINGS) as world:
        sub = Sub(world, "mylogin", PASSWORD)
        assert await sub.ask("balance") == "12.50"
        assert (sub.account.limits.per_day, sub.account.profile.notes) == (5, "a remark")


async def test_money_left_in_its_own_purse_is_there_when_it_gets_it_back(owner):
    sub = await subclient(owner)
    await users(owner, pay=1, user="mylogin", sum="5")
    await users(owner, chg=1, user="mylogin", type=3)
    assert await sub.ask("balance") == "95.00"
    await users(owner, chg=1, user="mylogin", type=1)
    assert await sub.ask("balance") == "5.00"


# -- what settings do --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "extra", "purse_of", "price"),
    [
        (0, {"tariff": 1}, "mylogin", "3.00"),
        (1, {"tariff": 1}, "mylogin", "1.40"),
        (2, {"tariff": 1}, "alex", "1.40"),
        (3, {"tariff": 1}, "alex", "3.00"),
        (4, {"tariff": 1}, "alex", "1.40"),
        (0, {}, "mylogin", "1.40"),
        (0, {"tariff": 0, "mintrf": 1}, "mylogin", "3.00"),
    ],
)
async def test_a_type_says_whose_balance_and_whose_tariff(owner, kind, extra, purse_of, price):
    sub = await subclient(owner, type=kind, fl__29=1, **extra)
    if purse_of == "mylogin":
        await users(owner, pay=1, user="mylogin", sum="10")
    before = balance_of(owner, purse_of)
    assert (await sub.send(cost=2)).split(",")[2] == price
    assert before - balance_of(owner, purse_of) == round(float(price) * 1_000_000)


async def test_the_owners_tariff_is_followed_when_it_changes(owner):
    sub = await subclient(owner, type=2, fl__29=1)
    await owner.world.do(verbs.AccountSet("alex", tariff="dear"))
    assert (await sub.send(cost=2)).split(",")[2] == "3.00"


async def test_the_owners_names_may_be_used_with_the_flag_and_a_name_of_his_is_granted(owner):
    sub = await subclient(owner, type=2)
    assert (await sub.send()).endswith(",-6")
    await users(owner, chg=1, user="mylogin", fl__29=1)
    assert (await sub.send("with his names")).endswith(",1")
    granted = await subclient(owner, "granted", type=2, sender=SENDER)
    assert (await granted.ask("send", phones=PHONE, mes="no sender named", fmt=1)).endswith(",1")
    waiting = await subclient(owner, "waiting", type=2, sender="NewName")
    assert (await waiting.ask("send", phones=PHONE, mes="a new name", fmt=1)).endswith(",-6")


async def test_the_reserve_name_is_used_while_the_first_may_not_be(owner):
    sub = await subclient(owner, type=2, sender="NewName", sender2=SENDER)
    answer = await sub.ask("send", phones=PHONE, mes="by the reserve", fmt=1)
    message = await owner.world.stored(int(answer.split(",")[0]))
    assert message.sender == SENDER


async def test_test_mode_is_free_and_virtual(owner):
    sub = await subclient(owner, type=2, fl__29=1, fl2__27=1)
    message = await sub.sent()
    assert (message.price, message.connector) == (0, "virtual")


@pytest.mark.parametrize(
    ("settings", "second", "errors"),
    [
        ({"dlim": 1}, {}, "247"),
        ({"plim": 1}, {"phones": PHONE}, "251"),
        ({"tlim": 1}, {"text": "same", "phones": PHONE}, "251"),
        ({"ilim": 1}, {}, "247"),
        ({"fmts": "380,-38050"}, {"phones": "380501234567"}, "250"),
        ({"fl__6": 1}, {"phones": f"{PHONE},380671234568"}, "244"),
    ],
)
async def test_a_limit_refuses_the_second_message_with_its_error(owner, settings, second, errors):
    sub = await subclient(owner, type=2, fl__29=1, **settings)
    assert (await sub.send("same")).endswith(",1")
    fields = {"text": "another", "phones": "380671234568", **second}
    if fields["text"] == "same":
        fields["valid"] = "5"
    answer = await sub.send(**fields)
    assert answer.endswith(",-6")
    refused = await owner.world.stored(int(answer.split(",")[0]))
    assert str(refused.error) == errors


async def test_the_limit_of_an_address_counts_the_end_users_where_one_is_named(owner):
    sub = await subclient(owner, type=2, fl__29=1, ilim=1)
    assert (await sub.send("a", userip="203.0.113.9")).endswith(",1")
    assert (await sub.send("b", userip="203.0.113.10")).endswith(",1")
    assert (await sub.send("c", userip="203.0.113.9")).endswith(",-6")


async def test_no_mass_mailings_allows_a_hundred_and_not_more(owner):
    sub = await subclient(owner, type=2, fl__29=1, fl2__23=1)
    numbers = [str(380670000000 + n) for n in range(101)]
    assert (await sub.send("a", phones=",".join(numbers[:3]))).endswith(",3")
    assert "-6" in await sub.send("b", phones=",".join(numbers))


async def test_outside_the_hours_a_message_is_postponed_or_refused(owner):
    hour = owner.world.clock.now() // 3_600_000 % 24
    first = (hour + 2) % 24
    sub = await subclient(owner, type=2, fl__29=1, tz="12", tmlim=f"{first}-{first + 1}")
    message = await sub.sent("later")
    assert message.due_at // 3_600_000 % 24 == first
    await users(owner, chg=1, user="mylogin", fl2__15=1)
    assert (await sub.send("never")).endswith(",-6")
    await users(owner, chg=1, user="mylogin", tmlim="0-24")
    assert (await sub.sent("now")).due_at <= owner.world.clock.now()


async def test_the_longest_validity_is_cut(owner):
    sub = await subclient(owner, type=2, fl__29=1, vld=30)
    message = await sub.sent("a", valid="5")
    assert message.expires_at - message.due_at == 30 * 60_000


async def test_a_handler_is_called_for_the_kinds_that_are_switched_on(owner):
    url = "http://handler.example/in?md5=hush&fmt=3"
    sub = await subclient(owner, type=2, url=url, fl__10=1)
    handler = owner.world.gateway.directory.handler_of(sub.account.id)
    assert (handler.url, handler.secret, handler.events) == (
        "http://handler.example/in?fmt=3",
        "md5=hush",
        ("status",),
    )
    await users(owner, chg=1, user="mylogin", fl__10=0, fl__11=1)
    handler = owner.world.gateway.directory.handler_of(sub.account.id)
    assert (handler.active, handler.events) == (True, ("incoming",))
    await users(owner, chg=1, user="mylogin", fl__11=0)
    assert owner.world.gateway.directory.endpoints(sub.account.id) == ()
    await users(owner, chg=1, user="mylogin", fl__11=1, url="0")
    assert owner.world.gateway.directory.endpoints(sub.account.id) == ()
    assert "hush" not in str(sub.account)


async def test_smpp_is_closed_unless_it_is_switched_on_and_then_login_and_password_bind(owner):
    sub = await subclient(owner)
    directory = owner.world.gateway.directory
    assert (sub.account.settings.closed_doors, directory.by_system_id("mylogin")) == (("smpp",), None)
    await users(owner, chg=1, user="mylogin", fl__2=1)
    credential = directory.by_system_id("mylogin")
    assert (sub.account.settings.closed_doors, credential.scope) == ((), "smsc no-incoming")
    await users(owner, chg=1, user="mylogin", fl__1=1, new_login="other", password="newpassword")
    assert directory.by_system_id("mylogin") is None
    assert directory.by_system_id("other").scope == "smsc"
    assert directory.by_system_id("other").digest == directory.credentials(directory.by_login("other").id)[0].digest


async def test_every_flag_is_kept_and_can_be_taken_away(owner):
    from heliograph.dialects.smsc_users import FLAGS
    from heliograph.model.subclient import Flag

    assert set(FLAGS.values()) == set(Flag)
    await owner.ask("users", add=1, user="mylogin", password=PASSWORD, **dict.fromkeys(FLAGS, "1"))
    directory = owner.world.gateway.directory
    assert set(directory.by_login("mylogin").profile.flags) == set(Flag)
    await owner.ask("users", chg=1, user="mylogin", **dict.fromkeys(FLAGS, "0"))
    assert directory.by_login("mylogin").profile.flags == ()


# -- statistics --------------------------------------------------------------------------------------------------------


@pytest.mark.covers_part(77)
async def test_statistics_say_what_was_sent_got_and_spent(owner):
    own = await subclient(owner, "own", fl__29=1)
    shares = await subclient(owner, "shares", type=2, fl__29=1)
    await users(owner, pay=1, user="own", sum="10")
    await users(owner, pay=1, user="own", sum="-2")
    await own.send("one")
    await own.send("two")
    await shares.send("three")
    asked = {"start": "01.01.2020", "end": "31.12.2099"}
    assert await users(owner, get_stat=1, reseller=1, **asked) == "own,2,8.00,2.80,RUR"
    assert await users(owner, fmt=0, get_stat=1, **asked) == (
        "login = shares, cnt = 1, credit = 0.00, debit = 1.40, currency = RUR"
    )
    assert await users(owner, fmt=2, get_stat=1, user="own", **asked) == (
        "<list>\n<stat>\n<login>own</login>\n<cnt>2</cnt>\n<credit>8.00</credit>\n<debit>2.80</debit>\n"
        "<currency>RUR</currency>\n</stat>\n</list>"
    )
    assert await users(owner, fmt=3, get_stat=1, user="own", mycur=1, start="01.01.2020") == (
        '[{\n"login": "own",\n"cnt": 2,\n"credit": "8.00",\n"debit": "2.80",\n"currency": "RUR"\n}]'
    )
    assert await users(owner, get_stat=1, user="own", start="01.01.2099") == "own,0,0.00,0.00,RUR"


async def test_statistics_by_day_begin_with_the_date(owner):
    own = await subclient(owner, "own", fl__29=1)
    await users(owner, pay=1, user="own", sum="10")
    await own.send("one")
    owner.world.clock.shift(86_400)
    await own.send("two")
    lines = (await users(owner, get_stat_all=1, reseller=1, start="01.01.2020")).split("\n")
    assert [line.split(",")[1:] for line in lines] == [
        ["own", "1", "10.00", "1.40", "RUR"],
        ["own", "1", "0.00", "1.40", "RUR"],
    ]
    first, second = (line.split(",")[0] for line in lines)
    assert len(first) == 10
    assert first[2] == first[5] == "."
    assert first != second


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({}, "0,-1"),
        ({"start": "2026-01-01"}, "0,-1"),
        ({"start": "31.02.2026"}, "0,-1"),
        ({"start": "02.01.2026", "end": "01.01.2026"}, "0,-1"),
        ({"start": "01.01.2026"}, "0,-3"),
        ({"start": "01.01.2026", "user": "nobody"}, "0,-6"),
    ],
)
async def test_statistics_of_nobody_or_of_no_time(owner, fields, answer):
    assert await users(owner, get_stat=1, **fields) == answer


# -- what it is shown --------------------------------------------------------------------------------------------------


async def history(sub):
    """What it sent in the last week."""
    a_week_ago = datetime.fromtimestamp(sub.world.clock.now() / 1000 - 7 * 86_400, UTC)
    return await sub.ask("get", get_messages=1, start=f"{a_week_ago:%d.%m.%Y}", fmt=1)


async def test_messages_may_be_hidden_from_who_sent_them(owner):
    sub = await subclient(owner, type=2, fl__29=1)
    sent = (await sub.send("secret")).split(",")[0]
    assert not (await sub.ask("status", phone=PHONE, id=sent, fmt=1)).startswith("-3")
    await users(owner, chg=1, user="mylogin", fl2__1=1)
    assert (await sub.ask("status", phone=PHONE, id=sent, fmt=1)).startswith("-3")
    assert await history(sub) == "0,-3"
    await users(owner, chg=1, user="mylogin", fl2__1=0)
    assert (await history(sub)).count("secret") == 1


async def test_what_is_older_than_so_many_days_is_not_shown(owner):
    sub = await subclient(owner, type=2, fl__29=1, ktm=2)
    old = (await sub.send("old")).split(",")[0]
    owner.world.clock.shift(3 * 86_400)
    new = (await sub.send("new")).split(",")[0]
    assert (await sub.ask("status", phone=PHONE, id=old, fmt=1)).startswith("-3")
    assert not (await sub.ask("status", phone=PHONE, id=new, fmt=1)).startswith("-3")
    shown = await history(sub)
    assert ("old" in shown, "new" in shown) == (False, True)
