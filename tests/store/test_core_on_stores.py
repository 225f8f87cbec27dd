"""The whole core on stores that refuse single items or fail for a while: what it answers is what is stored."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from core.house import SENDER, Home, House
from heliograph.backoffice import verbs
from heliograph.core.routing import Rule
from heliograph.installation import Installation
from heliograph.model.message import Attempt, Message, State
from heliograph.model.money import Entry
from heliograph.model.receipt import Notice, NoticeResult, NoticeState
from heliograph.model.refusal import Accepted, Reason, Refused
from heliograph.model.rows import AttemptMove, Move, NoticeMove
from heliograph.settings import ConnectorSettings
from heliograph.store.sqlite import SqliteStore
from store.backends import RefusingStore
from store.sqlite.opening import failing
from walks.world import SETTINGS, ShiftedClock, eventually

PRICE = 450_000
DAY_S = 86_400


@asynccontextmanager
async def home_on(folder, store, *, window=100, money="100"):
    """A house whose store is in the test's hand."""
    folder.mkdir(parents=True, exist_ok=True)
    clock = ShiftedClock()
    settings = replace(
        SETTINGS,
        connectors=(ConnectorSettings("carrier", "simulated", window=window),),
        routes=(Rule("all", ("carrier",)),),
    )
    house = House(settings, Installation(folder), clock=clock)
    house.store = store(house.store) if callable(store) else store
    await house.start()
    try:
        if house.directory.by_login("shop") is None:
            await house.verbs.do(verbs.AccountCreate("shop"), "test")
            await house.verbs.do(verbs.AccountSender("shop", SENDER), "test")
            await house.verbs.do(verbs.AccountTopUp("shop", money), "test")
        yield Home(house, clock)
    finally:
        await house.stop()


async def agrees(at_home):
    """Memory and store know the same money, and the store is sound."""
    await at_home.settled()
    purse = at_home.account.purse
    stored = {one.id: one.balance for one in await at_home.house.store.purses()}[purse]
    assert at_home.balance == stored
    assert await at_home.house.store.check() == []


def submissions(at_home, count, start=0):
    return [
        at_home.submission(f"text {number}", f"38067{1_000_000 + number}") for number in range(start, start + count)
    ]


# -- items refused one by one ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_items_a_store_refuses_are_refused_to_the_customer_and_cost_nothing(tmp_path, seed):
    async with home_on(tmp_path, lambda inner: RefusingStore(inner, seed=seed, share=0.3), window=40) as at_home:
        store = at_home.house.store
        answers = []
        for start in range(0, 120, 30):
            answers += await at_home.house.intake.submit(submissions(at_home, 30, start))
        accepted = [answer.message for answer in answers if isinstance(answer, Accepted)]
        refused = [answer.reason for answer in answers if isinstance(answer, Refused)]
        assert len(accepted) + len(refused) == 120
        assert 10 < len(refused) < 70
        assert set(refused) <= {Reason.NO_MONEY, Reason.DUPLICATE}
        stored = await store.messages([message.id for message in accepted], None)
        assert len(stored) == len(accepted)
        assert at_home.balance == 100_000_000 - PRICE * len(accepted)
        await agrees(at_home)

        for _ in range(40):
            await at_home.settled()
            at_home.carrier.take()
        handed_over = {attempt.message.id for attempt in at_home.carrier.sent}
        lost = {message_id for message_id, reason in store.verdicts.items() if reason is Reason.BUSY}
        assert lost, "some were queued, and their move to SENDING was refused"
        assert handed_over == {message.id for message in accepted} - lost
        assert not handed_over & set(store.verdicts), "what was refused is never handed over"
        assert at_home.carrier.free == 40, "every slot has been given back"
        await agrees(at_home)

        at_home.clock.shift(2 * DAY_S)
        await eventually(lambda: ended(store, lost))
        await agrees(at_home)


async def ended(store, ids):
    """What went to another owner who never came ends EXPIRED all the same (P1)."""
    return all(message.state is State.EXPIRED for message in await store.messages(list(ids), None))


async def test_a_refused_item_may_be_sent_again_at_once(tmp_path):
    """Its duplicate key and its money were given back."""
    async with home_on(tmp_path, lambda inner: RefusingStore(inner, seed=1, share=0)) as at_home:
        store = at_home.house.store
        again = at_home.submission("once", duplicate_window_s=120)
        store.share = 1
        (first,) = await at_home.submit(again)
        assert isinstance(first, Refused)
        store.share = 0
        (second,) = await at_home.submit(again)
        assert isinstance(second, Accepted)
        (third,) = await at_home.submit(again)
        assert third == Refused(Reason.DUPLICATE)
        assert at_home.balance == 100_000_000 - PRICE
        await agrees(at_home)


async def test_R28_five_hundred_parallel_sends_with_money_for_a_hundred(tmp_path):
    async with home_on(tmp_path, lambda inner: RefusingStore(inner, seed=5, share=0), money="45", window=9) as at_home:
        calls = [at_home.submit(one) for one in submissions(at_home, 500)]
        answers = [answer for (answer,) in await asyncio.gather(*calls)]
        kinds = Counter(type(answer) for answer in answers)
        assert kinds == {Accepted: 100, Refused: 400}
        assert {answer.reason for answer in answers if isinstance(answer, Refused)} == {Reason.NO_MONEY}
        assert at_home.balance == 0
        await agrees(at_home)


# -- a store that fails for a while ---------------------------------------------------------------------------------


async def test_R4_while_the_store_fails_nothing_is_accepted_and_nothing_that_happened_is_lost(tmp_path):
    connect = failing()
    folder = tmp_path / "data"
    folder.mkdir()
    store = SqliteStore(folder / "heliograph.db", connect=connect)
    async with home_on(folder, store) as at_home:
        sent = [await at_home.accept(number=f"38067{1_000_000 + number}") for number in range(10)]
        ids = at_home.carrier.take()
        await at_home.settled()
        connect.now = True
        answers = [(await at_home.submit(at_home.submission(f"no {number}")))[0] for number in range(5)]
        assert {answer.reason for answer in answers} == {Reason.BUSY}
        for upstream_id in ids:
            at_home.carrier.report(upstream_id)
        await asyncio.sleep(0.3)
        assert at_home.carrier.kept == [], "a receipt is acknowledged when it is durable"
        assert at_home.house.not_ready()
        assert connect.seen > 1
        connect.now = False

        async def open_again():
            return not at_home.house.not_ready() and len(at_home.carrier.kept) == 10

        await eventually(open_again)
        for message in sent:
            assert (await at_home.stored(message)).state is State.DELIVERED
        assert at_home.carrier.kept == [True] * 10
        await at_home.accept("yes")
        assert at_home.balance == 100_000_000 - 11 * PRICE
        await agrees(at_home)


async def test_R4_a_store_that_fails_at_random_costs_no_message_and_no_money(tmp_path):
    """Every third commit or so fails; what was answered Accepted is there in the end."""
    chance = random.Random(11)
    connect = failing()
    folder = tmp_path / "data"
    folder.mkdir()
    store = SqliteStore(folder / "heliograph.db", connect=connect)
    async with home_on(folder, store, window=1_000, money="5000") as at_home:
        accepted, busy, start = [], 0, 0
        while len(accepted) < 40 or busy < 20:
            assert start < 5_000
            connect.now = chance.random() < 0.35
            answers = await at_home.house.intake.submit(submissions(at_home, 5, start))
            taken = [answer.message for answer in answers if isinstance(answer, Accepted)]
            accepted += taken
            busy += len(answers) - len(taken)
            start += 5
            for upstream_id in at_home.carrier.take():
                at_home.carrier.report(upstream_id)
            connect.now = chance.random() < 0.35
            await asyncio.sleep(0.01)
        connect.now = False

        async def all_delivered():
            for upstream_id in at_home.carrier.take():
                at_home.carrier.report(upstream_id)
            found = await store.messages([message.id for message in accepted], None)
            return len(found) == len(accepted) and all(message.state is State.DELIVERED for message in found)

        await eventually(all_delivered)
        assert {attempt.message.id for attempt in at_home.carrier.sent} == {message.id for message in accepted}
        assert at_home.balance == 5_000_000_000 - PRICE * len(accepted)
        await agrees(at_home)


# -- the row budget -------------------------------------------------------------------------------------------------


class CountingStore:
    """Counts the rows it is given, by kind."""

    def __init__(self, store):
        self._store = store
        self.rows = Counter()

    def __getattr__(self, name):
        return getattr(self._store, name)

    async def write(self, rows, fence, at):
        self.rows.update(type(row) for row in rows)
        return await self._store.write(rows, fence, at)


class Told:
    """A customer's endpoint that takes everything."""

    def notify(self, notices, settled):
        settled([(notice, NoticeResult(True, True, "200")) for notice in notices])

    def window(self, target):
        return 1_000


async def test_a_message_with_receipt_and_notice_costs_core_six_rows(tmp_path):
    """message, attempt, attempt and message at the receipt, notice, notice settled: decisions.md 6."""
    async with home_on(tmp_path, CountingStore, window=1_000) as at_home:
        house, store = at_home.house, at_home.house.store
        house.notify.add("smpp", Told())
        store.rows.clear()
        count = 200
        messages = [replace(one, receipt_target="smpp:shop") for one in submissions(at_home, count)]
        answers = await house.intake.submit(messages)
        assert all(isinstance(answer, Accepted) for answer in answers)
        for upstream_id in at_home.carrier.take():
            at_home.carrier.report(upstream_id)
        await at_home.settled()

        async def all_told():
            await at_home.settled()
            return store.rows[NoticeMove] == count

        await eventually(all_told)
        assert store.rows == dict.fromkeys((Message, Attempt, AttemptMove, Move, Notice, NoticeMove), count)
        story = await store.story(answers[7].message.id)
        assert story.message.state is State.DELIVERED
        assert story.notices[0].progress is NoticeState.DELIVERED
        await agrees(at_home)


async def test_a_message_that_had_to_wait_costs_one_row_more(tmp_path):
    """It is marked SENDING before it is handed over."""
    async with home_on(tmp_path, CountingStore, window=1) as at_home:
        store = at_home.house.store
        store.rows.clear()
        await at_home.house.intake.submit(submissions(at_home, 2))
        for _ in range(3):
            await at_home.settled()
            at_home.carrier.take()
        await at_home.settled()
        assert store.rows == {Message: 2, Attempt: 2, Move: 1}
        assert Entry not in store.rows, "charges are the store's own lines"
