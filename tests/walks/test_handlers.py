"""A customer's handler in SMSC's form, behind a whole gateway: told, signed, told again until it is over (10.1)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import zlib
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.verbs import NotPossible
from heliograph.settings import ConnectorSettings
from walks.sink import listening
from walks.test_callbacks import called
from walks.world import eventually, running

FOUR_MINUTES = 240


INSTANT = (ConnectorSettings("carrier", "simulated", personality="instant"),)


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path, connectors=INSTANT) as world:
        yield world


@pytest.fixture
def sink():
    with listening() as sink:
        sink.usual = 200
        yield sink


async def handle(world, url, *events, login="shop", **how):
    made = await world.do(verbs.AccountHandler(login, url, events or ("status", "incoming"), **how))
    return made["handler"]


async def after(world, seconds):
    """Let so much time pass, and what is due go out."""
    world.clock.shift(seconds)
    await world.gateway.notify.poll()


async def settled(world, tries):
    """Wait until so many tries of callbacks have an end in memory."""

    async def enough():
        notify = world.gateway.notify
        return notify.delivered + notify.failed >= tries

    await eventually(enough)


# -- what is told ---------------------------------------------------------------------------------------------------


@pytest.mark.covers(132, 143, 154)
@pytest.mark.covers_part(138, 139)
async def test_a_status_is_told_and_its_hashes_hold(world, sink):
    await handle(world, f"{sink.url}?order=5&md5=word-1&crc32=word_2&charset=utf-8")
    ids = await world.send("380671234567", "380671230001", text="Привіт")
    await called(sink, 2)
    told = {form["id"]: form for form in sink.forms("utf-8")}
    assert told.keys() == set(ids.values())
    for number, status in (("380671234567", "1"), ("380671230001", "20")):
        form = told[ids[number]]
        signed = f"{ids[number]}:{number}:{status}:".encode()
        assert (form["phone"], form["status"], form["order"]) == (number, status, "5")
        assert form["md5"] == hashlib.md5(signed + b"word-1").hexdigest()
        assert form["crc32"] == str(zlib.crc32(signed + b"word_2"))
    assert told[ids["380671230001"]]["err"] == "6"
    assert "err" not in told[ids["380671234567"]]
    assert set(sink.paths) == {"/events?order=5&charset=utf-8"}


@pytest.mark.covers(133, 150)
@pytest.mark.covers_part(140)
async def test_incoming_messages_are_told_a_reply_with_the_message_it_answers(world, sink):
    await handle(world, f"{sink.url}?sha1=word", "incoming")
    await world.do(verbs.AccountSender("shop", "380990000001"))
    ids = await world.send("380671230014")
    await called(sink)
    await world.do(verbs.Incoming("carrier", "380671234567", "380990000001", "Досить"))
    await world.do(verbs.Incoming("carrier", "380671234568", "380990000009", "shop: Так"))
    await called(sink, 3)
    told = {form["mes"]: form for form in sink.forms()}
    reply, own, named = told["Yes"], told["Досить"], told["Так"]
    assert (reply["sms_id"], reply["phone"]) == (ids["380671230014"], "380671230014")
    assert own["to"] == "380990000001"
    assert named["phone"] == "380671234568"
    assert "sms_id" not in own
    assert "sms_id" not in named
    now = world.clock.now() // 1000
    for form in (reply, own, named):
        signed = f"{form['phone']}:{form['mes']}:{form['to']}:".encode("cp1251")
        assert form["sha1"] == hashlib.sha1(signed + b"word").hexdigest()
        assert now - 60 < int(form["sent"]) <= int(form["time"]) <= now


@pytest.mark.covers(156)
async def test_what_a_person_sent_by_hand_is_not_told_to_the_handler(world, sink):
    await handle(world, sink.url)
    (by_hand,) = await world.do(verbs.Send("shop", "VashZakaz", ["380671234567"], "by hand"))
    ids = await world.send("380671234568", text="by a program")
    await called(sink)
    await world.until(by_hand["id"], "DELIVRD")
    await asyncio.sleep(0.1)
    assert [form["id"] for form in sink.forms()] == list(ids.values())


async def test_a_handler_and_a_callback_of_our_own_form_are_both_told(world, sink):
    with listening() as own:
        await handle(world, sink.url, "status")
        await world.do(verbs.AccountCallback("shop", own.url))
        ids = await world.send("380671234567")
        await called(sink)
        await called(own)
    assert [form["id"] for form in sink.forms()] == list(ids.values())
    assert [event["data"]["id"] for event in own.events()] == list(ids.values())


def fields_of(headers, body, charset):
    """A body of any form, read by other code than ours: name → text."""
    kind = headers["Content-Type"].split(";")[0]
    if kind == "application/json":
        return {name: str(value) for name, value in json.loads(body.decode(charset)).items()}
    if kind == "text/xml":
        return {child.tag: child.text or "" for child in ET.fromstring(body)}
    assert kind == "application/x-www-form-urlencoded"
    return dict(parse_qsl(body.decode("ascii"), True, True, charset, "strict"))


@pytest.mark.covers_part(135, 136, 137, 138, 139, 140)
async def test_B24_every_hash_holds_in_every_charset_and_form(world, sink):
    """Nine handlers one after the other, a status and an incoming message each."""
    await world.do(verbs.AccountSender("shop", "380990000001"))
    combinations = [(charset, fmt) for charset in ("windows-1251", "utf-8", "koi8-r") for fmt in ("", "2", "3")]
    for number, (charset, fmt) in enumerate(combinations):
        await handle(world, f"{sink.url}?charset={charset}&fmt={fmt}&md5=one-1&sha1=two_2&crc32=Three3")
        recipient, handset = f"38067123456{number}", f"38067765432{number}"
        ids = await world.send(recipient, text="Привет")
        await called(sink, 2 * number + 1)
        await world.do(verbs.Incoming("carrier", handset, "380990000001", f"Да & нет, {number} <раз>"))
        await called(sink, 2 * number + 2, while_time_flies=world)
        used = "cp1251" if fmt and charset == "koi8-r" else charset
        (status, said), (incoming, heard) = (
            (fields_of(headers, body, used), body) for headers, body, _ in sink.calls[-2:]
        )
        assert (status["id"], status["phone"], status["status"]) == (ids[recipient], recipient, "1")
        assert (incoming["phone"], incoming["mes"]) == (handset, f"Да & нет, {number} <раз>")
        assert (status["charset"], status.get("fmt", "")) == (charset, fmt)
        for fields, names in ((status, ("id", "phone", "status")), (incoming, ("phone", "mes", "to"))):
            octets = "".join(f"{fields[name]}:" for name in names).encode(used)
            assert fields["md5"] == hashlib.md5(octets + b"one-1").hexdigest()
            assert fields["sha1"] == hashlib.sha1(octets + b"two_2").hexdigest()
            assert fields["crc32"] == str(zlib.crc32(octets + b"Three3"))
        for secret in (b"one-1", b"two_2", b"Three3"):
            assert secret not in said + heard
            assert secret.decode() not in "".join(sink.paths)


# -- again ----------------------------------------------------------------------------------------------------------


@pytest.mark.covers(157)
async def test_a_handler_that_answers_500_gets_fifty_calls_four_minutes_apart(world, sink):
    await handle(world, sink.url)
    sink.usual = 500
    ids = await world.send("380671234567")
    await settled(world, 1)
    for tries in range(1, 50):
        await world.gateway.journal.settle()
        await after(world, FOUR_MINUTES - 2)
        assert len(sink.calls) == tries, "too early"
        await after(world, 2)
        await settled(world, tries + 1)
    await world.gateway.journal.settle()
    await after(world, 100 * FOUR_MINUTES)
    await asyncio.sleep(0.05)
    assert len(sink.calls) == 50
    assert len({body for _, body, _ in sink.calls}) == 1
    story = await world.do(verbs.Trace(int(ids["380671234567"])))
    assert any("given up" in said and "50 tries" in said and "HTTP 500" in said for said in story["sentences"])


@pytest.mark.covers_part(157)
async def test_404_is_the_end_of_it(world, sink):
    await handle(world, sink.url)
    sink.answers = [404]
    await world.send("380671234567")
    await settled(world, 1)
    await world.gateway.journal.settle()
    await after(world, 100 * FOUR_MINUTES)
    await asyncio.sleep(0.05)
    assert len(sink.calls) == 1


async def test_R22_what_a_handler_did_not_take_comes_again_after_a_restart(tmp_path, sink):
    async with running(tmp_path) as world:
        await handle(world, f"{sink.url}?md5=word")
        sink.usual = 503
        ids = await world.send(*(f"3806712345{number:02d}" for number in range(60, 80)))
        await settled(world, 20)
        clock = world.clock
    sink.usual = 200
    sink.calls.clear()
    clock.shift(FOUR_MINUTES)
    async with running(tmp_path, account=False, clock=clock):
        await called(sink, 20)
    assert {form["id"] for form in sink.forms()} == set(ids.values())
    assert len(sink.calls) == 20


# -- the address ----------------------------------------------------------------------------------------------------


@pytest.mark.covers(131)
async def test_a_new_address_gets_what_waits_and_an_empty_one_ends_it(world, sink):
    with listening() as new:
        new.usual = 500
        first = await handle(world, sink.url)
        sink.usual = 500
        await world.send("380671234567")
        await settled(world, 1)
        second = await handle(world, f"{new.url}?sha1=word")
        assert second["id"] == first["id"]
        await world.gateway.journal.settle()
        await after(world, FOUR_MINUTES)
        await called(new)
        await settled(world, 2)
        assert await handle(world, "") is None
        await world.gateway.journal.settle()
        await after(world, FOUR_MINUTES)

        async def given_up():
            return world.gateway.notify.given_up == 1

        await eventually(given_up)
        await world.send("380671234568")
        await asyncio.sleep(0.1)
        assert (len(sink.calls), len(new.calls)) == (1, 1)


@pytest.mark.covers(142)
async def test_an_address_that_cannot_be_called_is_refused_and_changes_nothing(world, sink):
    before = await handle(world, sink.url)
    for address in (
        f"{sink.url}?md5=no%20blanks",
        f"{sink.url}?sha1=no.dots",
        "ftp://shop.example/",
        "https://a@b.example/",
    ):
        with pytest.raises(NotPossible):
            await handle(world, address)
    with pytest.raises(NotPossible, match="64 calls"):
        await handle(world, sink.url, window=65)
    assert (await world.do(verbs.AccountShow("shop")))["handler"] == before


async def test_nobody_is_shown_the_secrets_of_an_address(world, sink, tmp_path):
    await handle(world, f"{sink.url}?x=1&md5=hidden-word&sha1=hidden_word")
    shown = await world.do(verbs.AccountShow("shop"))
    assert shown["handler"] == {
        "id": 1,
        "url": f"{sink.url}?x=1",
        "signed_by": ["md5", "sha1"],
        "events": ["status", "incoming"],
    }
    ids = await world.send("380671234567")
    await called(sink)
    story = await world.do(verbs.Trace(int(ids["380671234567"])))
    assert any("handler:1" in said for said in story["sentences"])
    assert "hidden" not in repr(shown) + repr(story)
    assert b"hidden" not in sink.calls[0][1]
