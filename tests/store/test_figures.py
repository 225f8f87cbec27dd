"""The counters of statistics: they say what the messages say, whatever becomes of those, and outlive them."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pytest

from heliograph.model.figures import By, Figure, Question
from heliograph.model.message import OwnPart, PartOf, State
from heliograph.model.rows import Whole
from heliograph.store.columns.figures import on_removal
from store.samples import DAY, FENCE, NOW, PRICE, furnished, moved

ALL = Question(0, NOW - DAY, NOW + DAY, 0, ())
QUARTER_HOUR = 900_000


async def figures(house, **changes):
    return await house.store.history.counted(replace(ALL, **changes))


def figure(messages, parts, delivered, failed, refused, amount):
    return Figure(-1, -1, "", "", messages, parts, delivered, failed, refused, amount)


WAYS = (
    ((State.DELIVERED,), (1, 2, 1, 0, 0, PRICE)),
    ((State.DELIVERED, State.READ, State.CLICKED), (1, 2, 1, 0, 0, PRICE)),
    ((State.DELIVERED, State.CLICKED), (1, 2, 1, 0, 0, PRICE)),
    ((State.UNDELIVERABLE,), (1, 2, 0, 1, 0, PRICE)),
    ((State.UNKNOWN,), (1, 2, 0, 0, 0, PRICE)),
    ((State.UNKNOWN, State.DELIVERED), (1, 2, 1, 0, 0, PRICE)),
    ((State.UNKNOWN, State.EXPIRED), (1, 2, 0, 1, 0, PRICE)),
    ((State.IN_DOUBT, State.SENT), (1, 2, 0, 0, 0, PRICE)),
)
GIVEN_BACK = ((State.CANCELLED, (1, 1, 0, 0, 0, 0)), (State.EXPIRED, (1, 1, 0, 1, 0, 0)))
TELLS = pytest.mark.parametrize("tells", [True, False], ids=["with its message", "by its id alone"])


@TELLS
async def test_an_end_is_counted_once_and_a_late_receipt_corrects_it(exact, tells):
    messages = [exact.upstream(price=PRICE, parts=2, sender=f"way {place}") for place in range(len(WAYS))]
    await exact.keep(*messages)
    for message, (states, _) in zip(messages, WAYS, strict=True):
        for state in states:
            move = moved(message, state, final_at=NOW)
            await exact.keep(move if tells else move._replace(message=None))
    assert await figures(exact, by=(By.SENDER,)) == [
        Figure(-1, -1, f"way {place}", "", *found) for place, (_, found) in enumerate(WAYS)
    ]
    await exact.sound()


@TELLS
async def test_what_is_given_back_is_not_what_was_spent(exact, tells):
    for place, (state, _) in enumerate(GIVEN_BACK):
        message = exact.message(price=PRICE, sender=f"way {place}")
        await exact.keep(message)
        move = moved(message, state, refund=PRICE, final_at=NOW)
        await exact.keep(move if tells else move._replace(message=None))
    assert await figures(exact, by=(By.SENDER,)) == [
        Figure(-1, -1, f"way {place}", "", *found) for place, (_, found) in enumerate(GIVEN_BACK)
    ]
    await exact.sound()


async def test_a_move_that_comes_too_late_counts_nothing(house):
    message = house.message(price=PRICE)
    await house.keep(message)
    await house.keep(moved(message, State.CANCELLED, refund=PRICE))
    late = moved(message, State.DELIVERED, final_at=NOW)
    assert await house.store.write([late], FENCE, NOW)
    assert await house.store.write([late._replace(message=None)], FENCE, NOW)
    assert await figures(house) == [figure(1, 1, 0, 0, 0, 0)]
    await house.sound()


async def test_parts_that_become_one_message_are_counted_as_one(exact):
    """The second part was accepted in another quarter of an hour; its price and its place there are the whole's."""
    parts = [
        exact.message(
            state=State.HELD,
            price=PRICE,
            part=PartOf("8:1", 2, number),
            accepted_at=NOW + (number - 1) * QUARTER_HOUR,
        )
        for number in (1, 2)
    ]
    await exact.keep(*parts)
    assert await figures(exact) == [figure(2, 2, 0, 0, 0, 2 * PRICE)]
    whole = replace(
        parts[0],
        part=None,
        parts=2,
        price=2 * PRICE,
        own_parts=tuple(OwnPart(part.id, part.accepted_at) for part in parts),
    )
    await exact.keep(Whole(whole), moved(whole, State.QUEUED))
    assert await figures(exact) == [figure(1, 2, 0, 0, 0, 2 * PRICE)]
    assert await figures(exact, since=NOW + QUARTER_HOUR) == []
    await exact.keep(moved(whole, State.DELIVERED, final_at=NOW))
    assert await figures(exact) == [figure(1, 2, 1, 0, 0, 2 * PRICE)]
    await exact.sound()


async def test_days_are_those_of_any_clock_that_is_quarters_of_an_hour_off(exact):
    midnight = NOW // DAY * DAY
    await exact.keep(exact.message(accepted_at=midnight - 1), exact.message(accepted_at=midnight))
    kathmandu_s = 5 * 3600 + 45 * 60
    for offset_s, at in ((0, midnight), (kathmandu_s, midnight - kathmandu_s * 1000)):
        await exact.keep(exact.message(accepted_at=at - 1, sender="Edge"), exact.message(accepted_at=at, sender="Edge"))
        question = {"since": at - DAY, "until": at + DAY, "offset_s": offset_s, "by": (By.DAY, By.SENDER)}
        edge = [one for one in await figures(exact, **question) if one.sender == "Edge"]
        assert {one.day for one in edge} == {midnight // DAY - 1, midnight // DAY}
    await exact.sound()


async def test_counters_outlive_the_messages_that_are_removed(exact):
    old, young = exact.upstream(price=PRICE), exact.message(price=PRICE)
    await exact.keep(old, young)
    await exact.keep(moved(old, State.DELIVERED, final_at=NOW))
    found = await figures(exact)
    await execute(exact.store._database, on_removal(f"id = {old.id}"), f"DELETE FROM message WHERE id = {old.id}")
    assert await figures(exact) == found == [figure(2, 2, 1, 0, 0, 2 * PRICE)]
    assert not [fault for fault in await exact.store.check() if "statistics" in fault]


async def execute(database, *statements):
    """Straight into the database, in one transaction."""
    async with database.group() as connection:
        for statement in statements:
            done = connection.execute(statement)
            if inspect.isawaitable(done):
                await done


async def test_counters_are_filled_for_messages_from_before_there_were_any(keeping_backend, tmp_path):
    store = keeping_backend.make(tmp_path)
    await store.open()
    house = await furnished(store)
    gone, refused = house.message(price=PRICE), house.message(state=State.REJECTED, refusal="no_money")
    await house.keep(gone, refused, house.message(account_id=2))
    await house.keep(moved(gone, State.DELIVERED, final_at=NOW))
    found = await figures(house, by=(By.ACCOUNT,))
    database = store._database  # made to look as one of before
    await execute(database, "DELETE FROM figure", f"UPDATE figure_fill SET next_id = 1, end_id = {refused.id}")
    assert await store.check() != []
    await store.close()
    again = keeping_backend.make(tmp_path)
    await again.open()
    assert await again.history.counted(replace(ALL, by=(By.ACCOUNT,))) == [
        Figure(-1, 1, "", "", 1, 1, 1, 0, 0, PRICE),
    ]
    await execute(again._database, "UPDATE figure_fill SET end_id = end_id + 100")  # the rest, as after a crash
    await again.close()
    third = keeping_backend.make(tmp_path)
    await third.open()
    assert await third.history.counted(replace(ALL, by=(By.ACCOUNT,))) == found
    assert await third.check() == []
    await third.close()
