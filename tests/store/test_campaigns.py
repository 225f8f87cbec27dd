"""Mailings: what belongs to them, how they stand, and the cursor that moves with their messages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heliograph.model.campaign import (
    NEVER,
    Campaign,
    CampaignMove,
    CampaignState,
    Cursor,
    Repeat,
    Target,
    Undelivered,
    Wording,
)
from heliograph.model.message import Content, Kind, State
from heliograph.model.rows import Guard
from store.samples import NOW

WORDINGS = [
    Wording("Shop", Content("Привіт\n", Kind.FLASH)),
    Wording("", Content("", Kind.BINARY, b"\x00", b"\x01"), "c"),
]
TARGETS = [
    Target(0, "380671234567", "+38 067", 0, 1, NOW + 5),
    Target(1, "", "12"),
    Target(2, "", "G17", 4, 1),
    Target(3, "380671234568", "380671234568"),
]


def campaign(**changes):
    values = {
        "id": 0, "account_id": 1, "name": "Весна", "start_at": NOW, "recipients": 4, "created_at": NOW, "door": "smsc",
        "dialect": "smsc_send", "peer": "192.0.2.1", "zone": "UTC+3", "repeat": Repeat.WEEKLY, "repeats_left": 3,
        "period_ms": 7, "every_ms": 8, "validity_s": 60,
    } | changes  # fmt: skip
    return Campaign(**values)


async def added(store, **changes):
    one = campaign(**changes)
    return replace(one, id=await store.campaigns.add(one, WORDINGS, TARGETS))


async def test_a_mailing_comes_back_with_all_that_belongs_to_it(store):
    one = await added(store)
    other = await added(store, validity_s=None, stopped_by="no_money")
    assert one.id == 1_000_001
    assert await store.campaigns.get(one.id) == one
    assert await store.campaigns.get(other.id) == other
    assert await store.campaigns.get(other.id + 1) is None
    assert await store.campaigns.wordings(one.id) == WORDINGS
    assert await store.campaigns.targets(one.id, 0, 2) == TARGETS[:2]
    assert await store.campaigns.targets(one.id, 2, 10) == TARGETS[2:]
    assert await store.campaigns.groups(one.id) == [TARGETS[2]]
    await store.campaigns.remove(one.id)
    assert await store.campaigns.get(one.id) is None
    assert await store.campaigns.wordings(one.id) == await store.campaigns.targets(one.id, 0, 9) == []
    assert await store.campaigns.targets(other.id, 0, 9) == TARGETS


async def test_a_mailing_and_the_key_it_was_made_with_are_kept_together(store):
    guard = Guard(1, "sale", "aa", (), NOW + 10)
    one = campaign()
    id_ = await store.campaigns.add(one, WORDINGS, TARGETS, guard=guard)
    assert await store.guard(1, "sale", NOW) == guard._replace(message_ids=(id_,))


async def test_mailings_are_listed_by_account_and_time(store):
    first, second = await added(store), await added(store, created_at=NOW + 10)
    await added(store, account_id=2)
    assert await store.campaigns.of_account(1, 0, NOW + 100) == [first, second]
    assert await store.campaigns.of_account(1, NOW + 1, NOW + 100) == [second]
    assert await store.campaigns.of_account(1, 0, NOW + 10) == [first]


async def test_what_is_due_or_under_way_is_found_and_what_is_over_is_not(store):
    later, due = await added(store, start_at=NOW + 1), await added(store)
    assert await store.campaigns.under_way(NOW) == [due]
    assert await store.campaigns.under_way(NOW + 1) == [due, later]
    assert await store.campaigns.move(due.id, CampaignState.RUNNING, [CampaignState.WAITING])
    assert not await store.campaigns.move(due.id, CampaignState.RUNNING, [CampaignState.WAITING])
    assert await store.campaigns.under_way(NOW) == [replace(due, state=CampaignState.RUNNING)]
    for state in (CampaignState.PAUSED, CampaignState.CANCELLED, CampaignState.DONE):
        await store.campaigns.move(due.id, state, list(CampaignState))
        assert await store.campaigns.under_way(NOW) == []


async def test_what_stopped_a_mailing_is_known_until_it_moves_again(store):
    one = campaign()
    id_ = await store.campaigns.add(one, WORDINGS, TARGETS, Wording("", Content("again")))
    again = await store.campaigns.again(id_)
    for stopped in (again, id_):
        assert await store.campaigns.move(stopped, CampaignState.PAUSED, [CampaignState.WAITING], "no_money")
        assert (await store.campaigns.get(id_)).stopped_by == "no_money"
        assert [found.stopped_by for found in await store.campaigns.of_account(1, 0, NOW + 1)] == ["no_money"]
        assert await store.campaigns.move(stopped, CampaignState.WAITING, [CampaignState.PAUSED])
        assert (await store.campaigns.get(id_)).stopped_by == ""


async def test_the_cursor_moves_with_a_group_and_goes_back_for_another_run(house):
    one = await added(house.store)
    message = house.message(campaign=one.id, price=0)
    await house.keep(message, CampaignMove(one.id, Cursor(2, 77), 3, 1, 4, 900_000))
    await house.keep(CampaignMove(one.id, Cursor(3, 0), 1, 0, 2, 100_000))
    moved = replace(one, cursor=Cursor(3, 0), done=4, refused=1, parts=6, cost=1_000_000)
    assert await house.store.campaigns.get(one.id) == moved
    await house.store.campaigns.repeat(replace(moved, start_at=NOW + 9, repeats_left=2))
    assert await house.store.campaigns.get(one.id) == moved  # only what runs begins again
    await house.store.campaigns.move(one.id, CampaignState.RUNNING, [CampaignState.WAITING])
    await house.store.campaigns.repeat(replace(moved, start_at=NOW + 9, repeats_left=2))
    again = replace(moved, cursor=Cursor(), done=0, start_at=NOW + 9, repeats_left=2)
    assert await house.store.campaigns.get(one.id) == again


async def test_a_group_that_fails_leaves_the_cursor_where_it_was(exact):
    one = await added(exact.store)
    message = exact.message(campaign=one.id)
    await exact.keep(message)
    with pytest.raises(Exception, match=r"UNIQUE|duplicate"):
        await exact.keep(CampaignMove(one.id, Cursor(2, 0), 2, 0, 2, 2), exact.message(id=message.id, campaign=one.id))
    assert await exact.store.campaigns.get(one.id) == one


async def test_messages_of_a_mailing_that_wait_are_found_in_order(house):
    one = await added(house.store)
    rows = [house.message(campaign=one.id, state=state) for state in (State.QUEUED, State.SCHEDULED, State.QUEUED)]
    await house.keep(*rows, house.message(), house.message(campaign=one.id, state=State.REJECTED, final_at=NOW))
    ids = [row.id for row in rows]
    assert await house.store.campaigns.waiting(one.id, 0, 10) == ids
    assert await house.store.campaigns.waiting(one.id, ids[0], 1) == ids[1:2]
    assert await house.store.campaigns.waiting(one.id + 1, 0, 10) == []


async def test_contacts_that_are_in_other_groups_are_told_apart(store):
    assert await store.contacts.belonging([1, 2], [3]) == set()


async def test_what_did_not_reach_wakes_the_mailing_that_sends_again(house):
    store = house.store
    one = await added(store)
    again = Wording("Second", Content("again"))
    id_ = await store.campaigns.add(campaign(), WORDINGS, TARGETS, again)
    second = await store.campaigns.again(id_)
    assert await store.campaigns.again(one.id) == await store.campaigns.again(second) == 0
    assert await store.campaigns.wordings(second) == [again]
    asleep = await store.campaigns.get(second)
    assert (asleep.parent, asleep.start_at, asleep.recipients, asleep.repeat) == (id_, NEVER, 0, Repeat.MANUAL)
    assert second not in [found.id for found in await store.campaigns.of_account(1, 0, NOW + 100)]
    gone = [Undelivered(one.id, 5, "380671234567", "067", NOW), Undelivered(id_, 7, "380671234568", "068", NOW + 1)]
    await house.keep(*gone, Undelivered(id_, 6, "380671234569", "069", NOW + 2))
    assert await store.campaigns.targets(second, 0, 9) == [
        Target(0, "380671234568", "068", message_id=7), Target(1, "380671234569", "069", message_id=6),
    ]  # fmt: skip
    assert second in [found.id for found in await store.campaigns.under_way(NOW + 1)]
    await store.campaigns.move(second, CampaignState.RUNNING, [CampaignState.WAITING])
    await house.keep(CampaignMove(second, Cursor(1), 1, 0, 2, 30))
    await store.campaigns.sleep(second)
    assert (await store.campaigns.get(second)).state is CampaignState.RUNNING  # there is one more
    await house.keep(CampaignMove(second, Cursor(2), 1, 0, 1, 20))
    await store.campaigns.sleep(second)
    assert (await store.campaigns.get(second)).start_at == NEVER
    whole = await store.campaigns.get(id_)
    assert (whole.parts, whole.cost, whole.done) == (3, 50, 0)
    await store.campaigns.remove(id_)
    assert await store.campaigns.get(second) is None
    assert await store.campaigns.targets(second, 0, 9) == []


async def test_one_that_sends_again_takes_what_comes_while_it_is_paused_and_nothing_once_it_is_cancelled(house):
    store = house.store
    id_ = await store.campaigns.add(campaign(state=CampaignState.DONE), WORDINGS, TARGETS, Wording("", Content("")))
    second = await store.campaigns.again(id_)
    await store.campaigns.move(second, CampaignState.PAUSED, [CampaignState.WAITING])
    await house.keep(Undelivered(id_, 7, "380671234568", "068", NOW))
    assert await store.campaigns.under_way(NOW + 9) == []
    await store.campaigns.move(second, CampaignState.WAITING, [CampaignState.PAUSED])
    assert [one.id for one in await store.campaigns.under_way(NOW + 9)][-1] == second
    await store.campaigns.move(second, CampaignState.CANCELLED, [CampaignState.WAITING])
    await house.keep(Undelivered(id_, 8, "380671234569", "069", NOW))
    assert len(await store.campaigns.targets(second, 0, 9)) == 1
