"""Parts of texts from handsets: each comes back whole, in order, until it is not needed any more."""

from __future__ import annotations

from heliograph.model.receipt import IncomingPart
from heliograph.model.rows import PartGone, PartJoined
from store.samples import NOW, furnished


def part(house, number, **changes):
    values = {
        "id": house.event_id(),
        "connector": "carrier",
        "sender": "380671234567",
        "recipient": "4433",
        "reference": "8:17",
        "total": 3,
        "number": number,
        "received_at": NOW,
        "data_coding": 8,
        "header": b"\x05\x00\x03\x11\x03\x01",
        "octets": b"\x00\xff\x04\x1f",
    } | changes
    return IncomingPart(**values)


async def test_parts_come_back_with_every_field_in_the_order_of_their_ids(house):
    parts = [
        part(house, number, reference=f"16:{number}", header=b"" if number == 2 else b"\0") for number in (3, 1, 2)
    ]
    await house.keep(*parts)
    assert await house.store.incoming_parts(0, 10) == [(one, 0) for one in parts]
    assert await house.store.incoming_parts(parts[0].id, 1) == [(parts[1], 0)]


async def test_a_part_that_was_joined_names_its_text_and_one_that_is_gone_is_gone(house):
    first, second = part(house, 1), part(house, 2)
    await house.keep(first, second)
    text = house.incoming(text="whole […]", missing=1)
    await house.keep(text, PartJoined(first.id, text.id), PartJoined(second.id, text.id))
    assert await house.store.incoming_parts(0, 10) == [(first, text.id), (second, text.id)]
    await house.keep(PartGone(first.id))
    assert await house.store.incoming_parts(0, 10) == [(second, text.id)]
    await house.sound()


async def test_a_text_remembers_how_much_of_it_is_missing(house):
    text = house.incoming(account_id=1, missing=2)
    await house.keep(text, notice := house.notice(incoming=text))
    (found,) = await house.store.notices(notice.target, 0, NOW, 10)
    assert found.incoming.missing == 2


async def test_parts_are_there_after_a_restart(keeping_backend, tmp_path):
    store = keeping_backend.make(tmp_path)
    await store.open()
    house = await furnished(store)
    kept = part(house, 1)
    await house.keep(kept)
    await store.close()
    store = keeping_backend.make(tmp_path)
    await store.open()
    try:
        assert await store.incoming_parts(0, 10) == [(kept, 0)]
    finally:
        await store.close()
