"""Parts of long messages wait as HELD rows, and one row takes their place when all are there (decisions.md 11)."""

from __future__ import annotations

from dataclasses import replace

from heliograph.model.message import Content, OwnPart, PartOf, State
from heliograph.model.rows import Whole
from store.samples import FENCE, NOW, PRICE, moved


def part(house, number, total=2, **changes):
    content = Content(f"{number}", coding=0, segments=(bytes((5, 0, 3, 42, total, number)) + b"x",))
    of = PartOf("8:42", total, number, 60)
    return house.message(content=content, state=State.HELD, part=of, price=PRICE, **changes)


def whole(first, second):
    content = replace(first.content, text="12", segments=first.content.segments + second.content.segments)
    parts = (OwnPart(first.id, NOW, "", "smpp:shop"), OwnPart(second.id, NOW + 1))
    return replace(
        first, content=content, parts=2, price=2 * PRICE, part=None, own_parts=parts, targets=("endpoint:1",)
    )


async def test_held_parts_come_back_in_the_order_of_their_ids_and_say_of_what_they_are(house):
    second, first = part(house, 2), part(house, 1)
    await house.keep(second, house.message(), first)
    found = await house.store.held(0, 10, FENCE)
    assert [one.id for one in found] == [second.id, first.id]
    assert [one.part for one in found] == [PartOf("8:42", 2, 2, 60), PartOf("8:42", 2, 1, 60)]
    assert [one.content.segments for one in found] == [second.content.segments, first.content.segments]
    assert [one.id for one in await house.store.held(second.id, 10, FENCE)] == [first.id]
    assert len(await house.store.held(0, 1, FENCE)) == 1


async def test_a_whole_takes_the_place_of_its_parts_and_their_ids_lead_to_it(house):
    second, between, first = part(house, 2), house.message(), part(house, 1)
    await house.keep(second, between, first)
    message = whole(first, second)
    await house.keep(Whole(message), moved(message, State.QUEUED, next_try_at=NOW))
    assert await house.store.held(0, 10, FENCE) == []
    (found,) = await house.store.messages([second.id], 1)
    assert (found.id, found.state, found.parts, found.price) == (first.id, State.QUEUED, 2, 2 * PRICE)
    assert (found.own_parts, found.part, found.targets) == (message.own_parts, None, ("endpoint:1",))
    assert found.content == message.content
    assert list(found.part_ids) == [first.id, second.id]
    assert [one.id for one in await house.store.messages([first.id, second.id], 1)] == [first.id]
    assert await house.store.messages([second.id], 2) == []
    assert (await house.store.story(second.id)).message.id == first.id
    assert (await house.store.messages([between.id], 1))[0].id == between.id
    assert await house.store.check() == []


async def test_a_whole_owns_no_id_but_those_of_its_parts(house):
    second, first = part(house, 2), part(house, 1)
    await house.keep(second, first)
    await house.keep(Whole(whole(first, second)))
    assert house.store.take_ids(1) == first.id + 1
    assert await house.store.messages([first.id + 1], 1) == []


async def test_parts_that_end_alone_are_paid_back_one_by_one(house):
    parts = [part(house, 1, 3), part(house, 3, 3)]
    await house.keep(*parts)
    ends = [moved(one, State.UNDELIVERABLE, error=241, final_at=NOW, refund=PRICE) for one in parts]
    await house.keep(*ends)
    assert await house.store.held(0, 10, FENCE) == []
    assert [one.refunded for one in await house.store.messages([one.id for one in parts], 1)] == [PRICE, PRICE]
    assert await house.store.check() == []
