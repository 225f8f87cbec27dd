"""What a node takes over from the others: what waits."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from heliograph.core.backlog import Backlog
from heliograph.core.purses import Purses
from heliograph.core.sharing import COUNTED_S, WAITING_EVERY, Sharing
from heliograph.model.money import Purse
from heliograph.model.node import NodeRow, Standing
from heliograph.ports import Waiting


class Store:
    """Says what waits."""

    def __init__(self):
        self.parts = 0
        self.asked = 0

    async def waiting(self):
        self.asked += 1
        return [Waiting(1, self.parts)]

    async def purses(self):
        return []


def backlog_of_all():
    return Backlog(1_000, 1_000, lambda one: (one,))


def sharing_of(store, *, purses=None, backlog=None, monotonic=lambda: 5.0):
    return Sharing(
        store=store,
        directory=SimpleNamespace(revision=0),
        purses=purses or Purses(),
        backlog=backlog or backlog_of_all(),
        journal=SimpleNamespace(purses_under_way=set),
        shares=[],
        duplicates=SimpleNamespace(is_shared=False),
        monotonic=monotonic,
    )


def standing(*nodes):
    return Standing(True, tuple(NodeRow(n, "", "", 0, 1, 5_000, 0, False, 0) for n in nodes), 0)


async def test_what_the_others_had_waiting_is_asked_for_once_more_when_they_have_gone():
    now = [5.0]
    store, backlog = Store(), backlog_of_all()
    sharing = sharing_of(store, backlog=backlog, monotonic=lambda: now[0])

    async def looks(count, *nodes):
        for _ in range(count):
            now[0] += 1
            await sharing.look(standing(*nodes))

    await looks(3 * WAITING_EVERY, 1)
    assert store.asked == 0, "it is alone"
    store.parts = 700
    await looks(WAITING_EVERY, 1, 2)
    assert backlog.of(1) == 700
    store.parts = 0  # the other sends all of it, and stops
    await looks(WAITING_EVERY, 1)
    assert backlog.of(1) == 0
    await looks(int(COUNTED_S), 1)
    asked = store.asked
    await looks(3 * WAITING_EVERY, 1)
    assert store.asked == asked


async def test_what_was_paid_in_as_the_balances_were_read_counts_once():
    """The store has it, the journal has told so, and whoever waited is about to say so here."""
    durable = asyncio.Event()

    class Paid(Store):
        async def purses(self):
            durable.set()
            return [Purse(7, 1, "UAH", 105)]

    purses = Purses([Purse(7, 1, "UAH", 100)])

    async def pay():
        await durable.wait()
        purses.top_up(7, 5)

    paying = asyncio.create_task(pay())
    await asyncio.sleep(0)
    await sharing_of(Paid(), purses=purses).look(standing(1, 2))
    await paying
    assert purses.balance(7) == 105
