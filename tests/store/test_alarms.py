"""Event notifications are kept for their account."""

from __future__ import annotations

from dataclasses import replace

from heliograph.model.alarms import Alarm

ALARM = Alarm(0, 1, "web", "{NAME} down", "{NAME} up", ("380671234567", "79160000001"), (3, 5), "Shop", True)


async def test_what_was_kept_comes_back_whole_and_only_to_its_account(store):
    first, second = await store.alarms.add(ALARM), await store.alarms.add(replace(ALARM, name="db", groups=()))
    assert second > first
    assert await store.alarms.of_account(1) == [
        replace(ALARM, id=first),
        replace(ALARM, id=second, name="db", groups=()),
    ]
    assert await store.alarms.get(1, first) == replace(ALARM, id=first)
    assert await store.alarms.get(2, first) is None
    assert await store.alarms.of_account(2) == []


async def test_what_is_removed_is_gone_and_its_id_never_comes_again(store):
    first = await store.alarms.add(ALARM)
    assert not await store.alarms.remove(2, first)
    assert await store.alarms.remove(1, first)
    assert not await store.alarms.remove(1, first)
    assert await store.alarms.add(ALARM) > first
