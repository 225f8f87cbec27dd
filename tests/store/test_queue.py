"""The store is the queue: who is next, what is due, what is overdue, what is in doubt, how much waits."""

from __future__ import annotations

import pytest

from heliograph.model.message import Attempt, AttemptState, Content, Kind, PartOf, Priority, State
from heliograph.model.receipt import ReceiptFate
from store.samples import DAY, FENCE, NOW, moved, plain, taken

WAITING = (State.HELD, State.SCHEDULED, State.QUEUED, State.PAUSED)


def ids(messages):
    return [message.id for message in messages]


async def in_every_state(house, **changes):
    """One message of each state."""
    messages = {state: house.message(state=state, **changes) for state in State}
    await house.keep(*messages.values())
    return messages


# -- heads ----------------------------------------------------------------------------------------------------------


async def test_heads_are_the_fresh_queued_ones_in_the_order_of_ids(house):
    written = [house.message() for _ in range(5)]
    await house.keep(*reversed(written))
    heads = await house.store.heads("carrier", Priority.NORMAL, 0, 10, FENCE)
    assert ids(heads) == ids(written)
    assert [plain(message) for message in heads] == [plain(message) for message in written]


async def test_heads_are_of_one_connector_and_one_priority(house):
    for connector in ("a", "b"):
        for priority in Priority:
            await house.keep(house.message(connector=connector, priority=priority))
    for connector in ("a", "b"):
        for priority in Priority:
            (head,) = await house.store.heads(connector, priority, 0, 10, FENCE)
            assert (head.connector, head.priority) == (connector, priority)
    assert await house.store.heads("c", Priority.NORMAL, 0, 10, FENCE) == []


async def test_heads_come_a_page_at_a_time(house):
    written = [house.message() for _ in range(7)]
    await house.keep(*written)
    after, found = 0, []
    while page := await house.store.heads("carrier", Priority.NORMAL, after, 3, FENCE):
        assert len(page) <= 3
        found += ids(page)
        after = page[-1].id
    assert found == ids(written)


async def test_only_queued_messages_are_heads(house):
    messages = await in_every_state(house)
    heads = await house.store.heads("carrier", Priority.NORMAL, 0, 100, FENCE)
    assert ids(heads) == [messages[State.QUEUED].id]


async def test_a_message_that_was_tried_is_no_head_but_a_retry(house):
    message = house.message()
    await house.keep(message)
    await house.keep(moved(message, State.QUEUED, tries=1, next_try_at=NOW + 5))
    assert await house.store.heads("carrier", Priority.NORMAL, 0, 10, FENCE) == []
    assert await house.store.retries("carrier", NOW + 4, 10, FENCE) == []
    assert ids(await house.store.retries("carrier", NOW + 5, 10, FENCE)) == [message.id]


async def test_a_message_that_moved_to_another_connector_waits_there(house):
    message = house.message()
    await house.keep(message)
    await house.keep(moved(message, State.QUEUED, connector="other"))
    assert await house.store.heads("carrier", Priority.NORMAL, 0, 10, FENCE) == []
    assert ids(await house.store.heads("other", Priority.NORMAL, 0, 10, FENCE)) == [message.id]


# -- retries, scheduled, overdue, silent ----------------------------------------------------------------------------


async def test_retries_come_earliest_first_with_their_attempts(house):
    late, early, future = (house.message(parts=2) for _ in range(3))
    await house.keep(late, early, future)
    await house.keep(
        moved(late, State.QUEUED, tries=1, next_try_at=NOW + 9),
        moved(early, State.QUEUED, tries=2, next_try_at=NOW + 1),
        moved(future, State.QUEUED, tries=1, next_try_at=NOW + 10),
        taken(early, part=2, try_no=2),
        taken(early, part=1, try_no=1, state=AttemptState.FAILED),
    )
    found = await house.store.retries("carrier", NOW + 9, 10, FENCE)
    assert ids(found) == [early.id, late.id]
    assert [(one.try_no, one.part_first) for one in found[0].attempts] == [(1, 1), (2, 2)]
    assert all(attempt.message is found[0] for attempt in found[0].attempts)
    assert found[1].attempts == []
    assert ids(await house.store.retries("carrier", NOW + 9, 1, FENCE)) == [early.id]
    assert await house.store.retries("other", NOW + 9, 10, FENCE) == []


async def test_unreported_are_those_on_their_way_by_a_route_whose_time_for_a_receipt_is_over(house):
    late, early, future, other = (house.message(state=State.SENDING, route_id="all") for _ in range(4))
    plain = house.message(state=State.SENDING, route_id="all")
    late.next_try_at, early.next_try_at, future.next_try_at, other.next_try_at = NOW + 5, NOW + 1, NOW + 6, NOW + 1
    other.route_id = "another"
    queued = house.message(state=State.QUEUED, route_id="all", next_try_at=NOW + 1)
    await house.keep(late, early, future, other, plain, queued, taken(early))
    found = await house.store.unreported("all", NOW + 5, (0, 0), 10, FENCE)
    assert ids(found) == [early.id, late.id]
    assert [attempt.upstream_id for attempt in found[0].attempts] == [taken(early).upstream_id]
    assert ids(await house.store.unreported("all", NOW + 5, (0, 0), 1, FENCE)) == [early.id]
    assert ids(await house.store.unreported("all", NOW + 5, (NOW + 1, early.id), 10, FENCE)) == [late.id]
    assert await house.store.unreported("all", NOW + 5, (NOW + 5, late.id), 10, FENCE) == []


async def test_an_attempt_whose_message_went_another_way_still_waits_for_its_receipt(house):
    message = house.message(state=State.QUEUED)
    await house.keep(message, taken(message, state=AttemptState.SILENT))
    key = ("carrier", taken(message).upstream_id)
    (found,) = await house.store.attempts_awaiting([key])
    assert (found.message.id, found.state) == (message.id, AttemptState.SILENT)


async def test_scheduled_messages_come_when_they_are_due(house):
    due = [house.message(state=State.SCHEDULED, due_at=NOW + minute) for minute in (3, 1, 2)]
    await house.keep(*due)
    await in_every_state(house, due_at=NOW + 10)
    assert await house.store.scheduled(NOW, 10) == []
    assert set(ids(await house.store.scheduled(NOW + 3, 10))) == set(ids(due))
    assert len(await house.store.scheduled(NOW + 3, 2)) == 2


async def test_overdue_are_the_waiting_ones_whose_time_is_over(house):
    messages = await in_every_state(house, expires_at=NOW + 5)
    await house.keep(house.message(expires_at=NOW + 6))
    assert await house.store.overdue(NOW + 4, 100) == []
    found = await house.store.overdue(NOW + 5, 100)
    assert set(ids(found)) == {messages[state].id for state in WAITING if state is not State.HELD}
    assert len(await house.store.overdue(NOW + 5, 2)) == 2


async def test_overdue_messages_come_with_their_attempts(house):
    """What a carrier took is not given back."""
    message = house.message(parts=2, expires_at=NOW)
    await house.keep(message, taken(message, part=1))
    (found,) = await house.store.overdue(NOW, 10)
    assert [attempt.state for attempt in found.attempts] == [AttemptState.TAKEN]


async def test_silent_are_those_a_carrier_has_and_says_nothing_of(house):
    messages = await in_every_state(house, expires_at=NOW)
    await house.keep(taken(messages[State.SENDING]))
    assert await house.store.silent(NOW, 100) == []
    found = {message.id: message for message in await house.store.silent(NOW + 1, 100)}
    assert set(found) == {messages[State.SENDING].id, messages[State.IN_DOUBT].id}
    assert len(found[messages[State.SENDING].id].attempts) == 1
    assert len(await house.store.silent(NOW + 1, 1)) == 1


# -- waited for -----------------------------------------------------------------------------------------------------


async def test_each_connector_that_messages_wait_for_is_named_once(house):
    assert await house.store.waited_for(FENCE) == []
    messages = [house.message(connector=name) for name in ("b", "", "a", "b", "c", "c")]
    await house.keep(*messages, house.message(connector="d", state=State.SENDING))
    for later in messages[-2:]:
        await house.keep(moved(later, State.QUEUED, tries=1, next_try_at=NOW + DAY))
    assert sorted(await house.store.waited_for(FENCE)) == ["", "a", "b", "c"]


# -- undecided ------------------------------------------------------------------------------------------------------


def failed(message, part=1, try_no=1):
    return taken(message, "", part, try_no, state=AttemptState.FAILED)


UNDECIDED = {
    "no attempt": (True, {}, lambda message: []),
    "taken": (False, {}, lambda message: [taken(message)]),
    "delivered": (False, {}, lambda message: [taken(message, state=AttemptState.DELIVERED)]),
    "failed": (False, {}, lambda message: [failed(message)]),
    "in doubt": (False, {}, lambda message: [taken(message, "", state=AttemptState.IN_DOUBT)]),
    "second try on its way": (True, {"tries": 2}, lambda message: [failed(message)]),
    "second try after a doubt on its way": (
        True,
        {"tries": 2, "maybe_twice": True},
        lambda message: [taken(message, "", state=AttemptState.IN_DOUBT)],
    ),
    "second try failed": (False, {"tries": 2}, lambda message: [failed(message), failed(message, try_no=2)]),
    "first try taken after all": (False, {"tries": 2}, lambda message: [taken(message)]),
    "a part missing": (True, {"parts": 3}, lambda message: [taken(message, "a", 1), taken(message, "c", 3)]),
    "the last part missing": (True, {"parts": 2}, lambda message: [taken(message, "a", 1)]),
    "no part answered": (True, {"parts": 2}, lambda message: []),
    "all parts answered": (False, {"parts": 2}, lambda message: [taken(message, "a", 1), failed(message, 2)]),
    "one attempt for all parts": (
        False,
        {"parts": 3},
        lambda message: [Attempt(message, 1, 3, 1, "carrier", AttemptState.TAKEN, "a")],
    ),
    "the failed part on its way again": (
        True,
        {"parts": 2, "tries": 2},
        lambda message: [taken(message, "a", 1), failed(message, 2)],
    ),
    "255 parts, one missing": (
        True,
        {"parts": 255},
        lambda message: [taken(message, str(part), part) for part in range(1, 256) if part != 100],
    ),
}


@pytest.mark.parametrize(("is_undecided", "changes", "attempts"), UNDECIDED.values(), ids=UNDECIDED)
@pytest.mark.parametrize("state", [State.SENDING, State.IN_DOUBT])
async def test_R1_undecided_is_what_has_a_part_without_an_answer(house, state, is_undecided, changes, attempts):
    message = house.upstream(state=state, **changes)
    written = attempts(message)
    await house.keep(message, *written)
    found = await house.store.undecided(0, 10, FENCE)
    assert ids(found) == ([message.id] if is_undecided else [])
    if is_undecided:
        assert len(found[0].attempts) == len(written)


async def test_only_what_may_be_with_a_carrier_is_undecided(house):
    messages = await in_every_state(house, tries=1)
    found = await house.store.undecided(0, 100, FENCE)
    assert ids(found) == [messages[State.SENDING].id, messages[State.IN_DOUBT].id]


async def test_undecided_messages_come_a_page_at_a_time(house):
    written = [house.upstream(expires_at=NOW + DAY - number) for number in range(7)]
    await house.keep(*written)
    after, found = 0, []
    while page := await house.store.undecided(after, 3, FENCE):
        found += ids(page)
        after = page[-1].id
    assert found == ids(written)


# -- all of them ----------------------------------------------------------------------------------------------------


async def test_all_messages_come_a_page_at_a_time_over_any_gap_of_ids(house):
    """A crash skips up to a block of ids; several without a message in between leave hundreds of thousands empty."""
    written = list((await in_every_state(house)).values())
    gap = 0
    while gap < 300_000:
        gap += 25_000 if house.store.take_ids(25_000) else 0
        await house.store.probe()
    written += [house.message(), house.message(account_id=2)]
    await house.keep(*written[-2:])
    after, found = 0, []
    while page := await house.store.all_messages(after, 4):
        found += page
        after = page[-1].id
    assert ids(found) == sorted(ids(written))
    assert {message.state for message in found} == set(State)
    assert found[-1].id > found[-3].id + 300_000


# -- how much waits -------------------------------------------------------------------------------------------------


async def test_waiting_counts_parts_per_account(house):
    await in_every_state(house, parts=2)
    await in_every_state(house, parts=3, account_id=2, expires_at=NOW + 9)
    await house.keep(house.message(parts=5))
    assert sorted(await house.store.waiting()) == [(1, 4 * 2 + 5), (2, 4 * 3)]


async def test_nothing_waits_in_an_empty_store(house):
    assert await house.store.waiting() == []


async def test_a_message_that_goes_and_comes_back_waits_again(house):
    message = house.message(parts=2)
    await house.keep(message)
    await house.keep(moved(message, State.SENDING, tries=1, fenced=True))
    assert await house.store.waiting() == []
    await house.keep(moved(message, State.QUEUED, tries=1, next_try_at=NOW + 5))
    assert await house.store.waiting() == [(1, 2)]


@pytest.mark.parametrize("same_time", [True, False])
async def test_a_great_many_waiting_messages_are_counted_exactly(house, same_time):
    many = 45_000
    first = house.store.take_ids(many)
    messages = [
        house.message(id=first + number, account_id=1 + number % 3, expires_at=NOW if same_time else NOW + number % 999)
        for number in range(many)
    ]
    for start in range(0, many, 5_000):
        await house.keep(*messages[start : start + 5_000])
    assert sorted(await house.store.waiting()) == [(1, 15_000), (2, 15_000), (3, 15_000)]


async def test_the_census_counts_messages_by_state(house):
    await in_every_state(house)
    await house.keep(house.message(parts=3))
    expected = dict.fromkeys(State, 1) | {State.QUEUED: 2}
    assert await house.store.census() == expected


# -- what is remembered of accepted messages ------------------------------------------------------------------------


async def test_recent_is_what_was_accepted_since(house):
    old = house.message(accepted_at=NOW - 1, content=Content("old"))
    part = PartOf("8:42", 2, 1, 60)
    edge = house.message(
        accepted_at=NOW,
        content=Content("edge"),
        sender="S",
        dialect="smsc",
        recipient="7",
        part=part,
        connector="other",
    )
    new = house.message(accepted_at=NOW + 1, content=Content("new"), account_id=2)
    await house.keep(old, edge, new)
    assert [tuple(one) for one in await house.store.recent(NOW)] == [
        (1, "smsc", "S", "7", "edge", NOW, Kind.TEXT, b"", b"", part, "other"),
        (2, "smsclub", "Heliograph", "380671234567", "new", NOW + 1, Kind.TEXT, b"", b"", None, "carrier"),
    ]


async def test_recent_tells_binary_messages_apart(house):
    binary = Content(kind=Kind.BINARY, data=b"\x01\x02", udh=b"\x06\x05\x04\x0b\x84\x23\xf0")
    await house.keep(house.message(accepted_at=NOW, content=binary))
    (found,) = await house.store.recent(NOW)
    assert (found.kind, found.data, found.udh) == (binary.kind, binary.data, binary.udh)


async def test_recent_knows_a_message_by_the_name_that_was_asked_for(house):
    replaced = house.message(accepted_at=NOW, sender="COMMON", sender_asked="Shop", content=Content("Shop: sale"))
    await house.keep(replaced)
    (found,) = await house.store.recent(NOW)
    assert (found.sender, found.text) == ("Shop", "sale")
    (stored,) = await house.store.messages([replaced.id], None)
    assert (stored.sender, stored.sender_asked) == ("COMMON", "Shop")


async def test_R25_a_refused_message_is_no_duplicate_of_anything(house):
    await house.keep(house.message(state=State.REJECTED, refusal="stop_listed"))
    ended = house.message(state=State.QUEUED)
    await house.keep(ended)
    await house.keep(moved(ended, State.REJECTED, final_at=NOW))
    assert len(await house.store.recent(NOW)) == 1


async def test_R24_recent_is_right_when_the_clock_was_set_back(house):
    """Ids go on, times do not."""
    for hours in (0, 5, 1, 2):
        await house.keep(*(house.message(accepted_at=NOW + hours * 3_600_000 + number) for number in range(3)))
    since = NOW + 2 * 3_600_000
    assert sorted(one.accepted_at for one in await house.store.recent(since)) == sorted(
        NOW + hours * 3_600_000 + number for hours in (5, 2) for number in range(3)
    )


async def test_recent_looks_back_over_thousands_of_messages(house):
    many = 12_000
    first = house.store.take_ids(many)
    messages = [house.message(id=first + number, accepted_at=NOW + number) for number in range(many)]
    for start in range(0, many, 4_000):
        await house.keep(*messages[start : start + 4_000])
    found = await house.store.recent(NOW + 500)
    assert [one.accepted_at for one in found] == list(range(NOW + 500, NOW + many))
    assert await house.store.recent(NOW + many) == []


# -- whom an incoming message answers -------------------------------------------------------------------------------


async def test_the_newest_message_to_a_number_is_found(house):
    first, second = house.message(), house.message()
    other = house.message(recipient="380501112233")
    await house.keep(first, second, other)
    newest = await house.store.newest_to("carrier", "380671234567", None, 0)
    assert plain(newest) == plain(second)
    assert await house.store.newest_to("carrier", "15550001111", None, 0) is None


async def test_newest_to_asks_for_connector_sender_and_time_where_given(house):
    a = house.message(connector="a", sender="4433", accepted_at=NOW)
    b = house.message(connector="b", sender="Shop", accepted_at=NOW + 10)
    await house.keep(a, b)
    number = a.recipient
    asked = {
        (None, None, 0): b.id,
        ("a", None, 0): a.id,
        ("b", None, 0): b.id,
        (None, "4433", 0): a.id,
        ("a", "Shop", 0): None,
        ("b", "Shop", NOW + 10): b.id,
        (None, None, NOW + 11): None,
        ("a", None, NOW + 1): None,
    }
    for (connector, sender, since), expected in asked.items():
        found = await house.store.newest_to(connector, number, sender, since)
        assert (found.id if found else None) == expected


async def test_newest_to_knows_messages_of_before_and_after_the_first_question(house):
    number = "380990000001"
    before = house.message(recipient=number)
    await house.keep(before)
    assert (await house.store.newest_to(None, number, None, 0)).id == before.id
    after = house.message(recipient=number)
    await house.keep(after)
    assert (await house.store.newest_to(None, number, None, 0)).id == after.id
    await house.keep(moved(after, State.QUEUED, connector="elsewhere"))
    assert (await house.store.newest_to("carrier", number, None, 0)).id == before.id


async def test_newest_to_follows_ids_not_the_order_of_groups(house):
    """A bulk request takes its ids early and is written late."""
    low, high = house.message(), house.message()
    assert await house.store.newest_to(None, low.recipient, None, 0) is None
    await house.keep(high)
    await house.keep(low)
    assert (await house.store.newest_to(None, low.recipient, None, 0)).id == high.id


async def test_nobody_answers_a_message_that_was_refused(house):
    await house.keep(house.message(state=State.REJECTED, refusal="stop_listed"))
    assert await house.store.newest_to(None, "380671234567", None, 0) is None


async def test_newest_to_finds_one_among_many_to_the_same_number(house):
    wanted = house.message(sender="wanted")
    many = [house.message(sender="other") for _ in range(60)]
    await house.keep(wanted, *many)
    assert (await house.store.newest_to(None, wanted.recipient, "wanted", 0)).id == wanted.id


# -- receipts -------------------------------------------------------------------------------------------------------


async def test_attempts_are_found_by_connector_and_upstream_id(house):
    one, two = house.upstream(), house.upstream(parts=2)
    await house.keep(one, two)
    await house.keep(taken(one, "x"), taken(two, "y", 1), taken(two, "z", 2))
    (found,) = await house.store.attempts_awaiting([("carrier", "y")])
    assert (found.message.id, found.part_first, found.upstream_id) == (two.id, 1, "y")
    assert [attempt.upstream_id for attempt in found.message.attempts] == ["y", "z"]
    assert found is found.message.attempts[0]
    assert plain(found.message) == plain(two)
    assert await house.store.attempts_awaiting([("other", "x"), ("carrier", "X")]) == []
    assert await house.store.attempts_awaiting([]) == []


async def test_R11_attempts_that_share_an_upstream_id_come_newest_first(house):
    old, new = house.upstream(recipient="1"), house.upstream(recipient="2")
    await house.keep(old, new)
    await house.keep(taken(new, "same", sent_at=NOW + 5))
    await house.keep(taken(old, "same", sent_at=NOW))
    found = await house.store.attempts_awaiting([("carrier", "same")])
    assert [attempt.message.id for attempt in found] == [new.id, old.id]


async def test_attempts_of_one_message_share_it(house):
    message = house.upstream(parts=2)
    await house.keep(message)
    await house.keep(taken(message, "a", 1), taken(message, "b", 2))
    first, second = await house.store.attempts_awaiting([("carrier", "a"), ("carrier", "b")])
    assert first.message is second.message


async def test_R18_a_receipt_is_matched_however_late_it_comes(house):
    """Also after the message was given up as UNKNOWN: a carrier's word beats our guess."""
    message = house.upstream()
    await house.keep(message)
    await house.keep(taken(message, "x"))
    await house.keep(moved(message, State.UNKNOWN, tries=1, final_at=NOW + 7 * DAY))
    (found,) = await house.store.attempts_awaiting([("carrier", "x")])
    assert found.message.state is State.UNKNOWN


async def test_a_hundred_and_more_keys_are_one_question(house):
    messages = [house.upstream() for _ in range(600)]
    await house.keep(*messages)
    await house.keep(*(taken(message, f"u{message.id}") for message in messages))
    keys = [("carrier", f"u{message.id}") for message in messages]
    found = await house.store.attempts_awaiting([*keys, *keys, ("carrier", "none")])
    assert {attempt.message.id for attempt in found} == {message.id for message in messages}
    assert len(found) == 600


async def test_parked_receipts_are_found_by_key_until_they_are_matched(house):
    message = house.upstream()
    first, second, other = house.parked("x"), house.parked("x"), house.parked("x", "other")
    await house.keep(message, first, second, other)
    assert await house.store.parked([("carrier", "x")]) == [first, second]
    assert await house.store.parked([("other", "x"), ("carrier", "y")]) == [other]
    repeated = house.parked("x")
    repeated.fate, repeated.message_id, repeated.part = ReceiptFate.REPEATED, message.id, 1
    await house.keep(repeated)
    assert await house.store.parked([("carrier", "x")]) == [first, second]


async def swept(house, limit=500, rounds=50):
    """What the sweep brings in so many rounds."""
    found = {}
    for _ in range(rounds):
        for kept in await house.store.parked_with_attempt(limit):
            found[kept.id] = kept
    return found


async def test_R13_a_parked_receipt_is_swept_up_once_its_attempt_is_there(house):
    early, foreign = house.parked("x"), house.parked("y")
    await house.keep(early, foreign)
    assert await swept(house) == {}
    message = house.upstream()
    await house.keep(message)
    await house.keep(taken(message, "x"))
    assert await swept(house) == {early.id: early}


@pytest.mark.parametrize("limit", [1, 2, 500])
async def test_R13_every_parked_receipt_gets_its_turn_again_and_again(house, limit):
    """Also those that come later and sort before what was looked at last."""
    for letter in "zyxa":
        message = house.upstream()
        kept = house.parked(letter)
        await house.keep(message, kept)
        await house.keep(taken(message, letter))
        assert kept.id in await swept(house, limit)


async def test_R19_foreign_receipts_by_the_thousand_hide_nobodys_receipt(house):
    count = 10_000
    first = house.store.take_event_ids(count)
    foreign = []
    for number in range(count):
        kept = house.parked(f"f{number}")
        kept.id = first + number
        foreign.append(kept)
    await house.keep(*foreign)
    mine = house.parked("m")
    message = house.upstream()
    await house.keep(message, mine)
    await house.keep(taken(message, "m"))
    assert set(await swept(house)) == {mine.id}


# -- by their ids ---------------------------------------------------------------------------------------------------


async def test_messages_are_read_with_their_attempts_by_their_very_ids(house):
    long, short, other = house.message(parts=2), house.message(), house.message()
    await house.keep(long, short, other)
    await house.keep(taken(long, "a", 1), taken(long, "b", 2))
    found = await house.store.with_attempts([short.id, long.id, long.id + 1])
    assert [(message.id, len(message.attempts)) for message in found] == [(long.id, 2), (short.id, 0)]
    assert await house.store.with_attempts([]) == []
