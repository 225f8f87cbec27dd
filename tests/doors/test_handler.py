"""Calls to a handler in SMSC's form, on real sockets: what arrives, what an answer means (smsc-messages.md 10)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import shutil
import subprocess
import zlib
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

import pytest
from smsclub_world import SECRET, message_of

from heliograph.channels.sms.numbering import NumberingPlan
from heliograph.core.directory import Directory
from heliograph.dialects.smsc_callback import body as body_of
from heliograph.dialects.smsc_callback import read_address, split_address, status_event
from heliograph.doors.handler import HandlerNotifier
from heliograph.model.account import Account, DirectoryRows, Endpoint, Settings
from heliograph.model.message import Content, Kind, State
from heliograph.model.receipt import Incoming, Notice, NoticeResult
from heliograph.net.guard import Guard
from heliograph.net.http_client import HttpClient
from heliograph.ports import StoreFailure
from net.receiver import HANG, receiving

PAGE = Path(__file__).parents[2] / "docs" / "callbacks.md"
ACCOUNT = 7
SECOND_PURSE = 2
PATIENCE = 10
AT = 1_706_772_030_000


def answer(status, *headers):
    return b"\r\n".join([b"HTTP/1.1 %d X" % status, b"Content-Length: 0", *headers, b"", b""])


def handler(receiver, query="", number=1, **fields):
    """A handler at this receiver's address, saved as an operator saves it."""
    url, signing = split_address(f"{getattr(receiver, 'url', receiver)}{query}")
    return Endpoint(number, ACCOUNT, url, signing, "handler", **fields)


def status_notice(number=2041, target="handler:1", *, state=State.DELIVERED, error=0, **of_message):
    message = message_of(100_000_001, state=state)
    for name, value in {"price": 1_400_000, "sender": "Магазин", **of_message}.items():
        setattr(message, name, value)
    return Notice(number, ACCOUNT, target, AT, message=message, state=state, error=error)


def incoming_notice(number=78, target="handler:1", text="Так, дякую", **fields):
    incoming = Incoming(
        77, "carrier", "380671112233", "380440000000", text, AT + 1_000, AT, account_id=ACCOUNT, **fields
    )
    return Notice(number, ACCOUNT, target, AT + 1_001, incoming=incoming)


class Messages:
    """The store's one question."""

    def __init__(self):
        self.rows = {}
        self.is_broken = False

    async def messages(self, ids, account_id):
        if self.is_broken:
            raise StoreFailure("the disk is gone")
        return [self.rows[number] for number in ids if number in self.rows]


class World:
    """A notifier, the directory it reads, and what it settled."""

    def __init__(self, *handlers, allowed=("127.0.0.0/8",), timeout_s=PATIENCE, zone="", **options):
        self.account = Account(
            ACCOUNT, "shop", 1, "default", ACCOUNT, ACCOUNT, Settings(zone=zone), second_purse=SECOND_PURSE
        )
        self.directory = Directory(self.rows(handlers), [], [], NumberingPlan.builtin(), SECRET)
        self.client = HttpClient(Guard(allowed), timeout_s=timeout_s)
        self.store = Messages()
        self.notifier = HandlerNotifier(self.directory, self.store, self.client, zone="UTC+3", **options)
        self.results = {}

    def rows(self, handlers, revision=1):
        return DirectoryRows(revision, accounts=[self.account], endpoints=list(handlers))

    def change(self, *handlers):
        self.directory.apply(self.rows(handlers, self.directory.revision + 1))

    async def tell(self, *notices):
        """Hand them over together and wait for all; the results in the same order."""
        self.notifier.notify(list(notices), self.settled)
        async with asyncio.timeout(PATIENCE):
            while not all(notice.id in self.results for notice in notices):
                await asyncio.sleep(0.002)
        return [self.results[notice.id] for notice in notices]

    def settled(self, results):
        for notice, result in results:
            assert notice.id not in self.results, "settled twice"
            self.results[notice.id] = result


# -- what arrives ---------------------------------------------------------------------------------------------------


@pytest.mark.covers(143, 144)
async def test_a_status_is_a_POST_with_a_form():
    async with receiving() as receiver:
        world = World(handler(receiver, "cb.php?order=5&md5=abc"))
        failed = status_notice(state=State.UNDELIVERABLE, error=6, comment="order no. 7")
        failed.carriers_word = "UNDELIV err:027"
        assert await world.tell(failed) == [NoticeResult(delivered=True, final=True, answer="HTTP 200")]
        line, headers, body = receiver.requests[0]
        assert line == "POST /cb.php?order=5 HTTP/1.1"
        assert headers["content-type"] == "application/x-www-form-urlencoded"
        assert dict(parse_qsl(body.decode("ascii"), encoding="cp1251")) == {
            "id": "100000001",
            "phone": "380989361131",
            "status": "20",
            "time": "01.02.24 10:20:30",
            "ts": "1706772030",
            "err": "6",
            "syserr": "027",
            "cnt": "1",
            "type": "0",
            "cost": "1.40",
            "flag": "0",
            "sender": "Магазин",
            "cmt": "order no. 7",
            "order": "5",
            "md5": hashlib.md5(b"100000001:380989361131:20:abc").hexdigest(),
        }
        await world.client.close()


async def told(query, *notices, zone="", store=(), **options):
    """The bodies that arrive, in order of the notices' calls."""
    async with receiving() as receiver:
        world = World(handler(receiver, query), zone=zone, **options)
        world.store.rows = {message.id: message for message in store}
        for notice in notices:
            await world.tell(notice)
        await world.client.close()
        return [body for _, _, body in receiver.requests]


async def test_times_are_of_the_account_and_else_of_the_provider():
    (own,) = await told("?fmt=3", status_notice(), zone="Europe/Kyiv")
    (usual,) = await told("?fmt=3", status_notice())
    (odd,) = await told("?fmt=3", status_notice(), zone="Atlantis/Poseidonis")
    times = [json.loads(body)["time"] for body in (own, usual, odd)]
    assert times == ["01.02.24 09:20:30", "01.02.24 10:20:30", "01.02.24 10:20:30"]


@pytest.mark.covers(146)
async def test_the_flag_tells_the_type_the_second_balance_and_an_operators_template():
    (paid,) = await told("?fmt=3", status_notice(purse=SECOND_PURSE))
    (authorisation,) = await told("?fmt=3", status_notice(template=3, content=Content("code 1", Kind.FLASH)))
    (service,) = await told("?fmt=3", status_notice(template=1, purse=SECOND_PURSE))
    assert json.loads(paid)["flag"] == 1 << 5
    assert json.loads(authorisation)["flag"] == 1 | 1 << 8 | 1 << 10
    assert json.loads(service)["flag"] == 1 << 5 | 1 << 8


@pytest.mark.covers_part(149)
async def test_a_look_up_is_told_with_the_network_of_the_plan():
    (body,) = await told("?fmt=3", status_notice(content=Content("", Kind.HLR), recipient="380671234567"))
    found = json.loads(body)
    assert (found["mcc"], found["mnc"], found["imsi"], found["type"]) == ("255", "03", "", 4)
    assert "Ky" in found["net"]


async def test_a_reply_names_the_message_by_the_id_its_sender_chose():
    answered = message_of(100_000_001)
    answered.shown_id = "order-7"
    bodies = await told(
        "?fmt=3",
        incoming_notice(1, answers=100_000_001),
        incoming_notice(2),
        incoming_notice(3, answers=5),
        store=[answered],
    )
    assert [json.loads(body).get("sms_id") for body in bodies] == ["order-7", None, None]


async def test_a_reply_whose_message_cannot_be_read_now_is_told_later():
    async with receiving() as receiver:
        world = World(handler(receiver))
        world.store.is_broken = True
        reply, other = await world.tell(incoming_notice(1, answers=100_000_001), incoming_notice(2))
        assert (reply.delivered, reply.final) == (False, False)
        assert other.delivered
        await world.client.close()


async def test_crc32_is_written_as_the_operator_wants_it():
    crc = zlib.crc32(b"100000001:380989361131:1:k")
    (decimal,) = await told("?crc32=k", status_notice())
    (hexadecimal,) = await told("?crc32=k", status_notice(), crc32_hex=True)
    assert f"&crc32={crc}".encode() in decimal
    assert f"&crc32={crc:08x}".encode() in hexadecimal


def read(headers, body, charset):
    """A body of any form as name → text; what a JSON reader has as a number is text again."""
    kind = headers["content-type"].split(";")[0]
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, encoding=charset, errors="strict"))
    if kind == "application/json":
        return {name: str(value) for name, value in json.loads(body.decode(charset)).items()}
    assert kind == "text/xml"
    return {child.tag: child.text or "" for child in ET.fromstring(body)}


@pytest.mark.covers(135, 136, 137, 138, 139, 140)
@pytest.mark.parametrize("fmt", ["", "fmt=2", "fmt=3"])
@pytest.mark.parametrize("charset", ["", "windows-1251", "utf-8", "koi8-r"])
async def test_B24_a_handler_that_checks_every_hash_believes_us_and_nobody_else(charset, fmt):
    secrets = {"md5": "S-ecret_1", "sha1": "S-ecret_2", "crc32": "S-ecret_3"}
    query = "&".join(
        [f"charset={charset}"] * bool(charset) + [fmt] * bool(fmt) + [f"{k}={v}" for k, v in secrets.items()]
    )
    async with receiving() as receiver:
        world = World(handler(receiver, f"?{query}"))
        text = "Да & нет = 100 %? Ёжик\n<b>" + ("Київ 👍" if charset == "utf-8" else "")
        await world.tell(status_notice(state=State.EXPIRED), incoming_notice(text=text))
        await world.client.close()
    requests = [(urlsplit(line.split(" ")[1]), headers, body) for line, headers, body in receiver.requests]
    used = "cp1251" if not charset or charset == "windows-1251" or (fmt and charset == "koi8-r") else charset
    assert len(requests) == 2
    for address, headers, body in requests:
        assert b"S-ecret" not in body
        assert "S-ecret" not in address.query + str(headers)
        got = read(headers, body, used)
        if "mes" in got:
            assert got["mes"] == text
            assert got["to"] == "380440000000"
            signed = f"{got['phone']}:{got['mes']}:{got['to']}:"
        else:
            assert got["sender"] == "Магазин"
            signed = f"{got['id']}:{got['phone']}:{got['status']}:"
        octets = signed.encode(used)
        assert got["md5"] == hashlib.md5(octets + b"S-ecret_1").hexdigest()
        assert got["sha1"] == hashlib.sha1(octets + b"S-ecret_2").hexdigest()
        assert got["crc32"] == str(zlib.crc32(octets + b"S-ecret_3"))
        forged = signed.replace("380", "381").encode(used)
        assert got["md5"] != hashlib.md5(forged + b"S-ecret_1").hexdigest()
        assert got["md5"] != hashlib.md5(octets + b"another").hexdigest()


# -- what an answer means -------------------------------------------------------------------------------------------


@pytest.mark.covers_part(157)
@pytest.mark.parametrize(
    ("status", "delivered", "final"),
    [
        (200, True, True), (404, False, True),
        (201, False, False), (202, False, False), (204, False, False), (301, False, False), (302, False, False),
        (400, False, False), (403, False, False), (410, False, False), (429, False, False), (500, False, False),
        (503, False, False),
    ],
)  # fmt: skip
async def test_200_is_taken_404_ends_and_everything_else_is_tried_again(status, delivered, final):
    async with receiving([[answer(status, b"Location: /elsewhere")]]) as receiver:
        world = World(handler(receiver))
        assert await world.tell(status_notice()) == [NoticeResult(delivered, final, f"HTTP {status}")]
        assert len(receiver.requests) == 1
        await world.client.close()


async def test_R23_who_does_not_answer_in_time_or_at_all_is_tried_again():
    async with receiving([[HANG]]) as hanging, receiving() as gone:
        refusing = gone.url
        world = World(handler(hanging), timeout_s=0.3)
        assert await world.tell(status_notice()) == [NoticeResult(False, False, "no answer in time")]
    world = World(handler(refusing))
    assert await world.tell(status_notice()) == [NoticeResult(False, False, "connection refused")]
    await world.client.close()


async def test_B16_an_address_inside_is_not_called():
    async with receiving() as canary:
        world = World(handler(canary, "?md5=abc"), allowed=())
        (result,) = await world.tell(status_notice())
        assert result == NoticeResult(False, False, "127.0.0.1 is not a public address")
        assert canary.connections == 0
        await world.client.close()


# -- handlers -------------------------------------------------------------------------------------------------------


async def test_a_removed_handler_and_one_that_is_switched_off_end_what_waits_for_them():
    async with receiving() as receiver:
        world = World(handler(receiver, active=False))
        off, gone, reply = await world.tell(
            status_notice(1), status_notice(2, "handler:9"), incoming_notice(3, "handler:9", answers=5)
        )
        assert off == NoticeResult(delivered=False, final=True, answer="the endpoint is switched off")
        assert gone == reply == NoticeResult(delivered=False, final=True, answer="the endpoint was removed")
        assert receiver.connections == 0
        await world.client.close()


async def test_the_address_is_read_when_the_call_is_made():
    async with receiving() as old, receiving() as new:
        world = World(handler(old, "?fmt=3&md5=old"))
        notice = status_notice()
        world.change(handler(new, "?sha1=new"))
        await world.tell(notice)
        assert (len(old.requests), len(new.requests)) == (0, 1)
        assert b"&sha1=" in new.requests[0][2]
        await world.client.close()


async def test_the_window_is_the_handlers():
    world = World(handler("http://hook.example/", window=16), handler("http://hook.example/", number=2))
    assert [world.notifier.window(f"handler:{number}") for number in (1, 2, 3)] == [16, 8, 1]


async def test_R23_an_event_that_cannot_be_told_stands_before_nobody():
    odd = Endpoint(2, ACCOUNT, "http://shop.example/?charset=klingon", "", "handler")
    async with receiving() as receiver:
        world = World(handler(receiver), odd)
        bad, good, unreadable = await world.tell(
            status_notice(1, price="not money"), status_notice(2), status_notice(3, "handler:2")
        )
        assert (bad.delivered, bad.final, bad.answer) == (False, False, "cannot be sent: TypeError")
        assert good.delivered
        assert (unreadable.delivered, unreadable.final) == (False, False)
        assert len(receiver.requests) == 1
        await world.client.close()


async def test_closing_the_client_settles_what_is_under_way_and_what_comes_after():
    async with receiving([[HANG]]) as receiver:
        world = World(handler(receiver))
        world.notifier.notify([status_notice(1)], world.settled)
        async with asyncio.timeout(PATIENCE):
            while not receiver.requests:
                await asyncio.sleep(0.002)
        await world.client.close()
        assert not world.results[1].final
        (late,) = await world.tell(status_notice(2))
        assert late == NoticeResult(False, False, "the gateway is stopping")


# -- the page -------------------------------------------------------------------------------------------------------


def sample_of_the_page(language):
    """The verifier as the page prints it."""
    return re.search(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]


def python_sample():
    scope = {}
    exec(compile(sample_of_the_page("python"), str(PAGE), "exec"), scope)
    return scope["is_genuine"]


@pytest.mark.parametrize("fmt", ["", "fmt=2", "fmt=3"])
@pytest.mark.parametrize("charset", ["windows-1251", "utf-8", "koi8-r"])
async def test_B24_the_Python_verifier_of_the_page_believes_us_and_nobody_else(charset, fmt):
    is_genuine = python_sample()
    async with receiving() as receiver:
        world = World(handler(receiver, f"?charset={charset}&{fmt}&md5=word&sha1=word&crc32=word"))
        await world.tell(status_notice(), incoming_notice(text="Так, дякую"))
        await world.client.close()
    used = "cp1251" if charset == "windows-1251" or (fmt and charset == "koi8-r") else charset
    for _, headers, body in receiver.requests:
        fields = read(headers, body, used)
        assert is_genuine(fields, "word", used)
        assert not is_genuine(fields, "wort", used)
        assert not is_genuine({**fields, "phone": "380000000000"}, "word", used)
        assert not is_genuine({**fields, "crc32": "0"}, "word", used)
        assert not is_genuine(
            {name: fields[name] for name in fields if name not in ("md5", "sha1", "crc32")}, "word", used
        )
        if "mes" in fields:
            assert not is_genuine(fields, "word", "utf-16"), "hashed in another character set"


@pytest.mark.skipif(shutil.which("php") is None, reason="there is no PHP here")
@pytest.mark.parametrize("charset", ["windows-1251", "utf-8", "koi8-r"])
async def test_B24_the_PHP_verifier_of_the_page_believes_us_and_nobody_else(charset):
    async with receiving() as receiver:
        world = World(handler(receiver, f"?charset={charset}&md5=word&sha1=word&crc32=word"))
        await world.tell(status_notice(), incoming_notice(text="Так, дякую"))
        await world.client.close()
    program = (
        sample_of_the_page("php")
        + """
        foreach (explode("\\n", stream_get_contents(STDIN)) as $body) {
            parse_str($body, $fields);
            echo json_encode([
                is_genuine($fields, 'word'), is_genuine($fields, 'wort'),
                is_genuine(['phone' => '1'] + $fields, 'word'),
                is_genuine(array_diff_key($fields, ['md5' => 1, 'sha1' => 1, 'crc32' => 1]), 'word'),
            ]), "\\n";
        }
    """
    )
    bodies = b"\n".join(body for _, _, body in receiver.requests)
    done = await asyncio.to_thread(
        subprocess.run, ["php", "-r", program.removeprefix("<?php")], input=bodies, capture_output=True, timeout=30
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [[True, False, False, False]] * 2, done.stderr


def test_B24_the_vector_of_the_page_is_ours_too():
    signed, md5, sha1, crc32 = re.search(
        r"\| `(1234:79999999999:1:abc)` \| `(\w+)` \| `(\w+)` \| `(\w+)` \|", PAGE.read_text("utf-8")
    ).groups()
    fields = dict(zip(("id", "phone", "status"), signed.split(":"), strict=False))
    assert python_sample()({**fields, "md5": md5, "sha1": sha1, "crc32": crc32}, "abc")
    made = message_of(1234, state=State.DELIVERED)
    made.recipient = "79999999999"
    event = status_event(made, State.DELIVERED, 0, AT, offset_s=0)
    told = body_of(read_address("http://hook.example/", "md5=abc&sha1=abc&crc32=abc"), event).decode()
    assert told.endswith(f"&md5={md5}&sha1={sha1}&crc32={crc32}")


def test_the_page_names_every_parameter_that_is_told():
    page = PAGE.read_text("utf-8")
    for name in (
        *("id", "phone", "status", "time", "ts", "err", "cnt", "cost", "sender", "type", "flag", "cmt", "sms_id", "to"),
        *("mes", "smsc", "sent", "imsi", "msc", "mcc", "mnc", "cn", "net", "rcn", "rnet"),
    ):
        assert f"`{name}`" in page, name
