"""What a sub-client is told: incoming messages and calls sent on or answered, its balance, deliveries, parts; a test
for each setting of `users.php` (smsc-directory.md 3.2)."""

from __future__ import annotations

import asyncio
import email
from contextlib import asynccontextmanager
from email.policy import default

import pytest
from aiosmtpd.smtp import SMTP

from heliograph.backoffice import verbs
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.model.message import State
from heliograph.net.smtp_client import MailSettings
from heliograph.settings import ConnectorSettings
from walks.sink import listening
from walks.smsc_customer import PHONE, SENDER, customer
from walks.subclient import subclient, users
from walks.world import eventually, running

OWN = "380501112233"
"""A number that is the sub-client's alone."""
BOSS, SECOND = "380931112244", "380931112246"
SETTINGS = {
    "smsc": SmscSettings(at_once=0, balances=0, same_users=0, mass_statuses=0),
    "connectors": (ConnectorSettings("carrier", "simulated", personality="refuses"),),
    "routes": (Rule("all", ("carrier",)),),
    "tariffs": (TariffLine("all", "default", "1.40"),),
}


class Letters:
    """Mails that came, as (to, subject, text); `refuses` are addresses it knows not."""

    def __init__(self):
        self.all = []
        self.refuses = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuses:
            return "550 unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=default)
        self.all.append((envelope.rcpt_tos[0], str(letter["Subject"]), letter.get_content().strip()))
        return "250 OK"


@asynccontextmanager
async def post_office():
    letters = Letters()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(letters), "127.0.0.1", 0)
    try:
        yield letters, MailSettings("127.0.0.1", server.sockets[0].getsockname()[1], "none", sender="gw@sms.example")
    finally:
        server.close()


@pytest.fixture
async def place(tmp_path):
    """The owner, and the mails that went out."""
    async with (
        post_office() as (letters, mail),
        running(tmp_path, account=False, mail=mail, **SETTINGS) as world,
    ):
        owner = await customer(world, "alex")
        owner.letters = letters
        yield owner


async def sub_of(owner, **settings):
    sub = await subclient(owner, fl__29=1, type=2, sender=SENDER, **settings)
    await owner.world.do(verbs.AccountSender("mylogin", OWN))
    return sub


async def text(owner, said, *, sender=PHONE, to=OWN):
    await owner.world.do(verbs.Incoming("carrier", sender, to, said))


async def call(owner, *, sender=PHONE, to=OWN):
    await owner.world.do(verbs.IncomingCall(sender, to))


async def sent_by(sub, count=1):
    """What went out for the sub-client, once there are so many: (recipient, sender, text)."""
    store = sub.world.gateway.store

    async def there():
        found = await store.messages(range(100_000_001, 100_000_200), sub.account.id)
        return found if len(found) >= count else None

    return [(one.recipient, one.sender, one.content.text) for one in await eventually(there)]


async def letters_of(owner, count=1):
    async def there():
        return owner.letters.all if len(owner.letters.all) >= count else None

    return list(await eventually(there))


async def settled(owner, count):
    """So many notices came home."""

    async def there():
        return owner.world.gateway.notify.delivered >= count

    await eventually(there)


async def test_fl_8_incoming_messages_go_to_phone_and_to_phone2_where_that_cannot_be(place):
    sub = await sub_of(place, phone=BOSS, phone2=SECOND, fl__8=1)
    await text(place, "Where are you?")
    assert await sent_by(sub) == [(BOSS, SENDER, f"{PHONE}: Where are you?")]
    await text(place, "from the phone itself", sender=BOSS)
    await sub.ask("phones", add_black=1, phone=BOSS, type=0)
    await text(place, "Hello?")
    assert (await sent_by(sub, 2))[1:] == [(SECOND, SENDER, f"{PHONE}: Hello?")]


async def test_fl_9_incoming_messages_go_to_email_and_to_email2_where_that_is_refused(place):
    await sub_of(place, email="boss@shop.example", email2="second@shop.example", fl__9=1)
    await text(place, "Де ви?")
    assert await letters_of(place) == [("boss@shop.example", f"{PHONE} → {OWN}", f"{PHONE}: Де ви?")]
    place.letters.refuses.add("boss@shop.example")
    await text(place, "Hello?")
    assert (await letters_of(place, 2))[1] == ("second@shop.example", f"{PHONE} → {OWN}", f"{PHONE}: Hello?")


async def test_answ_an_incoming_message_is_answered_once_an_hour_from_the_number_it_came_to(place):
    sub = await sub_of(place, answ="We call you back.")
    await text(place, "Hello?")
    assert await sent_by(sub) == [(PHONE, OWN, "We call you back.")]
    await text(place, "Hello again?")
    await settled(place, 2)
    place.world.clock.shift(3_601)
    await text(place, "Hello once more?")
    assert await sent_by(sub, 2) == [(PHONE, OWN, "We call you back.")] * 2


async def test_answ_call_a_call_to_its_number_is_answered_and_a_text_is_not(place):
    sub = await sub_of(place, answ_call="Please write.")
    await text(place, "Hello?")
    await call(place)
    assert await sent_by(sub) == [(PHONE, OWN, "Please write.")]


async def test_fl2_4_calls_go_on_like_messages_but_not_with_it(place):
    sub = await sub_of(place, phone=BOSS, fl__8=1)
    await call(place)
    assert await sent_by(sub) == [(BOSS, SENDER, f"Call: {PHONE} → {OWN}")]
    await users(place, chg=1, user="mylogin", fl2__4=1)
    await call(place)
    await text(place, "Hello?")
    assert (await sent_by(sub, 2))[1] == (BOSS, SENDER, f"{PHONE}: Hello?")


async def test_a_call_to_a_number_of_nobody_leaves_nothing(place):
    sub = await sub_of(place, answ_call="Please write.")
    await call(place, to="380509999999")
    await call(place)
    assert len(await sent_by(sub)) == 1


async def looked(owner):
    """Let a minute pass, and housekeeping look around."""
    owner.world.clock.shift(61)


async def test_nb_word_of_a_low_balance_goes_out_once_until_it_is_no_more(place):
    sub = await subclient(place, type=1, nb=10, phone=BOSS, email="boss@shop.example", sender=SENDER)
    await users(place, pay=1, user="mylogin", sum=12)
    await looked(place)
    await users(place, pay=1, user="mylogin", sum=-3)
    await looked(place)
    assert await letters_of(place) == [("boss@shop.example", *["Balance of mylogin: 9.00 RUB"] * 2)]
    assert await sent_by(sub) == [(BOSS, SENDER, "Balance of mylogin: 9.00 RUB")]

    async def told():
        return sub.account.profile.is_told_of_balance

    await eventually(told)
    await users(place, pay=1, user="mylogin", sum=50)
    await looked(place)

    async def forgotten():
        return not sub.account.profile.is_told_of_balance

    await eventually(forgotten)
    await users(place, pay=1, user="mylogin", sum=-50)
    await looked(place)
    assert len(await letters_of(place, 2)) == 2


async def test_fl_5_word_goes_out_when_most_messages_of_an_hour_are_not_delivered(place):
    sub = await sub_of(place, fl__5=1, email="boss@shop.example")
    for number in range(20):
        await sub.send(f"no. {number}", phones="380671234560")

    async def all_ended():
        found = await place.world.gateway.store.messages(range(100_000_001, 100_000_200), sub.account.id)
        return len(found) == 20 and all(message.is_final for message in found)

    await eventually(all_ended)
    place.world.clock.shift(61)
    ((to, _, said),) = await letters_of(place)
    assert (to, said) == ("boss@shop.example", "mylogin: 20 of 20 messages were not delivered within the hour")


async def test_fl_23_a_handler_is_told_of_each_part(place):
    with listening() as sink:
        sink.usual = 200
        sub = await sub_of(place, fl__23=1, fl__10=1, url=f"{sink.url}/handler")
        message = await sub.sent("x" * 200)
        assert message.parts == 2

        async def called():
            return len(sink.calls) >= 2

        await eventually(called)
        assert sorted((form["id"], form["status"], form["cnt"]) for form in sink.forms()) == [
            (str(message.id), "1", "2"),
            (str(message.id + 1), "1", "2"),
        ]
        await users(place, chg=1, user="mylogin", fl__23=0)
        whole = await sub.sent("y" * 200)

        async def called_again():
            return len(sink.calls) >= 3

        await eventually(called_again)
        assert sink.forms()[2]["id"] == str(whole.id)
        assert (await place.world.stored(whole.id)).state is State.DELIVERED
