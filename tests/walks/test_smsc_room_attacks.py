"""What strangers try at the scripts of SMSC's back office: statements in filters, names (B17), ids of others (B23)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.rents import OfferedNumber
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.model.message import FINAL
from walks.smsc_customer import PHONE, SENDER, customer
from walks.world import eventually, running

OWN = "380501112233"
SETTINGS = {
    "smsc": SmscSettings(
        at_once=0, balances=0, same_users=0, same_data=0, same_contacts=0, same_templates=0, mass_statuses=0
    ),
    "routes": (Rule("all", ("carrier",)),),
    "tariffs": (TariffLine("all", "default", "1.40"),),
    "incoming_numbers": (OfferedNumber("380440000001", "30"),),
}
MONTH_AGO = (datetime.now(UTC) - timedelta(days=30)).strftime("%d.%m.%Y")
STATEMENTS = (
    "' OR '1'='1",
    "1) OR 1=1 --",
    '"; DROP TABLE message; --',
    "%",
    "_%",
    "\\",
    "x' UNION SELECT 1,2,3 --",
    "0 OR 1",
)
FILTERS = (
    ("phones", {"get": 1}, ("grp", "phone", "fio", "search", "after_id")),
    ("phones", {"get_black": 1}, ("after_id", "phone")),
    ("mails", {"get": 1}, ("grp", "mail", "fio", "search", "after_id")),
    ("users", {"get": 1}, ("user", "user_id", "after_id")),
    ("users", {"get_stat": 1, "start": MONTH_AGO}, ("user", "user_id", "end", "reseller")),
    ("documents", {"get_account": 1}, ("user", "user_id", "id")),
    ("documents", {"get_act": 1}, ("user", "id", "num")),
    ("senders", {"get": 1, "all": 1}, ("from_date", "prev_id", "cnt", "user")),
    ("senders", {"del": 1}, ("sender", "id")),
    ("get", {"get_messages": 1, "start": MONTH_AGO}, ("end", "phone", "email", "cnt", "prev_id")),
    ("get", {"get_answers": 1}, ("hour", "after_id", "to_phone", "cnt")),
    ("get", {"get_stat": 1, "start": MONTH_AGO}, ("end",)),
    ("info", {"get_operator": 1}, ("phone",)),
    ("tinyurls", {"get": 1}, ("link", "id")),
    ("receive_phones", {"buy": 1}, ("phone",)),
    ("downloads", {"get_list": 1}, ("cnt", "after_id")),
    ("downloads", {"get_file": 1}, ("id", "name")),
    ("templates", {"get": 1}, ("id",)),
    ("op_templates", {"get": 1}, ("sender", "msg")),
    ("jobs", {"get": 1}, ("id",)),
    ("status", {}, ("phone", "id")),
)
SECRET = "Secret of the other shop"


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        yield world


async def furnished(world, login):
    """An account with something in each room; all of it says whose it is."""
    asker = await customer(world, login)
    await world.do(verbs.AccountSender(login, OWN if login == "other" else "380501112244"))
    message = await asker.sent(SECRET)
    await eventually(lambda: has_ended(world, message.id))
    await asker.ask("phones", add=1, phone=PHONE, name=SECRET, cmt=SECRET)
    await asker.ask("mails", add=1, mail="a@shop.example", name=SECRET)
    await asker.ask("phones", add_black=1, phone="380671110000", type=0)
    await asker.ask("users", add=1, user=f"{login}-branch", password="mypassword", fio=SECRET)
    await asker.ask("templates", add=1, name=SECRET, msg=SECRET)
    await asker.ask("op_templates", add=1, sender=SENDER, msg=SECRET, mts_srv=1)
    await asker.ask("downloads", add=1, start=MONTH_AGO)
    return asker


async def has_ended(world, message_id):
    return (await world.stored(message_id)).state in FINAL


async def all_of(world):
    """Everything the two accounts could change of each other, as the store has it."""
    gateway = world.gateway
    account = gateway.directory.by_login("other")
    rows = await gateway.store.directory()
    return (
        [row for row in rows.senders if row.account_id == account.id],
        [row for row in rows.accounts if account.id in (row.id, row.parent)],
        await gateway.store.stop_list(account.id, 0, 100),
        await gateway.store.templates.of_account(account.id),
        await gateway.store.templates.registered(account.id),
        await gateway.store.census(),
        gateway.purses.balance(account.purse),
    )


async def test_B17_no_filter_is_a_statement(world):
    await furnished(world, "other")
    thief = await customer(world, "thief")
    before = await all_of(world)
    tries = [(script, {**command, name: said}) for script, command, filters in FILTERS for name in filters
             for said in STATEMENTS]  # fmt: skip
    for script, fields in tries:
        said = await thief.ask(script, fmt=3, **fields)
        assert SECRET not in said, (script, fields)
        answer = json.loads(said)
        assert "error_code" not in answer or answer["error_code"] in (1, 3, 5, 6, 7), (script, fields, said)
    assert await all_of(world) == before
    assert await world.gateway.store.check() == []


async def test_B17_what_names_and_texts_say_stays_what_they_say(world):
    asker = await customer(world)
    name = "O'Brien\"); DROP TABLE contact; -- %s {0} $1 ?"
    await asker.ask("phones", add=1, phone=PHONE, name=name, cmt=name, fmt=1)
    (contact,) = json.loads(await asker.ask("phones", get=1, search="O'Brien", fmt=3))
    assert (contact["name"], contact["comments"]) == (name, name)
    await world.do(verbs.AccountSender("client", OWN))
    await world.do(verbs.Incoming("carrier", PHONE, OWN, name))

    async def came():
        said = await asker.ask("get", get_answers=1, fmt=3)
        return said if said.startswith("[") else None

    (text,) = json.loads(await eventually(came))
    assert text["message"] == name
    message = await asker.sent(name)
    assert message.content.text == name
    (sent,) = json.loads(await asker.ask("get", get_messages=1, start=MONTH_AGO, fmt=3))
    assert sent["message"] == name
    assert await world.gateway.store.check() == []


async def test_B23_no_script_changes_or_shows_what_is_anothers(world):
    other = await furnished(world, "other")
    thief = await furnished(world, "thief")
    directory = world.gateway.directory
    sender_id = directory.senders(directory.by_login("other").id)[0].id
    branch_id = directory.by_login("other-branch").id
    (contact,) = json.loads(await other.ask("phones", get=1, fmt=3))
    export_id = json.loads(await other.ask("downloads", get_list=1, fmt=3))[0]["id"]
    template_id = json.loads(await other.ask("templates", get=1, fmt=3))[0]["id"]
    before = await all_of(world)
    asked = (
        ("senders", {"del": 1, "id": sender_id}, {"del": 1, "id": 999_999}),
        ("senders", {"chg": 1, "id": sender_id, "cmt": "mine"}, {"chg": 1, "id": 999_999, "cmt": "mine"}),
        ("users", {"chg": 1, "user": "other-branch", "fio": "mine"}, {"chg": 1, "user": "nobody", "fio": "mine"}),
        ("users", {"pay": 1, "user": "other-branch", "sum": 1}, {"pay": 1, "user": "nobody", "sum": 1}),
        ("users", {"get_stat": 1, "start": MONTH_AGO, "user_id": branch_id},
         {"get_stat": 1, "start": MONTH_AGO, "user_id": 999_999}),
        ("documents", {"add_account": 1, "user_id": branch_id, "sum": 1, "service": "x"},
         {"add_account": 1, "user_id": 999_999, "sum": 1, "service": "x"}),
        ("downloads", {"get_file": 1, "id": export_id}, {"get_file": 1, "id": 999_999}),
        ("templates", {"del": 1, "id": template_id}, {"del": 1, "id": 999_999}),
        ("send", {"phones": PHONE, "tpl": template_id}, {"phones": PHONE, "tpl": 999_999}),
        ("receive_phones", {"chg": 1, "phone": "380440000001", "noprolong": 1},
         {"chg": 1, "phone": "380440000009", "noprolong": 1}),
    )  # fmt: skip
    await other.ask("receive_phones", buy=1, phone="380440000001")
    for script, anothers, nobodys in asked:
        assert await thief.ask(script, fmt=3, **anothers) == await thief.ask(script, fmt=3, **nobodys), (
            script,
            anothers,
        )
    (mine,) = json.loads(await thief.ask("phones", get=1, after_id=contact["int_id"] - 1, fmt=3))
    assert mine["int_id"] != contact["int_id"]
    after = await all_of(world)
    assert after[2:5] == before[2:5]
    assert [row.name for row in after[0]][:2] == [row.name for row in before[0]][:2]
