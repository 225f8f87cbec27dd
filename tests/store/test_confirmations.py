"""Numbers that wait for a call: kept, found by the phone, ended once."""

from __future__ import annotations

from heliograph.model.confirmation import Confirmation
from heliograph.model.rows import ConfirmationMove
from store.samples import NOW

PHONE, NUMBER = "380671234567", "380440000001"
LATER = NOW + 600_000


def waiting(house, **changes):
    given = {"account_id": 1, "phone": PHONE, "number": NUMBER, "asked_at": NOW, "until": LATER, **changes}
    return Confirmation(house.event_id(), **given)


async def test_what_waits_is_found_by_its_phone_until_its_time_is_over(house):
    first, second = waiting(house), waiting(house, account_id=2, number="380440000002", asked_at=NOW + 1)
    kept = house.store.confirmations
    for one in (first, second, waiting(house, phone="380671234568")):
        await kept.ask(one, 0)
    assert await kept.pending(PHONE, NOW + 10) == [first, second]
    assert await kept.pending(PHONE, LATER - 1) == [first, second]
    assert await kept.pending(PHONE, LATER) == []


async def test_a_call_ends_the_waiting_once_and_for_good(house):
    one = waiting(house)
    kept = house.store.confirmations
    await kept.ask(one, 0)
    await house.keep(ConfirmationMove(one.id, NOW + 5))
    await house.keep(ConfirmationMove(one.id, NOW + 9))
    assert await kept.pending(PHONE, NOW + 10) == []
    assert await kept.asked_since(1, PHONE, NOW) == 1


async def test_how_often_is_counted_by_account_and_phone(house):
    kept = house.store.confirmations
    for at, account_id in ((NOW - 5, 1), (NOW, 1), (NOW + 5, 1), (NOW + 6, 2)):
        await kept.ask(waiting(house, account_id=account_id, asked_at=at), 0)
    assert await kept.asked_since(1, PHONE, NOW) == 2
    assert await kept.asked_since(2, PHONE, NOW) == 1
    assert await kept.asked_since(1, "380671234568", NOW) == 0


async def test_old_ones_are_forgotten_when_a_new_one_comes(house):
    kept = house.store.confirmations
    await kept.ask(waiting(house, asked_at=NOW - 100), 0)
    await kept.ask(waiting(house, asked_at=NOW), NOW - 50)
    assert await kept.asked_since(1, PHONE, 0) == 1


async def test_a_call_comes_back_with_its_notice_as_a_call(house):
    call = house.incoming(is_call=True, text="")
    await house.keep(call, house.notice(target="handler:1", incoming=call))
    (found,) = await house.store.notices("handler:1", 0, NOW, 10)
    assert found.incoming.is_call
    assert (found.incoming.sender, found.incoming.recipient) == (call.sender, call.recipient)
