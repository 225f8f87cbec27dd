"""A purse that another node emptied: a mailing's batch is taken whole or not at all, and a key is free again."""

from __future__ import annotations

from dataclasses import replace

from heliograph.model.campaign import Campaign, CampaignMove, Cursor
from heliograph.model.message import Content, State
from heliograph.model.refusal import Reason
from heliograph.model.rows import Guard, Replaced
from store.samples import FENCE, NOW, OPENING, OTHER_PURSE, PRICE, top_up


async def test_a_batch_there_is_too_little_money_for_comes_again_whole_and_its_neighbours_pass(house):
    campaigns = house.store.campaigns
    poor, rich = [
        await campaigns.add(Campaign(0, account, "sale", NOW, 2, NOW, "smsc", "smsc", "192.0.2.1", "UTC"), [], [])
        for account in (2, 1)
    ]
    dear = [house.message(account_id=2, purse=OTHER_PURSE, price=4_000_000, campaign=poor) for _ in range(2)]
    cheap = [house.message(price=PRICE, campaign=rich), house.message(account_id=2, purse=OTHER_PURSE, price=1_000_000)]
    moves = [
        CampaignMove(poor, Cursor(2, 0), 2, 0, 2, 8_000_000),
        CampaignMove(rich, Cursor(1, 0), 1, 0, 1, PRICE),
        CampaignMove(rich, Cursor(2, 0), 1, 1, 0, 0),
    ]
    verdict = await house.store.write([*dear, *cheap, *moves], FENCE, NOW)
    assert verdict == {message.id: Reason.NO_MONEY for message in dear}
    assert (await campaigns.get(poor)).cursor == Cursor(0, 0)
    after = await campaigns.get(rich)
    assert (after.cursor, after.done, after.refused, after.parts, after.cost) == (Cursor(2, 0), 2, 1, 1, PRICE)
    assert await house.balance() == OPENING - PRICE
    assert await house.balance(OTHER_PURSE) == -1_000_000
    await house.sound()


async def test_a_key_whose_message_nobody_could_pay_may_be_used_once_there_is_money(house):
    dear, again = [house.message(account_id=2, purse=OTHER_PURSE, price=6_000_000) for _ in range(2)]
    guard = Guard(2, "order 7", "hash", (dear.id,), NOW + 1_000)
    assert await house.store.write([dear, guard], FENCE, NOW) == {dear.id: Reason.NO_MONEY}
    assert await house.store.guard(2, "order 7", NOW) is None
    await house.keep(top_up(5_000_000, OTHER_PURSE))
    assert not await house.store.write([again, Guard(2, "order 7", "hash", (again.id,), NOW + 1_000)], FENCE, NOW)
    assert (await house.store.guard(2, "order 7", NOW)).message_ids == (again.id,)
    await house.sound()


async def test_another_text_that_its_purse_cannot_pay_leaves_the_old_one(house):
    """Memory is a hint where nodes share a store: the database looks itself."""
    old = house.message(account_id=2, purse=OTHER_PURSE, price=4_000_000, state=State.SCHEDULED)
    await house.keep(old)
    dearer = [replace(old, content=Content("other"), price=price) for price in (6_000_000, 5_000_000)]
    rows = [Replaced(new, old.state, old.purse, old.price, 1) for new in dearer]
    assert await house.store.write(rows[:1], FENCE, NOW) == {old.id: Reason.NO_MONEY}
    assert (await house.stored(old.id)).content.text == "Hello"
    assert not await house.store.write(rows[1:], FENCE, NOW)
    assert (await house.stored(old.id)).price == 5_000_000
    assert await house.balance(OTHER_PURSE) == -5_000_000
    await house.sound()


async def test_a_key_names_those_of_its_messages_that_were_taken(house):
    cheap, dear = [house.message(account_id=2, purse=OTHER_PURSE, price=price) for price in (1_000_000, 6_000_000)]
    guard = Guard(2, "order 8", "hash", (cheap.id, -7, dear.id), NOW + 1_000, -402)
    assert await house.store.write([cheap, dear, guard], FENCE, NOW) == {dear.id: Reason.NO_MONEY}
    assert (await house.store.guard(2, "order 8", NOW)).message_ids == (cheap.id, -7, -402)
    await house.sound()
