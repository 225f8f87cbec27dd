"""status.php behind its door: who is told what, how often, and what deleting answers (smsc-messages.md 1.9, 3)."""

from __future__ import annotations

import asyncio

import pytest
from smsc_world import ACCOUNT, NEIGHBOUR, World
from smsclub_world import message_of

from heliograph.channels.sms.numbering import NumberingPlan, Operator
from heliograph.doors.smsc_status import Status
from heliograph.model.account import Settings
from heliograph.model.message import State
from heliograph.ports import StoreFailure

PHONE = "380989361131"


class SmallStore:
    """The one question the script asks."""

    def __init__(self):
        self.rows = {}
        self.is_broken = False

    def put(self, message, shown_id=None):
        self.rows[message.account_id, message.recipient, shown_id or str(message.id)] = message
        return message

    async def shown(self, account_id, keys):
        if self.is_broken:
            raise StoreFailure("the disk is gone")
        assert len(keys) <= 100
        return {key: self.rows[account_id, *key] for key in keys if (account_id, *key) in self.rows}


class SmallDeletion:
    """Hides what has ended, unless the test holds it."""

    def __init__(self):
        self.held = None
        self.asked = []

    async def delete(self, messages):
        self.asked.append([message.id for message in messages])
        if self.held is not None:
            await self.held.wait()
        if any(message.state is not State.DELIVERED for message in messages):
            return False
        for message in messages:
            message.hidden = True
        return True


class StatusWorld(World):
    """The world of the door with the script `status`, two messages of `shop` and one of its neighbour."""

    def __init__(self, **given):
        self.store, self.deletion = SmallStore(), SmallDeletion()
        super().__init__(**given)
        self.directory.swap_plan(NumberingPlan([("38098", Operator("255", "03", "Ukraine", "Kyivstar", ""))]), 1)
        self.delivered = self.put(101, state=State.DELIVERED)
        self.put(102, state=State.SENDING)
        self.put(103, state=State.DELIVERED, account_id=NEIGHBOUR)

    def put(self, message_id, shown_id=None, **special):
        return self.store.put(message_of(message_id, **special), shown_id)

    def _scripts(self):
        return {
            "status": Status(
                directory=self.directory,
                store=self.store,
                deletion=self.deletion,
                clock=self.clock,
                settings=self.settings,
            )
        }

    async def status(self, message_id=101, **fields):
        """What CSV says of one message, or of what the fields name."""
        return await self.ask("status", **{"phone": PHONE, "id": message_id, "fmt": 1, **fields})


@pytest.fixture
def world():
    return StatusWorld()


ONE = "1,0,0"


async def test_a_message_is_told_to_its_customer_and_to_nobody_else(world):
    assert await world.status(101) == ONE
    assert await world.status(103) == "-3,0,0"
    assert await world.status(103, login="neighbour", psw="neighbours") == ONE
    assert await world.status(101, login="neighbour", psw="neighbours") == "-3,0,0"
    assert await world.status(101, phone="380989361132") == "-3,0,0"
    assert await world.status(101, login="shop", psw="wrong") == "0,-2"


async def test_a_number_is_recognised_however_it_is_written(world):
    for phone in ("+380989361131", "+38 (098) 936-11-31", "0989361131", " 380989361131"):
        assert await world.status(101, phone=phone, all="") == ONE
        world.clock.sleep(61)


@pytest.mark.covers_part(70)
@pytest.mark.parametrize(
    ("fmt", "answer"),
    [
        (0, "ERROR = 1 (parameters error)"),
        (1, "0,-1"),
        (2, "<result>\n<error>parameters error</error>\n<error_code>1</error_code>\n</result>"),
        (3, '{\n"error": "parameters error",\n"error_code": 1\n}'),
    ],
)
async def test_a_missing_id_is_error_1_in_every_format(world, fmt, answer):
    assert await world.ask("status", phone=PHONE, fmt=fmt) == answer


async def test_json_by_the_rest_address(world):
    body = b'{"login": "shop", "psw": "secret", "phone": "380989361131", "id": 101}'
    response = await world.call("/rest/status/", body=body, method="POST", content_type="application/json")
    assert response.body.startswith(b'{\n"status": 1,\n')


async def test_the_zone_and_the_language_are_the_accounts_or_the_settings():
    line = "Status = 1, check_time = {}, err = 0"
    assert await StatusWorld().status(fmt=0) == line.format("01.01.1970 03:00:00")
    assert await StatusWorld(zone="UTC-1").status(fmt=0) == line.format("31.12.1969 23:00:00")
    own = StatusWorld(settings=Settings(zone="UTC+2", language="uk"))
    assert await own.status(fmt=0) == line.format("01.01.1970 02:00:00")
    assert "Повідомлення не знайдено" in await own.status(id="9,", phone=f"{PHONE},", all=1, charset="utf-8")
    assert "Message not found" in await StatusWorld(language="en").status(id="9,", phone=f"{PHONE},", all=1)
    lost = StatusWorld(settings=Settings(zone="Mars/Olympus"))
    assert await lost.status(fmt=0) == line.format("01.01.1970 03:00:00")


def test_a_setting_that_is_no_zone_is_said_at_the_start():
    with pytest.raises(ValueError, match="there is no zone 'Mars'"):
        StatusWorld(zone="Mars")


async def test_country_and_operator_come_from_the_numbering_plan(world):
    assert (await world.status(all=2)).split(",")[5:8] == ["Ukraine", "Kyivstar", ""]


async def test_a_store_that_cannot_be_read_is_error_9(world):
    world.store.is_broken = True
    assert await world.status() == "0,-9"


# -- limits (1.9) ------------------------------------------------------------------------------------------------------


async def test_the_sixth_request_for_one_message_within_a_minute_is_error_9(world):
    assert [await world.status(101) for _ in range(6)] == [ONE] * 5 + ["0,-9"]
    assert await world.status(101, fmt=0) == "ERROR = 9 (duplicate request, wait a minute)"
    assert await world.status(102) == "0,0,0"
    assert await world.status(103, login="neighbour", psw="neighbours") == ONE
    world.clock.sleep(61)
    assert await world.status(101) == ONE


async def test_a_second_mass_request_within_a_minute_is_error_9(world):
    many = {"id": "101,102", "phone": f"{PHONE},{PHONE}"}
    assert (await world.status(**many)).count("\n") == 1
    assert await world.status(**many) == "0,-9"
    assert await world.status(id="102,103", phone=f"{PHONE},{PHONE}") == "0,-9"
    assert await world.status(102) == "0,0,0"
    world.clock.sleep(61)
    assert (await world.status(**many)).count("\n") == 1


async def test_the_form_of_many_with_one_message_counts_as_one(world):
    for _ in range(5):
        assert await world.status(id="101,", phone=f"{PHONE},") == f"{ONE},101,{PHONE}"
    assert await world.status(id="101,", phone=f"{PHONE},") == "0,-9"


async def test_limits_may_be_set_or_switched_off():
    world = StatusWorld(same_statuses=2, mass_statuses=0, max_statuses=3)
    assert [await world.status(101) for _ in range(3)] == [ONE, ONE, "0,-9"]
    for _ in range(4):
        assert (await world.status(id="101,102", phone=f"{PHONE},{PHONE}")).count("\n") == 1
    assert await world.status(id="1,2,3,4", phone="1,2,3,4") == "0,-1"


async def test_at_most_500_messages_are_told_at_once(world):
    ids = ",".join(map(str, range(101, 601)))
    phones = ",".join([f"+{PHONE}"] * 500)
    assert (await world.status(id=ids, phone=phones)).count("\n") == 499
    assert await world.status(id=f"{ids},601", phone=f"{phones},{PHONE}") == "0,-1"


async def test_the_fifth_request_at_once_is_error_9(world):
    world.deletion.held = asyncio.Event()
    for number in range(4):
        world.put(200 + number, state=State.DELIVERED)
    waiting = [asyncio.ensure_future(world.status(200 + number, **{"del": 1})) for number in range(4)]
    await asyncio.sleep(0)
    assert await world.status(101, fmt=0) == "ERROR = 9 (too many concurrent requests)"
    assert await world.status(103, login="neighbour", psw="neighbours") == ONE
    world.deletion.held.set()
    assert await asyncio.gather(*waiting) == ["OK"] * 4
    assert await world.status(101) == ONE


# -- deleting (3.7) ----------------------------------------------------------------------------------------------------


@pytest.mark.covers_part(73)
@pytest.mark.parametrize(
    ("fmt", "answer"),
    [(0, "OK"), (1, "OK"), (2, "<result>OK</result>"), (3, '{\n"result": "OK"\n}')],
)
async def test_what_was_deleted_is_not_found_any_more(world, fmt, answer):
    assert await world.status(101, fmt=fmt, **{"del": 1}) == answer
    assert await world.status(101) == "-3,0,0"
    assert await world.status(101, **{"del": 1}) == "0,-5"


@pytest.mark.covers_part(73)
@pytest.mark.parametrize("message_id", [102, 103, 999])
async def test_what_cannot_be_deleted_is_error_5(world, message_id):
    assert await world.status(message_id, fmt=0, **{"del": 1}) == "ERROR = 5 (operation failed)"


async def test_of_several_all_are_deleted_or_none_that_is_unknown_is_asked_for(world):
    world.put(104, state=State.DELIVERED)
    assert await world.status(id="101,999", phone=f"{PHONE},{PHONE}", **{"del": 1}) == "0,-5"
    assert world.deletion.asked == []
    world.clock.sleep(61)
    assert await world.status(id="101,104", phone=f"{PHONE},{PHONE}", **{"del": 1}) == "OK"
    assert world.deletion.asked == [[101, 104]]


async def test_a_key_that_may_only_read_deletes_nothing(world):
    reading = {"login": None, "psw": None, "apikey": "reading-key"}
    assert await world.status(101, **reading) == ONE
    assert await world.status(101, **reading, **{"del": 1}) == "0,-2"
    assert world.deletion.asked == []
    assert world.delivered.account_id == ACCOUNT
