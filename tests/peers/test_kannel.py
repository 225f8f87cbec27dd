"""Debian's Kannel as a customer of our SMPP door: plain and long messages, receipts to its DLR address, texts to it."""

from __future__ import annotations

from peers.kannel import kannel
from peers.tape import recorded
from walks.smpp_customer import SENDER, SYSTEM_ID, door, system_id
from walks.world import eventually

DELIVERED, FAILED, ACCEPTED, REFUSED = 1, 2, 8, 16
ALL = DELIVERED | FAILED | ACCEPTED | REFUSED


async def test_kannel_sends_plain_and_long_texts_and_hears_of_each(tmp_path):
    async with (
        door(tmp_path / "data") as world,
        recorded(tmp_path, world.gateway.smpp.addresses[0][1]) as tape,
        kannel(tmp_path, tape.port, SYSTEM_ID, await system_id(world)) as box,
    ):
        plain, failing, long, cyrillic = "380671234567", "380671230001", "380671234568", "380671234569"
        long_text = "A text that is longer than one message. " * 8
        assert await box.send(SENDER, plain, "Hello [€]", mask=ALL, charset="UTF-8") == "0: Accepted for delivery"
        await box.send(SENDER, failing, "Bye", mask=ALL)
        await box.send(SENDER, long, long_text, mask=ALL)
        await box.send(SENDER, cyrillic, "Привіт", mask=ALL, coding="2", charset="UTF-8")

        async def told():
            return all(
                box.receipts(number)[-1:] == [end]
                for number, end in ((plain, DELIVERED), (failing, FAILED), (long, DELIVERED), (cyrillic, DELIVERED))
            )

        await eventually(told, 20)
        assert box.receipts(plain) == [ACCEPTED, DELIVERED]
        assert box.receipts(failing) == [ACCEPTED, FAILED]
        assert box.receipts(cyrillic) == [ACCEPTED, DELIVERED]
        messages = await world.gateway.store.messages(range(100_000_001, 100_000_010), None)
        texts = {message.recipient: message.content.text for message in messages}
        assert (texts[plain], texts[failing], texts[cyrillic]) == ("Hello [€]", "Bye", "Привіт")
        assert {message.recipient for message in messages} == {plain, failing, long, cyrillic}
        said = await tape.decoded()
        assert said["bind_transceiver_resp"] == 1
        assert said["submit_sm"] == said["submit_sm_resp"] == 6
        assert said["deliver_sm"] >= 4


async def test_kannel_binds_twice_and_takes_a_text_from_a_handset(tmp_path):
    async with (
        door(tmp_path / "data") as world,
        recorded(tmp_path, world.gateway.smpp.addresses[0][1]) as tape,
        kannel(tmp_path, tape.port, SYSTEM_ID, await system_id(world), transceiver=False) as box,
    ):
        await box.send(SENDER, "380671230014", "Do you come?", mask=DELIVERED | FAILED)

        async def heard():
            return [fields for path, fields in box.calls if path == "/incoming"]

        (text,) = await eventually(heard, 20)
        assert (text["from"], text["text"]) == ("+380671230014", "Yes")
        said = await tape.decoded()
        assert said.get("bind_transmitter_resp") == said.get("bind_receiver_resp") == 1, said
        assert said["deliver_sm"] >= 1  # the receipt may be on its way
