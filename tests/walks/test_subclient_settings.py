"""What an owner sets for a sub-client over `users.php`, and what follows: a test for each (smsc-directory.md 3.2)."""

from __future__ import annotations

import asyncio
import smtplib
from dataclasses import replace
from email.message import EmailMessage

import pytest

from heliograph.backoffice.senders import SenderSettings
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.doors.smtp_settings import SmtpDoorSettings, SmtpListenerSettings
from heliograph.model.message import State
from heliograph.model.senders import AtOperator
from heliograph.settings import ConnectorSettings
from walks.smsc_customer import PHONE, SENDER, customer
from walks.subclient import subclient, users
from walks.world import eventually, running

SETTINGS = {
    "smsc": SmscSettings(at_once=0, balances=0, same_users=0, mass_statuses=0),
    "connectors": (
        ConnectorSettings("cheap", "simulated", personality="refuses"),
        ConnectorSettings("dear", "simulated"),
    ),
    "routes": (Rule("all", ("cheap",), sure=("dear",)),),
    "tariffs": (TariffLine("all", "default", "1.40"),),
    "senders": SenderSettings(names_in_text=True),
    "smtp": SmtpDoorSettings(listeners=(SmtpListenerSettings(0),), domains=("sms.example",)),
}


@pytest.fixture
async def owner(tmp_path):
    async with running(tmp_path, account=False, **SETTINGS) as world:
        yield await customer(world, "alex")


async def ended(sub, text="test", phones="380671234560"):
    """What a message ended as, and its attempts' connectors in order; the cheap carrier refuses this number."""
    world = sub.world
    message = await sub.sent(text, phones)

    async def over():
        story = await world.gateway.store.story(message.id)
        return story if story.message.is_final else None

    story = await eventually(over)
    return story.message.state, [attempt.connector for attempt in story.attempts]


# -- routes: fl2[9], fl2[24] -------------------------------------------------------------------------------------------


async def test_routes_are_cheap_dear_first_with_fl2_9_and_dear_on_failure_with_fl2_24(owner):
    """fl2[9], fl2[24]."""
    plain = await subclient(owner, "plain", fl__29=1, type=2)
    assert await ended(plain) == (State.REJECTED, ["cheap"])
    sure = await subclient(owner, "sure", fl__29=1, type=2, fl2__9=1)
    assert await ended(sure) == (State.DELIVERED, ["dear"])
    thrifty = await subclient(owner, "thrifty", fl__29=1, type=2, fl2__24=1)
    assert await ended(thrifty) == (State.DELIVERED, ["cheap", "dear"])
    await users(owner, chg=1, user="thrifty", fl2__24=0)
    assert await ended(thrifty, text="again") == (State.REJECTED, ["cheap"])


# -- replaced senders: fl2[12], fl2[13] --------------------------------------------------------------------------------


async def substitute(owner):
    """Ukraine shows the name as COMMON; the name is number 1."""
    gateway = owner.world.gateway
    (sender,) = gateway.directory.senders(gateway.directory.by_login("alex").id)
    at = (AtOperator("ua_reg", substitute="COMMON"),)
    await gateway.store.change_directory([replace(sender, operators=at)], "test", 0)
    gateway.directory.apply(await gateway.store.directory())


async def test_fl2_12_a_message_is_never_sent_with_a_replaced_sender(owner):
    await substitute(owner)
    sub = await subclient(owner, fl__29=1, type=2, fl2__12=1)
    assert (await sub.send()).endswith(",-6")
    assert (await sub.sent(phones="48601234567")).sender == SENDER
    await users(owner, chg=1, user="mylogin", fl2__12=0)
    assert (await sub.sent("two")).sender == "COMMON"


async def test_fl2_13_the_sender_is_not_put_into_the_text_when_it_is_replaced(owner):
    await substitute(owner)
    sub = await subclient(owner, fl__29=1, type=2)
    message = await sub.sent("x" * 155)
    assert (message.sender, message.content.text) == ("COMMON", f"{SENDER}: " + "x" * 155)
    assert (message.parts, message.price) == (2, 2_800_000)
    await users(owner, chg=1, user="mylogin", fl2__13=1)
    message = await sub.sent("y" * 155)
    assert (message.sender, message.content.text, message.parts) == ("COMMON", "y" * 155, 1)
    assert (await sub.sent("z", "48601234567")).content.text == "z"


# -- mails that become messages: mph, mh1, mh2, mlen, mfl[0] to mfl[6] -------------------------------------------------

BOSS = "boss@shop.example"


async def mail(sub, text, *, to="mylogin@sms.example", sender=BOSS, subject="Alarm"):
    """The code a mail is answered with, and the messages that came of it so far: (number, text)."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, to, subject
    letter.set_content(text)
    host, port = sub.world.gateway.smtp.addresses[0]

    def send():
        with smtplib.SMTP(host, port, local_hostname="shop", timeout=20) as smtp:
            try:
                smtp.send_message(letter, sender, [to])
            except smtplib.SMTPRecipientsRefused as refused:
                return refused.recipients[to][0]
            return 250

    code = await asyncio.to_thread(send)
    stored = await sub.world.gateway.store.messages(range(100_000_001, 100_000_101), sub.account.id)
    return code, [(message.recipient, message.content.text) for message in stored]


async def test_mph_a_mail_to_the_login_becomes_a_message_to_these_numbers(owner):
    sub = await subclient(owner, fl__29=1, type=2, email=BOSS, mph=f"{PHONE}, 48601234567")
    assert await mail(sub, "It burns.", sender="stranger@shop.example") == (550, [])
    text = f"{BOSS}\nAlarm\nIt burns."
    assert await mail(sub, "It burns.") == (250, [(PHONE, text), ("48601234567", text)])
    await users(owner, chg=1, user="mylogin", mph=" ")
    assert (await mail(sub, "again"))[0] == 550


async def test_mh1_mh2_mails_become_messages_within_these_hours_alone(owner):
    sub = await subclient(owner, fl__29=1, type=2, tz=12, email=BOSS, mph=PHONE)
    hour = owner.world.clock.now() // 3_600_000 % 24
    await users(owner, chg=1, user="mylogin", mh1=(hour + 2) % 24, mh2=(hour + 4) % 24)
    assert await mail(sub, "It burns.") == (550, [])
    await users(owner, chg=1, user="mylogin", mh1=(hour + 23) % 24, mh2=(hour + 2) % 24)
    assert (await mail(sub, "It burns."))[0] == 250


async def test_mlen_and_mfl_1_to_4_say_what_of_a_mail_is_told(owner):
    sub = await subclient(owner, fl__29=1, type=2, email=BOSS, mph=PHONE, mfl__1=1, mfl__3=1, mlen=5)
    assert await mail(sub, "Горить склад") == (250, [(PHONE, "Горит")])
    await users(owner, chg=1, user="mylogin", mfl__1=0, mfl__2=1, mfl__4=1, mlen=0)
    assert (await mail(sub, "no matter", subject="Пожар"))[1][1] == (PHONE, "Pozhar")


async def test_mfl_0_switches_it_off(owner):
    sub = await subclient(owner, fl__29=1, type=2, email=BOSS, mph=PHONE, mfl__0=1)
    assert await mail(sub, "It burns.") == (550, [])


async def test_mfl_5_numbers_stand_in_the_first_line_and_mfl_6_in_the_address(owner):
    sub = await subclient(owner, fl__29=1, type=2, email=BOSS, mfl__1=1, mfl__3=1, mfl__5=1)
    assert await mail(sub, f"{PHONE}; +48 601 234 567\nIt burns.") == (
        250,
        [(PHONE, "It burns."), ("48601234567", "It burns.")],
    )
    assert len((await mail(sub, "It burns."))[1]) == 2
    assert (await mail(sub, "no", to=f"mylogin+{PHONE}@sms.example"))[0] == 550
    await users(owner, chg=1, user="mylogin", mfl__5=0, mfl__6=1)
    code, told = await mail(sub, "It rains.", to=f"mylogin+{PHONE}@sms.example")
    assert (code, told[2:]) == (250, [(PHONE, "It rains.")])
