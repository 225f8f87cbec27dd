"""A group is one transaction: all of it or nothing, but for single items that are refused with a reason."""

from __future__ import annotations

import asyncio

import pytest

from heliograph.model.account import Endpoint, Sender
from heliograph.model.message import Content, State
from heliograph.model.receipt import ReceiptFate
from heliograph.model.refusal import Reason
from heliograph.model.rows import Fence, Guard, ReceiptMove
from heliograph.ports import StoreFailure
from store.samples import DAY, FENCE, NOW, PRICE, moved, settled, taken, top_up


async def everything(house):
    """All there is to see of a store."""
    return (
        await house.store.purses(),
        [entry for purse in (1, 2) for entry in await house.store.entries(purse, 0, 100)],
        await house.store.census(),
        await house.store.waiting(),
        await house.store.notice_targets(NOW + DAY),
        await house.store.parked([("carrier", "early")]),
        await house.store.guard(1, "key", NOW),
        await house.store.directory(),
    )


BAD_ROWS = {
    "a row that is none": lambda house: object(),
    "a lone surrogate": lambda house: house.message(content=Content("\ud800")),
    "a number beyond 64 bits": lambda house: house.message(price=2**63),
    "an id that is taken": lambda house: house.message(id=house.taken_id),
    "money of a purse that does not exist": lambda house: house.message(purse=99, price=1),
    "an entry of a purse that does not exist": lambda house: top_up(5, purse=99),
    "an attempt that exists": lambda house: taken(house.upstream(id=house.taken_id, request_id=1)),
}


@pytest.mark.parametrize("bad", BAD_ROWS.values(), ids=BAD_ROWS)
@pytest.mark.parametrize("place", [0, -1])
async def test_a_group_that_raises_leaves_nothing(exact, bad, place):
    house = exact
    known = house.upstream()
    house.taken_id = known.id
    await house.keep(known, taken(known), house.message(price=PRICE))
    await house.keep(kept := house.parked("early"), waits := house.notice(known))
    before = await everything(house)
    new = house.upstream(price=PRICE)
    rows = [
        new,
        taken(new, "up-2"),
        house.notice(new),
        house.parked("early"),
        house.incoming(),
        Guard(1, "key", "hash", (new.id,), NOW + DAY),
        top_up(1_000_000),
        moved(known, State.REJECTED, refund=PRICE, final_at=NOW),
        ReceiptMove(kept.id, ReceiptFate.MATCHED, known.id, 1),
        settled(waits),
    ]
    rows.insert(len(rows) if place else 0, bad(house))
    with pytest.raises(Exception) as raised:  # noqa: PT011 - each store has its own word for it
        await house.store.write(rows, FENCE, NOW)
    assert not isinstance(raised.value, StoreFailure | AssertionError), "it must not be tried again"
    assert await everything(house) == before
    assert await house.stored(new.id) is None
    await house.sound()


async def test_after_a_group_that_raised_the_rest_of_it_can_be_written(exact):
    house = exact
    good = house.message(price=PRICE)
    with pytest.raises(UnicodeEncodeError):
        await house.store.write([good, house.message(content=Content("\udfff"))], FENCE, NOW)
    await house.keep(good)
    assert (await house.stored(good.id)).state is State.QUEUED
    await house.sound()


@pytest.mark.parametrize("bad", BAD_ROWS.values(), ids=BAD_ROWS)
async def test_a_group_of_many_that_raises_leaves_nothing(exact, bad):
    house = exact
    known = house.upstream()
    house.taken_id = known.id
    await house.keep(known, taken(known))
    many = [house.message(price=PRICE) for _ in range(30)]
    before = await everything(house)
    with pytest.raises(Exception) as raised:  # noqa: PT011 - each store has its own word for it
        await house.store.write([*many, bad(house)], FENCE, NOW)
    assert not isinstance(raised.value, StoreFailure | AssertionError), "it must not be tried again"
    assert await everything(house) == before
    await house.keep(*many)
    await house.sound()


async def test_an_empty_group_is_a_group(house):
    assert not await house.store.write([], FENCE, NOW)
    await house.sound()


async def test_a_probe_changes_nothing(house):
    before = await everything(house)
    await house.store.probe()
    assert await everything(house) == before


async def test_refused_messages_leave_nothing_and_the_rest_is_durable(house):
    """More messages than the purse has money for: a store may take them (where one process owns it, memory has seen to
    the money before) or refuse some, but what it says is what it did."""
    await house.store.change_directory([], "test", NOW)
    (poor,) = [purse for purse in await house.store.purses() if purse.id == 2]
    messages = [house.message(account_id=2, purse=2, price=poor.spendable // 5) for _ in range(10)]
    verdict = await house.store.write([*messages, top_up(7)], FENCE, NOW)
    assert set(verdict.values()) <= {Reason.NO_MONEY, Reason.DUPLICATE, Reason.BUSY}
    kept = await house.store.messages([message.id for message in messages], None)
    assert {message.id for message in kept} == {message.id for message in messages} - set(verdict)
    assert await house.balance(2) == poor.balance - sum(message.price for message in kept)
    assert (await house.store.entries(1, 0, 1))[0][1].amount == 7
    await house.sound()


@pytest.mark.parametrize("state", [state for state in State if state is not State.QUEUED])
async def test_a_fenced_move_of_a_message_that_is_no_longer_queued_is_busy(house, state):
    """Two may mark the same message SENDING; the second has lost it (decisions.md 8)."""
    gone, waits = house.message(price=PRICE), house.message(price=PRICE)
    other = house.upstream()
    await house.keep(gone, waits, other)
    await house.keep(moved(gone, state, tries=4))
    verdict = await house.store.write(
        [
            moved(gone, State.SENDING, tries=5, refund=PRICE, fenced=True),
            moved(other, State.IN_DOUBT, tries=1),
            taken(other),
            top_up(7),
        ],
        FENCE,
        NOW,
    )
    assert dict(verdict) == {gone.id: Reason.BUSY}
    stored = await house.stored(gone.id)
    assert (stored.state, stored.tries, stored.refunded) == (state, 4, 0)
    assert (await house.stored(other.id)).state is State.IN_DOUBT
    assert len((await house.store.story(other.id)).attempts) == 1
    assert (await house.store.entries(1, 0, 1))[0][1].amount == 7
    await house.keep(moved(waits, State.SENDING, tries=1, fenced=True))
    assert (await house.stored(waits.id)).state is State.SENDING
    await house.sound()


async def test_of_several_fenced_moves_only_the_late_ones_are_busy(house):
    messages = [house.message() for _ in range(20)]
    await house.keep(*messages)
    for message in messages[::3]:
        await house.keep(moved(message, State.CANCELLED, final_at=NOW))
    verdict = await house.store.write(
        [moved(message, State.SENDING, tries=1, fenced=True) for message in messages], FENCE, NOW
    )
    late = {message.id for message in messages[::3]}
    assert late <= set(verdict)
    assert set(verdict.values()) == {Reason.BUSY}
    for message in messages:
        stored = await house.stored(message.id)
        if message.id in late:
            assert stored.state is State.CANCELLED
        else:
            assert stored.state is (State.QUEUED if message.id in verdict else State.SENDING)


async def test_a_move_that_comes_too_late_is_told_of_and_its_neighbours_are_written(exact):
    opening = await exact.balance()
    ended, living = exact.upstream(price=PRICE), exact.upstream(price=PRICE)
    await exact.keep(ended, living)
    await exact.keep(moved(ended, State.REJECTED, refund=PRICE, final_at=NOW))
    new = exact.message(price=PRICE)
    late = moved(ended, State.EXPIRED, refund=PRICE, final_at=NOW)
    verdict = await exact.store.write([new, late, exact.notice(ended), moved(living, State.SENT)], FENCE, NOW)
    assert verdict == {ended.id: Reason.BUSY}
    states = [(await exact.stored(message.id)).state for message in (ended, living, new)]
    assert states == [State.REJECTED, State.SENT, State.QUEUED]
    assert not (await exact.store.story(ended.id)).notices
    assert await exact.balance() == opening - 2 * PRICE
    await exact.sound()


async def test_who_marks_a_message_sending_owns_it(house):
    message = house.message(node=1, epoch=1)
    await house.keep(message)
    for _ in range(50):
        if not await house.store.write([moved(message, State.SENDING, tries=1, fenced=True)], Fence(4, 9), NOW):
            break
    stored = await house.stored(message.id)
    assert (stored.state, stored.node, stored.epoch) == (State.SENDING, 4, 9)


async def test_a_message_is_marked_sent_back_and_marked_again_in_one_group(house):
    message = house.message()
    await house.keep(message)
    verdict = await house.store.write(
        [
            moved(message, State.PAUSED),
            moved(message, State.QUEUED),
        ],
        FENCE,
        NOW,
    )
    assert not verdict
    await house.keep(moved(message, State.SENDING, tries=1, fenced=True))
    assert (await house.stored(message.id)).state is State.SENDING


async def test_groups_written_at_the_same_time_are_all_written(house):
    """Callers queue up: none sees the inside of another's group."""
    groups = [[house.message(price=PRICE) for _ in range(5)] for _ in range(20)]
    await asyncio.gather(
        *(house.keep(*group) for group in groups),
        house.store.change_directory([Sender(0, 1, "Shop")], "test", NOW),
        house.store.probe(),
        house.store.change_directory([Endpoint(0, 1, "https://example.org/", "s")], "test", NOW),
    )
    ids = [message.id for group in groups for message in group]
    assert {message.id for message in await house.store.messages(ids, None)} == set(ids)
    await house.sound()
