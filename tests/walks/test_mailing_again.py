"""Row 67: undelivered messages of a mailing are sent again (smsc-messages.md 5.2), and what waits of a paused one is
held and goes on in its order."""

from __future__ import annotations

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.campaigns import NothingFound
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.model.campaign import CampaignState
from heliograph.model.message import State
from heliograph.settings import ConnectorSettings
from heliograph.simulator.memory import read_ledger
from walks.smsc_customer import customer
from walks.test_mailings import FIRST, SETTINGS, job, messages, over, shown
from walks.world import eventually, running

REFUSED, UNREACHED = "380671230002", "380671230001"
SLOW = {"connectors": (ConnectorSettings("carrier", "simulated", speed=0.1, window=1),)}


@pytest.fixture
async def client(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        yield await customer(world)


async def sent(client, count):
    """So many messages, all of them at an end."""

    async def look():
        found = await messages(client)
        return found if len(found) == count and all(one.is_final for one in found) else None

    return await eventually(look)


def told(found):
    return [(one.recipient, one.sender, one.content.text) for one in found]


@pytest.mark.covers_part(67)
async def test_undelivered_messages_are_sent_again_once_with_the_second_text_and_sender(client):
    await client.world.do(verbs.AccountSender(client.login, "Second"))
    fields = {"mes": "one", "mes2": "two", "sender2": "Second", "sender": "VashZakaz", "fl[5]": 1}
    job_id = await job(client, phones=f"{FIRST},{UNREACHED},{REFUSED}", **fields)
    found = await sent(client, 5)
    assert told(found[:3]) == [(number, "VashZakaz", "one") for number in (FIRST, UNREACHED, REFUSED)]
    assert sorted(told(found[3:])) == [(UNREACHED, "Second", "two"), (REFUSED, "Second", "two")]
    assert [one.state for one in found[3:]].count(State.DELIVERED) == 0
    for _ in range(3):
        await client.world.gateway.mailing.step()
    assert len(await messages(client)) == 5  # the second message is the last
    job_shown = await shown(client, job_id)
    assert (job_shown["status"], job_shown["phones_cnt"], job_shown["sms_cnt"]) == (1, 3, 5)
    assert job_shown["message"] == "one"
    assert (await client.ask("jobs", get_all=1, fmt=1)).count("\n") == 0  # one mailing is all there is to see
    assert await client.ask("jobs", get=1, id=int(job_id) + 1, fmt=1) == "0,-3"


async def test_without_a_second_text_the_first_is_said_again_to_each(client):
    texts = f"{UNREACHED}:to the one\n{REFUSED}:to the other"
    await job(client, mes=None, list=texts, **{"fl[5]": 1})
    found = await sent(client, 4)
    assert sorted(told(found[2:])) == sorted(told(found[:2]))
    assert {one.content.text for one in found} == {"to the one", "to the other"}


async def test_a_second_text_has_the_names_of_the_contact(client):
    await client.ask("phones", add=1, name="Анна", phone=UNREACHED, grp="1")
    await job(client, phones="G1", mes="first", mes2="Вітаю, {NAME}!", **{"fl[5]": 1})
    assert told(await sent(client, 2))[1][2] == "Вітаю, Анна!"


async def test_recipients_that_intake_refuses_are_not_sent_to_again(client):
    await client.ask("phones", add_black=1, phone=FIRST, type=1)
    job_id = await job(client, phones=f"{FIRST},12,{UNREACHED}", **{"fl[5]": 1})
    await sent(client, 4)
    await over(client, job_id)


async def test_R27_what_is_sent_again_is_sent_once_whenever_the_gateway_ends(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        client = await customer(world)
        await world.gateway.mailing.stop()
        numbers = [f"38067{1_000_001 + place * 5_000:07d}" for place in range(40)]
        await job(client, phones=",".join(numbers), **{"fl[5]": 1})
        for _ in range(2):
            await world.gateway.mailing.step()
        first = await sent(client, 40)
    undelivered = sorted(one.recipient for one in first if one.state is not State.DELIVERED)
    assert len(undelivered) == 20
    async with running(tmp_path, account=False, **SETTINGS) as world:
        client.world = world
        found = await sent(client, 40 + len(undelivered))
        assert sorted(one.recipient for one in found[40:]) == undelivered
    async with running(tmp_path, account=False, **SETTINGS) as world:
        client.world = world
        await world.gateway.mailing.step()
        assert len(await messages(client)) == 40 + len(undelivered)


async def waiting(client, count):
    async def look():
        census = await client.world.gateway.store.census()
        return sum(census.values()) == count

    await eventually(look)


async def change(client, job_id, what):
    return await client.world.do(verbs.JobChange(client.login, int(job_id), what))


async def states(client):
    return [one.state for one in await messages(client)]


async def test_what_waits_of_a_paused_mailing_is_held_and_goes_on_in_its_order(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS | SLOW) as world:
        client = await customer(world)
        numbers = [str(int(FIRST) + place) for place in range(20)]
        job_id = await job(client, phones=",".join(numbers))
        await waiting(client, 20)
        await change(client, job_id, "pause")
        begun = [state for state in await states(client) if state is not State.PAUSED]
        assert len(begun) <= 3
        assert State.QUEUED not in begun
        assert (await shown(client, job_id))["status"] == -2
        assert (await client.ask("status", phone=numbers[-1], id=100_000_020, fmt=1)).startswith("-2,")
        with pytest.raises(Exception, match=r"has no mailing .* to pause: it is paused"):
            await change(client, job_id, "pause")
    async with running(tmp_path, account=False, **SETTINGS | {"smsc": SmscSettings(at_once=0)}) as world:
        client.world = world
        await world.gateway.mailing.step()
        assert (await states(client)).count(State.PAUSED) == 20 - len(begun)
        await change(client, job_id, "resume")
        await sent(client, 20)
        assert [part.recipient for part in read_ledger(tmp_path / "carrier-carrier.log").taken] == numbers
        await over(client, job_id)
        with pytest.raises(NothingFound):
            await world.gateway.campaigns.pause(1, int(job_id))
        assert (await world.gateway.store.campaigns.get(int(job_id))).state is CampaignState.DONE


async def test_a_paused_message_ends_with_its_validity_and_a_cancelled_one_is_paid_back(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS | SLOW) as world:
        client = await customer(world)
        one = await job(client, phones=",".join(str(int(FIRST) + place) for place in range(10)), valid="1")
        other = await job(client, phones=",".join(str(int(FIRST) + place) for place in range(50, 60)), valid="24")
        await waiting(client, 20)
        for job_id in (one, other):
            await change(client, job_id, "pause")
        held = {message.id for message in await messages(client) if message.state is State.PAUSED}
        world.clock.shift(3601)
        await world.gateway.upkeep.expire_overdue()
        ended = await messages(client)
        assert {message.state for message in ended if message.campaign == int(one)} <= {
            State.EXPIRED, State.SENDING, State.SENT, State.DELIVERED
        }  # fmt: skip
        await change(client, other, "cancel")
        over = [message for message in await messages(client) if message.id in held]
        assert {message.state for message in over} == {State.EXPIRED, State.CANCELLED}
        assert all(message.refunded == message.price for message in over)


@pytest.mark.parametrize(
    ("change_to", "stands", "ends"),
    [("cancel", CampaignState.CANCELLED, State.CANCELLED), ("pause", CampaignState.PAUSED, State.PAUSED)],
)
async def test_a_mailing_whose_stop_was_cut_off_by_a_death_can_be_stopped_once_more(tmp_path, change_to, stands, ends):
    async with running(tmp_path, account=False, **SETTINGS | SLOW) as world:
        client = await customer(world)
        job_id = await job(client, phones=",".join(str(int(FIRST) + place) for place in range(20)))
        await waiting(client, 20)
        every = [state for state in CampaignState if state is not stands]
        assert await world.gateway.store.campaigns.move(int(job_id), stands, every)  # so far it came
        await change(client, job_id, change_to)
        left = [state for state in await states(client) if state is not ends]
        assert len(left) <= 3
        assert State.QUEUED not in left
        with pytest.raises(Exception, match="has no mailing"):
            await change(client, job_id, change_to)
