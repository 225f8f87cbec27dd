"""A customer's watchman calls ping.php, and everybody on the list is told (smsc-messages.md 8)."""

from __future__ import annotations

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.verbs import NotPossible
from heliograph.model.contacts import AddressKind, Contact
from heliograph.model.message import Kind, Priority
from walks.smsc_customer import customer
from walks.world import running

FIRST, SECOND = "380671234567", "380671234568"


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path) as world:
        yield world


@pytest.fixture
async def watchman(world):
    return await customer(world)


async def made(world, login="client", **changes):
    given = {
        "failure": "{NAME} ({HOST}) is down: {INFO}",
        "recovery": "{NAME} is up",
        "to": [FIRST, f"+{SECOND}"],
    } | changes
    return (await world.do(verbs.AlarmAdd(login, "servers", **given)))["id"]


async def told(world):
    """What has been sent, by number."""
    rows = await world.gateway.store.recent(0)
    return {row.recipient: row.text for row in rows}


@pytest.mark.covers(66)
async def test_a_failure_and_a_recovery_are_told_with_what_the_call_brings(world, watchman):
    alarm = await made(world)
    given = {"id": alarm, "name": "web1", "host": "10.0.0.1", "info": "нема відповіді"}
    assert await watchman.ask("ping", **given) == "OK"
    text = "web1 (10.0.0.1) is down: нема відповіді"
    assert await told(world) == {FIRST: text, SECOND: text}
    assert await watchman.ask("ping", **given, ok=1) == "OK"
    assert await told(world) == {FIRST: "web1 is up", SECOND: "web1 is up"}


@pytest.mark.parametrize(
    ("fmt", "answer"),
    [(0, "OK"), (1, "OK"), (2, "<result>OK</result>"), (3, '{\n"result": "OK"\n}')],
)
async def test_the_answer_in_each_format(world, watchman, fmt, answer):
    assert await watchman.ask("ping", id=await made(world), name="web1", fmt=fmt) == answer


async def test_it_goes_as_urgent_and_as_flash_where_that_is_asked(world, watchman):
    await watchman.ask("ping", id=await made(world, flash=True, to=[FIRST]), name="web1")
    (row,) = await world.gateway.store.recent(0)
    assert row.kind is Kind.FLASH
    message = await world.gateway.store.newest_to(None, FIRST, None, 0)
    assert message.priority is Priority.URGENT


async def test_contacts_of_a_group_are_told_each_number_once(world, watchman):
    account = world.gateway.directory.by_login("client")
    book = world.gateway.store.contacts
    (group, *_) = await book.groups(account.id, AddressKind.PHONE)
    contacts = [Contact(0, account.id, AddressKind.PHONE, (number, "79160000001"), (group.id,)) for number in (FIRST,)]
    contacts.append(Contact(0, account.id, AddressKind.PHONE, (SECOND,), (group.id,)))
    assert all(await book.add(contacts))
    await watchman.ask("ping", id=await made(world, to=[FIRST], groups=[group.id]), name="web1")
    assert sorted(row.recipient for row in await world.gateway.store.recent(0)) == [FIRST, SECOND]


async def test_what_a_call_brings_is_never_taken_for_a_placeholder(world, watchman):
    alarm = await made(world, failure="{NAME}{INFO} {other} {", to=[FIRST])
    await watchman.ask("ping", id=alarm, name="{INFO}{HOST}", info="i" * 300)
    assert await told(world) == {FIRST: "{INFO}{HOST}" + "i" * 255 + " {other} {"}


async def test_without_a_text_for_recovery_nobody_is_told_of_one(world, watchman):
    alarm = await made(world, recovery="")
    assert await watchman.ask("ping", id=alarm, ok=1) == "OK"
    assert await told(world) == {}


@pytest.mark.parametrize("given", [{}, {"id": ""}, {"id": "x"}, {"id": 999}, {"id": "9" * 30}])
async def test_B23_an_unknown_group_and_another_account_s_are_error_1(world, watchman, given):
    await customer(world, "neighbour")
    foreign = await made(world, "neighbour")
    assert await watchman.ask("ping", fmt=1, **given) == "0,-1"
    assert await watchman.ask("ping", fmt=1, id=foreign) == "0,-1"
    assert await told(world) == {}


async def test_without_money_it_is_error_3_and_where_nobody_may_be_told_error_8(world):
    poor = await customer(world, "poor", money=None)
    assert await poor.ask("ping", fmt=1, id=await made(world, "poor")) == "0,-3"
    stopped = await customer(world, "stopped")
    await world.do(verbs.StopNumber(FIRST))
    assert await stopped.ask("ping", fmt=1, id=await made(world, "stopped", to=[FIRST])) == "0,-8"
    assert await stopped.ask("ping", fmt=1, id=await made(world, "stopped")) == "OK"


async def test_the_operator_sees_and_removes_them(world, watchman):
    alarm = await made(world)
    (shown,) = await world.do(verbs.AlarmList("client"))
    assert (shown["id"], shown["name"], shown["to"]) == (alarm, "servers", [FIRST, SECOND])
    await world.do(verbs.AlarmRemove("client", alarm))
    assert await world.do(verbs.AlarmList("client")) == []
    with pytest.raises(NotPossible, match="no notification"):
        await world.do(verbs.AlarmRemove("client", alarm))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"to": ["12"]}, "no international numbers: 12"),
        ({"to": []}, "recipients and groups"),
        ({"failure": ""}, "for the failure"),
        ({"recovery": "r" * 1001}, "for the failure"),
    ],
)
async def test_a_notification_that_could_never_be_told_is_not_made(world, watchman, changes, complaint):
    with pytest.raises(NotPossible, match=complaint):
        await made(world, **changes)
