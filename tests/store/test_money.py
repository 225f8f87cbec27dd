"""Money adds up: every change of a balance is a line of the ledger in the same group (P6, decisions.md 7)."""

from __future__ import annotations

import random

from heliograph.model.account import Account
from heliograph.model.message import State
from heliograph.model.money import Entry, Purse
from heliograph.model.rows import ledger_lines
from store.samples import FENCE, NOW, OPENING, OTHER_PURSE, PRICE, PURSE, moved, top_up


async def test_a_group_charges_each_purse_once(house):
    await house.keep(top_up(1_000_000, OTHER_PURSE))
    mine = [house.message(price=PRICE) for _ in range(3)]
    theirs = house.message(account_id=2, purse=OTHER_PURSE, price=70_000)
    free = house.message()
    lines_before = len(await house.store.entries(PURSE, 0, 100))
    for message in mine:
        await house.keep(message, at=NOW + 3)
    await house.keep(theirs, free, at=NOW + 3)
    assert await house.balance() == OPENING - 3 * PRICE
    assert await house.balance(OTHER_PURSE) == 930_000
    charges = [entry for _, entry in await house.store.entries(PURSE, 0, 100)]
    assert len(charges) == lines_before + 3
    assert charges[0] == Entry(NOW + 3, "charge", 1, "purse:1", "income", PRICE, 1, mine[2].id, mine[2].id)
    ((_, other),) = await house.store.entries(OTHER_PURSE, 0, 1)
    assert other == Entry(NOW + 3, "charge", 2, "purse:2", "income", 70_000, 1, theirs.id, theirs.id)
    await house.sound()


async def test_the_ledger_has_one_line_per_purse_kind_and_group(house):
    """What is written is what `ledger_lines` says of the items that were taken."""
    messages = [house.message(price=PRICE) for _ in range(6)]
    ended = house.message(price=3 * PRICE)
    await house.keep(ended)
    move = moved(ended, State.EXPIRED, refund=3 * PRICE, final_at=NOW)
    verdict = await house.store.write([*messages, move], FENCE, NOW + 9)
    taken = [message for message in messages if message.id not in verdict]
    written = [entry for _, entry in await house.store.entries(PURSE, 0, 2)]
    assert sorted(written) == sorted(ledger_lines(taken, [move], NOW + 9))
    charge = next(entry for entry in written if entry.kind == "charge")
    assert charge == Entry(
        NOW + 9,
        "charge",
        PURSE,
        "purse:1",
        "income",
        PRICE * len(taken),
        len(taken),
        min(message.id for message in taken),
        max(message.id for message in taken),
    )
    refund = next(entry for entry in written if entry.kind == "refund")
    assert refund == Entry(NOW + 9, "refund", 1, "income", "purse:1", 3 * PRICE, 1, ended.id, ended.id)
    await house.sound()


async def test_a_free_message_leaves_the_ledger_alone(house):
    before = await house.store.entries(PURSE, 0, 100)
    await house.keep(house.message(), house.message(state=State.REJECTED, refusal="stop_listed", final_at=NOW))
    assert await house.store.entries(PURSE, 0, 100) == before
    assert await house.balance() == OPENING


async def test_entries_come_newest_first_and_a_page_at_a_time(house):
    for number in range(1, 8):
        await house.keep(top_up(number, at=NOW + number))
    await house.keep(top_up(99, OTHER_PURSE))
    first = await house.store.entries(PURSE, 0, 3)
    assert [entry.amount for _, entry in first] == [7, 6, 5]
    second = await house.store.entries(PURSE, first[-1][0], 3)
    assert [entry.amount for _, entry in second] == [4, 3, 2]
    third = await house.store.entries(PURSE, second[-1][0], 3)
    assert [entry.amount for _, entry in third] == [1, OPENING]
    assert await house.store.entries(PURSE, third[-1][0], 3) == []
    assert await house.store.entries(77, 0, 3) == []


async def test_a_new_purse_is_empty_whatever_it_says(house):
    await house.store.change_directory([Purse(0, 1, "USD", 5_000_000, credit=3), Account(1, "a", 1, "t", 1, 1)], "x", 1)
    purse = (await house.store.purses())[-1]
    assert (purse.account_id, purse.currency, purse.balance, purse.credit) == (1, "USD", 0, 3)
    assert purse.id not in (PURSE, OTHER_PURSE)


async def test_changing_a_purse_never_touches_its_balance(house):
    await house.store.change_directory([Purse(PURSE, 1, "EUR", 0, credit=9)], "test", NOW)
    assert (await house.store.purses())[0] == Purse(PURSE, 1, "EUR", OPENING, 9)
    await house.sound()


async def test_R28_a_purse_ends_exactly_where_the_ledger_says_after_any_story(house):
    """A thousand messages of random prices and fates, in random groups."""
    chance = random.Random(7)
    spent = 0
    for _ in range(40):
        group = [house.message(price=chance.choice([0, 1, PRICE, 3 * PRICE]), parts=3) for _ in range(25)]
        await house.keep(*group)
        spent += sum(message.price for message in group)
        moves = []
        for message in chance.sample(group, 12):
            refund = chance.choice([0, message.price // 3, message.price])
            spent -= refund
            moves.append(moved(message, State.EXPIRED, refund=refund, final_at=NOW))
        await house.keep(*moves)
    assert await house.balance() == OPENING - spent
    await house.sound()


async def test_money_goes_from_purse_to_purse_in_one_line(house):
    await house.keep(Entry(NOW, "correction", PURSE, "purse:1", "purse:2", 500, 1, 0, 0, "moved"))
    assert await house.balance() == OPENING - 500
    assert await house.balance(OTHER_PURSE) == 500
    await house.sound()
