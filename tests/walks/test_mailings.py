"""Row 67: mailings of a started gateway, from jobs.php to the handset (smsc-messages.md 5)."""

from __future__ import annotations

import json
import re

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.mailing import BACKLOG
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.model.message import State
from heliograph.settings import ConnectorSettings
from walks.smsc_customer import customer
from walks.world import eventually, running

SETTINGS = {
    "smsc": SmscSettings(at_once=0, same_contacts=0, same_jobs=0, same_templates=0, same_statuses=0),
    "routes": (Rule("all", ("carrier",)),),
    "tariffs": (TariffLine("all", "default", "1.00"),),
}
FIRST, SECOND, THIRD = "380989361131", "380989361132", "380989361133"


@pytest.fixture
async def client(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        yield await customer(world)


async def job(client, **fields):
    """A new mailing; its id."""
    return await client.ask("jobs", **{"add": 1, "name": "Spring", "mes": "Hello", "fmt": 1} | fields)


async def shown(client, job_id):
    return json.loads(await client.ask("jobs", get=1, id=job_id, fmt=3))


async def over(client, job_id, status=1):
    async def look():
        found = await shown(client, job_id)
        return found if found["status"] == status else None

    return await eventually(look)


async def messages(client, count=100):
    """What the gateway has accepted, in order."""
    store = client.world.gateway.store
    return await store.messages(list(range(100_000_001, 100_000_001 + count)), None)


@pytest.mark.covers(67)
async def test_a_mailing_sends_to_its_numbers_and_says_so(client):
    job_id = await job(client, phones=f"{FIRST},{SECOND}", sender="VashZakaz")
    assert re.fullmatch(r"\d{7}", job_id)
    found = await over(client, job_id)
    moment = found.pop("start_date"), found.pop("start_timestamp")
    assert re.fullmatch(r"\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d", moment[0])
    assert found == {
        "id": int(job_id), "name": "Spring", "status": 1, "rpt": 0, "phones_cnt": 2, "sms_cnt": 2, "cost": "2.00",
        "sender": "VashZakaz", "message": "Hello",
    }  # fmt: skip
    assert [(one.recipient, one.content.text, one.campaign) for one in await messages(client)] == [
        (FIRST, "Hello", int(job_id)),
        (SECOND, "Hello", int(job_id)),
    ]
    for fmt in (0, 1):
        assert await client.ask("jobs", get=1, id=job_id, fmt=fmt) == f"{job_id},Spring,1,{moment[0]},2,2.00"
    assert await client.ask("jobs", get_all=1, fmt=2) == (
        f'<list>\n<job id="{job_id}" status="1" start_date="{moment[0]}" sms_cnt="2" cost="2.00">Spring</job>\n</list>'
    )


@pytest.mark.covers_part(67)
@pytest.mark.parametrize(
    ("fmt", "plain", "with_cost"),
    [
        (0, r"OK, ID - (\d{7})", r"OK, ID - (\d{7}), COST - 2\.00"),
        (1, r"(\d{7})", r"(\d{7}),2\.00"),
        (2, r"<result>\n<id>(\d{7})</id>\n</result>", r"<result>\n<id>(\d{7})</id>\n<cost>2\.00</cost>\n</result>"),
        (3, r'\{\n"id": (\d{7})\n\}', r'\{\n"id": (\d{7}),\n"cost": "2\.00"\n\}'),
    ],
)
async def test_creating_answers_id_and_cost(client, fmt, plain, with_cost):
    fields = {"phones": f"{FIRST},{SECOND}", "time": "+600", "fmt": fmt}
    assert re.fullmatch(plain, await job(client, **fields))
    assert re.fullmatch(with_cost, await job(client, cost=1, **fields))


async def test_a_mailing_goes_to_groups_personally_and_to_nobody_twice(client):
    for name in ("one", "two"):
        await client.ask("phones", add_group=1, name=name, num={"one": 17, "two": 18}[name])
    await client.ask("phones", add=1, name="Анна {LNM}", lnm="Лис", phone=FIRST, grp="2,3")
    await client.ask("phones", add=1, name="Борис", phone=SECOND, grp="3")
    await client.ask("phones", add=1, name="Віра", phone=THIRD, grp="3")
    job_id = await job(client, phones=f"{THIRD},G17,G18", mes="Вітаю, {NAME} {LNM}! {X}")
    await over(client, job_id)
    told = {one.recipient: one.content.text for one in await messages(client)}
    assert len(await messages(client)) == 3
    assert told == {
        THIRD: "Вітаю, {NAME} {LNM}! {X}",
        FIRST: "Вітаю, Анна {LNM} Лис! {X}",
        SECOND: "Вітаю, Борис ! {X}",
    }


async def test_a_list_has_a_text_for_each_and_a_template_is_one(client):
    await over(client, await job(client, mes=None, list=f"{FIRST}:one\n{SECOND}:two"))
    await client.ask("templates", add=1, name="t", msg="from a template")
    template = json.loads(await client.ask("templates", get=1, fmt=3))[0]["id"]
    await over(client, await job(client, mes=None, tpl=template, phones=THIRD))
    assert [one.content.text for one in await messages(client)] == ["one", "two", "from a template"]


@pytest.mark.covers(67)
async def test_a_mailing_that_waits_is_switched_off_and_deleted(client):
    job_id = await job(client, phones=FIRST, time="+600")
    assert (await shown(client, job_id))["status"] == -1
    assert await client.ask("jobs", cancel=1, id=job_id, fmt=3) == '{\n"result": "OK"\n}'
    assert (await shown(client, job_id))["status"] == -2
    assert await client.ask("jobs", cancel=1, id=job_id, fmt=1) == "0,-3"
    assert await client.ask("jobs", fmt=1, **{"del": 1, "id": job_id}) == "OK"
    assert await client.ask("jobs", get=1, id=job_id, fmt=1) == "0,-3"
    assert await client.ask("jobs", get_all=1, fmt=0) == "ERROR = 3 (nothing found)"
    client.world.clock.shift(601 * 60)
    await client.world.gateway.mailing.step()
    assert await messages(client) == []


@pytest.mark.parametrize("count", [30, BACKLOG + 100])
async def test_what_waits_of_a_cancelled_mailing_is_stopped_and_paid_back(tmp_path, count):
    slow = (ConnectorSettings("carrier", "simulated", speed=0.1, window=1),)
    async with running(tmp_path, account=False, connectors=slow, **SETTINGS) as world:
        client = await customer(world, money="10000")
        job_id = await job(client, phones=",".join(str(int(FIRST) + place) for place in range(count)))
        accepted = min(count, BACKLOG)

        async def waits():
            seen = await shown(client, job_id)
            return seen["sms_cnt"] >= accepted and seen["status"] == (1 if count == accepted else 0)

        await eventually(waits)
        assert await client.ask("jobs", cancel=1, id=job_id, fmt=1) == "OK"
        assert (await shown(client, job_id))["status"] == -2
        ended = [one for one in await messages(client, 500) if one.state is State.CANCELLED]
        assert len(ended) > 20
        assert all(one.refunded == one.price for one in ended)
        told = await client.ask("status", phone=ended[-1].recipient, id=ended[-1].id, fmt=1)
        assert told.startswith("-2,")
        census = await world.gateway.store.census()
        assert census.get(State.QUEUED, 0) == 0
        spent = sum(number for state, number in census.items() if state is not State.CANCELLED)
        assert await client.ask("balance", fmt=1) == f"{10_000 - spent}.00"


async def stopped_by(client):
    """How the operator sees the one mailing stand."""
    (row,) = await client.world.do(verbs.JobList(client.login))
    return row["state"], row["stopped_by"]


async def test_a_mailing_stops_without_money_and_goes_on_with_it(client):
    await client.world.do(verbs.AccountTopUp(client.login, "-97"))
    job_id = await job(client, phones=",".join(str(int(FIRST) + place) for place in range(5)))
    assert (await over(client, job_id, -2))["sms_cnt"] == 3
    assert await client.ask("balance", fmt=1) == "0.00"
    assert await stopped_by(client) == ("paused", "no_money")
    await client.world.do(verbs.AccountTopUp(client.login, "10"))
    account = client.world.gateway.directory.by_login(client.login)
    await client.world.gateway.campaigns.resume(account.id, int(job_id))
    assert (await over(client, job_id))["sms_cnt"] == 5
    assert await stopped_by(client) == ("done", "")
    assert len({one.recipient for one in await messages(client)}) == len(await messages(client)) == 5


async def test_refused_recipients_are_kept_and_stop_nobody(client):
    await client.ask("phones", add_black=1, phone=FIRST, type=1)
    job_id = await job(client, phones=f"{FIRST},12,{SECOND}")
    found = await over(client, job_id)
    assert (found["phones_cnt"], found["sms_cnt"], found["cost"]) == (3, 1, "1.00")
    assert [(one.recipient_given, one.state is State.REJECTED) for one in await messages(client)] == [
        (FIRST, True), ("12", True), (SECOND, False),
    ]  # fmt: skip


async def test_a_spread_mailing_takes_its_recipients_batch_by_batch(client):
    numbers = ",".join(str(int(FIRST) + place) for place in range(6))
    job_id = await job(client, phones=numbers, period="0.1", freq=2)  # six minutes, every two
    for minutes, sent in ((0, 2), (2, 4), (2, 6)):
        client.world.clock.shift(minutes * 60)

        async def reached(count=sent):
            await client.world.gateway.mailing.step()
            return len(await messages(client)) == count

        await eventually(reached)
        await client.world.gateway.mailing.step()
        assert len(await messages(client)) == sent
    await over(client, job_id)


async def test_a_repeated_mailing_begins_again_and_ends_after_its_last_repetition(client):
    job_id = await job(client, phones=FIRST, rpt=1, rptn=1)

    async def sent(count):
        await client.world.gateway.mailing.step()
        return len(await messages(client)) == count

    await eventually(lambda: sent(1))
    assert (await over(client, job_id, -1))["sms_cnt"] == 1
    client.world.clock.shift(3600)
    await eventually(lambda: sent(2))
    assert (await over(client, job_id))["sms_cnt"] == 2
    client.world.clock.shift(7200)
    await client.world.gateway.mailing.step()
    assert len(await messages(client)) == 2


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": None}, 1),
        ({"mes": None}, 1),
        ({"phones": None}, 1),
        ({"phones": "G99"}, 1),
        ({"phones": "G1"}, 1),
        ({"rpt": 8}, 1),
        ({"rptn": "x"}, 1),
        ({"tpl": 9}, 1),
        ({"call": 1}, 1),
        ({"fl[5]": 2}, 1),
        ({"fl[5]": 1, "mes2": "x", "flash": 2}, 1),
        ({"time": "tomorrow"}, 5),
        ({"add": None}, 1),
        ({"add": None, "get": 1}, 1),
        ({"add": None, "get": 1, "id": 1_000_001}, 3),
        ({"add": None, "del": 1, "id": 1_000_001}, 3),
        ({"add": None, "cancel": 1, "id": "9" * 18}, 3),
        ({"add": None, "get_all": 1, "start": "x"}, 5),
        ({"add": None, "get_all": 1}, 3),
    ],
)
async def test_B17_a_wrong_request_is_an_error_and_keeps_nothing(client, fields, error):
    assert await job(client, **{"phones": FIRST, **fields}) == f"0,-{error}"
    assert await client.ask("jobs", get_all=1, fmt=1) == "0,-3"


async def test_B23_another_accounts_mailing_does_not_exist(client):
    job_id = await job(client, phones=FIRST, time="+600")
    stranger = await customer(client.world, "stranger")
    for command in ("get", "cancel", "del"):
        assert await stranger.ask("jobs", fmt=1, **{command: 1, "id": job_id}) == "0,-3"
    assert await stranger.ask("jobs", get_all=1, fmt=1) == "0,-3"
    assert (await shown(client, job_id))["status"] == -1


async def test_a_second_identical_action_within_a_minute_is_error_9(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS | {"smsc": SmscSettings(at_once=0)}) as world:
        client = await customer(world)
        assert re.fullmatch(r"\d{7}", await job(client, phones=FIRST))
        assert await job(client, phones=FIRST) == "0,-9"
