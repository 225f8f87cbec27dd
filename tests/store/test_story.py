"""`story` is everything that is stored about one message, for the trace."""

from __future__ import annotations

import pytest

from heliograph.model.message import AttemptState, State
from heliograph.model.receipt import KeptReceipt, Receipt, ReceiptFate
from store.samples import FENCE, NOW, PRICE, attempt_moved, moved, plain, settled, taken, top_up


async def test_a_story_has_everything_about_the_message_in_order(house):
    message = house.upstream(parts=2, price=2 * PRICE)
    await house.keep(message, at=NOW + 1)
    first, second = taken(message, "b", 2), taken(message, "a", 1)
    await house.keep(first, second, at=NOW + 2)
    receipt = Receipt("carrier", "a", None, 0, NOW, 0, "", "ENROUTE")
    kept = KeptReceipt(house.event_id(), receipt, ReceiptFate.INTERMEDIATE, message.id, 1)
    notices = [house.notice(message, part=1), house.notice(message, target="handler")]
    await house.keep(
        attempt_moved(second, AttemptState.UNDELIVERABLE, error=11, detail="UNDELIV"),
        moved(message, State.UNDELIVERABLE, tries=1, error=11, final_at=NOW + 5, refund=PRICE),
        kept,
        *notices,
        at=NOW + 5,
    )
    await house.keep(settled(notices[0]), at=NOW + 6)
    story = await house.store.story(message.id)
    assert (story.message.state, story.message.refunded) == (State.UNDELIVERABLE, PRICE)
    assert [(one.part_first, one.state, one.detail) for one in story.attempts] == [
        (1, AttemptState.UNDELIVERABLE, "UNDELIV"),
        (2, AttemptState.TAKEN, ""),
    ]
    assert story.receipts == [kept]
    assert [(one.id, one.part, one.target, one.answer) for one in story.notices] == [
        (notices[0].id, 1, "endpoint:1", "200 OK"),
        (notices[1].id, 0, "handler", ""),
    ]
    assert all(notice.message is story.message for notice in story.notices)
    assert [(one.kind, one.amount, one.at) for one in story.entries] == [
        ("charge", 2 * PRICE, NOW + 1),
        ("refund", PRICE, NOW + 5),
    ]


async def test_attempts_stand_in_the_order_of_tries_and_within_a_try_of_parts(house):
    message = house.upstream(parts=3)
    await house.keep(message)
    for part, try_no in ((2, 2), (3, 1), (1, 2), (2, 1), (1, 1)):
        await house.keep(taken(message, f"{part}.{try_no}", part, try_no))
    story = await house.store.story(message.id)
    assert [one.upstream_id for one in story.attempts] == ["1.1", "2.1", "3.1", "1.2", "2.2"]


async def test_any_part_id_tells_the_story(house):
    message = house.message(parts=3)
    await house.keep(message)
    for part_id in range(message.id, message.id + 3):
        assert plain((await house.store.story(part_id)).message) == plain(message)
    assert await house.store.story(message.id + 3) is None


async def test_a_story_holds_nothing_of_other_messages(house):
    mine, other = house.upstream(price=PRICE), house.upstream(price=7)
    await house.keep(other)
    await house.keep(top_up(5))
    await house.keep(mine)
    await house.keep(taken(other, "o"), house.notice(other), house.incoming())
    story = await house.store.story(mine.id)
    assert (story.attempts, story.receipts, story.notices) == ([], [], [])
    assert [(one.kind, one.amount) for one in story.entries] == [("charge", PRICE)]


async def test_a_free_message_has_no_ledger_lines(house):
    message = house.message()
    await house.keep(message, house.message(price=PRICE))
    assert (await house.store.story(message.id)).entries == []


async def test_the_charge_is_found_when_its_group_was_written_later_than_the_message_was_accepted(house):
    """The lines of groups in between are of other messages."""
    message = house.message(price=PRICE, accepted_at=NOW)
    for second in range(1, 30):
        await house.keep(house.message(price=1), at=NOW + second)
    await house.keep(message, at=NOW + 30)
    (entry,) = (await house.store.story(message.id)).entries
    assert (entry.first_id, entry.last_id, entry.at) == (message.id, message.id, NOW + 30)


async def test_R24_a_story_is_told_when_the_clock_was_set_back_between_acceptance_and_group(house):
    message = house.message(price=PRICE, accepted_at=NOW + 3_600_000)
    await house.keep(message, at=NOW)
    assert plain((await house.store.story(message.id)).message) == plain(message)
    await house.sound()


async def test_there_is_no_story_of_what_is_not_there(house):
    assert await house.store.story(10**9) is None
    assert await house.store.story(2**70) is None


@pytest.mark.parametrize("fate", [fate for fate in ReceiptFate if fate is not ReceiptFate.PARKED])
async def test_receipts_with_a_row_of_their_own_stand_in_the_story_oldest_first(house, fate):
    message = house.upstream()
    await house.keep(message)
    kept = []
    for number in range(3):
        receipt = Receipt("carrier", "a", State.DELIVERED, 0, NOW + number)
        kept.append(KeptReceipt(house.event_id(), receipt, fate, message.id, 1))
    await house.store.write(kept, FENCE, NOW)
    assert (await house.store.story(message.id)).receipts == kept
