"""Another text for a message that waits: its row, its ids and its money change in one group, or not at all."""

from __future__ import annotations

from dataclasses import replace

from heliograph.model.message import Content, OwnPart, State
from heliograph.model.money import Entry
from heliograph.model.rows import Replaced
from store.samples import FENCE, NOW, OPENING, PRICE, PURSE, moved


def changed(old, **changes):
    """The same message with another text, and the row that says so."""
    new = replace(old, **{"content": Content("other"), "replaced_at": NOW + 5, "attempts": [], **changes})
    return new, Replaced(new, old.state, old.purse, old.price, 1 if old.price else 0)


def of_two(house, old):
    """It becomes a message of two parts, of which the second has an id from further on."""
    second = house.store.take_ids(1)
    parts = (OwnPart(old.id, NOW), OwnPart(second, NOW))
    new, row = changed(old, parts=2, price=2 * PRICE, own_parts=parts, due_at=NOW + 7, targets=("smpp:shop",))
    return new, row._replace(part_ids=(second,))


async def test_a_dearer_text_is_charged_and_a_cheaper_one_paid_back_to_the_millionth(house):
    old = house.message(state=State.SCHEDULED, price=PRICE, due_at=NOW + 1)
    between = house.message(price=PRICE)
    await house.keep(old, between)
    new, row = of_two(house, old)
    await house.keep(row, at=NOW + 5)
    stored = await house.stored(old.id)
    assert (stored.content.text, stored.parts, stored.price, stored.replaced_at) == ("other", 2, 2 * PRICE, NOW + 5)
    assert (stored.state, stored.due_at, stored.targets) == (State.SCHEDULED, NOW + 7, ("smpp:shop",))
    assert [(await house.stored(part_id)).id for part_id in new.part_ids] == [old.id, old.id]
    assert (await house.stored(between.id)).id == between.id
    assert await house.balance() == OPENING - 3 * PRICE
    ((_, anew), (_, back)) = await house.store.entries(PURSE, 0, 2)
    assert back == Entry(NOW + 5, "repriced", 1, "income", "purse:1", PRICE, 1, old.id, old.id)
    assert anew == Entry(NOW + 5, "repriced", 1, "purse:1", "income", 2 * PRICE, 2, old.id, old.id)
    await house.sound()
    short = replace(new, parts=1, price=PRICE, own_parts=new.own_parts[:1], content=Content("short"))
    await house.keep(Replaced(short, State.SCHEDULED, PURSE, 2 * PRICE, 2))
    assert await house.balance() == OPENING - 2 * PRICE
    assert (await house.stored(old.id)).content.text == "short"
    await house.sound()


async def test_a_text_for_the_same_price_leaves_the_ledger_alone(house):
    old = house.message(state=State.SCHEDULED, price=PRICE)
    await house.keep(old)
    before = await house.store.entries(PURSE, 0, 100)
    await house.keep(changed(old)[1])
    assert await house.store.entries(PURSE, 0, 100) == before
    await house.sound()


async def test_what_has_gone_on_meanwhile_is_not_replaced_and_its_neighbours_are_kept(exact):
    house = exact
    sent, other = house.message(price=PRICE), house.message(price=PRICE)
    await house.keep(sent, other)
    await house.keep(moved(sent, State.SENDING, fenced=True, tries=1))
    late, in_time = changed(sent, price=9 * PRICE)[1], changed(other)[1]
    assert set(await house.store.write([late, in_time], FENCE, NOW)) == {sent.id}
    assert (await house.stored(sent.id)).content.text == "Hello"
    assert (await house.stored(other.id)).content.text == "other"
    assert await house.balance() == OPENING - 2 * PRICE
    await house.sound()


async def test_a_text_in_every_form_comes_back_as_it_was_written(house):
    old = house.message(state=State.HELD)
    await house.keep(old)
    content = Content("", Content().kind, b"\0\1", b"\x03\x24\x01\x01", 4, None, (b"\0part",))
    _, row = changed(old, content=content, coding=3 << 24, sender="Asked", sender_asked="Other", template=2)
    await house.keep(row)
    stored = await house.stored(old.id)
    assert stored.content == content
    assert (stored.coding, stored.sender, stored.sender_asked, stored.template) == (3 << 24, "Asked", "Other", 2)
