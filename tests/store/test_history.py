"""Looking back: whose messages and answers are found, in which order, by which filter."""

from __future__ import annotations

from dataclasses import replace

from heliograph.model.history import IncomingSearch, SentSearch
from heliograph.model.rows import HiddenMove
from store.samples import DAY, NOW

HOUR = 3_600_000
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
    assert await history.received(IncomingSearch(1, since=NOW)) == [two]
    assert await history.received(IncomingSearch(1, to="380440000001")) == [one]
    assert await history.received(IncomingSearch(1, most=1)) == [two]
    assert [found.text for found in await history.incoming([two, one, 10**9])] == ["two", "one"]
