"""Customers who break the rules of SMPP against a started gateway: each hears what is wrong, and nobody else notices
(reliability.md B6 to B9)."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from heliograph.protocols.smpp.codec import decode, encode
from heliograph.protocols.smpp.pdu import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    SubmitSm,
    SubmitSmResp,
    UnbindResp,
)
from walks.smpp_customer import NUMBER, SYSTEM_ID, door, system_id
from walks.world import SENDER

LAST = 0x7FFFFFFF


class Wire:
    """A connection that says whatever a test wants."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    def say(self, *pdus):
        self.writer.write(b"".join(pdu if isinstance(pdu, bytes) else encode(pdu) for pdu in pdus))

    async def hear(self, count=1):
        return [await asyncio.wait_for(self._pdu(), 15) for _ in range(count)]

    async def _pdu(self):
        head = await self.reader.readexactly(4)
        return decode(head + await self.reader.readexactly(int.from_bytes(head, "big") - 4))

    async def ask(self, pdu):
        self.say(pdu)
        (answer,) = await self.hear()
        return answer

    async def is_cut_off(self):
        with contextlib.suppress(ConnectionError):
            return await asyncio.wait_for(self.reader.read(), 15) == b""
        return True

    async def lives(self, number=4711):
        """It answers, and nothing else was said before."""
        answer = await self.ask(EnquireLink(sequence_number=number))
        assert answer == EnquireLinkResp(sequence_number=number)


class Place:
    """A gateway with a system_id, and whoever calls it."""

    def __init__(self, world, password):
        self.world, self.password = world, password.encode()
        self.wires = []

    async def call(self):
        wire = Wire(*await asyncio.open_connection(*self.world.gateway.smpp.addresses[0]))
        self.wires.append(wire)
        return wire

    def bind(self, kind=BindTransceiver, number=1):
        return kind(sequence_number=number, system_id=SYSTEM_ID.encode(), password=self.password)

    async def bound(self, kind=BindTransceiver):
        wire = await self.call()
        assert (await wire.ask(self.bind(kind))).command_status == 0
        return wire


@pytest.fixture
async def place(tmp_path, request):
    async with door(tmp_path, **getattr(request, "param", {})) as world:
        place = Place(world, await system_id(world))
        yield place
        for wire in place.wires:
            wire.writer.close()


def submit(number, text=b"Hello", **fields):
    return SubmitSm(
        sequence_number=number,
        source_addr_ton=5,
        source_addr=SENDER.encode(),
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr=NUMBER.encode(),
        short_message=text,
        **fields,
    )


async def test_B8_numbers_wrap_repeat_and_leave_the_range_and_each_is_answered_with_its_own(place):
    wire = await place.bound()
    numbers = [LAST - 1, LAST, 1, 2, 2, 0, 0x80000000, 0xFFFFFFFF]
    wire.say(*(submit(number, b"text %d" % place) for place, number in enumerate(numbers)))
    answers = await wire.hear(len(numbers))
    assert sorted(answer.sequence_number for answer in answers) == sorted(numbers)
    assert {(answer.__class__, answer.command_status) for answer in answers} == {(SubmitSmResp, 0)}
    assert len({answer.message_id for answer in answers}) == len(numbers)


SPOILED = (
    (lambda pdu: pdu[:-6] + b"\xfa" + pdu[-5:], 0x01),  # sm_length says 250, there are 5
    (lambda pdu: pdu + b"\x02\x04\x00\x09\x01", 0xC0),  # a parameter longer than what is left
    (lambda pdu: pdu.replace(NUMBER.encode() + b"\0", NUMBER.encode() * 3 + b"\0"), 0x0B),
    (lambda pdu: pdu[:4] + b"\0\0\x0f\xff" + pdu[8:], 0x03),
)


async def test_B5_B9_a_pdu_that_lies_of_its_lengths_is_answered_and_the_bind_lives(place):
    wire = await place.bound()
    for number, (spoil, status) in enumerate(SPOILED, 1):
        octets = spoil(encode(submit(2 * number)))
        wire.say(len(octets).to_bytes(4, "big") + octets[4:], submit(2 * number + 1, b"text %d" % number))
        first, second = await wire.hear(2)
        assert (first.sequence_number, first.command_status) == (2 * number, status)
        assert (second.sequence_number, second.command_status) == (2 * number + 1, 0)
    await wire.lives()


CONTRADICTIONS = (
    ({"esm_class": 0x40, "short_message": b"\x09\x00\x03\x01\x02\x01x"}, 0x43),
    ({"short_message": b"both", "tlvs": ((0x0424, b"of them"),)}, 0x01),
    ({"short_message": b""}, 0x01),
    ({"validity_period": b"not a time"}, 0x62),
)


async def test_B9_B10_what_contradicts_itself_is_refused_with_its_status(place):
    wire = await place.bound()
    for number, (fields, status) in enumerate(CONTRADICTIONS, 1):
        pdu = submit(number)
        for name, value in fields.items():
            setattr(pdu, name, value)
        assert (await wire.ask(pdu)).command_status == status
        await wire.lives()


@pytest.mark.parametrize("place", [{"max_pending": 5}], indirect=True)
async def test_B8_more_requests_than_may_be_open_are_throttled_and_none_is_lost(place):
    wire = await place.bound()
    wire.say(*(submit(number, b"text %d" % number) for number in range(1, 101)))
    answers = await wire.hear(100)
    taken = [answer for answer in answers if answer.command_status == 0]
    assert {answer.sequence_number for answer in answers} == set(range(1, 101))
    assert {answer.command_status for answer in answers} == {0, 0x58}
    assert 5 <= len(taken) < 100
    stored = await place.world.gateway.store.messages([int(answer.message_id) for answer in taken], None)
    assert len(stored) == len(taken)
    assert (await wire.ask(submit(101))).command_status == 0


async def test_B8_answers_to_nothing_are_passed_over(place):
    wire = await place.bound()
    unknown = (16).to_bytes(4, "big") + b"\x80\0\x0f\xff" + bytes(4) + (9).to_bytes(4, "big")
    wire.say(
        SubmitSmResp(sequence_number=5, message_id=b"1"),
        DeliverSmResp(sequence_number=6),
        EnquireLinkResp(sequence_number=7),
        UnbindResp(sequence_number=8),
        unknown,
    )
    await wire.lives()


async def test_B8_before_a_bind_and_over_the_wrong_one_nothing_is_submitted(place):
    wire = await place.call()
    assert (await wire.ask(submit(1))).command_status == 0x04
    assert (await wire.ask(place.bind(BindReceiver, 2))).command_status == 0
    assert (await wire.ask(submit(3))).command_status == 0x04
    assert (await wire.ask(place.bind(BindTransmitter, 4))).command_status == 0x05
    await wire.lives()


@pytest.mark.parametrize("place", [{"max_connections": 20, "bind_s": 3600}], indirect=True)
async def test_B7_a_flood_of_connections_holds_up_nobody_who_is_bound(place):
    wire = await place.bound()
    crowd = [await place.call() for _ in range(60)]
    assert (await wire.ask(submit(2))).command_status == 0
    for caller in crowd[19:]:
        assert await caller.is_cut_off()
    assert place.world.gateway.smpp.connections == 20
    for caller in crowd:
        caller.writer.close()
    while place.world.gateway.smpp.connections > 1:
        await asyncio.sleep(0.01)
    await place.bound()


@pytest.mark.parametrize("place", [{"bind_s": 1}], indirect=True)
async def test_B6_who_sends_a_bind_by_the_octet_is_cut_off_and_who_is_bound_is_not(place):
    wire = await place.bound()
    slow = [await place.call() for _ in range(20)]
    octets = encode(place.bind())
    cut = asyncio.gather(*(caller.is_cut_off() for caller in slow))
    for octet in octets:
        for caller in slow:
            caller.writer.write(bytes((octet,)))
        await asyncio.sleep(0.15)
        if place.world.gateway.smpp.connections == 1:
            break
    assert all(await cut)
    assert (await wire.ask(submit(2))).command_status == 0
    await wire.lives()
