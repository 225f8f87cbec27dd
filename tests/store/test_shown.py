"""Messages by the id their customer knows: newest first, whoever is killed when (decisions.md 3)."""

from __future__ import annotations

import random

import pytest

from heliograph.model.message import State
from store.samples import House, furnished, plain, taken

PHONE, OTHER_PHONE = "380671234567", "380671234568"


async def found(house, shown_id, recipient=PHONE, account_id=1):
    """The id of the message under a shown id, None for none."""
    by_key = await house.store.shown(account_id, [(recipient, shown_id)])
    return by_key[recipient, shown_id].id if by_key else None


@pytest.fixture(params=["in memory", "filed"])
def settle(request, house):
    """What is looked up has just been written, or was filed by upkeep."""

    async def settle():
        if request.param == "filed":
            await house.store.file_shown()

    return settle


async def test_a_message_is_found_by_its_customers_id_and_comes_whole(house, settle):
    message = house.message(shown_id="order-17", comment="note")
    await house.keep(message, house.message(shown_id="order-18"))
    await settle()
    assert {key: plain(one) for key, one in (await house.store.shown(1, [(PHONE, "order-17")])).items()} == {
        (PHONE, "order-17"): plain(message)
    }


async def test_a_message_is_found_only_with_its_account_its_number_and_its_whole_id(house, settle):
    await house.keep(house.message(shown_id="order-17"))
    await settle()
    assert await found(house, "order-17", account_id=2) is None
    assert await found(house, "order-17", OTHER_PHONE) is None
    assert await found(house, "order-1") is None
    assert await found(house, "ORDER-17") is None


async def test_of_messages_with_one_id_the_newest_counts(house, settle):
    many = [house.message(shown_id="again") for _ in range(4)]
    for message in random.Random(7).sample(many, 4):
        await house.keep(message)
        await settle()
    assert await found(house, "again") == many[-1].id


async def test_one_id_for_many_recipients_finds_each(house, settle):
    messages = [house.message(shown_id="list", recipient=f"38067{number:07}") for number in range(300)]
    await house.keep(*messages)
    await settle()
    by_key = await house.store.shown(1, [(message.recipient, "list") for message in messages])
    assert {recipient: one.id for (recipient, _), one in by_key.items()} == {
        message.recipient: message.id for message in messages
    }


async def test_our_own_id_counts_where_no_shown_id_does(house, settle):
    plain_one, named, long = house.message(), house.message(shown_id="a"), house.message(parts=3)
    await house.keep(plain_one, named, long)
    await settle()
    assert await found(house, str(plain_one.id)) == plain_one.id
    assert await found(house, str(named.id)) == named.id
    assert await found(house, str(long.id + 2)) == long.id
    assert await found(house, str(long.id + 3)) is None
    assert await found(house, str(plain_one.id), OTHER_PHONE) is None
    assert await found(house, str(plain_one.id), account_id=2) is None


async def test_a_customers_id_goes_before_an_equal_one_of_ours_but_newer_goes_before_all(house, settle):
    early = house.message()
    usurper = house.message(shown_id=str(early.id))
    named = house.message(shown_id="x")
    alias = house.message(shown_id=str(named.id), recipient=PHONE)
    await house.keep(early, usurper, named, alias)
    await settle()
    assert await found(house, str(early.id)) == usurper.id
    assert await found(house, str(named.id)) == alias.id
    first = house.message()
    older = house.message(id=first.id - 1_000, shown_id=str(first.id))
    await house.keep(first, older)
    await settle()
    assert await found(house, str(first.id)) == first.id


async def test_a_refused_number_is_found_as_it_was_written(house, settle):
    message = house.message(recipient="", recipient_given="12-34", state=State.REJECTED, shown_id="a")
    await house.keep(message)
    await settle()
    assert await found(house, "a", "12-34") == message.id


@pytest.mark.parametrize("shown_id", ["0", "00", "-1", "9" * 40, "٣", "", " 1", str(2**63)])
async def test_an_id_that_nobody_has_finds_nothing(house, shown_id):
    await house.keep(house.message())
    assert await found(house, shown_id) is None


async def test_a_message_a_carrier_has_comes_with_its_attempts(house):
    message = house.upstream(shown_id="a")
    await house.keep(message, taken(message, "up-1"))
    by_key = await house.store.shown(1, [(PHONE, "a"), (PHONE, str(message.id))])
    assert len(by_key) == 2
    for same in by_key.values():
        assert [attempt.upstream_id for attempt in same.attempts] == ["up-1"]


async def test_filing_takes_as_many_batches_as_it_needs_and_may_be_repeated(exact):
    house = exact
    messages = [house.message(shown_id=f"o{number}") for number in range(1_000)]
    await house.keep(*messages)
    more = []
    for _ in range(4):
        more.append(await house.store.file_shown())
        by_key = await house.store.shown(1, [(PHONE, f"o{number}") for number in range(0, 1_000, 3)])
        assert [message.id for message in by_key.values()] == [message.id for message in messages[::3]]
    assert not more[-1]


async def test_what_was_not_filed_is_found_after_a_restart(keeping_backend, tmp_path):
    """Also what was written after the filing with an id from before it."""
    store = keeping_backend.make(tmp_path)
    await store.open()
    house = await furnished(store)
    late = house.message(shown_id="late")
    filed, after = house.message(shown_id="filed"), house.message(shown_id="after")
    await house.keep(filed)
    await store.file_shown()
    await house.keep(late)
    await house.keep(after)
    await store.close()
    again = keeping_backend.make(tmp_path)
    await again.open()
    try:
        house = House(again)
        expected = {"late": late.id, "filed": filed.id, "after": after.id}
        assert {name: await found(house, name) for name in expected} == expected
        await again.file_shown()
        assert {name: await found(house, name) for name in expected} == expected
    finally:
        await again.close()
