"""How messages leave: windows, lanes, retries, failover, doubt, expiry; and what is given back."""

from __future__ import annotations

import asyncio
from contextlib import closing

import apsw
import pytest

from core.house import DOUBT, LATER, REFUSED, THROTTLED, home
from heliograph.backoffice import verbs
from heliograph.core import store_queue
from heliograph.core.line import Line
from heliograph.core.pause import Pause
from heliograph.core.routing import Rule
from heliograph.model.message import Priority, State
from heliograph.model.outcome import Taken
from heliograph.model.refusal import Accepted, Reason, Refused
from heliograph.settings import QueueSettings
from walks.world import eventually


@pytest.fixture
async def at_home(tmp_path):
    async with home(tmp_path) as at_home:
        yield at_home


async def test_a_message_is_marked_sending_before_it_leaves_and_costs_no_second_write(at_home):
    message = await at_home.accept()
    assert message.state is State.SENDING
    assert [attempt.message for attempt in at_home.carrier.sent] == [message]
    (found,) = await at_home.house.store.messages([message.id], None)
    assert found.state is State.SENDING


async def test_a_window_is_never_exceeded_and_what_waits_goes_in_order(tmp_path):
    async with home(tmp_path, window=3) as at_home:
        messages = [await at_home.accept(f"text {number}") for number in range(8)]
        assert len(at_home.carrier.open) == 3
        while len(at_home.carrier.sent) < 8:
            at_home.carrier.take(at_home.carrier.fresh_id())
            await at_home.settled()
            assert len(at_home.carrier.open) <= 3
        assert [attempt.message.id for attempt in at_home.carrier.sent] == [message.id for message in messages]


async def test_the_parts_of_a_long_message_leave_together_each_once(at_home):
    message = await at_home.accept("Привіт! " * 20)
    assert [attempt.part_first for attempt in at_home.carrier.sent] == [1, 2, 3]
    assert message.parts == 3


async def test_urgent_messages_overtake_and_bulk_ones_still_move(tmp_path):
    async with home(tmp_path, window=5) as at_home:
        blockers = [await at_home.accept(f"block {number}") for number in range(5)]
        bulk = [await at_home.accept(f"bulk {n}", priority=Priority.BULK) for n in range(5)]
        urgent = [await at_home.accept(f"urgent {n}", priority=Priority.URGENT) for n in range(5)]
        at_home.carrier.take()
        await at_home.settled()
        going = [attempt.message for attempt in at_home.carrier.open]
        assert len(blockers) == len(going) == 5
        assert [message in urgent for message in going].count(True) == 4
        assert [message in bulk for message in going].count(True) == 1


async def test_one_account_does_not_stand_before_another(tmp_path):
    async with home(tmp_path, window=2) as at_home:
        await at_home.house.verbs.do(verbs.AccountCreate("other"), "test")
        await at_home.house.verbs.do(verbs.AccountSender("other", "Other"), "test")
        await at_home.house.verbs.do(verbs.AccountTopUp("other", "10"), "test")
        for number in range(50):
            await at_home.accept(f"mailing {number}")
        submission = at_home.submission("code 1234")
        submission.account_id, submission.sender = at_home.house.directory.by_login("other").id, "Other"
        (answer,) = await at_home.submit(submission)
        at_home.carrier.take()
        await at_home.settled()
        assert answer.message in [attempt.message for attempt in at_home.carrier.open]


async def test_a_refusal_goes_to_the_next_connector_and_then_ends_with_the_money_back(tmp_path):
    async with home(tmp_path, carriers=("first", "second")) as at_home:
        message = await at_home.accept()
        assert at_home.balance == 99_550_000
        at_home.carriers["first"].settle(REFUSED)
        await at_home.settled()
        assert [attempt.message.id for attempt in at_home.carriers["second"].open] == [message.id]
        at_home.carriers["second"].settle(REFUSED)
        found = await at_home.stored(message)
        assert (found.state, found.error, found.refunded) == (State.REJECTED, 255, 450_000)
        assert at_home.balance == 100_000_000
        assert await at_home.house.store.check() == []


async def test_a_refusal_for_now_is_tried_again_when_the_carrier_said(at_home):
    message = await at_home.accept()
    at_home.carrier.settle(LATER)
    await at_home.settled()
    await at_home.house.dispatch.poll()
    assert at_home.carrier.open == []
    at_home.clock.shift(1.1)
    await at_home.house.dispatch.poll()
    await at_home.settled()
    assert [attempt.message.id for attempt in at_home.carrier.open] == [message.id]
    at_home.carrier.take("u")
    at_home.carrier.report("u")
    assert (await at_home.stored(message)).state is State.DELIVERED


async def test_throttling_slows_the_connector_down_and_loses_nothing(at_home):
    first = await at_home.accept("one")
    at_home.carrier.settle(THROTTLED)
    second = await at_home.accept("two")
    await at_home.settled()
    assert at_home.carrier.open == []
    for message in (first, second):
        at_home.clock.shift(2)
        await at_home.house.dispatch.poll()
        await at_home.until(message, State.SENDING)


async def test_what_waits_for_a_lost_connector_moves_to_the_next_one(tmp_path):
    async with home(tmp_path, carriers=("first", "second"), window=1) as at_home:
        await at_home.accept("goes out")
        waits = await at_home.accept("waits")
        assert waits.connector == "first"
        at_home.carriers["first"].come_or_go(False)
        at_home.clock.shift(6)
        await at_home.house.dispatch.poll()
        await at_home.settled()
        assert [attempt.message.id for attempt in at_home.carriers["second"].open] == [waits.id]


def test_what_a_fast_carrier_is_about_to_take_may_be_marked_ahead():
    line = Line(carrier := FakeCarrier(free=10), capacity=100, speed=0)
    line.settled(4, 7.0)
    assert line.budget(7.0) == 10  # after a long silence four say nothing
    line.settled(124, 7.125)
    assert line.budget(7.125) == 10  # 992 a second
    line.settled(500, 7.25)
    assert line.budget(7.25) == 10 + 200  # 4,000 a second, of which a twentieth
    line.reserved, carrier.free = 205, 0
    assert line.budget(7.25) == 0
    line.reserved, carrier.free = 150, 10
    assert line.budget(7.25) == 60
    line.reserved = 0
    assert line.budget(7.625) == 10  # it takes nothing any more
    line.settled(4_000, 7.75)
    line.settled(4_000, 7.875)
    assert line.budget(7.875) == 10 + 500
    carrier.connected = False
    assert line.budget(7.875) == 10


class FakeCarrier:
    name = "carrier"
    connected = True

    def __init__(self, free):
        self.free = free


async def test_what_was_marked_ahead_and_never_written_moves_to_the_next_connector(tmp_path):
    async with home(tmp_path, carriers=("first", "second"), window=1) as at_home:
        at_home.house.dispatch.lines["first"]._soon_free = lambda _: 3
        begun, ahead = [await at_home.accept(text) for text in ("Привіт! " * 20, "marked ahead")]
        assert [message.state for message in (begun, ahead)] == [State.SENDING, State.SENDING]
        assert [attempt.part_first for attempt in at_home.carriers["first"].open] == [1]  # of three
        at_home.carriers["first"].come_or_go(False)
        at_home.clock.shift(6)
        await at_home.house.dispatch.poll()
        await at_home.settled()
        assert begun.connector == "first"
        assert [attempt.message.id for attempt in at_home.carriers["second"].open] == [ahead.id]
        stored = await at_home.stored(ahead)
        assert (stored.connector, stored.state, stored.maybe_twice) == ("second", State.SENDING, False)


async def test_what_was_marked_ahead_is_not_pressed_on_a_carrier_that_throttles(tmp_path):
    async with home(tmp_path, window=1) as at_home:
        at_home.house.dispatch.lines["carrier"]._soon_free = lambda _: 1
        messages = [await at_home.accept(text) for text in ("one", "two")]
        assert [message.state for message in messages] == [State.SENDING, State.SENDING]
        at_home.carrier.settle(THROTTLED)
        await at_home.settled()
        assert at_home.carrier.open == []
        at_home.clock.shift(2)
        await at_home.house.dispatch.poll()
        await at_home.settled()
        assert [attempt.message.id for attempt in at_home.carrier.open] == [messages[1].id]


async def test_a_message_in_doubt_is_sent_once_more_and_marked_then_held(at_home):
    message = await at_home.accept()
    at_home.carrier.settle(DOUBT)
    await at_home.settled()
    assert len(at_home.carrier.sent) == 2
    at_home.carrier.settle(DOUBT)
    found = await at_home.stored(message)
    assert (found.state, found.maybe_twice) == (State.IN_DOUBT, True)
    at_home.clock.shift(86_400 * 2 + 1)
    await at_home.house.upkeep.give_up_silent()
    found = await at_home.stored(message)
    assert (found.state, found.error, found.refunded) == (State.UNKNOWN, 245, 0)


async def test_a_route_that_holds_never_sends_twice(tmp_path):
    async with home(tmp_path, routes=(Rule("all", ("carrier",), in_doubt="hold"),)) as at_home:
        message = await at_home.accept()
        at_home.carrier.settle(DOUBT)
        assert (await at_home.stored(message)).state is State.IN_DOUBT
        assert len(at_home.carrier.sent) == 1


async def test_R9_an_answer_after_the_doubt_is_matched_and_its_receipt_ends_the_message(tmp_path):
    async with home(tmp_path, routes=(Rule("all", ("carrier",), in_doubt="hold"),)) as at_home:
        message = await at_home.accept()
        (attempt,) = at_home.carrier.open
        at_home.carrier.settle(DOUBT)
        await at_home.settled()
        at_home.carrier.lift.settled([(attempt, Taken("late"))])
        found = await at_home.stored(message)
        assert (found.state, found.maybe_twice) == (State.SENDING, False)
        at_home.carrier.report("late")
        assert (await at_home.stored(message)).state is State.DELIVERED
        assert len(at_home.carrier.sent) == 1


async def test_R9_of_two_tries_of_which_one_was_answered_late_either_receipt_ends_the_message_once(at_home):
    message = await at_home.accept(receipt_target="smpp:shop")
    (first,) = at_home.carrier.open
    at_home.carrier.settle(DOUBT)
    await at_home.settled()
    at_home.carrier.take("second")
    at_home.carrier.lift.settled([(first, Taken("first"))])
    await at_home.settled()
    at_home.carrier.report("first")
    assert (await at_home.stored(message)).state is State.DELIVERED
    at_home.carrier.report("second")
    story = await at_home.story(message)
    assert (story.message.state, story.message.maybe_twice) == (State.DELIVERED, True)
    assert [notice.state for notice in story.notices] == [State.DELIVERED]


async def test_a_route_with_failover_on_timeout_repeats_over_the_next_connector(tmp_path):
    routes = (Rule("all", ("first", "second"), failover_on_timeout=True),)
    async with home(tmp_path, carriers=("first", "second"), routes=routes) as at_home:
        message = await at_home.accept()
        at_home.carriers["first"].settle(DOUBT)
        await at_home.settled()
        assert [attempt.message.id for attempt in at_home.carriers["second"].open] == [message.id]
        assert message.maybe_twice


async def test_a_repeated_try_decides_over_the_doubtful_one(at_home):
    message = await at_home.accept()
    at_home.carrier.settle(DOUBT)
    await at_home.settled()
    at_home.carrier.take("u2")
    at_home.carrier.report("u2", State.UNDELIVERABLE, error=1)
    found = await at_home.stored(message)
    assert (found.state, found.error) == (State.UNDELIVERABLE, 1)


async def test_a_part_refused_for_good_takes_the_unsent_rest_back_and_refunds_it(tmp_path):
    async with home(tmp_path, window=2) as at_home:
        message = await at_home.accept("Привіт! " * 20)
        await at_home.settled()
        assert (message.parts, len(at_home.carrier.open)) == (3, 2)
        at_home.carrier.settle(Taken("u1"), REFUSED)
        found = await at_home.stored(message)
        assert found.state is State.REJECTED
        assert len(at_home.carrier.sent) == 2
        assert found.refunded == 900_000  # two parts of three; the carrier has one
        assert await at_home.house.store.check() == []


async def test_R4_what_ends_while_the_store_is_stuck_is_paid_back_once(tmp_path):
    """The pump finds a message too old; before its end is written, the look at what is overdue finds it, too."""
    async with home(tmp_path, window=1) as at_home:
        await at_home.accept("blocks")
        message = await at_home.accept("waits", validity_s=60)
        at_home.clock.shift(61)
        with closing(apsw.Connection(str(tmp_path / "heliograph.db"))) as holder:
            holder.execute("BEGIN IMMEDIATE")
            at_home.carrier.take()
            at_home.house.dispatch.pump(at_home.house.dispatch.lines["carrier"])
            overdue = asyncio.create_task(at_home.house.upkeep.expire_overdue())
            await eventually(lambda: asyncio.sleep(0, not at_home.house.journal.is_open))
            holder.execute("ROLLBACK")
        await overdue
        found = await at_home.stored(message)
        assert (found.state, found.refunded) == (State.EXPIRED, 450_000)
        assert at_home.balance == 99_550_000
        assert await at_home.house.store.check() == []


async def test_R4_a_receipt_that_waits_to_be_written_is_no_silence(tmp_path):
    """It came while the store was stuck, for longer than a message may be silent."""
    async with home(tmp_path) as at_home:
        await at_home.house.verbs.do(verbs.AccountCallback("shop", "http://127.0.0.1:9/"), "test")
        message = await at_home.accept()
        at_home.carrier.take("u")
        await at_home.settled()
        with closing(apsw.Connection(str(tmp_path / "heliograph.db"))) as holder:
            holder.execute("BEGIN IMMEDIATE")
            at_home.carrier.report("u")
            await eventually(lambda: asyncio.sleep(0, not at_home.house.journal.is_open))
            at_home.clock.shift(2 * 86_400 + 1)
            silent = asyncio.create_task(at_home.house.upkeep.give_up_silent())
            await asyncio.sleep(0)
            holder.execute("ROLLBACK")
        await silent
        story = await at_home.story(message)
        assert story.message.state is State.DELIVERED
        assert [notice.state for notice in story.notices] == [State.DELIVERED]


async def test_R35_what_is_being_marked_while_a_gateway_stops_is_taken_back_and_not_in_doubt(tmp_path):
    """The store is slow: what was to go out is durable after the carriers' links were closed."""
    async with home(tmp_path, window=1) as at_home:
        await at_home.accept("blocks")
        message = await at_home.accept("waits")
        await at_home.settled()
        quick, links_are_closed = at_home.house.store.write, asyncio.Event()

        async def slow(*group):
            await links_are_closed.wait()
            return await quick(*group)

        async def stop(_):
            links_are_closed.set()

        at_home.house.store.write, at_home.carrier.stop = slow, stop
        at_home.carrier.take()
        assert (message.state, len(at_home.carrier.sent)) == (State.SENDING, 1)
    async with home(tmp_path, window=1, fresh=False) as at_home:
        await eventually(lambda: asyncio.sleep(0, at_home.carrier.sent))
        (sent,) = [attempt.message for attempt in at_home.carrier.sent]
        assert (sent.id, sent.maybe_twice) == (message.id, False)


@pytest.mark.parametrize(
    ("is_answered", "parts", "maybe_twice"),
    [(True, [2], False), (False, [1, 2], True)],
    ids=["answered", "not answered"],
)
async def test_R35_of_a_long_message_that_a_stop_cut_in_two_the_rest_goes_afterwards(
    tmp_path, is_answered, parts, maybe_twice
):
    """The carrier was given the first part and its window was full. Nothing is in doubt if it has answered for that."""
    async with home(tmp_path, window=2) as at_home:
        await at_home.accept("blocks")
        message = await at_home.accept("Привіт! " * 12)
        at_home.carrier.window = 1
        at_home.carrier.take()
        await at_home.settled()
        assert [attempt.part_first for attempt in at_home.carrier.open] == [1]

        async def stop(_):
            if is_answered:
                at_home.carrier.take()

        at_home.carrier.stop = stop
    async with home(tmp_path, window=2, fresh=False) as at_home:
        await eventually(lambda: asyncio.sleep(0, len(at_home.carrier.sent) == len(parts)))
        assert [attempt.part_first for attempt in at_home.carrier.sent] == parts
        sent = at_home.carrier.sent[0].message
        assert (sent.id, sent.parts, sent.maybe_twice) == (message.id, 2, maybe_twice)
        at_home.carrier.take()
        await at_home.settled()
        assert sent.state is State.SENT


async def test_what_waits_longer_than_its_validity_ends_expired_and_is_paid_back(tmp_path):
    async with home(tmp_path, window=1) as at_home:
        await at_home.accept("blocks")
        message = await at_home.accept("waits", validity_s=60)
        at_home.clock.shift(61)
        await at_home.house.upkeep.expire_overdue()
        found = await at_home.stored(message)
        assert (found.state, found.refunded) == (State.EXPIRED, 450_000)
        at_home.carrier.take()
        await at_home.settled()
        assert len(at_home.carrier.sent) == 1


async def test_a_scheduled_message_leaves_when_it_is_due_unless_its_number_was_stopped(at_home):
    due_at = at_home.clock.now() + 3_600_000
    goes = await at_home.accept("later", due_at=due_at)
    stopped = await at_home.accept("never", number="380671111111", due_at=due_at)
    assert (goes.state, at_home.carrier.sent) == (State.SCHEDULED, [])
    await at_home.house.verbs.do(verbs.StopNumber("380671111111"), "test")
    at_home.clock.shift(3_601)
    await at_home.house.upkeep.release_scheduled()
    await at_home.settled()
    assert [attempt.message.id for attempt in at_home.carrier.open] == [goes.id]
    found = await at_home.stored(stopped)
    assert (found.state, found.error, found.refunded) == (State.REJECTED, 250, 450_000)


async def test_what_has_not_left_can_be_taken_back_and_is_paid_back(tmp_path):
    async with home(tmp_path, window=1) as at_home:
        gone = await at_home.accept("gone")
        waits = await at_home.accept("waits")
        later = await at_home.accept("later", due_at=at_home.clock.now() + 3_600_000)
        verb = verbs.CancelMessages([gone.id, waits.id, later.id, 123])
        answer = await at_home.house.verbs.do(verb, "test")
        assert answer == {"cancelled": [waits.id, later.id]}
        for message in (waits, later):
            found = await at_home.stored(message)
            assert (found.state, found.refunded) == (State.CANCELLED, 450_000)
        at_home.carrier.take("u")
        at_home.carrier.report("u")
        assert (await at_home.stored(gone)).state is State.DELIVERED
        assert len(at_home.carrier.sent) == 1
        assert (await at_home.house.verbs.do(verb, "test")) == {"cancelled": []}
        assert await at_home.house.store.check() == []
        assert at_home.house.backlog.parts == 0


async def test_waiting_messages_survive_a_restart_in_their_order(tmp_path):
    async with home(tmp_path, window=1) as first:
        messages = [await first.accept(f"text {number}") for number in range(20)]
        first.carrier.take()
        await first.settled()
    async with home(tmp_path, window=1, fresh=False) as second:
        seen = []
        for _ in range(40):
            await second.settled()
            seen += [attempt.message.id for attempt in second.carrier.open]
            if second.carrier.open:
                second.carrier.take()
            await asyncio.sleep(0.01)
        assert set(seen) == {message.id for message in messages[1:]}


class Flight:
    """A store whose pages of waiting messages arrive later than they were read, as those of a server do."""

    def __init__(self, store, monkeypatch):
        self._heads = store.heads
        self._gates = []
        self.is_slow = True
        monkeypatch.setattr(store, "heads", self.heads)

    async def heads(self, connector, priority, *asked):
        page = await self._heads(connector, priority, *asked)
        if self.is_slow and priority is Priority.NORMAL:
            gate = asyncio.Event()
            self._gates.append(gate)
            await gate.wait()
        return page

    @property
    def has_begun(self):
        """True while a page is on its way."""
        return bool(self._gates)

    async def arrive(self):
        """The oldest page on its way arrives."""

        async def begun():
            return self.has_begun

        await eventually(begun)
        self._gates.pop(0).set()
        for _ in range(5):
            await asyncio.sleep(0)


async def all_out(at_home, messages):
    """Let the carrier take everything until each of the messages has left; how often each did."""

    async def gone():
        if at_home.carrier.open:
            at_home.carrier.take()
        await at_home.settled()
        sent = [attempt.message.id for attempt in at_home.carrier.sent]
        return sent if {message.id for message in messages} <= set(sent) else None

    sent = await eventually(gone)
    return [sent.count(message.id) for message in messages]


async def test_what_is_accepted_while_the_last_page_is_on_its_way_is_not_left_behind(tmp_path, monkeypatch):
    async with home(tmp_path, window=1, queue=QueueSettings(window=8)) as at_home:
        messages = [await at_home.accept(f"text {number}") for number in range(12)]
        flight = Flight(at_home.house.store, monkeypatch)
        while not flight.has_begun:
            at_home.carrier.take()
            await at_home.settled()
        assert at_home.house.dispatch.lines["carrier"].lanes, "its account has something waiting"
        messages.append(await at_home.accept("while the page was on its way"))
        flight.is_slow = False
        await flight.arrive()
        assert await all_out(at_home, messages) == [1] * 13


async def test_what_waits_is_fetched_from_its_beginning_when_sessions_come_back(tmp_path, monkeypatch):
    """A page that was asked for before they went says nothing of what comes before it."""
    monkeypatch.setattr(store_queue, "REFILL", 2)
    async with home(tmp_path, window=1, queue=QueueSettings(window=40)) as at_home:
        line = at_home.house.dispatch.lines["carrier"]
        at_home.carrier.window = 0
        line.go_away()
        messages = [await at_home.accept(f"text {number}") for number in range(6)]
        flight = Flight(at_home.house.store, monkeypatch)
        line.come_here()
        at_home.house.dispatch.ready("carrier")
        await flight.arrive()
        assert flight.has_begun, "the second page"
        line.go_away()
        line.come_here()
        flight.is_slow = False
        await flight.arrive()
        at_home.carrier.window = 1
        at_home.house.dispatch.ready("carrier")
        assert await all_out(at_home, messages) == [1] * 6


async def test_one_whose_id_memory_has_passed_is_kept_in_memory(tmp_path):
    """Mailings are written after live messages that came later, so ids do not always come in their order."""
    async with home(tmp_path, window=1, queue=QueueSettings(window=2)) as at_home:
        line = at_home.house.dispatch.lines["carrier"]
        messages = [await at_home.accept(f"text {number}") for number in range(5)]
        at_home.carrier.window = 0
        late = messages[2]
        assert line.behind[Priority.NORMAL]
        line.cursors[Priority.NORMAL] = messages[4].id
        assert line.push(late)
        assert late.id in line.lanes


async def test_what_memory_missed_is_found_in_the_store(tmp_path):
    """However it came about: accepted means sent, and not at the next restart."""
    async with home(tmp_path, window=1) as at_home:
        messages = [await at_home.accept(f"text {number}") for number in range(3)]
        assert at_home.house.dispatch.lines["carrier"].lanes.discard(messages[1].id)
        assert await all_out(at_home, [messages[0], messages[2]]) == [1, 1]
        for _ in range(store_queue.LOOK_AGAIN):
            await at_home.house.dispatch.poll()
        assert await all_out(at_home, messages) == [1, 1, 1]


async def test_R28_five_hundred_sends_for_the_money_of_a_hundred_take_exactly_a_hundred(tmp_path):
    async with home(tmp_path, money="45") as at_home:
        answers = await asyncio.gather(*(at_home.submit(at_home.submission(f"text {number}")) for number in range(500)))
        taken = [answer for (answer,) in answers if isinstance(answer, Accepted)]
        refused = [answer.reason for (answer,) in answers if isinstance(answer, Refused)]
        assert len(taken) == 100
        assert refused == [Reason.NO_MONEY] * 400
        assert at_home.balance == 0
        await at_home.settled()
        assert await at_home.house.store.check() == []
        assert [purse.balance for purse in await at_home.house.store.purses()] == [0]


async def test_R25_the_same_submission_a_hundred_times_in_parallel_is_taken_once(at_home):
    answers = await asyncio.gather(
        *(at_home.submit(at_home.submission("once", duplicate_window_s=120)) for _ in range(100))
    )
    taken = [answer for (answer,) in answers if isinstance(answer, Accepted)]
    assert len(taken) == 1
    assert [answer.reason for (answer,) in answers if isinstance(answer, Refused)] == [Reason.DUPLICATE] * 99
    assert at_home.balance == 99_550_000


async def test_R25_the_duplicate_rule_holds_over_a_restart(tmp_path):
    async with home(tmp_path) as first:
        await first.accept("once", duplicate_window_s=120)
        clock = first.clock
    async with home(tmp_path, fresh=False, clock=clock) as second:
        (answer,) = await second.submit(second.submission("once", duplicate_window_s=120))
        assert answer.reason is Reason.DUPLICATE
        clock.shift(121)
        (answer,) = await second.submit(second.submission("once", duplicate_window_s=120))
        assert isinstance(answer, Accepted)


async def test_an_account_over_its_mark_is_told_the_queue_is_full(tmp_path):
    async with home(tmp_path, window=1) as at_home:
        await at_home.house.verbs.do(verbs.AccountSet("shop", max_waiting=3), "test")
        answers = [(await at_home.submit(at_home.submission(f"text {number}")))[0] for number in range(6)]
        assert [answer.reason for answer in answers if isinstance(answer, Refused)] == [Reason.QUEUE_FULL] * 2


@pytest.mark.parametrize("first", ["cancel", "release"])
async def test_a_held_message_that_is_taken_back_while_it_is_released_ends_once_and_is_paid_back(tmp_path, first):
    async with home(tmp_path, window=1) as at_home:
        house, before = at_home.house, at_home.balance
        pause = Pause(store=house.store, journal=house.journal, dispatch=house.dispatch, clock=house.clock)
        await at_home.accept("gone")
        waits = await at_home.accept("waits")
        await pause.hold([waits.id])
        doing = [house.verbs.do(verbs.CancelMessages([waits.id]), "test"), pause.release([waits.id])]
        done = await asyncio.gather(*(doing if first == "cancel" else reversed(doing)))
        assert {"cancelled": [waits.id]} in done
        at_home.carrier.take()
        assert (await at_home.stored(waits)).state is State.CANCELLED
        assert len(at_home.carrier.sent) == 1
        assert at_home.balance == before - 450_000
        assert house.backlog.parts == 0


async def test_a_message_that_two_take_back_at_once_ends_once_and_is_paid_back_once(tmp_path):
    async with home(tmp_path, window=1) as at_home:
        before = at_home.balance
        await at_home.accept("gone")
        waits = await at_home.accept("waits", receipt_target="smpp:shop")
        later = await at_home.accept("later", due_at=at_home.clock.now() + 3_600_000)
        verb = verbs.CancelMessages([waits.id, later.id])
        answers = await asyncio.gather(*(at_home.house.verbs.do(verb, "test") for _ in range(3)))
        assert sorted(answer["cancelled"] for answer in answers) == [[], [], [waits.id, later.id]]
        assert at_home.balance == before - 450_000
        assert [notice.state for notice in (await at_home.story(waits)).notices] == [State.CANCELLED]
        assert await at_home.house.store.check() == []
        assert at_home.house.backlog.parts == 0
