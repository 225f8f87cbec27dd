"""Wrong logins are kept in order, until nobody needs them."""

from __future__ import annotations

from heliograph.model.logins import WrongLogins
from store.samples import NOW

ONE = WrongLogins("smpp", "192.0.2.1", NOW, 3, 0, 7)
BLOCK = WrongLogins("smsc", "2001:db8::/64", NOW + 5, 1, NOW + 600_000, 8)
LATE = WrongLogins("v1", "192.0.2.2", NOW + 2_000, 2, 0, 7)


async def test_what_was_counted_comes_back_whole_in_its_order_and_from_where_one_has_read(store):
    await store.logins.add([ONE, BLOCK])
    await store.logins.add([LATE])
    found = await store.logins.since(0, 10)
    assert [row for _, row in found] == [ONE, BLOCK, LATE]
    numbers = [number for number, _ in found]
    assert numbers == sorted(set(numbers))
    assert await store.logins.since(numbers[1], 10) == found[2:]
    assert await store.logins.since(0, 2) == found[:2]


async def test_what_is_old_goes_and_a_block_stays_until_it_is_over(store):
    await store.logins.add([ONE, BLOCK, LATE])
    await store.logins.forget(NOW + 1_000)
    assert [row for _, row in await store.logins.since(0, 10)] == [BLOCK, LATE]
    await store.logins.forget(NOW + 600_001)
    assert await store.logins.since(0, 10) == []
    await store.logins.add([ONE])
    (number, _), *rest = await store.logins.since(0, 10)
    assert number > 3
    assert not rest
