"""Row 41: mails to send@, mails that become messages, and what strangers try at the SMTP door (B26, B28)."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
import time
from dataclasses import replace

import pytest
import trustme

from heliograph.backoffice import verbs
from heliograph.doors.smtp_settings import MailboxSettings, SmtpDoorSettings, SmtpListenerSettings
from heliograph.settings import complaints
from walks.smsc_customer import SENDER, customer
from walks.test_subclient_words import post_office
from walks.world import SETTINGS, eventually, running

PHONE = "380671234567"
BOX = MailboxSettings("client", ("boss@shop.example", "@office.example"), numbers=(PHONE,), any_number=True)
SMTP = SmtpDoorSettings(
    listeners=(SmtpListenerSettings(0),), failed_login_pause_s=0.3, domains=("sms.example",), mailboxes=(BOX,)
)


class Mailer:
    """A customer with a mail program."""

    def __init__(self, world, client):
        self.world, self.client = world, client
        self.host, self.port = world.gateway.smtp.addresses[0]

    async def mail(self, body, *, to="send@send.example", sender="me@shop.example", headers=""):
        """The answer to a mail: code and words."""
        octets = f"Subject: Alarm\r\n{headers}\r\n{body}".encode()
        return await asyncio.to_thread(self._mail, octets, to, sender)

    def _mail(self, octets, to, sender):
        with smtplib.SMTP(self.host, self.port, local_hostname="shop", timeout=20) as smtp:
            try:
                assert smtp.sendmail(sender, [to], octets) == {}
            except smtplib.SMTPRecipientsRefused as refused:
                return refused.recipients[to]
            except smtplib.SMTPResponseException as refused:
                return refused.smtp_code, refused.smtp_error
            return 250, b""

    async def command(self, text, *, phones=PHONE, login=None, psw=None, id_="", how="0,0,", **mail):
        login = self.client.login if login is None else login
        psw = self.client.password if psw is None else psw
        headers = "Content-Type: text/plain; charset=utf-8\r\n"
        return await self.mail(f"{login}:{psw}:{id_}::{how}{SENDER}:{phones}:{text}", headers=headers, **mail)

    async def all_messages(self):
        return await self.world.gateway.store.messages(range(100_000_001, 100_000_101), None)

    async def raw(self, *pieces):
        """Octets as they are; all that is answered."""

        def talk():
            with socket.create_connection((self.host, self.port), timeout=20) as link:
                link.settimeout(1.0)
                heard = b""
                for piece in pieces:
                    link.settimeout(3.0)
                    link.sendall(piece)
                    try:
                        while chunk := link.recv(65536):
                            heard += chunk
                            if heard.endswith(b"\r\n"):
                                link.settimeout(1.0 if piece is pieces[-1] else 0.2)
                    except TimeoutError:
                        continue
                    except ConnectionResetError:
                        break
                return heard

        return await asyncio.to_thread(talk)


@pytest.fixture
async def mailer(tmp_path):
    async with running(tmp_path, smtp=SMTP) as world:
        yield Mailer(world, await customer(world))


@pytest.mark.covers(41)
async def test_a_mail_with_a_command_sends_its_message_before_it_is_answered(mailer):
    assert (await mailer.command("text with : colon", id_="17"))[0] == 250
    [message] = await mailer.all_messages()
    assert (message.content.text, message.shown_id, message.door) == ("text with : colon", "17", "smtp")
    assert (message.recipient, message.sender, message.dialect) == (PHONE, SENDER, "smsc_send")
    status = await mailer.client.ask("status", phone=PHONE, id=17, fmt=3)
    assert '"status": ' in status
    assert (await mailer.command("by key", login="", psw=mailer.client.apikey))[0] == 250
    assert [message.content.text for message in await mailer.all_messages()][1:] == ["by key"]


@pytest.mark.covers_part(41)
async def test_lists_several_numbers_and_checks_without_sending(mailer):
    client = mailer.client
    who = f"{client.login}:{client.password}"
    assert (await mailer.mail(f"{who}:::0,0,{SENDER}::{PHONE}:one\r\n380671234568:two"))[0] == 250
    assert (await mailer.command("both", phones=f"{PHONE},380671234568"))[0] == 250
    assert (await mailer.mail(f"{who}:::0,0,{SENDER},1:{PHONE}:only a check"))[0] == 250
    texts = [message.content.text for message in await mailer.all_messages()]
    assert texts == ["one", "two", "both", "both"]


@pytest.mark.covers_part(41)
@pytest.mark.parametrize("body", ["nothing", "client:wrong:::0,0,x:380671234567:x", "client:s:::0,99,x:1:x", ""])
async def test_a_wrong_mail_is_taken_and_dropped_without_a_word(mailer, body):
    assert (await mailer.mail(body))[0] == 250
    assert await mailer.all_messages() == []


async def test_B27_guessing_is_slow_and_ends_in_later(tmp_path):
    smsc = replace(SETTINGS.smsc, failed_logins=3)
    async with running(tmp_path, smtp=SMTP, smsc=smsc) as world:
        mailer = Mailer(world, await customer(world))
        started = time.monotonic()
        for _ in range(3):
            assert (await mailer.command("x", psw="guess"))[0] == 250
        assert time.monotonic() - started >= 0.9
        assert (await mailer.command("x"))[0] == 451
        assert await mailer.all_messages() == []


async def test_R_what_cannot_be_kept_now_is_451_and_so_is_a_full_house(mailer):
    mailer.world.gateway.intake.is_stopping = True
    assert (await mailer.command("x"))[0] == 451
    mailer.world.gateway.intake.is_stopping = False
    assert (await mailer.command("x"))[0] == 250
    assert len(await mailer.all_messages()) == 1


@pytest.mark.parametrize("to", ["somebody@else.example", "sent@send.example", "client@other.example", "x@sms.example"])
async def test_B26_nothing_is_ever_relayed(mailer, to):
    code, words = await mailer.command("x", to=to, sender="boss@shop.example")
    assert (code, b"relayed" in words) == (550, True)


async def test_a_mail_of_somebody_allowed_becomes_a_message(mailer):
    for to in ("client@sms.example", "client+380671234568@SMS.example", "380671234569@sms.example"):
        assert (await mailer.mail("Door 7 is open", to=to, sender="Boss@shop.example"))[0] == 250
    assert (await mailer.mail("x", to="client@sms.example", sender="any@office.example"))[0] == 250
    told = [(message.recipient, message.content.text) for message in await mailer.all_messages()]
    assert told[0] == (PHONE, "Alarm\nDoor 7 is open")
    assert [number for number, _ in told] == [PHONE, "380671234568", "380671234569", PHONE]


async def test_B26_a_mail_of_anybody_else_does_not(mailer):
    for sender in ("thief@shop.example", "boss@shop.example.evil", "office.example", "<>"):
        code, _ = await mailer.mail("x", to="client@sms.example", sender=sender)
        assert code == 550
        assert (await mailer.mail("x", to="380671234569@sms.example", sender=sender))[0] == 550
    await mailer.world.do(verbs.AccountSet("client", closed_doors=["smtp"]))
    assert (await mailer.mail("x", to="client@sms.example", sender="boss@shop.example"))[0] == 250
    assert await mailer.all_messages() == []


async def test_a_mail_outside_its_hours_or_from_elsewhere_is_refused(tmp_path):
    hour = time.gmtime(time.time() + 3 * 3600).tm_hour  # accounts without a zone are in UTC+3
    closed = replace(BOX, from_hour=0, to_hour=hour) if hour > 11 else replace(BOX, from_hour=hour + 2, to_hour=24)
    far = replace(BOX, from_networks=("203.0.113.0/24",))
    for number, box in enumerate((closed, far)):
        async with running(tmp_path / str(number), smtp=replace(SMTP, mailboxes=(box,))) as world:
            mailer = Mailer(world, await customer(world))
            code, _ = await mailer.mail("x", to="client@sms.example", sender="boss@shop.example")
            assert code == 550


async def test_B28_a_dot_between_bare_line_ends_is_no_end_of_a_mail(mailer):
    """What other servers took for the end, so that a second mail was smuggled into the first."""
    key = mailer.client.apikey.encode()
    first = b":%b:::0,0,%b:%b:first" % (key, SENDER.encode(), PHONE.encode())
    inner = b"MAIL FROM:<a@b>\r\nRCPT TO:<send@x>\r\nDATA\r\n\r\n" + first.replace(b"first", b"smuggled")
    for end in (b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r"):
        head = b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<send@x>\r\nDATA\r\n"
        heard = await mailer.raw(head, b"\r\n" + first + end + inner + b"\r\n.\r\nQUIT\r\n")
        assert heard.count(b"354 ") == 1
    texts = [message.content.text for message in await mailer.all_messages()]
    assert not [text for text in texts if text == "smuggled"]


async def test_B28_a_hundred_megabytes_are_cut_off_and_a_little_too_much_is_552(mailer):
    assert (await mailer.command("x" * 110_000))[0] == 552
    head = b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<send@x>\r\nDATA\r\n"
    heard = await mailer.raw(head, b"\r\n" + b"x\r\n" * 50_000 + b".\r\n")
    assert b"\r\n552 " in heard
    announced = await mailer.raw(b"EHLO x\r\nMAIL FROM:<a@b> SIZE=104857600\r\n")
    assert b"\r\n552 " in announced

    def flood():
        sent = 0
        with socket.create_connection((mailer.host, mailer.port), timeout=10) as link:
            link.sendall(b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<send@x>\r\nDATA\r\n")
            try:
                while sent < 100 << 20:
                    sent += link.send(b"x" * 65536)
            except OSError:
                pass
        return sent

    assert await asyncio.to_thread(flood) < 40 << 20
    assert (await mailer.command("still here"))[0] == 250


async def test_B28_one_mail_has_one_address(mailer):
    heard = await mailer.raw(
        b"EHLO x\r\nMAIL FROM:<boss@shop.example>\r\nRCPT TO:<send@x>\r\nRCPT TO:<client@sms.example>\r\nQUIT\r\n"
    )
    assert b"\r\n452 " in heard
    junk = b"\xff\xfe\r\nEHLO \x00\r\nMAIL FROM:<a@b>\r\nRCPT TO:<send@x\r\n>\r\nAUTH PLAIN eA==\r\nQUIT\r\n"
    junk = await mailer.raw(junk)
    assert junk.startswith(b"220 ")
    assert b"235 " not in junk
    assert mailer.world.gateway.faults == 0


async def test_STARTTLS_is_offered_with_a_certificate_and_forgets_what_was_said_before(tmp_path):
    authority = trustme.CA()
    pem = tmp_path / "own.pem"
    identity = authority.issue_cert("127.0.0.1")
    pem.write_bytes(identity.private_key_pem.bytes() + b"".join(part.bytes() for part in identity.cert_chain_pems))
    settings = replace(SMTP, listeners=(SmtpListenerSettings(0, certificate=str(pem)),))
    async with running(tmp_path / "data", smtp=settings) as world:
        mailer = Mailer(world, await customer(world))
        context = ssl.create_default_context()
        authority.configure_trust(context)

        def talk():
            with smtplib.SMTP(mailer.host, mailer.port, local_hostname="shop", timeout=20) as smtp:
                smtp.ehlo()
                smtp.mail("a@b")
                assert smtp.starttls(context=context)[0] == 220
                assert smtp.rcpt("send@x")[0] == 503
                body = f":{mailer.client.apikey}:::0,0,{SENDER}:{PHONE}:secret"
                return smtp.sendmail("a@b", ["send@x"], f"\r\n{body}".encode())

        assert await asyncio.to_thread(talk) == {}
        assert [message.content.text for message in await mailer.all_messages()] == ["secret"]
        injected = await mailer.raw(b"EHLO x\r\n", b"STARTTLS\r\nMAIL FROM:<a@b>\r\nRCPT TO:<send@x>\r\n")
        assert b"220 Ready" not in injected


async def test_a_listener_may_speak_TLS_from_the_start(tmp_path):
    authority = trustme.CA()
    pem = tmp_path / "own.pem"
    identity = authority.issue_cert("127.0.0.1")
    pem.write_bytes(identity.private_key_pem.bytes() + b"".join(part.bytes() for part in identity.cert_chain_pems))
    settings = replace(SMTP, listeners=(SmtpListenerSettings(0, certificate=str(pem), tls="always"),))
    async with running(tmp_path / "data", smtp=settings) as world:
        mailer = Mailer(world, await customer(world))
        context = ssl.create_default_context()
        authority.configure_trust(context)

        def talk():
            place = {"local_hostname": "shop", "timeout": 20, "context": context}
            with smtplib.SMTP_SSL(mailer.host, mailer.port, **place) as smtp:
                smtp.ehlo()
                assert not smtp.has_extn("starttls")
                body = f":{mailer.client.apikey}:::0,0,{SENDER}:{PHONE}:secret"
                return smtp.sendmail("a@b", ["send@x"], f"\r\n{body}".encode())

        assert await asyncio.to_thread(talk) == {}
        assert [message.content.text for message in await mailer.all_messages()] == ["secret"]
        assert b"220" not in await mailer.raw(b"EHLO x\r\n")


@pytest.mark.covers_part(41)
async def test_who_wants_it_is_told_by_mail_what_became_of_his_mail_and_nobody_else(tmp_path):
    async with post_office() as (letters, post), running(tmp_path, smtp=SMTP, mail=post) as world:
        mailer = Mailer(world, await customer(world))
        await mailer.command("before it was asked for")
        await world.do(verbs.AccountSet("client", mail_answers=True))
        await mailer.command("one", id_="17")
        await mailer.command("two", login="", psw=mailer.client.apikey, phones="12")
        await mailer.mail("by mailbox", to="client@sms.example", sender="boss@shop.example")

        async def told():
            return sorted(letters.all) if len(letters.all) >= 3 else None

        assert await eventually(told) == [
            ("boss@shop.example", "Re: Alarm", "OK - 1 SMS, ID - 100000004"),
            ("me@shop.example", "Re: Alarm", "ERROR = 7 (invalid number), ID - 100000003"),
            ("me@shop.example", "Re: Alarm", "OK - 1 SMS, ID - 17"),
        ]
        await mailer.command("wrong password", psw="guess")
        await mailer.command("to nobody", sender="")
        head = "Auto-Submitted: auto-replied\r\n"
        await mailer.mail(f":{mailer.client.apikey}:::0,0,{SENDER}:{PHONE}:a program", headers=head)
        await mailer.command("last", id_="18")
        assert await eventually(lambda: asyncio.sleep(0, len(letters.all) >= 4))
        assert letters.all[-1] == ("me@shop.example", "Re: Alarm", "OK - 1 SMS, ID - 18")


async def test_B15_line_ends_in_a_subject_make_no_headers_of_an_answer(tmp_path):
    async with post_office() as (letters, post), running(tmp_path, smtp=SMTP, mail=post) as world:
        mailer = Mailer(world, await customer(world))
        await world.do(verbs.AccountSet("client", mail_answers=True))
        subject = "Subject: =?utf-8?q?x=0D=0ABcc:_victim@else.example=0D=0A=0D=0Abody?="
        await mailer.mail(f":{mailer.client.apikey}:::0,0,{SENDER}:{PHONE}:x", headers=f"{subject}\r\n")
        assert await eventually(lambda: asyncio.sleep(0, letters.all))
        ((to, _, text),) = letters.all
        assert (to, text) == ("me@shop.example", "OK - 1 SMS, ID - 100000001")


async def test_B15_a_mail_of_nested_parts_or_encoded_twice_is_dropped_and_the_next_is_taken(mailer):
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(1_200))
    packed = "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + "QUFB\r\n" * 12_000
    for octets in (nested, packed):
        assert (await mailer.mail("", headers=octets))[0] == 250
    assert await mailer.all_messages() == []
    assert (await mailer.command("the next"))[0] == 250
    assert len(await mailer.all_messages()) == 1


async def test_a_stop_answers_the_mail_that_is_being_taken(mailer):
    asked = [asyncio.create_task(mailer.command(f"last {n}")) for n in range(8)]
    assert await eventually(mailer.all_messages)
    await mailer.world.gateway.smtp.stop(5.0)
    done = await asyncio.gather(*asked, return_exceptions=True)
    taken = [answer for answer in done if isinstance(answer, tuple) and answer[0] == 250]
    assert len(await mailer.all_messages()) >= len(taken) >= 1


def test_settings_that_cannot_work_are_complained_of():
    wrong = SmtpDoorSettings(mailboxes=(MailboxSettings("x", (), from_networks=("net",), from_hour=5, to_hour=5),))
    told = [text for text in complaints(replace(SETTINGS, smtp=wrong)) if "smtp" in text]
    assert told == [
        "smtp.mailboxes[0] lets nobody write: name from_addresses",
        "smtp.mailboxes[0] reaches nobody: name numbers, or any_number = true",
        "smtp.mailboxes[0] has no hour between from_hour and to_hour",
        "smtp.mailboxes need smtp.domains",
        "smtp.mailboxes has 'net', which is no address or network",
    ]
