"""Rows 54, 75: contacts of a started gateway, and sending to a group of them."""

from __future__ import annotations

import json

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.templates import TemplateSettings
from heliograph.backoffice.verbs import NotPossible
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.smsc_limits import SmscSettings
from walks.smsc_customer import customer
from walks.world import eventually, running

SETTINGS = {
    "smsc": SmscSettings(at_once=0, same_contacts=0),
    "routes": (Rule("all", ("carrier",)),),
    "tariffs": (TariffLine("all", "default", "1.40"),),
}
FIRST, SECOND, THIRD = "380989361131", "380989361132", "380989361133"


@pytest.fixture
async def client(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        yield await customer(world)


async def friends(client):
    """A group with number 17 of two contacts, the first with two numbers; its id."""
    group = json.loads(await client.ask("phones", add_group=1, name="Friends", num=17, fmt=3))["id"]
    await client.ask("phones", add=1, name="First", phone=f"{FIRST},{THIRD}", grp=group)
    await client.ask("phones", add=1, name="Second", phone=SECOND, grp=f"1,{group}")
    return group


@pytest.mark.covers(54)
async def test_a_message_to_a_group_goes_once_to_each_contact(client):
    group = await friends(client)
    for place, named in enumerate(("G17", f"g{group}", f"{SECOND},G17,G{group}")):
        answer = json.loads(await client.ask("send", phones=named, mes=f"text {place}", op=1, fmt=3))
        assert answer["cnt"] == 2
        assert sorted(one["phone"] for one in answer["phones"]) == [FIRST, SECOND]

    async def delivered():
        rows = await client.world.gateway.store.messages(list(range(100_000_001, 100_000_007)), None)
        return rows if len(rows) == 6 and all(row.state.name == "DELIVERED" for row in rows) else None

    assert sorted(row.recipient for row in await eventually(delivered)) == [FIRST] * 3 + [SECOND] * 3


async def test_an_unknown_an_empty_and_anothers_group_send_nothing(client):
    group = await friends(client)
    empty = await client.ask("phones", add_group=1, name="empty", fmt=1)
    mails = await client.ask("mails", add_group=1, name="letters", fmt=1)
    await client.ask("mails", add=1, name="A", mail="a@example.com", grp=mails)
    for named in ("G99", f"G{empty}", f"G{mails}", f"{FIRST},G99"):
        assert await client.ask("send", phones=named, mes="text", fmt=1) == "0,-1", named
    stranger = await customer(client.world, "stranger")
    assert await stranger.ask("send", phones=f"G{group}", mes="text", fmt=1) == "0,-1"
    assert await stranger.ask("send", phones="G17", mes="text", fmt=1) == "0,-1"
    assert await client.ask("send", phones="G17", mes="text", cost=1, fmt=1) == "2.80,2"
    assert await client.world.gateway.store.messages([100_000_001], None) == []


@pytest.mark.covers_part(75)
@pytest.mark.parametrize(("blocks", "answer"), [(0, "-6"), (1, "1"), (2, "-6")])
async def test_a_stop_listed_number_gets_what_its_entry_lets_through(client, blocks, answer):
    await client.ask("phones", add_black=1, phone=FIRST, type=blocks)
    sent = await client.send(phones=FIRST)
    assert sent.split(",")[1] == answer
    told = await client.ask("status", phone=FIRST, id=sent.split(",")[0], fmt=1)
    assert told.startswith("23,") is (answer == "-6")
    assert told.endswith(",250") is (answer == "-6")
    await client.ask("phones", del_black=1, phone=FIRST)
    assert (await client.send("again", phones=FIRST)).split(",")[1] == "1"


async def test_the_stop_list_counts_on_every_door_and_after_a_restart(tmp_path):
    async with running(tmp_path, **SETTINGS) as world:
        client = await customer(world)
        await client.ask("phones", add_black=1, phone=FIRST, type=0)
    async with running(tmp_path, account=False, **SETTINGS) as world:
        (answer,) = await world.do(verbs.Send("client", "VashZakaz", [FIRST], "by hand"))
        assert answer["refused"] == "stop_listed"
        client.world = world
        assert (await client.send(phones=FIRST)).split(",")[1] == "-6"


@pytest.mark.parametrize(("text", "stopped"), [("Stop!", True), (" стоп ", True), ("stop it", False), ("", False)])
async def test_who_answers_with_an_opt_out_word_gets_nothing_more(client, text, stopped):
    await client.sent(phones=FIRST)
    await client.world.do(verbs.Incoming("carrier", FIRST, "VashZakaz", text))

    async def come():
        return client.world.gateway.inbound.incoming

    await eventually(come)
    await client.world.gateway.journal.settle()
    assert (await client.ask("phones", get_black=1, fmt=1) == f"1,{FIRST},0") is stopped
    assert ((await client.send("more", phones=FIRST)).split(",")[1] == "-6") is stopped
    assert await (await customer(client.world, "stranger")).ask("phones", get_black=1, fmt=1) == "0,-3"


@pytest.mark.covers_part(75)
async def test_contacts_are_there_after_a_restart(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        client = await customer(world)
        await friends(client)
        before = await client.ask("phones", get=1, fmt=3)
        key = client.apikey
    async with running(tmp_path, account=False, **SETTINGS) as world:
        client.world = world
        client.apikey = key
        assert await client.ask("phones", get=1, fmt=3) == before
        assert len(json.loads(before)) == 2


async def test_a_template_waits_for_the_operator_where_he_moderates_and_error_238_is_for_texts_without_one(tmp_path):
    settings = {**SETTINGS, "templates": TemplateSettings(moderate=True, required=("mts",))}
    async with running(tmp_path, account=False, **settings) as world:
        client = await customer(world)
        asked = {"sender": "VashZakaz", "msg": "Code: %d"}
        assert await client.ask("op_templates", add=1, mts_auth=1, fmt=1, **asked) == "mts_auth,0,1"
        mts, other = "79161234567", "48601234567"
        assert (await client.send("Code: 12", mts)).endswith(",-6")
        listed = await world.do(verbs.TemplateList(waiting=True))
        assert [(one["login"], one["operator"], one["text"]) for one in listed] == [("client", "mts_auth", "Code: %d")]
        await world.do(verbs.TemplateModerate(1, 2))
        assert await client.ask("op_templates", get=1, fmt=1) == "mts_auth,2,1"
        sent = await client.sent("Code: 12", mts)
        told = json.loads(await client.ask("status", phone=mts, id=sent.id, fmt=3))
        assert told["flag"] == 1 << 8 | 2 << 9
        assert (await client.send("Sale!", f"{mts},{other}", id=77)).startswith("77,")
        told = json.loads(await client.ask("status", phone=mts, id=77, fmt=3))
        assert (told["status"], told["err"]) == (23, 238)
        await world.do(verbs.TemplateModerate(1, 3))
        assert (await client.send("Code: 13", mts)).endswith(",-6")
        with pytest.raises(NotPossible, match="there is no template 9"):
            await world.do(verbs.TemplateModerate(9, 2))


@pytest.mark.covers_part(64)
async def test_a_text_that_fits_an_operators_template_says_so_in_its_flag(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        client = await customer(world)
        await client.ask("op_templates", add=1, sender="VashZakaz", msg="Code: %d", mts_auth=1, mega_trn=1)
        key = client.apikey
    async with running(tmp_path, account=False, **SETTINGS) as world:
        client.world, client.apikey = world, key
        for phone, flag in (("79161234567", 1 << 8 | 2 << 9), ("79261234567", 1 << 8 | 1 << 9), (FIRST, 0)):
            sent = await client.sent(f"Code: {phone[-4:]}", phones=phone)
            told = json.loads(await client.ask("status", phone=phone, id=sent.id, fmt=3))
            assert told["flag"] == flag
