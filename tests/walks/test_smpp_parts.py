"""Long messages that a customer cuts himself: each part is his at once, the message goes out when all are there."""

from __future__ import annotations

import asyncio

import pytest

from connectors.smpp_world import centre
from heliograph.backoffice import verbs
from heliograph.core.errors import NetworkError
from heliograph.core.routing import Rule
from heliograph.core.trace import tell
from heliograph.model.message import State
from heliograph.protocols.smpp.codec import decode
from heliograph.protocols.smpp.pdu import CancelSm
from walks.smpp_customer import Customer, door
from walks.test_smpp_customer_way import customer, said, status_of
from walks.test_smpp_way import carrier_at
from walks.world import ShiftedClock, eventually

TEXTS = ["The first part of it, ", "the second, ", "and the third."]


def header(number, total=3, reference=b"\x2a"):
    wide = len(reference) == 2
    said = (b"\x08\x04" if wide else b"\x00\x03") + reference + bytes((total, number))
    return bytes((len(said),)) + said


async def submit(shop, place, text, *, total=3, reference=b"\x2a", **fields):
    octets = text if isinstance(text, bytes) else text.encode("ascii")
    return await shop.submit(header(place, total, reference) + octets, esm_class=0x40, **fields)


async def cancelled(shop, message_id):
    """The command_status of a cancel_sm."""
    return decode(await shop.raw(CancelSm(message_id=message_id.encode()))).command_status


async def state(world, message_id):
    return (await world.stored(message_id)).state


async def balance(world):
    return (await world.gateway.store.purses())[0].balance


async def ends(world, message_id, wanted):
    async def look():
        stored = await world.stored(message_id)
        return stored if stored.state is wanted else None

    return await eventually(look)


async def test_parts_are_answered_at_once_and_become_one_message_when_all_are_there(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        opening = await balance(world)
        third = await submit(shop, 3, TEXTS[2])
        first = await submit(shop, 1, TEXTS[0])
        assert await state(world, third) is State.HELD
        assert await state(world, first) is State.HELD
        assert opening - await balance(world) == 2 * 450_000
        second = await submit(shop, 2, TEXTS[1])
        whole = await ends(world, first, State.DELIVERED)
        assert (whole.id, whole.parts, whole.price) == (int(first), 3, 3 * 450_000)
        assert whole.content.text == "".join(TEXTS)
        assert opening - await balance(world) == 3 * 450_000
        for part in (second, third):
            assert (await world.stored(part)).id == int(first)
            assert (await shop.exchange("query_sm", message_id=part)).message_state == 2
        assert await world.gateway.store.check() == []


async def test_each_part_that_asked_gets_a_receipt_with_its_own_id(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        ids = [await submit(shop, number, TEXTS[number - 1], registered_delivery=1) for number in (2, 1, 3)]
        receipts = await shop.receipts(3)
        assert sorted(said(receipt)["id"] for receipt in receipts) == sorted(ids)
        assert {said(receipt)["stat"] for receipt in receipts} == {"DELIVRD"}


async def test_if_one_part_alone_asked_its_receipt_speaks_for_the_whole(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        first = await submit(shop, 1, TEXTS[0])
        await submit(shop, 2, TEXTS[1])
        last = await submit(shop, 3, TEXTS[2], registered_delivery=1)
        await ends(world, first, State.DELIVERED)
        (receipt,) = await shop.receipts(1)
        assert said(receipt)["id"] == last
        other = await shop.submit(b"one more", registered_delivery=1)
        assert said((await shop.receipts(2))[1])["id"] == other


@pytest.mark.parametrize("reference", [b"\x2a", b"\x12\x34"])
async def test_two_binds_complete_one_message(tmp_path, reference):
    async with door(tmp_path) as world:
        shop = await customer(world)
        other = await Customer(world, shop.password).bind()
        first = await submit(shop, 1, TEXTS[0], reference=reference)
        await submit(other, 2, TEXTS[1], reference=reference)
        await submit(shop, 3, TEXTS[2], reference=reference)
        assert (await ends(world, first, State.DELIVERED)).parts == 3


async def test_parts_may_be_named_by_the_sar_parameters(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        ids = [
            await shop.submit(text.encode(), sar_msg_ref_num=300, sar_total_segments=3, sar_segment_seqnum=number)
            for number, text in enumerate(TEXTS, 1)
        ]
        whole = await ends(world, ids[0], State.DELIVERED)
        assert (whole.parts, whole.content.text) == (3, "".join(TEXTS))


async def test_a_character_cut_in_two_is_whole_in_the_text(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        octets = "Добрий день 😀!".encode("utf-16-be")
        cut = octets.index(b"\xde\x00")
        first = await submit(shop, 1, octets[:cut], total=2, data_coding=8)
        await submit(shop, 2, octets[cut:], total=2, data_coding=8)
        assert (await ends(world, first, State.DELIVERED)).content.text == "Добрий день 😀!"


async def test_a_restart_keeps_the_parts_and_the_last_one_completes_them(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        first = await submit(shop, 1, TEXTS[0], registered_delivery=1)
        second = await submit(shop, 2, TEXTS[1], registered_delivery=1)
        password = shop.password
    async with door(tmp_path, account=False) as world:
        back = await Customer(world, password).bind()
        assert await state(world, second) is State.HELD
        third = await submit(back, 3, TEXTS[2], registered_delivery=1)
        assert (await ends(world, first, State.DELIVERED)).content.text == "".join(TEXTS)
        receipts = await back.receipts(3)
        assert sorted(said(receipt)["id"] for receipt in receipts) == [first, second, third]
        assert await world.gateway.store.check() == []


async def test_what_is_not_whole_in_time_is_undeliverable_and_paid_back(tmp_path):
    clock = ShiftedClock()
    async with door(tmp_path, clock=clock) as world:
        shop = await customer(world)
        opening = await balance(world)
        ids = [await submit(shop, number, TEXTS[number - 1], registered_delivery=1) for number in (1, 3)]
        clock.shift(299)
        await asyncio.sleep(0.5)
        assert await state(world, ids[0]) is State.HELD
        clock.shift(2)
        for message_id in ids:
            ended = await ends(world, message_id, State.UNDELIVERABLE)
            assert (ended.error, ended.refunded) == (NetworkError.PARTS_MISSING, 450_000)
        assert await balance(world) == opening
        receipts = await shop.receipts(2)
        assert {(said(one)["id"], said(one)["stat"], said(one)["err"]) for one in receipts} == {
            (message_id, "UNDELIV", "241") for message_id in ids
        }
        assert await world.gateway.store.check() == []


async def test_a_part_that_waits_is_found_and_taken_back_and_another_may_take_its_place(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        opening = await balance(world)
        first = await submit(shop, 1, TEXTS[0])
        second = await submit(shop, 2, "what was not meant", registered_delivery=1)
        assert (await shop.exchange("query_sm", message_id=second)).message_state == 1
        assert await cancelled(shop, second) == 0
        assert await state(world, second) is State.CANCELLED
        assert said((await shop.receipts(1))[0])["stat"] == "DELETED"
        assert opening - await balance(world) == 450_000
        assert await cancelled(shop, second) == 0x11
        again = await submit(shop, 2, TEXTS[1])
        await submit(shop, 3, TEXTS[2])
        whole = await ends(world, first, State.DELIVERED)
        assert whole.content.text == "".join(TEXTS)
        assert [part.id for part in whole.own_parts][1] == int(again)
        assert await cancelled(shop, again) == 0x11
        assert await world.gateway.store.check() == []


async def test_B10_a_part_that_comes_again_takes_the_place_of_the_first(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        opening = await balance(world)
        first = await submit(shop, 1, TEXTS[0], total=2)
        again = await submit(shop, 1, TEXTS[0], total=2)
        assert first != again
        await ends(world, first, State.REJECTED)
        await submit(shop, 2, TEXTS[1], total=2)
        assert (await ends(world, again, State.DELIVERED)).parts == 2
        assert opening - await balance(world) == 2 * 450_000


async def test_B10_another_text_under_a_reference_in_use_is_another_message(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        lost = await submit(shop, 1, "of a message that never ends", total=2)
        first = await submit(shop, 1, TEXTS[0], total=2)
        assert (await ends(world, lost, State.UNDELIVERABLE)).error == NetworkError.PARTS_MISSING
        await submit(shop, 2, TEXTS[1], total=2)
        assert (await ends(world, first, State.DELIVERED)).content.text == TEXTS[0] + TEXTS[1]


async def test_parts_to_two_numbers_under_one_reference_are_two_messages(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        other = "380671234569"
        ids = [await submit(shop, 1, TEXTS[0], total=2), await submit(shop, 1, TEXTS[0], total=2, number=other)]
        await submit(shop, 2, TEXTS[1], total=2, number=other)
        assert (await ends(world, ids[1], State.DELIVERED)).recipient == other
        assert await state(world, ids[0]) is State.HELD


@pytest.mark.parametrize("udh", ["0500032a0001", "0500032a0300", "0500032a0304", "0500032a0101"])
async def test_B10_a_header_that_names_no_part_there_can_be_is_not_waited_for(tmp_path, udh):
    async with door(tmp_path) as world:
        shop = await customer(world)
        message_id = await shop.submit(bytes.fromhex(udh) + b"Hello", esm_class=0x40)
        assert (await ends(world, message_id, State.DELIVERED)).parts == 1


async def test_parts_between_which_test_mode_was_switched_go_on_as_they_are(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        opening = await balance(world)
        await world.do(verbs.AccountSet("shop", test_mode=True))
        first = await submit(shop, 1, TEXTS[0], total=2)
        await world.do(verbs.AccountSet("shop", test_mode=False))
        second = await submit(shop, 2, TEXTS[1], total=2)
        tested, sent = [await ends(world, part, State.DELIVERED) for part in (first, second)]
        assert [(one.id, one.parts, one.price) for one in (tested, sent)] == [
            (int(first), 1, 0),
            (int(second), 1, 450_000),
        ]
        assert opening - await balance(world) == 450_000
        assert await world.gateway.store.check() == []


async def test_parts_in_different_alphabets_go_on_as_they_are(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        first = await submit(shop, 1, TEXTS[0], total=2)
        second = await submit(shop, 2, "ще".encode("utf-16-be"), total=2, data_coding=8)
        for message_id in (first, second):
            assert (await ends(world, message_id, State.DELIVERED)).id == int(message_id)


async def test_the_same_long_text_twice_is_a_duplicate_as_a_whole(tmp_path):
    async with door(tmp_path, "smsc") as world:
        shop = await customer(world)
        first = await submit(shop, 1, TEXTS[0], total=2)
        await submit(shop, 2, TEXTS[1], total=2)
        await ends(world, first, State.DELIVERED)
        again = await submit(shop, 1, TEXTS[0], total=2, reference=b"\x2b")
        await submit(shop, 2, TEXTS[1], total=2, reference=b"\x2b", registered_delivery=1)
        refused = await ends(world, again, State.REJECTED)
        assert (refused.parts, refused.refunded) == (2, refused.price)
        (receipt,) = await shop.receipts(1)
        assert said(receipt)["stat"] == "REJECTD"
        assert await world.gateway.store.check() == []


async def test_a_long_message_may_be_scheduled(tmp_path):
    clock = ShiftedClock()
    async with door(tmp_path, clock=clock) as world:
        shop = await customer(world)
        when = {"schedule_delivery_time": "000000001000000R"}
        first = await submit(shop, 1, TEXTS[0], total=2, **when)
        await submit(shop, 2, TEXTS[1], total=2, **when)
        await ends(world, first, State.SCHEDULED)
        clock.shift(601)
        await ends(world, first, State.DELIVERED)


async def test_an_account_may_have_its_parts_go_alone(tmp_path):
    async with door(tmp_path) as world:
        await world.do(verbs.AccountSet("shop", parts="pass"))
        shop = await customer(world)
        second = await submit(shop, 2, TEXTS[1], registered_delivery=1)
        assert (await ends(world, second, State.DELIVERED)).id == int(second)
        first = await submit(shop, 1, TEXTS[0])
        assert (await ends(world, first, State.DELIVERED)).content.text == TEXTS[0]
        (receipt,) = await shop.receipts(1)
        assert said(receipt)["id"] == second


async def test_parts_that_go_alone_go_where_the_first_one_went_also_after_a_restart(tmp_path):
    async with centre() as (_, away):
        pass
    async with centre() as (living, port):
        rest = {
            "connectors": (carrier_at(away, "away"), carrier_at(port, "living")),
            "routes": (Rule("all", ("away", "living")),),
        }
        async with door(tmp_path, rest=rest) as world:
            await world.do(verbs.AccountSet("shop", parts="pass"))
            await eventually(lambda: asyncio.sleep(0, living.status.sessions == 1))
            shop = await customer(world)
            first = await submit(shop, 1, TEXTS[0])
            assert (await ends(world, first, State.DELIVERED)).connector == "living"
        async with centre(port=away) as (back, _), door(tmp_path, rest=rest, account=False) as world:
            await eventually(lambda: asyncio.sleep(0, back.status.sessions == living.status.sessions == 1))
            shop = await Customer(world, shop.password).bind()
            second = await submit(shop, 2, TEXTS[1])
            other = await submit(shop, 2, TEXTS[1], reference=b"\x2b")
            assert (await ends(world, second, State.DELIVERED)).connector == "living"
            assert (await ends(world, other, State.DELIVERED)).connector == "away"


async def test_a_part_that_is_longer_than_a_short_message_is_refused(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        assert await status_of(submit(shop, 1, b"x" * 154)) == 0x01


async def test_the_trace_names_the_parts_and_their_ids(tmp_path):
    async with door(tmp_path) as world:
        shop = await customer(world)
        second = await submit(shop, 2, TEXTS[1], total=2, registered_delivery=1)
        told = (await tell(world.gateway.store, world.gateway.directory, int(second))).sentences()
        part = "It is part 2 of 2 that its customer cut himself, under the 8-bit reference 42."
        assert any(part in one for one in told)
        assert any("Held now; it waits for the other parts of the message." in one for one in told)
        first = await submit(shop, 1, TEXTS[0], total=2)
        await ends(world, first, State.DELIVERED)
        told = (await tell(world.gateway.store, world.gateway.directory, int(second))).sentences()
        assert any(f"Part 1 of 2 came as message {first}; no receipt of it was asked for." in one for one in told)
        asked = f"Part 2 of 2 came as message {second}; a receipt of it was asked for by smpp:shop-smpp."
        assert any(asked in one for one in told)
        assert any(f"it is message {first} with the ids {first}, {second}." in one for one in told)
