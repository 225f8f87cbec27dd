"""SMPP all the way: bind, submit, receipt, and what happens while the customer is away; the client is smpplib."""

from __future__ import annotations

import asyncio
import os
import re

import pytest
import smpplib.consts
from smpplib.exceptions import PDUError

from heliograph.backoffice import verbs
from heliograph.channels.sms.numbering import Correction
from heliograph.doors.smpp_limits import SmppListenerSettings
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.model.message import State
from heliograph.protocols.smpp import tlv
from heliograph.protocols.smpp.codec import decode
from heliograph.protocols.smpp.fields import DistributionList, SmeAddress
from heliograph.protocols.smpp.pdu import CancelSm, DataSm, ReplaceSm, SubmitMulti
from heliograph.settings import ConnectorSettings
from walks.smpp_customer import NUMBER, Customer, door, system_id
from walks.world import SENDER, ShiftedClock, eventually

RECEIPT = re.compile(
    r"id:(?P<id>\d+) sub:001 dlvrd:(?P<dlvrd>00[01]) submit date:\d{10} done date:\d{10} "
    r"stat:(?P<stat>[A-Z]{7}) err:(?P<err>\d{3}) text:(?P<text>.*)"
)


async def customer(world, flavour="", how="transceiver", **bind):
    return await Customer(world, await system_id(world, flavour=flavour)).bind(how, **bind)


def said(pdu):
    return RECEIPT.fullmatch(pdu.short_message.decode("ascii")).groupdict()


async def status_of(refused):
    """The command_status a coroutine is refused with."""
    with pytest.raises(PDUError) as caught:
        await refused
    return caught.value.args[1]


@pytest.mark.covers(28, 160)
@pytest.mark.covers_part(42)
@pytest.mark.parametrize("flavour", ["plain", "smsc", "smsclub"])
async def test_a_message_is_taken_sent_and_its_receipt_bears_its_id(tmp_path, flavour):
    async with door(tmp_path, flavour) as world:
        shop = await customer(world)
        message_id = await shop.submit(b"Hello, this is a test.", registered_delivery=1)
        stored = await world.stored(message_id)
        assert (stored.recipient, stored.content.text, stored.door) == (NUMBER, "Hello, this is a test.", "smpp")
        (receipt,) = await shop.receipts(1)
        assert said(receipt) == {
            "id": message_id,
            "dlvrd": "001",
            "stat": "DELIVRD",
            "err": "000",
            "text": "Hello, this is a tes",
        }
        assert receipt.esm_class == 0x04
        assert (receipt.source_addr.decode(), receipt.destination_addr.decode()) == (NUMBER, SENDER)
        assert receipt.receipted_message_id.decode() == message_id
        assert receipt.message_state == 2
        answer = await shop.exchange("query_sm", message_id=message_id, source_addr=SENDER)
        assert (answer.status, answer.message_state) == (0, 2)
        await shop.unbind()


@pytest.mark.covers(42)
async def test_on_port_3700_a_client_binds_as_to_SMSC_submits_and_gets_a_receipt(tmp_path):
    """On an address of the loopback network that is this process's own, so that tests beside it may do the same."""
    place = SmppListenerSettings(3700, host=f"127.{os.getpid() // 250 % 250 + 1}.{os.getpid() % 250}.1")
    async with door(tmp_path, listeners=(place,)) as world:
        with pytest.raises(PDUError) as unknown:
            await Customer(world, "password", "nobody").bind()
        assert unknown.value.args[1] == 0x0F  # smsc-protocols.md 2.4
        shop = await customer(world)
        message_id = await shop.submit(b"Hello", registered_delivery=1)
        (receipt,) = await shop.receipts(1)
        assert (said(receipt)["id"], said(receipt)["stat"]) == (message_id, "DELIVRD")


async def test_a_failure_is_told_with_its_word_and_error(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        await shop.submit(number="380671230001", registered_delivery=1)
        (receipt,) = await shop.receipts(1)
        assert said(receipt)["stat"] in {"UNDELIV", "REJECTD", "EXPIRED"}
        assert said(receipt)["dlvrd"] == "000"


async def test_who_wants_to_hear_of_failures_alone_hears_of_no_success(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        first = await shop.submit(registered_delivery=2)
        await world.until(first, "DELIVRD")
        second = await shop.submit(number="380671230001", registered_delivery=2)
        (receipt,) = await shop.receipts(1)
        assert said(receipt)["id"] == second


async def test_who_asks_hears_what_is_on_its_way_before_the_end(tmp_path):
    """The carrier says of such numbers that they are on their way first."""
    async with door(tmp_path) as world:
        shop = await customer(world)
        message_id = await shop.submit(number="380671230015", registered_delivery=0x11)
        notification, receipt = await shop.receipts(2)
        assert (notification.esm_class, said(notification)["stat"]) == (0x20, "ENROUTE")
        assert (receipt.esm_class, said(receipt)["stat"]) == (0x04, "DELIVRD")
        assert said(notification)["id"] == said(receipt)["id"] == message_id


async def test_without_registered_delivery_nothing_comes(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        silent = await shop.submit()
        await world.until(silent, "DELIVRD")
        loud = await shop.submit(b"another", registered_delivery=1)
        (receipt,) = await shop.receipts(1)
        assert said(receipt)["id"] == loud


async def test_receipts_wait_for_an_absent_customer_and_come_in_order_after_the_next_bind(tmp_path):
    async with door(tmp_path, window=2) as world:
        shop = await customer(world, how="transmitter")
        ids = [await shop.submit(f"No. {n}".encode(), registered_delivery=1) for n in range(12)]
        for message_id in ids:
            await world.until(message_id, "DELIVRD")
        await shop.unbind()
        waiting = Customer(world, shop.password)
        await waiting.bind("receiver")
        told = [said(receipt)["id"] for receipt in await waiting.receipts(12)]
        assert sorted(told) == sorted(ids)
        notices = [notice.id for notice in await world.gateway.store.notices("smpp:shop-smpp", 0, 2**60, 100)]
        assert notices == sorted(notices)


async def test_what_a_lost_bind_left_unanswered_comes_again_over_the_next(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        message_id = await shop.submit(registered_delivery=1)
        deliver = await asyncio.to_thread(shop.client.read_pdu)
        assert deliver.command == "deliver_sm"
        shop.close()
        await eventually(lambda: asyncio.sleep(0, world.gateway.smpp.connections == 0))
        back = await Customer(world, shop.password).bind()
        (receipt,) = await back.receipts(1)
        assert said(receipt)["id"] == message_id


async def test_what_waits_for_a_system_id_that_is_revoked_is_given_up(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world, how="transmitter")
        message_id = await shop.submit(registered_delivery=1)
        await world.until(message_id, "DELIVRD")
        credentials = (await world.do(verbs.AccountShow("shop")))["credentials"]
        (row,) = [row for row in credentials if row["kind"] == "smpp"]
        await world.do(verbs.AccountRevoke("shop", row["id"]))
        await eventually(lambda: asyncio.sleep(0, world.gateway.notify.given_up == 1))


async def test_R20_receipts_survive_a_restart_with_nobody_bound(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world, how="transmitter")
        message_id = await shop.submit(registered_delivery=1)
        await world.until(message_id, "DELIVRD")
        password = shop.password
    async with door(tmp_path, account=False) as world:
        back = await Customer(world, password).bind("receiver")
        (receipt,) = await back.receipts(1)
        assert said(receipt)["id"] == message_id


async def test_a_receipt_the_customer_refuses_for_now_is_told_again(tmp_path):
    clock = ShiftedClock()
    async with door(tmp_path, clock=clock) as world:
        shop = await customer(world)
        answers = [smpplib.consts.SMPP_ESME_RMSGQFUL, smpplib.consts.SMPP_ESME_ROK]
        seen = []

        def received(*, pdu):
            seen.append(pdu)
            return answers.pop(0)

        shop.client.set_message_received_handler(received)
        await shop.submit(registered_delivery=1)
        await asyncio.to_thread(shop._read)
        assert len(seen) == 1
        await eventually(lambda: asyncio.sleep(0, world.gateway.notify.failed == 1))
        clock.shift(10)
        await asyncio.to_thread(shop._read)
        assert seen[0].short_message == seen[1].short_message


async def test_incoming_messages_come_to_the_system_id(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        message_id = await shop.submit(registered_delivery=0)
        await world.until(message_id, "DELIVRD")
        await world.do(verbs.Incoming("carrier", NUMBER, SENDER, "Дякую"))
        (pdu,) = await shop.receipts(1)
        assert (pdu.esm_class, pdu.data_coding) == (0, 8)
        assert pdu.short_message.decode("utf-16-be") == "Дякую"
        assert (pdu.source_addr.decode(), pdu.destination_addr.decode()) == (NUMBER, SENDER)


async def test_a_system_id_that_wants_no_incoming_messages_gets_none(tmp_path):
    async with door(tmp_path) as world:
        shop = await Customer(world, await system_id(world, incoming=False)).bind()
        first = await shop.submit()
        await world.until(first, "DELIVRD")
        await world.do(verbs.Incoming("carrier", NUMBER, SENDER, "Hello?"))
        await shop.submit(b"more", registered_delivery=1)
        (pdu,) = await shop.receipts(1)
        assert pdu.esm_class == 0x04


@pytest.mark.parametrize(
    ("flavour", "fields", "status"),
    [
        ("plain", {"number": "123"}, 0x0B),
        ("plain", {"sender": "Stranger"}, 0x0A),
        ("smsc", {"number": "123"}, 0x0B),
        ("smsclub", {"sender": ""}, 0x0A),
        ("smsclub", {"number": "5"}, 11),
    ],
)
async def test_a_refusal_has_the_number_of_the_flavour(tmp_path, flavour, fields, status):
    async with door(tmp_path, flavour) as world:
        shop = await customer(world)
        assert await status_of(shop.submit(**fields)) == status
        assert world.gateway.intake.accepted == 0


@pytest.mark.parametrize(("flavour", "status"), [("plain", 0x45), ("smsc", 0x45), ("smsclub", 248)])
async def test_without_money_nothing_is_sent(tmp_path, flavour, status):
    async with door(tmp_path, flavour, account=False) as world:
        await world.add_account(money="")
        shop = await customer(world)
        assert await status_of(shop.submit()) == status


@pytest.mark.parametrize(("flavour", "status"), [("smsc", 0x45), ("smsclub", 251), ("plain", None)])
async def test_the_same_text_twice_is_a_duplicate_where_the_provider_says_so(tmp_path, flavour, status):
    async with door(tmp_path, flavour) as world:
        shop = await customer(world)
        await shop.submit(b"same")
        if status is None:
            assert await shop.submit(b"same")
        else:
            assert await status_of(shop.submit(b"same")) == status


async def test_above_the_speed_messages_are_throttled_and_go_later(tmp_path):
    async with door(tmp_path, "smsc", smsc_speed=3) as world:
        shop = await customer(world)
        for n in range(3):
            await shop.submit(f"No. {n}".encode())
        assert await status_of(shop.submit(b"one more")) == 0x58
        world.clock.shift(1)
        assert await shop.submit(b"one more")


async def test_above_the_speed_a_queue_waits_if_that_is_chosen(tmp_path):
    async with door(tmp_path, plain_speed=4, overspeed="wait") as world:
        shop = await customer(world)
        started = asyncio.get_running_loop().time()
        for n in range(7):
            await shop.submit(f"No. {n}".encode())
        assert asyncio.get_running_loop().time() - started >= 0.5


async def bound_receiver(world, password):
    """A receiver that answers nothing."""
    reader, writer = await asyncio.open_connection(*world.gateway.smpp.addresses[0])
    body = b"shop-smpp\0" + password.encode() + b"\0\0\x34\0\0\0"
    writer.write((16 + len(body)).to_bytes(4, "big") + bytes.fromhex("000000010000000000000001") + body)
    assert await command_of(reader) == 0x80000001
    return reader, writer


async def command_of(reader):
    """The command_id of the next PDU."""
    head = await asyncio.wait_for(reader.readexactly(16), 10)
    await reader.readexactly(int.from_bytes(head[:4], "big") - 16)
    return int.from_bytes(head[4:8], "big")


async def test_an_account_has_limits_of_its_own_and_nobody_else_has_them(tmp_path):
    async with door(tmp_path, max_binds=1, window=3) as world:
        await world.do(
            verbs.AccountSet(
                "shop", smpp_binds=2, smpp_window=7, smpp_speed=4, smpp_overspeed="wait", transactional=True
            )
        )
        shop = await customer(world, how="transmitter")
        reader, writer = await bound_receiver(world, shop.password)
        with pytest.raises(PDUError):
            await Customer(world, shop.password).bind()
        for n in range(9):
            await world.until(await shop.submit(f"for a receipt {n}".encode(), registered_delivery=1), "DELIVRD")
        commands = [await command_of(reader) for _ in range(7)]
        writer.write(bytes.fromhex("00000010000000150000000000000007"))
        assert [*commands, await command_of(reader)] == [0x05] * 7 + [0x80000015]
        writer.close()
        started = asyncio.get_running_loop().time()
        for n in range(7):
            await shop.submit(f"No. {n}".encode())
        assert asyncio.get_running_loop().time() - started >= 0.5
        await world.add_account("other")
        other = await Customer(world, await system_id(world, "other-smpp", login="other"), "other-smpp").bind()
        await world.do(verbs.AccountSet("shop", smpp_speed=1, smpp_overspeed="refuse"))

        async def both_by_turns():
            for n in range(100):
                await other.submit(f"No. {n}".encode())
                await shop.submit(f"more {n}".encode())

        assert await status_of(both_by_turns()) == 0x58
        assert await other.submit(b"the last one")


@pytest.mark.parametrize(
    ("flavour", "wish", "own"), [("plain", "on", True), ("smsc", "off", False), ("smsc", "", True)]
)
async def test_an_account_chooses_whether_its_receipts_have_smscs_own_parameters(tmp_path, flavour, wish, own):
    async with door(tmp_path, flavour) as world:
        await world.do(verbs.AccountSet("shop", smpp_vendor_tlvs=wish))
        shop = await customer(world, how="transmitter")
        reader, writer = await bound_receiver(world, shop.password)
        await shop.submit(registered_delivery=1)
        head = await asyncio.wait_for(reader.readexactly(16), 10)
        octets = await reader.readexactly(int.from_bytes(head[:4], "big") - 16)
        writer.close()
        assert (b"\x20\x00\x00\x070.4500\x00" in octets and b"\x20\x02\x00\x02\x00\x01" in octets) is own


@pytest.mark.covers_part(28)
async def test_query_sm_tells_the_state_and_nothing_of_strangers(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        message_id = await shop.submit()
        await world.until(message_id, "DELIVRD")
        answer = await shop.exchange("query_sm", message_id=message_id, source_addr=SENDER)
        assert (answer.status, answer.message_state, answer.message_id.decode()) == (0, 2, message_id)
        assert re.fullmatch(r"\d{12}\d00\+", answer.final_date.decode())
        for unknown in ("1", "abc"):
            assert (await shop.exchange("query_sm", message_id=unknown, source_addr=SENDER)).status == 0x67
        await world.add_account("other")
        other = await Customer(world, await system_id(world, "other-smpp", login="other"), "other-smpp").bind()
        assert (await other.exchange("query_sm", message_id=message_id, source_addr=SENDER)).status == 0x67


async def test_the_parts_of_a_long_text_go_out_as_the_customer_cut_it(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        ids = [
            await shop.submit(
                b"\x05\x00\x03\x2a\x02" + bytes([n]) + b"x" * 153, esm_class=0x40, registered_delivery=int(n == 1)
            )
            for n in (1, 2)
        ]
        assert int(ids[1]) == int(ids[0]) + 1
        (receipt,) = await shop.receipts(1)
        assert said(receipt)["id"] == ids[0]
        stored = await world.stored(ids[1])
        assert [segment[:6].hex() for segment in stored.content.segments] == ["0500032a0201", "0500032a0202"]
        assert (stored.content.text, stored.parts) == ("x" * 306, 2)


async def test_a_long_text_in_one_piece_is_one_message_of_several_parts(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        message_id = await shop.submit(b"", message_payload=b"y" * 400, registered_delivery=1)
        assert (await world.stored(message_id)).parts == 3
        (receipt,) = await shop.receipts(1)
        assert said(receipt)["id"] == message_id


async def test_a_scheduled_message_waits_and_is_taken_back_by_cancel_sm(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        message_id = await shop.submit(schedule_delivery_time="000000010000000R", registered_delivery=1)
        assert (await world.stored(message_id)).state is State.SCHEDULED
        answer = await shop.raw(CancelSm(message_id=message_id.encode()))
        assert answer[4:12] == b"\x80\x00\x00\x08" + b"\0\0\0\0"
        assert (await world.stored(message_id)).state is State.CANCELLED
        (receipt,) = await shop.receipts(1)
        assert said(receipt)["stat"] == "DELETED"
        for not_waiting in (message_id, "1", ""):
            answer = await shop.raw(CancelSm(message_id=not_waiting.encode()))
            assert answer[8:12] == b"\0\0\0\x11"


async def test_smsc_has_no_replace_sm(tmp_path):
    async with door(tmp_path, "smsc") as world:
        shop = await customer(world)
        message_id = await shop.submit(schedule_delivery_time="000000010000000R")
        asked = ReplaceSm(message_id=message_id.encode(), source_addr=SENDER.encode(), short_message=b"other")
        answer = await shop.raw(asked)
        assert answer[4:12] == b"\x80\x00\x00\x07\0\0\0\x03"
        assert (await world.stored(message_id)).content.text == "Hello"


async def test_submit_multi_names_who_was_not_reached_and_its_receipts_bear_one_id(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        asked = SubmitMulti(
            source_addr=SENDER.encode(),
            dest_address=(
                SmeAddress(1, 1, b"380671234567"),
                SmeAddress(1, 1, b"12"),
                DistributionList(b"all"),
                SmeAddress(1, 1, b"380671234568"),
            ),
            registered_delivery=1,
            short_message=b"Hi",
        )
        answer = decode(await shop.raw(asked))
        assert (answer.command_status, answer.message_id) == (0, b"100000001")
        assert [(one.destination_addr, one.error_status_code) for one in answer.unsuccess_sme] == [
            (b"12", 0x0B),
            (b"all", 0x34),
        ]
        receipts = await shop.receipts(2)
        assert {said(receipt)["id"] for receipt in receipts} == {"100000001"}
        assert {receipt.source_addr for receipt in receipts} == {b"380671234567", b"380671234568"}


@pytest.mark.covers_part(42)
async def test_smsc_has_no_submit_multi(tmp_path):
    async with door(tmp_path, "smsc") as world:
        shop = await customer(world)
        asked = SubmitMulti(source_addr=b"x", dest_address=(SmeAddress(1, 1, b"380671234567"),), short_message=b"Hi")
        assert (await shop.raw(asked))[8:12] == b"\0\0\0\x03"


async def test_data_sm_is_a_message_like_any_other(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        asked = DataSm(
            source_addr=SENDER.encode(), destination_addr=NUMBER.encode(), tlvs=(tlv.MESSAGE_PAYLOAD(b"Hello"),)
        )
        answer = decode(await shop.raw(asked))
        assert (answer.name, answer.command_status) == ("data_sm_resp", 0)
        assert (await world.stored(answer.message_id)).content.text == "Hello"


async def test_enquire_link_is_answered_and_asked(tmp_path):
    async with door(tmp_path, enquire_link_s=1) as world:
        shop = await customer(world)
        assert (await shop.exchange("enquire_link")).status == 0
        asked = await asyncio.to_thread(shop.client.read_pdu)
        assert asked.command == "enquire_link"


async def test_B1_a_pdu_that_cannot_be_read_is_refused_and_the_bind_lives(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        shop.client._socket.sendall(b"\0\0\0\x14\0\0\0\x04\0\0\0\0\0\0\0\x63abcd")
        head = await asyncio.to_thread(shop.client._recv_exact, 16)
        assert head[4:8] == b"\x80\0\0\x04"
        assert head[8:12] != b"\0\0\0\0"
        assert head[12:] == b"\0\0\0\x63"
        assert await shop.submit()


async def test_another_carrier_does_not_hold_back_the_answer(tmp_path):
    slow = {"connectors": (ConnectorSettings("carrier", "simulated", personality="slow"),)}
    async with door(tmp_path, rest=slow) as world:
        shop = await customer(world)
        assert await asyncio.wait_for(shop.submit(), 2)


@pytest.mark.parametrize(("flavour", "recipient"), [("smsc", "48501234567"), ("smsclub", None)])
async def test_numbers_are_corrected_as_the_operator_says_for_smsc_alone(tmp_path, flavour, recipient):
    rules = (Correction(length=9, begins="50", drop=0, put="48"),)
    async with door(tmp_path, flavour, rest={"smsc": SmscSettings(corrections=rules)}) as world:
        shop = await customer(world)
        if recipient is None:
            assert await status_of(shop.submit(number="501234567")) == 11
        else:
            message_id = await shop.submit(number="501234567")
            assert (await world.stored(message_id)).recipient == recipient
