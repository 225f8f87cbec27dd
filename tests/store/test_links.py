"""Short links: kept under their codes, followed, counted by day."""

from __future__ import annotations

from heliograph.model.links import Clicks, Days, NewLink
from store.samples import NOW

TARGET, OTHER = "https://shop.example/a?b='; --", "https://shop.example/другое"
TODAY = NOW // 86_400_000
DAYS = Days(TODAY - 3, TODAY)


async def test_a_code_leads_to_its_target_and_no_other_code_does(store):
    links = store.links
    await links.add(1, [NewLink("AAAAAAAAAAA", TARGET), NewLink("aaaaaaaaaaa", OTHER)], NOW)
    found = await links.find("AAAAAAAAAAA")
    assert (found.target, found.account_id, found.message_id, found.opened_at) == (TARGET, 1, 0, 0)
    assert (await links.find("aaaaaaaaaaa")).target == OTHER
    assert await links.find("BBBBBBBBBBB") is None


async def test_equal_targets_of_an_account_are_one_and_those_of_two_accounts_are_two(store):
    links = store.links
    await links.add(1, [NewLink("A1", TARGET), NewLink("A2", TARGET)], NOW)
    await links.add(1, [NewLink("A3", TARGET)], NOW + 1)
    await links.add(2, [NewLink("B1", TARGET)], NOW)
    ids = {code: (await links.find(code)).target_id for code in ("A1", "A2", "A3", "B1")}
    assert ids["A1"] == ids["A2"] == ids["A3"] != ids["B1"]


async def test_a_code_remembers_its_message(store):
    await store.links.add(1, [NewLink("A1", TARGET), NewLink("A2", TARGET)], NOW)
    await store.links.sent([("A1", 100_000_001)])
    assert (await store.links.find("A1")).message_id == 100_000_001
    assert (await store.links.find("A2")).message_id == 0


async def test_visits_are_counted_by_day_and_the_first_of_a_person_is_told(store):
    links = store.links
    await links.add(1, [NewLink("A1", TARGET), NewLink("A2", TARGET)], NOW)
    first, second = await links.find("A1"), await links.find("A2")
    assert not await links.visited(first, TODAY, True, NOW)
    assert await links.visited(first, TODAY, False, NOW)
    assert not await links.visited(first, TODAY - 1, False, NOW)
    assert await links.visited(second, TODAY - 3, False, NOW)
    assert not await links.visited(second, TODAY - 4, False, NOW)
    assert (await links.find("A1")).opened_at == NOW
    expected = Clicks(first.target_id, 4, 3, 1, 1)
    assert await links.clicks(1, TARGET, 0, DAYS) == expected
    assert await links.clicks(1, "", first.target_id, DAYS) == expected


async def test_nobody_else_sees_the_visits(store):
    await store.links.add(1, [NewLink("A1", TARGET)], NOW)
    target_id = (await store.links.find("A1")).target_id
    assert await store.links.clicks(2, TARGET, 0, DAYS) is None
    assert await store.links.clicks(2, "", target_id, DAYS) is None
    assert await store.links.clicks(1, "https://nowhere.example", 0, DAYS) is None
    assert await store.links.clicks(1, "", 10**17, DAYS) is None
    assert await store.links.clicks(1, TARGET, 0, DAYS) == Clicks(target_id, 0, 0, 0, 0)


async def test_what_was_opened_is_untold_until_it_is_told_and_only_with_its_message(store):
    links = store.links
    await links.add(1, [NewLink(f"A{place}", TARGET) for place in range(5)], NOW)
    await links.sent([(f"A{place}", 100_000_001 + place) for place in range(4)])
    for code in ("A1", "A2", "A3", "A4"):
        assert await links.visited(await links.find(code), TODAY, False, NOW)
    untold = await links.untold("", 9)
    assert [(link.code, link.account_id, link.message_id, link.opened_at) for link in untold] == [
        ("A1", 1, 100_000_002, NOW),
        ("A2", 1, 100_000_003, NOW),
        ("A3", 1, 100_000_004, NOW),
    ]
    assert [link.code for link in await links.untold("A1", 1)] == ["A2"]
    await links.told(["A1", "A3", "nobody's"])
    assert [link.code for link in await links.untold("", 9)] == ["A2"]
    await links.sent([("A4", 100_000_005)])
    assert [link.code for link in await links.untold("", 9)] == ["A2", "A4"]
