"""Row 45: an account's own telephone controls it by texting a number of ours (smsc-protocols.md 5)."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.commands import CommandSettings
from heliograph.backoffice.verbs import NotPossible
from heliograph.model.history import IncomingSearch, SentSearch
from heliograph.model.message import State
from heliograph.model.receipt import Incoming
from walks.sink import listening
from walks.smsc_customer import SENDER, customer
from walks.test_callbacks import called
from walks.world import eventually, running

PHONE, STRANGER, OURS = "380671110000", "380671110009", "380440000001"
FIRST, SECOND = "380671234567", "380671234568"


class Owner:
    """The account `client`, whose telephone is PHONE and whose own number is OURS."""

    def __init__(self, world, customer):
        self.world, self.customer = world, customer

    async def allow(self, *, phones=(PHONE,), to=None, pin=None):
        given = None if to is None else list(to)
        return await self.world.do(verbs.AccountCommands("client", list(phones), given, pin))

    async def text(self, text, *, sender=PHONE, to=OURS):
        await self.world.do(verbs.Incoming("carrier", sender, to, text))

    async def sent(self):
        """Everything the account has sent, oldest first."""
        store, now = self.world.gateway.store, self.world.clock.now()
        account = self.world.gateway.directory.by_login("client")
        ids = await store.history.sent(SentSearch(account.id, 0, now + 1))
        return sorted(await store.messages(ids, account.id), key=lambda message: message.id)

    async def answers(self, count=1):
        """The texts that came to PHONE, once there are so many."""

        async def there():
            texts = [message.content.text for message in await self.sent() if message.recipient == PHONE]
            return texts if len(texts) >= count else None

        return await eventually(there)

    async def kept(self, count):
        """The texts that are kept of what came in, oldest first, once there are so many."""
        history = self.world.gateway.store.history
        account = self.world.gateway.directory.by_login("client")

        async def there():
            ids = await history.received(IncomingSearch(account.id))
            return sorted(ids) if len(ids) >= count else None

        return [one.text for one in await history.incoming(await eventually(there))]


@asynccontextmanager
async def owning(folder, *, account=True, **settings):
    commands = CommandSettings(**{"enabled": True, **settings})
    async with running(folder, account=False, commands=commands) as world:
        owner = Owner(world, None)
        if account:
            owner.customer = await customer(world)
            await world.do(verbs.AccountSender("client", OURS))
        yield owner


@pytest.fixture
async def owner(tmp_path):
    async with owning(tmp_path) as owner:
        await owner.allow()
        yield owner


@pytest.mark.covers(45)
async def test_the_balance_is_answered_to_the_accounts_own_telephone_alone(owner):
    with listening() as sink:
        sink.usual = 200
        await owner.world.do(verbs.AccountHandler("client", sink.url, ("status", "incoming")))
        await owner.text("balance")
        assert await owner.answers() == ["100.00 RUR"]
        await owner.text("BALANCE", sender=STRANGER)
        await owner.text("Balance of power")
        await called(sink, 2)
        # Notices to one handler go side by side: their order is nobody's promise.
        assert {(form["phone"], form["mes"]) for form in sink.forms()} == {
            (STRANGER, "BALANCE"),
            (PHONE, "Balance of power"),
        }
    (answer,) = await owner.sent()
    assert (answer.sender, answer.door) == (OURS, "commands")


async def test_a_text_goes_to_the_numbers_the_account_wrote_down_and_one_to_a_group(owner):
    group_id = await owner.customer.ask("phones", add_group=1, name="Team", fmt=1)
    for phone in (FIRST, SECOND):
        await owner.customer.ask("phones", add=1, name=phone, phone=phone, grp=group_id)
    await owner.allow(to=[FIRST])
    await owner.text("send We open at nine")
    assert await owner.answers() == ["OK, ID - 100000001"]
    await owner.text(f"SEND G{group_id} To the group")
    assert (await owner.answers(2))[1].startswith("OK, ID - 1000000")
    told = [(one.recipient, one.content.text) for one in await owner.sent() if one.recipient != PHONE]
    assert told == [(FIRST, "We open at nine"), (FIRST, "To the group"), (SECOND, "To the group")]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("SEND nobody is written down", "ERROR = 1 (parameters error)"),
        ("SEND G999 no such group", "ERROR = 1 (unknown group)"),
        ("STATUS", "ERROR = 5 (no messages)"),
        ("STOP", "ERROR = 5 (no messages)"),
    ],
)
async def test_what_cannot_be_done_is_answered_with_its_number(owner, text, answer):
    await owner.text(text)
    assert await owner.answers() == [answer]
    assert len(await owner.sent()) == 1


async def test_the_status_is_that_of_the_newest_message_and_stop_takes_back_what_has_not_left(owner):
    message = await owner.customer.sent("by HTTP", FIRST)
    await owner.text("STATUS")
    (status,) = await owner.answers()
    assert status.startswith(f"ID - {message.id}, {FIRST}: ")
    await owner.allow(to=[SECOND])
    owner.world.gateway.dispatch.is_stopping = True  # nothing leaves from here on
    await owner.text("SEND in time to stop")
    assert (await owner.answers(2))[1].startswith("OK, ID - ")
    await owner.text("stop")
    assert (await owner.answers(3))[2] == "OK, 1"
    assert [one.state for one in await owner.sent() if one.recipient == SECOND] == [State.CANCELLED]
    assert await owner.customer.ask("phones", get_black=1, fmt=1) == "0,-3"


async def test_on_a_shared_number_the_login_stands_before_the_command(owner):
    await owner.text("client: BALANCE", to="380440000099")
    assert await owner.answers() == ["100.00 RUR"]


async def test_B27_with_a_pin_nothing_is_done_without_it_and_it_is_written_nowhere(owner):
    await owner.allow(pin="4711")
    for text in ("BALANCE", "BALANCE 0815", "SEND 0815 hello"):
        await owner.text(text)
    await owner.text("BALANCE 4711")
    assert await owner.answers() == ["100.00 RUR"]
    assert await owner.kept(4) == ["BALANCE ****", "BALANCE ****", "SEND **** hello", "BALANCE"]
    shown = await owner.world.do(verbs.AccountShow("client"))
    assert "4711" not in str(shown)


async def test_B27_who_guesses_a_pin_is_not_heard_any_more_not_even_with_the_right_one(tmp_path):
    async with owning(tmp_path, wrong_pins=3, block_s=3600) as owner:
        await owner.allow(pin="4711")
        for wrong in ("0001", "0002", "0003", "4711"):
            await owner.text(f"BALANCE {wrong}")
        assert len(await owner.kept(4)) == 4
        owner.world.clock.shift(3601)
        await owner.text("BALANCE 4711")
        assert await owner.answers() == ["100.00 RUR"]


async def test_R25_a_text_that_comes_again_is_one_command_and_later_it_is_another(owner):
    await owner.allow(to=[FIRST])
    for _ in range(3):
        await owner.text("SEND once")
    await owner.text("BALANCE")
    assert [text[:2] for text in await owner.answers(2)] == ["OK", "99"]
    assert [one.recipient for one in await owner.sent()].count(FIRST) == 1
    owner.world.clock.shift(301)
    await owner.text("SEND once")
    await owner.answers(3)
    assert [one.recipient for one in await owner.sent()].count(FIRST) == 2


async def test_R1_a_command_that_was_kept_is_carried_out_after_a_restart_once(tmp_path):
    async with owning(tmp_path) as owner:
        await owner.allow(to=[FIRST])
        owner.world.gateway.notify.is_stopping = True  # as if killed between the text and its command
        await owner.text("SEND once")
        assert await owner.kept(1) == ["SEND once"]
        assert await owner.sent() == []
    for _ in range(2):
        async with owning(tmp_path, account=False) as owner:
            assert await owner.answers() == ["OK, ID - 100000001"]
            assert [one.recipient for one in await owner.sent()] == [FIRST, PHONE]


async def test_R1_a_mailing_that_was_begun_is_answered_after_a_restart_and_not_begun_again(tmp_path):
    async with owning(tmp_path) as owner:
        await owner.allow(to=[FIRST])
        gateway = owner.world.gateway
        gateway.live.also(lambda taken: taken and setattr(gateway.intake, "is_stopping", True))  # and nothing after it
        await owner.text("SEND once")

        async def begun():
            return await owner.sent()

        assert [one.recipient for one in await eventually(begun)] == [FIRST]
    async with owning(tmp_path, account=False) as owner:
        owner.world.clock.shift(60)  # the next try of the notice
        assert await owner.answers() == ["OK, ID - 100000001"]
        assert [one.recipient for one in await owner.sent()] == [FIRST, PHONE]


async def test_B29_neither_many_commands_nor_a_number_of_ours_that_answers_itself_make_a_loop(tmp_path):
    async with owning(tmp_path, an_hour=3) as owner:
        await owner.allow(phones=(PHONE, OURS))
        await owner.text("BALANCE", sender=OURS)
        for text in ("BALANCE", "STATUS", "STOP", "balance"):
            await owner.text(text)
        await owner.text("ordinary")
        assert (await owner.kept(6))[-1] == "ordinary"
        assert len(await owner.answers(3)) == 3
        assert [one.recipient for one in await owner.sent()] == [PHONE] * 3


async def test_commands_are_off_until_they_are_switched_on_for_the_gateway_and_the_account(tmp_path):
    async with owning(tmp_path, enabled=False) as owner:
        await owner.allow()
        await owner.text("BALANCE")
        assert await owner.kept(1) == ["BALANCE"]
        assert owner.world.gateway.owners.commands is None
    async with owning(tmp_path, account=False) as owner:
        take = owner.world.gateway.owners.commands.take
        account = owner.world.gateway.directory.by_login("client")
        text = Incoming(1, "carrier", PHONE, OURS, "BALANCE", owner.world.clock.now(), account_id=account.id)
        assert take(text) is True
        await owner.world.do(verbs.AccountSet("client", closed_doors=["commands"]))
        assert take(text) is None
        await owner.world.do(verbs.AccountSet("client", closed_doors=[]))
        await owner.allow(phones=())
        assert take(text) is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"phones": ["12"]}, "no international numbers"),
        ({"to": ["Gx"]}, "a group is G and its number"),
        ({"pin": "123"}, "4 to 12 digits"),
    ],
)
async def test_what_no_telephone_target_or_pin_is_changes_nothing(owner, wrong, words):
    with pytest.raises(NotPossible, match=words):
        await owner.world.do(verbs.AccountCommands("client", **wrong))
    assert owner.world.gateway.directory.by_login("client").settings.command_phones == (PHONE,)
    assert await owner.world.do(verbs.AccountCommands("client")) == {
        "login": "client",
        "phones": [PHONE],
        "to": [],
        "pin": False,
    }


async def test_a_sub_client_is_controlled_by_the_telephones_its_owner_wrote_down(owner):
    made = await owner.customer.ask(
        "users", add=1, user="branch", password="branch-password", phone=f"+{STRANGER}", ph=f"+{FIRST}", type=2, fmt=1
    )
    assert "-" not in made, made
    await owner.world.do(verbs.AccountSender("branch", SENDER))
    await owner.text("branch: SEND from the branch", sender=STRANGER, to="380440000099")
    branch = owner.world.gateway.directory.by_login("branch")

    async def told():
        store = owner.world.gateway.store
        ids = await store.history.sent(SentSearch(branch.id, 0, owner.world.clock.now() + 1))
        texts = [(one.recipient, one.content.text) for one in await store.messages(sorted(ids), branch.id)]
        return texts if len(texts) == 2 else None

    assert [one[0] for one in await eventually(told)] == [FIRST, STRANGER]
