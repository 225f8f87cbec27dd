"""replace_sm: another text for a message that waits, under the same id, priced anew (SMPP 3.4, 4.10)."""

from __future__ import annotations

from zlib import crc32

import pytest

from connectors.smpp_world import centre
from heliograph.backoffice import verbs
from heliograph.core.trace import tell
from heliograph.model.message import Kind, State
from heliograph.net.free_ports import free_ports
from heliograph.protocols.smpp import tlv
from heliograph.protocols.smpp.codec import decode, encode
from heliograph.protocols.smpp.pdu import CancelSm, ReplaceSm
from heliograph.protocols.smpp.times import absolute
from heliograph.simulator.memory import read_ledger
from walks.process import answer, serving
from walks.smpp_customer import Customer, door, system_id
from walks.test_smpp_customer_way import customer, said
from walks.test_smpp_parts import TEXTS, balance, ends, submit
from walks.test_smpp_parts_crash import a_shop, bound, read_until
from walks.test_smpp_way import carrier_at
from walks.world import SENDER, ShiftedClock

AN_HOUR = "000000010000000R"
PRICE = 450_000
REPLACEFAIL, INVSCHED, INVEXPIRY = 0x13, 0x61, 0x62


async def replaced(shop, message_id, text=b"", sender=SENDER, **fields):
    """The command_status of a replace_sm."""
    asked = ReplaceSm(message_id=message_id.encode(), source_addr=sender.encode(), short_message=text, **fields)
    return decode(await shop.raw(asked)).command_status


async def an_hour_later(shop, clock):
    """The customer comes back after an hour."""
    await shop.unbind()
    clock.shift(3601)
    return await Customer(shop.world, shop.password).bind()


async def sound(world):
    assert await world.gateway.store.check() == []
    purses = await world.gateway.store.purses()
    assert purses[0].balance == world.gateway.purses.balance(purses[0].id)


async def test_a_scheduled_message_goes_out_with_the_new_text_under_its_old_id_and_is_priced_anew(tmp_path):
    clock = ShiftedClock()
    async with door(tmp_path, "smsclub", clock=clock) as world:
        shop = await customer(world)
        opening = await balance(world)
        message_id = await shop.submit(b"short", schedule_delivery_time=AN_HOUR, registered_delivery=1)
        assert await balance(world) == opening - PRICE
        assert await replaced(shop, message_id, b"x" * 200, registered_delivery=1) == 0
        stored = await world.stored(message_id)
        assert (stored.content.text, stored.parts, stored.price) == ("x" * 200, 2, 2 * PRICE)
        assert await balance(world) == opening - 2 * PRICE
        assert stored.part_ids[0] == int(message_id)
        other = await shop.submit(b"another")
        assert int(other) not in stored.part_ids
        assert [str(one.id) for one in await world.gateway.store.messages(list(stored.part_ids), None)] == [message_id]
        await sound(world)
        assert await replaced(shop, message_id, b"short again", registered_delivery=1) == 0
        assert await balance(world) == opening - 2 * PRICE  # one part of each of the two messages
        await sound(world)
        shop = await an_hour_later(shop, clock)
        (receipt,) = await shop.receipts(1)
        assert (said(receipt)["id"], said(receipt)["stat"], said(receipt)["text"]) == (
            message_id,
            "DELIVRD",
            "short again",
        )
        story = "\n".join((await tell(world.gateway.store, world.gateway.directory, int(message_id))).sentences())
        assert "Its customer replaced it before it left." in story
        await sound(world)


async def test_who_cannot_pay_the_longer_text_keeps_the_old_one(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        first = await shop.submit(b"short", schedule_delivery_time=AN_HOUR)
        await world.do(verbs.AccountTopUp("shop", "-98.70"))  # 0.85 are left
        longer = ((tlv.MESSAGE_PAYLOAD.tag, b"x" * 320),)  # three parts: 0.90 more
        assert await replaced(shop, first, tlvs=longer) == REPLACEFAIL
        stored = await world.stored(first)
        assert (stored.content.text, stored.price, stored.replaced_at) == ("short", PRICE, 0)
        assert await replaced(shop, first, b"x" * 200) == 0
        assert await balance(world) == 400_000
        await world.do(verbs.AccountTopUp("shop", "10"))
        assert await replaced(shop, first, tlvs=longer) == 0
        assert (await world.stored(first)).content.text == "x" * 320
        await sound(world)


async def test_what_is_not_his_or_not_waiting_is_not_replaced(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        await world.add_account("other", sender="Other")
        other = await Customer(world, await system_id(world, "other-smpp", login="other"), "other-smpp").bind()
        message_id = await shop.submit(b"mine", schedule_delivery_time=AN_HOUR)
        assert await replaced(other, message_id, b"stolen") == REPLACEFAIL
        assert await replaced(shop, message_id, b"by another name", sender="Shop") == REPLACEFAIL
        assert await replaced(shop, "1", b"unknown") == REPLACEFAIL
        assert await replaced(shop, "", b"nameless") == REPLACEFAIL
        soon = await shop.submit(b"soon", schedule_delivery_time="000000000000010R")
        assert await replaced(shop, soon, b"too late") == REPLACEFAIL
        sent = await shop.submit(b"sent")
        await ends(world, sent, State.DELIVERED)
        assert await replaced(shop, sent, b"too late") == REPLACEFAIL
        assert decode(await shop.raw(CancelSm(message_id=message_id.encode()))).command_status == 0
        assert await replaced(shop, message_id, b"too late") == REPLACEFAIL
        assert [(await world.stored(one)).content.text for one in (message_id, sent)] == ["mine", "sent"]
        await sound(world)


async def test_times_that_are_given_count_and_those_that_are_not_stay(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        message_id = await shop.submit(schedule_delivery_time=AN_HOUR, validity_period="000000040000000R")
        before = await world.stored(message_id)
        assert await replaced(shop, message_id, b"other") == 0
        after = await world.stored(message_id)
        assert (after.due_at, after.expires_at) == (before.due_at, before.expires_at)
        due_at = (before.due_at + 7_200_000) // 1000 * 1000
        assert await replaced(shop, message_id, schedule_delivery_time=absolute(due_at)) == 0
        after = await world.stored(message_id)
        assert (after.content.text, after.due_at) == ("other", due_at)
        assert after.expires_at == due_at + before.expires_at - before.due_at
        expires_at = due_at + 60_000
        assert await replaced(shop, message_id, validity_period=absolute(expires_at)) == 0
        after = await world.stored(message_id)
        assert (after.due_at, after.expires_at) == (due_at, expires_at)
        assert await replaced(shop, message_id, schedule_delivery_time=b"991332000000000+") == INVSCHED
        assert await replaced(shop, message_id, validity_period=b"000101000000000+") == INVEXPIRY
        assert (await world.stored(message_id)).replaced_at == after.replaced_at


@pytest.mark.parametrize(
    ("data_coding", "octets", "text"),
    [
        (0, b"\x00 and \x02", "@ and $"),
        (3, "Größe".encode("latin-1"), "Größe"),
        (6, "Привет".encode("iso8859_5"), "Привет"),
        (8, "Привіт".encode("utf-16-be"), "Привіт"),
        (0x18, "Швидко".encode("utf-16-be"), "Швидко"),
        (0xF0, b"Flash", "Flash"),
    ],
)
async def test_the_new_octets_are_in_the_data_coding_of_the_old_ones(tmp_path, data_coding, octets, text):
    async with door(tmp_path) as world:
        shop = await customer(world)
        first = octets[:2]
        message_id = await shop.submit(first, data_coding=data_coding, schedule_delivery_time=AN_HOUR)
        assert await replaced(shop, message_id, octets) == 0
        assert await replaced(shop, message_id, octets + octets) == 0
        stored = await world.stored(message_id)
        assert stored.content.text == text + text
        assert (stored.content.kind is Kind.FLASH) == (data_coding >= 0x10)


async def test_registered_delivery_is_what_the_replacement_says(tmp_path):
    clock = ShiftedClock()
    async with door(tmp_path, clock=clock) as world:
        shop = await customer(world)
        silent = await shop.submit(schedule_delivery_time=AN_HOUR, registered_delivery=1)
        loud = await shop.submit(schedule_delivery_time=AN_HOUR)
        assert (
            await replaced(shop, silent, b"silent") == await replaced(shop, loud, b"loud", registered_delivery=1) == 0
        )
        shop = await an_hour_later(shop, clock)
        await world.until(silent, "DELIVRD")
        (receipt,) = await shop.receipts(1)
        assert said(receipt)["id"] == loud


async def test_what_waits_for_a_carrier_is_replaced_in_the_queue(tmp_path):
    (port,) = free_ports(1)
    async with door(tmp_path, rest={"connectors": (carrier_at(port),)}) as world:
        shop = await customer(world)
        ids = [await shop.submit(f"old {n}".encode(), registered_delivery=1) for n in range(3)]
        assert (await world.stored(ids[1])).state is State.QUEUED
        assert await replaced(shop, ids[1], b"new 1", registered_delivery=1) == 0
        assert (await world.stored(ids[1])).state is State.QUEUED
        async with centre(port=port) as (made, _):
            await shop.receipts(3, 30)
            assert made.status.taken == 3
        texts = {said(receipt)["id"]: said(receipt)["text"] for receipt in shop.delivered}
        assert texts == {ids[0]: "old 0", ids[1]: "new 1", ids[2]: "old 2"}
        await sound(world)


@pytest.mark.parametrize("has_header", [True, False])
async def test_a_part_that_waits_for_the_others_is_replaced_as_that_part(tmp_path, has_header):
    async with door(tmp_path) as world:
        shop = await customer(world)
        first = await submit(shop, 1, TEXTS[0])
        second = await submit(shop, 2, "wrong")
        header = bytes((5, 0, 3, 0x2A, 3, 2)) if has_header else b""
        assert await replaced(shop, second, bytes((5, 0, 3, 0x2A, 3, 1)) + b"another part's header") == 0x43
        assert await replaced(shop, second, header + TEXTS[1].encode()) == 0
        await submit(shop, 3, TEXTS[2])
        stored = await ends(world, first, State.DELIVERED)
        assert (stored.content.text, stored.parts) == ("".join(TEXTS), 3)
        assert await replaced(shop, second, b"gone") == REPLACEFAIL
        await sound(world)


@pytest.mark.timeout(150)
def test_R1_a_replacement_that_was_answered_survives_a_kill(tmp_path):
    with a_shop(tmp_path) as (folder, at, password):
        fields = {"source_addr_ton": 5, "source_addr": "Shop", "dest_addr_ton": 1, "registered_delivery": 1}
        with serving(folder), bound(at, password, []) as (client, answers):
            sent = client.send_message(
                destination_addr="380671000100",
                short_message=b"old",
                schedule_delivery_time="000000000006000R",
                **fields,
            ).sequence
            read_until(client, lambda: sent in answers)
            changed = ReplaceSm(
                sequence_number=900,
                message_id=answers[sent].encode(),
                source_addr=b"Shop",
                registered_delivery=1,
                short_message=b"new words",
            )
            client._socket.sendall(encode(changed))
            octets = client._recv_exact(16)
            assert octets[4:12] == b"\x80\0\0\x07\0\0\0\0"
        receipts = []
        with serving(folder), bound(at, password, receipts) as (client, _):
            read_until(client, lambda: receipts == [answers[sent]])
            answer("check", "--dir", str(folder))
        assert [part.checksum for part in read_ledger(tmp_path / "carrier.log").taken] == [crc32(b"new words")]
