"""Looking back: whose messages and answers are found, in which order, by which filter."""

from __future__ import annotations

from dataclasses import replace

from heliograph.model.figures import By, Figure, Question
from heliograph.model.history import IncomingSearch, SentSearch
from heliograph.model.message import State
from heliograph.model.rows import HiddenMove
from store.samples import DAY, NOW, moved

HOUR = 3_600_000
QUARTER_HOUR = 900_000
ALL = SentSearch(1, NOW - 30 * DAY, NOW + 30 * DAY)


async def sent(house, **changes):
    message = house.message(**changes)
    await house.keep(message)
    return message.id


async def test_an_empty_store_has_no_past(store):
    assert await store.history.sent(ALL) == []
    assert await store.history.received(IncomingSearch(1)) == []


async def test_messages_are_found_newest_first_and_are_an_accounts_own(exact):
    first, second = await sent(exact), await sent(exact)
    await sent(exact, account_id=2)
    assert await exact.store.history.sent(ALL) == [second, first]
    assert await exact.store.history.sent(replace(ALL, most=1)) == [second]
    assert await exact.store.history.sent(replace(ALL, before=second)) == [first]
    assert await exact.store.history.sent(replace(ALL, before=first)) == []


async def test_a_period_has_what_was_accepted_in_it_also_when_a_clock_was_set_back(exact):
    ids = [await sent(exact, accepted_at=NOW + hours * HOUR) for hours in (0, 24, 23, 48, 72)]
    found = await exact.store.history.sent(replace(ALL, since=NOW + 23 * HOUR, until=NOW + 48 * HOUR))
    assert found == [ids[2], ids[1]]
    assert await exact.store.history.sent(replace(ALL, since=NOW + 73 * HOUR)) == []
    assert await exact.store.history.sent(replace(ALL, until=NOW)) == []


async def test_recipients_channels_and_deleted_messages_are_told_apart(exact):
    usual = await sent(exact)
    other = await sent(exact, recipient="380501234567")
    wrong = await sent(exact, recipient="", recipient_given="12'; --")
    mail = await sent(exact, channel="mail", recipient="", recipient_given="a@b.example")
    gone = await sent(exact)
    await exact.keep(HiddenMove(gone))
    assert await exact.store.history.sent(ALL) == [wrong, other, usual]
    assert await exact.store.history.sent(replace(ALL, recipients=("380501234567", "12'; --"))) == [wrong, other]
    assert await exact.store.history.sent(replace(ALL, recipients=("' OR 1=1",))) == []
    assert await exact.store.history.sent(replace(ALL, channel="mail")) == [mail]


async def test_messages_to_a_number_are_found_however_many_lie_between(exact):
    """Runs of ids are looked into one after the other, from the newest; a page may end in the middle of one."""
    ids = []
    for jump in (0, 1, 4_095, 4_096, 2_200_000, 5):
        if jump:
            exact.store.take_ids(jump) or await far_on(exact.store, jump)
        ids.append(await sent(exact, recipient="380931112233"))
        await sent(exact, recipient="380931112234")
    long = "x" * 50
    ids.append(await sent(exact, recipient="", recipient_given=long))
    await sent(exact, recipient="", recipient_given=long[:-1] + "y")
    search = replace(ALL, recipients=("380931112233", long))
    assert await exact.store.history.sent(search) == ids[::-1]
    assert await exact.store.history.sent(replace(search, most=3)) == ids[::-1][:3]
    assert await exact.store.history.sent(replace(search, before=ids[2], most=1)) == [ids[1]]


async def far_on(store, jump):
    """Ids are given away in blocks."""
    while jump > 0:
        jump -= 10_000 if store.take_ids(10_000) else 0
        await store.probe()


async def test_answers_are_found_newest_first_without_calls_and_those_of_others(exact):
    rows = [
        exact.incoming(account_id=1, text="one", recipient="380440000001", received_at=NOW - 5),
        exact.incoming(account_id=1, text="two", recipient="380440000002", received_at=NOW),
        exact.incoming(account_id=1, text="", is_call=True),
        exact.incoming(account_id=2, text="other"),
    ]
    await exact.keep(*rows)
    one, two = rows[0].id, rows[1].id
    history = exact.store.history
    assert await history.received(IncomingSearch(1)) == [two, one]
    assert await history.received(IncomingSearch(1, after=one)) == [two]
    assert await history.received(IncomingSearch(1, before=two)) == [one]
    assert await history.received(IncomingSearch(1, before=one)) == []
    assert await history.received(IncomingSearch(1, since=NOW)) == [two]
    assert await history.received(IncomingSearch(1, since=NOW + 2 * HOUR)) == []
    assert await history.received(IncomingSearch(1, since=NOW - 2 * HOUR)) == [two, one]
    assert await history.received(IncomingSearch(1, to="380440000001")) == [one]
    assert await history.received(IncomingSearch(1, most=1)) == [two]
    assert [found.text for found in await history.incoming([two, one, 10**9])] == ["two", "one"]


async def test_figures_are_told_apart_by_what_is_asked_for(house):
    today = NOW // DAY
    first = house.message(parts=2, price=100, operator="25503")
    await house.keep(first)
    await house.keep(house.message(sender="Other", price=10, operator="25501"))
    await house.keep(house.message(state=State.REJECTED, refusal="stop_listed", operator="25503"))
    await house.keep(house.message(account_id=2, accepted_at=NOW + DAY))
    await house.keep(moved(first, State.EXPIRED, refund=100, final_at=NOW))
    asked = Question(0, NOW, NOW + 2 * DAY, 0, (By.DAY, By.ACCOUNT))
    assert await house.store.history.counted(asked) == [
        Figure(today, 1, "", "", 2, 3, 0, 1, 1, 10),
        Figure(today + 1, 2, "", "", 1, 1, 0, 0, 0, 0),
    ]
    mine = replace(asked, account_id=1, by=(By.SENDER, By.OPERATOR))
    assert await house.store.history.counted(mine) == [
        Figure(-1, -1, "Heliograph", "25503", 1, 2, 0, 1, 1, 0),
        Figure(-1, -1, "Other", "25501", 1, 1, 0, 0, 0, 10),
    ]
    assert await house.store.history.counted(replace(asked, until=NOW - QUARTER_HOUR)) == []
    all_in_one = await house.store.history.counted(replace(asked, by=()))
    assert all_in_one == [Figure(-1, -1, "", "", 3, 4, 0, 1, 1, 10)]
