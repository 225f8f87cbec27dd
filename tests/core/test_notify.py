"""Notices on their way home: a bounded window in memory, the store behind it, nobody in anybody's way (P4, P7)."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from heliograph.core import notify
from heliograph.core.notify import QUEUE, Notify
from heliograph.model.message import Priority
from heliograph.model.receipt import Notice, NoticeResult, NoticeState

TAKEN = NoticeResult(delivered=True, final=True, answer="HTTP 200")
REFUSED = NoticeResult(delivered=False, final=False, answer="HTTP 500")
OVER = NoticeResult(delivered=False, final=True, answer="HTTP 404")
WINDOW = 8
NOW = 1_700_000_000_000
FOUR_MINUTES = 240_000


class Clock:
    def __init__(self):
        self.at = NOW

    def now(self):
        return self.at


class Memory:
    """The store's side of notices, and a journal that commits at once."""

    is_full = False

    def __init__(self):
        self.rows = {}
        self.fetched = 0

    def add(self, rows, then=None, *, may_wait=False):
        for move in rows:
            notice = self.rows[move.id]
            notice.progress, notice.next_try_at, notice.tries = move.progress, move.next_try_at, move.tries
        if then is not None:
            then({})

    def due(self, now):
        waiting = [notice for notice in self.rows.values() if notice.progress is NoticeState.WAITING]
        return [notice for notice in waiting if notice.next_try_at <= now]

    async def notice_targets(self, now):
        return sorted({notice.target for notice in self.due(now)})

    async def notices(self, target, after, now, limit, known=()):
        self.fetched += 1
        found = [notice for notice in self.due(now) if notice.target == target and notice.id > after]
        return sorted(found, key=lambda notice: notice.id)[:limit]


class Door:
    """A notifier that holds everything until the test lets it go."""

    def __init__(self):
        self.held = []
        self.most_at_once = 0
        self.told = []

    def window(self, target):
        return WINDOW

    def notify(self, notices, settled):
        self.settled = settled
        self.held += notices
        self.told += [(notice.target, notice.id) for notice in notices]
        self.most_at_once = max(self.most_at_once, len(self.held))

    def let_go(self, result=TAKEN):
        held, self.held = self.held, []
        self.settled([(notice, result) for notice in held])


class House:
    def __init__(self):
        self.clock, self.memory, self.door, self.other = Clock(), Memory(), Door(), Door()
        self.notify = Notify(
            directory=None, journal=self.memory, store=self.memory, clock=self.clock, failpoint=lambda name: None
        )
        self.notify.add("handler", self.door)
        self.notify.add("endpoint", self.other)

    def happen(self, count, target="handler:1", first=1):
        """So many notices are committed."""
        notices = [Notice(number, 7, target, NOW) for number in range(first, first + count)]
        self.memory.rows.update((notice.id, notice) for notice in notices)
        self.notify.push(notices)


async def test_what_found_no_room_in_memory_goes_out_without_waiting_for_a_poll():
    house = House()
    house.happen(2 * QUEUE + 500)
    assert sum(house.notify.depth().values()) == QUEUE
    for _ in range(2 * QUEUE):
        if not house.door.held:
            break
        house.door.let_go()
        await asyncio.sleep(0)
    assert house.notify.delivered == 2 * QUEUE + 500
    assert len(house.door.told) == len(set(house.door.told)), "told twice"
    assert house.door.most_at_once == WINDOW
    assert house.memory.fetched < 20


async def test_a_busy_destination_has_more_in_memory_while_all_together_have_little(monkeypatch):
    monkeypatch.setattr(notify, "SPARE", 2 * QUEUE)
    house = House()
    for first in range(0, 2 * QUEUE, 500):
        house.happen(500, "handler:1", 1 + first)
    assert house.notify.depth() == {"handler:1": 2 * QUEUE}
    assert not house.memory.fetched
    for first in range(0, 2 * QUEUE, 500):
        house.happen(500, "endpoint:2", 10_001 + first)
    assert house.notify.depth()["endpoint:2"] <= QUEUE + WINDOW
    for _ in range(4 * QUEUE):
        if not house.door.held and not house.other.held:
            break
        for door in (house.door, house.other):
            if door.held:
                door.let_go()
        await asyncio.sleep(0)
    assert house.notify.delivered == 4 * QUEUE
    assert house.notify._waiting == 0


async def test_who_is_away_has_no_more_than_his_queue_in_memory():
    house = House()
    house.door.window = lambda _: 0
    for first in range(0, 2 * QUEUE, 500):
        house.happen(500, "handler:1", 1 + first)
    assert house.notify.depth() == {"handler:1": QUEUE}


async def test_what_urgent_messages_became_is_told_before_the_rest_and_all_in_order():
    house = House()
    house.happen(QUEUE + 300)
    urgent = [
        Notice(number, 7, "handler:1", NOW, message=SimpleNamespace(priority=Priority.URGENT))
        for number in range(9_001, 9_004)
    ]
    house.memory.rows.update((notice.id, notice) for notice in urgent)
    house.notify.push(urgent)
    for _ in range(2 * QUEUE):
        if not house.door.held:
            break
        house.door.let_go()
        await asyncio.sleep(0)
    told = [number for _, number in house.door.told]
    assert told[:WINDOW] == list(range(1, WINDOW + 1))
    assert told[WINDOW : WINDOW + 3] == [9_001, 9_002, 9_003]
    assert told[WINDOW + 3 :] == list(range(WINDOW + 1, QUEUE + 301))


async def test_P7_a_destination_that_takes_nothing_holds_up_no_other_form_or_endpoint():
    house = House()
    for number, target in enumerate(("handler:1", "handler:2", "endpoint:3")):
        house.happen(100, target, 1 + number * 1_000)
    stuck = [notice for notice in house.door.held if notice.target == "handler:1"]
    house.door.held = [notice for notice in house.door.held if notice.target == "handler:2"]
    while house.door.held:
        house.door.let_go()
    while house.other.held:
        house.other.let_go()
    assert house.notify.delivered == 200
    assert len(stuck) == WINDOW
    assert {target for target, _ in house.door.told[:WINDOW]} == {"handler:1"}
    assert house.notify.depth()["handler:1"] == 100


async def test_a_handlers_event_is_tried_fifty_times_four_minutes_apart():
    house = House()
    house.happen(1)
    for tries in range(1, 50):
        house.door.let_go(REFUSED)
        assert house.memory.rows[1].tries == tries
        house.clock.at += FOUR_MINUTES - 1
        await house.notify.poll()
        assert not house.door.held, "too early"
        house.clock.at += 1
        await house.notify.poll()
        assert len(house.door.held) == 1
    house.door.let_go(REFUSED)
    assert (house.memory.rows[1].progress, house.memory.rows[1].tries) == (NoticeState.GIVEN_UP, 50)
    house.clock.at += 100 * FOUR_MINUTES
    await house.notify.poll()
    assert not house.door.held


async def test_a_final_answer_ends_an_event_at_its_first_try():
    house = House()
    house.happen(1)
    house.door.let_go(OVER)
    assert house.memory.rows[1].progress is NoticeState.GIVEN_UP


async def test_R22_an_outage_of_three_hours_loses_nothing_and_never_bursts_over_the_window():
    house = House()
    house.happen(300)
    for _ in range(3 * 15):
        while house.door.held:
            house.door.let_go(REFUSED)
        house.clock.at += FOUR_MINUTES
        await house.notify.poll()
    while house.door.held:
        house.door.let_go()
    assert house.notify.delivered == 300
    assert house.door.most_at_once == WINDOW


async def test_R22_an_outage_of_four_hours_keeps_what_a_handler_did_not_take_as_failed():
    house = House()
    house.happen(20)
    for _ in range(4 * 15):
        while house.door.held:
            house.door.let_go(REFUSED)
        house.clock.at += FOUR_MINUTES
        await house.notify.poll()
    assert {notice.progress for notice in house.memory.rows.values()} == {NoticeState.GIVEN_UP}
    assert house.notify.given_up == 20


async def test_R22_our_own_form_outlives_an_outage_of_twelve_hours():
    house = House()
    house.happen(300, "endpoint:1")
    until = NOW + 12 * 3_600_000
    while house.clock.at < until:
        while house.other.held:
            house.other.let_go(REFUSED)
        house.clock.at += 60_000
        await house.notify.poll()
    while house.other.held:
        house.other.let_go(REFUSED)
    house.clock.at += 3_600_000
    await house.notify.poll()
    while house.other.held:
        house.other.let_go()
    assert house.notify.delivered == 300
    assert house.other.most_at_once == WINDOW


async def test_what_is_settled_while_the_store_is_read_is_not_told_once_more():
    """A database beyond a socket may answer with what was there before."""
    house = House()
    house.happen(3)
    read, before, answer = house.memory.notices, asyncio.Event(), asyncio.Event()

    async def slow(*asked):
        found = await read(*asked)
        before.set()
        await answer.wait()
        return found

    house.memory.notices = slow
    polling = asyncio.create_task(house.notify.poll())
    await before.wait()
    house.door.let_go()
    answer.set()
    await polling
    assert house.door.told == [("handler:1", 1), ("handler:1", 2), ("handler:1", 3)]
    house.memory.notices = read
    await house.notify.poll()
    assert len(house.door.told) == 3
