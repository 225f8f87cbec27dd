"""R12: what a carrier takes and sends no receipt for goes once more over the next one, where its route says so."""

from __future__ import annotations

import re

import pytest

from core.house import DOUBT, LATER, REFUSED, home
from heliograph.core.routing import BadRules, RoutingTable, Rule
from heliograph.core.trace_words import tried
from heliograph.model.message import AttemptState, State
from heliograph.model.receipt import ReceiptFate

WAIT_S = 600
ROUTE = Rule("all", ("first", "second", "third"), failover_on_missing_receipt_s=WAIT_S)
CARRIERS = ("first", "second", "third")


@pytest.fixture
async def at_home(tmp_path):
    async with home(tmp_path, carriers=CARRIERS, routes=(ROUTE,)) as at_home:
        yield at_home


async def look(at_home, after_s=0):
    """The job of upkeep, some time later."""
    at_home.clock.shift(after_s)
    await at_home.settled()
    await at_home.house.missing_receipts.look()
    await at_home.settled()


async def sent_on(at_home, text="Hello"):
    """A message that the first carrier took as `a` and the second one has now."""
    message = await at_home.accept(text)
    at_home.carriers["first"].take("a")
    await look(at_home, WAIT_S + 1)
    assert [attempt.message.id for attempt in at_home.carriers["second"].open] == [message.id]
    return message


async def test_R12_without_a_receipt_in_time_a_message_goes_over_the_next_carrier_once_and_says_so(at_home):
    message = await at_home.accept()
    at_home.carriers["first"].take("a")
    await look(at_home, WAIT_S - 1)
    assert at_home.carriers["second"].sent == []
    await look(at_home, 2)
    assert [attempt.message.id for attempt in at_home.carriers["second"].open] == [message.id]
    at_home.carriers["second"].take("b")
    await look(at_home, WAIT_S + 1)
    assert (len(at_home.carriers["first"].sent), at_home.carriers["third"].sent) == (1, [])
    at_home.carriers["second"].report("b")
    story = await at_home.story(message)
    assert (story.message.state, story.message.maybe_twice) == (State.DELIVERED, True)
    assert [(one.connector, one.state) for one in story.attempts] == [
        ("first", AttemptState.SILENT),
        ("second", AttemptState.DELIVERED),
    ]
    assert at_home.balance == 99_550_000
    assert await at_home.house.store.check() == []


async def test_R12_a_route_that_says_nothing_of_receipts_waits_for_them(tmp_path):
    async with home(tmp_path, carriers=("first", "second")) as at_home:
        message = await at_home.accept()
        at_home.carriers["first"].take("a")
        await look(at_home, 86_000)
        assert at_home.carriers["second"].sent == []
        assert (await at_home.stored(message)).maybe_twice is False


async def test_R12_a_message_that_waited_for_its_turn_has_its_time_from_when_it_went(tmp_path):
    async with home(tmp_path, carriers=CARRIERS, routes=(ROUTE,), window=1) as at_home:
        await at_home.accept("goes first")
        waits = await at_home.accept("waits")
        at_home.clock.shift(WAIT_S)
        at_home.carriers["first"].take("a")
        at_home.carriers["first"].report("a")
        await at_home.settled()
        at_home.carriers["first"].take("b")
        await look(at_home, WAIT_S - 1)
        assert at_home.carriers["second"].sent == []
        await look(at_home, 2)
        assert [attempt.message.id for attempt in at_home.carriers["second"].sent] == [waits.id]


@pytest.mark.parametrize("state", [State.DELIVERED, State.UNDELIVERABLE])
async def test_R12_a_message_with_a_receipt_for_one_part_stays_where_it_is(at_home, state):
    await at_home.accept("Привіт! " * 20)
    at_home.carriers["first"].take("a", "b", "c")
    at_home.carriers["first"].report("b", state)
    await look(at_home, WAIT_S + 1)
    assert at_home.carriers["second"].sent == []


async def test_R12_a_long_message_goes_on_whole(at_home):
    message = await at_home.accept("Привіт! " * 20)
    at_home.carriers["first"].take("a", "b", "c")
    await look(at_home, WAIT_S + 1)
    assert [attempt.part_first for attempt in at_home.carriers["second"].open] == [1, 2, 3]
    at_home.carriers["second"].take("x", "y", "z")
    at_home.carriers["second"].report_all(*((name, State.DELIVERED, 0) for name in "xyz"))
    assert (await at_home.stored(message)).state is State.DELIVERED


async def test_R12_a_late_receipt_of_the_first_carrier_ends_what_the_second_one_has(at_home):
    message = await sent_on(at_home)
    at_home.carriers["first"].report("a")
    found = await at_home.stored(message)
    assert (found.state, found.maybe_twice) == (State.DELIVERED, True)
    at_home.carriers["second"].take("b")
    at_home.carriers["second"].report("b", State.UNDELIVERABLE, error=6)
    story = await at_home.story(message)
    assert (story.message.state, story.message.refunded) == (State.DELIVERED, 0)
    assert await at_home.house.store.check() == []


async def test_R12_a_late_failure_of_the_first_carrier_leaves_the_second_one_its_chance(at_home):
    message = await sent_on(at_home)
    at_home.carriers["first"].report("a", State.UNDELIVERABLE, error=6)
    await at_home.settled()
    at_home.carriers["second"].take("b")
    assert (await at_home.stored(message)).is_final is False
    at_home.carriers["second"].report("b")
    assert (await at_home.stored(message)).state is State.DELIVERED


async def test_R12_a_late_receipt_ends_what_still_waits_for_the_second_carrier_and_nothing_goes_out(tmp_path):
    async with home(tmp_path, carriers=CARRIERS, routes=(ROUTE,), window=1) as at_home:
        message = await at_home.accept()
        at_home.carriers["first"].take("a")
        at_home.carriers["second"].window = 0
        await look(at_home, WAIT_S + 1)
        assert (await at_home.stored(message)).state is State.QUEUED
        at_home.carriers["first"].report("a")
        assert (await at_home.stored(message)).state is State.DELIVERED
        at_home.carriers["second"].window = 1
        at_home.carriers["second"].come_or_go(True)
        await at_home.house.dispatch.poll()
        await at_home.settled()
        assert at_home.carriers["second"].sent == []
        assert at_home.house.backlog.parts == 0


async def test_R12_what_the_second_carrier_refuses_waits_for_the_first_ones_receipt(at_home):
    message = await sent_on(at_home)
    at_home.carriers["second"].settle(REFUSED)
    found = await at_home.stored(message)
    assert (found.is_final, found.connector, at_home.balance) == (False, "first", 99_550_000)
    await look(at_home, WAIT_S + 1)
    assert at_home.carriers["third"].sent == []
    at_home.carriers["first"].report("a")
    assert (await at_home.stored(message)).state is State.DELIVERED


async def test_R12_what_grows_too_old_before_its_second_way_waits_for_the_first_ones_receipt(at_home):
    message = await at_home.accept(validity_s=1_000)
    at_home.carriers["first"].take("a")
    await look(at_home, WAIT_S + 1)
    at_home.carriers["second"].settle(LATER)
    await at_home.settled()
    at_home.clock.shift(500)
    await at_home.house.upkeep.expire_overdue()
    assert (await at_home.stored(message)).is_final is False
    at_home.carriers["first"].report("a")
    assert (await at_home.stored(message)).state is State.DELIVERED
    assert at_home.house.backlog.parts == 0


async def test_R12_nothing_goes_on_once_its_validity_is_over_nor_to_a_carrier_that_is_away(at_home):
    await at_home.accept("short", validity_s=300)
    at_home.carriers["first"].take("a")
    await look(at_home, WAIT_S + 1)
    for name in ("second", "third"):
        at_home.carriers[name].come_or_go(False)
    await at_home.accept("long")
    at_home.carriers["first"].take("b")
    await look(at_home, WAIT_S + 1)
    assert at_home.carriers["second"].sent == at_home.carriers["third"].sent == []
    at_home.carriers["third"].come_or_go(True)
    await look(at_home)
    assert [attempt.message.content.text for attempt in at_home.carriers["third"].sent] == ["long"]


async def test_R12_who_was_in_doubt_once_is_not_sent_a_third_time(at_home):
    await at_home.accept()
    at_home.carriers["first"].settle(DOUBT)
    await at_home.settled()
    at_home.carriers["first"].take("a")
    await look(at_home, WAIT_S + 1)
    assert at_home.carriers["second"].sent == at_home.carriers["third"].sent == []


async def test_R12_after_a_restart_the_time_is_over_all_the_same_and_late_receipts_are_matched(tmp_path):
    async with home(tmp_path, carriers=CARRIERS, routes=(ROUTE,)) as at_home:
        message = await at_home.accept()
        at_home.carriers["first"].take("a")
        await at_home.settled()
        clock = at_home.clock
    async with home(tmp_path, carriers=CARRIERS, routes=(ROUTE,), clock=clock, fresh=False) as at_home:
        await look(at_home, WAIT_S + 1)
        at_home.carriers["second"].take("b")
        await at_home.settled()
    async with home(tmp_path, carriers=CARRIERS, routes=(ROUTE,), clock=clock, fresh=False) as at_home:
        await look(at_home, WAIT_S + 1)
        assert at_home.carriers["third"].sent == []
        at_home.carriers["first"].report("a")
        story = await at_home.story(message)
        assert (story.message.state, story.message.maybe_twice) == (State.DELIVERED, True)
        at_home.carriers["second"].report("b", State.UNDELIVERABLE, error=6)
        story = await at_home.story(message)
        assert story.message.state is State.DELIVERED
        assert [kept.fate for kept in story.receipts] in ([], [ReceiptFate.CONTRADICTED])


async def test_R12_killed_while_the_second_carrier_has_it_the_message_is_held_in_doubt(tmp_path):
    async with home(tmp_path, carriers=CARRIERS, routes=(ROUTE,)) as at_home:
        message = await sent_on(at_home)
        clock = at_home.clock
    async with home(tmp_path, carriers=CARRIERS, routes=(ROUTE,), clock=clock, fresh=False) as at_home:
        assert (await at_home.stored(message)).state is State.IN_DOUBT
        assert at_home.carriers["second"].sent == []
        at_home.carriers["first"].report("a")
        assert (await at_home.stored(message)).state is State.DELIVERED


async def test_R12_the_trace_says_why_it_went_another_way(at_home):
    message = await sent_on(at_home)
    (attempt,) = (await at_home.story(message)).attempts
    assert re.search(r"taken after \d+ ms under the id a, and no receipt came in 600 s\.$", tried(message, attempt))


def test_R12_a_route_with_one_connector_cannot_send_on():
    with pytest.raises(BadRules) as bad:
        RoutingTable([Rule("all", ("first",), failover_on_missing_receipt_s=5)])
    assert bad.value.complaints == ["route 'all': failover_on_missing_receipt_s needs a second connector"]
    with pytest.raises(BadRules) as bad:
        RoutingTable([Rule("all", ("first", "second"), failover_on_missing_receipt_s=-1)])
    assert bad.value.complaints == ["route 'all': failover_on_missing_receipt_s is negative"]


async def test_R12_a_late_failure_does_not_end_what_still_waits_for_the_second_carrier(tmp_path):
    async with home(tmp_path, carriers=CARRIERS, routes=(ROUTE,), window=1) as at_home:
        message = await at_home.accept()
        at_home.carriers["first"].take("a")
        at_home.carriers["second"].window = 0
        await look(at_home, WAIT_S + 1)
        at_home.carriers["first"].report("a", State.UNDELIVERABLE, error=6)
        assert (await at_home.stored(message)).state is State.QUEUED
        at_home.carriers["second"].window = 1
        at_home.carriers["second"].come_or_go(True)
        await at_home.settled()
        at_home.carriers["second"].take("b")
        at_home.carriers["second"].report("b")
        assert (await at_home.stored(message)).state is State.DELIVERED
