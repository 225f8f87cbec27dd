"""Notices wait in the store for each target, are found when they are due, and come with what they speak of."""

from __future__ import annotations

import pytest

from heliograph.model.message import State
from heliograph.model.receipt import NoticeState
from store.samples import NOW, plain, settled


def ids(notices):
    return [notice.id for notice in notices]


async def message_with_notices(house, *targets, **changes):
    message = house.upstream()
    notices = [house.notice(message, target=target, **changes) for target in targets]
    await house.keep(message)
    await house.keep(*notices)
    return notices


async def test_a_fresh_notice_is_due_at_once_for_its_target_only(house):
    (mine, other) = await message_with_notices(house, "endpoint:1", "endpoint:2")
    assert await house.store.notice_targets(NOW) == ["endpoint:1", "endpoint:2"]
    (found,) = await house.store.notices("endpoint:1", 0, NOW, 10)
    assert plain(found) == plain(mine)
    assert plain(found.message) == plain(mine.message)
    assert ids(await house.store.notices("endpoint:2", 0, NOW, 10)) == [other.id]
    assert await house.store.notices("endpoint:3", 0, NOW, 10) == []


async def test_what_is_known_is_found_again_without_what_it_speaks_of(house):
    (mine,) = await message_with_notices(house, "endpoint:1")
    (other,) = await message_with_notices(house, "endpoint:1")
    known, new = await house.store.notices("endpoint:1", 0, NOW, 10, {mine.id})
    assert (known.id, known.message) == (mine.id, None)
    assert (new.id, plain(new.message)) == (other.id, plain(other.message))


async def test_the_carriers_word_is_kept_with_a_notice(house):
    (mine,) = await message_with_notices(house, "handler:1", carriers_word="UNDELIV err:006")
    await house.keep(settled(mine, NoticeState.GIVEN_UP))
    (found,) = await house.store.notices_given_up(1, 0, 10)
    assert found.carriers_word == "UNDELIV err:006"


async def test_notices_come_in_the_order_of_ids_a_page_at_a_time(house):
    notices = await message_with_notices(house, *["endpoint:1"] * 7)
    for number in (1, 4):
        await house.keep(settled(notices[number], NoticeState.WAITING, next_try_at=NOW - number, settled_at=0))
    after, found = 0, []
    while page := await house.store.notices("endpoint:1", after, NOW, 3):
        assert len(page) <= 3
        found += ids(page)
        after = page[-1].id
    assert found == ids(notices)


async def test_a_notice_that_failed_waits_for_its_time(house):
    (notice,) = await message_with_notices(house, "endpoint:1")
    await house.keep(settled(notice, NoticeState.WAITING, next_try_at=NOW + 5_000, settled_at=0, answer="503"))
    assert await house.store.notice_targets(NOW + 4_999) == []
    assert await house.store.notices("endpoint:1", 0, NOW + 4_999, 10) == []
    assert await house.store.notice_targets(NOW + 5_000) == ["endpoint:1"]
    (found,) = await house.store.notices("endpoint:1", 0, NOW + 5_000, 10)
    assert (found.tries, found.answer, found.next_try_at) == (1, "503", NOW + 5_000)


@pytest.mark.parametrize("progress", [NoticeState.DELIVERED, NoticeState.GIVEN_UP])
async def test_a_notice_that_is_over_is_never_due_again(house, progress):
    (notice,) = await message_with_notices(house, "endpoint:1")
    await house.keep(settled(notice, progress))
    assert await house.store.notice_targets(NOW + 10**9) == []
    assert await house.store.notices("endpoint:1", 0, NOW + 10**9, 10) == []


async def test_a_target_is_named_once_however_much_waits_for_it(house):
    await message_with_notices(house, *["endpoint:1"] * 50, *["smpp:shop"] * 50)
    retries = await message_with_notices(house, "endpoint:1", "handler")
    await house.keep(*(settled(notice, NoticeState.WAITING, next_try_at=NOW - 1, settled_at=0) for notice in retries))
    assert await house.store.notice_targets(NOW) == ["endpoint:1", "handler", "smpp:shop"]


async def test_a_notice_carries_the_message_as_it_is_and_the_state_as_it_was(house):
    (notice,) = await message_with_notices(house, "endpoint:1", state=State.UNDELIVERABLE, error=11)
    (found,) = await house.store.notices("endpoint:1", 0, NOW, 10)
    assert (found.state, found.error, found.message.state) == (State.UNDELIVERABLE, 11, State.SENDING)
    assert found.id == notice.id


async def test_notices_of_incoming_messages_and_of_statuses_share_a_target(house):
    incoming = house.incoming(account_id=1)
    await house.keep(incoming, house.notice(incoming=incoming))
    (status,) = await message_with_notices(house, "endpoint:1")
    first, second = await house.store.notices("endpoint:1", 0, NOW, 10)
    assert first.incoming == incoming
    assert first.message is None
    assert second.id == status.id
    assert second.incoming is None


async def test_one_page_is_full_when_more_is_due(house):
    notices = await message_with_notices(house, *["endpoint:1"] * 1_200)
    page = await house.store.notices("endpoint:1", 0, NOW, 500)
    assert ids(page) == ids(notices)[:500]


async def test_what_was_given_up_is_found_by_account_in_the_order_of_ids(house):
    notices = await message_with_notices(house, *["endpoint:1", "handler:2"] * 3)
    for notice in notices[1:]:
        await house.keep(settled(notice, NoticeState.GIVEN_UP, answer="HTTP 500"))
    found = await house.store.notices_given_up(1, 0, 3)
    assert ids(found) == ids(notices[1:4])
    assert {(notice.target, notice.answer) for notice in found} == {
        ("handler:2", "HTTP 500"),
        ("endpoint:1", "HTTP 500"),
    }
    assert plain(found[0].message) == plain(notices[1].message)
    assert ids(await house.store.notices_given_up(1, found[-1].id, 10)) == ids(notices[4:])
    assert await house.store.notices_given_up(2, 0, 10) == []


async def test_what_was_given_up_may_be_due_once_more(house):
    (notice,) = await message_with_notices(house, "handler:1")
    await house.keep(settled(notice, NoticeState.GIVEN_UP))
    await house.keep(settled(notice, NoticeState.WAITING, tries=0, next_try_at=NOW, settled_at=0))
    assert ids(await house.store.notices("handler:1", 0, NOW, 10)) == [notice.id]
    assert await house.store.notices_given_up(1, 0, 10) == []
